//! What happened inside of a transaction.

use devnode_chain::Block;
use devnode_trace::{TraceConfig, make};
use serde_json::{Value, json};

use crate::context::Context;
use crate::methods::Method;
use crate::methods::block::or_null;
use crate::rpc::{Args, Hash32, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "ots_getInternalOperations" => Method::Heavy(operations),
        "ots_traceTransaction" => Method::Heavy(trace),
        "ots_getTransactionError" => Method::Heavy(error),
        _ => return None,
    })
}

/// The calls of the transaction at that position, each before those it makes; in Parity's shape.
pub(super) fn calls(
    context: &Context,
    block: &Block,
    index: usize,
) -> Result<Vec<Value>, RpcError> {
    traced(context, block, index, "flatCallTracer")
}

fn traced<T: serde::de::DeserializeOwned>(
    context: &Context,
    block: &Block,
    index: usize,
    tracer: &str,
) -> Result<T, RpcError> {
    let config = TraceConfig::of_tracer(tracer);
    let hash = block.transactions[index].hash;
    let text = context
        .chain
        .trace_transaction(hash, &mut |place| make(&config, place))
        .map_err(|error| RpcError::server(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| RpcError::internal(&error))
}

/// The calls of a transaction that is asked for; none of one that is unknown.
fn wanted(context: &Context, mut args: Args<'_>) -> Result<Vec<Value>, RpcError> {
    let hash: Hash32 = args.required()?;
    args.end()?;
    let found = context.chain.locate(hash.0);
    found.map_or_else(|| Ok(Vec::new()), |(block, index)| calls(context, &block, index))
}

/// Money that moved and contracts that came or went.
fn operations(context: &Context, args: Args<'_>) -> RpcResult {
    let calls = wanted(context, args)?;
    let done = calls.iter().filter(|call| call.get("error").is_none());
    Reply::of(&done.filter_map(operation).collect::<Vec<_>>())
}

fn operation(call: &Value) -> Option<Value> {
    let action = &call["action"];
    let kind = match call["type"].as_str()? {
        "call" if action["callType"] == "call" && action["value"] != "0x0" => 0,
        "suicide" => {
            return Some(json!({
                "type": 1, "from": action["address"], "to": action["refundAddress"],
                "value": action["balance"],
            }));
        }
        "create" if action["creationMethod"] == "create2" => 3,
        "create" => 2,
        _ => return None,
    };
    let to = if kind == 0 { &action["to"] } else { &call["result"]["address"] };
    Some(json!({ "type": kind, "from": action["from"], "to": to, "value": action["value"] }))
}

fn trace(context: &Context, args: Args<'_>) -> RpcResult {
    let calls = wanted(context, args)?;
    Reply::of(&calls.iter().filter_map(frame).collect::<Vec<_>>())
}

/// One call, with the depth that its place in the tree has.
fn frame(call: &Value) -> Option<Value> {
    let (action, result) = (&call["action"], &call["result"]);
    let depth = call["traceAddress"].as_array().map_or(0, Vec::len);
    let bytes = |bytes: &Value| bytes.as_str().unwrap_or("0x").to_owned();
    Some(match call["type"].as_str()? {
        "call" => json!({
            "type": action["callType"].as_str()?.to_uppercase(), "depth": depth,
            "from": action["from"], "to": action["to"], "value": action["value"],
            "input": bytes(&action["input"]), "output": bytes(&result["output"]),
        }),
        "create" => json!({
            "type": action["creationMethod"].as_str().unwrap_or("create").to_uppercase(),
            "depth": depth, "from": action["from"], "to": result["address"],
            "value": action["value"], "input": bytes(&action["init"]),
            "output": bytes(&result["code"]),
        }),
        "suicide" => json!({
            "type": "SELFDESTRUCT", "depth": depth, "from": action["address"],
            "to": action["refundAddress"], "value": action["balance"], "input": "0x",
            "output": "0x",
        }),
        _ => return None,
    })
}

/// What a failed transaction reverted with; no bytes for any other.
fn error(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    let failed =
        context.chain.locate(hash.0).filter(|(block, index)| !block.receipts[*index].succeeded);
    let Some((block, index)) = failed else { return Reply::of("0x") };
    let top: Value = traced(context, &block, index, "callTracer")?;
    or_null(Some(top["output"].as_str().unwrap_or("0x")), Reply::of)
}
