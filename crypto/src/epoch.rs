//! Keys of a section and its epoch records (crypto.md section 6).

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::derive::expand;
use crate::seal::SealKey;
use crate::secret::{random_secret, secret};
use crate::{Account, Epoch, Error, Fresh, Label, Section, SectionAt, open, seal};

random_secret! {
    /// The random secret of a section and epoch; opens this epoch and, by back links, all before.
    EpochSeed
}
secret! {
    /// Opens every entry of an epoch.
    ContentKey
}
secret! {
    /// Opens the link to the epoch before.
    HistoryKey
}
secret! {
    /// The key of the entries by one author in one epoch.
    AuthorKey
}

/// Public proof that all readers of an epoch hold the same content key.
pub type KeyCommitment = [u8; 32];

/// What follows from a seed.
pub struct EpochKeys {
    /// Opens the entries.
    pub content: ContentKey,
    /// Opens the back link.
    pub history: HistoryKey,
    /// Stands in the epoch record.
    pub commitment: KeyCommitment,
}

impl EpochSeed {
    /// The keys of the epoch.
    #[must_use]
    pub fn keys(&self, section: &SectionAt) -> EpochKeys {
        let context = section.context();
        let content = ContentKey(expand(&self.0, &[b"ehr1/content", &context]));
        let history = HistoryKey(expand(&self.0, &[b"ehr1/history", &context]));
        let commitment = content.commitment(section);
        EpochKeys { content, history, commitment }
    }
}

impl ContentKey {
    /// The commitment to this key.
    #[must_use]
    pub fn commitment(&self, section: &SectionAt) -> KeyCommitment {
        expand(&self.0, &[b"ehr1/commit", &section.context()])
    }

    /// The key of the entries by `author`.
    #[must_use]
    pub fn author(&self, section: &SectionAt, author: &Account) -> AuthorKey {
        AuthorKey(expand(&self.0, &[b"ehr1/author", &section.context(), author]))
    }

    const fn seal_key(&self) -> SealKey {
        SealKey::from_bytes(self.0)
    }
}

/// Format byte.
const VERSION: u8 = 1;
/// Bytes of a name before it is sealed: length, text, zeros.
const NAME: usize = 48;
const SEALED_NAME: usize = NAME + 72;
const BACKLINK: usize = 32 + 72;
const WITHOUT_BACKLINK: usize = 1 + 4 + 32 + SEALED_NAME;

/// The public record of a key generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochRecord {
    /// The generation.
    pub epoch: Epoch,
    /// Commitment to its content key.
    pub commitment: KeyCommitment,
    name: Vec<u8>,
    backlink: Option<Vec<u8>>,
}

impl EpochRecord {
    /// Bytes of the record of an epoch without a past, naming the section.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for a name of more than 47 bytes.
    pub fn create(
        section: &Section,
        epoch: Epoch,
        keys: &EpochKeys,
        name: &str,
        rnd: Fresh,
    ) -> Result<Vec<u8>, Error> {
        let at = section.at(epoch);
        let sealed = seal(
            &keys.content.seal_key(),
            Label::Descriptor,
            &at.context(),
            &*padded_name(name)?,
            rnd,
        );
        let epoch = epoch.number().to_be_bytes();
        Ok([&[VERSION][..], &epoch, &keys.commitment, &sealed].concat())
    }

    /// Bytes of the record of the epoch after this one: same name, and a link to the seed of this one
    /// (crypto.md section 8.5).
    ///
    /// ```
    /// use chartkey_crypto::*;
    ///
    /// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
    /// # let section = record.section(Handle::new(7)?);
    /// # let seed = EpochSeed::from(Fresh::draw(getrandom::fill)?);
    /// # let keys = seed.keys(&section.at(Epoch::FIRST));
    /// # let rnd = Fresh::draw(getrandom::fill)?;
    /// # let first = EpochRecord::create(&section, Epoch::FIRST, &keys, "medications", rnd)?;
    /// let now = EpochRecord::parse(&first)?;
    /// let next_seed = EpochSeed::from(Fresh::draw(getrandom::fill)?);
    /// let rnd = [Fresh::draw(getrandom::fill)?, Fresh::draw(getrandom::fill)?];
    /// let bytes = now.rotate(&section, &seed, &next_seed, rnd)?;
    ///
    /// // A reader with the new seed reaches the past by the back link.
    /// let next = EpochRecord::parse(&bytes)?;
    /// let keys = next.accept(&section, &next_seed)?;
    /// assert!(next.seed_before(&section, &keys)? == Some(seed));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::EpochCommitmentMismatch`] unless `seed` belongs to this record;
    /// [`Error::SeedReused`] if the new seed is the old one; [`Error::BadEpochRecord`] after the last
    /// epoch.
    pub fn rotate(
        &self,
        section: &Section,
        seed: &EpochSeed,
        next_seed: &EpochSeed,
        rnd: [Fresh; 2],
    ) -> Result<Vec<u8>, Error> {
        let keys = self.accept(section, seed)?;
        if seed == next_seed {
            return Err(Error::SeedReused);
        }
        let next = self.epoch.next().ok_or(Error::BadEpochRecord("the last epoch"))?;
        let next_keys = next_seed.keys(&section.at(next));
        let [of_name, of_link] = rnd;
        let name = self.name(section, &keys)?;
        let mut record = Self::create(section, next, &next_keys, &name, of_name)?;
        record.extend_from_slice(&seal(
            &SealKey::from_bytes(*next_keys.history.expose()),
            Label::Backlink,
            &section.at(next).context(),
            seed.expose(),
            of_link,
        ));
        Ok(record)
    }

