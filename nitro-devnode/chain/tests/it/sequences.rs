//! Sequences of host calls over several programs, with ink and gas reckoned from the specification.

use alloy_primitives::{Address, TxKind, U256};
use devnode_chain::{BlockOverrides, CallRequest, Chain};

use crate::{
    runner::{Answer, End, Script, before_step, overhead, runner},
    wallet::{ALICE, DEV, ask, chain, precompile, send, with_receipt, word},
};

/// Ink per gas.
const PRICE: u64 = 10_000;
/// Ink of a load, a cached write and their like before their gas.
const STORAGE: u64 = 18_480;
/// As much gas as can be given.
const ALL: u64 = u64::MAX;

/// Runs a script with so much gas beyond the intrinsic, and 2 wei.
fn run_with(chain: &Chain, program: Address, script: Vec<u8>, gas: u64) -> Answer {
    let intrinsic = script.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>();
    let request = CallRequest {
        from: DEV,
        to: Some(program),
        gas: Some(21_000 + intrinsic + gas),
        value: U256::from(2),
        input: script.into(),
        ..CallRequest::default()
    };
    let head = chain.head_number();
    let output = chain.call(&request, head, false, &Vec::new(), &BlockOverrides::default());
    Answer::new(output.expect("the script ends well"))
}

fn run(chain: &Chain, program: Address, script: Vec<u8>) -> Answer {
    run_with(chain, program, script, 20_000_000)
}

/// Ink of a call with so much calldata before its gas.
const fn call_ink(input: &[u8]) -> u64 {
    83_193 + 2 * (16_381 + 55 * (input.len() as u64 - 32))
}

/// A script that does next to nothing.
fn glance() -> Vec<u8> {
    let mut script = Script::new();
    script.step("msg_reentrant", &[]);
    script.end(End::Return)
}

#[test]
fn a_callee_gets_63_of_64_parts_or_what_it_is_given() {
    let chain = chain();
    let (caller, callee) = (runner(&chain, 1), runner(&chain, 2));
    let start: u64 =
        ask(&chain, precompile(0x71), "programInitGas(address)", &[word(callee)])[0].to();
    // What the callee has left before its only step, less what it started with.
    let alone = run_with(&chain, callee, glance(), 1_000_000).record().before;
    let way = (1_000_000 - start) * PRICE - alone;
    let mut used = None;
    for (gas, asked) in [(300_000, ALL), (1_000_003, ALL), (2_000_001, 100_000)] {
        for value in [0, 1] {
            let mut script = Script::new();
            script.call(callee, &glance(), value, asked);
            script.call(callee, &glance(), value, asked);
            let mut answer = run_with(&chain, caller, script.end(End::Return), gas);
            for access in [2600, 100] {
                let (call, inside) = (answer.record(), answer.record());
                let left = (call.before - before_step(6) - call_ink(&glance())) / PRICE;
                let base = access + 9000 * value;
                let child = ((left - base) * 63 / 64).min(asked) + 2300 * value;
                assert_eq!(inside.before + way, (child - start) * PRICE, "{gas} {asked} {value}");
                // The stipend is part of the callee's gas, and costs what is used of it.
                let cost = (call.ink - overhead(6, 1) - call_ink(&glance())) / PRICE - base;
                assert_eq!(*used.get_or_insert(cost), cost, "{gas} {asked} {value}");
            }
        }
    }
}

