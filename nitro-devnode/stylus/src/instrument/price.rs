//! The price of each operator in ink (wasm 2.1).

/// The price of every basic block on top of its operators.
pub(super) const BLOCK: u64 = 2450;

/// Price per byte of `memory.fill` and `memory.copy`.
pub(super) const BULK_BYTE: u64 = 100;

/// The price of operators that nobody can pay.
const UNPAYABLE: u64 = u64::MAX;

/// `br_table`: the price without targets, and for each target but the default.
const BR_TABLE: (u64, u64) = (2400, 325);

/// `call_indirect`: the price without parameters, and for each parameter of its type.
const CALL_INDIRECT: (u64, u64) = (13_610, 650);

/// Price of `br_table` with `targets` targets besides the default.
pub(super) fn br_table(targets: u32) -> u64 {
    BR_TABLE.0 + BR_TABLE.1 * u64::from(targets)
}

/// Price of `call_indirect` for a type with `params` parameters.
pub(super) const fn call_indirect(params: usize) -> u64 {
    CALL_INDIRECT.0 + CALL_INDIRECT.1 * params as u64
}

/// Price of the bulk operators with prefix `FC`, without their bytes.
pub(super) const BULK: u64 = 950;

/// Price of a one-byte operator; immediates do not matter except for `br_table` and
/// `call_indirect`, which have their own functions.
pub(super) const fn operator(opcode: u8) -> u64 {
    match opcode {
        // unreachable, nop, block, loop, else, end, return, i32.const, i64.const
        0x00..=0x03 | 0x05 | 0x0B | 0x0F | 0x41 | 0x42 => 1,
        // if, br, br_if
        0x04 | 0x0C | 0x0D => 765,
        // call
        0x10 => 3800,
        // drop, select
        0x1A => 9,
        0x1B => 1250,
        // local.get, local.set, local.tee, global.get, global.set
        0x20 | 0x22 => 75,
        0x21 => 210,
        0x23 => 225,
        0x24 => 575,
        // loads and stores of i32 and i64
        0x28 | 0x2C..=0x2F => 670,
        0x29 | 0x30..=0x35 => 680,
        0x36 | 0x3A | 0x3B => 825,
        0x37 | 0x3C..=0x3E => 950,
        // memory.size, memory.grow
        0x3F => 3000,
        0x40 => 8050,
        // comparisons of i32 and i64
        0x45..=0x4F => 170,
        0x50..=0x5A => 225,
        // i32: clz ctz, popcnt, add sub, mul, div rem, and to rotr
        0x67 | 0x68 => 210,
        0x69 => 2650,
        0x6A | 0x6B | 0x71..=0x78 => 70,
        0x6C => 160,
        0x6D..=0x70 => 1120,
        // i64: likewise
        0x79 | 0x7A => 210,
        0x7B => 6000,
        0x7C | 0x7D | 0x83..=0x8A => 100,
        0x7E => 160,
        0x7F..=0x82 => 1270,
        // wrap and extensions
        0xA7 | 0xAC | 0xAD | 0xC0..=0xC4 => 100,
        _ => UNPAYABLE,
    }
}
