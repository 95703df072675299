//! Calls made from a seed: methods that exist, parameters of about the right kind.

use std::fmt::Write;

use alloy_primitives::hex;
use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// `method kind kind …`, one a line.
const METHODS: &str = include_str!("../../methods.txt");

const TAGS: [&str; 6] = ["latest", "pending", "earliest", "safe", "finalized", "0x1"];

/// The funded account, precompiles, virtual contracts, system contracts, nobody.
const ADDRESSES: [&str; 16] = [
    "0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E",
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x0000000000000000000000000000000000000000",
    "0x0000000000000000000000000000000000000064",
    "0x000000000000000000000000000000000000006c",
    "0x000000000000000000000000000000000000006e",
    "0x0000000000000000000000000000000000000070",
    "0x0000000000000000000000000000000000000071",
    "0x0000000000000000000000000000000000000072",
    "0x00000000000000000000000000000000000000c8",
    "0x00000000000000000000000000000000000000c9",
    "0x00000000000000000000000000000000000000ff",
    "0xA4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf",
    "0x4e59b44847b379578588920cA78FbF26c0B4956C",
    "0xA6E41fFD769491a42A6e5Ce453259b93983a22EF",
    "0x1234567890123456789012345678901234567890",
];

const CALL_MEMBERS: [(&str, &str); 17] = [
    ("from", "address"),
    ("to", "address"),
    ("gas", "quantity"),
    ("gasPrice", "quantity"),
    ("maxFeePerGas", "quantity"),
    ("maxPriorityFeePerGas", "quantity"),
    ("value", "quantity"),
    ("nonce", "quantity"),
    ("chainId", "quantity"),
    ("data", "data"),
    ("input", "data"),
    ("accessList", "access"),
    ("authorizationList", "any"),
    ("type", "quantity"),
    ("blobVersionedHashes", "slots"),
    ("maxFeePerBlobGas", "quantity"),
    ("skipL1Charging", "bool"),
];

const FILTER_MEMBERS: [(&str, &str); 5] = [
    ("fromBlock", "block"),
    ("toBlock", "block"),
    ("blockHash", "hash"),
    ("address", "address"),
    ("topics", "slots"),
];

const TRACE_MEMBERS: [(&str, &str); 12] = [
    ("tracer", "tracer"),
    ("tracerConfig", "any"),
    ("timeout", "timeout"),
    ("enableMemory", "bool"),
    ("disableStack", "bool"),
    ("disableStorage", "bool"),
    ("enableReturnData", "bool"),
    ("limit", "number"),
    ("stateOverrides", "overrides"),
    ("blockOverrides", "block_overrides"),
    ("txIndex", "quantity"),
    ("reexec", "number"),
];

const ACCOUNT_MEMBERS: [(&str, &str); 6] = [
    ("balance", "quantity"),
    ("nonce", "quantity"),
    ("code", "data"),
    ("state", "storage"),
    ("stateDiff", "storage"),
    ("movePrecompileToAddress", "address"),
];

const BLOCK_MEMBERS: [(&str, &str); 8] = [
    ("number", "quantity"),
    ("time", "quantity"),
    ("gasLimit", "quantity"),
    ("feeRecipient", "address"),
    ("prevRandao", "hash"),
    ("baseFeePerGas", "quantity"),
    ("blobBaseFee", "quantity"),
    ("withdrawals", "any"),
];

const TRACERS: [&str; 11] = [
    "callTracer",
    "flatCallTracer",
    "prestateTracer",
    "4byteTracer",
    "muxTracer",
    "noopTracer",
    "keccak256PreimageTracer",
    "erc7562Tracer",
    "stylusTracer",
    "{step:function(){},fault:function(){},result:function(){return 1}}",
    "{result:function(c,d){return toHex(c.input)},fault:function(){},step:function(l){l.stack.peek(0)}}",
];

const KINDS: [&str; 5] =
    ["newHeads", "logs", "newPendingTransactions", "syncing", "transactionReceipts"];

