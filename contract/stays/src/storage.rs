//! What the program keeps, ordered by what is read and written together.

use alloc::vec::Vec;

use alloy_primitives::aliases::{U32, U64};
use alloy_primitives::{Address, B256};
use stylus_sdk::prelude::*;
use stylus_sdk::storage::{
    StorageAddress, StorageB256, StorageBool, StorageMap, StorageU8, StorageU32, StorageU64,
    StorageU96, StorageU128, StorageU256,
};

/// A stay: four slots, a fifth if a token or a deposit is part of it, a sixth after an early discharge.
#[storage]
pub struct Stay {
    /// State, nights, and what is due or who paid ([`crate::head::Head`]).
    pub(crate) head: StorageB256,
    pub(crate) patient: StorageAddress,
    /// The price; after an early discharge, what is left of it.
    pub(crate) total: StorageU96,
    pub(crate) clinic: StorageAddress,
    pub(crate) policy: StorageU32,
    pub(crate) room: StorageB256,
    pub(crate) token: StorageAddress,
    /// What the patient paid before the rest was paid.
    pub(crate) deposit: StorageU96,
    /// What early discharges gave back of the price, and for how many nights.
    pub(crate) given_back: StorageU96,
    pub(crate) freed_nights: StorageU8,
}

/// A policy of a clinic, written once.
#[storage]
pub struct Policy {
    pub(crate) terms: StorageB256,
    pub(crate) arbiter: StorageAddress,
}

/// What a clinic set up.
#[storage]
pub struct Clinic {
    pub(crate) policy_count: StorageU32,
    pub(crate) policies: StorageMap<U32, Policy>,
    /// Until when an account may act for the clinic.
    pub(crate) staff: StorageMap<Address, StorageU64>,
    pub(crate) tokens: StorageMap<Address, StorageBool>,
    /// Taken nights, 255 a word ([`crate::calendar`]).
    pub(crate) rooms: StorageMap<B256, StorageMap<U32, StorageU256>>,
}

/// A claim of a stay.
#[storage]
pub struct Claim {
    pub(crate) insurer: StorageAddress,
    /// What the insurer has not answered yet.
    pub(crate) open: StorageU96,
    /// What of the stay's total burdens the patient no more: paid by insurers, or given back by a decision.
    pub(crate) covered: StorageU128,
}

/// Released money by token (0: the chain's coin) and account.
pub(crate) type Released = StorageMap<Address, StorageMap<Address, StorageU256>>;
/// Stays and claims by the stay's number.
pub(crate) type ByStay<T> = StorageMap<U64, T>;
