//! The instruction that a host call of a program stands for (devnode.md 5.8).
//!
//! Bytes that a host call takes from the program's memory are shown as a memory of their own that
//! starts with them. The gas is the ink in gas, rounded down.

use alloy_primitives::{Address, Bytes, U256};
use devnode_stylus::HostCall;
use revm::bytecode::opcode;

use super::{StateView, Step, Tracer};

/// The frame of a running program.
#[derive(Debug, Clone)]
pub(crate) struct HostFrame {
    pub(crate) depth: usize,
    pub(crate) address: Address,
    pub(crate) caller: Address,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    /// Ink per gas.
    pub(crate) ink_price: u32,
}

/// Reports the step, if the host call has an equivalent.
pub(super) fn report(
    frame: &HostFrame,
    call: &HostCall,
    tracer: &mut dyn Tracer,
    state: &mut dyn StateView,
) {
    let Some(pseudo) = equivalent(call) else { return };
    let price = u64::from(frame.ink_price).max(1);
    let step = Step {
        pc: 0,
        op: pseudo.op,
        gas: call.start_ink / price,
        cost: call.start_ink.saturating_sub(call.end_ink) / price,
        depth: frame.depth,
        refund: 0,
        address: frame.address,
        caller: frame.caller,
        value: frame.value,
        input: &frame.input,
        stack: &pseudo.stack,
        memory: pseudo.memory,
        return_data: &[],
        error: None,
    };
    tracer.step(&step, state);
}

struct Pseudo<'a> {
    op: u8,
    /// Operands as the opcode takes them, top last.
    stack: Vec<U256>,
    memory: &'a [u8],
}

fn equivalent(call: &HostCall) -> Option<Pseudo<'_>> {
    let plain = |op, stack: Vec<U256>| Some(Pseudo { op, stack, memory: &[] });
    let args = &call.args[..];
    let number = |from: usize, to: usize| {
        U256::try_from_be_slice(args.get(from..to).unwrap_or_default()).unwrap_or_default()
    };
    let words = |count: usize| (0..count).rev().map(|at| number(32 * at, 32 * at + 32)).collect();
    if let Some(op) = context_op(call.name) {
        return plain(op, Vec::new());
    }
    match call.name {
        "storage_load_bytes32" => plain(opcode::SLOAD, words(1)),
        "storage_cache_bytes32" => plain(opcode::SSTORE, words(2)),
        "transient_load_bytes32" => plain(opcode::TLOAD, words(1)),
        "transient_store_bytes32" => plain(opcode::TSTORE, words(2)),
        "account_balance" => plain(opcode::BALANCE, vec![number(0, 20)]),
        "account_codehash" => plain(opcode::EXTCODEHASH, vec![number(0, 20)]),
        "account_code_size" => plain(opcode::EXTCODESIZE, vec![number(0, 20)]),
        "account_code" => plain(
            opcode::EXTCODECOPY,
            vec![number(24, 28), number(20, 24), U256::ZERO, number(0, 20)],
        ),
        "math_div" => plain(opcode::DIV, words(2)),
        "math_mod" => plain(opcode::MOD, words(2)),
        "math_pow" => plain(opcode::EXP, words(2)),
        "math_add_mod" => plain(opcode::ADDMOD, words(3)),
        "math_mul_mod" => plain(opcode::MULMOD, words(3)),
        "read_args" => {
            plain(opcode::CALLDATACOPY, vec![U256::from(call.outs.len()), U256::ZERO, U256::ZERO])
        }
        "read_return_data" => {
            plain(opcode::RETURNDATACOPY, vec![number(4, 8), number(0, 4), U256::ZERO])
        }
        _ => reading(call),
    }
}

/// Host calls that only answer something about block, transaction, frame or gas.
fn context_op(name: &str) -> Option<u8> {
    Some(match name {
        "block_basefee" => opcode::BASEFEE,
        "block_coinbase" => opcode::COINBASE,
        "block_gas_limit" => opcode::GASLIMIT,
        "block_number" => opcode::NUMBER,
        "block_timestamp" => opcode::TIMESTAMP,
        "chainid" => opcode::CHAINID,
        "contract_address" => opcode::ADDRESS,
        "msg_sender" => opcode::CALLER,
        "msg_value" => opcode::CALLVALUE,
        "tx_gas_price" => opcode::GASPRICE,
        "tx_origin" => opcode::ORIGIN,
        "evm_gas_left" => opcode::GAS,
        "return_data_size" => opcode::RETURNDATASIZE,
        _ => return None,
    })
}

