//! What switches with the ArbOS version.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use devnode_chain::{
    AccountOverride, BlockOverrides, CallError, CallRequest, Chain, ChainConfig, Mining,
};

use crate::{
    programs::{ECHO, FEE_AND_MORE, activate, activation, code_of, program},
    wallet::{
        ALICE, act, ask, call, calldata, chain, deploy, precompile, send, signed, transaction,
        with_receipt, word,
    },
};

fn at(arbos_version: u64) -> Chain {
    Chain::new(ChainConfig { arbos_version, ..ChainConfig::default() }).expect("a known version")
}

/// A call with exactly so much gas beyond the intrinsic.
fn with_gas(chain: &Chain, to: Address, gas: u64) -> Result<Bytes, CallError> {
    let request = CallRequest {
        from: ALICE,
        to: Some(to),
        gas: Some(21_000 + gas),
        ..CallRequest::default()
    };
    chain.call(&request, chain.head_number(), false, &Vec::new(), &BlockOverrides::default())
}

#[test]
fn every_version_starts_and_runs_programs() {
    for version in [32, 40, 41, 50, 51, 60] {
        let chain = at(version);
        assert_eq!(chain.head_number(), 7, "the ready state of {version}");
        let echo = deploy(&chain, &ECHO);
        activate(&chain, echo);
        assert_eq!(call(&chain, echo, b"hello"), Ok(Bytes::from_static(b"hello")));
    }
    for unknown in [0, 30, 31, 33, 42, 52, 61] {
        let config = ChainConfig { arbos_version: unknown, ..ChainConfig::default() };
        assert!(Chain::new(config).is_err(), "{unknown}");
    }
}

#[test]
fn ethereums_precompiles_switch_at_50() {
    let p256 = Address::left_padding_from(&[1, 0]);
    for (version, gas) in [(32, 3_450), (40, 3_450), (50, 6_900), (51, 6_900), (60, 6_900)] {
        let chain = at(version);
        assert_eq!(with_gas(&chain, p256, gas), Ok(Bytes::new()), "{version}");
        assert!(with_gas(&chain, p256, gas - 1).is_err(), "{version}");
        // BLS12-381 refuses the empty input; an account without code takes it.
        let has_bls = with_gas(&chain, precompile(0x0b), 100_000).is_err();
        assert_eq!(has_bls, version >= 50, "{version}");
        assert!(with_gas(&chain, precompile(0x0a), 100_000).is_err(), "KZG refuses it, too");
    }
}

#[test]
fn clz_comes_with_50() {
    // CLZ(1)
    let code = hex!("60011e5f5260205ff3");
    for (version, is_there) in [(40, false), (50, true), (60, true)] {
        let chain = at(version);
        let contract = deploy(&chain, &code);
        let answer = call(&chain, contract, b"");
        assert_eq!(answer.is_ok(), is_there, "{version}");
        if let Ok(word) = answer {
            assert_eq!(U256::from_be_slice(&word), U256::from(255));
        }
    }
}

#[test]
fn the_second_call_in_a_transaction_is_cheap_from_60_on() {
    // Calls the address in calldata twice.
    let twice = hex!("5f5f5f5f5f5f355af1505f5f5f5f5f5f355af100");
    let gas_of_two_calls = |version| {
        let chain = at(version);
        let echo = deploy(&chain, &ECHO);
        activate(&chain, echo);
        let caller = deploy(&chain, &twice);
        let input = echo.into_word().to_vec();
        let hash = send(&chain, ALICE, TxKind::Call(caller), 0, input).unwrap();
        with_receipt(&chain, hash, |receipt| receipt.gas_used)
    };
    // stylus-host.md 9, 29: the second start costs 363 instead of 9,222.
    assert_eq!(gas_of_two_calls(51) - gas_of_two_calls(60), 9_222 - 363);
}

#[test]
fn fragments_make_a_program_from_60_on() {
    let chain = at(60);
    let (head, tail) = ECHO[4..].split_at(50);
    let [first, second] =
        [head, tail].map(|part| deploy(&chain, &[&hex!("eff001")[..], part].concat()));
    let root = [&hex!("eff0020000000085")[..], first.as_slice(), second.as_slice()].concat();
    let root = deploy(&chain, &root);

    activate(&chain, root);

    assert_eq!(call(&chain, root, b"joined"), Ok(Bytes::from_static(b"joined")));
    let fragments = ask(&chain, precompile(0x6b), "getMaxStylusContractFragments()", &[]);
    assert_eq!(fragments, [U256::from(2)]);
}

/// A program that returns five letters, as a fragment.
fn fragment(letters: &str) -> Vec<u8> {
    let program = code_of(&format!(
        r#"(module
            (import "vm_hooks" "write_result" (func $write (param i32 i32)))
            (memory (export "memory") 1 1)
            (data (i32.const 0) "{letters}")
            (func (export "user_entrypoint") (param i32) (result i32)
                (call $write (i32.const 0) (i32.const 5))
                (i32.const 0)))"#
    ));
    [&hex!("eff001")[..], &program[4..]].concat()
}

