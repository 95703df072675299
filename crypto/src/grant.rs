//! Which keys a reader gets (crypto.md sections 8.4 and 8.5).

use crate::{Account, EpochSeed, Item, SectionAt};

/// How far a reader of a section may read. Whether past is included is a permission bit of the grant,
/// so that every later rotation repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This epoch and all before.
    WithPast,
    /// This epoch only: after a rotation, "from now on"; for several epochs, a period.
    ThisEpoch,
    /// Only what the reader writes.
    WriteOnly,
}

impl Scope {
    /// The item for `reader`.
    ///
    /// ```
    /// use chartkey_crypto::*;
    ///
    /// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
    /// let at = record.section(Handle::new(7)?).at(Epoch::FIRST);
    /// let seed = EpochSeed::from(Fresh::draw(getrandom::fill)?);
    /// let laboratory = [3; 20];
    /// let item = Scope::WriteOnly.item(&at, &seed, &laboratory);
    /// assert!(matches!(item, Item::Author { .. }));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn item(self, at: &SectionAt, seed: &EpochSeed, reader: &Account) -> Item {
        let (section, epoch) = (at.section.handle, at.epoch);
        let content = || seed.keys(at).content;
        match self {
            Self::WithPast => {
                Item::Full { section, epoch, seed: EpochSeed::from_bytes(*seed.expose()) }
            }
            Self::ThisEpoch => Item::Epoch { section, epoch, key: content() },
            Self::WriteOnly => Item::Author { section, epoch, key: content().author(at, reader) },
        }
    }
}
