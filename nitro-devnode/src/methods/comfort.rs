//! What developers know from anvil (devnode.md section 7).

use serde_json::json;

use super::Method;
use crate::context::Context;
use crate::rpc::{Args, Quantity64, Reply, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "anvil_nodeInfo" => Method::Quick(node_info),
        "anvil_metadata" | "hardhat_metadata" => Method::Quick(metadata),
        "anvil_getAutomine" | "hardhat_getAutomine" => Method::Quick(is_automine),
        "evm_snapshot" | "anvil_snapshot" => Method::Quick(snapshot),
        "evm_revert" | "anvil_revert" => Method::Heavy(revert),
        _ => return None,
    })
}

/// The id of a snapshot is the number of the block it was taken at.
fn snapshot(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::quantity(context.chain.head_number()))
}

fn revert(context: &Context, mut args: Args<'_>) -> RpcResult {
    let number: Quantity64 = args.required()?;
    args.end()?;
    Reply::of(&context.chain.rewind(number.0))
}

fn node_info(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let chain = &context.chain;
    let number = chain.head_number();
    super::block::or_null(chain.block(number), |head| {
        let base_fee = format!("{:#x}", head.header.base_fee_per_gas.unwrap_or_default());
        Reply::of(&json!({
            "currentBlockNumber": format!("{number:#x}"),
            "currentBlockTimestamp": head.header.timestamp,
            "currentBlockHash": head.hash,
            "hardFork": "arbos",
            "transactionOrder": "fifo",
            "environment": {
                "baseFee": base_fee,
                "chainId": chain.chain_id(),
                "gasLimit": format!("{:#x}", head.header.gas_limit),
                "gasPrice": base_fee,
            },
            "forkConfig": { "forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null },
        }))
    })
}

fn metadata(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let chain = &context.chain;
    let number = chain.head_number();
    super::block::or_null(chain.block(number), |head| {
        Reply::of(&json!({
            "clientVersion": super::identity::client_version(),
            "chainId": chain.chain_id(),
            "instanceId": context.instance,
            "latestBlockNumber": number,
            "latestBlockHash": head.hash,
            "forkedNetwork": null,
            "snapshots": {},
        }))
    })
}

/// Every accepted transaction is in a block when its hash is returned.
fn is_automine(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&true)
}