/// Selectors that do much: activation, estimates, owner's methods, debug methods.
const SELECTORS: [&str; 14] = [
    "58c780c2", "d70c0ca7", "c94e6eeb", "c3dc5879", "42696350", "928c169a", "1be250d6", "7b9963ef",
    "7ea89f8b", "4700d305", "481f8dbf", "eda1122c", "31862ada", "bbfc0a72",
];

/// The texts that a seed stands for; the seed's end is the end of the last.
pub fn texts(seed: &[u8]) -> Vec<String> {
    let mut seed = Unstructured::new(seed);
    let mut texts = Vec::new();
    while !seed.is_empty() && texts.len() < 16 {
        let Ok(text) = text(&mut seed) else { break };
        texts.push(text);
    }
    texts
}

fn text(seed: &mut Unstructured<'_>) -> Result<String> {
    if !seed.ratio(1, 8)? {
        return call(seed);
    }
    let calls: Result<Vec<String>> = (0..seed.int_in_range(0..=4)?).map(|_| call(seed)).collect();
    Ok(format!("[{}]", calls?.join(",")))
}

fn call(seed: &mut Unstructured<'_>) -> Result<String> {
    let lines: Vec<&str> = METHODS.lines().collect();
    let mut words = seed.choose(&lines)?.split(' ');
    let method = words.next().expect("no line is empty");
    let mut params = Vec::new();
    for kind in words {
        match seed.int_in_range(0..=31)? {
            0 => break,
            // Not for counts: mining 1,000,000 blocks is allowed, and takes memory and a minute.
            1 if kind != "small" => params.push(value(seed, "any", 3)?),
            _ => params.push(value(seed, kind, 3)?),
        }
    }
    let params = params.join(",");
    Ok(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[{params}]}}"#))
}

/// A JSON text of that kind; `depth` bounds the nesting.
fn value(seed: &mut Unstructured<'_>, kind: &str, depth: u32) -> Result<String> {
    Ok(match kind {
        "address" => quoted(seed.choose(&ADDRESSES)?),
        "block" => quoted(seed.choose(&TAGS)?),
        "tracer" => quoted(seed.choose(&TRACERS)?),
        "kind" => quoted(seed.choose(&KINDS)?),
        "timeout" => quoted(seed.choose(&["1ms", "10ms", "-1s", "1h", "1x", ""])?),
        "bool" => seed.arbitrary::<bool>()?.to_string(),
        "small" => seed.arbitrary::<u8>()?.to_string(),
        "number" => (seed.arbitrary::<u64>()? >> seed.int_in_range(0..=63)?).to_string(),
        "quantity" => quantity(seed)?,
        "hash" => quoted(&format!("0x{}", hex::encode(seed.arbitrary::<[u8; 32]>()?))),
        "id" => quoted(&format!("0x{}", hex::encode(seed.arbitrary::<[u8; 16]>()?))),
        "data" => data(seed)?,
        "slots" => list(seed, "hash", depth)?,
        "percentiles" => list(seed, "small", depth)?,
        "access" => list(seed, "access_item", depth)?,
        "access_item" => object(seed, &[("address", "address"), ("storageKeys", "slots")], depth)?,
        "call" => object(seed, &CALL_MEMBERS, depth)?,
        "filter" => object(seed, &FILTER_MEMBERS, depth)?,
        "trace" => object(seed, &TRACE_MEMBERS, depth)?,
        "account" => object(seed, &ACCOUNT_MEMBERS, depth)?,
        "block_overrides" => object(seed, &BLOCK_MEMBERS, depth)?,
        "overrides" => map(seed, "address", "account", depth)?,
        "storage" => map(seed, "hash", "hash", depth)?,
        "trace_filter" => object(seed, &TRACE_FILTER_MEMBERS, depth)?,
        "simulation" => object(seed, &SIMULATION_MEMBERS, depth + 2)?,
        "simulated_blocks" => list(seed, "simulated_block", depth)?,
        "simulated_block" => object(seed, &SIMULATED_BLOCK_MEMBERS, depth)?,
        "calls" => list(seed, "call", depth)?,
        "typed_data" => object(seed, &TYPED_DATA_MEMBERS, depth)?,
        _ => any(seed, depth)?,
    })
}

