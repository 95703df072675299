//! Blocks and headers.

use std::sync::Arc;

use devnode_chain::Block;

use super::Method;
use super::block_ref::BlockRef;
use crate::context::Context;
use crate::json::{HeadJson, render};
use crate::rpc::{Args, FromParam, Hash32, Quantity64, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_blockNumber" => Method::Quick(number),
        "eth_getBlockByNumber" => Method::Quick(by_number),
        "eth_getBlockByHash" => Method::Quick(by_hash),
        "eth_getHeaderByNumber" => Method::Quick(header_by_number),
        "eth_getHeaderByHash" => Method::Quick(header_by_hash),
        "eth_getBlockReceipts" => Method::Quick(receipts),
        "eth_getBlockTransactionCountByNumber" => Method::Quick(count_by_number),
        "eth_getBlockTransactionCountByHash" => Method::Quick(count_by_hash),
        "eth_getUncleCountByBlockNumber" => Method::Quick(no_uncles::<BlockRef>),
        "eth_getUncleCountByBlockHash" => Method::Quick(no_uncles::<Hash32>),
        "eth_getUncleByBlockNumberAndIndex" => Method::Quick(no_uncle::<BlockRef>),
        "eth_getUncleByBlockHashAndIndex" => Method::Quick(no_uncle::<Hash32>),
        _ => return None,
    })
}

/// Refuses what Nitro's dev mode has no answer to (devnode.md section 2.8).
pub(super) fn check_confirmed(context: &Context, block: BlockRef) -> Result<(), RpcError> {
    match block {
        BlockRef::Safe if context.manner.is_strict => Err(RpcError::server("safe block not found")),
        BlockRef::Finalized if context.manner.is_strict => {
            Err(RpcError::server("finalized block not found"))
        }
        _ => Ok(()),
    }
}

/// The next parameter: a block that can be asked for.
pub(super) fn required<T: FromParam + Into<BlockRef>>(
    context: &Context,
    args: &mut Args<'_>,
) -> Result<BlockRef, RpcError> {
    let block: BlockRef = args.required::<T>()?.into();
    check_confirmed(context, block)?;
    Ok(block)
}

/// The block that a request names; `None` where there is none. Transactions that wait make a block
/// of their own, which is `pending`.
pub(super) fn block_at(context: &Context, block: BlockRef) -> Option<Arc<Block>> {
    match block {
        BlockRef::Pending => context.chain.pending_block(),
        BlockRef::Number(number) => context.chain.block(number),
        BlockRef::Hash(hash) => context.chain.block_by_hash(hash),
        BlockRef::Earliest => context.chain.block(0),
        BlockRef::Latest | BlockRef::Safe | BlockRef::Finalized => {
            context.chain.block(context.chain.head_number())
        }
    }
}

/// The number of a block whose state is asked for (devnode.md section 5.5).
pub(super) fn state_number(context: &Context, block: BlockRef) -> Result<u64, RpcError> {
    check_confirmed(context, block)?;
    let head = context.chain.head_number();
    match block {
        BlockRef::Number(number) if number <= head => Ok(number),
        BlockRef::Number(_) => Err(RpcError::server("header not found")),
        BlockRef::Earliest => Ok(0),
        BlockRef::Latest | BlockRef::Safe | BlockRef::Finalized | BlockRef::Pending => Ok(head),
        BlockRef::Hash(hash) => context
            .chain
            .block_by_hash(hash)
            .map(|block| block.header.number)
            .ok_or_else(|| RpcError::server("header for hash not found")),
    }
}

/// The notification of one block by `newHeads`.
pub(super) fn head_reply(block: &Block) -> RpcResult {
    Reply::of(&HeadJson::from(render::header(block)))
}

fn number(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::quantity(context.chain.head_number()))
}

fn by_number(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = required::<BlockRef>(context, &mut args)?;
    let is_full: bool = args.required()?;
    args.end()?;
    let Some(found) = block_at(context, block) else { return Ok(Reply::null()) };
    let mut json = render::block(&found, is_full, context.chain.chain_id());
    if block == BlockRef::Pending {
        json = render::unsealed(json);
    }
    Reply::of(&json)
}

fn by_hash(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    let is_full: bool = args.required()?;
    args.end()?;
    or_null(context.chain.block_by_hash(hash.0), |block| {
        Reply::of(&render::block(&block, is_full, context.chain.chain_id()))
    })
}

fn header_by_number(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = required::<BlockRef>(context, &mut args)?;
    args.end()?;
    or_null(block_at(context, block), |found| {
        let mut json = render::header(&found);
        if block == BlockRef::Pending {
            json = render::unsealed_header(json);
        }
        Reply::of(&json)
    })
}

fn header_by_hash(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    or_null(context.chain.block_by_hash(hash.0), |block| Reply::of(&render::header(&block)))
}

fn receipts(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = required::<BlockRef>(context, &mut args)?;
    args.end()?;
    or_null(block_at(context, block), |block| {
        let all: Vec<_> =
            (0..block.receipts.len()).map(|index| render::receipt(&block, index)).collect();
        Reply::of(&all)
    })
}

fn count_by_number(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = required::<BlockRef>(context, &mut args)?;
    args.end()?;
    or_null(block_at(context, block), |block| Ok(count(&block)))
}

fn count_by_hash(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    or_null(context.chain.block_by_hash(hash.0), |block| Ok(count(&block)))
}

fn count(block: &Block) -> Reply {
    Reply::quantity(block.transactions.len() as u64)
}

fn no_uncles<T: FromParam + Into<BlockRef>>(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = required::<T>(context, &mut args)?;
    args.end()?;
    or_null(block_at(context, block), |_| Ok(Reply::quantity(0)))
}

fn no_uncle<T: FromParam>(_: &Context, mut args: Args<'_>) -> RpcResult {
    let _: T = args.required()?;
    let _: Quantity64 = args.required()?;
    args.end()?;
    Ok(Reply::null())
}

/// What is not there is null (devnode.md section 5.1).
pub(super) fn or_null<T>(found: Option<T>, reply: impl FnOnce(T) -> RpcResult) -> RpcResult {
    found.map_or_else(|| Ok(Reply::null()), reply)
}
