//! When blocks are made (devnode.md section 7.2).

use std::time::Duration;

use devnode_chain::Mining;
use serde::Deserialize;

use super::{done, next_at, number, optional_number};
use crate::context::Context;
use crate::json::render;
use crate::methods::Method;
use crate::rpc::{Args, FromParam, LenientNumber, Reply, RpcError, RpcResult, by_serde};

/// Blocks of one call: each costs memory for ever.
const MOST_BLOCKS: u64 = 1_000_000;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "mine" => Method::Heavy(mine),
        "mine_detailed" => Method::Heavy(mine_detailed),
        "setAutomine" => Method::Heavy(set_automine),
        "getAutomine" => Method::Quick(is_automine),
        "setIntervalMining" => Method::Quick(set_interval),
        "getIntervalMining" => Method::Quick(interval),
        _ => return None,
    })
}

/// What `evm_mine` takes: a time, or an object.
#[derive(Debug, Default, Clone, Copy)]
struct Wish {
    timestamp: Option<u64>,
    blocks: Option<u64>,
}

impl FromParam for Wish {
    fn from_param(json: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Raw {
            timestamp: Option<LenientNumber>,
            blocks: Option<LenientNumber>,
        }

        let small = |number: LenientNumber| number.0.saturating_to::<u64>();
        if json.starts_with('{') {
            let raw: Raw = by_serde(json)?;
            return Ok(Self { timestamp: raw.timestamp.map(small), blocks: raw.blocks.map(small) });
        }
        Ok(Self { timestamp: Some(small(LenientNumber::from_param(json)?)), blocks: None })
    }
}

/// `evm_mine`: `[]`, `[time]` or `[{time, blocks}]`; the answer is always zero.
pub(super) fn evm_mine(context: &Context, mut args: Args<'_>) -> RpcResult {
    mine_as_wished(context, &mut args)?;
    Reply::of("0x0")
}

/// The same, answering with the blocks.
fn mine_detailed(context: &Context, mut args: Args<'_>) -> RpcResult {
    let before = context.chain.head_number();
    mine_as_wished(context, &mut args)?;
    let chain_id = context.chain.chain_id();
    let blocks: Vec<_> = (before + 1..=context.chain.head_number())
        .filter_map(|number| context.chain.block(number))
        .map(|block| render::block(&block, true, chain_id))
        .collect();
    Reply::of(&blocks)
}

fn mine_as_wished(context: &Context, args: &mut Args<'_>) -> Result<(), RpcError> {
    let wish: Wish = args.optional()?.unwrap_or_default();
    args.end()?;
    if let Some(time) = wish.timestamp {
        next_at(context, time)?;
    }
    for _ in 0..checked(wish.blocks.unwrap_or(1))? {
        context.chain.mine();
    }
    Ok(())
}

/// `anvil_mine [count?, seconds?]`: each block so much later, the first as well. viem sends zero
/// seconds where it was told nothing: then the interval holds that was set for all blocks.
fn mine(context: &Context, mut args: Args<'_>) -> RpcResult {
    let count = checked(optional_number(&mut args)?.unwrap_or(1))?;
    let seconds = optional_number(&mut args)?.filter(|seconds| *seconds > 0);
    args.end()?;
    if let Some(seconds) = seconds {
        context.chain.increase_time(i64::try_from(seconds).unwrap_or(i64::MAX));
    }
    for index in 0..count {
        if let Some(seconds) = seconds.filter(|_| index > 0) {
            let head = context.chain.block(context.chain.head_number());
            let time = head.map_or(0, |block| block.header.timestamp).saturating_add(seconds);
            next_at(context, time)?;
        }
        context.chain.mine();
    }
    done()
}

fn checked(count: u64) -> Result<u64, RpcError> {
    if count > MOST_BLOCKS {
        let text = format!("at most {MOST_BLOCKS} blocks can be mined in one call, not {count}");
        return Err(RpcError::invalid_params(text));
    }
    Ok(count)
}

/// Automatic mining, and nothing besides; or none.
fn set_automine(context: &Context, mut args: Args<'_>) -> RpcResult {
    let is_automatic: bool = args.required()?;
    args.end()?;
    context.set_mining(Mining { is_automatic, interval: None });
    done()
}

fn is_automine(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&context.chain.mining().is_automatic)
}

/// Blocks by the clock instead of by transaction; 0 ends that.
fn set_interval(context: &Context, mut args: Args<'_>) -> RpcResult {
    let seconds = number(&mut args)?;
    args.end()?;
    let mining = match seconds {
        0 => Mining { interval: None, ..context.chain.mining() },
        _ => Mining { is_automatic: false, interval: Some(Duration::from_secs(seconds)) },
    };
    context.set_mining(mining);
    done()
}

fn interval(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&context.chain.mining().interval.map(|period| period.as_secs()))
}
