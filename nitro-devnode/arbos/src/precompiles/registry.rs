//! Which precompile is where, and since when (devnode.md 4.3).

use alloy_primitives::Address;

use super::{
    arb_address_table, arb_aggregator, arb_debug, arb_gas_info, arb_info, arb_owner,
    arb_owner_public, arb_retryable_tx, arb_sys, arb_wasm, arb_wasm_cache, legacy, method::Method,
    tokens_and_filters,
};
use crate::address;

/// Who may call a precompile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    None,
    Owner,
    Debug,
    Filterer,
}

/// A precompiled contract.
pub(super) struct Precompile {
    pub(super) address: Address,
    /// First ArbOS version.
    pub(super) since: u64,
    pub(super) guard: Guard,
    /// Tables of methods, by subject.
    pub(super) methods: &'static [&'static [Method]],
}

impl Precompile {
    pub(super) fn methods(&self) -> impl Iterator<Item = &'static Method> {
        self.methods.iter().copied().flatten()
    }
}

/// The entry of a precompile that everyone may call.
const fn open(address: Address, since: u64, methods: &'static [&'static [Method]]) -> Precompile {
    Precompile { address, since, guard: Guard::None, methods }
}

/// The entry of a precompile with a guard.
const fn guarded(
    address: Address,
    since: u64,
    guard: Guard,
    methods: &'static [&'static [Method]],
) -> Precompile {
    Precompile { address, since, guard, methods }
}

static PRECOMPILES: &[Precompile] = &[
    open(address::ARB_SYS, 0, &[arb_sys::METHODS]),
    open(address::ARB_INFO, 0, &[arb_info::INFO]),
    open(address::ARB_ADDRESS_TABLE, 0, &[arb_address_table::METHODS]),
    open(address::ARB_BLS, 0, &[]),
    open(address::ARB_FUNCTION_TABLE, 0, &[legacy::FUNCTION_TABLE]),
    open(address::ARBOS_TEST, 0, &[legacy::ARBOS_TEST]),
    open(address::ARB_OWNER_PUBLIC, 0, &[arb_owner_public::METHODS]),
    open(address::ARB_GAS_INFO, 0, &[arb_gas_info::METHODS]),
    open(address::ARB_AGGREGATOR, 0, &[arb_aggregator::METHODS]),
    open(address::ARB_RETRYABLE_TX, 0, &[arb_retryable_tx::METHODS]),
    open(address::ARB_STATISTICS, 0, &[arb_info::STATISTICS]),
    guarded(address::ARB_OWNER, 0, Guard::Owner, arb_owner::METHODS),
    open(address::ARB_WASM, 30, &[arb_wasm::METHODS]),
    open(address::ARB_WASM_CACHE, 30, &[arb_wasm_cache::METHODS]),
    open(address::ARB_NATIVE_TOKEN_MANAGER, 41, &[tokens_and_filters::NATIVE_TOKEN]),
    guarded(
        address::ARB_FILTERED_TRANSACTIONS_MANAGER,
        60,
        Guard::Filterer,
        &[tokens_and_filters::FILTERS],
    ),
    guarded(address::ARB_DEBUG, 0, Guard::Debug, &[arb_debug::METHODS]),
    open(address::ARBOS_ACTOR, 0, &[legacy::ARBOS_ACTS]),
];

pub(super) fn find(address: Address, version: u64) -> Option<&'static Precompile> {
    PRECOMPILES.iter().find(|entry| entry.address == address && entry.since <= version)
}

/// Whether a call of this address goes to [`run_precompile`](super::run_precompile) at this ArbOS
/// version.
#[must_use]
pub fn is_precompile(address: Address, arbos_version: u64) -> bool {
    find(address, arbos_version).is_some()
}

/// All precompiles at this ArbOS version; their addresses are always warm.
pub fn active_precompiles(arbos_version: u64) -> impl Iterator<Item = Address> {
    PRECOMPILES.iter().filter(move |entry| entry.since <= arbos_version).map(|entry| entry.address)
}

/// Accounts with one byte of code and the version from which they have it.
pub(crate) fn installed_code() -> impl Iterator<Item = (Address, u64)> {
    PRECOMPILES.iter().map(|entry| (entry.address, entry.since))
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
