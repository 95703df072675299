//! What anvil lets one change, and an Arbitrum chain does not have (devnode.md section 7.1): the
//! answer says why instead of "does not exist".

use crate::context::Context;
use crate::methods::Method;
use crate::rpc::{Args, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "setChainId" => Method::Quick(chain_id),
        "setRpcUrl" => Method::Quick(rpc_url),
        _ => return None,
    })
}

fn chain_id(_: &Context, _: Args<'_>) -> RpcResult {
    Err(RpcError::server(
        "the chain id is part of ArbOS's state and of every signature; choose it at the start",
    ))
}

fn rpc_url(_: &Context, _: Args<'_>) -> RpcResult {
    Err(RpcError::server("this node does not fork other chains"))
}
