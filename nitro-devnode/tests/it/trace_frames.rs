//! Kinds of frames that need care in traces (devnode.md section 5.8), acceptance items 91 and 92.

use alloy_primitives::{Address, hex};
use serde_json::{Value, json};

use crate::trace_rig::{Tracing, names, relay};

/// Creates a contract whose init code (CALLER, SELFDESTRUCT) destroys it at once.
const FACTORY: [u8; 12] = hex!("6133ff5f526002601e5ff000");

/// Returns ADDRESS.
const WHO: [u8; 8] = hex!("305f5260205ff300");

/// Calls the address in the first 20 bytes of calldata with DELEGATECALL, then with STATICCALL, and
/// 100,000 gas each.
const DELEGATOR: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "delegate_call_contract"
        (func $delegate (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "static_call_contract"
        (func $static (param i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $read (i32.const 0))
        (i32.or
            (call $delegate (i32.const 0) (i32.const 20) (i32.const 0) (i64.const 100000)
                (i32.const 100))
            (call $static (i32.const 0) (i32.const 20) (i32.const 0) (i64.const 100000)
                (i32.const 100)))))"#;

fn call_tracer() -> Value {
    json!({ "tracer": "callTracer" })
}

#[tokio::test]
async fn item_92_a_contract_that_destroys_itself_is_a_frame() {
    let mut tracing = Tracing::new();
    let factory = tracing.deploy(&FACTORY).await;
    let receipt = tracing.send(factory, Vec::new()).await;

    let top = tracing.trace(&receipt, call_tracer()).await;
    let steps = tracing.trace(&receipt, json!({ "tracer": "stylusTracer" })).await;
    let logs = tracing.trace(&receipt, json!({})).await;
    let diff = json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } });
    let change = tracing.trace(&receipt, diff).await;

    let child = factory.create(1);
    let creation = &top["calls"][0];
    assert_eq!((&creation["type"], &creation["to"]), (&json!("CREATE"), &json!(child)));
    let end = json!({
        "type": "SELFDESTRUCT", "from": child, "to": factory, "value": "0x0", "gas": "0x0",
        "gasUsed": "0x0", "input": "0x",
    });
    assert_eq!(creation["calls"], json!([end]));
    assert_eq!(names(&steps), ["evm_create1"]);
    assert_eq!(names(&steps[0]["steps"]), ["evm_self_destruct"]);
    assert_eq!(steps[0]["steps"][0]["address"], json!(factory));
    let create = logs["structLogs"].as_array().unwrap().iter().find(|log| log["op"] == "CREATE");
    assert_eq!(create.unwrap()["gasCost"], 32_000 + 2, "without what the frame gets");
    let name = hex::encode_prefixed(child);
    assert_eq!((change["pre"].get(&name), change["post"].get(&name)), (None, None));
}

#[tokio::test]
async fn item_91_delegated_and_static_calls_of_a_program_keep_their_kind() {
    let mut tracing = Tracing::new();
    let delegator = tracing.program(DELEGATOR).await;
    let who = tracing.deploy(&WHO).await;
    let receipt = tracing.send(delegator, relay(who, &[])).await;

    let top = tracing.trace(&receipt, call_tracer()).await;
    let steps = tracing.trace(&receipt, json!({ "tracer": "stylusTracer" })).await;

    let word = |address: Address| hex::encode_prefixed(address.into_word());
    let calls = &top["calls"];
    for (call, kind, acting) in
        [(&calls[0], "DELEGATECALL", delegator), (&calls[1], "STATICCALL", who)]
    {
        assert_eq!((&call["type"], &call["from"]), (&json!(kind), &json!(delegator)));
        assert_eq!((&call["to"], &call["output"]), (&json!(who), &json!(word(acting))));
        assert_eq!(call["gas"], "0x186a0");
    }
    assert_eq!((&calls[0]["value"], calls[1].get("value")), (&json!("0x0"), None));
    let expected =
        ["user_entrypoint", "read_args", "delegate_call_contract", "static_call_contract"];
    assert_eq!(names(&steps)[..4], expected);
    let args = format!("0x{}00000000000186a0", hex::encode(who));
    for step in [&steps[2], &steps[3]] {
        assert_eq!((&step["args"], &step["outs"]), (&json!(args), &json!("0x0000002000")));
        assert_eq!((&step["address"], &step["steps"]), (&json!(who), &json!([])));
    }
}

#[tokio::test]
async fn item_92_a_frame_that_runs_out_of_gas_says_so_and_has_used_all_of_it() {
    let mut tracing = Tracing::new();
    let looping = tracing.deploy(&hex!("5b5f56")).await;
    // CALL(1000, looping, 0, 0, 0, 0, 0)
    let code = [&hex!("5f5f5f5f5f73")[..], looping.as_slice(), &hex!("6103e8f100")].concat();
    let caller = tracing.deploy(&code).await;
    let receipt = tracing.send(caller, Vec::new()).await;

    let top = tracing.trace(&receipt, call_tracer()).await;
    let logs = tracing.trace(&receipt, json!({ "disableStack": true })).await;

    assert_eq!(top.get("error"), None);
    let inner = &top["calls"][0];
    assert_eq!((&inner["gas"], &inner["gasUsed"]), (&json!("0x3e8"), &json!("0x3e8")));
    assert_eq!((&inner["error"], inner.get("output")), (&json!("out of gas"), None));
    let mut inside = logs["structLogs"].as_array().unwrap().iter().filter(|log| log["depth"] == 2);
    let last = inside.next_back().unwrap();
    assert_eq!(last["error"], "out of gas", "{last}");
}

#[tokio::test]
async fn item_92_a_program_that_is_not_activated_says_so_in_its_frame() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&crate::trace_rig::evm_caller()).await;
    let sleeping = tracing.deploy(&crate::trace_rig::program_code(DELEGATOR)).await;
    let receipt = tracing.send(evm, crate::trace_rig::evm_relay(sleeping, &[])).await;

    let top = tracing.trace(&receipt, call_tracer()).await;

    assert_eq!(top["calls"][0]["error"], "error ProgramNotActivated()");
    assert_eq!(top["calls"][0]["gas"], top["calls"][0]["gasUsed"]);
    assert_eq!(top["error"], "execution reverted");
}
