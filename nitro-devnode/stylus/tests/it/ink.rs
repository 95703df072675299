//! `wasm-ink.json` and `wasm-ink-random.json`: the ink of whole programs.

use devnode_stylus::{
    ActivationConfig, OutcomeKind, RunContext, RunOutcome, activate, run_with_ink,
};
use serde::Deserialize;

use crate::scripted::{ScriptedChain, dev_config, engine};

#[derive(Debug, Deserialize)]
struct Vector {
    name: String,
    wat: String,
    calldata_hex: String,
    stylus_version: u16,
    ink_start: u64,
    ink_used: u64,
    status: String,
    output_hex: String,
    max_depth: Option<u32>,
    stack_left: Option<u32>,
    ink_spent_before_overflow: Option<u64>,
    pages_open_ever: Option<(u16, u16)>,
}

#[test]
fn derived_programs_cost_what_was_measured() {
    check(include_str!("../vectors/wasm-ink.json"), 62);
}

#[test]
fn generated_programs_cost_what_was_measured() {
    check(include_str!("../vectors/wasm-ink-random.json"), 160);
}

fn check(json: &str, count: usize) {
    let vectors: Vec<Vector> = serde_json::from_str(json).expect("vectors are JSON");
    assert_eq!(vectors.len(), count);
    let engine = engine();
    for vector in &vectors {
        let module = wat::parse_str(&vector.wat).expect(&vector.name);
        let config = ActivationConfig { stylus_version: vector.stylus_version, ..dev_config() };
        let activation = activate(&module, &config, &mut u64::MAX.clone()).expect(&vector.name);
        let program = engine.compile(&activation.program).expect(&vector.name);
        let context = RunContext {
            max_stack_depth: vector.max_depth.unwrap_or(262_144),
            ..RunContext::dev()
        };
        let mut chain = ScriptedChain::with_pages(activation.footprint);
        let calldata = hex::decode(&vector.calldata_hex).expect(&vector.name);

        let outcome = run_with_ink(&program, &calldata, vector.ink_start, &context, &mut chain)
            .expect(&vector.name);

        compare(vector, &outcome);
        if let Some(pages) = vector.pages_open_ever {
            assert_eq!((chain.pages.open, chain.pages.ever), pages, "{}: pages", vector.name);
        }
    }
}

fn compare(vector: &Vector, outcome: &RunOutcome) {
    let name = &vector.name;
    assert_eq!(status_name(outcome.kind), vector.status, "{name}: status");
    assert_eq!(vector.ink_start - outcome.ink_left, vector.ink_used, "{name}: ink");
    assert_eq!(hex::encode(&outcome.output), vector.output_hex, "{name}: output");
    if let Some(stack_left) = vector.stack_left {
        assert_eq!(outcome.stack_left, stack_left, "{name}: stack");
    }
    if let Some(spent) = vector.ink_spent_before_overflow {
        assert_eq!(vector.ink_start - outcome.metered_ink_left, spent, "{name}: overflow");
    }
}

const fn status_name(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Success => "Success",
        OutcomeKind::Revert => "Revert",
        OutcomeKind::Failure => "Failure",
        OutcomeKind::OutOfInk => "OutOfInk",
        OutcomeKind::OutOfStack => "OutOfStack",
    }
}
