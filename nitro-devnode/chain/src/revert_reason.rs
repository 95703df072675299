//! The reason in revert data.

use alloy_primitives::U256;
use alloy_sol_types::{Panic, Revert, SolError};

/// What `Error(string)` or `Panic(uint256)` says (devnode.md 5.4); `None` for other data.
#[must_use]
pub fn revert_reason(data: &[u8]) -> Option<String> {
    if let Ok(revert) = Revert::abi_decode(data) {
        return Some(revert.reason);
    }
    Panic::abi_decode(data).ok().map(|panic| panic_text(panic.code))
}

/// Solidity's panic codes in go-ethereum's words.
fn panic_text(code: U256) -> String {
    let known = match code.saturating_to::<u64>() {
        0x00 => "generic panic",
        0x01 => "assert(false)",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "enum overflow",
        0x22 => "invalid encoded storage byte array accessed",
        0x31 => "out-of-bounds array access; popping on an empty array",
        0x32 => "out-of-bounds access of an array or bytesN",
        0x41 => "out of memory",
        0x51 => "uninitialized function",
        _ => return format!("unknown panic code: {code:#x}"),
    };
    known.to_owned()
}
