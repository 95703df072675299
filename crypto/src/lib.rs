//! Format `ehr1`: sealing, opening and checking chart entries (`spec/crypto.md`).
//!
//! The crate has no clock, network, file or random number generator: time and randomness are
//! arguments. What a client does with it, in order:
//!
//! 1. [`verify`] the logs of a section against the state word that the chain stores;
//! 2. derive the keys of the epoch: [`Root`] for an account, [`EpochSeed`] for a section;
//! 3. [`open_entry`] what was verified, or [`seal_entry`] what is to be appended.
//!
//! Keys reach readers by deliveries: [`seal_direct`] at first contact, [`OwnChannel`] afterwards. What
//! was given to whom stands in the access chain: [`verify_access`], [`Grants`]. Without the owner's
//! keys there are [`Emergency`] access and [`recover`]y by guardians.
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
//! let seed = EpochSeed::from(Fresh::draw(getrandom::fill)?);
//! let keys = seed.keys(&section.at(Epoch::FIRST));
//! let first = EpochRecord::create(&section, Epoch::FIRST, &keys, "medications", Fresh::draw(getrandom::fill)?)?;
//! let opened = Link { kind: LinkKind::Epoch, index: 0, author, time: 1_800_000_000 };
//! let state = section.genesis().append(&opened, &first);
//!
//! // An entry, sealed for its one place in the chain.
//! let frame = Frame::create(BodyType::Text, 1_800_000_001, b"amlodipine 5 mg".to_vec())?;
//! let place = Place { section: section.at(Epoch::FIRST), anchor: state.head(), seq: 2, author };
//! let key = keys.content.author(&section.at(Epoch::FIRST), &author);
//! let envelope = seal_entry(&key, &place, &frame, Fresh::draw(getrandom::fill)?)?;
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
//! assert_eq!(*open_entry(&key, &section, &links[1])?.body()?, b"amlodipine 5 mg");
//! # Ok::<(), Error>(())
//! ```

#![no_std]
#![allow(
    missing_debug_implementations,
    reason = "what holds a secret must not be printed (crypto.md section 18)"
)]

extern crate alloc;

mod access;
mod chain;
mod delivery;
mod derive;
mod document;
mod emergency;
mod endpoints;
mod entry;
mod epoch;
mod error;
mod export;
mod faults;
mod frame;
mod fresh;
mod grant;
mod identity;
mod inflate;
mod keyslot;
mod local;
mod order;
mod passphrase;
mod place;
mod receipt;
mod recovery;
mod registry;
mod seal;
mod secret;
mod shamir;
mod signature;
mod standing;
mod typed;
mod unlock;
mod verify;
mod words;

pub use access::{
    AccessLog, AccessState, Action, Grant, Grants, VerifiedAccess, verify_access,
    verify_access_since,
};
pub use chain::{ChainLog, Link, LinkKind, State};
pub use delivery::{
    ChannelKey, Delivered, Delivery, DeliveryContext, Item, Listed, OwnChannel, Sender, UNLISTED,
    encode_list, parse_list, seal_direct, seal_note,
};
pub use document::{
    Attachment, DocumentCheck, DocumentKey, DocumentReader, DocumentWriter, VerifiedDocument,
    open_document, seal_document,
};
pub use emergency::{Emergency, EmergencyHalf1, EmergencyHalf2, EmergencyKey, EmergencyShare};
pub use endpoints::{FRESH_SECONDS, Word, agreed, require_fresh};
pub use entry::{detached_leaf, open_detached, open_entry, open_shared, seal_entry, share_entry};
pub use epoch::{
    AuthorKey, ContentKey, EpochKeys, EpochRecord, EpochSeed, HistoryKey, KeyCommitment,
};
pub use error::Error;
pub use export::{ExportSalt, export_commitment};
pub use faults::{access_faults, faults};
pub use frame::{BodyType, Extension, Frame, Operation, bucket, padme};
pub use fresh::Fresh;
pub use grant::Scope;
pub use identity::{CacheKey, ChannelRoot, Identity, KemSeed, KeyId, PublicKey, Root};
pub use keyslot::{SlotKey, keyslot_message};
pub use local::{open_cache, room_digest, seal_cache};
pub use passphrase::Passphrase;
#[cfg(feature = "passphrase")]
pub use passphrase::{PassphraseCost, stretch_passphrase};
pub use place::{Account, Epoch, Handle, Place, Record, Section, SectionAt, record_id};
pub use receipt::AccessReceipt;
pub use recovery::{Recovered, RecoverySecret, RecoveryShare, recover, seal_recovery};
pub use registry::{Candidate, Recipient, RegisteredKey};
pub use seal::{Label, MessageKey, SealKey, open, seal};
pub use shamir::{Share, Shared, combine, split};
pub use signature::InnerSignature;
pub use standing::{Standing, standings};
pub use unlock::{UNLOCK_PATH, UnlockSignature, unlock_message};
pub use verify::{Checkpoint, VerifiedLink, verify, verify_since};
