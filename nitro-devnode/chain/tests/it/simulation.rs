//! Calls and estimates.

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use devnode_chain::{
    AccountOverride, BlockOverrides, CallError, CallRequest, Chain, ChainConfig, SeriesBlock,
    SeriesOptions,
};

use crate::{
    programs::{ECHO, activate, program},
    wallet::{ALICE, BASE_FEE, act, call, chain, deploy, precompile},
};

fn request(to: Address) -> CallRequest {
    CallRequest { from: ALICE, to: Some(to), ..CallRequest::default() }
}

#[test]
fn a_transfer_is_estimated_at_21000() {
    let chain = chain();
    let request = CallRequest { value: U256::ONE, ..request(Address::repeat_byte(7)) };

    let estimate = chain.estimate_gas(
        &request,
        chain.head_number(),
        true,
        &Vec::new(),
        &BlockOverrides::default(),
    );

    assert_eq!(estimate, Ok(21_000));
}

#[test]
fn an_estimate_suffices() {
    let chain = chain();
    // PUSH1 1, PUSH1 0, SSTORE
    let writer = deploy(&chain, &hex!("6001600055"));

    let estimate = chain
        .estimate_gas(
            &request(writer),
            chain.head_number(),
            true,
            &Vec::new(),
            &BlockOverrides::default(),
        )
        .unwrap();

    let used = 21_000 + 3 + 3 + 22_100;
    assert!((used..used + used / 20).contains(&estimate), "{estimate}");
}

#[test]
fn a_revert_carries_its_reason() {
    let chain = chain();
    // Error(string) "no", built in memory by CODECOPY of the constant at the end.
    let reason = hex!(
        "08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000026e6f000000000000000000000000000000000000000000000000000000000000"
    );
    let code = [&hex!("6064600c60003960646000fd")[..], &reason].concat();
    let reverter = deploy(&chain, &code);

    let refused = call(&chain, reverter, b"");

    let message = "execution reverted: no".to_owned();
    assert_eq!(refused, Err(CallError::Reverted { message, data: Bytes::from(reason) }));
}

#[test]
fn opcodes_see_the_values_of_arbitrum() {
    let chain = chain();
    // Each returns one word: NUMBER, PREVRANDAO, GASLIMIT, CHAINID, BASEFEE, BLOCKHASH(0).
    let cases: [(&[u8], u64); 6] = [
        (&[0x43], 0),
        (&[0x44], 1),
        (&[0x45], 1 << 50),
        (&[0x46], 412_346),
        (&[0x48], 0),
        (&[0x5f, 0x40], 0),
    ];
    for (opcode, expected) in cases {
        let code = [opcode, &hex!("5f5260205ff3")].concat();
        let contract = deploy(&chain, &code);
        let word = call(&chain, contract, b"").unwrap();
        assert_eq!(U256::from_be_slice(&word), U256::from(expected), "{opcode:?}");
    }
}

#[test]
fn overrides_hold_for_one_call() {
    let chain = chain();
    let account = Address::repeat_byte(9);
    // SLOAD(0) as the result.
    let code = Bytes::from(hex!("5f545f5260205ff3"));
    let word = B256::with_last_byte(77);
    let change = AccountOverride {
        code: Some(code),
        state_diff: Some(vec![(U256::ZERO, word)]),
        ..AccountOverride::default()
    };
    let head = chain.head_number();

    let seen = chain.call(
        &request(account),
        head,
        false,
        &vec![(account, change)],
        &BlockOverrides::default(),
    );
    let after = call(&chain, account, b"");

    assert_eq!(seen, Ok(Bytes::from(word.0)));
    assert_eq!(after, Ok(Bytes::new()));
}

#[test]
fn halts_are_named() {
    let chain = chain();
    let invalid = deploy(&chain, &[0xfe]);
    let blob_fee = deploy(&chain, &[0x4a]);

    assert_eq!(
        call(&chain, invalid, b""),
        Err(CallError::Failed("invalid opcode: INVALID".into()))
    );
    assert!(call(&chain, blob_fee, b"").is_err());
}

#[test]
fn only_stylus_prefixes_may_start_with_ef() {
    let chain = chain();
    let create = |code: &[u8]| {
        let input = crate::wallet::init_code(code).into();
        let request = CallRequest { from: ALICE, input, ..CallRequest::default() };
        chain.call(&request, chain.head_number(), false, &Vec::new(), &BlockOverrides::default())
    };

    let text = "invalid code: must not begin with 0xef".to_owned();
    assert_eq!(create(&[0xef, 0x00, 0x01]), Err(CallError::Failed(text)));
    assert!(create(&[0xef, 0xf0, 0x00, 0x00, 1, 2]).is_ok());
    assert!(create(&vec![0; 24_577]).is_err());
}

/// Returns the block's number and gas limit, eight bytes each, little-endian.
const BLOCK_VALUES: &str = r#"(module
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "block_number" (func $number (result i64)))
    (import "vm_hooks" "block_gas_limit" (func $limit (result i64)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (i64.store (i32.const 0) (call $number))
        (i64.store (i32.const 8) (call $limit))
        (call $write (i32.const 0) (i32.const 16))
        (i32.const 0)))"#;

