//! Acceptance item 94: calls and estimates that fail (devnode.md 2.11, 5.4 and 5.5).

use alloy_primitives::{Address, B256, U256, hex};
use nitro_devnode::DEV_ACCOUNT;
use serde_json::{Value, json};

use super::cast::{deploy, program, salted_code};
use super::pair::{ARB_OWNER, Pair};
use super::rows::{Row, compare};
use crate::rig::{number, reverting};
use crate::trace_rig::{REVERTER, STORER};

/// Where code is put for one call.
const HERE: &str = "0x4141414141414141414141414141414141414141";

/// Most compute gas of a call.
const GAS_CAP: u64 = 50_000_000;

/// Reaches its `unreachable` at once.
const TRAP: &str = r#"(module
    (memory (export "memory") 0 0)
    (func (export "user_entrypoint") (param i32) (result i32) unreachable))"#;

/// Loops for ever.
const ENDLESS: &str = r#"(module
    (memory (export "memory") 0 0)
    (func (export "user_entrypoint") (param i32) (result i32) (loop (br 0)) (i32.const 0)))"#;

/// Calls itself until the stack is full.
const DEEP: &str = r#"(module
    (memory (export "memory") 0 0)
    (func $deep (param i32) (result i32) (call $deep (local.get 0)))
    (func (export "user_entrypoint") (param i32) (result i32) (call $deep (local.get 0))))"#;

/// A call of code that is there for this call only.
fn running(code: &str) -> Value {
    json!([{ "to": HERE, "gas": "0x186a0" }, "latest", { HERE: { "code": code } }])
}

/// Members of a call that contradict each other or the state.
async fn contradictions(pair: &Pair) -> Vec<Row> {
    let from = Address::from_slice(&pair.key("nobody")[12..]);
    let head = pair.ours.head().await;
    let base_fee = number(&head["baseFeePerGas"]);
    let below = |gas: Value, supplied: u64| {
        let call = json!({ "from": from, "to": HERE, "gasPrice": "0x1", "gas": gas });
        let text = format!(
            "err: max fee per gas less than block base fee: address {from}, maxFeePerGas: 1, \
             baseFee: {base_fee} (supplied gas {supplied})"
        );
        Row::call(&format!("2.11: a price below the base fee, gas {gas}"), json!([call]), text)
    };
    let funds = |call: Value, want: U256, supplied: u64| {
        let text = format!(
            "err: insufficient funds for gas * price + value: address {from} have 0 want {want} \
             (supplied gas {supplied})"
        );
        Row::call(&format!("2.11: no money for {call}"), json!([call]), text)
    };
    vec![
        below(Value::Null, GAS_CAP),
        below(json!("0x0"), GAS_CAP),
        below(json!("0x7530"), 30_000),
        below(json!("0x5f5e100"), GAS_CAP),
        funds(json!({ "from": from, "to": HERE, "value": "0x5" }), U256::from(5), GAS_CAP),
        funds(
            json!({ "from": from, "to": HERE, "gas": "0x7530", "gasPrice": "0x4a817c800" }),
            U256::from(600_000_000_000_000_u64),
            30_000,
        ),
        Row::call(
            "2.11: two styles of price",
            json!([{ "to": HERE, "gasPrice": "0x1", "maxFeePerGas": "0x1" }]),
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        ),
        Row::call(
            "2.11: two different inputs",
            json!([{ "to": HERE, "data": "0x01", "input": "0x02" }]),
            "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass \
             transaction call data",
        ),
        Row::call(
            "2.11: an unknown block",
            json!([{ "to": HERE }, "0xffffffff"]),
            "header not found",
        ),
        Row::call(
            "2.11: the whole storage and a part of it",
            json!([{ "to": HERE }, "latest", { HERE: { "state": {}, "stateDiff": {} } }]),
            format!(
                "account {} has both 'state' and 'stateDiff'",
                HERE.parse::<Address>().unwrap()
            ),
        ),
    ]
}

