//! Frames of both kinds inside each other.

use alloy_consensus::{TxEip1559, TxEip7702};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, TxKind, U256, hex, keccak256};

use devnode_chain::{AccountOverride, CallRequest, Chain, Mining};

use crate::{
    programs::{ECHO, activate, program},
    wallet::{
        ALICE, BASE_FEE, DEV, call, chain, deploy, init_code, send, signature, signed, transaction,
        with_receipt,
    },
};

/// Calls the address in the first 20 bytes of calldata with the rest, and returns or reverts with
/// what came back.
const RELAY: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "read_return_data" (func $back (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "call_contract"
        (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (local $status i32) (local $size i32)
        (call $read (i32.const 0))
        (local.set $status (call $call (i32.const 0) (i32.const 20)
            (i32.sub (local.get $len) (i32.const 20)) (i32.const 60000) (i64.const -1)
            (i32.const 60100)))
        (local.set $size (call $back (i32.const 61000) (i32.const 0) (i32.load (i32.const 60100))))
        (call $write (i32.const 61000) (local.get $size))
        (local.get $status)))"#;

/// EVM code that does the same with an address in the first word.
const EVM_RELAY: [u8; 41] =
    hex!("602036038060206000376000600091600060006000355af13d6000803e6024573d6000fd5b3d6000f3");

#[test]
fn both_kinds_of_frames_nest_a_hundred_deep() {
    let chain = chain();
    let (relay, evm) = (program(&chain, RELAY), deploy(&chain, &EVM_RELAY));
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    let mut input = [echo.as_slice(), b"deep"].concat();
    for _ in 0..50 {
        // The EVM calls the program, and the program the EVM.
        let by_evm = [relay.into_word().as_slice(), &input].concat();
        input = [evm.as_slice(), &by_evm].concat();
    }

    assert_eq!(call(&chain, relay, &input), Ok(Bytes::from_static(b"deep")));
}

#[test]
fn an_account_can_delegate_to_a_program() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    let authorization = Authorization {
        chain_id: U256::from(412_346),
        address: echo,
        nonce: chain.nonce(DEV, chain.head_number()),
    };
    let by_dev = signature(DEV, authorization.signature_hash());
    let tx = TxEip7702 {
        chain_id: 412_346,
        nonce: chain.nonce(ALICE, chain.head_number()),
        gas_limit: 200_000,
        max_fee_per_gas: 2 * BASE_FEE,
        to: Address::repeat_byte(0xb0),
        authorization_list: vec![authorization.into_signed(by_dev)],
        ..TxEip7702::default()
    };
    chain.send_raw(&signed(tx, ALICE)).unwrap();

    assert_eq!(call(&chain, DEV, b"hello"), Ok(Bytes::from_static(b"hello")));
    // From EVM code, and from a program.
    let evm = deploy(&chain, &EVM_RELAY);
    let relay = program(&chain, RELAY);
    let by_evm = [DEV.into_word().as_slice(), b"evm"].concat();
    assert_eq!(call(&chain, evm, &by_evm), Ok(Bytes::from_static(b"evm")));
    let by_program = [DEV.as_slice(), b"wasm"].concat();
    assert_eq!(call(&chain, relay, &by_program), Ok(Bytes::from_static(b"wasm")));
}

/// Stores the word of calldata at slot 0.
const STORER: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $read (i32.const 64))
        (call $store (i32.const 0) (i32.const 64))
        (call $flush (i32.const 0))
        (i32.const 0)))"#;

#[test]
fn a_program_that_clears_a_slot_is_refunded() {
    let chain = chain();
    let storer = program(&chain, STORER);
    let gas_of = |value: u64| {
        let word = U256::from(value).to_be_bytes_vec();
        let hash = send(&chain, ALICE, TxKind::Call(storer), 0, word).unwrap();
        with_receipt(&chain, hash, |receipt| receipt.gas_used)
    };

    let (created, changed, cleared) = (gas_of(7), gas_of(8), gas_of(0));

    assert_eq!(created - changed, 20_000 - 2_900);
    // EIP-3529 gives 4,800 back; the zero byte of calldata is 12 gas cheaper.
    assert_eq!(changed - cleared, 4_800 + 12);
}

