//! Prices of host functions: ink (host 1.2) and gas (host 3 and 4).

/// Every host function that does anything.
pub(super) const HOSTIO: u64 = 8400;
/// Each pointer whose length is fixed.
pub(super) const PTR: u64 = 5040;
/// Each request to the EVM.
pub(super) const EVM_API: u64 = 59_673;
/// Dividing 256-bit numbers.
pub(super) const DIV: u64 = 20_000;
/// Adding modulo.
pub(super) const ADD_MOD: u64 = 21_000;
/// Multiplying modulo.
pub(super) const MUL_MOD: u64 = 24_100;

/// EIP-2200: gas that must be left for a storage write.
pub(super) const SSTORE_SENTRY_GAS: u64 = 2300;
/// Gas that storage functions require on top for their counters.
pub(super) const STORAGE_COUNTER_GAS: u64 = 10;
/// EIP-2929.
pub(super) const COLD_SLOAD_GAS: u64 = 2100;
/// EIP-2929.
pub(super) const WARM_ACCESS_GAS: u64 = 100;
/// EIP-2929.
pub(super) const COLD_ACCOUNT_GAS: u64 = 2600;
/// EIP-1153, load and store.
pub(super) const TRANSIENT_GAS: u64 = 100;
/// Added to the child's gas when value is sent.
pub(super) const CALL_STIPEND: u64 = 2300;
/// Sending value.
pub(super) const CALL_VALUE_GAS: u64 = 9000;
/// Sending value to an empty account.
pub(super) const CALL_NEW_ACCOUNT_GAS: u64 = 25_000;
/// Creating a contract.
pub(super) const CREATE_GAS: u64 = 32_000;
/// Hashing a word of init code for `create2`.
pub(super) const CREATE2_WORD_GAS: u64 = 6;
/// A log, and each of its topics.
pub(super) const LOG_GAS: u64 = 375;
/// Each byte of a log's data.
pub(super) const LOG_BYTE_GAS: u64 = 8;
/// Reading code, per 24576 bytes of the limit for code.
pub(super) const CODE_UNIT_GAS: u64 = 700;
/// The code size that one unit stands for.
pub(super) const CODE_UNIT_LEN: u64 = 24_576;

/// Copying `len` bytes into the program.
pub(super) const fn write(len: usize) -> u64 {
    5040 + 30 * (len as u64).saturating_sub(32)
}

/// Copying `len` bytes out of the program.
pub(super) const fn read(len: u32) -> u64 {
    16_381 + 55 * (len as u64).saturating_sub(32)
}

/// Hashing `len` bytes.
pub(super) const fn keccak(len: u32) -> u64 {
    121_800 + 21_000 * (len as u64).div_ceil(32).saturating_sub(2)
}

/// Raising to a power; the exponent's leading zero bytes are free.
pub(super) fn pow(exponent: &[u8; 32]) -> u64 {
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count() as u64;
    3000 + 17_500 * (33 - zeros)
}
