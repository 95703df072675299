//! Random EVM code that does something before it fails, if it fails.

use super::random::Random;

/// Instructions that take and give words, with how many they take. Left out is what the past of a
/// chain answers: balances and code of accounts by small numbers.
const WORDS: [(u8, usize); 38] = [
    (0x01, 2), // ADD
    (0x02, 2), // MUL
    (0x03, 2), // SUB
    (0x04, 2), // DIV
    (0x05, 2), // SDIV
    (0x06, 2), // MOD
    (0x08, 3), // ADDMOD
    (0x09, 3), // MULMOD
    (0x0a, 2), // EXP
    (0x0b, 2), // SIGNEXTEND
    (0x10, 2), // LT
    (0x12, 2), // SLT
    (0x16, 2), // AND
    (0x18, 2), // XOR
    (0x1a, 2), // BYTE
    (0x1b, 2), // SHL
    (0x1d, 2), // SAR
    (0x1e, 1), // CLZ
    (0x20, 2), // KECCAK256
    (0x30, 0), // ADDRESS
    (0x32, 0), // ORIGIN
    (0x33, 0), // CALLER
    (0x34, 0), // CALLVALUE
    (0x3a, 0), // GASPRICE
    (0x40, 1), // BLOCKHASH
    (0x41, 0), // COINBASE
    (0x42, 0), // TIMESTAMP
    (0x43, 0), // NUMBER
    (0x44, 0), // PREVRANDAO
    (0x45, 0), // GASLIMIT
    (0x46, 0), // CHAINID
    (0x47, 0), // SELFBALANCE
    (0x48, 0), // BASEFEE
    (0x49, 1), // BLOBHASH
    (0x51, 1), // MLOAD
    (0x54, 1), // SLOAD
    (0x5a, 0), // GAS
    (0x5c, 1), // TLOAD
];

/// Instructions that only take: MSTORE, MSTORE8, SSTORE, TSTORE, LOG0, LOG1, LOG2, MCOPY, POP.
const TAKES: [(u8, usize); 9] = [
    (0x52, 2),
    (0x53, 2),
    (0x55, 2),
    (0x5d, 2),
    (0xa0, 2),
    (0xa1, 3),
    (0xa2, 4),
    (0x5e, 3),
    (0x50, 1),
];

/// What ends a frame at once: INVALID, BLOBBASEFEE (Arbitrum has none), a jump to nowhere, REVERT.
const ENDS: [&[u8]; 4] = [&[0xfe], &[0x4a], &[0x60, 0xff, 0x56], &[0x5f, 0x5f, 0xfd]];

/// Code that leaves one word on the stack, as a rule.
pub(crate) fn random_code(random: &mut Random) -> Vec<u8> {
    let mut code = Vec::new();
    for _ in 0..6 + random.below(30) {
        let kinds = if random.one_in(3) { &TAKES[..] } else { &WORDS[..] };
        let (instruction, takes) = *random.pick(kinds);
        for _ in 0..takes {
            // PUSH1: small offsets, slots and lengths.
            code.extend_from_slice(&[0x60, random.byte()]);
        }
        code.push(instruction);
    }
    if random.one_in(6) {
        code.extend_from_slice(random.pick::<&[u8]>(&ENDS));
    }
    code.extend_from_slice(&[0x60, random.byte()]);
    code
}