const TRACE_FILTER_MEMBERS: [(&str, &str); 6] = [
    ("fromBlock", "block"),
    ("toBlock", "block"),
    ("fromAddress", "any"),
    ("toAddress", "any"),
    ("after", "small"),
    ("count", "small"),
];

const SIMULATION_MEMBERS: [(&str, &str); 4] = [
    ("blockStateCalls", "simulated_blocks"),
    ("traceTransfers", "bool"),
    ("validation", "bool"),
    ("returnFullTransactions", "bool"),
];

const SIMULATED_BLOCK_MEMBERS: [(&str, &str); 3] =
    [("blockOverrides", "block_overrides"), ("stateOverrides", "overrides"), ("calls", "calls")];

/// Types that fit a message come from the seeds (seeds.py).
const TYPED_DATA_MEMBERS: [(&str, &str); 4] =
    [("types", "any"), ("primaryType", "any"), ("domain", "any"), ("message", "any")];

/// Any of the kinds, or JSON that is none of them.
fn any(seed: &mut Unstructured<'_>, depth: u32) -> Result<String> {
    const KINDS: [&str; 12] = [
        "address",
        "block",
        "bool",
        "number",
        "quantity",
        "hash",
        "data",
        "call",
        "filter",
        "trace",
        "overrides",
        "slots",
    ];
    if depth > 0 && seed.arbitrary()? {
        let kind = *seed.choose(&KINDS)?;
        return value(seed, kind, depth - 1);
    }
    Ok((*seed.choose(&["null", "-1", "1e400", "0.5", "\"\"", "\"0x\"", "{}", "[]"])?).to_owned())
}

fn quantity(seed: &mut Unstructured<'_>) -> Result<String> {
    let bits = seed.int_in_range(0..=127)?;
    Ok(quoted(&format!("{:#x}", seed.arbitrary::<u128>()? >> bits)))
}

fn data(seed: &mut Unstructured<'_>) -> Result<String> {
    let mut text = "0x".to_owned();
    if seed.arbitrary()? {
        text += seed.choose(&SELECTORS)?;
    }
    let len = seed.int_in_range(0..=160)?.min(seed.len());
    text += &hex::encode(seed.bytes(len)?);
    Ok(quoted(&text))
}

fn object(seed: &mut Unstructured<'_>, members: &[(&str, &str)], depth: u32) -> Result<String> {
    let mut text = "{".to_owned();
    for (name, kind) in members {
        if seed.ratio(1, 3)? {
            let value = value(seed, kind, depth.saturating_sub(1))?;
            let comma = if text.len() > 1 { "," } else { "" };
            write!(text, "{comma}\"{name}\":{value}").expect("memory is enough");
        }
    }
    Ok(text + "}")
}

fn map(seed: &mut Unstructured<'_>, keys: &str, values: &str, depth: u32) -> Result<String> {
    let pairs: Result<Vec<String>> = (0..count(seed, depth)?)
        .map(|_| Ok(format!("{}:{}", value(seed, keys, 0)?, value(seed, values, depth - 1)?)))
        .collect();
    Ok(format!("{{{}}}", pairs?.join(",")))
}

fn list(seed: &mut Unstructured<'_>, kind: &str, depth: u32) -> Result<String> {
    let items: Result<Vec<String>> =
        (0..count(seed, depth)?).map(|_| value(seed, kind, depth - 1)).collect();
    Ok(format!("[{}]", items?.join(",")))
}

/// Elements of a list or map; none where the depth is used up.
fn count(seed: &mut Unstructured<'_>, depth: u32) -> Result<u32> {
    if depth == 0 { Ok(0) } else { seed.int_in_range(0..=3) }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
