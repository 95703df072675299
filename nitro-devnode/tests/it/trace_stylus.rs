//! The Stylus tracer (devnode.md section 5.8), acceptance items 80, 82, 83 and 91.

use alloy_primitives::{Address, U256, hex};
use serde_json::{Value, json};

use crate::rig::init_code;
use crate::trace_rig::{
    ARB_WASM, CALLER, CREATOR, STORER, Tracing, evm_caller, evm_relay, key_and_value, names, relay,
};

fn native() -> Value {
    json!({ "tracer": "stylusTracer" })
}

fn word(value: u8) -> String {
    hex::encode(U256::from(value).to_be_bytes::<32>())
}

/// Name, arguments, results and ink that each step took.
fn told(steps: &Value) -> Vec<(String, String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap()[2..].to_owned();
    let steps = steps.as_array().unwrap().iter();
    steps
        .map(|step| {
            let name = step["name"].as_str().unwrap().to_owned();
            let (start, end) = (&step["startInk"], &step["endInk"]);
            let ink = start.as_u64().unwrap() - end.as_u64().unwrap();
            (name, text(&step["args"]), text(&step["outs"]), ink)
        })
        .collect()
}

#[tokio::test]
async fn item_91_every_host_call_has_its_payload_and_its_exact_ink() {
    let mut tracing = Tracing::new();
    let storer = tracing.program(STORER).await;
    let receipt = tracing.send(storer, key_and_value(1, 7)).await;

    let steps = tracing.trace(&receipt, native()).await;

    let calldata = hex::encode(key_and_value(1, 7));
    let pair = format!("{}{}", word(1), word(7));
    let step = |name: &str, args: &str, outs: &str, ink: u64| {
        (name.to_owned(), args.to_owned(), outs.to_owned(), ink)
    };
    // Prices of stylus-host.md sections 1.2 and 3: a cold slot set from zero takes 22,100 gas.
    let expected = vec![
        step("user_entrypoint", "00000040", "", 0),
        step("pay_for_memory_grow", "0000", "", 8400),
        step("read_args", "", &calldata, 8400 + 5040 + 30 * 32),
        step("storage_cache_bytes32", &pair, "", 8400 + 2 * 5040),
        step("storage_flush_cache", "00", "", 68_073 + 22_100 * 10_000),
        step("storage_load_bytes32", &word(1), &word(7), 8400 + 2 * 5040),
        step("storage_flush_cache", "00", "", 68_073),
        step("write_result", &word(7), "", 8400 + 2 * 16_381),
        step("user_returned", "", "00000000", 0),
    ];
    assert_eq!(told(&steps), expected);
    let members: Vec<_> = steps[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["args", "endInk", "name", "outs", "startInk"], "and no others");
}

#[tokio::test]
async fn item_91_ink_runs_on_from_step_to_step() {
    let mut tracing = Tracing::new();
    let storer = tracing.program(STORER).await;
    let receipt = tracing.send(storer, key_and_value(1, 7)).await;

    let steps = tracing.trace(&receipt, native()).await;

    let steps = steps.as_array().unwrap();
    let ink = |step: &Value, end: &str| step[end].as_u64().unwrap();
    for pair in steps.windows(2) {
        assert!(ink(&pair[1], "startInk") <= ink(&pair[0], "endInk"), "{pair:?}");
    }
    // What the last step leaves is what the transaction gives back.
    let left = ink(&steps[steps.len() - 1], "endInk") / 10_000;
    let used = crate::rig::number(&receipt["gasUsed"]);
    assert_eq!(used, 5_000_000 - left);
}

#[tokio::test]
async fn item_91_a_call_of_a_program_holds_the_steps_of_its_callee() {
    let mut tracing = Tracing::new();
    let (caller, storer) = (tracing.program(CALLER).await, tracing.program(STORER).await);
    let receipt = tracing.send(caller, relay(storer, &key_and_value(2, 9))).await;

    let steps = tracing.trace(&receipt, native()).await;

    let expected = [
        "user_entrypoint",
        "read_args",
        "call_contract",
        "read_return_data",
        "write_result",
        "user_returned",
    ];
    assert_eq!(names(&steps), expected);
    let call = &steps[2];
    assert_eq!(call["address"], json!(storer));
    assert_eq!(names(&call["steps"]).first(), Some(&"user_entrypoint"));
    assert_eq!(names(&call["steps"]).len(), 9);
    // Address, the gas that was asked for, value, calldata; length of the answer and status.
    let args = format!(
        "0x{}ffffffffffffffff{}{}",
        hex::encode(storer),
        word(0),
        hex::encode(key_and_value(2, 9))
    );
    assert_eq!((&call["args"], &call["outs"]), (&json!(args), &json!("0x0000002000")));
}

