//! Acceptance items 91 and 92: the tracers on trees of EVM and program frames.

use serde_json::Value;

use super::cast::{Cast, assemble};
use super::pair::{Pair, Probe};
use super::plot::nested;
use super::random::Random;
use super::wish::Wish;

/// Transactions that are traced, beside those that deploy.
const TREES: usize = 30;

/// Deploys the cast and sends call trees of growing depth, all of them traced.
async fn trace_trees(pair: &mut Pair, random: &mut Random, probes: &[Probe]) -> (Cast, Vec<Value>) {
    let cast = assemble(pair, random, 4, probes).await;
    let mut receipts = Vec::new();
    for number in 0..TREES {
        let (step, to, input) = nested(&cast, random, number as u64 / 6);
        let wish = Wish::call(format!("tree {number} ({step})"), to, input);
        receipts.push(pair.run(&Wish { gas: 1_500_000, ..wish }, probes).await);
    }
    cast.call_vectors(pair, probes).await;
    (cast, receipts)
}

#[tokio::test]
async fn item_91_the_stylus_tracer_tells_the_same_steps_with_the_same_ink() {
    let mut pair = Pair::meet("stylus tracer").await;
    let mut random = Random::seeded(91);

    let probes = [Probe::Trace(r#"{"tracer":"stylusTracer"}"#)];
    let (cast, receipts) = trace_trees(&mut pair, &mut random, &probes).await;

    // The comparison means something: most of these trees have steps with ink.
    let mut with_ink = 0;
    for receipt in receipts {
        let params = serde_json::json!([receipt["transactionHash"], { "tracer": "stylusTracer" }]);
        let steps = pair.ours.call("debug_traceTransaction", params).await;
        with_ink += usize::from(steps.to_string().contains("user_entrypoint"));
    }
    assert!(with_ink > TREES / 2, "{with_ink} trees with programs");
    assert!(!cast.vectors.is_empty());
    pair.agrees();
}

#[tokio::test]
async fn item_92_call_and_prestate_tracers_tell_the_same_of_mixed_trees() {
    let mut pair = Pair::meet("call and prestate tracers").await;
    let mut random = Random::seeded(92);

    let probes = [
        Probe::Trace(r#"{"tracer":"callTracer"}"#),
        Probe::Trace(r#"{"tracer":"callTracer","tracerConfig":{"withLog":true}}"#),
        Probe::Trace(r#"{"tracer":"prestateTracer"}"#),
        Probe::Trace(r#"{"tracer":"prestateTracer","tracerConfig":{"diffMode":true}}"#),
    ];
    trace_trees(&mut pair, &mut random, &probes).await;

    assert!(pair.tally[0] > TREES, "{:?}", pair.tally);
    pair.agrees();
}
