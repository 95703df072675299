//! The chain itself, and what an endpoint says about it (crypto.md sections 9.3 and 9.4).

use alloc::vec::Vec;

use super::Action;
use crate::derive::{keccak, tag, trunc28};
use crate::order::{check_progress, in_order};
use crate::{Account, Error, Record, State};

/// The state word of a record's access chain: `head(28) ‖ u32 seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccessState(State);

/// A log as an endpoint returns it; nothing of it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    /// The state word after the entry, as the log says.
    pub state: AccessState,
    /// The account that acted.
    pub actor: Account,
    /// Block timestamp in seconds.
    pub time: u64,
    /// The body: [`Action::encode`].
    pub body: Vec<u8>,
}

/// An access entry that the chain's state proves. Only [`verify_access`] and [`verify_access_since`]
/// make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAccess {
    state: AccessState,
    actor: Account,
    time: u64,
    body: Vec<u8>,
}

impl AccessState {
    /// The state before the first entry.
    #[must_use]
    pub fn genesis(record: &Record) -> Self {
        let head = trunc28(keccak(&[&tag("ehr1/acl-genesis"), &record.context()]));
        Self(State { head, seq: 0 })
    }

    /// The state that a storage word says; zero is the state before the first entry.
    #[must_use]
    pub fn of_word(record: &Record, word: [u8; 32]) -> Self {
        State::from_word(word).map_or_else(|| Self::genesis(record), Self)
    }

    /// The storage word.
    #[must_use]
    pub fn to_word(self) -> [u8; 32] {
        self.0.to_word()
    }

    /// The head of the chain.
    #[must_use]
    pub const fn head(self) -> [u8; 28] {
        self.0.head
    }

    /// Number of entries.
    #[must_use]
    pub const fn seq(self) -> u32 {
        self.0.seq
    }

    pub(crate) const fn plain(self) -> State {
        self.0
    }

    pub(crate) const fn of_plain(state: State) -> Self {
        Self(state)
    }

    /// The state after an entry with this body.
    #[must_use]
    pub fn append(self, actor: &Account, time: u64, body: &[u8]) -> Self {
        let seq = self.0.seq.saturating_add(1);
        let head = trunc28(keccak(&[
            &tag("ehr1/acl-link"),
            &self.0.head,
            &seq.to_be_bytes(),
            actor,
            &time.to_be_bytes(),
            &keccak(&[body]),
        ]));
        Self(State { head, seq })
    }
}

impl VerifiedAccess {
    /// Its number.
    #[must_use]
    pub const fn seq(&self) -> u32 {
        self.state.seq()
    }

    /// The state after it: a checkpoint for the next verification. Keep only those of finalized
    /// blocks.
    #[must_use]
    pub const fn state(&self) -> AccessState {
        self.state
    }

    /// The account that acted.
    #[must_use]
    pub const fn actor(&self) -> Account {
        self.actor
    }

    /// Block timestamp in seconds.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }

    /// What it says.
    ///
    /// # Errors
    ///
    /// [`Error::BadAccess`] for a body that is malformed; it is listed, and hides nothing after it.
    pub fn action(&self) -> Result<Action, Error> {
        Action::decode(&self.body)
    }

    /// Whether `list` is the list of deliveries that this entry is about.
    #[must_use]
    pub fn is_about(&self, list: &[u8]) -> bool {
        let digest = keccak(&[list]);
        match self.action() {
            Ok(Action::Delivery { list } | Action::EmergencySet { list, .. }) => list == digest,
            _ => false,
        }
    }
}

/// Checks all logs of an access chain against the state word that the chain stores, and against a
/// state that was verified before.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// let (owner, reader, time) = ([3; 20], [4; 20], 1_800_000_000);
/// let grant = Grant { grantee: reader, permissions: 3, sections: 1 << 7, expiry: time + 86_400, purpose: 1 };
/// let body = Action::Grant(grant).encode();
/// let state = AccessState::genesis(&record).append(&owner, time, &body);
///
/// let logs = [AccessLog { state, actor: owner, time, body }];
/// let entries = verify_access(&record, state, &logs, None)?;
/// let grants = Grants::of(&entries);
/// assert_eq!(grants.readers(Handle::new(7)?, time).count(), 1);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Rollback`], [`Error::Fork`], [`Error::Duplicate`], [`Error::Missing`],
/// [`Error::Altered`], [`Error::HeadMismatch`]
pub fn verify_access(
    record: &Record,
    state: AccessState,
    logs: &[AccessLog],
    checkpoint: Option<AccessState>,
) -> Result<Vec<VerifiedAccess>, Error> {
    if let Some(checkpoint) = checkpoint {
        check_progress(state.0, checkpoint.0)?;
    }
    follow(AccessState::genesis(record), state, logs, checkpoint)
}

/// Checks the logs after a state that was verified before.
///
/// # Errors
///
/// As [`verify_access`].
pub fn verify_access_since(
    checkpoint: AccessState,
    state: AccessState,
    logs: &[AccessLog],
) -> Result<Vec<VerifiedAccess>, Error> {
    check_progress(state.0, checkpoint.0)?;
    follow(checkpoint, state, logs, Some(checkpoint))
}

fn follow(
    start: AccessState,
    state: AccessState,
    logs: &[AccessLog],
    seen: Option<AccessState>,
) -> Result<Vec<VerifiedAccess>, Error> {
    let ordered = in_order(start.seq(), state.seq(), logs, |log| log.state.seq())?;
    let mut at = start;
    let mut verified = Vec::with_capacity(ordered.len());
    for log in ordered {
        at = at.append(&log.actor, log.time, &log.body);
        if at != log.state {
            return Err(Error::Altered(at.seq()));
        }
        if seen.is_some_and(|seen| seen.seq() == at.seq() && seen != at) {
            return Err(Error::Fork(at.seq()));
        }
        let AccessLog { state, actor, time, ref body } = *log;
        verified.push(VerifiedAccess { state, actor, time, body: body.clone() });
    }
    if at != state {
        let first = seen.map_or(1, |seen| seen.seq().saturating_add(1));
        return Err(Error::HeadMismatch { first, last: state.seq() });
    }
    Ok(verified)
}
