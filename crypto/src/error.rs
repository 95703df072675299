//! What can be wrong (crypto.md section 19).

use thiserror::Error;

/// Why something is not accepted. Entry-level errors belong into a listing; chain-level errors end a
/// command.
///
/// What a wrong key and altered bytes say is the same, so that nobody learns which it was; only
/// [`code`](Self::code) differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The unlock key does not give the registered identity.
    #[error("the unlock key does not belong to this record's registered key")]
    WrongUnlockKey,
    /// The signer gives another signature each time.
    #[error("the signer is not deterministic; use a random root with key slots")]
    NonDeterministicSigner,
    /// The account has no registered key.
    #[error("the account has not registered a key; ask its holder to do so")]
    KeyNotRegistered,
    /// The registered key is not the one that was confirmed before.
    #[error("the reader's key is not the one that was confirmed before; nothing was sealed to it")]
    ReaderKeyChanged,
    /// Endpoints, or an endpoint and the key it serves, contradict each other about a registered key.
    #[error("the endpoints do not agree on the registered key; nothing was sealed to it")]
    RegistryDisagreement,
    /// Endpoints contradict each other about the chain.
    #[error("the endpoints do not agree on what the chain stores")]
    EndpointDisagreement,
    /// The newest block is too old to be believed.
    #[error("the newest block is {age_seconds} seconds old, more than {most_seconds}")]
    StaleChain {
        /// Its age in seconds.
        age_seconds: u64,
        /// The most that is believed.
        most_seconds: u64,
    },
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
    /// A reader was revoked or ran out, and the section has the old keys still.
    #[error("section {0} needs new keys before anything is appended")]
    RotationDue(u8),
    /// The section moved on while something was sealed for its old state.
    #[error("the section moved on; seal again for its new state")]
    StateMoved,
    /// The source of random bytes failed.
    #[error("the operating system gives no randomness")]
    RandomnessUnavailable,
    /// The bytes are no delivery, or no list of them.
    #[error("malformed key delivery: {0}")]
    BadDelivery(&'static str),
    /// Who is not in charge of the record delivers what only the one in charge may.
    #[error("a key was delivered by an account that may not deliver it")]
    SenderNotPermitted,
    /// The bytes are no entry of the access chain.
    #[error("malformed access entry: {0}")]
    BadAccess(&'static str),
    /// The document, or what an entry says about it, is not whole.
    #[error("the document is not the one that the entry names: {0}")]
    BadDocument(&'static str),
    /// A threshold, a number of shares or a share is not possible.
    #[error("the shares cannot be: {0}")]
    BadShares(&'static str),
    /// The words are no key.
    #[error("not the words of a card: {0}")]
    BadWords(&'static str),
    /// The account that signed is not the one that is named.
    #[error("the signature is not by the account that it names")]
    WrongSigner,
    /// Not an X-Wing public key.
    #[error("not a public key of this format")]
    BadPublicKey,
    /// Not a host name.
    #[error("not a domain; expected a host name, with a port or without")]
    BadDomain,
    /// Not the bytes of a checkpoint.
    #[error("not a checkpoint; verify from the first entry")]
    BadCheckpoint,
    /// The seed of an epoch is used for another one.
    #[error("the new epoch needs a new seed")]
    SeedReused,
    /// No further version.
    #[error("the last key version is in use")]
    TooManyVersions,
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
            Self::KeyNotRegistered => "KeyNotRegistered",
            Self::ReaderKeyChanged => "ReaderKeyChanged",
            Self::RegistryDisagreement => "RegistryDisagreement",
            Self::EndpointDisagreement => "EndpointDisagreement",
            Self::StaleChain { .. } => "StaleChain",
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
            Self::RotationDue(_) => "RotationDue",
            Self::StateMoved => "StateMoved",
            Self::RandomnessUnavailable => "RandomnessUnavailable",
            Self::BadDelivery(_) => "BadDelivery",
            Self::SenderNotPermitted => "SenderNotPermitted",
            Self::BadAccess(_) => "BadAccess",
            Self::BadDocument(_) => "BadDocument",
            Self::BadShares(_) => "BadShares",
            Self::BadWords(_) => "BadWords",
            Self::WrongSigner => "WrongSigner",
            Self::BadPublicKey => "BadPublicKey",
            Self::BadDomain => "BadDomain",
            Self::BadCheckpoint => "BadCheckpoint",
            Self::SeedReused => "SeedReused",
            Self::TooManyVersions => "TooManyVersions",
            Self::TooLarge { .. } => "TooLarge",
            Self::HandleOutOfRange(_) => "HandleOutOfRange",
            Self::EpochZero => "EpochZero",
            Self::NotAnEntry(_) => "NotAnEntry",
            Self::Passphrase(_) => "Passphrase",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn nobody_learns_from_the_text_whether_key_or_bytes_were_wrong() {
        let (commitment, tag) = (Error::CommitmentMismatch, Error::TagMismatch);
        assert_eq!(commitment.to_string(), tag.to_string());
        assert_ne!(commitment.code(), tag.code());
    }
}
