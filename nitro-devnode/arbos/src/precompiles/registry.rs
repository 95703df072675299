//! Which precompile is where, and since when (devnode.md 4.3).

use alloy_primitives::Address;

use super::{arb_wasm, arb_wasm_cache, method::Method};
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
    pub(super) methods: &'static [Method],
}

const fn open(address: Address, since: u64, methods: &'static [Method]) -> Precompile {
    Precompile { address, since, guard: Guard::None, methods }
}

static PRECOMPILES: &[Precompile] = &[
    open(address::ARB_WASM, 30, arb_wasm::METHODS),
    open(address::ARB_WASM_CACHE, 30, arb_wasm_cache::METHODS),
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
