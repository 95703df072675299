//! Stylus programs on the chain: deployment, activation, calls both ways, exact gas.

use alloy_primitives::{Address, Bytes, TxKind, U256, address, b256, hex, keccak256};
use devnode_chain::{CallError, CallRequest};

use crate::{
    programs::{ECHO, activate, activation, program},
    wallet::{ALICE, DEV, act, ask, call, chain, deploy, init_code, send, with_receipt, word},
};

const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

/// Intrinsic gas of calldata: 16 a non-zero byte, 4 a zero byte.
fn intrinsic(input: &[u8]) -> u64 {
    21_000 + input.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>()
}

#[test]
fn deploying_a_program_costs_what_ethereum_charges() {
    let chain = chain();
    let init = init_code(&ECHO);

    let hash = send(&chain, ALICE, TxKind::Create, 0, init.clone()).unwrap();

    // 32,000 for the creation, 2 for each word of init code, 200 for each byte of code; the init
    // code runs 3+3+3+2+(3+12 copy)+12 (memory: four words)+2+0.
    let words = init.len().div_ceil(32) as u64;
    let run = 3 + 3 + 3 + 2 + 3 + 3 * 4 + 3 * 4 + 2;
    let expected = intrinsic(&init) + 32_000 + 2 * words + run + 200 * ECHO.len() as u64;
    with_receipt(&chain, hash, |receipt| assert_eq!(receipt.gas_used, expected));
    let program = ALICE.create(0);
    assert_eq!(chain.code(program, chain.head_number()), Bytes::from(ECHO));
    assert_eq!(
        keccak256(ECHO),
        b256!("d1f8b1ec04ff6141848f68b43a3fcfe87a4b0b2f3b31a32450215d6af9808a4a")
    );
}

#[test]
fn activating_the_echo_program_costs_1811974_gas_and_the_intrinsic() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);

    let gas = activate(&chain, echo);

    assert_eq!(gas, intrinsic(&activation(echo)) + 1_811_974);
}

#[test]
fn the_first_and_the_second_call_cost_the_same_and_a_cached_one_less() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    let echo_gas = || {
        let hash = send(&chain, ALICE, TxKind::Call(echo), 0, vec![1, 2, 3, 4]).unwrap();
        with_receipt(&chain, hash, |receipt| receipt.gas_used)
    };

    let first = echo_gas();
    let second = echo_gas();
    let cache = [&keccak256("cacheProgram(address)")[..4], echo.into_word().as_slice()].concat();
    let hash = send(&chain, DEV, TxKind::Call(ARB_WASM_CACHE), 0, cache.clone()).unwrap();
    let cached = echo_gas();

    assert_eq!((first, second), (30_293, 30_293), "stylus-host.md section 9, 27");
    assert_eq!(cached, 21_000 + 4 * 16 + 370, "stylus-host.md section 9, 26");
    with_receipt(&chain, hash, |receipt| {
        assert!(receipt.succeeded);
        assert_eq!(receipt.gas_used, intrinsic(&cache) + 28_486, "by an owner, no manager");
    });
}

#[test]
fn a_program_returns_its_calldata() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);

    assert_eq!(call(&chain, echo, b"hello"), Ok(Bytes::from_static(b"hello")));
    assert_eq!(call(&chain, echo, b""), Ok(Bytes::new()));
}

#[test]
fn a_program_that_is_not_activated_burns_all_gas_and_says_so() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);

    let called = call(&chain, echo, b"hello");
    let hash = send(&chain, ALICE, TxKind::Call(echo), 0, Vec::new()).unwrap();

    assert_eq!(called, Err(CallError::Failed("error ProgramNotActivated()".to_owned())));
    with_receipt(&chain, hash, |receipt| {
        assert!(!receipt.succeeded);
        assert_eq!(receipt.gas_used, 10_000_000);
    });
}

#[test]
fn activating_twice_is_refused_with_the_typed_error() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);

    let refused = call(&chain, ARB_WASM, &activation(echo));

    let Err(CallError::Reverted { data, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(data[..], keccak256("ProgramUpToDate()")[..4]);
}

/// Reverts with its calldata.
const REVERTER: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $read (i32.const 0))
        (call $write (i32.const 0) (local.get 0))
        (i32.const 1)))"#;

