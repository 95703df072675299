//! What an endpoint says about a section, and what of it is believed (crypto.md section 9.4).

use alloc::vec::Vec;

use crate::order::{check_progress, in_order};
use crate::{Account, ChainLog, Epoch, EpochRecord, Error, Link, LinkKind, Section, State};

/// A link that the chain's state proves. Only [`verify`] and [`verify_since`] make it.
///
/// ```compile_fail,E0451
/// use chartkey_crypto::*;
///
/// fn forged(after: Checkpoint, log: ChainLog) -> VerifiedLink {
///     VerifiedLink { after, link: log.link, blob: log.blob }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLink {
    after: Checkpoint,
    link: Link,
    blob: Vec<u8>,
}

/// A verified state of a section, to be kept as the start of the next verification. It is not
/// secret. Keep only those of finalized blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    state: State,
    anchor: [u8; 28],
    epochs: Epochs,
}

/// Follows the epoch records: each must be the next one (crypto.md section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Epochs {
    /// Number of the last record that was accepted, 0 before the first.
    accepted: u32,
    /// Whether a record after it was not accepted: then the section waits for the next good one.
    is_broken: bool,
}

impl VerifiedLink {
    /// Its number in the section.
    #[must_use]
    pub const fn seq(&self) -> u32 {
        self.after.state.seq
    }

    /// Head of the section before the call that appended it.
    #[must_use]
    pub const fn anchor(&self) -> [u8; 28] {
        self.after.anchor
    }

    /// The epoch that it belongs to; `None` while the newest epoch record is not in order.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.after.epochs.current()
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> LinkKind {
        self.link.kind
    }

    /// Account that appended it.
    #[must_use]
    pub const fn author(&self) -> Account {
        self.link.author
    }

    /// Block timestamp in seconds.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.link.time
    }

    /// Envelope or epoch record; of a detached entry the Keccak-256 of its envelope.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The verified state of the section after this link.
    #[must_use]
    pub const fn checkpoint(&self) -> Checkpoint {
        self.after
    }
}

impl Checkpoint {
    /// Bytes of the kept form: `word(32) ‖ anchor(28) ‖ u32 epoch ‖ u8`.
    pub const LENGTH: usize = 65;

    pub(crate) fn genesis(section: &Section) -> Self {
        let state = section.genesis();
        let epochs = Epochs { accepted: 0, is_broken: false };
        Self { state, anchor: state.head, epochs }
    }

    /// The state word.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The section's epoch in this state; `None` before the first and after a bad rotation.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.epochs.current()
    }

    /// The form to be kept.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..32].copy_from_slice(&self.state.to_word());
        bytes[32..60].copy_from_slice(&self.anchor);
        bytes[60..64].copy_from_slice(&self.epochs.accepted.to_be_bytes());
        bytes[64] = u8::from(self.epochs.is_broken);
        bytes
    }

    /// Reads the kept form.
    ///
    /// # Errors
    ///
    /// [`Error::BadCheckpoint`] for bytes that [`to_bytes`](Self::to_bytes) does not write.
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Result<Self, Error> {
        let (word, rest) = bytes.split_first_chunk::<32>().ok_or(Error::BadCheckpoint)?;
        let (anchor, rest) = rest.split_first_chunk::<28>().ok_or(Error::BadCheckpoint)?;
        let (accepted, rest) = rest.split_first_chunk::<4>().ok_or(Error::BadCheckpoint)?;
        let state = State::from_word(*word).ok_or(Error::BadCheckpoint)?;
        let is_broken = match rest {
            [0] => false,
            [1] => true,
            _ => return Err(Error::BadCheckpoint),
        };
        let epochs = Epochs { accepted: u32::from_be_bytes(*accepted), is_broken };
        Ok(Self { state, anchor: *anchor, epochs })
    }
}