/// Failures of the EVM that are not reverts.
fn halts() -> Vec<Row> {
    let long = format!("0x5b{}600056", "5f".repeat(400));
    [
        ("an endless loop", "0x5b5f56", "out of gas"),
        ("INVALID", "0xfe", "invalid opcode: INVALID"),
        ("an opcode that is not defined", "0x0c", "invalid opcode: opcode 0xc not defined"),
        ("too few words", "0x01", "stack underflow (0 <=> 2)"),
        ("too many words", long.as_str(), "stack limit reached 1024 (1023)"),
        ("a jump to nowhere", "0x60ff56", "invalid jump destination"),
        ("return data that is not there", "0x60205f5f3e", "return data out of bounds"),
        ("memory without end", "0x5f600160f81b52", "gas uint64 overflow"),
        ("BLOBBASEFEE", "0x4a", "BLOBBASEFEE is not supported on Arbitrum"),
    ]
    .map(|(name, code, text)| Row::call(&format!("2.11: {name}"), running(code), text))
    .into()
}

/// Creations that fail.
fn creations() -> Vec<Row> {
    [
        // PUSH1 0xef, PUSH0, MSTORE8, PUSH1 1, PUSH0, RETURN.
        ("0x60ef5f5360015ff3", "invalid code: must not begin with 0xef"),
        // PUSH2 24577, PUSH0, RETURN.
        ("0x6160015ff3", "max code size exceeded"),
    ]
    .map(|(init, text)| {
        let params = json!([{ "input": init }, "latest"]);
        Row::call(&format!("2.11: the creation {init}"), params, text)
    })
    .into()
}

/// Programs that fail in every way.
async fn programs(pair: &mut Pair) -> Vec<Row> {
    let dormant = salted_code(pair, STORER);
    let dormant = deploy(pair, "a dormant program", &dormant, &[]).await;
    let [reverter, trap, endless, deep] = {
        let mut deployed = Vec::new();
        for wat in [REVERTER, TRAP, ENDLESS, DEEP] {
            deployed.push(program(pair, "a program", wat, &[]).await);
        }
        deployed.try_into().unwrap()
    };
    let call = |to: Address| json!([{ "to": to, "input": "0xcafe", "gas": "0x1e8480" }, "latest"]);
    let reverted = "execution reverted";
    vec![
        Row::call("2.11: a dormant program", call(dormant), "error ProgramNotActivated()"),
        Row::call("2.11: status 1", call(reverter), reverted).reverting("cafe"),
        Row::call("2.11: a trap", call(trap), reverted).reverting(""),
        Row::call("2.11: no ink", call(endless), "out of gas"),
        Row::call("2.11: a full stack", call(deep), "max call depth exceeded"),
    ]
}

/// Reverts and what their data means.
fn reverts() -> Vec<Row> {
    let panics = [
        (0x00, "generic panic"),
        (0x01, "assert(false)"),
        (0x11, "arithmetic underflow or overflow"),
        (0x12, "division or modulo by zero"),
        (0x21, "enum overflow"),
        (0x22, "invalid encoded storage byte array accessed"),
        (0x31, "out-of-bounds array access; popping on an empty array"),
        (0x32, "out-of-bounds access of an array or bytesN"),
        (0x41, "out of memory"),
        (0x51, "uninitialized function"),
        (0x99, "unknown panic code: 0x99"),
    ];
    let mut cases: Vec<(String, String)> = panics
        .map(|(code, text)| (format!("4e487b71{code:064x}"), format!("execution reverted: {text}")))
        .into();
    let reason = format!("08c379a0{:064x}{:064x}{:0<64}", 32, 3, hex::encode("why"));
    let plain = || "execution reverted".to_owned();
    cases.extend([
        (String::new(), plain()),
        (format!("cafebabe{:064x}", 42), plain()),
        (reason, "execution reverted: why".to_owned()),
        // A reason that cannot be decoded is none.
        ("08c379a0".to_owned(), plain()),
    ]);
    let rows = cases.into_iter().flat_map(|(data, text)| {
        let code = reverting(&hex::decode(&data).unwrap());
        let pretended = json!({ HERE: { "code": code } });
        ["eth_call", "eth_estimateGas"].map(|method| {
            let params = json!([{ "to": HERE }, "latest", pretended]);
            Row::of(method, &format!("5.4: revert with 0x{data}"), params, &*text).reverting(&data)
        })
    });
    rows.collect()
}

