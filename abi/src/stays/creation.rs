//! Creation code of the *stays* program.

use alloc::vec::Vec;

use alloy_primitives::Address;

/// Slot of the address of the records program.
const REGISTRY_SLOT: u8 = 5;
/// Bytes in front of the program: what writes the slot, and what returns the program.
const PROLOGUE: u8 = 34;

/// Creation code that names the records program, whose registrar vouches for clinics, and leaves `code`
/// as it is on chain.
///
/// `PUSH20 records, PUSH1 5, SSTORE`, then `PUSH2 length, DUP1, PUSH1 34, RETURNDATASIZE, CODECOPY,
/// RETURNDATASIZE, RETURN`. Nothing in the program writes the slot again.
///
/// # Panics
///
/// If `code` is longer than 65,535 bytes; the chain takes at most 24,576.
#[must_use]
pub fn stays_creation_code(code: &[u8], records: Address) -> Vec<u8> {
    let length = u16::try_from(code.len()).expect("contract code is at most 24,576 bytes");
    let [high, low] = length.to_be_bytes();
    let mut creation = Vec::with_capacity(usize::from(PROLOGUE) + code.len());
    creation.push(0x73);
    creation.extend_from_slice(records.as_slice());
    creation.extend_from_slice(&[0x60, REGISTRY_SLOT, 0x55]);
    creation.extend_from_slice(&[0x61, high, low, 0x80, 0x60, PROLOGUE, 0x3d, 0x39, 0x3d, 0xf3]);
    creation.extend_from_slice(code);
    creation
}
