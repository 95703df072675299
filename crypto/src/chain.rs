//! The hash chain of a section (crypto.md section 9.1).

use alloc::vec::Vec;

use crate::derive::{keccak, tag, trunc28};
use crate::{Account, Section};

/// A state word: head of the chain and number of links. One storage slot per section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) head: [u8; 28],
    pub(crate) seq: u32,
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
    /// Envelope or epoch record; of a detached entry the Keccak-256 of its envelope.
    pub blob: Vec<u8>,
}

impl State {
    pub(crate) fn genesis(section: &Section) -> Self {
        let handle = u16::from(section.handle.number()).to_be_bytes();
        let context = section.record.context();
        Self { head: trunc28(keccak(&[&tag("ehr1/section-genesis"), &context, &handle])), seq: 0 }
    }

    /// Reads a storage word; `None` for zero, which means a section that was never used.
    ///
    /// Where a checkpoint exists use [`Section::state`]: a server that says "never used" has then
    /// rolled back.
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

    /// The state after `blob` was appended: envelope (of a detached entry too) or epoch record.
    #[must_use]
    pub fn append(self, link: &Link, blob: &[u8]) -> Self {
        self.append_leaf(link, &keccak(&[blob]))
    }

    pub(crate) fn append_leaf(self, link: &Link, leaf: &[u8; 32]) -> Self {
        let seq = self.seq.saturating_add(1);
        let head = trunc28(keccak(&[
            &tag("ehr1/section-link"),
            &self.head,
            &seq.to_be_bytes(),
            &link.index.to_be_bytes(),
            &[link.kind.number()],
            &link.author,
            &link.time.to_be_bytes(),
            leaf,
        ]));
        Self { head, seq }
    }
}

impl ChainLog {
    /// The state that this log leads to from `before`; `None` for a detached entry whose log is no
    /// hash. That it is the state which the log says is for [`verify`](crate::verify) to find.
    #[must_use]
    pub fn after(&self, before: State) -> Option<State> {
        Some(before.append_leaf(&self.link, &self.leaf()?))
    }

    /// The hash of the blob; a detached entry's log holds nothing but that. `None` if it does not.
    pub(crate) fn leaf(&self) -> Option<[u8; 32]> {
        match self.link.kind {
            LinkKind::Detached => self.blob.as_slice().try_into().ok(),
            _ => Some(keccak(&[&self.blob])),
        }
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
