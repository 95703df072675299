//! Transactions that wait: none, unless automine is off (devnode.md section 5.1, txpool).

use std::collections::BTreeMap;

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_primitives::Address;
use devnode_chain::{Body, Pooled};
use serde::Serialize;
use serde_json::json;

use super::Method;
use crate::context::Context;
use crate::json::{Hex, render};
use crate::rpc::{Args, Reply, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "txpool_status" => Method::Quick(status),
        "txpool_content" => Method::Quick(content),
        "txpool_inspect" => Method::Quick(inspect),
        _ => return None,
    })
}

fn status(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let waiting = context.chain.pooled();
    let queued = waiting.iter().filter(|one| is_queued(context, one)).count() as u64;
    let pending = waiting.len() as u64 - queued;
    Reply::of(&json!({ "pending": Hex::from(pending), "queued": Hex::from(queued) }))
}

fn content(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let chain_id = context.chain.chain_id();
    listed(context, |one, _| render::waiting(one, chain_id))
}

fn inspect(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    listed(context, |_, signed| {
        let to = signed.to().map_or_else(|| "contract creation".to_owned(), |to| to.to_string());
        let (value, gas, price) = (signed.value(), signed.gas_limit(), signed.max_fee_per_gas());
        format!("{to}: {value} wei + {gas} gas × {price} wei")
    })
}

/// Whether a transaction before it is missing.
fn is_queued(context: &Context, one: &Pooled) -> bool {
    let Body::Signed(signed) = &one.body else { return false };
    signed.nonce() >= context.chain.pending_nonce(one.from)
}

/// By sender and nonce.
fn listed<T: Serialize>(context: &Context, show: impl Fn(&Pooled, &TxEnvelope) -> T) -> RpcResult {
    let mut pending = BTreeMap::<Address, BTreeMap<String, T>>::new();
    let mut queued = BTreeMap::<Address, BTreeMap<String, T>>::new();
    for one in context.chain.pooled() {
        if let Body::Signed(signed) = &one.body {
            let shown = show(&one, signed);
            let list = if is_queued(context, &one) { &mut queued } else { &mut pending };
            list.entry(one.from).or_default().insert(signed.nonce().to_string(), shown);
        }
    }
    Reply::of(&json!({ "pending": pending, "queued": queued }))
}
