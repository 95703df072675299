//! Creation code of the *records* program.

use alloc::vec::Vec;

/// `CALLER, PUSH1 6, SSTORE`: whoever creates the program is its registrar
/// ([`REGISTRAR`](super::slots::REGISTRAR)).
const SET_REGISTRAR: [u8; 4] = [0x33, 0x60, 0x06, 0x55];
/// Bytes in front of the program: the above and what returns the program.
const PROLOGUE: u8 = 14;

/// Creation code that makes its sender the registrar and leaves `code` as it is on chain.
///
/// `SET_REGISTRAR`, then `PUSH2 length, DUP1, PUSH1 14, RETURNDATASIZE, CODECOPY, RETURNDATASIZE,
/// RETURN`. One transaction does both, so nobody can come first, and the program needs no function
/// that anybody may call once.
///
/// # Panics
///
/// If `code` is longer than 65,535 bytes; the chain takes at most 24,576.
#[must_use]
pub fn records_creation_code(code: &[u8]) -> Vec<u8> {
    let length = u16::try_from(code.len()).expect("contract code is at most 24,576 bytes");
    let [high, low] = length.to_be_bytes();
    let mut creation = Vec::with_capacity(usize::from(PROLOGUE) + code.len());
    creation.extend_from_slice(&SET_REGISTRAR);
    creation.extend_from_slice(&[0x61, high, low, 0x80, 0x60, PROLOGUE, 0x3d, 0x39, 0x3d, 0xf3]);
    creation.extend_from_slice(code);
    creation
}
