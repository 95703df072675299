//! Blocks, headers, transactions and receipts as bytes (`debug_getRaw…`, devnode.md section 5.1).

use alloy_primitives::Bytes;
use alloy_rlp::Encodable;
use devnode_chain::Block;

use super::Method;
use super::block::{block_at, required};
use super::block_ref::BlockRef;
use crate::context::Context;
use crate::json::render;
use crate::rpc::{Args, Hash32, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "debug_getRawHeader" => Method::Quick(header),
        "debug_getRawBlock" => Method::Quick(block),
        "debug_getRawReceipts" => Method::Quick(receipts),
        "debug_getRawTransaction" => Method::Quick(transaction),
        "debug_getBadBlocks" => Method::Quick(bad_blocks),
        _ => return None,
    })
}

fn named(context: &Context, args: &mut Args<'_>) -> Result<std::sync::Arc<Block>, RpcError> {
    let wanted = required::<BlockRef>(context, args)?;
    args.end()?;
    block_at(context, wanted).ok_or_else(|| RpcError::server("block not found"))
}

fn header(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = named(context, &mut args)?;
    Reply::of(&Bytes::from(alloy_rlp::encode(&block.header)))
}

/// `rlp([header, transactions, uncles])`; typed transactions are strings inside.
fn block(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = named(context, &mut args)?;
    let mut body = Vec::new();
    for one in &block.transactions {
        let raw = one.encoded();
        if one.type_byte() == 0 {
            body.extend_from_slice(&raw);
        } else {
            raw.encode(&mut body);
        }
    }
    let mut payload = Vec::new();
    block.header.encode(&mut payload);
    list(&body, &mut payload);
    list(&[], &mut payload);
    let mut whole = Vec::new();
    list(&payload, &mut whole);
    Reply::of(&Bytes::from(whole))
}

fn list(payload: &[u8], out: &mut Vec<u8>) {
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(out);
    out.extend_from_slice(payload);
}

fn receipts(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = named(context, &mut args)?;
    let all: Vec<Bytes> = block
        .transactions
        .iter()
        .zip(&block.receipts)
        .map(|(one, receipt)| receipt.encoded(one.type_byte()).into())
        .collect();
    Reply::of(&all)
}

/// No bytes where there is no such transaction.
fn transaction(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    let found = context.chain.locate(hash.0);
    Reply::of(
        &found.map(|(block, index)| render::raw(&block.transactions[index])).unwrap_or_default(),
    )
}

/// No block was ever refused.
fn bad_blocks(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of::<[(); 0]>(&[])
}