#[test]
fn a_reentered_program_does_not_see_what_its_caller_has_only_cached() {
    let chain = chain();
    let (outer, middle) = (runner(&chain, 1), runner(&chain, 2));
    let mut set = Script::new();
    set.store(5, 5);
    set.step("storage_flush_cache", &[0]);
    send(&chain, ALICE, TxKind::Call(outer), 0, set.end(End::Return)).unwrap();
    let mut inner = Script::new();
    inner.step("msg_reentrant", &[]);
    inner.load(5);
    inner.store(5, 7);
    inner.step("storage_flush_cache", &[0]);
    let mut through = Script::new();
    through.step("msg_reentrant", &[]);
    through.call(outer, &inner.end(End::Return), 0, ALL);
    let mut script = Script::new();
    script.store(5, 6);
    script.call(middle, &through.end(End::Return), 0, ALL);
    script.load(5);
    script.step("storage_flush_cache", &[1]);
    script.load(5);

    let mut answer = run(&chain, outer, script.end(End::Return));

    assert_eq!(answer.record().ink, overhead(2, 0) + STORAGE);
    assert_eq!(answer.record().result, 0, "the call of the middle");
    assert_eq!(answer.record().result, 0, "the middle is open once");
    assert_eq!(answer.record().result, 0, "the call back");
    assert_eq!(answer.record().result, 1, "the outer program is open twice");
    assert_eq!(answer.record().ink, overhead(2, 0) + STORAGE + 2105 * PRICE, "a cold slot");
    assert_eq!(answer.word(), U256::from(5), "what the caller cached is not there");
    assert_eq!(answer.record().ink, overhead(2, 0) + STORAGE);
    assert_eq!(answer.record().ink, overhead(1, 0) + 68_073 + 2900 * PRICE, "5 to 7");
    assert_eq!(answer.record().ink, overhead(2, 0) + STORAGE, "the cache outlives the call");
    assert_eq!(answer.word(), U256::from(6));
    assert_eq!(
        answer.record().ink,
        overhead(1, 0) + 68_073 + 100 * PRICE,
        "7 to 6: changed before"
    );
    assert_eq!(
        answer.record().ink,
        overhead(2, 0) + STORAGE + 105 * PRICE,
        "the cache was cleared"
    );
    assert_eq!(answer.word(), U256::from(6));
}

#[test]
fn what_a_failed_call_did_is_undone_but_for_the_pages() {
    let chain = chain();
    let program = runner(&chain, 1);
    let stranger = Address::repeat_byte(0x98);
    let key = U256::from(9).to_be_bytes::<32>();
    for end in [End::Revert, End::Trap, End::Burn] {
        let mut inner = Script::new();
        inner.load(5);
        inner.store(5, 7);
        inner.step("storage_flush_cache", &[0]);
        let word = inner.data(&key).into();
        inner.step("transient_store_bytes32", &[word, word]);
        inner.step("emit_log", &[word, 32, 1]);
        inner.ask("account_balance", stranger.as_slice());
        inner.step("pay_for_memory_grow", &[3]);
        let inner = inner.end(end);
        let mut script = Script::new();
        script.call(program, &inner, 0, 300_000);
        script.step("return_data_size", &[]);
        script.load(5);
        script.ask("transient_load_bytes32", &key);
        script.ask("account_balance", stranger.as_slice());
        script.step("pay_for_memory_grow", &[1]);
        script.step("pay_for_memory_grow", &[3]);
        let script = script.end(End::Return);

        let mut answer = run(&chain, program, script.clone());

        let call = answer.record();
        assert_eq!(call.result, 2);
        if end == End::Revert {
            // Seven records, two of them with a word.
            answer.take(7 * 24 + 2 * 32);
        } else if end == End::Burn {
            assert_eq!(call.ink, overhead(6, 1) + call_ink(&inner) + 300_100 * PRICE);
        }
        assert_eq!(answer.record().result == 0, end != End::Revert, "{end:?}");
        assert_eq!(answer.record().ink, overhead(2, 0) + STORAGE + 2105 * PRICE, "cold again");
        assert_eq!(answer.word(), U256::ZERO);
        assert_eq!(answer.record().ink, overhead(2, 0) + 78_153 + 100 * PRICE);
        assert_eq!(answer.word(), U256::ZERO, "the transient word is gone");
        assert_eq!(answer.record().ink, overhead(2, 0) + 78_153 + 2600 * PRICE, "cold again");
        answer.word();
        // 5 pages were open once. 1 to 2 is free, 2 to 5 is linear only.
        assert_eq!(answer.record().ink, overhead(1, 0));
        assert_eq!(answer.record().ink, overhead(1, 0) + 3000 * PRICE);
        let hash = send(&chain, ALICE, TxKind::Call(program), 0, script).unwrap();
        with_receipt(&chain, hash, |receipt| {
            assert!(receipt.succeeded);
            assert!(receipt.logs.is_empty());
        });
    }
}
