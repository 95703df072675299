//! Calls and estimates (devnode.md sections 2.11 and 2.12).

use devnode_chain::{BlockOverrides, CallError, CallRequest, StateOverrides};

use super::Method;
use super::block::state_number;
use super::block_ref::BlockRef;
use super::call_request::{BlockOverrideParam, CallParam, StateOverrideParam};
use crate::context::Context;
use crate::rpc::{Args, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_call" => Method::Heavy(call),
        "eth_estimateGas" => Method::Heavy(estimate_gas),
        _ => return None,
    })
}

/// Everything that a call or an estimate is asked with.
pub(super) struct Asked {
    pub(super) request: CallRequest,
    pub(super) block: BlockRef,
    pub(super) state: StateOverrides,
    pub(super) environment: BlockOverrides,
}

impl Asked {
    pub(super) fn read(
        context: &Context,
        args: &mut Args<'_>,
        default: BlockRef,
    ) -> Result<Self, RpcError> {
        let call: CallParam = args.required()?;
        let block: Option<BlockRef> = args.optional()?;
        let state: Option<StateOverrideParam> = args.optional()?;
        let environment: Option<BlockOverrideParam> = args.optional()?;
        args.end()?;
        Ok(Self {
            request: call.into_request(context.chain.chain_id())?,
            block: block.unwrap_or(default),
            state: state.unwrap_or_default().into_overrides(&context.chain)?,
            environment: environment.unwrap_or_default().into(),
        })
    }

    pub(super) fn is_pending(&self) -> bool {
        self.block == BlockRef::Pending
    }
}

fn call(context: &Context, mut args: Args<'_>) -> RpcResult {
    let asked = Asked::read(context, &mut args, BlockRef::Latest)?;
    let number = state_number(context, asked.block)?;
    let output = context
        .chain
        .call(&asked.request, number, asked.is_pending(), &asked.state, &asked.environment)
        .map_err(refusal)?;
    Reply::of(&output)
}

fn estimate_gas(context: &Context, mut args: Args<'_>) -> RpcResult {
    let asked = Asked::read(context, &mut args, BlockRef::Pending)?;
    let number = state_number(context, asked.block)?;
    let gas = context
        .chain
        .estimate_gas(&asked.request, number, asked.is_pending(), &asked.state, &asked.environment)
        .map_err(refusal)?;
    Ok(Reply::quantity(gas))
}

/// Reverts have a code of their own and carry their data (devnode.md section 5.4).
pub(super) fn refusal(why: CallError) -> RpcError {
    match why {
        CallError::Reverted { message, data } => RpcError::reverted(message, &data),
        other => RpcError::server(other.to_string()),
    }
}
