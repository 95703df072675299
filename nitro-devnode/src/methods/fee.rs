//! Prices (devnode.md section 2.10).

use devnode_chain::Block;
use serde::Serialize;

use super::Method;
use super::block::state_number;
use super::block_ref::BlockRef;
use crate::context::Context;
use crate::json::Hex;
use crate::rpc::{Args, FromParam, Quantity64, Reply, RpcError, RpcResult};

/// Blocks of one `eth_feeHistory` (devnode.md section 2.10).
const MOST_BLOCKS: u64 = 1_024;

/// Percentiles of one `eth_feeHistory`, as go-ethereum limits them.
const MOST_PERCENTILES: usize = 100;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_gasPrice" => Method::Quick(gas_price),
        "eth_maxPriorityFeePerGas" => Method::Quick(tip),
        "eth_blobBaseFee" => Method::Quick(blob_base_fee),
        "eth_feeHistory" => Method::Quick(history),
        _ => return None,
    })
}

fn gas_price(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let head = context.chain.block(context.chain.head_number());
    Ok(Reply::quantity(head.map_or(0, |block| base_fee(&block))))
}

/// Tips are not charged: nobody needs to offer one.
fn tip(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::quantity(0))
}

/// There are no blobs.
fn blob_base_fee(_: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::null())
}

/// A number of blocks: a quantity, or a decimal number with or without quotes, which go-ethereum
/// takes in this one place.
struct Count(u64);

impl FromParam for Count {
    fn from_param(json: &str) -> Result<Self, String> {
        let decimal = json.trim_matches('"').parse();
        decimal.or_else(|_| Quantity64::from_param(json).map(|count| count.0)).map(Count)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct History {
    oldest_block: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<Vec<Vec<Hex>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    base_fee_per_gas: Vec<Hex>,
    gas_used_ratio: Vec<f64>,
}

fn history(context: &Context, mut args: Args<'_>) -> RpcResult {
    let count: Count = args.required()?;
    let newest: BlockRef = args.required()?;
    let percentiles: Option<Vec<f64>> = args.optional()?;
    args.end()?;
    let percentiles = percentiles.unwrap_or_default();
    check(&percentiles)?;
    let newest = state_number(context, newest)?;
    let count = count.0.min(MOST_BLOCKS).min(newest + 1);
    if count == 0 {
        return Reply::of(&History {
            oldest_block: Hex(0),
            reward: None,
            base_fee_per_gas: Vec::new(),
            gas_used_ratio: Vec::new(),
        });
    }
    let oldest = newest + 1 - count;
    let blocks: Vec<_> =
        (oldest..=newest).map_while(|number| context.chain.block(number)).collect();
    let mut base_fees: Vec<_> = blocks.iter().map(|block| base_fee(block).into()).collect();
    // The price of the block after the newest: known, or the same while there is none.
    let next = context.chain.block(newest + 1);
    base_fees.extend(next.map_or_else(|| base_fees.last().copied(), |b| Some(base_fee(&b).into())));
    let rewards = vec![vec![Hex(0); percentiles.len()]; blocks.len()];
    let pace = context.chain.prices(newest).map_or(0, |prices| prices.speed_limit);
    let gas = blocks.iter().map(|block| (block.header.timestamp, compute_gas(block)));
    Reply::of(&History {
        oldest_block: oldest.into(),
        reward: (!percentiles.is_empty()).then_some(rewards),
        base_fee_per_gas: base_fees,
        gas_used_ratio: ratios(gas, pace),
    })
}

fn check(percentiles: &[f64]) -> Result<(), RpcError> {
    if percentiles.len() > MOST_PERCENTILES {
        let text = format!("invalid reward percentile: over the query limit {MOST_PERCENTILES}");
        return Err(RpcError::server(text));
    }
    for (index, value) in percentiles.iter().enumerate() {
        if !(0.0..=100.0).contains(value) {
            return Err(RpcError::server(format!("invalid reward percentile: {value:.6}")));
        }
        if index > 0 && *value <= percentiles[index - 1] {
            let (before, last) = (percentiles[index - 1], index - 1);
            return Err(RpcError::server(format!(
                "invalid reward percentile: #{last}:{before:.6} >= #{index}:{value:.6}"
            )));
        }
    }
    Ok(())
}

fn base_fee(block: &Block) -> u64 {
    block.header.base_fee_per_gas.unwrap_or_default()
}

/// Gas without the part that pays for L1.
fn compute_gas(block: &Block) -> u64 {
    let l1: u64 = block.receipts.iter().map(|receipt| receipt.gas_used_for_l1).sum();
    block.header.gas_used.saturating_sub(l1)
}

/// How full the chain was: gas of all blocks of the same second so far, against twice what the
/// speed limit (gas per second) gives since the last other second; 1 where that is unknown.
fn ratios(blocks: impl Iterator<Item = (u64, u64)>, speed_limit: u64) -> Vec<f64> {
    let mut earlier: Option<u64> = None;
    let mut current: Option<(u64, u64)> = None;
    blocks
        .map(|(timestamp, gas)| {
            let so_far = match current {
                Some((same, sum)) if same == timestamp => sum.saturating_add(gas),
                other => {
                    earlier = other.map(|(timestamp, _)| timestamp);
                    gas
                }
            };
            current = Some((timestamp, so_far));
            let Some(earlier) = earlier else { return 1.0 };
            let seconds = timestamp.saturating_sub(earlier);
            let room = u128::from(speed_limit) * u128::from(seconds) * 2;
            if room == 0 || u128::from(so_far) >= room {
                return 1.0;
            }
            #[expect(clippy::cast_precision_loss, reason = "a ratio between 0 and 1")]
            let ratio = so_far as f64 / room as f64;
            ratio
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_adds_up_within_a_second_and_knows_nothing_before_the_first() {
        let blocks = [(10, 500), (12, 1_000), (12, 1_000), (13, 5_000)];

        let found = ratios(blocks.into_iter(), 1_000);

        assert_eq!(found, [1.0, 0.25, 0.5, 1.0]);
    }

    #[test]
    fn percentiles_rise_from_0_to_100() {
        assert!(check(&[0.0, 20.0, 100.0]).is_ok());
        assert!(check(&[20.0, 20.0]).is_err());
        assert!(check(&[-1.0]).is_err());
        assert!(check(&[f64::NAN]).is_err());
        assert!(check(&[101.0]).is_err());
    }
}
