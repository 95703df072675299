//! `arb_` and `arbdebug_` (devnode.md section 5.1).

use alloy_primitives::Bytes;
use devnode_chain::Block;
use serde_json::{Value, json};

use super::Method;
use super::block::{required, state_number};
use super::block_ref::BlockRef;
use crate::context::Context;
use crate::json::Hex;
use crate::rpc::{Args, LenientNumber, Reply, RpcError, RpcResult};

/// Blocks of one `arb_getRawBlockMetadata`.
const MOST_METADATA: u64 = 100;

/// Points of one `arbdebug_pricingModel`: longer ranges are thinned out.
const MOST_POINTS: u64 = 1_000;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "arb_maintenanceStatus" => Method::Quick(maintenance),
        "arb_checkPublisherHealth" => Method::Quick(publisher_health),
        "arb_getRawBlockMetadata" => Method::Quick(metadata),
        "arb_getL1Confirmations" => Method::Quick(confirmations),
        "arb_findBatchContainingBlock" => Method::Quick(batch),
        "arbdebug_pricingModel" => Method::Heavy(pricing),
        "arbdebug_timeoutQueueHistory" => Method::Quick(timeout_history),
        "arbdebug_timeoutQueue" => Method::Quick(timeout_queue),
        _ => return None,
    })
}

fn maintenance(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&json!({ "isRunning": false }))
}

fn publisher_health(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::null())
}

/// One byte of version, and a bit per transaction for "timeboosted": none is.
fn metadata(context: &Context, mut args: Args<'_>) -> RpcResult {
    let first = state_number(context, required::<BlockRef>(context, &mut args)?)?;
    let last = state_number(context, required::<BlockRef>(context, &mut args)?)?;
    args.end()?;
    if first > last {
        return Err(RpcError::server(format!(
            "invalid inputs: fromBlock: {first} is greater than toBlock: {last}"
        )));
    }
    if last - first >= MOST_METADATA {
        let text =
            format!("range too large: at most {MOST_METADATA} blocks, not {}", last - first + 1);
        return Err(RpcError::server(text));
    }
    // Tracked from block 1 on (devnode.md section 1.2).
    let blocks = (first.max(1)..=last).filter_map(|number| context.chain.block(number));
    let all: Vec<_> = blocks
        .map(|block| {
            let flags = block.transactions.len().div_ceil(8);
            let raw = Bytes::from(vec![0_u8; 1 + flags]);
            json!({ "blockNumber": block.header.number, "rawMetadata": raw })
        })
        .collect();
    Reply::of(&all)
}

fn confirmations(context: &Context, mut args: Args<'_>) -> RpcResult {
    known(context, &mut args)?;
    Reply::of(&0)
}

/// No batch is ever posted.
fn batch(context: &Context, mut args: Args<'_>) -> RpcResult {
    let number = known(context, &mut args)?;
    Err(RpcError::server(format!("block {number} is not in any batch: this chain posts none")))
}

/// The next and last parameter: the number of a block that is there, as JSON number.
fn known(context: &Context, args: &mut Args<'_>) -> Result<u64, RpcError> {
    let number: LenientNumber = args.required()?;
    args.end()?;
    let number = number.0.saturating_to();
    if number > context.chain.head_number() {
        return Err(RpcError::server("header not found"));
    }
    Ok(number)
}

fn timeout_queue(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block: Option<BlockRef> = args.optional()?;
    args.end()?;
    let number = state_number(context, block.unwrap_or_default())?;
    Reply::of(&json!({ "blockNumber": number, "tickets": [], "timeouts": [] }))
}

/// Without an L1 there are no retryables, hence no time-outs.
fn timeout_history(context: &Context, mut args: Args<'_>) -> RpcResult {
    let range = range(context, &mut args)?;
    let counts = vec![0; points(&range).count()];
    Reply::of(&json!({
        "start": range.0,
        "end": range.1,
        "step": step(&range),
        "timestamp": timestamps(context, &range),
        "size": counts,
    }))
}

fn pricing(context: &Context, mut args: Args<'_>) -> RpcResult {
    let range = range(context, &mut args)?;
    let mut answer = json!({
        "start": range.0,
        "end": range.1,
        "step": step(&range),
        "timestamp": timestamps(context, &range),
    });
    let mut columns: Vec<(&str, Vec<Value>)> = [
        "baseFee",
        "gasUsed",
        "gasBacklog",
        "l1BaseFeeEstimate",
        "l1LastSurplus",
        "l1FundsDue",
        "l1FundsDueForRewards",
    ]
    .map(|name| (name, Vec::new()))
    .into();
    for number in points(&range) {
        let (Some(block), Some(prices)) =
            (context.chain.block(number), context.chain.prices(number))
        else {
            continue;
        };
        let header = &block.header;
        let values = [
            json!(header.base_fee_per_gas.unwrap_or_default()),
            json!(header.gas_used),
            json!(prices.backlog),
            json!(prices.l1_price_per_unit),
            json!(0),
            json!(0),
            json!(0),
        ];
        columns.iter_mut().zip(values).for_each(|(column, value)| column.1.push(value));
    }
    for (name, values) in columns {
        answer[name] = values.into();
    }
    if let Some(prices) = context.chain.prices(range.1) {
        answer["minBaseFee"] = json!(prices.min_base_fee);
        answer["speedLimit"] = json!(prices.speed_limit);
        answer["perBlockGasLimit"] = json!(prices.per_block_gas_limit);
        answer["perTxGasLimit"] = json!(prices.per_tx_gas_limit);
        answer["pricingInertia"] = json!(prices.pricing_inertia);
        answer["backlogTolerance"] = json!(prices.backlog_tolerance);
    }
    Reply::of(&answer)
}

/// First and last block, both there.
type Range = (u64, u64);

fn range(context: &Context, args: &mut Args<'_>) -> Result<Range, RpcError> {
    let first = state_number(context, required::<BlockRef>(context, args)?)?;
    let last = state_number(context, required::<BlockRef>(context, args)?)?;
    args.end()?;
    if first > last {
        return Err(RpcError::server(format!("invalid block range: {first} to {last}")));
    }
    Ok((first, last))
}

const fn step(range: &Range) -> u64 {
    (range.1 - range.0) / MOST_POINTS + 1
}

fn points(range: &Range) -> impl Iterator<Item = u64> + use<> {
    let (first, last, step) = (range.0, range.1, step(range));
    (0..).map_while(move |index| first.checked_add(index * step).filter(|number| *number <= last))
}

fn timestamps(context: &Context, range: &Range) -> Vec<Hex> {
    let blocks = points(range).filter_map(|number| context.chain.block(number));
    blocks.map(|block: std::sync::Arc<Block>| block.header.timestamp.into()).collect()
}
