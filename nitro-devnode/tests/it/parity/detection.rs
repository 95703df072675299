//! The comparison finds what differs: the other node is made to differ, and the difference must be
//! told with its step, its member and both values.

use alloy_primitives::{U256, hex};
use serde_json::Value;

use super::base_fees::burner;
use super::cast::{activation, deploy, program};
use super::difference::Difference;
use super::endpoint::Endpoint;
use super::pair::{Pair, Probe};
use super::wish::Wish;
use crate::binary::Running;
use crate::rig::{init_code, number};
use crate::signer::Signer;
use crate::trace_rig::{CALLER, STORER, key_and_value, program_code};

/// Another process of the built binary, whatever `NITRO_URL` says: a real Nitro must not be changed.
async fn two_processes(scenario: &str) -> Pair {
    Pair::of_versions(scenario, 51, &[]).await
}

/// The one difference in a member.
fn difference<'a>(pair: &'a Pair, step: &str, field: &str) -> &'a Difference {
    let of_step = |difference: &&Difference| difference.step == step && difference.field == field;
    let mut matching = pair.found.iter().filter(of_step);
    let (first, second) = (matching.next(), matching.next());
    match (first, second) {
        (Some(only), None) => only,
        _ => panic!("expected one difference in {field} after {step}, found {:#?}", pair.found),
    }
}

#[tokio::test]
async fn another_arbos_version_is_found() {
    let mut pair = Pair::of_versions("versions", 51, &["--arbos-version", "32"]).await;

    // CLZ of 1, which Osaka brought with ArbOS 50: before, there is no such instruction.
    let clz = deploy(&mut pair, "CLZ", &hex!("60011e5f5260205ff3"), &[]).await;
    pair.run(&Wish::call("a call of CLZ", clz, []), &[Probe::Trace(r#"{"tracer":"callTracer"}"#)])
        .await;

    let status = difference(&pair, "a call of CLZ", "receipt.status");
    assert_eq!((&*status.ours, &*status.theirs), (r#""0x1""#, r#""0x0""#));
    let error = difference(&pair, "a call of CLZ", "callTracer.result.error");
    assert_eq!(error.ours, r#""(absent)""#);
    assert!(error.theirs.contains("invalid opcode"), "{error}");
}

#[tokio::test]
async fn another_price_of_ink_is_found_in_gas_and_in_the_trace() {
    let mut pair = two_processes("ink").await;
    pair.as_owner_of_theirs("setInkPrice(uint32)", U256::from(20_000)).await;

    let storer = program(&mut pair, "storer", STORER, &[]).await;
    let wish = Wish::call("a call of storer", storer, key_and_value(1, 7));
    pair.run(&wish, &[Probe::Trace(r#"{"tracer":"stylusTracer"}"#)]).await;

    let gas = difference(&pair, "a call of storer", "receipt.gasUsed");
    assert_ne!(gas.ours, gas.theirs);
    let ink = difference(&pair, "a call of storer", "stylusTracer.result[0].startInk");
    let [ours, theirs] = [&ink.ours, &ink.theirs].map(|ink| ink.parse::<u64>().unwrap());
    assert!(theirs > ours * 19 / 10, "twice the ink for the same gas: {ours} and {theirs}");
}

#[tokio::test]
async fn another_price_of_l1_is_found() {
    let mut pair = two_processes("l1 price").await;
    pair.as_owner("setL1PricePerUnit(uint256)", U256::from(50_000_000_u64)).await;
    pair.as_owner_of_theirs("setL1PricePerUnit(uint256)", U256::from(60_000_000_u64)).await;

    let to = pair.signer.address;
    pair.run(&Wish::call("a transfer", to, []), &[]).await;

    let gas = difference(&pair, "a transfer", "receipt.gasUsedForL1");
    assert_ne!(gas.ours, gas.theirs);
    let total = difference(&pair, "a transfer", "receipt.gasUsed");
    assert_ne!(total.ours, total.theirs);
}

#[tokio::test]
async fn another_base_fee_is_found() {
    let mut pair = two_processes("base fee").await;
    pair.as_owner_of_theirs("setMinimumL2BaseFee(uint256)", U256::from(300_000_000)).await;
    pair.run(&Wish::call("a first transfer", pair.signer.address, []), &[]).await;

    pair.run(&Wish::call("a transfer", pair.signer.address, []), &[]).await;

    let price = difference(&pair, "a transfer", "receipt.effectiveGasPrice");
    assert_eq!((&*price.ours, &*price.theirs), (r#""0x5f5e100""#, r#""0x11e1a300""#));
}

#[tokio::test]
async fn a_refusal_by_one_node_alone_is_found() {
    let mut pair = two_processes("refusal").await;
    pair.as_owner_of_theirs("setMinimumL2BaseFee(uint256)", U256::from(30_000_000_000_u64)).await;
    pair.run(&Wish::call("the last cheap transfer", pair.signer.address, []), &[]).await;

    let accepted = pair.run(&Wish::call("a transfer", pair.signer.address, []), &[]).await;

    assert_eq!(accepted, Value::Null, "one node has not taken it");
    let error = difference(&pair, "a transfer", "eth_sendRawTransaction.error");
    assert_eq!(error.ours, r#""(absent)""#);
    assert!(error.theirs.contains("max fee per gas less than block base fee"), "{error}");
}

/// The chains need not have the same past: prices that bursts have raised, activations, other blocks.
#[tokio::test]
async fn a_chain_with_a_past_is_compared_all_the_same() {
    let process = Running::with(&["--strict"]);
    let theirs = Endpoint::at(&process.2);
    let stranger = Signer::test(0);
    for nonce in 0..12 {
        theirs.send(&burner("a burst").signed(&stranger, nonce)).await;
    }
    theirs.send(&stranger.create(12, init_code(&program_code(CALLER)))).await;
    let caller = stranger.address.create(12);
    theirs.send(&activation("caller", caller).signed(&stranger, 13)).await;

    let mut pair = Pair::beside("past", 51, process).await;
    assert!(!pair.is_linked, "the chains differ");
    let storer = program(&mut pair, "storer", STORER, &[]).await;
    let probes = [Probe::Trace(r#"{"tracer":"prestateTracer"}"#)];
    let receipt = pair.run(&Wish::call("a call", storer, key_and_value(1, 7)), &probes).await;

    assert!(number(&receipt["effectiveGasPrice"]) > 100_000_000, "{receipt}");
    pair.agrees();
}

#[tokio::test]
async fn a_comparison_with_differences_fails_and_names_them() {
    let mut pair = two_processes("pages").await;
    pair.as_owner_of_theirs("setWasmPageLimit(uint16)", U256::ZERO).await;
    let storer = program(&mut pair, "storer", STORER, &[]).await;

    let why = pair.verdict().expect_err("the other node allows no memory");

    let expected = r#"activation of storer: receipt.status: ours "0x1", theirs "0x0""#;
    assert!(why.contains(expected), "{why}");
    let call = Wish::call("a call of storer", storer, key_and_value(1, 7));
    pair.run(&call, &[]).await;
    assert!(
        pair.verdict().is_err_and(|more| more.contains("a call of storer")),
        "found later, too"
    );
}
