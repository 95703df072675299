//! What developers know from anvil outside of its own namespaces (devnode.md section 7.1, "Other
//! APIs"). Nitro has none of it.

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use devnode_chain::Body;
use serde::Serialize;

use super::block::{or_null, required, state_number};
use super::block_ref::BlockRef;
use super::{Method, block};
use crate::context::Context;
use crate::json::render;
use crate::rpc::{Args, Quantity64, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_coinbase" => Method::Quick(coinbase),
        "eth_hashrate" => Method::Quick(hash_rate),
        "eth_protocolVersion" => Method::Quick(protocol_version),
        "eth_getAccount" => Method::Heavy(account),
        "eth_getAccountInfo" => Method::Quick(account_info),
        "eth_getTransactionBySenderAndNonce" => Method::Quick(by_sender_and_nonce),
        "erigon_getHeaderByNumber" => Method::Quick(header),
        _ => return None,
    })
}

/// The sequencer, as the COINBASE opcode answers.
fn coinbase(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let head = context.chain.block(context.chain.head_number());
    Reply::of(&head.map_or(Address::ZERO, |block| block.header.beneficiary))
}

fn hash_rate(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::quantity(0))
}

/// A JSON number, as anvil answers.
fn protocol_version(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&1)
}

/// `[account, block]`: what the state trie holds of it.
fn account(context: &Context, mut args: Args<'_>) -> RpcResult {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Account {
        nonce: U64,
        balance: U256,
        storage_root: B256,
        code_hash: B256,
    }
    let (address, number) = place(context, &mut args)?;
    let proof = context.chain.proof(address, &[], number);
    let proof = proof.ok_or_else(|| RpcError::server("header not found"))?;
    Reply::of(&Account {
        nonce: U64::from(proof.nonce),
        balance: proof.balance,
        storage_root: proof.storage_root,
        code_hash: proof.code_hash,
    })
}

fn account_info(context: &Context, mut args: Args<'_>) -> RpcResult {
    #[derive(Serialize)]
    struct Info {
        balance: U256,
        nonce: U64,
        code: Bytes,
    }
    let (address, number) = place(context, &mut args)?;
    let chain = &context.chain;
    Reply::of(&Info {
        balance: chain.balance(address, number),
        nonce: U64::from(chain.nonce(address, number)),
        code: chain.code(address, number),
    })
}

fn place(context: &Context, args: &mut Args<'_>) -> Result<(Address, u64), RpcError> {
    let address: Address = args.required()?;
    let block: Option<BlockRef> = args.optional()?;
    args.end()?;
    Ok((address, state_number(context, block.unwrap_or_default())?))
}

/// `[sender, nonce]`; null where there is none.
fn by_sender_and_nonce(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (sender, nonce): (Address, Quantity64) = (args.required()?, args.required()?);
    args.end()?;
    or_null(sent(context, sender, nonce.0), |(number, index)| {
        let block = context.chain.block(number);
        or_null(block, |block| {
            Reply::of(&render::transaction(&block, index, context.chain.chain_id()))
        })
    })
}

/// Block and position of the transaction with which an account used a nonce.
pub(super) fn sent(context: &Context, sender: Address, nonce: u64) -> Option<(u64, usize)> {
    let chain = &context.chain;
    // Nonces only grow: the block that used this one is found by halving.
    let (mut before, mut after) = (0, chain.head_number());
    if chain.nonce(sender, after) <= nonce {
        return None;
    }
    while before < after {
        let middle = before + (after - before) / 2;
        if chain.nonce(sender, middle) > nonce { after = middle } else { before = middle + 1 }
    }
    let block = chain.block(after)?;
    let index = block.transactions.iter().position(|one| match &one.body {
        Body::Signed(signed) => one.from == sender && signed.nonce() == nonce,
        Body::Internal { .. } => false,
    })?;
    Some((after, index))
}

fn header(context: &Context, mut args: Args<'_>) -> RpcResult {
    let wanted = required::<BlockRef>(context, &mut args)?;
    args.end()?;
    or_null(block::block_at(context, wanted), |block| Reply::of(&render::header(&block)))
}
