//! The interface of the Chartkey contracts, written once.
//!
//! The contracts, the CLI and the tests take calls, events and errors from here, so they cannot
//! drift apart. With the `json` feature each interface also yields its JSON ABI and its Solidity
//! text; the copies in `abi/json` and `abi/solidity` are kept in step by a test.

#![no_std]

extern crate alloc;

mod records;
mod stays;

pub use records::{
    CLAIM_SECONDS, IRecords, T_ACL_GENESIS, T_ACL_LINK, Terms, access_bodies, access_kind,
    access_link, credential_flag, entry_kind, is_credential_current, permission, purpose,
    records_creation_code, slots as records_slot,
};
pub use stays::{IStays, PolicyTerms, stay_state, stays_creation_code};

/// JSON ABI of the *records* program.
#[cfg(feature = "json")]
pub fn records_json_abi() -> alloy_json_abi::JsonAbi {
    IRecords::abi::contract()
}

/// JSON ABI of the *stays* program.
#[cfg(feature = "json")]
pub fn stays_json_abi() -> alloy_json_abi::JsonAbi {
    IStays::abi::contract()
}
