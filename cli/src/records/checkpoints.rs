//! The last verified words of final blocks: an endpoint cannot go back behind them
//! (crypto.md section 9.4). They are not secret.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, hex};
use chartkey_crypto::{AccessState, Error as CryptoError, Handle, Record, State};
use serde::{Deserialize, Serialize};

use super::access::AccessHistory;
use super::ledger::Ledger;
use crate::error::Error;
use crate::files;
use crate::session::Session;

/// Words of a record that were verified before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkpoint {
    /// The access word; absent if nothing of it was final.
    pub(super) access: Option<B256>,
    /// State words by handle.
    pub(super) sections: BTreeMap<u8, B256>,
}

impl Checkpoint {
    /// What was kept for a record; an unreadable file is an error, since it may hide a rollback.
    ///
    /// # Errors
    ///
    /// A file that is no checkpoint.
    pub(super) fn read(session: &Session, place: &Record) -> Result<Self, Error> {
        read_file(&path(session, place))
    }

    /// Refuses an endpoint that knows nothing of a record which was seen before.
    ///
    /// # Errors
    ///
    /// [`Error::Tampered`] with `Rollback`.
    pub(super) fn refuse_absence(session: &Session, place: &Record) -> Result<(), Error> {
        let seen = Self::read(session, place)?;
        let newest = seen.access(place).map(AccessState::seq);
        let sections = seen.handles().filter_map(|handle| Some(seen.of_number(handle)?.seq()));
        match sections.chain(newest).max() {
            Some(checkpoint) => {
                let error = CryptoError::Rollback { checkpoint, state: 0 };
                Err(Error::Tampered {
                    section: "of the whole record".into(),
                    entry: checkpoint.to_string(),
                    code: error.code(),
                    reason: error.to_string(),
                })
            }
            None => Ok(()),
        }
    }

    /// The records of a contract that were seen before.
    pub(super) fn known(session: &Session, chain_id: u64, contract: Address) -> Vec<B256> {
        let Ok(files) = std::fs::read_dir(folder(session)) else { return Vec::new() };
        let start = format!("{chain_id}-{}-", hex::encode(contract));
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let ids = names.filter_map(|name| {
            name.strip_prefix(&start)?.strip_suffix(".json")?.parse::<B256>().ok()
        });
        ids.collect()
    }

    /// The verified state of a section.
    #[must_use]
    pub(super) fn section(&self, handle: Handle) -> Option<State> {
        self.of_number(handle.number())
    }

    fn of_number(&self, handle: u8) -> Option<State> {
        State::from_word(self.sections.get(&handle)?.0)
    }

    /// The handles of sections that were seen.
    pub(super) fn handles(&self) -> impl Iterator<Item = u8> {
        self.sections.keys().copied()
    }

    /// The verified state of the access chain.
    #[must_use]
    pub(super) fn access(&self, place: &Record) -> Option<AccessState> {
        self.access.map(|word| AccessState::of_word(place, word.0))
    }

    /// What has just been verified, as far as its blocks are final. In which block a log stands is what
    /// the endpoint says: a lie makes a checkpoint too early, of a word that was verified all the same.
    fn verified(ledger: &Ledger, history: &AccessHistory, finalized: u64) -> Self {
        let mut links = history.links.iter().rev();
        let settled = links.find(|link| link.event.position.block <= finalized);
        let newest = ledger.logs.sections.iter().filter_map(|(handle, logs)| {
            let settled = logs.iter().filter(|log| log.position.block <= finalized);
            let newest = settled.max_by_key(|log| log.log.state.seq())?;
            Some((*handle, B256::from(newest.log.state.to_word())))
        });
        Self {
            access: settled.map(|link| link.proven.state().to_word().into()),
            sections: newest.collect(),
        }
    }

    /// Takes what is further on in another one. A checkpoint never goes back.
    pub(super) fn merge(&mut self, other: &Self) {
        let is_newer = |new: B256, old: Option<B256>| number(new) > old.map_or(0, number);
        if let Some(access) = other.access.filter(|new| is_newer(*new, self.access)) {
            self.access = Some(access);
        }
        for (handle, word) in &other.sections {
            if is_newer(*word, self.sections.get(handle).copied()) {
                self.sections.insert(*handle, *word);
            }
        }
    }

    /// Keeps what has just been verified, as far as its blocks are final.
    ///
    /// # Errors
    ///
    /// The file's own.
    pub(super) fn advance(
        &self,
        session: &Session,
        ledger: &Ledger,
        history: &AccessHistory,
    ) -> Result<(), Error> {
        let Some(finalized) = ledger.finalized else { return Ok(()) };
        let mut next = self.clone();
        next.merge(&Self::verified(ledger, history, finalized));
        if next == *self { Ok(()) } else { next.keep(session, &ledger.place) }
    }

    /// Adds this to what is kept: another run may have kept more meanwhile.
    ///
    /// # Errors
    ///
    /// The file's own.
    pub(super) fn keep(&self, session: &Session, place: &Record) -> Result<(), Error> {
        let path = path(session, place);
        let _lock = files::lock(&path.with_extension("lock"))?;
        let mut kept = read_file(&path)?;
        kept.merge(self);
        let content =
            serde_json::to_vec(&kept).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(files::replace(&path, &content)?)
    }
}

/// Number of links that a word says.
fn number(word: B256) -> u32 {
    State::from_word(word.0).map_or(0, State::seq)
}

fn read_file(path: &Path) -> Result<Checkpoint, Error> {
    let Some(bytes) = files::read_if_there(path)? else { return Ok(Checkpoint::default()) };
    let found = serde_json::from_slice::<Checkpoint>(&bytes).ok();
    let is_sound = |found: &Checkpoint| {
        found.access.iter().chain(found.sections.values()).all(|word| number(*word) > 0)
    };
    found.filter(is_sound).ok_or_else(|| Error::Usage {
        message: format!("{} is not a checkpoint", path.display()),
        hint: "if you did not change it, remove it: the next run verifies from the first entry"
            .into(),
    })
}

fn folder(session: &Session) -> PathBuf {
    session.home.state.join("checkpoints")
}

fn path(session: &Session, place: &Record) -> PathBuf {
    let (contract, id) = (hex::encode(place.contract), hex::encode(place.id));
    folder(session).join(format!("{}-{contract}-{id}.json", place.chain_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u32) -> B256 {
        let mut word = B256::repeat_byte(7);
        word[28..].copy_from_slice(&number.to_be_bytes());
        word
    }

    #[test]
    fn a_checkpoint_never_goes_back() {
        let mut kept = Checkpoint { access: Some(word(5)), sections: [(3, word(9))].into() };
        let older =
            Checkpoint { access: Some(word(4)), sections: [(3, word(8)), (4, word(1))].into() };

        kept.merge(&older);

        assert_eq!(kept.access, Some(word(5)));
        assert_eq!(kept.sections, [(3, word(9)), (4, word(1))].into());
    }

    #[test]
    fn a_word_that_says_nothing_is_no_checkpoint() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.json");
        for content in [
            format!(r#"{{"access":"{}","sections":{{}}}}"#, B256::ZERO),
            format!(r#"{{"access":null,"sections":{{"1":"{}"}}}}"#, B256::ZERO),
            r#"{"access":null,"sections":{},"more":1}"#.to_owned(),
            "{".to_owned(),
        ] {
            std::fs::write(&path, &content).expect("ours");
            assert!(read_file(&path).is_err(), "{content}");
        }
    }
}