#[tokio::test]
async fn item_91_frames_that_no_host_call_entered_are_evm_steps() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let storer = tracing.program(STORER).await;
    let receipt = tracing.send(evm, evm_relay(storer, &key_and_value(1, 1))).await;

    let mut steps = tracing.trace(&receipt, native()).await;

    let inner = steps[0]["steps"].take();
    assert_eq!(names(&inner)[0], "user_entrypoint");
    let step = json!({
        "name": "evm_call_contract", "args": "0x", "outs": "0x", "startInk": 0, "endInk": 0,
        "address": storer, "steps": null,
    });
    assert_eq!(steps, json!([step]));
}

#[tokio::test]
async fn item_91_evm_and_program_frames_stand_in_one_tree() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let (caller, storer) = (tracing.program(CALLER).await, tracing.program(STORER).await);
    let input = relay(evm, &evm_relay(storer, &key_and_value(1, 1)));
    let receipt = tracing.send(caller, input).await;

    let steps = tracing.trace(&receipt, native()).await;

    let call = &steps[2];
    assert_eq!((&call["name"], &call["address"]), (&json!("call_contract"), &json!(evm)));
    assert_eq!(names(&call["steps"]), ["evm_call_contract"]);
    assert_eq!(call["steps"][0]["address"], json!(storer));
    assert_eq!(call["steps"][0]["steps"][8]["name"], "user_returned");
}

#[tokio::test]
async fn item_91_a_call_to_nobody_and_to_a_precompile_is_merged_with_no_steps() {
    let mut tracing = Tracing::new();
    let caller = tracing.program(CALLER).await;
    let nobody = Address::repeat_byte(0xbb);
    let arb_sys = Address::with_last_byte(0x64);
    let to_nobody = tracing.send(caller, relay(nobody, &[])).await;
    let to_precompile = tracing.send(caller, relay(arb_sys, &hex!("a3b1b31d"))).await;

    for (receipt, target) in [(to_nobody, nobody), (to_precompile, arb_sys)] {
        let steps = tracing.trace(&receipt, native()).await;

        let call = &steps[2];
        assert_eq!(call["name"], "call_contract", "{steps}");
        assert_eq!((&call["address"], &call["steps"]), (&json!(target), &json!([])));
    }
}

#[tokio::test]
async fn item_91_a_creation_stands_before_the_host_call_that_made_it() {
    let mut tracing = Tracing::new();
    let creator = tracing.program(CREATOR).await;
    let receipt = tracing.send(creator, init_code(&[0x00])).await;

    let steps = tracing.trace(&receipt, native()).await;

    let expected = ["user_entrypoint", "read_args", "evm_create1", "create1", "user_returned"];
    assert_eq!(names(&steps), expected);
    let created = creator.create(1);
    assert_eq!((&steps[2]["address"], &steps[2]["steps"]), (&json!(created), &json!([])));
    assert_eq!(steps[3].get("steps"), None);
    let outs = format!("0x{}00000000", hex::encode(created));
    assert_eq!(steps[3]["outs"], json!(outs));
}

#[tokio::test]
async fn an_activation_is_told_by_its_two_payments() {
    let mut tracing = Tracing::new();
    let (_, receipt) = tracing.activated(STORER).await;

    let steps = tracing.trace(&receipt, native()).await;

    assert_eq!(names(&steps), ["evm_call_contract", "evm_call_contract"], "{steps}");
    assert_eq!(steps[1]["address"], json!(tracing.signer.address), "the rest comes back");
    let calls = tracing.trace(&receipt, json!({ "tracer": "callTracer" })).await;
    assert_eq!(calls["calls"][0]["from"], json!(ARB_WASM));
    assert_eq!(calls["calls"][1]["to"], json!(tracing.signer.address));
}

#[tokio::test]
async fn item_83_a_transaction_without_programs_has_no_steps() {
    let mut tracing = Tracing::new();
    let nonce_before = tracing.deploy(&[0x00]).await;
    let hash = tracing.rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    let deployment = json!({ "transactionHash": hash["transactions"][1] });

    assert_eq!(tracing.trace(&deployment, native()).await, json!([]), "{nonce_before}");
}

#[tokio::test]
async fn item_82_a_call_is_simulated_as_cargo_stylus_does() {
    let mut tracing = Tracing::new();
    let storer = tracing.program(STORER).await;
    let call = json!({ "to": storer, "input": hex::encode_prefixed(key_and_value(1, 5)) });

    let params = json!([call, "latest", { "tracer": "stylusTracer", "tracerConfig": {} }]);
    let steps = tracing.rig.call("debug_traceCall", params).await;

    assert_eq!(names(&steps).first(), Some(&"user_entrypoint"));
    assert_eq!(names(&steps).last(), Some(&"user_returned"));
    let slot = json!([storer, "0x1", "latest"]);
    assert_eq!(tracing.rig.call("eth_getStorageAt", slot).await, format!("0x{}", word(0)));
}
