//! Blocks and their transactions, page by page.

use alloy_primitives::{Address, U256};
use devnode_chain::Block;
use serde::Serialize;
use serde_json::{Value, json};

use super::Height;
use crate::context::Context;
use crate::json::render;
use crate::methods::Method;
use crate::methods::block::{block_at, or_null, required, state_number};
use crate::methods::block_ref::BlockRef;
use crate::rpc::{Args, FromParam, Hash32, LenientNumber, Reply, RpcError, RpcResult};

/// The version of the interface.
const API_LEVEL: u64 = 8;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "ots_getApiLevel" => Method::Quick(api_level),
        "ots_hasCode" => Method::Quick(has_code),
        "ots_getBlockDetails" => Method::Quick(details::<Height>),
        "ots_getBlockDetailsByHash" => Method::Quick(details::<Hash32>),
        "ots_getBlockTransactions" => Method::Quick(transactions),
        _ => return None,
    })
}

fn api_level(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&API_LEVEL)
}

fn has_code(context: &Context, mut args: Args<'_>) -> RpcResult {
    let account: Address = args.required()?;
    let block: Option<Height> = args.optional()?;
    args.end()?;
    let number = state_number(context, block.map_or_else(BlockRef::default, Into::into))?;
    Reply::of(&!context.chain.code(account, number).is_empty())
}

/// A block without its transactions, and what was paid in it.
fn details<T: FromParam + Into<BlockRef>>(context: &Context, mut args: Args<'_>) -> RpcResult {
    let wanted = required::<T>(context, &mut args)?;
    args.end()?;
    or_null(block_at(context, wanted), |block| {
        Reply::of(&json!({
            "block": shown(context, &block, false)?,
            "issuance": { "blockReward": "0x0", "uncleReward": "0x0", "issuance": "0x0" },
            "totalFees": fees(&block),
        }))
    })
}

/// A block with the number of its transactions, and with these themselves or without.
fn shown(context: &Context, block: &Block, is_full: bool) -> Result<Value, RpcError> {
    let mut json = value(&render::block(block, is_full, context.chain.chain_id()))?;
    if !is_full && let Some(members) = json.as_object_mut() {
        members.remove("transactions");
    }
    json["transactionCount"] = block.transactions.len().into();
    Ok(json)
}

/// What all senders of the block paid for gas, in wei.
fn fees(block: &Block) -> U256 {
    let paid = |receipt: &devnode_chain::Receipt| {
        U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price)
    };
    block.receipts.iter().map(paid).sum()
}

/// `[block, page, size]`: some of a block's transactions with their receipts.
fn transactions(context: &Context, mut args: Args<'_>) -> RpcResult {
    let wanted = required::<Height>(context, &mut args)?;
    let (page, size): (LenientNumber, LenientNumber) = (args.required()?, args.required()?);
    args.end()?;
    or_null(block_at(context, wanted), |block| {
        let (page, size) = (page.0.saturating_to::<usize>(), size.0.saturating_to::<usize>());
        let places = (0..block.transactions.len()).skip(page.saturating_mul(size)).take(size);
        let mut full = shown(context, &block, true)?;
        let mut receipts = Vec::new();
        let mut transactions = Vec::new();
        for place in places {
            transactions.push(full["transactions"][place].take());
            receipts.push(timed_receipt(&block, place)?);
        }
        full["transactions"] = transactions.into();
        Reply::of(&json!({ "fullblock": full, "receipts": receipts }))
    })
}

/// A receipt that says when.
pub(super) fn timed_receipt(block: &Block, index: usize) -> Result<Value, RpcError> {
    let mut json = value(&render::receipt(block, index))?;
    json["timestamp"] = format!("{:#x}", block.header.timestamp).into();
    Ok(json)
}

pub(super) fn value(json: &impl Serialize) -> Result<Value, RpcError> {
    serde_json::to_value(json).map_err(|error| RpcError::internal(&error))
}
