//! What the next blocks say of the world around them (devnode.md sections 7.1 and 7.4, rule 4).

use alloy_primitives::Address;

use super::{done, number};
use crate::context::Context;
use crate::methods::Method;
use crate::rpc::{Args, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "setCoinbase" => Method::Quick(set_coinbase),
        _ => return None,
    })
}

/// Contracts see it from the next block on. As on Nitro, only blocks of the sequencer collect for L1.
fn set_coinbase(context: &Context, mut args: Args<'_>) -> RpcResult {
    let account: Address = args.required()?;
    args.end()?;
    context.chain.set_coinbase(account);
    done()
}

/// `arb_setL1BlockNumber [number]`: what the NUMBER opcode answers from the next block on.
pub(super) fn set_l1_block_number(context: &Context, mut args: Args<'_>) -> RpcResult {
    let number = number(&mut args)?;
    args.end()?;
    if !context.chain.set_l1_number(number) {
        let text =
            format!("L1 block numbers do not go back, and {number} is lower than the present");
        return Err(RpcError::invalid_params(text));
    }
    done()
}
