//! A verified section: its epochs with the keys that are here, its entries opened.

use std::collections::HashMap;

use alloy_primitives::{Address, B256};
use chartkey_crypto::{
    AuthorKey, ContentKey, Epoch, EpochRecord, EpochSeed, Error as CryptoError, Frame, LinkKind,
    MessageKey, Section, State, VerifiedLink, open_entry, open_shared,
};

use super::keychain::SectionKeys;
use super::logs::{Position, SectionLog};

/// A verified section.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct SectionChart {
    /// The section.
    pub section: Section,
    /// Its name where its key is here.
    pub name: Option<String>,
    /// Where its chain stands.
    pub state: State,
    /// Whether nothing may be appended before it gets new keys.
    pub is_due: bool,
    /// Whether its newest epoch record is not in order: nobody can write to it before the next one.
    pub is_broken: bool,
    /// Its epochs in order.
    pub epochs: Vec<EpochKeysHere>,
    /// Its entries in order.
    pub entries: Vec<Opened>,
    /// Epochs of which a key was delivered that does not fit the epoch's record (crypto.md section 6.2):
    /// left out, as if it had not come.
    pub mismatched: Vec<Epoch>,
    /// Numbers of epoch records that are not the next one: they change nothing.
    pub disorderly: Vec<u32>,
}

/// An epoch, and which of its keys are here.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct EpochKeysHere {
    /// Its number.
    pub epoch: Epoch,
    /// Block time at which it began, in Unix seconds.
    pub began: u64,
    /// The link that began it.
    pub seq: u32,
    /// Who began it.
    pub by: Address,
    /// Its place in the logs and its transaction, as the log says.
    pub at: (Position, B256),
    /// Its record.
    pub record: EpochRecord,
    /// Opens it and all before.
    pub seed: Option<EpochSeed>,
    /// Opens it.
    pub content: Option<ContentKey>,
    /// Opens what this account writes.
    pub author: Option<AuthorKey>,
}

/// An entry that the chain proves.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its number.
    pub seq: u32,
    /// Who wrote it.
    pub author: Address,
    /// Block time in seconds.
    pub time: u64,
    /// Its transaction, as the log says.
    pub transaction: B256,
    /// Its epoch.
    pub epoch: Option<Epoch>,
    /// Its content, or why it cannot be read.
    pub frame: Result<Frame, CryptoError>,
}

impl SectionChart {
    pub(super) fn open(
        section: Section,
        state: State,
        links: &[VerifiedLink],
        logs: &[SectionLog],
        mut keys: SectionKeys,
        me: Address,
    ) -> Self {
        let places: HashMap<u32, (Position, B256)> =
            logs.iter().map(|log| (log.log.state.seq(), (log.position, log.transaction))).collect();
        let (epochs, disorderly) = epochs(links, &places);
        let (epochs, mismatched) = with_keys(&section, epochs, &mut keys);
        let named = epochs.iter().rev();
        let name = named
            .filter_map(|epoch| {
                epoch.record.name_by_content(&section, epoch.content.as_ref()?).ok()
            })
            .next();
        let is_broken = links.last().is_some_and(|link| link.epoch().is_none());
        let (is_due, entries) = (is_broken, Vec::new());
        let mut chart = Self {
            section,
            name,
            state,
            is_due,
            is_broken,
            epochs,
            entries,
            mismatched,
            disorderly,
        };
        let entries = links.iter().filter(|link| link.kind() != LinkKind::Epoch);
        chart.entries = entries
            .map(|link| Opened {
                seq: link.seq(),
                author: Address::from(link.author()),
                time: link.time(),
                transaction: places.get(&link.seq()).map(|(_, tx)| *tx).unwrap_or_default(),
                epoch: link.epoch(),
                frame: chart.frame(link, me, keys.entries.get(&link.seq())),
            })
            .collect();
        chart
    }

    fn frame(
        &self,
        link: &VerifiedLink,
        me: Address,
        shared: Option<&MessageKey>,
    ) -> Result<Frame, CryptoError> {
        let epoch = link.epoch().ok_or(CryptoError::NotAnEntry(link.seq()))?;
        match self.author_key(epoch, Address::from(link.author()), me) {
            Some(key) => open_entry(&key, &self.section, link),
            None => match shared {
                Some(key) => open_shared(key, &self.section, link, None),
                None => Err(self.no_key(epoch)),
            },
        }
    }

    const fn no_key(&self, epoch: Epoch) -> CryptoError {
        let (handle, epoch) = (self.section.handle.number(), epoch.number());
        CryptoError::KeyNotDelivered { handle, epoch }
    }

    /// The key of what `author` writes in an epoch, if it is here.
    #[must_use]
    pub fn author_key(&self, epoch: Epoch, author: Address, me: Address) -> Option<AuthorKey> {
        let here = self.epochs.iter().find(|here| here.epoch == epoch)?;
        let at = self.section.at(epoch);
        let by_content = here.content.as_ref().map(|key| key.author(&at, &author.into_array()));
        let own = || here.author.as_ref().map(|key| AuthorKey::from_bytes(*key.expose()));
        by_content.or_else(|| (author == me).then(own).flatten())
    }

    /// The key that this account writes with now, and its epoch.
    ///
    /// # Errors
    ///
    /// [`CryptoError::KeyNotDelivered`]
    pub fn writing_key(&self, me: Address) -> Result<(Epoch, AuthorKey), CryptoError> {
        let epoch = self.epochs.last().map_or(Epoch::FIRST, |here| here.epoch);
        let key = self.author_key(epoch, me, me).ok_or_else(|| self.no_key(epoch))?;
        Ok((epoch, key))
    }