#[test]
fn a_call_that_pretends_another_fragment_does_not_change_the_program() {
    let chain = at(60);
    let part = deploy(&chain, &fragment("right"));
    let root = deploy(&chain, &[&hex!("eff0020000000084")[..], part.as_slice()].concat());
    // Sends the calldata behind the first word and the value to ArbWasm, then calls the address in
    // that word.
    let starter =
        deploy(&chain, &hex!("6020360360205f375f5f602036035f3460715af15f5f5f5f5f5f355af1"));
    let request = CallRequest {
        from: ALICE,
        to: Some(starter),
        value: U256::from(FEE_AND_MORE),
        input: [root.into_word().as_slice(), &activation(root)].concat().into(),
        ..CallRequest::default()
    };
    let wrong = AccountOverride { code: Some(fragment("wrong").into()), ..Default::default() };
    let head = chain.head_number();
    chain.call(&request, head, false, &vec![(part, wrong)], &Default::default()).unwrap();

    activate(&chain, root);

    assert_eq!(call(&chain, root, b""), Ok(Bytes::from_static(b"right")));
}

#[test]
fn native_tokens_come_with_41() {
    for (version, is_there) in [(40, false), (41, true)] {
        let chain = at(version);
        assert_eq!(chain.code(precompile(0x73), 0).is_empty(), !is_there);
        let method = crate::wallet::calldata("getAllNativeTokenOwners()", &[]);
        assert_eq!(call(&chain, precompile(0x6b), &method).is_ok(), is_there);
    }
}

#[test]
fn item_108_a_program_expires_after_a_year() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    let head = chain.block(chain.head_number()).unwrap().header.timestamp;
    let call_after = |seconds: u64, to: Address, input: Vec<u8>| {
        let request = CallRequest {
            from: ALICE,
            to: Some(to),
            input: input.into(),
            ..CallRequest::default()
        };
        let later = BlockOverrides { time: Some(head + seconds), ..BlockOverrides::default() };
        chain.call(&request, chain.head_number(), false, &Vec::new(), &later)
    };
    let day = 86_400;

    assert!(call_after(364 * day, echo, Vec::new()).is_ok());
    let Err(CallError::Failed(text)) = call_after(366 * day, echo, Vec::new()) else {
        panic!("it has expired")
    };
    assert!(text.starts_with("error ProgramExpired(316"), "{text}");
    let time_left = crate::wallet::calldata("programTimeLeft(address)", &[word(echo)]);
    let Err(CallError::Reverted { data, .. }) = call_after(366 * day, precompile(0x71), time_left)
    else {
        panic!("it has expired")
    };
    assert_eq!(data[..4], hex!("c9b12e52"));
}

/// Runs the code at the address in calldata in its own context; its status is that of the call.
const DELEGATOR: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "delegate_call_contract"
        (func $call (param i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $read (i32.const 0))
        (call $call (i32.const 12) (i32.const 0) (i32.const 0) (i64.const -1) (i32.const 128))))"#;

#[test]
fn a_program_cannot_destroy_itself() {
    let chain = chain();
    // PUSH0, SELFDESTRUCT; and a contract that delegates to the address in calldata.
    let bomb = deploy(&chain, &hex!("5fff"));
    let evm = deploy(&chain, &hex!("5f5f5f5f5f355af45f5260205ff3"));
    let delegator = program(&chain, DELEGATOR);
    let input = bomb.into_word();

    assert!(call(&chain, delegator, input.as_slice()).is_err(), "status 2: exceptional");
    let by_evm = call(&chain, evm, input.as_slice()).unwrap();
    assert_eq!(U256::from_be_slice(&by_evm), U256::ONE, "EVM code may");
}

#[test]
fn gas_limits_of_owners_hold_from_the_next_transaction_on() {
    let chain = at(50);
    act(&chain, precompile(0x70), "setMaxBlockGasLimit(uint64)", &[U256::from(40_000_000)]);
    let limits = ask(&chain, precompile(0x6c), "getMaxBlockGasLimit()", &[]);
    assert_eq!(limits, [U256::from(40_000_000)]);
}

/// Sends transactions with a limit of 10 million gas that use a little less than 5 million each.
fn let_wait(chain: &Chain, count: u64) {
    let input = Bytes::from(calldata("burnArbGas(uint256)", &[U256::from(4_950_000)]));
    let first = chain.nonce(ALICE, chain.head_number());
    for nonce in first..first + count {
        let plain = transaction(chain, ALICE);
        let to = TxKind::Call(precompile(0x69));
        let waiting = TxEip1559 { nonce, to, input: input.clone(), ..plain };
        chain.send_raw(&signed(waiting, ALICE)).expect("it waits");
    }
}

#[test]
fn a_block_overshoots_its_budget_from_50_on_only() {
    // 32 million gas: before 50 the sixth might not fit, from 50 on the seventh may overshoot.
    for (version, fitting) in [(40, 5), (50, 7)] {
        let chain = at(version);
        chain.set_mining(Mining { is_automatic: false, interval: None });
        let_wait(&chain, 8);
        let pending = chain.pending_block().unwrap();

        let number = chain.mine();

        let taken = chain.block(number).unwrap().transactions.len();
        assert_eq!(taken, 1 + fitting, "version {version}");
        assert_eq!(pending.transactions.len(), taken, "version {version}");
        assert_eq!(chain.pooled().len(), 8 - fitting);
    }
}

#[test]
fn all_that_waits_is_mined_when_mining_becomes_automatic() {
    let chain = at(51);
    chain.set_mining(Mining { is_automatic: false, interval: None });
    let_wait(&chain, 8);
    let before = chain.head_number();

    chain.set_mining(Mining::default());

    assert_eq!((chain.pooled().len(), chain.head_number()), (0, before + 2));
}
