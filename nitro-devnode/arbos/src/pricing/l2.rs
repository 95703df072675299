//! The base fee and the gas backlog (devnode.md 2.4).

use alloy_primitives::U256;

use super::approximate_exponential;
use crate::{
    ArbosState, StateAccess,
    state::{Slot, Space, slots},
    version,
};

/// Terms of the exponential.
const ACCURACY: u64 = 4;

/// One `[target, window, backlog]` of the constraint model (from version 50).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasConstraint {
    /// Gas per second that the constraint sustains.
    pub target_per_second: u64,
    /// Seconds over which an excess is priced.
    pub window_seconds: u64,
    /// Gas used beyond the target.
    pub backlog: u64,
}

/// Lets `seconds` pass: pays off the backlog and computes the base fee of the next block.
pub fn update(state: &mut ArbosState<'_>, seconds: u64) {
    let Ok(constraints) = read_constraints(state.access());
    let min_base_fee = state.min_base_fee();
    let exponent_bips = if state.version() >= version::TX_GAS_LIMIT && !constraints.is_empty() {
        pass_constraints(state, &constraints, seconds)
    } else {
        pass_backlog(state, seconds)
    };
    let multiplier = approximate_exponential(exponent_bips, ACCURACY);
    state.set_base_fee(min_base_fee.saturating_mul(U256::from(multiplier)) / U256::from(10_000));
}

/// Adds the compute gas of a transaction to the backlog.
pub fn add_compute_gas(state: &mut ArbosState<'_>, gas: u64) {
    let Ok(constraints) = read_constraints(state.access());
    if state.version() >= version::TX_GAS_LIMIT && !constraints.is_empty() {
        for (index, constraint) in constraints.iter().enumerate() {
            state.write(backlog_slot(index as u64), constraint.backlog.saturating_add(gas));
        }
    } else {
        let backlog = state.backlog();
        state.set_backlog(backlog.saturating_add(gas));
    }
}

/// The single-backlog model; returns the exponent in basis points.
fn pass_backlog(state: &mut ArbosState<'_>, seconds: u64) -> u64 {
    let speed_limit = state.speed_limit();
    let backlog = state.backlog().saturating_sub(seconds.saturating_mul(speed_limit));
    state.set_backlog(backlog);
    let tolerated = state.backlog_tolerance().saturating_mul(speed_limit);
    let excess = backlog.saturating_sub(tolerated);
    let scale = state.pricing_inertia().saturating_mul(speed_limit);
    excess.saturating_mul(10_000).checked_div(scale).unwrap_or(0)
}

/// The constraint model; returns the exponent in basis points.
fn pass_constraints(
    state: &mut ArbosState<'_>,
    constraints: &[GasConstraint],
    seconds: u64,
) -> u64 {
    let mut exponent_bips = 0_u64;
    for (index, constraint) in constraints.iter().enumerate() {
        let paid = seconds.saturating_mul(constraint.target_per_second);
        let backlog = constraint.backlog.saturating_sub(paid);
        state.write(backlog_slot(index as u64), backlog);
        let scale = constraint.window_seconds.saturating_mul(constraint.target_per_second);
        let part = backlog.saturating_mul(10_000).checked_div(scale).unwrap_or(0);
        exponent_bips = exponent_bips.saturating_add(part);
    }
    exponent_bips
}

/// The constraints in order; empty in the dev default.
///
/// # Errors
/// As the access.
pub fn read_constraints<S: StateAccess>(state: &mut S) -> Result<Vec<GasConstraint>, S::Error> {
    let count = count_slot().get(state)?;
    (0..count)
        .map(|index| {
            Ok(GasConstraint {
                target_per_second: constraint_space(index).slot::<u64>(0).get(state)?,
                window_seconds: constraint_space(index).slot::<u64>(1).get(state)?,
                backlog: backlog_slot(index).get(state)?,
            })
        })
        .collect()
}

/// Replaces all constraints.
///
/// # Errors
/// As the access.
pub fn write_constraints<S: StateAccess>(
    state: &mut S,
    constraints: &[GasConstraint],
) -> Result<(), S::Error> {
    let old_count = count_slot().get(state)?;
    for (index, constraint) in (0..).zip(constraints) {
        let space = constraint_space(index);
        space.slot::<u64>(0).set(state, constraint.target_per_second)?;
        space.slot::<u64>(1).set(state, constraint.window_seconds)?;
        backlog_slot(index).set(state, constraint.backlog)?;
    }
    let new_count = constraints.len() as u64;
    for stale in new_count..old_count {
        for offset in 0..3 {
            constraint_space(stale).slot::<u64>(offset).set(state, 0)?;
        }
    }
    count_slot().set(state, new_count)
}

// The specification does not name the positions inside the constraint space: a count, then one
// sub-space per constraint.
fn count_slot() -> Slot<u64> {
    slots::l2::constraints().slot(0)
}

fn constraint_space(index: u64) -> Space {
    slots::l2::constraints().child(&index.to_be_bytes())
}

fn backlog_slot(index: u64) -> Slot<u64> {
    constraint_space(index).slot(2)
}
