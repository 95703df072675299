//! Exceptional halts of EVM code in go-ethereum's words, where those name the opcode or the stack.

use revm::{
    bytecode::opcode::OpCode,
    handler::EthFrame,
    interpreter::{InstructionResult, interpreter::EthInterpreter, interpreter_types::Jumps},
};

use super::machine::BLOBBASEFEE;

/// What is said of a frame that has just halted; `None` where the result alone tells it.
pub(super) fn text(frame: &EthFrame<EthInterpreter>, result: InstructionResult) -> Option<String> {
    // The instruction pointer is one ahead of the instruction.
    let at = frame.interpreter.bytecode.pc().checked_sub(1)?;
    let opcode = *frame.interpreter.bytecode.original_byte_slice().get(at)?;
    let known = OpCode::new(opcode);
    match result {
        InstructionResult::NotActivated if opcode == BLOBBASEFEE => {
            Some("BLOBBASEFEE is not supported on Arbitrum".to_owned())
        }
        InstructionResult::NotActivated
        | InstructionResult::OpcodeNotFound
        | InstructionResult::InvalidFEOpcode => Some(known.map_or_else(
            || format!("invalid opcode: opcode {opcode:#x} not defined"),
            |known| format!("invalid opcode: {known}"),
        )),
        InstructionResult::StackUnderflow => {
            let (have, need) = (frame.interpreter.stack.len(), known?.inputs());
            Some(format!("stack underflow ({have} <=> {need})"))
        }
        _ => None,
    }
}
