//! Where something stands: chain, contract, record, section, epoch (crypto.md section 3).

use alloc::vec::Vec;

use crate::derive::{keccak, tag};
use crate::{Error, State};

/// An account's address, 20 raw bytes.
pub type Account = [u8; 20];

/// A health record on a chain and a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Record {
    /// The chain id.
    pub chain_id: u64,
    /// The address that users call.
    pub contract: Account,
    /// The record's identity.
    pub id: [u8; 32],
}

/// On-chain number of a section, 0 to 63. It says nothing about the section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(u8);

/// Key generation of a section, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u32);

/// A section of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Section {
    /// The record.
    pub record: Record,
    /// The section's number.
    pub handle: Handle,
}

/// A section in one of its epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SectionAt {
    /// The section.
    pub section: Section,
    /// The epoch.
    pub epoch: Epoch,
}

/// The one place where an entry is valid (crypto.md section 8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Section and epoch.
    pub section: SectionAt,
    /// Head of the section before the call that appends the entry.
    pub anchor: [u8; 28],
    /// Number that the entry will get.
    pub seq: u32,
    /// Account that appends it.
    pub author: Account,
}

/// Identity of the record that `creator` makes with a random `nonce`.
#[must_use]
pub fn record_id(
    chain_id: u64,
    contract: &Account,
    creator: &Account,
    nonce: &[u8; 32],
) -> [u8; 32] {
    keccak(&[&tag("ehr1/record-id"), &chain_id.to_be_bytes(), contract, creator, nonce])
}

impl Record {
    /// A section of this record.
    #[must_use]
    pub const fn section(self, handle: Handle) -> Section {
        Section { record: self, handle }
    }

    /// `ctx`: 60 bytes.
    #[must_use]
    pub fn context(&self) -> Vec<u8> {
        [&self.chain_id.to_be_bytes()[..], &self.contract, &self.id].concat()
    }
}

impl Handle {
    /// Checks the range.
    ///
    /// # Errors
    ///
    /// [`Error::HandleOutOfRange`] from 64 on.
    pub fn new(handle: u16) -> Result<Self, Error> {
        match u8::try_from(handle) {
            Ok(number) if number < 64 => Ok(Self(number)),
            _ => Err(Error::HandleOutOfRange(handle)),
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl Epoch {
    /// The first key generation.
    pub const FIRST: Self = Self(1);

    /// Checks that the epoch exists.
    ///
    /// # Errors
    ///
    /// [`Error::EpochZero`]
    pub const fn new(epoch: u32) -> Result<Self, Error> {
        if epoch == 0 { Err(Error::EpochZero) } else { Ok(Self(epoch)) }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The next key generation; `None` after 4,294,967,295.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl Section {
    /// The section in an epoch.
    #[must_use]
    pub const fn at(self, epoch: Epoch) -> SectionAt {
        SectionAt { section: self, epoch }
    }

    /// The state that a storage word says; zero is the state before the first link.
    #[must_use]
    pub fn state(&self, word: [u8; 32]) -> State {
        State::from_word(word).unwrap_or_else(|| self.genesis())
    }

    /// The state before the first link.
    #[must_use]
    pub fn genesis(&self) -> State {
        State::genesis(self)
    }
}

impl SectionAt {
    /// `sctx`: 66 bytes.
    #[must_use]
    pub fn context(&self) -> Vec<u8> {
        let mut context = self.section.record.context();
        context.extend_from_slice(&u16::from(self.section.handle.0).to_be_bytes());
        context.extend_from_slice(&self.epoch.0.to_be_bytes());
        context
    }
}

impl Place {
    /// The associated data of an entry: 118 bytes.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        let mut data = self.section.context();
        data.extend_from_slice(&self.anchor);
        data.extend_from_slice(&self.seq.to_be_bytes());
        data.extend_from_slice(&self.author);
        data
    }
}
