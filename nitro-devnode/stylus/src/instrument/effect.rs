//! What a one-byte operator does to the modelled operand stack, and how it is treated.

/// How many values an operator pushes and pops in the model of wasm 4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The height stays.
    None,
    /// The height rises by one.
    Push,
    /// The height falls by this many.
    Pop(u32),
}

/// The effect of a one-byte operator without control flow into blocks or calls.
pub(super) const fn of(opcode: u8) -> Effect {
    match opcode {
        // br_if, br_table, drop, local.set, global.set
        0x0D | 0x0E | 0x1A | 0x21 | 0x24 => Effect::Pop(1),
        // select, stores
        0x1B | 0x36..=0x3E => Effect::Pop(2),
        // local.get, global.get, memory.size, constants
        0x20 | 0x23 | 0x3F | 0x41..=0x44 => Effect::Push,
        // comparisons of two operands
        0x46..=0x4F | 0x51..=0x66 => Effect::Pop(1),
        // binary arithmetic: i32, i64, f32, f64
        0x6A..=0x78 | 0x7C..=0x8A | 0x92..=0x98 | 0xA0..=0xA6 => Effect::Pop(1),
        _ => Effect::None,
    }
}

/// Whether an operator ends its basic block (wasm 2.2).
pub(super) const fn ends_block(opcode: u8) -> bool {
    // loop, if, else, end, br, br_if, br_table, return, call, call_indirect
    matches!(opcode, 0x03 | 0x04 | 0x05 | 0x0B..=0x11)
}

/// Whether a one-byte operator computes with floats: activation rejects it, though values of float
/// types may be copied (wasm 1.12).
pub(super) const fn is_float_arithmetic(opcode: u8) -> bool {
    matches!(opcode, 0x5B..=0x66 | 0x8B..=0xA6 | 0xA8..=0xAB | 0xAE..=0xBB)
}
