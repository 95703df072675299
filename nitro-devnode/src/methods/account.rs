//! Accounts: balance, nonce, code, storage.

use alloy_primitives::{Address, B256};

use super::Method;
use super::block::state_number;
use super::block_ref::BlockRef;
use crate::context::Context;
use crate::rpc::{Args, Reply, RpcError, RpcResult, StorageKey};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_getBalance" => Method::Quick(balance),
        "eth_getTransactionCount" => Method::Quick(nonce),
        "eth_getCode" => Method::Quick(code),
        "eth_getStorageAt" => Method::Quick(storage),
        _ => return None,
    })
}

fn balance(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (address, number) = place(context, &mut args)?;
    let chain = &context.chain;
    Reply::of(&match number {
        Some(number) => chain.balance(address, number),
        None => chain.pending_balance(address),
    })
}

/// Transactions that wait are counted where `pending` is asked for (devnode.md 7.4, rule 8).
fn nonce(context: &Context, mut args: Args<'_>) -> RpcResult {
    let address: Address = args.required()?;
    let block = named(context, &mut args)?;
    args.end()?;
    if block == BlockRef::Pending {
        return Ok(Reply::quantity(context.chain.pending_nonce(address)));
    }
    let number = state_number(context, block)?;
    Ok(Reply::quantity(context.chain.nonce(address, number)))
}

fn code(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (address, number) = place(context, &mut args)?;
    let chain = &context.chain;
    Reply::of(&match number {
        Some(number) => chain.code(address, number),
        None => chain.pending_code(address),
    })
}

fn storage(context: &Context, mut args: Args<'_>) -> RpcResult {
    let address: Address = args.required()?;
    let slot: StorageKey = args.required()?;
    let chain = &context.chain;
    let word = match block(context, &mut args)? {
        Some(number) => chain.storage(address, slot.0, number),
        None => chain.pending_storage(address, slot.0),
    };
    Reply::of(&B256::from(word))
}

fn place(context: &Context, args: &mut Args<'_>) -> Result<(Address, Option<u64>), RpcError> {
    let address: Address = args.required()?;
    Ok((address, block(context, args)?))
}

/// None for what is pending.
fn block(context: &Context, args: &mut Args<'_>) -> Result<Option<u64>, RpcError> {
    let block = named(context, args)?;
    args.end()?;
    if block == BlockRef::Pending {
        return Ok(None);
    }
    state_number(context, block).map(Some)
}

/// The reference requires the block; anvil and older clients leave it out and mean the newest.
fn named(context: &Context, args: &mut Args<'_>) -> Result<BlockRef, RpcError> {
    if context.manner.is_strict {
        return args.required();
    }
    Ok(args.optional()?.unwrap_or_default())
}