/// Checks all logs of a section against the state word that the chain stores, and against a state
/// that was verified before.
///
/// The logs may come in any order and from anywhere. They must reach back to the first link; where
/// only new ones are wanted, [`verify_since`] starts at a checkpoint.
///
/// # Errors
///
/// [`Error::Rollback`], [`Error::Fork`], [`Error::Duplicate`], [`Error::Missing`],
/// [`Error::Altered`], [`Error::HeadMismatch`]
pub fn verify(
    section: &Section,
    state: State,
    logs: &[ChainLog],
    checkpoint: Option<State>,
) -> Result<Vec<VerifiedLink>, Error> {
    if let Some(checkpoint) = checkpoint {
        check_progress(state, checkpoint)?;
    }
    follow(Checkpoint::genesis(section), state, logs, checkpoint)
}

/// Checks the logs after a checkpoint against the state word that the chain stores.
///
/// ```
/// use chartkey_crypto::*;
///
/// let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// let section = record.section(Handle::new(7)?);
/// let link = Link { kind: LinkKind::Entry, index: 0, author: [3; 20], time: 1_800_000_000 };
/// let one = section.genesis().append(&link, b"one");
/// let two = one.append(&link, b"two");
///
/// let logs = [ChainLog { state: one, link, blob: b"one".to_vec() }];
/// let seen = verify(&section, one, &logs, None)?[0].checkpoint();
///
/// // Later, with the new log only.
/// let logs = [ChainLog { state: two, link, blob: b"two".to_vec() }];
/// let links = verify_since(&seen, two, &logs)?;
/// assert_eq!(links[0].seq(), 2);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Rollback`], [`Error::Fork`], [`Error::Duplicate`], [`Error::Missing`],
/// [`Error::Altered`], [`Error::HeadMismatch`]
pub fn verify_since(
    checkpoint: &Checkpoint,
    state: State,
    logs: &[ChainLog],
) -> Result<Vec<VerifiedLink>, Error> {
    check_progress(state, checkpoint.state)?;
    follow(*checkpoint, state, logs, Some(checkpoint.state))
}

fn follow(
    start: Checkpoint,
    state: State,
    logs: &[ChainLog],
    seen: Option<State>,
) -> Result<Vec<VerifiedLink>, Error> {
    let ordered = in_order(start.state.seq, state.seq, logs, |log| log.state.seq)?;
    let mut at = start;
    let mut verified = Vec::with_capacity(ordered.len());
    for log in ordered {
        at = at.passed(log)?;
        if seen.is_some_and(|seen| seen.seq == at.state.seq && seen.head != at.state.head) {
            return Err(Error::Fork(at.state.seq));
        }
        verified.push(VerifiedLink { after: at, link: log.link, blob: log.blob.clone() });
    }
    if at.state.head != state.head {
        let first = seen.map_or(1, |seen| seen.seq.saturating_add(1));
        return Err(Error::HeadMismatch { first, last: state.seq });
    }
    Ok(verified)
}

impl Checkpoint {
    fn passed(self, log: &ChainLog) -> Result<Self, Error> {
        let altered = Error::Altered(self.state.seq.saturating_add(1));
        let state = self.state.append_leaf(&log.link, &log.leaf().ok_or(altered)?);
        if state != log.state {
            return Err(altered);
        }
        // Entries of one call share the head before the call.
        let anchor = if log.link.index == 0 { self.state.head } else { self.anchor };
        Ok(Self { state, anchor, epochs: self.epochs.passed(log) })
    }
}

impl Epochs {
    fn current(self) -> Option<Epoch> {
        if self.is_broken { None } else { Epoch::new(self.accepted).ok() }
    }

    /// A record that is not the next one is not accepted, and locks the section until the next one
    /// comes: it must not hide what follows (crypto.md sections 1 and 8.5).
    fn passed(self, log: &ChainLog) -> Self {
        if log.link.kind != LinkKind::Epoch {
            return self;
        }
        let next = self.accepted.saturating_add(1);
        match EpochRecord::parse(&log.blob) {
            Ok(record) if record.epoch.number() == next => {
                Self { accepted: next, is_broken: false }
            }
            _ => Self { is_broken: true, ..self },
        }
    }
}
