//! Format `ehr1`: sealing, opening and checking chart entries (`spec/crypto.md`).
//!
//! The crate has no clock, network, file or random number generator: time and randomness are
//! arguments. What a client does with it, in order:
//!
//! 1. [`verify`] the logs of a section against the state word that the chain stores;
//! 2. derive the keys of the epoch: [`Root`] for an account, [`EpochSeed`] for a section;
//! 3. [`open_entry`] what was verified, or [`seal_entry`] what is to be appended.
//!
//! Opening takes a [`VerifiedLink`], which only [`verify`] makes: an entry that the chain does not
//! prove cannot be shown by accident.
//!
//! ```
//! use chartkey_crypto::*;
//!
//! let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
//! let section = record.section(Handle::new(7)?);
//! let author = [3; 20];
//!
//! // The section's first key generation, and the epoch record that opens it.
//! let seed = EpochSeed::from_bytes([4; 32]); // from the operating system, never a constant
//! let keys = seed.keys(&section.at(Epoch::FIRST));
//! let first = EpochRecord::create(&section, Epoch::FIRST, &keys, "medications", &[5; 32])?;
//! let opened = Link { kind: LinkKind::Epoch, index: 0, author, time: 1_800_000_000 };
//! let state = section.genesis().append(&opened, &first);
//!
//! // An entry, sealed for its one place in the chain.
//! let frame = Frame::create(BodyType::Text, 1_800_000_001, b"amlodipine 5 mg".to_vec())?;
//! let place = Place { section: section.at(Epoch::FIRST), anchor: state.head(), seq: 2, author };
//! let envelope = seal_entry(&keys.content.author(&section.at(Epoch::FIRST), &author), &place, &frame, &[6; 32])?;
//! let link = Link { kind: LinkKind::Entry, index: 0, author, time: 1_800_000_001 };
//! let after = state.append(&link, &envelope);
//!
//! // A reader verifies first and opens second.
//! let logs = vec![
//!     ChainLog { state, link: opened, blob: first },
//!     ChainLog { state: after, link, blob: envelope },
//! ];
//! let links = verify(&section, after, &logs, None)?;
//! let key = keys.content.author(&section.at(Epoch::FIRST), &links[1].author());
//! assert_eq!(open_entry(&key, &section, &links[1])?.body()?, b"amlodipine 5 mg");
//! # Ok::<(), Error>(())
//! ```

#![no_std]

extern crate alloc;

mod chain;
mod derive;
mod entry;
mod epoch;
mod error;
mod frame;
mod identity;
mod keyslot;
mod local;
mod place;
mod seal;
mod secret;

pub use chain::{ChainLog, Link, LinkKind, State, VerifiedLink, verify};
pub use entry::{open_entry, seal_entry};
pub use epoch::{
    AuthorKey, ContentKey, EpochKeys, EpochRecord, EpochSeed, HistoryKey, KeyCommitment,
};
pub use error::Error;
pub use frame::{BodyType, Extension, Frame, Operation, bucket, padme};
pub use identity::{
    CacheKey, ChannelRoot, Identity, KemSeed, KeyId, Passphrase, Root, UnlockSignature,
    unlock_message,
};
#[cfg(feature = "passphrase")]
pub use identity::{PassphraseCost, stretch_passphrase};
pub use keyslot::{SlotKey, keyslot_message};
pub use local::{open_cache, room_digest, seal_cache};
pub use place::{Account, Epoch, Handle, Place, Record, Section, SectionAt, record_id};
pub use seal::{Label, MessageKey, SealKey, open, seal};
