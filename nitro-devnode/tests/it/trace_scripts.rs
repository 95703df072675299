//! Tracers in JavaScript (devnode.md section 5.8), acceptance items 80 and 81.

use serde_json::{Value, json};

use crate::rig::{Rig, init_code, store, store_contract};
use crate::trace_rig::{
    CALLER, CREATOR, STORER, Tracing, evm_caller, evm_relay, key_and_value, names, relay,
};

/// A script that uses the interface as cargo-stylus's does.
const HOST_CALLS: &str = include_str!("host_calls.js");

fn script(source: &str) -> Value {
    json!({ "tracer": source, "tracerConfig": {} })
}

#[tokio::test]
async fn item_80_a_script_gets_the_same_steps_as_the_native_tracer() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let (caller, storer) = (tracing.program(CALLER).await, tracing.program(STORER).await);
    let plain = tracing.send(storer, key_and_value(1, 7)).await;
    let nested = tracing.send(caller, relay(caller, &relay(storer, &key_and_value(1, 7)))).await;

    for receipt in [plain, nested] {
        let steps = tracing.trace(&receipt, script(HOST_CALLS)).await;

        assert_eq!(steps, tracing.trace(&receipt, json!({ "tracer": "stylusTracer" })).await);
        assert_eq!(names(&steps).first(), Some(&"user_entrypoint"));
        assert_eq!(names(&steps).last(), Some(&"user_returned"));
    }
    let from_evm = tracing.send(evm, evm_relay(storer, &key_and_value(1, 8))).await;
    let steps = tracing.trace(&from_evm, script(HOST_CALLS)).await;
    let members: Vec<_> = steps[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["address", "name", "steps"], "frames of no host call have only these");
}

#[tokio::test]
async fn a_script_sees_creations_unmerged() {
    let mut tracing = Tracing::new();
    let creator = tracing.program(CREATOR).await;
    let receipt = tracing.send(creator, init_code(&[0x00])).await;

    let steps = tracing.trace(&receipt, script(HOST_CALLS)).await;

    let expected = ["user_entrypoint", "read_args", "evm_create1", "create1", "user_returned"];
    assert_eq!(names(&steps), expected);
}

#[tokio::test]
async fn item_82_a_script_traces_a_call() {
    let mut tracing = Tracing::new();
    let storer = tracing.program(STORER).await;
    let input = alloy_primitives::hex::encode_prefixed(key_and_value(1, 5));
    let params = json!([{ "to": storer, "input": input }, "latest", script(HOST_CALLS)]);

    let steps = tracing.rig.call("debug_traceCall", params).await;

    assert_eq!(names(&steps).len(), 9);
}

/// Uses what go-ethereum offers to `step`.
const STEPS: &str = r#"{
    seen: [], before: null,
    step(log, db) {
        if (log.op.toString() === "SSTORE") {
            const slot = log.stack.peek(0).toString(16);
            this.before = toHex(db.getState(log.contract.getAddress(), toWord("0x" + slot)));
            this.seen.push([log.getPC(), log.getGas() - log.getCost(), log.getDepth(),
                log.stack.length(), log.stack.peek(1).plus(1).toString(), log.memory.length(),
                toHex(log.contract.getInput()).length]);
        }
    },
    fault(log, db) {},
    result(ctx, db) {
        return { seen: this.seen, before: this.before, type: ctx.type, to: toHex(ctx.to),
            used: ctx.gasUsed, balance: db.getBalance(ctx.to).isZero(), exists: db.exists(ctx.to),
            precompile: isPrecompiled(toAddress("0x71")), output: toHex(ctx.output) };
    }
}"#;

#[tokio::test]
async fn a_script_can_look_at_every_instruction() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    tracing.send(contract, store(6)).await;
    let receipt = tracing.send(contract, store(7)).await;

    let result = tracing.trace(&receipt, script(STEPS)).await;

    let steps = tracing.trace(&receipt, json!({})).await;
    let at = steps["structLogs"].as_array().unwrap().iter().find(|step| step["op"] == "SSTORE");
    let at = at.unwrap();
    let left = at["gas"].as_u64().unwrap() - at["gasCost"].as_u64().unwrap();
    let expected = json!({
        "seen": [[at["pc"], left, 1, at["stack"].as_array().unwrap().len(), "8", 0, 2 + 2 * 36]],
        "before": format!("0x{:064x}", 6), "type": "CALL", "to": contract,
        "used": crate::rig::number(&receipt["gasUsed"]), "balance": true, "exists": true,
        "precompile": true, "output": format!("0x{:064x}", 7),
    });
    assert_eq!(result, expected);
}

