//! Gas estimates (devnode.md 2.12).

use alloy_primitives::U256;
use devnode_arbos::pricing::l1::Measure;

use crate::{
    BlockOverrides, CallError, CallRequest,
    message::{Ending, Executed},
    refusal::Refusal,
    simulation::{CALL_GAS_CAP, GasChoice, Stage, output_of},
};

/// Gas of a transfer to an account without code.
const TRANSFER_GAS: u64 = 21_000;
/// A program may be given this much more than it uses, for the stipend of a value transfer.
const STIPEND: u64 = 2_300;
/// The search ends when the bounds are closer than this share of the upper one, in thousandths.
const PRECISION_PER_MILLE: u64 = 15;

/// The gas limit with which the request succeeds, close to the least.
///
/// # Errors
///
/// When no allowed limit suffices: the revert, or why.
pub(crate) fn estimate(
    stage: &Stage,
    request: &CallRequest,
    overrides: &BlockOverrides,
) -> Result<u64, CallError> {
    let run = |gas| stage.run(request, overrides, GasChoice::Exactly(gas), Measure::Estimate);
    let upper = upper_bound(stage, request)?;
    if is_transfer(stage, request)
        && TRANSFER_GAS <= upper
        && run(TRANSFER_GAS).is_ok_and(|done| done.ending == Ending::Success)
    {
        return Ok(TRANSFER_GAS);
    }
    let first = run(upper).map_err(|refusal| starved_or(&refusal, upper))?;
    let (used, peak) = (first.gas_used, first.peak_gas);
    refuse(first, upper)?;
    let mut low = used.saturating_sub(1);
    let mut high = upper;
    let optimistic = peak.saturating_add(STIPEND).saturating_mul(64) / 63;
    if optimistic < high {
        if succeeds(&run, optimistic) { high = optimistic } else { low = optimistic }
    }
    while low + 1 < high && (high - low) * 1_000 >= high * PRECISION_PER_MILLE {
        // Most transactions need little more than the lower bound.
        let middle = (low.midpoint(high)).min(low.saturating_mul(2));
        if succeeds(&run, middle) { high = middle } else { low = middle }
    }
    Ok(high)
}

fn succeeds(run: &impl Fn(u64) -> Result<Executed, Refusal>, gas: u64) -> bool {
    run(gas).is_ok_and(|done| done.ending == Ending::Success)
}

fn is_transfer(stage: &Stage, request: &CallRequest) -> bool {
    let is_plain = request.input.is_empty() && request.authorization_list.is_empty();
    is_plain && request.to.is_some_and(|to| !stage.has_code(to))
}

fn upper_bound(stage: &Stage, request: &CallRequest) -> Result<u64, CallError> {
    let asked = request.gas.filter(|gas| *gas >= TRANSFER_GAS).unwrap_or(1 << 50);
    let cap = CALL_GAS_CAP.saturating_add(stage.estimate_poster_gas(request));
    let price = request.gas_price.or(request.max_fee_per_gas).unwrap_or(0);
    if price == 0 {
        return Ok(asked.min(cap));
    }
    let balance = stage.balance(request.from);
    let Some(for_gas) = balance.checked_sub(request.value) else {
        return Err(CallError::Failed("insufficient funds for transfer".to_owned()));
    };
    let affordable: u64 = (for_gas / U256::from(price)).saturating_to();
    Ok(asked.min(cap).min(affordable))
}

/// The failure of the run at the upper bound, if it failed.
fn refuse(executed: Executed, upper: u64) -> Result<(), CallError> {
    match output_of(executed) {
        Ok(_) => Ok(()),
        Err(CallError::Failed(text)) if text.starts_with("out of gas") => Err(allowance(upper)),
        Err(error) => Err(error),
    }
}

fn starved_or(refusal: &Refusal, upper: u64) -> CallError {
    if refusal.is_for_gas() { allowance(upper) } else { refusal.of_estimate() }
}

fn allowance(upper: u64) -> CallError {
    CallError::Failed(format!("gas required exceeds allowance ({upper})"))
}