#[test]
fn a_status_other_than_zero_reverts_with_the_output() {
    let chain = chain();
    let reverter = program(&chain, REVERTER);

    let refused = call(&chain, reverter, b"why");

    let Err(CallError::Reverted { message, data }) = refused else { panic!("{refused:?}") };
    assert_eq!((message.as_str(), &data[..]), ("execution reverted", &b"why"[..]));
}

/// Stores the 32 bytes of calldata at slot 0, logs them, and returns what the slot held.
const STORER: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
    (import "vm_hooks" "emit_log" (func $log (param i32 i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $read (i32.const 64))
        (call $load (i32.const 0) (i32.const 32))
        (call $store (i32.const 0) (i32.const 64))
        (call $flush (i32.const 0))
        (call $log (i32.const 64) (i32.const 32) (i32.const 1))
        (call $write (i32.const 32) (i32.const 32))
        (i32.const 0)))"#;

#[test]
fn a_program_writes_storage_and_logs() {
    let chain = chain();
    let storer = program(&chain, STORER);
    let word = U256::from(7).to_be_bytes::<32>();

    let hash = send(&chain, ALICE, TxKind::Call(storer), 0, word.to_vec()).unwrap();

    let head = chain.head_number();
    assert_eq!(chain.storage(storer, U256::ZERO, head), U256::from(7));
    assert_eq!(chain.storage(storer, U256::ZERO, head - 1), U256::ZERO, "history is kept");
    assert_eq!(call(&chain, storer, &[0; 32]).unwrap()[..], word);
    with_receipt(&chain, hash, |receipt| {
        let log = &receipt.logs[0];
        assert_eq!((log.address, log.topics()), (storer, &[word.into()][..]));
        assert!(log.data.data.is_empty());
    });
}

/// Calls the address in the first 20 bytes of calldata with the rest, and returns or reverts with
/// what came back.
const CALLER: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "read_return_data" (func $back (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "call_contract"
        (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 2 2)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (local $status i32) (local $size i32)
        (call $read (i32.const 0))
        (local.set $status (call $call (i32.const 0) (i32.const 20)
            (i32.sub (local.get $len) (i32.const 20)) (i32.const 60000) (i64.const -1)
            (i32.const 60100)))
        (local.set $size (call $back (i32.const 65536) (i32.const 0) (i32.load (i32.const 60100))))
        (call $write (i32.const 65536) (local.get $size))
        (local.get $status)))"#;

fn relay(target: Address, input: &[u8]) -> Vec<u8> {
    [target.as_slice(), input].concat()
}

/// EVM code that calls the address in the first calldata word with the rest, and returns or reverts
/// with what came back.
fn evm_caller() -> Vec<u8> {
    hex!("602036038060206000376000600091600060006000355af13d6000803e6024573d6000fd5b3d6000f3")
        .to_vec()
}

