//! The last verified words of final blocks: an endpoint cannot go back behind them
//! (crypto.md section 9.4). They are not secret.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alloy_primitives::{B256, hex};
use chartkey_crypto::{AccessState, Handle, State};
use serde::{Deserialize, Serialize};

use super::access::AccessHistory;
use super::ledger::Ledger;
use crate::error::Error;
use crate::files;
use crate::session::Session;

/// Words of a record that were verified before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The access word; absent if nothing of it was final.
    access: Option<B256>,
    /// State words by handle.
    sections: BTreeMap<u8, B256>,
}

impl Checkpoint {
    /// What was kept for a record; an unreadable file is an error, since it may hide a rollback.
    ///
    /// # Errors
    ///
    /// A file that is no checkpoint.
    pub(super) fn read(session: &Session, ledger: &Ledger) -> Result<Self, Error> {
        let path = path(session, ledger);
        let Some(bytes) = files::read_if_there(&path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).map_err(|_| Error::Usage {
            message: format!("{} is not a checkpoint", path.display()),
            hint: "if you did not change it, remove it: the next run verifies from the first entry"
                .into(),
        })
    }

    /// The verified state of a section.
    #[must_use]
    pub(super) fn section(&self, handle: Handle) -> Option<State> {
        State::from_word(self.sections.get(&handle.number())?.0)
    }

    /// The handles of sections that were seen.
    pub(super) fn handles(&self) -> impl Iterator<Item = u8> {
        self.sections.keys().copied()
    }

    /// The verified state of the access chain.
    #[must_use]
    pub(super) fn access(&self, ledger: &Ledger) -> Option<AccessState> {
        self.access.map(|word| AccessState::of_word(&ledger.place, word.0))
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
        let links = history.links.iter().rev();
        let mut settled = links.filter(|link| link.event.position.block <= finalized);
        if let Some(link) = settled.next() {
            next.access = Some(link.proven.state().to_word().into());
        }
        for (handle, logs) in &ledger.section_logs {
            let settled = logs.iter().filter(|log| log.position.block <= finalized);
            let newest = settled.max_by_key(|log| log.log.state.seq());
            let known = next.sections.get(handle).and_then(|word| State::from_word(word.0));
            if let Some(newest) = newest
                && known.is_none_or(|known| known.seq() < newest.log.state.seq())
            {
                next.sections.insert(*handle, newest.log.state.to_word().into());
            }
        }
        if next == *self {
            return Ok(());
        }
        let content =
            serde_json::to_vec(&next).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(files::replace(&path(session, ledger), &content)?)
    }
}

fn path(session: &Session, ledger: &Ledger) -> PathBuf {
    let place = &ledger.place;
    let name = format!(
        "{}-{}-{}.json",
        place.chain_id,
        hex::encode(place.contract),
        hex::encode(place.id)
    );
    session.home.state.join("checkpoints").join(name)
}