    /// Reads the bytes of a record.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedVersion`], [`Error::BadEpochRecord`]
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let (&version, _) = bytes.split_first().ok_or(Error::BadEpochRecord("no bytes"))?;
        if version != VERSION {
            return Err(Error::UnsupportedVersion(version));
        }
        let backlink = match bytes.len() {
            WITHOUT_BACKLINK => None,
            length if length == WITHOUT_BACKLINK + BACKLINK => {
                Some(bytes[WITHOUT_BACKLINK..].to_vec())
            }
            _ => return Err(Error::BadEpochRecord("neither 157 nor 261 bytes")),
        };
        let number = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
        let epoch = Epoch::new(number).map_err(|_| Error::BadEpochRecord("epoch 0"))?;
        if epoch == Epoch::FIRST && backlink.is_some() {
            return Err(Error::BadEpochRecord("epoch 1 has no past"));
        }
        let mut commitment = [0; 32];
        commitment.copy_from_slice(&bytes[5..37]);
        let name = bytes[37..WITHOUT_BACKLINK].to_vec();
        Ok(Self { epoch, commitment, name, backlink })
    }

    /// The content key of a reader who was not given the seed, if it belongs to this record.
    ///
    /// # Errors
    ///
    /// [`Error::EpochCommitmentMismatch`]
    pub fn accept_content(&self, section: &Section, key: &ContentKey) -> Result<(), Error> {
        if key.commitment(&section.at(self.epoch)) == self.commitment {
            Ok(())
        } else {
            Err(Error::EpochCommitmentMismatch)
        }
    }

    /// The keys of a seed, if it belongs to this record.
    ///
    /// # Errors
    ///
    /// [`Error::EpochCommitmentMismatch`]
    pub fn accept(&self, section: &Section, seed: &EpochSeed) -> Result<EpochKeys, Error> {
        let keys = seed.keys(&section.at(self.epoch));
        if keys.commitment == self.commitment {
            Ok(keys)
        } else {
            Err(Error::EpochCommitmentMismatch)
        }
    }

    /// The section's name.
    ///
    /// # Errors
    ///
    /// A wrong key, or a name that is not well formed.
    pub fn name(&self, section: &Section, keys: &EpochKeys) -> Result<String, Error> {
        self.name_by_content(section, &keys.content)
    }

    /// The section's name, for a reader who has the content key only.
    ///
    /// # Errors
    ///
    /// A wrong key, or a name that is not well formed.
    pub fn name_by_content(&self, section: &Section, key: &ContentKey) -> Result<String, Error> {
        let context = section.at(self.epoch).context();
        let plain = open(&key.seal_key(), Label::Descriptor, &context, &self.name)?;
        let bad = Error::BadEpochRecord("malformed name");
        let (&length, rest) = plain.split_first().ok_or(bad)?;
        let (text, zeros) = rest.split_at_checked(usize::from(length)).ok_or(bad)?;
        if plain.len() != NAME || zeros.iter().any(|byte| *byte != 0) {
            return Err(bad);
        }
        core::str::from_utf8(text).map(String::from).map_err(|_| bad)
    }

    /// The seed of the epoch before, if the record links to it.
    ///
    /// # Errors
    ///
    /// A wrong key, or a link that holds no seed.
    pub fn seed_before(
        &self,
        section: &Section,
        keys: &EpochKeys,
    ) -> Result<Option<EpochSeed>, Error> {
        let Some(backlink) = &self.backlink else { return Ok(None) };
        let key = SealKey::from_bytes(*keys.history.expose());
        let seed = open(&key, Label::Backlink, &section.at(self.epoch).context(), backlink)?;
        let seed = <[u8; 32]>::try_from(seed.as_slice())
            .map_err(|_| Error::BadEpochRecord("the back link holds no seed"))?;
        Ok(Some(EpochSeed::from_bytes(seed)))
    }
}

fn padded_name(name: &str) -> Result<Zeroizing<[u8; NAME]>, Error> {
    let most = NAME - 1;
    if name.len() > most {
        return Err(Error::TooLarge { length: name.len(), most });
    }
    let mut padded = Zeroizing::new([0; NAME]);
    padded[0] = u8::try_from(name.len()).expect("checked above");
    padded[1..=name.len()].copy_from_slice(name.as_bytes());
    Ok(padded)
}