    /// Name where known, and handle.
    #[must_use]
    pub fn label(&self) -> String {
        let handle = self.section.handle.number();
        match &self.name {
            Some(name) => format!("{name} ({handle})"),
            None => format!("#{handle}"),
        }
    }

    /// Whether its present keys never came: nobody delivered them to this account, or they do not match the
    /// epoch record (crypto.md section 8.5). Keys of what this account writes itself are enough.
    #[must_use]
    pub fn is_keyless(&self) -> bool {
        self.epoch().is_none_or(|here| here.content.is_none() && here.author.is_none())
    }

    /// Whether it holds what is shared only by name (crypto.md section 3: "medications, substance use").
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.name.as_deref().is_some_and(is_sensitive)
    }

    /// The seeds that together open everything that is open here: the newest, and the one below each
    /// break in the back links, which a rotation without the old seed leaves.
    #[must_use]
    pub fn top_seeds(&self) -> Vec<(Epoch, &EpochSeed)> {
        let (mut tops, mut from_after) = (Vec::new(), None::<EpochSeed>);
        for here in self.epochs.iter().rev() {
            let linked = from_after.take();
            let Some(seed) = &here.seed else { continue };
            if linked.is_none_or(|linked| here.record.accept(&self.section, &linked).is_err()) {
                tops.push((here.epoch, seed));
            }
            let keys = here.record.accept(&self.section, seed).ok();
            let before = keys.and_then(|keys| here.record.seed_before(&self.section, &keys).ok());
            from_after = before.flatten();
        }
        tops
    }

    /// Numbers of the entries of an epoch, first and last; `None` if it has none.
    #[must_use]
    pub fn entries_of(&self, index: usize) -> Option<(u32, u32)> {
        let first = self.epochs.get(index)?.seq + 1;
        let last = self.epochs.get(index + 1).map_or(self.state.seq(), |next| next.seq - 1);
        (first <= last).then_some((first, last))
    }

    /// The newest epoch.
    #[must_use]
    pub fn epoch(&self) -> Option<&EpochKeysHere> {
        self.epochs.last()
    }
}

/// Whether a section of this name is a part apart from the usual ones: the sensitivity is behind a comma.
#[must_use]
pub fn is_sensitive(name: &str) -> bool {
    name.contains(',')
}

/// The section's epochs without keys, and the numbers of the epoch records that are not in order.
fn epochs(
    links: &[VerifiedLink],
    places: &HashMap<u32, (Position, B256)>,
) -> (Vec<EpochKeysHere>, Vec<u32>) {
    let (mut epochs, mut disorderly): (Vec<EpochKeysHere>, _) = (Vec::new(), Vec::new());
    for link in links.iter().filter(|link| link.kind() == LinkKind::Epoch) {
        match (link.epoch(), EpochRecord::parse(link.blob())) {
            (Some(epoch), Ok(record)) if record.epoch == epoch => {
                let (began, seq, by) = (link.time(), link.seq(), Address::from(link.author()));
                let at = places.get(&seq).copied().unwrap_or_default();
                let (seed, content, author) = (None, None, None);
                epochs.push(EpochKeysHere {
                    epoch,
                    began,
                    seq,
                    by,
                    at,
                    record,
                    seed,
                    content,
                    author,
                });
            }
            // An epoch record out of order changes nothing.
            _ => disorderly.push(link.seq()),
        }
    }
    (epochs, disorderly)
}

/// The epochs with the keys that match their records; seeds are followed back along the back links
/// (crypto.md section 6.2). Then the epochs of which a delivered key does not match.
fn with_keys(
    section: &Section,
    mut epochs: Vec<EpochKeysHere>,
    keys: &mut SectionKeys,
) -> (Vec<EpochKeysHere>, Vec<Epoch>) {
    let mut mismatched = Vec::new();
    let mut from_after: Option<EpochSeed> = None;
    for here in epochs.iter_mut().rev() {
        let is_of = |number: &u32| *number == here.epoch.number();
        let seeds = std::mem::take(&mut keys.seeds);
        let (mut candidates, rest): (Vec<_>, Vec<_>) =
            seeds.into_iter().partition(|(number, _)| is_of(number));
        keys.seeds = rest;
        candidates.extend(from_after.take().map(|seed| (here.epoch.number(), seed)));
        for (_, seed) in candidates {
            let Ok(found) = here.record.accept(section, &seed) else {
                mismatched.push(here.epoch);
                continue;
            };
            from_after = here.record.seed_before(section, &found).ok().flatten();
            (here.seed, here.content) = (Some(seed), Some(found.content));
            break;
        }
        let contents = keys.contents.extract_if(.., |(number, _)| is_of(number));
        for (_, key) in contents {
            match here.record.accept_content(section, &key) {
                Ok(()) if here.content.is_none() => here.content = Some(key),
                Ok(()) => {}
                Err(_) => mismatched.push(here.epoch),
            }
        }
        let author = keys.authors.iter().rev().find(|(number, _)| is_of(number));
        here.author = author.map(|(_, key)| AuthorKey::from_bytes(*key.expose()));
    }
    mismatched.reverse();
    mismatched.dedup();
    (epochs, mismatched)
}
