//! `trace_…`: call traces in the shape of Parity's (devnode.md section 7.1), made by
//! `flatCallTracer`. Nitro has none of it.

use std::collections::BTreeSet;

use alloy_primitives::Address;
use devnode_trace::{TraceConfig, make};
use serde::Deserialize;
use serde_json::Value;

use super::Method;
use super::block::required;
use super::block_ref::BlockRef;
use super::trace::existing;
use crate::context::Context;
use crate::rpc::{Address20, Args, FromParam, Hash32, Reply, RpcError, RpcResult, object_by_serde};

/// Blocks of one `trace_filter`: each is run again.
const MOST_BLOCKS: u64 = 1_000;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "trace_transaction" => Method::Heavy(transaction),
        "trace_block" => Method::Heavy(block),
        "trace_filter" => Method::Heavy(filter),
        _ => return None,
    })
}

/// What `trace_filter` takes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    from_block: Option<String>,
    to_block: Option<String>,
    from_address: Option<Vec<Address20>>,
    to_address: Option<Vec<Address20>>,
    after: usize,
    count: Option<usize>,
}

impl FromParam for Filter {
    fn from_param(json: &str) -> Result<Self, String> {
        object_by_serde(json, "TraceFilter")
    }
}

fn config() -> TraceConfig {
    TraceConfig::of_tracer("flatCallTracer")
}

/// Null for an unknown transaction.
fn transaction(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    if context.chain.locate(hash.0).is_none() {
        return Ok(Reply::null());
    }
    let trace = context.chain.trace_transaction(hash.0, &mut |place| make(&config(), place));
    trace.map(Reply::from_json).map_err(|error| RpcError::server(error.to_string()))
}

fn block(context: &Context, mut args: Args<'_>) -> RpcResult {
    let wanted = required::<BlockRef>(context, &mut args)?;
    args.end()?;
    let number = existing(context, wanted)?.header.number;
    Reply::of(&traces(context, number)?)
}

/// The traces of all transactions of a block, one after another; none of the genesis block.
fn traces(context: &Context, number: u64) -> Result<Vec<Value>, RpcError> {
    if number == 0 {
        return Ok(Vec::new());
    }
    let refuse = |error: devnode_chain::TraceError| RpcError::server(error.to_string());
    let traced = context.chain.trace_block(number, &mut |place| make(&config(), place));
    let mut all = Vec::new();
    for one in traced.map_err(refuse)? {
        let text = one.result.map_err(refuse)?;
        let calls: Vec<Value> =
            serde_json::from_str(&text).map_err(|error| RpcError::internal(&error))?;
        all.extend(calls);
    }
    Ok(all)
}

/// Calls of a range of blocks, by caller and callee.
fn filter(context: &Context, mut args: Args<'_>) -> RpcResult {
    let filter: Filter = args.required()?;
    args.end()?;
    let head = context.chain.head_number();
    let first = bound(context, filter.from_block.as_deref(), 0)?;
    let last = bound(context, filter.to_block.as_deref(), head)?.min(head);
    if last.saturating_sub(first) >= MOST_BLOCKS {
        let text = format!("at most {MOST_BLOCKS} blocks can be traced in one call");
        return Err(RpcError::invalid_params(text));
    }
    let from = addresses(filter.from_address);
    let to = addresses(filter.to_address);
    let mut found = Vec::new();
    let most = filter.count.unwrap_or(usize::MAX);
    for number in first..=last {
        let calls = traces(context, number)?.into_iter();
        found.extend(calls.filter(|call| is_between(&call["action"], &from, &to)));
        if found.len() >= filter.after.saturating_add(most) {
            break;
        }
    }
    let found: Vec<Value> = found.into_iter().skip(filter.after).take(most).collect();
    Reply::of(&found)
}

fn bound(context: &Context, text: Option<&str>, default: u64) -> Result<u64, RpcError> {
    let Some(text) = text else { return Ok(default) };
    let quoted = Value::from(text).to_string();
    let wanted = BlockRef::from_param(&quoted)
        .map_err(|why| RpcError::invalid_params(format!("invalid argument 0: {why}")))?;
    match wanted {
        BlockRef::Number(number) => Ok(number),
        other => Ok(existing(context, other)?.header.number),
    }
}

fn addresses(list: Option<Vec<Address20>>) -> BTreeSet<Address> {
    list.unwrap_or_default().into_iter().map(Address::from).collect()
}

/// Whether a call goes from one of these accounts to one of those; an empty set means any.
fn is_between(action: &Value, from: &BTreeSet<Address>, to: &BTreeSet<Address>) -> bool {
    let is_in = |accounts: &BTreeSet<Address>, member: &str| {
        let account = action[member].as_str().and_then(|text| text.parse::<Address>().ok());
        accounts.is_empty() || account.is_some_and(|account| accounts.contains(&account))
    };
    is_in(from, "from") && is_in(to, "to")
}
