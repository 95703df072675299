//! *Stays*: a clinic's quotes, its rooms and the patient's money in escrow.
//!
//! Money is in exactly one of two places: the escrow of a paid stay, or an account's released
//! balance in the token that was paid. It leaves only through `withdraw` and `withdrawTo`, by its owner,
//! after it was taken off the books. No sum of all escrows is stored: it would make each payment a fifth
//! dearer, and the tests hold the books against a plain model instead.
//!
//! What each function takes and refuses is said in the module of its subject; calls are decoded by hand
//! in `router`.

#![cfg_attr(not(any(test, feature = "export-abi")), no_std, no_main)]
#![allow(missing_docs, reason = "the SDK's macros generate undocumented items")]
#![allow(unreachable_pub, reason = "the SDK's macros need public names")]

#[macro_use]
extern crate alloc;

mod booking;
mod calendar;
mod claim;
mod clinic;
mod credential;
mod ending;
mod error;
#[cfg(feature = "export-abi")]
mod export;
mod head;
mod money;
mod offer;
#[cfg_attr(
    all(feature = "export-abi", not(test)),
    allow(dead_code, reason = "the export asks for the SDK's router")
)]
mod router;
mod state;
mod storage;
#[cfg(test)]
mod tests;
mod token;
mod view;

use alloc::vec::Vec;

use alloy_primitives::Address;
pub use error::Error;
use storage::{ByStay, Claim, Clinic, Released, Stay};
use stylus_sdk::prelude::*;
use stylus_sdk::storage::{StorageAddress, StorageBool, StorageMap, StorageU64};

/// The program's storage.
#[entrypoint]
#[storage]
pub struct Stays {
    count: StorageU64,
    /// Set while money is on its way; a second way in is refused then.
    is_paying_out: StorageBool,
    stays: ByStay<Stay>,
    released: Released,
    clinics: StorageMap<Address, Clinic>,
    claims: ByStay<Claim>,
    /// The records program whose registrar vouches for clinics; the creation code writes it, and nothing
    /// else does (`chartkey_abi::stays_creation_code`).
    registry: StorageAddress,
}
