//! ArbOS versions this node implements and the rules that switch with them (devnode.md 1.1).

/// Version of a fresh dev chain.
pub const DEFAULT: u64 = 51;
/// Versions a chain can start with.
pub const SELECTABLE: [u64; 6] = [32, 40, 41, 50, 51, 60];
/// Newest version this node implements; upgrades beyond it are not carried out.
pub const NEWEST: u64 = 60;

/// `ArbSys.arbOSVersion()` counts from here: 51 answers 106.
pub const REPORTED_OFFSET: u64 = 55;

pub(crate) const PARENT_HASH_HISTORY: u64 = 40;
pub(crate) const WASM_SIZE_PARAMETER: u64 = 40;
pub(crate) const NATIVE_TOKEN: u64 = 41;
pub(crate) const TX_GAS_LIMIT: u64 = 50;
pub(crate) const ARBOS_60: u64 = 60;

/// Whether a chain can be started with this version.
#[must_use]
pub fn is_selectable(version: u64) -> bool {
    SELECTABLE.contains(&version)
}
