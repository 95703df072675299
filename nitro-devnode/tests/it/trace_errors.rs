//! Traces that cannot be made (devnode.md sections 5.5 and 5.8).

use serde_json::{Value, json};

use crate::rig::{Rig, store, store_contract};
use crate::trace_rig::{Tracing, names};

const NO_HASH: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";

#[tokio::test]
async fn unknown_transactions_and_blocks_are_named() {
    let rig = Rig::new();
    let call = json!({ "to": "0x00000000000000000000000000000000000c0de0" });
    let not_found = format!("block {NO_HASH} not found");
    for (method, params, text) in [
        ("debug_traceTransaction", json!([NO_HASH]), "transaction not found"),
        ("debug_traceBlockByNumber", json!(["0xffff"]), "block #65535 not found"),
        ("debug_traceBlockByHash", json!([NO_HASH]), not_found.as_str()),
        ("debug_traceBlockByNumber", json!(["0x0"]), "genesis is not traceable"),
        ("debug_traceCall", json!([call, "0xffff"]), "block #65535 not found"),
        ("debug_traceCall", json!([call, "pending"]), "tracing on top of pending is not supported"),
    ] {
        assert_eq!(rig.error(method, params).await, (-32000, text.to_owned()), "{method}");
    }
}

#[tokio::test]
async fn wrong_configurations_are_refused_in_gos_words() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(1)).await;
    let option = |name: &str, value: Value| json!({ "tracer": name, "tracerConfig": value });
    for (config, text) in [
        (
            option("callTracer", json!({ "onlyTopCall": "yes" })),
            "json: cannot unmarshal string into Go struct field \
             callTracerConfig.onlyTopCall of type bool",
        ),
        (
            option("prestateTracer", json!([])),
            "json: cannot unmarshal array into Go value of type native.prestateTracerConfig",
        ),
        (
            json!({ "tracer": "stateDiffTracer" }),
            "ReferenceError: stateDiffTracer is not defined at <eval>:1:2(0)",
        ),
        (json!({ "timeout": "soon" }), "time: invalid duration \"soon\""),
        (option("muxTracer", json!({ "nobody": {} })), "tracer not found: nobody"),
    ] {
        let error = tracing.trace_error(&receipt, config.clone()).await;

        assert_eq!(error, (-32000, text.to_owned()), "{config}");
    }
    let (code, _) = tracing.trace_error(&receipt, json!({ "tracer": 5 })).await;
    assert_eq!(code, -32602);
}

#[tokio::test]
async fn a_call_that_cannot_start_says_why() {
    let rig = Rig::new();
    let poor = "0x00000000000000000000000000000000000c0de0";
    let call = json!({ "from": poor, "to": poor, "value": "0x1" });

    let (code, text) = rig.error("debug_traceCall", json!([call, "latest"])).await;

    assert_eq!(code, -32000);
    let expected = "tracing failed: insufficient funds for gas * price + value: address ";
    assert!(text.starts_with(expected), "{text}");
    assert!(!text.contains("supplied gas"), "{text}");
}

#[tokio::test]
async fn a_trace_ends_in_time() {
    let rig = Rig::new();
    let looping = "0x00000000000000000000000000000000000c0de0";
    // JUMPDEST, PUSH0, JUMP
    let state = json!({ looping: { "code": "0x5b5f56" } });
    let config = json!({ "timeout": "10ms", "stateOverrides": state });

    let error = rig.error("debug_traceCall", json!([{ "to": looping }, "latest", config])).await;

    assert_eq!(error, (-32000, "execution timeout".to_owned()));
}

/// Sets a result of as many bytes as the calldata has, twenty thousand times.
const TALKATIVE: &str = r#"(module
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (local $left i32)
        (local.set $left (i32.const 20000))
        (loop $again
            (call $write (i32.const 0) (local.get $len))
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (i32.const 0)))"#;

#[tokio::test]
async fn a_program_cannot_fill_the_memory_with_its_trace() {
    let mut tracing = Tracing::new();
    let talkative = tracing.program(TALKATIVE).await;
    let traced = async |len: usize| {
        let call = json!({ "to": talkative, "input": format!("0x{}", "00".repeat(len)) });
        let config = json!({ "tracer": "stylusTracer", "timeout": "60s" });
        tracing.rig.raw_call("debug_traceCall", json!([call, "latest", config])).await
    };

    let many = traced(0).await;
    let too_many = traced(4000).await;

    assert_eq!(names(&many["result"]).len(), 20_000 + 2);
    assert_eq!(too_many["error"]["message"], "trace exceeds 256 MiB", "80 MB wait at once");
}
