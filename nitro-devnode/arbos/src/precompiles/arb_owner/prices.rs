//! Prices and gas limits.

use alloy_primitives::U256;

use super::{Context, Fault, Method, demand, methods, read, write};
use crate::{
    address::L1_PRICER_FUNDS,
    precompiles::constraints::{self, ResourceConstraint, write_multi_gas},
    pricing::l2::{self, GasConstraint},
    state::slots,
    version,
};

mod abi {
    alloy_sol_types::sol! {
        function setL1BaseFeeEstimateInertia(uint64 inertia);
        function setL2BaseFee(uint256 priceInWei);
        function setMinimumL2BaseFee(uint256 priceInWei);
        function setSpeedLimit(uint64 limit);
        function setMaxTxGasLimit(uint64 limit);
        function setMaxBlockGasLimit(uint64 limit);
        function setL2GasPricingInertia(uint64 seconds_);
        function setL2GasBacklogTolerance(uint64 seconds_);
        function setL1PricingEquilibrationUnits(uint256 units);
        function setL1PricingInertia(uint64 inertia);
        function setL1PricingRewardRecipient(address recipient);
        function setL1PricingRewardRate(uint64 weiPerUnit);
        function setL1PricePerUnit(uint256 weiPerUnit);
        function setParentGasFloorPerToken(uint64 gas);
        function setPerBatchGasCharge(int64 gas);
        function setBrotliCompressionLevel(uint64 level);
        function setAmortizedCostCapBips(uint64 bips);
        function releaseL1PricerSurplusFunds(uint256 maxWei) returns (uint256);
        function setGasBacklog(uint64 backlog);
        function setGasPricingConstraints(uint64[3][] constraints);
        function setCollectTips(bool collect);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    Write 0 abi::setL1BaseFeeEstimateInertiaCall => set_l1_base_fee_estimate_inertia;
    Write 0 abi::setL2BaseFeeCall => set_l2_base_fee;
    Write 0 abi::setMinimumL2BaseFeeCall => set_minimum_l2_base_fee;
    Write 0 abi::setSpeedLimitCall => set_speed_limit;
    Write 0 abi::setMaxTxGasLimitCall => set_max_tx_gas_limit;
    Write 50 abi::setMaxBlockGasLimitCall => set_max_block_gas_limit;
    Write 0 abi::setL2GasPricingInertiaCall => set_l2_gas_pricing_inertia;
    Write 0 abi::setL2GasBacklogToleranceCall => set_l2_gas_backlog_tolerance;
    Write 0 abi::setL1PricingEquilibrationUnitsCall => set_l1_equilibration_units;
    Write 0 abi::setL1PricingInertiaCall => set_l1_pricing_inertia;
    Write 0 abi::setL1PricingRewardRecipientCall => set_l1_reward_recipient;
    Write 0 abi::setL1PricingRewardRateCall => set_l1_reward_rate;
    Write 0 abi::setL1PricePerUnitCall => set_l1_price_per_unit;
    Write 50 abi::setParentGasFloorPerTokenCall => set_parent_gas_floor_per_token;
    Write 0 abi::setPerBatchGasChargeCall => set_per_batch_gas_charge;
    Write 20 abi::setBrotliCompressionLevelCall => set_brotli_compression_level;
    Write 0 abi::setAmortizedCostCapBipsCall => set_amortized_cost_cap_bips;
    Write 10 abi::releaseL1PricerSurplusFundsCall => release_l1_pricer_surplus_funds;
    Write 50 abi::setGasBacklogCall => set_gas_backlog;
    Write 50 abi::setGasPricingConstraintsCall => set_gas_pricing_constraints;
    Write 60 constraints::setMultiGasPricingConstraintsCall => set_multi_gas_pricing_constraints;
    Write 60 abi::setCollectTipsCall => set_collect_tips;
};

/// Highest brotli quality.
const MAX_BROTLI_LEVEL: u64 = 11;
/// Most gas constraints in versions 51 to 59.
const MAX_CONSTRAINTS: usize = 20;
/// Largest exponent of the multi-gas model, in basis points.
const MAX_MULTI_GAS_EXPONENT: u64 = 85_000;

// ----- L2 prices and limits -----------------------------------------------------------------------

/// Sets the base fee of the next block; its own start computes the one after.
fn set_l2_base_fee(context: &mut Context<'_>, call: abi::setL2BaseFeeCall) -> Result<(), Fault> {
    write(context, slots::l2::base_fee(), call.priceInWei)
}

fn set_minimum_l2_base_fee(
    context: &mut Context<'_>,
    call: abi::setMinimumL2BaseFeeCall,
) -> Result<(), Fault> {
    demand(!call.priceInWei.is_zero() || context.tx().is_mutating)?;
    write(context, slots::l2::min_base_fee(), call.priceInWei)
}

fn set_speed_limit(context: &mut Context<'_>, call: abi::setSpeedLimitCall) -> Result<(), Fault> {
    demand(call.limit != 0)?;
    write(context, slots::l2::speed_limit(), call.limit)
}

/// Before version 50 this method set the limit of a block.
fn set_max_tx_gas_limit(
    context: &mut Context<'_>,
    call: abi::setMaxTxGasLimitCall,
) -> Result<(), Fault> {
    let has_tx_limit = context.version >= version::TX_GAS_LIMIT;
    let slot =
        if has_tx_limit { slots::l2::per_tx_gas_limit() } else { slots::l2::per_block_gas_limit() };
    write(context, slot, call.limit)
}

fn set_max_block_gas_limit(
    context: &mut Context<'_>,
    call: abi::setMaxBlockGasLimitCall,
) -> Result<(), Fault> {
    write(context, slots::l2::per_block_gas_limit(), call.limit)
}

fn set_l2_gas_pricing_inertia(
    context: &mut Context<'_>,
    call: abi::setL2GasPricingInertiaCall,
) -> Result<(), Fault> {
    demand(call.seconds_ != 0)?;
    write(context, slots::l2::pricing_inertia(), call.seconds_)
}

fn set_l2_gas_backlog_tolerance(
    context: &mut Context<'_>,
    call: abi::setL2GasBacklogToleranceCall,
) -> Result<(), Fault> {
    write(context, slots::l2::backlog_tolerance(), call.seconds_)
}

fn set_gas_backlog(context: &mut Context<'_>, call: abi::setGasBacklogCall) -> Result<(), Fault> {
    write(context, slots::l2::backlog(), call.backlog)
}

fn set_gas_pricing_constraints(
    context: &mut Context<'_>,
    call: abi::setGasPricingConstraintsCall,
) -> Result<(), Fault> {
    let is_counted = (51..version::ARBOS_60).contains(&context.version);
    demand(!is_counted || call.constraints.len() <= MAX_CONSTRAINTS)?;
    demand(call.constraints.iter().all(|&[target, window, _]| target != 0 && window != 0))?;
    let constraints: Vec<GasConstraint> = call
        .constraints
        .iter()
        .map(|&[target_per_second, window_seconds, backlog]| GasConstraint {
            target_per_second,
            window_seconds,
            backlog,
        })
        .collect();
    Ok(l2::write_constraints(&mut context.state, &constraints)?)
}

fn set_multi_gas_pricing_constraints(
    context: &mut Context<'_>,
    call: constraints::setMultiGasPricingConstraintsCall,
) -> Result<(), Fault> {
    demand(call.constraints.iter().all(|c| c.targetPerSec != 0 && c.adjustmentWindowSecs != 0))?;
    let exponent = call.constraints.iter().fold(0_u64, |sum, c| sum.saturating_add(exponent_of(c)));
    demand(exponent <= MAX_MULTI_GAS_EXPONENT)?;
    Ok(write_multi_gas(&mut context.state, &call.constraints)?)
}

/// What a constraint adds to the exponent with its starting backlog, in basis points.
fn exponent_of(constraint: &ResourceConstraint) -> u64 {
    let scale =
        u64::from(constraint.adjustmentWindowSecs).saturating_mul(constraint.targetPerSec).max(1);
    constraint.backlog.saturating_mul(10_000) / scale
}

fn set_collect_tips(context: &mut Context<'_>, call: abi::setCollectTipsCall) -> Result<(), Fault> {
    write(context, slots::root::collect_tips(), call.collect)
}

// ----- L1 prices ----------------------------------------------------------------------------------

fn set_l1_base_fee_estimate_inertia(
    context: &mut Context<'_>,
    call: abi::setL1BaseFeeEstimateInertiaCall,
) -> Result<(), Fault> {
    write(context, slots::l1::inertia(), call.inertia)
}

fn set_l1_pricing_inertia(
    context: &mut Context<'_>,
    call: abi::setL1PricingInertiaCall,
) -> Result<(), Fault> {
    write(context, slots::l1::inertia(), call.inertia)
}

fn set_l1_equilibration_units(
    context: &mut Context<'_>,
    call: abi::setL1PricingEquilibrationUnitsCall,
) -> Result<(), Fault> {
    write(context, slots::l1::equilibration_units(), call.units)
}

fn set_l1_reward_recipient(
    context: &mut Context<'_>,
    call: abi::setL1PricingRewardRecipientCall,
) -> Result<(), Fault> {
    write(context, slots::l1::rewards_recipient(), call.recipient)
}

fn set_l1_reward_rate(
    context: &mut Context<'_>,
    call: abi::setL1PricingRewardRateCall,
) -> Result<(), Fault> {
    write(context, slots::l1::per_unit_reward(), call.weiPerUnit)
}

fn set_l1_price_per_unit(
    context: &mut Context<'_>,
    call: abi::setL1PricePerUnitCall,
) -> Result<(), Fault> {
    write(context, slots::l1::price_per_unit(), call.weiPerUnit)
}

fn set_parent_gas_floor_per_token(
    context: &mut Context<'_>,
    call: abi::setParentGasFloorPerTokenCall,
) -> Result<(), Fault> {
    write(context, slots::l1::gas_floor_per_token(), call.gas)
}

fn set_per_batch_gas_charge(
    context: &mut Context<'_>,
    call: abi::setPerBatchGasChargeCall,
) -> Result<(), Fault> {
    write(context, slots::l1::per_batch_gas(), call.gas)
}

fn set_brotli_compression_level(
    context: &mut Context<'_>,
    call: abi::setBrotliCompressionLevelCall,
) -> Result<(), Fault> {
    demand(call.level <= MAX_BROTLI_LEVEL)?;
    write(context, slots::root::brotli_level(), call.level)
}

fn set_amortized_cost_cap_bips(
    context: &mut Context<'_>,
    call: abi::setAmortizedCostCapBipsCall,
) -> Result<(), Fault> {
    write(context, slots::l1::amortized_cost_cap_bips(), call.bips)
}

/// Recognises what the pool holds beyond the fees that were counted.
fn release_l1_pricer_surplus_funds(
    context: &mut Context<'_>,
    call: abi::releaseL1PricerSurplusFundsCall,
) -> Result<U256, Fault> {
    let balance = context.backend().balance(L1_PRICER_FUNDS);
    let recognised = read(context, slots::l1::fees_available())?;
    let released = balance.saturating_sub(recognised).min(call.maxWei);
    write(context, slots::l1::fees_available(), recognised + released)?;
    Ok(released)
}
