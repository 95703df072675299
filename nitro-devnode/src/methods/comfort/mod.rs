//! What developers know from anvil (devnode.md section 7). The namespaces `anvil`, `evm`,
//! `hardhat` and `tenderly` are aliases of each other.

mod impersonation;
mod information;
mod mining;
mod pool;
mod programs;
mod refusals;
mod reorg;
mod snapshot;
mod state;
mod surroundings;
mod time;
mod token;

pub(super) use impersonation::{send_transaction, send_transaction_sync, send_unsigned};

use super::Method;
use crate::context::Context;
use crate::rpc::{Args, LenientNumber, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    // The same under every alias, but for its answer.
    if name == "evm_mine" {
        return Some(Method::Heavy(mining::evm_mine));
    }
    let (_, name) = name.split_once('_')?;
    time::find(name)
        .or_else(|| mining::find(name))
        .or_else(|| snapshot::find(name))
        .or_else(|| state::find(name))
        .or_else(|| token::find(name))
        .or_else(|| impersonation::find(name))
        .or_else(|| pool::find(name))
        .or_else(|| information::find(name))
        .or_else(|| reorg::find(name))
        .or_else(|| surroundings::find(name))
        .or_else(|| refusals::find(name))
}

/// `arb_…` and `stylus_…`: what an Arbitrum chain needs besides (devnode.md section 7.4).
pub(super) fn find_arbitrum(name: &str) -> Option<Method> {
    Some(match name {
        "arb_setL1BlockNumber" => Method::Quick(surroundings::set_l1_block_number),
        "stylus_activate" => Method::Heavy(programs::activate),
        _ => return None,
    })
}

/// A method that answers with nothing.
fn done() -> RpcResult {
    Ok(Reply::null())
}

/// Sets the exact time of the next block.
fn next_at(context: &Context, time: u64) -> Result<(), RpcError> {
    let set = context.chain.set_next_timestamp(time);
    set.map_err(|refused| RpcError::invalid_params(refused.to_string()))
}

/// The next parameter, a number of up to 64 bits in any dress.
fn number(args: &mut Args<'_>) -> Result<u64, RpcError> {
    small(args.required()?)
}

/// The next parameter, a number of up to 64 bits in any dress, or nothing.
fn optional_number(args: &mut Args<'_>) -> Result<Option<u64>, RpcError> {
    args.optional()?.map(small).transpose()
}

fn small(number: LenientNumber) -> Result<u64, RpcError> {
    let refuse = |_| RpcError::invalid_params(format!("{} is more than 64 bits hold", number.0));
    u64::try_from(number.0).map_err(refuse)
}
