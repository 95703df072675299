//! What the node tells of itself (devnode.md section 7.2).

use serde_json::{Map, json};

use crate::context::Context;
use crate::methods::{Method, block::or_null, identity};
use crate::rpc::{Args, Reply, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "nodeInfo" => Method::Quick(node_info),
        "metadata" => Method::Quick(metadata),
        "getGenesisTime" => Method::Quick(genesis_time),
        _ => return None,
    })
}

fn node_info(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let chain = &context.chain;
    let number = chain.head_number();
    or_null(chain.block(number), |head| {
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
    let snapshots: Map<_, _> = chain
        .snapshots()
        .into_iter()
        .map(|(id, number, hash)| (format!("{id:#x}"), json!([number, hash])))
        .collect();
    or_null(chain.block(number), |head| {
        Reply::of(&json!({
            "clientVersion": identity::client_version(context),
            "chainId": chain.chain_id(),
            "instanceId": context.instance,
            "latestBlockNumber": number,
            "latestBlockHash": head.hash,
            "forkedNetwork": null,
            "snapshots": snapshots,
        }))
    })
}

/// Genesis is of 1970, as Nitro's; what is asked for is when the chain began to move.
fn genesis_time(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let first = context.chain.block(1).or_else(|| context.chain.block(0));
    Reply::of(&first.map_or(0, |block| block.header.timestamp))
}
