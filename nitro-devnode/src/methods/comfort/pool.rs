//! Transactions that wait while automine is off, and the blobs that none carries.

use alloy_primitives::Address;

use super::done;
use crate::context::Context;
use crate::methods::Method;
use crate::rpc::{Args, Hash32, Reply, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "dropTransaction" => Method::Quick(drop_one),
        "dropAllTransactions" => Method::Quick(drop_all),
        "removePoolTransactions" => Method::Quick(drop_of),
        "getBlobByHash" | "getBlobsByTransactionHash" => Method::Quick(no_blob),
        _ => return None,
    })
}

/// The hash, or null where no such transaction waits.
fn drop_one(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    Reply::of(&context.chain.drop_pooled(hash.0).then_some(hash.0))
}

fn drop_all(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    context.chain.drop_all_pooled(None);
    done()
}

fn drop_of(context: &Context, mut args: Args<'_>) -> RpcResult {
    let sender: Address = args.required()?;
    args.end()?;
    context.chain.drop_all_pooled(Some(sender));
    done()
}

/// There are none on an Arbitrum chain (devnode.md section 1.7).
fn no_blob(_: &Context, mut args: Args<'_>) -> RpcResult {
    let _: Hash32 = args.required()?;
    args.end()?;
    Ok(Reply::null())
}