/// Uses the functions that go-ethereum gives to scripts.
const FUNCTIONS: &str = r#"{
    fault() {},
    setup(config) { this.config = JSON.parse(config); },
    result(ctx, db) {
        const from = toAddress("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");
        return {
            config: this.config,
            sum: bigInt("ff", 16).add(1).multiply(bigInt(2).pow(70)).toString(),
            parts: [bigInt(-7).divide(2), bigInt(-7).mod(2), bigInt(7).compare(8)],
            order: [bigInt(3).gt(2), bigInt(3).leq("2"), bigInt.isInstance(bigInt(1))],
            hex: bigInt(255).toString(16),
            word: toHex(toWord("0x1234")).length,
            slice: toHex(slice([1, 2, 3, 4], 1, 3)),
            create: toHex(toContract(from, 1)),
            create2: toHex(toContract2("0x0000000000000000000000000000000000000000",
                "0x0000000000000000000000000000000000000000000000000000000000000000", "0x00")),
            code: toHex(db.getCode(ctx.to)).length > 2,
            nonce: db.getNonce(ctx.from),
        };
    }
}"#;

#[tokio::test]
async fn a_script_has_go_ethereums_functions() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(1)).await;
    let config = json!({ "tracer": FUNCTIONS, "tracerConfig": { "depth": 3 } });

    let result = tracing.trace(&receipt, config).await;

    // The addresses are those of Ethereum's mainnet (CryptoKitties' deployer) and of EIP-1014.
    let expected = json!({
        "config": { "depth": 3 },
        "sum": "302231454903657293676544",
        "parts": ["-3", "-1", -1],
        "order": [true, false, true],
        "hex": "ff",
        "word": 66,
        "slice": "0x0203",
        "create": "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "create2": "0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38",
        "code": true,
        "nonce": 2,
    });
    assert_eq!(result, expected);
}

#[tokio::test]
async fn bad_scripts_are_refused_with_the_reason() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(1)).await;
    for (source, text) in [
        ("{}", "trace object must expose a function result()"),
        ("{ result() {} }", "trace object must expose a function fault()"),
        (
            "{ result() {}, fault() {}, enter() {} }",
            "trace object must expose either both or none of enter() and exit()",
        ),
        ("{ result( }", "SyntaxError: "),
    ] {
        let (code, error) = tracing.trace_error(&receipt, script(source)).await;

        assert_eq!(code, -32000);
        assert!(error.starts_with(text), "{source}: {error}");
    }
}

#[tokio::test]
async fn a_script_that_throws_is_an_error_with_its_text() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(1)).await;
    for (source, function) in [
        ("{ step() { throw new Error('boom') }, fault() {}, result() {} }", "step"),
        ("{ fault() {}, result() { throw new Error('boom') } }", "result"),
    ] {
        let (code, error) = tracing.trace_error(&receipt, script(source)).await;

        assert_eq!(code, -32000);
        assert!(error.starts_with("Error: boom"), "{error}");
        let end = format!("    in server-side tracer function '{function}'");
        assert!(error.ends_with(&end), "{error}");
    }
}

#[tokio::test]
async fn a_script_that_loops_or_eats_memory_ends_and_the_node_goes_on() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(1)).await;
    let within = |source: &str| json!({ "tracer": source, "timeout": "200ms" });

    let late = tracing.trace_error(&receipt, within("(() => { for (;;) {} })()")).await;
    let looping = "{ step() { for (;;) {} }, fault() {}, result() {} }";
    let looping = tracing.trace_error(&receipt, within(looping)).await;
    let matching = "{ fault() {}, result() { return /^(a+)+$/.test('a'.repeat(50) + 'b'); } }";
    let matching = tracing.trace_error(&receipt, within(matching)).await;
    let hungry = "{ fault() {}, result() { const a = []; for (;;) a.push(new Uint8Array(1e6)); } }";
    let hungry = tracing.trace_error(&receipt, script(hungry)).await;
    let deep = "{ fault() {}, result() { const f = () => f(); return f(); } }";
    let deep = tracing.trace_error(&receipt, script(deep)).await;

    assert_eq!(late, (-32000, "execution timeout".to_owned()));
    assert!(looping.1.starts_with("execution timeout"), "{looping:?}");
    assert!(matching.1.starts_with("execution timeout"), "{matching:?}");
    assert!(hungry.1.contains("out of memory"), "{hungry:?}");
    assert!(deep.1.contains("stack"), "{deep:?}");
    assert_eq!(tracing.rig.call("eth_chainId", json!([])).await, "0x64aba");
}

#[tokio::test]
async fn item_80_scripts_trace_whole_blocks() {
    let rig = Rig::new();
    let source = "{ fault() {}, result(ctx) { if (ctx.gas === 0) throw 'no gas'; return 1; } }";

    let traces = rig.call("debug_traceBlockByNumber", json!(["0x1", script(source)])).await;

    assert!(traces[0]["error"].as_str().unwrap().starts_with("no gas"), "{traces}");
    assert_eq!(traces[1]["result"], 1);
}
