//! What can be wrong (crypto.md section 19).

use thiserror::Error;

/// Why something is not accepted. Entry-level errors belong into a listing; chain-level errors end a
/// command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The unlock key does not give the registered identity.
    #[error("the unlock key does not belong to this record's registered key")]
    WrongUnlockKey,
    /// The signer gives another signature each time.
    #[error("the signer is not deterministic; use a random root with key slots")]
    NonDeterministicSigner,
    /// The endpoint shows an older state than the checkpoint.
    #[error("the chain was rolled back: entry {checkpoint} was seen, the state ends at {state}")]
    Rollback {
        /// Number of the checkpoint.
        checkpoint: u32,
        /// Number of the state.
        state: u32,
    },
    /// The endpoint shows another history than the checkpoint.
    #[error("another history than the one seen before, at entry {0}")]
    Fork(u32),
    /// No log has this number.
    #[error("entry {0} is missing")]
    Missing(u32),
    /// Two different logs have this number.
    #[error("entry {0} appears twice")]
    Duplicate(u32),
    /// The log does not continue the chain.
    #[error("entry {0} was altered")]
    Altered(u32),
    /// The logs chain among themselves but do not end at the state word.
    #[error("entries {first} to {last} do not lead to the state that the chain stores")]
    HeadMismatch {
        /// First number that may be forged.
        first: u32,
        /// Last number.
        last: u32,
    },
    /// The commitment of a sealed blob is not that of the key: wrong key or altered.
    #[error("wrong key or altered")]
    CommitmentMismatch,
    /// The tag of a sealed blob is wrong: wrong key or altered.
    #[error("wrong key or altered")]
    TagMismatch,
    /// The plaintext is no frame.
    #[error("malformed content: {0}")]
    BadFrame(&'static str),
    /// The bytes are no epoch record.
    #[error("malformed key record: {0}")]
    BadEpochRecord(&'static str),
    /// A later format.
    #[error("format version {0} is not supported")]
    UnsupportedVersion(u8),
    /// A seed does not belong to the epoch record.
    #[error("the key of this section does not match its key record")]
    EpochCommitmentMismatch,
    /// No key for this epoch of the section.
    #[error("no key for section {handle} in epoch {epoch}")]
    KeyNotDelivered {
        /// The section's handle.
        handle: u8,
        /// The epoch.
        epoch: u32,
    },
    /// Longer than the format allows.
    #[error("{length} bytes are more than the {most} that fit")]
    TooLarge {
        /// Bytes there are.
        length: usize,
        /// Bytes there may be.
        most: usize,
    },
    /// Handles run from 0 to 63.
    #[error("section handle {0} is not below 64")]
    HandleOutOfRange(u16),
    /// Epochs count from 1.
    #[error("epoch 0 does not exist")]
    EpochZero,
    /// Not an entry, or not in a verified place.
    #[error("link {0} holds no entry")]
    NotAnEntry(u32),
    /// The cost parameters of the passphrase are not possible here.
    #[error("the passphrase cannot be stretched: {0}")]
    Passphrase(&'static str),
}

impl Error {
    /// The code of section 19, stable.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongUnlockKey => "WrongUnlockKey",
            Self::NonDeterministicSigner => "NonDeterministicSigner",
            Self::Rollback { .. } => "Rollback",
            Self::Fork(_) => "Fork",
            Self::Missing(_) => "Missing",
            Self::Duplicate(_) => "Duplicate",
            Self::Altered(_) => "Altered",
            Self::HeadMismatch { .. } => "HeadMismatch",
            Self::CommitmentMismatch => "CommitmentMismatch",
            Self::TagMismatch => "TagMismatch",
            Self::BadFrame(_) => "BadFrame",
            Self::BadEpochRecord(_) => "BadEpochRecord",
            Self::UnsupportedVersion(_) => "UnsupportedVersion",
            Self::EpochCommitmentMismatch => "EpochCommitmentMismatch",
            Self::KeyNotDelivered { .. } => "KeyNotDelivered",
            Self::TooLarge { .. } => "TooLarge",
            Self::HandleOutOfRange(_) => "HandleOutOfRange",
            Self::EpochZero => "EpochZero",
            Self::NotAnEntry(_) => "NotAnEntry",
            Self::Passphrase(_) => "Passphrase",
        }
    }
}