#[test]
fn programs_call_programs_and_revert_data_travels() {
    let chain = chain();
    let (caller, echo, reverter) =
        (program(&chain, CALLER), deploy(&chain, &ECHO), program(&chain, REVERTER));
    activate(&chain, echo);

    assert_eq!(call(&chain, caller, &relay(echo, b"ping")).unwrap()[..], *b"ping");
    let nested = relay(caller, &relay(echo, b"deep"));
    assert_eq!(call(&chain, caller, &nested).unwrap()[..], *b"deep");
    let refused = call(&chain, caller, &relay(reverter, b"no"));
    let Err(CallError::Reverted { data, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(data[..], *b"no");
}

#[test]
fn the_evm_and_programs_call_each_other() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    let caller = program(&chain, CALLER);
    let evm = deploy(&chain, &evm_caller());
    let by_evm = |target: Address, input: &[u8]| [target.into_word().as_slice(), input].concat();

    // EVM → program
    assert_eq!(call(&chain, evm, &by_evm(echo, b"ping")).unwrap()[..], *b"ping");
    // Program → EVM → program
    let there = relay(evm, &by_evm(echo, b"back"));
    assert_eq!(call(&chain, caller, &there).unwrap()[..], *b"back");
    // EVM → program → EVM → program
    let far = by_evm(caller, &there);
    assert_eq!(call(&chain, evm, &far).unwrap()[..], *b"back");
}

#[test]
fn a_callee_writes_its_own_storage_and_logs() {
    let chain = chain();
    let (caller, storer) = (program(&chain, CALLER), program(&chain, STORER));
    let word = U256::from(9).to_be_bytes::<32>();

    let hash = send(&chain, ALICE, TxKind::Call(caller), 0, relay(storer, &word)).unwrap();

    with_receipt(&chain, hash, |receipt| {
        assert!(receipt.succeeded);
        assert_eq!(receipt.logs[0].address, storer, "the log of the callee");
    });
    assert_eq!(chain.storage(storer, U256::ZERO, chain.head_number()), U256::from(9));
}

#[test]
fn returning_much_costs_what_the_memory_would_cost_the_evm() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    act(&chain, ARB_WASM_CACHE, "cacheProgram(address)", &[word(echo)]);
    let input = vec![0; 32_768];
    let with_gas = |gas| {
        let gas = Some(intrinsic(&input) + gas);
        let input = input.clone().into();
        let request = CallRequest { from: ALICE, to: Some(echo), gas, input, ..Default::default() };
        chain.call(&request, chain.head_number(), false, &Vec::new(), &Default::default())
    };

    let hash = send(&chain, ALICE, TxKind::Call(echo), 0, input.clone()).unwrap();

    with_receipt(&chain, hash, |receipt| {
        assert_eq!(receipt.gas_used, intrinsic(&input) + 5120, "stylus-host.md section 9, 34");
    });
    assert_eq!(with_gas(5120).map(|output| output.len()), Ok(32_768));
    assert_eq!(with_gas(5119), Err(CallError::Failed("out of gas".to_owned())));
}

/// A program with so many pages. With calldata it measures the gas of four things, as numbers of 8
/// bytes: growing by 4 pages, calling the account in calldata, again, and growing by 2 pages.
fn nester(pages: u32) -> String {
    let measured = |at: u32, what: &str| {
        format!(
            "(local.set $before (call $gas)) (drop {what})
             (i64.store (i32.const {at}) (i64.sub (local.get $before) (call $gas)))"
        )
    };
    let calls =
        "(call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i64.const -1)
        (i32.const 96))";
    format!(
        r#"(module
        (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
        (import "vm_hooks" "read_args" (func $read (param i32)))
        (import "vm_hooks" "write_result" (func $write (param i32 i32)))
        (import "vm_hooks" "evm_gas_left" (func $gas (result i64)))
        (import "vm_hooks" "call_contract"
            (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
        (memory (export "memory") {pages})
        (func (export "user_entrypoint") (param $len i32) (result i32) (local $before i64)
            (if (i32.eqz (local.get $len)) (then (return (i32.const 0))))
            (call $read (i32.const 0))
            {} {} {} {}
            (call $write (i32.const 100) (i32.const 32))
            (i32.const 0)))"#,
        measured(100, "(memory.grow (i32.const 4))"),
        measured(108, calls),
        measured(116, calls),
        measured(124, "(memory.grow (i32.const 2))"),
    )
}

#[test]
fn pages_of_callers_stay_open_and_those_of_callees_are_closed() {
    let chain = chain();
    let [caller, callee] = [3, 5].map(|pages| program(&chain, &nester(pages)));
    let start = ask(&chain, ARB_WASM, "programInitGas(address)", &[word(callee)])[0];
    let start: u64 = start.try_into().unwrap();

    let output = call(&chain, caller, callee.as_slice()).unwrap();

    let gas: Vec<u64> =
        output.chunks(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())).collect();
    // stylus-host.md section 9, 31; measuring, calling and the callee itself cost a little more.
    let pages_and_starts = [4001, 2600 + start + 5003, 100 + start + 5000, 2000];
    for (gas, expected) in gas.into_iter().zip(pages_and_starts) {
        assert!((expected..expected + 20).contains(&gas), "{gas}, expected {expected}");
    }
}