#[test]
fn what_a_reverted_frame_did_is_undone_and_its_refund_lost() {
    let chain = chain();
    let storer = program(&chain, STORER);
    let set = |value: u64| U256::from(value).to_be_bytes_vec();
    send(&chain, ALICE, TxKind::Call(storer), 0, set(7)).unwrap();
    // Calls the program with the calldata behind the first word, then reverts.
    let reverter = deploy(&chain, &hex!("602036038060206000376000600091600060006000355af15f5ffd"));
    let input = [storer.into_word().as_slice(), &set(0)].concat();

    let hash = send(&chain, ALICE, TxKind::Call(reverter), 0, input).unwrap();

    with_receipt(&chain, hash, |receipt| assert!(!receipt.succeeded));
    assert_eq!(chain.storage(storer, U256::ZERO, chain.head_number()), U256::from(7));
}

/// Calls the account in the first 20 bytes of calldata without value, then returns the code hash of
/// that account.
const CALL_AND_HASH: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "account_codehash" (func $hash (param i32 i32)))
    (import "vm_hooks" "call_contract"
        (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $read (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const 0)
            (i32.const 64)))
        (call $hash (i32.const 0) (i32.const 128))
        (call $write (i32.const 128) (i32.const 32))
        (i32.const 0)))"#;

#[test]
fn a_call_without_value_brings_no_account_into_being() {
    let chain = chain();
    let program = program(&chain, CALL_AND_HASH);
    let hash_after_call = |target: Address| call(&chain, program, target.as_slice()).unwrap();

    assert_eq!(hash_after_call(Address::repeat_byte(0x11))[..], [0; 32], "stylus-host.md 4.2");
    assert_eq!(hash_after_call(DEV)[..], KECCAK256_EMPTY, "it exists");
}

/// Calls the account in the first 20 bytes of calldata, then asks for the balance of the next 20;
/// returns the ink that the latter took, little-endian.
const CALL_AND_BALANCE: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "evm_ink_left" (func $ink (result i64)))
    (import "vm_hooks" "account_balance" (func $balance (param i32 i32)))
    (import "vm_hooks" "call_contract"
        (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32) (local $before i64)
        (call $read (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 96) (i64.const -1)
            (i32.const 64)))
        (local.set $before (call $ink))
        (call $balance (i32.const 20) (i32.const 128))
        (i64.store (i32.const 128) (i64.sub (local.get $before) (call $ink)))
        (call $write (i32.const 128) (i32.const 8))
        (i32.const 0)))"#;

#[test]
fn a_delegate_stays_cold_when_a_program_calls_through_the_delegation() {
    let chain = chain();
    let program = program(&chain, CALL_AND_BALANCE);
    let delegate = deploy(&chain, &hex!("00"));
    let account = Address::repeat_byte(0x77);
    let designator = [&hex!("ef0100")[..], delegate.as_slice()].concat();
    let delegated = AccountOverride { code: Some(designator.into()), ..Default::default() };
    let request = CallRequest {
        from: ALICE,
        to: Some(program),
        input: [account.as_slice(), delegate.as_slice()].concat().into(),
        ..CallRequest::default()
    };

    let head = chain.head_number();
    let ink = chain.call(&request, head, false, &vec![(account, delegated)], &Default::default());

    // [local.set, const, const, call], the host call of a cold account, [const, get, call], the
    // reading of the meter.
    let overhead = (210 + 1 + 1 + 3800 + 2450) + (1 + 75 + 3800 + 2450) + 8400;
    let expected = overhead + 78_153 + 2600 * 10_000_u64;
    assert_eq!(ink.unwrap()[..], expected.to_le_bytes());
}

/// Calls the account in the first 20 bytes of calldata in a static context, which touches it.
const TOUCH: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "static_call_contract"
        (func $call (param i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $read (i32.const 0))
        (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 64))))"#;

/// Logs the code hash of the account in the first 20 bytes of calldata.
const LOG_HASH: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "emit_log" (func $log (param i32 i32 i32)))
    (import "vm_hooks" "account_codehash" (func $hash (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $read (i32.const 0))
        (call $hash (i32.const 0) (i32.const 128))
        (call $log (i32.const 128) (i32.const 32) (i32.const 0))
        (i32.const 0)))"#;

/// Queues a transaction of Alice's, the `index`th from here.
fn queue(chain: &Chain, index: u64, to: TxKind, value: u64, input: Vec<u8>) -> B256 {
    let plain = transaction(chain, ALICE);
    let (nonce, value, input) = (plain.nonce + index, U256::from(value), input.into());
    chain.send_raw(&signed(TxEip1559 { to, nonce, value, input, ..plain }, ALICE)).unwrap()
}

