//! Transactions and receipts.

use std::sync::Arc;

use alloy_primitives::B256;
use devnode_chain::Block;

use super::Method;
use super::block::{block_at, or_null, required};
use super::block_ref::BlockRef;
use crate::context::Context;
use crate::json::render;
use crate::rpc::{Args, Hash32, Quantity64, Reply, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_getTransactionReceipt" => Method::Quick(receipt),
        "eth_getTransactionByHash" => Method::Quick(by_hash),
        "eth_getTransactionByBlockNumberAndIndex" => Method::Quick(by_position::<BlockRef>),
        "eth_getTransactionByBlockHashAndIndex" => Method::Quick(by_position::<Hash32>),
        "eth_getRawTransactionByHash" => Method::Quick(raw_by_hash),
        "eth_getRawTransactionByBlockNumberAndIndex" => Method::Quick(raw_by_position::<BlockRef>),
        "eth_getRawTransactionByBlockHashAndIndex" => Method::Quick(raw_by_position::<Hash32>),
        _ => return None,
    })
}

/// The receipt of that transaction, or null.
pub(super) fn receipt_reply(context: &Context, hash: B256) -> RpcResult {
    or_null(context.chain.locate(hash), |(block, index)| Reply::of(&render::receipt(&block, index)))
}

fn receipt(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    receipt_reply(context, hash.0)
}

fn by_hash(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    if let Some((block, index)) = context.chain.locate(hash.0) {
        return Reply::of(&render::transaction(&block, index, context.chain.chain_id()));
    }
    let waiting = context.chain.pooled().into_iter().find(|one| one.hash == hash.0);
    or_null(waiting, |one| Reply::of(&render::waiting(&one, context.chain.chain_id())))
}

fn raw_by_hash(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    raw_reply(context.chain.locate(hash.0))
}

fn by_position<T: crate::rpc::FromParam + Into<BlockRef>>(
    context: &Context,
    mut args: Args<'_>,
) -> RpcResult {
    let found = position::<T>(context, &mut args)?;
    or_null(found, |(block, index)| {
        Reply::of(&render::transaction(&block, index, context.chain.chain_id()))
    })
}

fn raw_by_position<T: crate::rpc::FromParam + Into<BlockRef>>(
    context: &Context,
    mut args: Args<'_>,
) -> RpcResult {
    let found = position::<T>(context, &mut args)?;
    raw_reply(found)
}

/// The bytes of a transaction; go-ethereum answers with none, not with null, where there is none.
fn raw_reply(found: Option<(Arc<Block>, usize)>) -> RpcResult {
    let raw = found.map(|(block, index)| render::raw(&block.transactions[index]));
    Reply::of(&raw.unwrap_or_default())
}

fn position<T: crate::rpc::FromParam + Into<BlockRef>>(
    context: &Context,
    args: &mut Args<'_>,
) -> Result<Option<(Arc<Block>, usize)>, crate::rpc::RpcError> {
    let block = required::<T>(context, args)?;
    let index: Quantity64 = args.required()?;
    args.end()?;
    let found = block_at(context, block).and_then(|block| {
        let index = usize::try_from(index.0).ok()?;
        (index < block.transactions.len()).then_some((block, index))
    });
    Ok(found)
}
