//! Exceptional halts in the words of go-ethereum (devnode.md 2.11).

use revm::{bytecode::opcode::OpCode, interpreter::InstructionResult};

/// The text for a halt of which only the kind is known.
pub(crate) const fn halt_text(kind: InstructionResult) -> &'static str {
    match kind {
        InstructionResult::CallTooDeep => "max call depth exceeded",
        InstructionResult::OutOfFunds => "insufficient balance for transfer",
        InstructionResult::OpcodeNotFound
        | InstructionResult::InvalidFEOpcode
        | InstructionResult::NotActivated => "invalid opcode: INVALID",
        InstructionResult::InvalidJump => "invalid jump destination",
        InstructionResult::CallNotAllowedInsideStatic
        | InstructionResult::StateChangeDuringStaticCall => "write protection",
        InstructionResult::StackUnderflow => "stack underflow",
        InstructionResult::StackOverflow => "stack limit reached 1024 (1023)",
        InstructionResult::InvalidOperandOOG => "gas uint64 overflow",
        InstructionResult::ReentrancySentryOOG => {
            "out of gas: not enough gas for reentrancy sentry"
        }
        InstructionResult::OutOfOffset => "return data out of bounds",
        InstructionResult::CreateCollision => "contract address collision",
        InstructionResult::NonceOverflow => "nonce uint64 overflow",
        InstructionResult::CreateContractSizeLimit => "max code size exceeded",
        InstructionResult::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        InstructionResult::CreateInitCodeSizeLimit => "max initcode size exceeded",
        InstructionResult::PrecompileError => "execution failed in a precompile",
        _ => "out of gas",
    }
}

/// The text for a halt at a known instruction with that many words on the stack.
pub(super) fn halt_text_at(kind: InstructionResult, op: u8, stack_len: usize) -> String {
    match kind {
        InstructionResult::OpcodeNotFound
        | InstructionResult::InvalidFEOpcode
        | InstructionResult::NotActivated => match OpCode::new(op) {
            Some(known) => format!("invalid opcode: {known}"),
            None => format!("invalid opcode: opcode {op:#x} not defined"),
        },
        InstructionResult::StackUnderflow => {
            let needed = OpCode::new(op).map_or(0, |known| known.inputs());
            format!("stack underflow ({stack_len} <=> {needed})")
        }
        InstructionResult::StackOverflow => {
            let growth = OpCode::new(op).map_or(1, |known| known.io_diff().max(1));
            format!("stack limit reached {stack_len} ({})", 1024 - growth)
        }
        _ => halt_text(kind).to_owned(),
    }
}

/// Whether go-ethereum finds the fault before it reports the instruction, so that the report
/// carries it.
pub(super) const fn is_found_early(kind: InstructionResult) -> bool {
    matches!(
        kind,
        InstructionResult::StackUnderflow
            | InstructionResult::StackOverflow
            | InstructionResult::OutOfGas
            | InstructionResult::MemoryOOG
            | InstructionResult::MemoryLimitOOG
            | InstructionResult::InvalidOperandOOG
            | InstructionResult::ReentrancySentryOOG
    )
}
