//! What host functions do, beyond what the vectors measure: effects on the chain, records for the
//! tracer, and the numbered examples of host 9.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use devnode_stylus::{CallKind, OutcomeKind, RunContext, RunOutcome, run};

use crate::scripted::{ScriptedChain, engine, program, traced};

const IMPORTS: &str = r#"
    (import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
    (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
    (import "vm_hooks" "transient_load_bytes32" (func $tload (param i32 i32)))
    (import "vm_hooks" "transient_store_bytes32" (func $tstore (param i32 i32)))
    (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "static_call_contract"
        (func $static_call (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "delegate_call_contract"
        (func $delegate_call (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
    (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "return_data_size" (func $return_data_size (result i32)))
    (import "vm_hooks" "emit_log" (func $emit_log (param i32 i32 i32)))
    (import "vm_hooks" "account_balance" (func $balance (param i32 i32)))
    (import "vm_hooks" "account_codehash" (func $codehash (param i32 i32)))
    (import "vm_hooks" "account_code" (func $code (param i32 i32 i32 i32) (result i32)))
    (import "vm_hooks" "math_div" (func $div (param i32 i32)))
    (import "vm_hooks" "math_mod" (func $mod (param i32 i32)))
    (import "vm_hooks" "math_pow" (func $pow (param i32 i32)))
    (import "vm_hooks" "math_add_mod" (func $add_mod (param i32 i32 i32)))
    (import "vm_hooks" "math_mul_mod" (func $mul_mod (param i32 i32 i32)))
    (import "vm_hooks" "native_keccak256" (func $keccak (param i32 i32 i32)))
    (import "vm_hooks" "msg_sender" (func $msg_sender (param i32)))
    (import "vm_hooks" "msg_value" (func $msg_value (param i32)))
    (import "vm_hooks" "msg_reentrant" (func $msg_reentrant (result i32)))
    (import "vm_hooks" "block_number" (func $block_number (result i64)))
    (import "vm_hooks" "chainid" (func $chainid (result i64)))
    (import "console" "log_txt" (func $log_txt (param i32 i32)))
    (import "console" "tee_i32" (func $tee_i32 (param i32) (result i32)))"#;

/// Runs a body that finds the calldata at 0 and returns the 128 bytes at 1024.
fn run_body(
    body: &str,
    calldata: &[u8],
    context: &RunContext,
    chain: &mut ScriptedChain,
) -> RunOutcome {
    let text = format!(
        "(module {IMPORTS} (memory (export \"memory\") 1 1)
         (func (export \"user_entrypoint\") (param i32) (result i32)
            (call $read_args (i32.const 0)) {body}
            (call $write_result (i32.const 1024) (i32.const 128)) i32.const 0))"
    );
    let (_, program) = program(&engine(), &text);
    run(&program, calldata, 10_000_000, context, chain).expect("a run has an outcome")
}

fn run_dev(body: &str, calldata: &[u8], chain: &mut ScriptedChain) -> RunOutcome {
    run_body(body, calldata, &traced(), chain)
}

fn word(value: u64) -> B256 {
    U256::from(value).into()
}

fn words(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| word(*value).0).collect()
}

/// Ink of the n-th call of a host function.
fn ink_of(chain: &ScriptedChain, name: &str, index: usize) -> u64 {
    let (_, ink) = chain
        .host_calls()
        .into_iter()
        .filter(|(called, _)| *called == name)
        .nth(index)
        .expect("it was called");
    ink
}

#[test]
fn storage_is_cached_flushed_and_refunded() {
    // Examples 8 of host 9: a cold slot from 5 to 9, then back to 5.
    let mut chain = ScriptedChain::default();
    chain.original.insert(word(1), word(5));
    chain.storage.insert(word(1), word(5));
    let body = "(call $cache (i32.const 0) (i32.const 32)) (call $flush (i32.const 0))
        (call $cache (i32.const 0) (i32.const 64)) (call $flush (i32.const 1))";

    let outcome = run_dev(body, &words(&[1, 9, 5]), &mut chain);

    assert_eq!(outcome.kind, OutcomeKind::Success);
    assert_eq!(chain.storage[&word(1)], word(5));
    assert_eq!(ink_of(&chain, "storage_flush_cache", 0), 50_068_073);
    assert_eq!(ink_of(&chain, "storage_flush_cache", 1), 1_068_073);
    assert_eq!(chain.refund, 2800);
}

#[test]
fn values_that_are_not_flushed_are_lost() {
    let mut chain = ScriptedChain::default();
    let body =
        "(call $cache (i32.const 0) (i32.const 32)) (call $load (i32.const 0) (i32.const 1024))";

    let outcome = run_dev(body, &words(&[1, 9]), &mut chain);

    assert_eq!(&outcome.output[..32], word(9).as_slice());
    assert!(chain.storage.is_empty());
}

#[test]
fn a_cleared_cache_reads_the_chain_again() {
    let mut chain = ScriptedChain::default();
    let body = "(call $load (i32.const 0) (i32.const 1024))
        (call $load (i32.const 0) (i32.const 1024)) (call $flush (i32.const 1))
        (call $load (i32.const 0) (i32.const 1024))";

    run_dev(body, &words(&[1]), &mut chain);

    // Example 2 of host 9.
    assert_eq!(ink_of(&chain, "storage_load_bytes32", 0), 21_068_480);
    assert_eq!(ink_of(&chain, "storage_load_bytes32", 1), 18_480);
    assert_eq!(ink_of(&chain, "storage_load_bytes32", 2), 1_068_480);
}

#[test]
fn transient_storage_is_read_back() {
    let mut chain = ScriptedChain::default();
    let body =
        "(call $tstore (i32.const 0) (i32.const 32)) (call $tload (i32.const 0) (i32.const 1024))";

    let outcome = run_dev(body, &words(&[1, 9]), &mut chain);

    assert_eq!(&outcome.output[..32], word(9).as_slice());
    assert_eq!(chain.transient[&word(1)], word(9));
}

#[test]
fn logs_carry_topics_and_data() {
    let mut chain = ScriptedChain::default();

    run_dev(
        "(call $emit_log (i32.const 0) (i32.const 70) (i32.const 2))",
        &words(&[1, 2, u64::MAX]),
        &mut chain,
    );

    let (topics, data) = &chain.logs[0];
    assert_eq!(topics[..], [word(1), word(2)]);
    assert_eq!(data[..], [0; 6]);
}

#[test]
fn the_three_ways_of_calling_reach_the_chain() {
    let mut chain =
        ScriptedChain { callee_return: Bytes::from_static(b"answer"), ..ScriptedChain::default() };
    let target = Address::repeat_byte(7);
    chain.balances.insert(target, U256::ONE);
    let mut calldata = target.to_vec();
    calldata.resize(32, 0);
    calldata.extend(words(&[3]));
    let body = "
        (drop (call $call (i32.const 0) (i32.const 60) (i32.const 4) (i32.const 32) (i64.const 500) (i32.const 1024)))
        (drop (call $static_call (i32.const 0) (i32.const 60) (i32.const 4) (i64.const 501) (i32.const 1024)))
        (drop (call $delegate_call (i32.const 0) (i32.const 60) (i32.const 4) (i64.const 502) (i32.const 1024)))
        (drop (call $read_return_data (i32.const 1030) (i32.const 3) (i32.const 100)))
        (i32.store8 (i32.const 1028) (call $return_data_size))";

    let outcome = run_dev(body, &calldata, &mut chain);

    let seen: Vec<_> =
        chain.calls.iter().map(|call| (call.kind, call.target, call.value, call.gas)).collect();
    assert_eq!(
        seen,
        [
            (CallKind::Call, target, U256::from(3), 2800),
            (CallKind::Static, target, U256::ZERO, 501),
            (CallKind::Delegate, target, U256::ZERO, 502),
        ]
    );
    assert_eq!(chain.calls[0].input[..], [0, 0, 0, 3]);
    // The length is little-endian, the size follows, and the copy ends with the data.
    assert_eq!(&outcome.output[..11], b"\x06\0\0\0\x06\0wer\0\0");
    let call = chain.trace.iter().find(|call| call.name == "call_contract").expect("traced");
    assert_eq!(call.target, Some(target));
    let args =
        [target.as_slice(), &500_u64.to_be_bytes(), word(3).as_slice(), &[0, 0, 0, 3]].concat();
    assert_eq!(call.args[..], args);
    assert_eq!(call.outs[..], [0, 0, 0, 6, 0]);
}

#[test]
fn create2_passes_code_salt_and_gas() {
    let mut chain = ScriptedChain::default();
    let body = "(call $create2 (i32.const 64) (i32.const 33) (i32.const 0) (i32.const 32)
        (i32.const 1024) (i32.const 1060))";

    let outcome = run_dev(body, &[words(&[4, 5]), vec![0x60; 33]].concat(), &mut chain);

    let request = &chain.creates[0];
    assert_eq!(request.endowment, U256::from(4));
    assert_eq!(request.salt, Some(word(5)));
    assert_eq!(request.init_code[..], [0x60; 33]);
    assert_eq!(&outcome.output[..20], [0x11; 20]);
    // Two words of init code cost 6 gas each.
    assert_eq!(ink_of(&chain, "create2", 0), 88_233 + 2 * (16_381 + 55) + 32_012 * 10_000);
}

#[test]
fn accounts_are_read_without_padding() {
    let account = Address::repeat_byte(7);
    let code = Bytes::from_static(&[1, 2, 3, 4, 5]);
    let mut chain = ScriptedChain::default();
    chain.codes.insert(account, code.clone());
    chain.balances.insert(account, U256::from(99));
    let body = "(call $balance (i32.const 0) (i32.const 1024))
        (call $codehash (i32.const 0) (i32.const 1056))
        (i32.store8 (i32.const 1096) (i32.const 255))
        (i32.store8 (i32.const 1088)
            (call $code (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 1092)))";

    let outcome = run_dev(body, account.as_slice(), &mut chain);

    assert_eq!(&outcome.output[..32], word(99).as_slice());
    assert_eq!(&outcome.output[32..64], keccak256(&code).as_slice());
    assert_eq!(&outcome.output[64..73], [3, 0, 0, 0, 3, 4, 5, 0, 255]);
    assert_eq!(ink_of(&chain, "account_balance", 0), 26_078_153);
    assert_eq!(ink_of(&chain, "account_codehash", 0), 1_078_153);
}

/// Runs a function on the words of the calldata; the result replaces the first.
fn math(function: &str, operands: &[u64]) -> U256 {
    let pointers: String = (0..operands.len()).map(|i| format!("(i32.const {})", 32 * i)).collect();
    let body = format!(
        "(call ${function} {pointers}) (memory.copy (i32.const 1024) (i32.const 0) (i32.const 32))"
    );
    let outcome = run_dev(&body, &words(operands), &mut ScriptedChain::default());
    U256::from_be_slice(&outcome.output[..32])
}

#[test]
fn arithmetic_gives_the_results_of_the_evm() {
    let number = U256::from::<u64>;
    assert_eq!(math("div", &[7, 2]), number(3));
    assert_eq!(math("div", &[7, 0]), U256::ZERO);
    assert_eq!(math("mod", &[7, 4]), number(3));
    assert_eq!(math("mod", &[7, 0]), U256::ZERO);
    assert_eq!(math("pow", &[3, 5]), number(243));
    assert_eq!(math("pow", &[0, 0]), U256::ONE);
    assert_eq!(math("pow", &[2, 256]), U256::ZERO);
    assert_eq!(math("add_mod", &[u64::MAX, u64::MAX, 10]), number(0));
    assert_eq!(math("mul_mod", &[u64::MAX, u64::MAX, 10]), number(5));
    assert_eq!(math("add_mod", &[5, 6, 0]), U256::ZERO);
    assert_eq!(math("mul_mod", &[5, 6, 0]), U256::ZERO);
}

#[test]
fn a_hash_may_overwrite_its_preimage() {
    let body = "(call $keccak (i32.const 0) (i32.const 5) (i32.const 0))
        (memory.copy (i32.const 1024) (i32.const 0) (i32.const 32))";
    let mut chain = ScriptedChain::default();

    let outcome = run_dev(body, b"hello", &mut chain);

    assert_eq!(&outcome.output[..32], keccak256(b"hello").as_slice());
    let call = chain.trace.iter().find(|call| call.name == "native_keccak256").expect("traced");
    assert_eq!(call.args[..], *b"hello");
}

#[test]
fn the_context_is_what_the_chain_says() {
    let context = RunContext {
        msg_sender: Address::repeat_byte(1),
        msg_value: U256::from(77),
        is_reentrant: true,
        l1_block_number: 1234,
        chain_id: 412_346,
        ..RunContext::dev()
    };
    let body = "(call $msg_sender (i32.const 1024)) (call $msg_value (i32.const 1044))
        (i32.store (i32.const 1076) (call $msg_reentrant))
        (i64.store (i32.const 1080) (call $block_number))
        (i64.store (i32.const 1088) (call $chainid))";

    let output = run_body(body, &[], &context, &mut ScriptedChain::default()).output;

    assert_eq!(output[..20], [1; 20]);
    assert_eq!(output[20..52], word(77).0);
    assert_eq!(output[52..56], 1_u32.to_le_bytes());
    assert_eq!(output[56..64], 1234_u64.to_le_bytes());
    assert_eq!(output[64..72], 412_346_u64.to_le_bytes());
}

#[test]
fn the_console_prints_for_free() {
    let mut chain = ScriptedChain::default();
    let body = "(call $log_txt (i32.const 0) (i32.const 3)) (drop (call $tee_i32 (i32.const -5)))";

    run_dev(body, b"hi\xFF", &mut chain);

    assert_eq!(chain.console, ["hi\u{FFFD}", "-5"]);
    assert_eq!(ink_of(&chain, "console_log_text", 0), 0);
}

#[test]
fn a_program_prints_only_so_much() {
    let mut chain = ScriptedChain::default();
    // 10,000 times the whole page.
    let body = "loop
        (call $log_txt (i32.const 0) (i32.const 65536))
        (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (i32.const 1)))
        (br_if 0 (i32.lt_u (i32.load (i32.const 4096)) (i32.const 10000)))
        end";

    let outcome = run_body(body, &[], &RunContext::dev(), &mut chain);

    assert_eq!(outcome.kind, OutcomeKind::Success);
    assert_eq!(chain.console.len(), 16, "1 MiB");
    assert!(chain.console[15].ends_with(" … this program prints no more until it ends"));
    assert_eq!(chain.console.iter().map(String::len).max(), Some(65_536));
}

#[test]
fn nothing_is_traced_unless_asked() {
    let mut chain = ScriptedChain::default();

    run_body("", &[], &RunContext::dev(), &mut chain);

    assert!(chain.trace.is_empty());
}

#[test]
fn a_traced_run_is_bracketed_by_entry_and_return() {
    let mut chain = ScriptedChain::default();

    run_dev("", b"abc", &mut chain);

    let names: Vec<_> = chain.trace.iter().map(|call| call.name).collect();
    assert_eq!(names, ["user_entrypoint", "read_args", "write_result", "user_returned"]);
    assert_eq!(chain.trace[0].args[..], [0, 0, 0, 3]);
    assert_eq!(chain.trace[1].outs[..], *b"abc");
    assert_eq!(chain.trace[3].outs[..], [0; 4]);
}
