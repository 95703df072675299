//! The clock (devnode.md section 7.2).

use super::{done, next_at, number};
use crate::context::Context;
use crate::methods::Method;
use crate::rpc::{Args, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "increaseTime" => Method::Quick(increase),
        "setNextBlockTimestamp" => Method::Quick(set_next),
        "setTime" => Method::Quick(set),
        "setBlockTimestampInterval" => Method::Quick(set_interval),
        "removeBlockTimestampInterval" => Method::Quick(remove_interval),
        _ => return None,
    })
}

/// Answers the whole shift in seconds, as a JSON number.
fn increase(context: &Context, mut args: Args<'_>) -> RpcResult {
    let seconds = number(&mut args)?;
    args.end()?;
    let seconds = i64::try_from(seconds)
        .map_err(|_| RpcError::invalid_params(format!("{seconds} seconds are too many")))?;
    Reply::of(&context.chain.increase_time(seconds))
}

fn set_next(context: &Context, mut args: Args<'_>) -> RpcResult {
    let time = number(&mut args)?;
    args.end()?;
    next_at(context, time)?;
    done()
}

/// Answers by how much the time lies ahead; clients read a number without a sign.
fn set(context: &Context, mut args: Args<'_>) -> RpcResult {
    let time = number(&mut args)?;
    args.end()?;
    Reply::of(&context.chain.set_time(time).max(0))
}

fn set_interval(context: &Context, mut args: Args<'_>) -> RpcResult {
    let seconds = number(&mut args)?;
    args.end()?;
    context.chain.set_block_interval(Some(seconds));
    done()
}

/// Whether there was one.
fn remove_interval(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&context.chain.set_block_interval(None).is_some())
}
