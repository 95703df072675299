//! Going back (devnode.md section 7.2).

use serde_json::Value;

use super::{done, number, optional_number};
use crate::context::Context;
use crate::methods::Method;
use crate::rpc::{Args, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "snapshot" => Method::Quick(snapshot),
        "revert" => Method::Heavy(revert),
        "reset" => Method::Heavy(reset),
        "rollback" => Method::Heavy(rollback),
        "dumpState" => Method::Heavy(dump),
        "loadState" => Method::Heavy(load),
        _ => return None,
    })
}

fn snapshot(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::quantity(context.chain.snapshot()))
}

fn revert(context: &Context, mut args: Args<'_>) -> RpcResult {
    let id = number(&mut args)?;
    args.end()?;
    Reply::of(&context.chain.revert(id))
}

/// Back to the start; a fork is refused, because nothing of it would be there.
fn reset(context: &Context, mut args: Args<'_>) -> RpcResult {
    let wish: Option<Value> = args.optional()?;
    args.end()?;
    let forking = wish.as_ref().map(|wish| wish.get("forking").unwrap_or(wish));
    if forking.and_then(|wish| wish.get("jsonRpcUrl")).is_some_and(|url| !url.is_null()) {
        return Err(RpcError::server("this node does not fork other chains; call without a URL"));
    }
    context.chain.reset().map_err(|error| RpcError::server(error.to_string()))?;
    context.start_as_configured();
    done()
}

/// Takes the newest blocks away.
fn rollback(context: &Context, mut args: Args<'_>) -> RpcResult {
    let depth = optional_number(&mut args)?.unwrap_or(1);
    args.end()?;
    let head = context.chain.head_number();
    let target = head.checked_sub(depth).filter(|number| context.chain.rewind(*number));
    target.map_or_else(
        || {
            let text = format!("cannot take {depth} blocks away: there are only {head}");
            Err(RpcError::invalid_params(text))
        },
        |_| done(),
    )
}

/// The chain as compressed JSON; history is always part of it.
fn dump(context: &Context, mut args: Args<'_>) -> RpcResult {
    let _preserve_history: Option<bool> = args.optional()?;
    args.end()?;
    let packed = crate::state_file::pack(&context.chain.dump());
    Reply::of(&alloy_primitives::Bytes::from(packed))
}

fn load(context: &Context, mut args: Args<'_>) -> RpcResult {
    let packed: crate::rpc::Data = args.required()?;
    args.end()?;
    let refuse = |why: String| RpcError::invalid_params(format!("invalid state: {why}"));
    let dump = crate::state_file::unpack(&packed.0).map_err(|error| refuse(error.to_string()))?;
    context.chain.load(dump).map_err(|error| refuse(error.to_string()))?;
    Reply::of(&true)
}