#[test]
fn programs_see_the_pretended_block_as_opcodes_do() {
    let chain = chain();
    let program = program(&chain, BLOCK_VALUES);
    // NUMBER and GASLIMIT, a word each.
    let evm = deploy(&chain, &hex!("435f524560205260405ff3"));
    let pretended = BlockOverrides {
        number: Some(U256::from(77)),
        gas_limit: Some(30_000_000),
        ..BlockOverrides::default()
    };
    let ask =
        |to| chain.call(&request(to), chain.head_number(), false, &Vec::new(), &pretended).unwrap();

    let by_opcodes: Vec<U256> = ask(evm).chunks(32).map(U256::from_be_slice).collect();
    let by_program: Vec<U256> = ask(program).chunks(8).map(U256::from_le_slice).collect();

    assert_eq!(by_opcodes, [U256::from(77), U256::from(30_000_000)]);
    assert_eq!(by_program, by_opcodes, "stylus-host.md 1.5");
}

#[test]
fn calls_of_a_simulated_block_share_the_programs_that_were_called() {
    let config = ChainConfig { arbos_version: 60, ..ChainConfig::default() };
    let chain = Chain::new(config).unwrap();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    let block = |calls: Vec<CallRequest>| SeriesBlock { calls, ..SeriesBlock::default() };
    let blocks = vec![block(vec![request(echo), request(echo)]), block(vec![request(echo)])];

    let done = chain.simulate(chain.head_number(), blocks, SeriesOptions::default()).unwrap();

    let gas: Vec<u64> = done.iter().flat_map(|one| &one.calls).map(|call| call.gas_used).collect();
    // stylus-host.md 9, 29.
    assert_eq!((gas[0], gas[0] - gas[1]), (gas[2], 9_222 - 363));
}

/// What a call with the fee cap 5 times and the tip 2 times the base fee sees.
fn seen_with_a_tip(chain: &Chain, to: Address) -> U256 {
    let offer = CallRequest {
        max_fee_per_gas: Some(5 * BASE_FEE),
        max_priority_fee_per_gas: Some(2 * BASE_FEE),
        ..request(to)
    };
    let head = chain.head_number();
    let output = chain.call(&offer, head, false, &Vec::new(), &BlockOverrides::default());
    U256::from_be_slice(&output.expect("it returns"))
}

#[test]
fn a_program_in_a_call_sees_base_fee_and_tip_but_no_more() {
    let chain = chain();
    let program = program(
        &chain,
        r#"(module
            (import "vm_hooks" "tx_gas_price" (func $price (param i32)))
            (import "vm_hooks" "write_result" (func $write (param i32 i32)))
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32)
                (call $price (i32.const 0))
                (call $write (i32.const 0) (i32.const 32))
                (i32.const 0)))"#,
    );

    assert_eq!(seen_with_a_tip(&chain, program), U256::from(3 * BASE_FEE));
}

#[test]
fn a_call_pays_the_tip_where_the_chain_collects_tips() {
    let config = ChainConfig { arbos_version: 60, ..ChainConfig::default() };
    let chain = Chain::new(config).unwrap();
    // GASPRICE, returned as a word.
    let price = deploy(&chain, &hex!("3a5f5260205ff3"));
    // The poster fee of the running transaction, by ArbGasInfo; PUSH4 selector … returned as a word.
    let poster_fee = deploy(&chain, &hex!("63c6f7de0e60e01b5f5260205f60045f606c5afa5060205ff3"));
    let set = |signature, value| act(&chain, precompile(0x70), signature, &[U256::from(value)]);
    set("setL1PricePerUnit(uint256)", 1_000_000_000_u64);

    assert_eq!(seen_with_a_tip(&chain, price), U256::from(BASE_FEE));
    let fee = seen_with_a_tip(&chain, poster_fee);
    assert_eq!(fee % U256::from(BASE_FEE), U256::ZERO);
    set("setCollectTips(bool)", 1);

    assert_eq!(seen_with_a_tip(&chain, price), U256::from(3 * BASE_FEE));
    let fee_with_tip = seen_with_a_tip(&chain, poster_fee);
    assert_eq!(fee_with_tip, fee - fee % U256::from(3 * BASE_FEE), "the same cost, whole gas");
}

/// Calls the account in the first 20 bytes of calldata in a static context, which touches it, if
/// there is more calldata; else returns its code hash.
const TOUCH_OR_HASH: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "account_codehash" (func $hash (param i32 i32)))
    (import "vm_hooks" "static_call_contract"
        (func $call (param i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $read (i32.const 0))
        (if (i32.gt_u (local.get $len) (i32.const 20)) (then (return
            (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 64)))))
        (call $hash (i32.const 0) (i32.const 128))
        (call $write (i32.const 128) (i32.const 32))
        (i32.const 0)))"#;

#[test]
fn calls_of_a_series_leave_no_empty_accounts_behind() {
    let chain = chain();
    let program = program(&chain, TOUCH_OR_HASH);
    let absent = Address::repeat_byte(0x11);
    let destroyed = ALICE.create(chain.nonce(ALICE, chain.head_number()));
    let ask = |input: &[u8]| CallRequest { input: input.to_vec().into(), ..request(program) };
    // The sender's nonce rises with each call, so that the creation comes first.
    let calls = vec![
        CallRequest { to: None, input: hex!("5fff").into(), ..request(program) },
        ask(&[absent.as_slice(), &[1]].concat()),
        ask(absent.as_slice()),
        ask(destroyed.as_slice()),
    ];
    let block = SeriesBlock { calls, ..SeriesBlock::default() };

    let done = chain.simulate(chain.head_number(), vec![block], SeriesOptions::default()).unwrap();

    let calls = &done[0].calls;
    assert_eq!(calls.iter().filter_map(|call| call.error.as_ref()).next(), None);
    assert_eq!((&calls[2].output[..], &calls[3].output[..]), (&[0; 32][..], &[0; 32][..]));
}
