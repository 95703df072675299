//! *Records*: who may write, who was given keys, and the hash chains of both (crypto.md sections 9
//! and 15).
//!
//! The program stores words, heads of chains above all; ciphertext goes to the log whole and nowhere
//! else. There is no setter of a head, an author, a key or an owner: each moves only by the procedure
//! that its chain records. What each function takes and refuses is said in full in the interface,
//! `chartkey_abi::IRecords`. Calls are decoded by hand in `dispatch`: the SDK's router would make the
//! program too large and cost 3,000 gas more on every call (contract/README.md).

#![cfg_attr(not(any(test, feature = "export-abi")), no_std, no_main)]
#![allow(missing_docs, reason = "the SDK's macros generate undocumented items")]
#![allow(unreachable_pub, reason = "the SDK's macros need public names")]

#[macro_use]
extern crate alloc;

mod access;
mod authority;
mod chain;
mod credentials;
mod deliveries;
#[cfg(any(test, not(feature = "export-abi")))]
mod dispatch;
mod emergency;
mod error;
#[cfg(feature = "export-abi")]
mod export;
mod grants;
mod guardians;
mod keys;
mod list;
mod log;
mod sections;
#[cfg(test)]
mod tests;
mod word;

use alloc::vec::Vec;

use alloy_primitives::aliases::U16;
use alloy_primitives::{Address, B256};
pub use error::Error;
use stylus_sdk::prelude::*;
use stylus_sdk::storage::{StorageAddress, StorageB256, StorageMap};

/// A word for each record and account.
type Members = StorageMap<B256, StorageMap<Address, StorageB256>>;

/// The program's storage; slots and words are published as `chartkey_abi::records_slot`.
#[entrypoint]
#[storage]
pub struct Records {
    records: StorageMap<B256, StorageB256>,
    states: StorageMap<B256, StorageMap<U16, StorageB256>>,
    access: StorageMap<B256, StorageB256>,
    grants: Members,
    grantors: Members,
    keys: StorageMap<Address, StorageB256>,
    registrar: StorageAddress,
    registrar_offer: StorageAddress,
    credentials: StorageMap<Address, StorageB256>,
    emergencies: StorageMap<B256, StorageB256>,
    claims: Members,
    guardians: StorageMap<B256, StorageB256>,
    approvals: Members,
    recoveries: Members,
    offers: StorageMap<B256, StorageB256>,
}