/// Host calls that take bytes from the program's memory.
fn reading(call: &HostCall) -> Option<Pseudo<'_>> {
    let args = &call.args[..];
    let from = |start: usize| args.get(start..).unwrap_or_default();
    let number = |start: usize, end: usize| {
        U256::try_from_be_slice(args.get(start..end).unwrap_or_default()).unwrap_or_default()
    };
    let nothing = U256::ZERO;
    // Address and gas come first; only `call_contract` has a value after them.
    let called = |op, value: Option<U256>, memory: &'_ [u8]| {
        let size = U256::from(memory.len());
        let mut stack = vec![nothing, nothing, size, nothing];
        stack.extend(value);
        stack.extend([number(0, 20), number(20, 28)]);
        (op, stack)
    };
    let (op, stack, memory) = match call.name {
        "native_keccak256" => (opcode::KECCAK256, vec![U256::from(args.len()), nothing], from(0)),
        "write_result" => (opcode::RETURN, vec![U256::from(args.len()), nothing], from(0)),
        "emit_log" => {
            let topics = usize::from(*args.get(3)?);
            let data = from(4 + 32 * topics);
            let mut stack: Vec<U256> =
                (0..topics).rev().map(|at| number(4 + 32 * at, 36 + 32 * at)).collect();
            stack.extend([U256::from(data.len()), nothing]);
            (opcode::LOG0 + u8::try_from(topics).ok()?, stack, data)
        }
        "call_contract" => {
            let (op, stack) = called(opcode::CALL, Some(number(28, 60)), from(60));
            (op, stack, from(60))
        }
        "delegate_call_contract" => {
            let (op, stack) = called(opcode::DELEGATECALL, None, from(28));
            (op, stack, from(28))
        }
        "static_call_contract" => {
            let (op, stack) = called(opcode::STATICCALL, None, from(28));
            (op, stack, from(28))
        }
        "create1" => {
            let code = from(32);
            (opcode::CREATE, vec![U256::from(code.len()), nothing, number(0, 32)], code)
        }
        "create2" => {
            let code = from(64);
            let stack = vec![number(32, 64), U256::from(code.len()), nothing, number(0, 32)];
            (opcode::CREATE2, stack, code)
        }
        _ => return None,
    };
    Some(Pseudo { op, stack, memory })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;

    fn host_call(name: &'static str, args: Vec<u8>) -> HostCall {
        let bytes = args.into();
        HostCall { name, args: bytes, outs: [].into(), start_ink: 0, end_ink: 0, target: None }
    }

    #[test]
    fn a_storage_write_is_an_sstore_with_its_key_on_top() {
        let args = [B256::with_last_byte(1), B256::with_last_byte(2)].concat();
        let call = host_call("storage_cache_bytes32", args);

        let pseudo = equivalent(&call).unwrap();

        assert_eq!((pseudo.op, pseudo.stack), (opcode::SSTORE, vec![U256::from(2), U256::ONE]));
    }

    #[test]
    fn a_call_shows_its_calldata_as_memory() {
        let gas = 7_u64.to_be_bytes();
        let value = B256::with_last_byte(5);
        let target = Address::repeat_byte(9);
        let args = [target.as_slice(), &gas, value.as_slice(), b"data"].concat();
        let call = host_call("call_contract", args);

        let pseudo = equivalent(&call).unwrap();

        let (zero, target) = (U256::ZERO, U256::from_be_slice(target.as_slice()));
        let stack = vec![zero, zero, U256::from(4), zero, U256::from(5), target, U256::from(7)];
        assert_eq!((pseudo.op, pseudo.memory, pseudo.stack), (opcode::CALL, &b"data"[..], stack));
    }

    #[test]
    fn a_log_keeps_its_topics_apart_from_its_data() {
        let args = [&1_u32.to_be_bytes()[..], B256::with_last_byte(3).as_slice(), b"xy"].concat();
        let call = host_call("emit_log", args);

        let pseudo = equivalent(&call).unwrap();

        let stack = vec![U256::from(3), U256::from(2), U256::ZERO];
        assert_eq!((pseudo.op, pseudo.memory, pseudo.stack), (opcode::LOG1, &b"xy"[..], stack));
    }
}