/// Errors of precompiles, which are named.
fn precompiles() -> Vec<Row> {
    let ask = |to: &str, selector: &str, argument: &str| {
        let input = format!("0x{selector}{argument:0>64}");
        json!([{ "from": DEV_ACCOUNT.address, "to": format!("0x{to:0>40}"), "input": input }])
    };
    let (hash, nobody) = ("11".repeat(32), "77".repeat(20));
    let needs_upgrade = format!("637d968f{:064x}{:064x}", 0, 2);
    let stranger =
        json!([{ "from": HERE, "to": ARB_OWNER, "input": format!("0x4d7a060d{:064x}", 1) }]);
    let text = |name: &str| format!("execution reverted: error {name}");
    vec![
        Row::call(
            "5.4: codehashVersion",
            ask("71", "d70c0ca7", &hash),
            text("ProgramNotActivated()"),
        )
        .reverting("6f809c4e"),
        Row::call("5.4: activateProgram", ask("71", "58c780c2", &nobody), text("ProgramNotWasm()"))
            .reverting("27f38212"),
        Row::call(
            "5.4: cacheProgram",
            ask("72", "e73ac9f2", &nobody),
            text("ProgramNeedsUpgrade(0, 2)"),
        )
        .reverting(&needs_upgrade),
        Row::call("5.4: getTimeout", ask("6e", "9f1025c6", &hash), text("NoTicketWithID()"))
            .reverting("80698456"),
        Row::call(
            "5.4: startBlock",
            ask("a4b05", "6bf6a42d", &"0".repeat(256)),
            text("CallerNotArbOS()"),
        )
        .reverting("f812e656"),
        Row::call("4.1: an unknown selector", ask("64", "deadbeef", ""), "execution reverted")
            .reverting(""),
        Row::call("4.2: not an owner", stranger, "unauthorized caller to access-controlled method"),
    ]
}

/// Other messages.
fn others(pair: &Pair) -> Vec<Row> {
    let unknown = B256::repeat_byte(0x5c);
    let from = Address::from_slice(&pair.key("nobody")[12..]);
    let poor = json!([{ "from": from, "to": HERE, "value": "0x1", "gasPrice": "0x174876e800" }]);
    let loops = json!({ HERE: { "code": "0x5b5f56" } });
    let short_of = json!([{ "to": HERE, "gas": "0x186a0" }, "latest", loops]);
    let of_hash = json!([HERE, { "blockHash": unknown }]);
    [
        ("eth_getBalance", "5.5: a number", json!([HERE, "0xffffffff"]), "header not found"),
        ("eth_getBalance", "5.5: a hash", of_hash, "header for hash not found"),
        ("debug_traceTransaction", "5.5: nothing", json!([unknown]), "transaction not found"),
        ("debug_traceBlockByNumber", "5.5: genesis", json!(["0x0"]), "genesis is not traceable"),
        ("eth_getFilterChanges", "5.5: no filter", json!(["0x1"]), "filter not found"),
        ("eth_estimateGas", "2.12: no money", poor, "insufficient funds for transfer"),
        ("eth_estimateGas", "5.5: a loop", short_of, "gas required exceeds allowance (100000)"),
    ]
    .map(|(method, name, params, text)| Row::of(method, name, params, text))
    .into()
}

#[tokio::test]
async fn item_94_calls_and_estimates_fail_with_the_same_code_and_words() {
    let mut pair = Pair::meet("failures").await;

    let mut rows = programs(&mut pair).await;
    rows.extend(contradictions(&pair).await);
    rows.extend(halts());
    rows.extend(creations());
    rows.extend(reverts());
    rows.extend(precompiles());
    rows.extend(others(&pair));
    compare(&mut pair, &rows).await;

    pair.agrees();
}
