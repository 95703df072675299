//! The hash chain of a section, and what an endpoint says about it (crypto.md sections 9.1, 9.4).

use alloc::vec::Vec;

use crate::derive::{keccak, tag, trunc28};
use crate::{Account, Epoch, EpochRecord, Error, Section};

/// A state word: head of the chain and number of links. One storage slot per section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    head: [u8; 28],
    seq: u32,
}

/// What a link holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// An entry whose envelope is in the log.
    Entry,
    /// An epoch record.
    Epoch,
    /// An entry whose envelope is kept elsewhere.
    Detached,
    /// A kind that this version does not know.
    Unknown(u8),
}

/// What a link says besides its blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    /// What it holds.
    pub kind: LinkKind,
    /// Position in the call that appended it.
    pub index: u16,
    /// Account that appended it.
    pub author: Account,
    /// Block timestamp in seconds.
    pub time: u64,
}

/// A log as an endpoint returns it; nothing of it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLog {
    /// The state word after the link, as the log says.
    pub state: State,
    /// The link.
    pub link: Link,
    /// Envelope or epoch record.
    pub blob: Vec<u8>,
}

/// A link that the chain's state proves. Only [`verify`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLink {
    seq: u32,
    anchor: [u8; 28],
    epoch: Option<Epoch>,
    link: Link,
    blob: Vec<u8>,
}

impl State {
    pub(crate) fn genesis(section: &Section) -> Self {
        let handle = u16::from(section.handle.number()).to_be_bytes();
        let context = section.record.context();
        Self { head: trunc28(keccak(&[&tag("ehr1/section-genesis"), &context, &handle])), seq: 0 }
    }

    /// Reads a storage word; `None` for zero, which means a section that was never used.
    #[must_use]
    pub fn from_word(word: [u8; 32]) -> Option<Self> {
        if word == [0; 32] {
            return None;
        }
        let seq = u32::from_be_bytes([word[28], word[29], word[30], word[31]]);
        Some(Self { head: trunc28(word), seq })
    }

    /// The storage word: `head(28) ‖ u32 seq`.
    #[must_use]
    pub fn to_word(self) -> [u8; 32] {
        let mut word = [0; 32];
        word[..28].copy_from_slice(&self.head);
        word[28..].copy_from_slice(&self.seq.to_be_bytes());
        word
    }

    /// The head of the chain.
    #[must_use]
    pub const fn head(self) -> [u8; 28] {
        self.head
    }

    /// Number of links.
    #[must_use]
    pub const fn seq(self) -> u32 {
        self.seq
    }

    /// The state after `blob` was appended.
    #[must_use]
    pub fn append(self, link: &Link, blob: &[u8]) -> Self {
        let seq = self.seq.saturating_add(1);
        let head = trunc28(keccak(&[
            &tag("ehr1/section-link"),
            &self.head,
            &seq.to_be_bytes(),
            &link.index.to_be_bytes(),
            &[link.kind.number()],
            &link.author,
            &link.time.to_be_bytes(),
            &keccak(&[blob]),
        ]));
        Self { head, seq }
    }
}

impl LinkKind {
    /// The number on chain.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Entry => 1,
            Self::Epoch => 2,
            Self::Detached => 3,
            Self::Unknown(number) => number,
        }
    }

    /// The kind of a number.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Entry,
            2 => Self::Epoch,
            3 => Self::Detached,
            other => Self::Unknown(other),
        }
    }
}

impl VerifiedLink {
    /// Its number in the section.
    #[must_use]
    pub const fn seq(&self) -> u32 {
        self.seq
    }

    /// Head of the section before the call that appended it.
    #[must_use]
    pub const fn anchor(&self) -> [u8; 28] {
        self.anchor
    }

    /// The epoch that it belongs to; `None` if the epoch records before it are not in order.
    #[must_use]
    pub const fn epoch(&self) -> Option<Epoch> {
        self.epoch
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

    /// Envelope or epoch record.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }
}

/// Checks all logs of a section against the state word that the chain stores, and against a state
/// that was verified before.
///
/// The logs may come in any order and from anywhere. They must reach back to the first link.
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
    let ordered = in_order(state, logs)?;
    let mut at = section.genesis();
    let mut anchor = at.head;
    let mut epochs = Epochs::default();
    let mut verified = Vec::with_capacity(ordered.len());
    for log in ordered {
        let next = at.append(&log.link, &log.blob);
        if next != log.state {
            return Err(Error::Altered(next.seq));
        }
        if let Some(checkpoint) = checkpoint.filter(|seen| seen.seq == next.seq)
            && checkpoint.head != next.head
        {
            return Err(Error::Fork(next.seq));
        }
        // Entries of one call share the head before the call.
        if log.link.index == 0 {
            anchor = at.head;
        }
        epochs.pass(log);
        verified.push(VerifiedLink {
            seq: next.seq,
            anchor,
            epoch: epochs.current,
            link: log.link,
            blob: log.blob.clone(),
        });
        at = next;
    }
    if at.head != state.head {
        let first = checkpoint.map_or(1, |seen| seen.seq.saturating_add(1));
        return Err(Error::HeadMismatch { first, last: state.seq });
    }
    Ok(verified)
}

fn check_progress(state: State, checkpoint: State) -> Result<(), Error> {
    if state.seq < checkpoint.seq {
        return Err(Error::Rollback { checkpoint: checkpoint.seq, state: state.seq });
    }
    if state.seq == checkpoint.seq && state.head != checkpoint.head {
        return Err(Error::Fork(state.seq));
    }
    Ok(())
}

/// The logs 1 to `state.seq`, each once.
fn in_order(state: State, logs: &[ChainLog]) -> Result<Vec<&ChainLog>, Error> {
    let mut sorted: Vec<&ChainLog> = logs.iter().filter(|log| log.state.seq <= state.seq).collect();
    sorted.sort_by_key(|log| log.state.seq);
    sorted.dedup();
    let mut expected = 1;
    for log in &sorted {
        match log.state.seq {
            seq if seq == expected => expected += 1,
            seq if seq < expected => return Err(Error::Duplicate(seq)),
            _ => return Err(Error::Missing(expected)),
        }
    }
    if expected <= state.seq {
        return Err(Error::Missing(expected));
    }
    Ok(sorted)
}

/// Follows the epoch records: each must be the next one (crypto.md section 6.2).
#[derive(Default)]
struct Epochs {
    current: Option<Epoch>,
    is_broken: bool,
}

impl Epochs {
    fn pass(&mut self, log: &ChainLog) {
        if log.link.kind != LinkKind::Epoch || self.is_broken {
            return;
        }
        let next = self.current.map_or(1, |epoch| epoch.number().saturating_add(1));
        match EpochRecord::parse(&log.blob) {
            Ok(record) if record.epoch.number() == next => self.current = Some(record.epoch),
            _ => {
                self.is_broken = true;
                self.current = None;
            }
        }
    }
}
