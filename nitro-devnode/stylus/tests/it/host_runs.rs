//! `host-runs.json`: single programs against a scripted chain.

use std::collections::HashMap;

use alloy_primitives::{Address, Bytes};
use devnode_stylus::{OutcomeKind, RunContext, RunOutcome, activate, run_with_ink};
use serde::Deserialize;

use crate::scripted::{ScriptedChain, dev_config, engine, traced};

#[derive(Debug, Deserialize)]
struct File {
    runs: Vec<Vector>,
}

#[derive(Debug, Deserialize)]
struct Vector {
    name: String,
    wasm_hex: String,
    env: Env,
    expected: Expected,
}

#[derive(Debug, Deserialize)]
struct Env {
    arbos_version: u64,
    start_ink: String,
    calldata_hex: String,
    #[serde(rename = "static")]
    is_static: bool,
    callee_gas: u64,
    callee_return_hex: String,
    existing_accounts_code_len: HashMap<Address, usize>,
    warm_accounts: Vec<Address>,
}

#[derive(Debug, Deserialize)]
struct Expected {
    outcome: String,
    output_hex: String,
    ink_used: String,
    ink_left: String,
    gas_left: String,
    completed_hostios: Vec<HostIo>,
    sub_calls: Vec<SubCall>,
    pages_open_ever: (u16, u16),
}

#[derive(Debug, Deserialize)]
struct HostIo {
    name: String,
    ink: String,
}

#[derive(Debug, Deserialize)]
struct SubCall {
    base: String,
    gas: String,
    input_len: String,
    left: String,
    req: String,
}

fn number(text: &str) -> u64 {
    text.parse().expect("vectors hold decimal numbers")
}

#[test]
fn programs_end_as_measured() {
    let file: File =
        serde_json::from_str(include_str!("../vectors/host-runs.json")).expect("vectors are JSON");
    assert_eq!(file.runs.len(), 147);
    let engine = engine();
    for vector in &file.runs {
        let name = &vector.name;
        let module = hex::decode(&vector.wasm_hex).expect(name);
        let activation = activate(&module, &dev_config(), &mut u64::MAX.clone()).expect(name);
        let program = engine.compile(&activation.program).expect(name);
        let env = &vector.env;
        let context =
            RunContext { arbos_version: env.arbos_version, is_static: env.is_static, ..traced() };
        let mut chain = chain_of(env, activation.footprint);
        let calldata = hex::decode(&env.calldata_hex).expect(name);

        let outcome =
            run_with_ink(&program, &calldata, number(&env.start_ink), &context, &mut chain)
                .expect(name);

        compare(vector, &outcome, &chain);
    }
}

fn chain_of(env: &Env, footprint: u16) -> ScriptedChain {
    let codes = env
        .existing_accounts_code_len
        .iter()
        .map(|(address, len)| (*address, Bytes::from(vec![0; *len])))
        .collect();
    ScriptedChain {
        callee_gas: env.callee_gas,
        callee_return: hex::decode(&env.callee_return_hex).expect("hex").into(),
        codes,
        warm_accounts: env.warm_accounts.iter().copied().collect(),
        ..ScriptedChain::with_pages(footprint)
    }
}

fn compare(vector: &Vector, outcome: &RunOutcome, chain: &ScriptedChain) {
    let (name, expected) = (&vector.name, &vector.expected);
    assert_eq!(outcome_name(outcome.kind), expected.outcome, "{name}: outcome");
    assert_eq!(outcome.ink_left, number(&expected.ink_left), "{name}: ink left");
    let used = number(&vector.env.start_ink) - outcome.ink_left;
    assert_eq!(used, number(&expected.ink_used), "{name}: ink used");
    assert_eq!(outcome.gas_left, number(&expected.gas_left), "{name}: gas left");
    assert_eq!(hex::encode(&outcome.output), expected.output_hex, "{name}: output");
    let pages = (chain.pages.open, chain.pages.ever);
    assert_eq!(pages, expected.pages_open_ever, "{name}: pages");
    let host_calls: Vec<(&str, u64)> = expected
        .completed_hostios
        .iter()
        .map(|call| (call.name.as_str(), number(&call.ink)))
        .collect();
    assert_eq!(chain.host_calls(), host_calls, "{name}: host calls");
    assert_eq!(chain.calls.len(), expected.sub_calls.len(), "{name}: calls");
    for (call, expected) in chain.calls.iter().zip(&expected.sub_calls) {
        assert_eq!(call.gas, number(&expected.gas), "{name}: gas of a call");
        assert_eq!(call.input.len() as u64, number(&expected.input_len), "{name}: input");
        assert_eq!(call.gas, child_gas(expected, !call.value.is_zero()), "{name}: rule of 63/64");
    }
}

/// The gas of a callee from the vector's intermediate values.
fn child_gas(call: &SubCall, sends_value: bool) -> u64 {
    let available = u128::from(number(&call.left) - number(&call.base)) * 63 / 64;
    let child = number(&call.req).min(available as u64);
    if sends_value { child + 2300 } else { child }
}

const fn outcome_name(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Success => "success",
        OutcomeKind::Revert => "revert",
        OutcomeKind::Failure => "failure",
        OutcomeKind::OutOfInk => "out_of_ink",
        OutcomeKind::OutOfStack => "out_of_stack",
    }
}