/// A chain that mines when it is told to.
fn patient_chain() -> Chain {
    let chain = chain();
    chain.set_mining(Mining { is_automatic: false, ..chain.mining() });
    chain
}

#[test]
fn an_account_that_is_only_touched_is_gone_in_the_next_transaction_of_the_block() {
    let chain = chain();
    let (touch, log_hash) = (program(&chain, TOUCH), program(&chain, LOG_HASH));
    let absent = Address::repeat_byte(0x11).to_vec();
    chain.set_mining(Mining { is_automatic: false, ..chain.mining() });

    queue(&chain, 0, TxKind::Call(touch), 0, absent.clone());
    let second = queue(&chain, 1, TxKind::Call(log_hash), 0, absent);
    chain.mine();

    with_receipt(&chain, second, |receipt| assert_eq!(receipt.logs[0].data.data[..], [0; 32]));
}

/// Init code that destroys what it creates: PUSH0, SELFDESTRUCT.
const STILLBORN: [u8; 2] = hex!("5fff");

#[test]
fn a_contract_that_is_destroyed_is_gone_in_the_next_transaction_of_the_block() {
    let chain = chain();
    let log_hash = program(&chain, LOG_HASH);
    chain.set_mining(Mining { is_automatic: false, ..chain.mining() });
    let destroyed = ALICE.create(chain.nonce(ALICE, chain.head_number()));

    queue(&chain, 0, TxKind::Create, 0, STILLBORN.to_vec());
    let second = queue(&chain, 1, TxKind::Call(log_hash), 0, destroyed.to_vec());
    chain.mine();

    with_receipt(&chain, second, |receipt| assert_eq!(receipt.logs[0].data.data[..], [0; 32]));
}

#[test]
fn money_sent_to_a_contract_that_was_destroyed_in_the_block_is_kept() {
    let chain = patient_chain();
    let destroyed = ALICE.create(chain.nonce(ALICE, chain.head_number()));

    queue(&chain, 0, TxKind::Create, 0, STILLBORN.to_vec());
    queue(&chain, 1, TxKind::Call(destroyed), 5, Vec::new());
    chain.mine();

    assert_eq!(chain.balance(destroyed, chain.head_number()), U256::from(5));
}

#[test]
fn a_contract_that_was_destroyed_can_be_made_again_in_the_block() {
    let chain = patient_chain();
    // Creates with salt 0 from the calldata, with the value sent along.
    let factory = ALICE.create(chain.nonce(ALICE, chain.head_number()));
    queue(&chain, 0, TxKind::Create, 0, init_code(&hex!("365f5f375f365f34f500")));
    chain.mine();
    // Stores 7 at slot 1; destroys itself if it was given nothing, else becomes one byte of code.
    let init = hex!("600760015534600b575fff5b60015f5360015ff3").to_vec();
    let contract = factory.create2(B256::ZERO, keccak256(&init));

    queue(&chain, 0, TxKind::Call(factory), 0, init.clone());
    let again = queue(&chain, 1, TxKind::Call(factory), 3, init);
    chain.mine();

    with_receipt(&chain, again, |receipt| assert!(receipt.succeeded));
    let head = chain.head_number();
    assert_eq!(chain.code(contract, head)[..], [1]);
    assert_eq!(chain.balance(contract, head), U256::from(3));
    assert_eq!(chain.storage(contract, U256::ONE, head), U256::from(7));
}

#[test]
fn a_destruction_that_is_reverted_has_not_happened() {
    let chain = chain();
    // Calls the address in calldata, then reverts.
    let reverter = deploy(&chain, &hex!("5f5f5f5f5f5f355af15f5ffd"));
    // Creates a contract that destroys itself when it is called, and has the reverter call it.
    let create = hex!("69615fff5f526002601ef35f52600a60165ff05f52");
    let call = [&hex!("5f5f60205f5f73")[..], reverter.as_slice(), &hex!("5af100")].concat();
    let nonce = chain.nonce(ALICE, chain.head_number());

    send(&chain, ALICE, TxKind::Create, 0, [&create[..], &call].concat()).unwrap();

    let alive = ALICE.create(nonce).create(1);
    assert_eq!(chain.code(alive, chain.head_number())[..], hex!("5fff"));
}
