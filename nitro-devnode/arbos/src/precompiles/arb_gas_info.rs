//! ArbGasInfo (0x6c): prices and their models (devnode.md 4.6).

use alloy_primitives::{Address, I256, U256};

use super::{
    call::Context,
    constraints::{ResourceConstraint, getMultiGasPricingConstraintsCall, read_multi_gas},
    method::{Method, methods},
    outcome::Fault,
};
use crate::{
    pricing::l2::{self, GasConstraint},
    state::{Slot, Word, slots},
};

mod abi {
    alloy_sol_types::sol! {
        function getPricesInWeiWithAggregator(address aggregator) returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getPricesInWei() returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getPricesInArbGasWithAggregator(address aggregator) returns (uint256, uint256, uint256);
        function getPricesInArbGas() returns (uint256, uint256, uint256);
        function getGasAccountingParams() returns (uint256, uint256, uint256);
        function getMaxTxGasLimit() returns (uint256);
        function getMinimumGasPrice() returns (uint256);
        function getL1BaseFeeEstimate() returns (uint256);
        function getL1BaseFeeEstimateInertia() returns (uint64);
        function getL1RewardRate() returns (uint64);
        function getL1RewardRecipient() returns (address);
        function getL1GasPriceEstimate() returns (uint256);
        function getCurrentTxL1GasFees() returns (uint256);
        function getGasBacklog() returns (uint64);
        function getPricingInertia() returns (uint64);
        function getGasBacklogTolerance() returns (uint64);
        function getL1PricingSurplus() returns (int256);
        function getPerBatchGasCharge() returns (int64);
        function getAmortizedCostCapBips() returns (uint64);
        function getL1FeesAvailable() returns (uint256);
        function getL1PricingEquilibrationUnits() returns (uint256);
        function getLastL1PricingUpdateTime() returns (uint64);
        function getL1PricingFundsDueForRewards() returns (uint256);
        function getL1PricingUnitsSinceUpdate() returns (uint64);
        function getLastL1PricingSurplus() returns (int256);
        function getMaxBlockGasLimit() returns (uint64);
        function getGasPricingConstraints() returns (uint64[3][] constraints);
        function getMultiGasBaseFee() returns (uint256[] baseFees);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    View 0 abi::getPricesInWeiWithAggregatorCall => prices_in_wei_with_aggregator;
    View 0 abi::getPricesInWeiCall => prices_in_wei_now;
    View 0 abi::getPricesInArbGasWithAggregatorCall => prices_in_gas_with_aggregator;
    View 0 abi::getPricesInArbGasCall => prices_in_gas_now;
    View 0 abi::getGasAccountingParamsCall => gas_accounting_params;
    View 50 abi::getMaxTxGasLimitCall => max_tx_gas_limit;
    View 0 abi::getMinimumGasPriceCall => minimum_gas_price;
    View 0 abi::getL1BaseFeeEstimateCall => l1_base_fee_estimate;
    View 0 abi::getL1BaseFeeEstimateInertiaCall => l1_base_fee_estimate_inertia;
    View 11 abi::getL1RewardRateCall => l1_reward_rate;
    View 11 abi::getL1RewardRecipientCall => l1_reward_recipient;
    View 0 abi::getL1GasPriceEstimateCall => l1_gas_price_estimate;
    View 0 abi::getCurrentTxL1GasFeesCall => current_tx_l1_gas_fees;
    View 0 abi::getGasBacklogCall => gas_backlog;
    View 0 abi::getPricingInertiaCall => pricing_inertia;
    View 0 abi::getGasBacklogToleranceCall => gas_backlog_tolerance;
    View 0 abi::getL1PricingSurplusCall => l1_pricing_surplus;
    View 0 abi::getPerBatchGasChargeCall => per_batch_gas_charge;
    View 0 abi::getAmortizedCostCapBipsCall => amortized_cost_cap_bips;
    View 10 abi::getL1FeesAvailableCall => l1_fees_available;
    View 20 abi::getL1PricingEquilibrationUnitsCall => l1_equilibration_units;
    View 20 abi::getLastL1PricingUpdateTimeCall => last_l1_update_time;
    View 20 abi::getL1PricingFundsDueForRewardsCall => l1_funds_due_for_rewards;
    View 20 abi::getL1PricingUnitsSinceUpdateCall => l1_units_since_update;
    View 20 abi::getLastL1PricingSurplusCall => last_l1_surplus;
    View 50 abi::getMaxBlockGasLimitCall => max_block_gas_limit;
    View 50 abi::getGasPricingConstraintsCall => gas_pricing_constraints;
    View 60 getMultiGasPricingConstraintsCall => multi_gas_pricing_constraints;
    View 60 abi::getMultiGasBaseFeeCall => multi_gas_base_fee;
};

/// Gas that a new storage word costs in the tables of prices.
const STORAGE_GAS: u64 = 20_000;
/// Bytes of the simple transaction that the tables price.
const SIMPLE_TX_BYTES: u64 = 140;
/// L1 units per byte.
const UNITS_PER_BYTE: u64 = 16;

type SixPrices = (U256, U256, U256, U256, U256, U256);
type ThreePrices = (U256, U256, U256);

/// One read.
fn read<T: Word>(context: &mut Context<'_>, slot: Slot<T>) -> Result<T, Fault> {
    Ok(slot.get(&mut context.state)?)
}

// ----- tables of prices ---------------------------------------------------------------------------

fn prices_in_wei_with_aggregator(
    context: &mut Context<'_>,
    _: abi::getPricesInWeiWithAggregatorCall,
) -> Result<SixPrices, Fault> {
    prices_in_wei(context)
}

fn prices_in_wei_now(
    context: &mut Context<'_>,
    _: abi::getPricesInWeiCall,
) -> Result<SixPrices, Fault> {
    prices_in_wei(context)
}

fn prices_in_wei(context: &mut Context<'_>) -> Result<SixPrices, Fault> {
    let base_fee = context.block().base_fee;
    let per_unit = read(context, slots::l1::price_per_unit())?;
    let min_base_fee = read(context, slots::l2::min_base_fee())?.min(base_fee);
    let per_byte = per_unit.saturating_mul(U256::from(UNITS_PER_BYTE));
    Ok((
        per_byte.saturating_mul(U256::from(SIMPLE_TX_BYTES)),
        per_byte,
        base_fee.saturating_mul(U256::from(STORAGE_GAS)),
        min_base_fee,
        base_fee - min_base_fee,
        base_fee,
    ))
}

fn prices_in_gas_with_aggregator(
    context: &mut Context<'_>,
    _: abi::getPricesInArbGasWithAggregatorCall,
) -> Result<ThreePrices, Fault> {
    prices_in_gas(context)
}

fn prices_in_gas_now(
    context: &mut Context<'_>,
    _: abi::getPricesInArbGasCall,
) -> Result<ThreePrices, Fault> {
    prices_in_gas(context)
}

fn prices_in_gas(context: &mut Context<'_>) -> Result<ThreePrices, Fault> {
    let base_fee = context.block().base_fee;
    let per_unit = read(context, slots::l1::price_per_unit())?;
    let per_byte = per_unit.saturating_mul(U256::from(UNITS_PER_BYTE));
    let per_tx = per_byte.saturating_mul(U256::from(SIMPLE_TX_BYTES));
    let in_gas = |wei: U256| wei.checked_div(base_fee).unwrap_or_default();
    Ok((in_gas(per_tx), in_gas(per_byte), U256::from(STORAGE_GAS)))
}

fn gas_accounting_params(
    context: &mut Context<'_>,
    _: abi::getGasAccountingParamsCall,
) -> Result<ThreePrices, Fault> {
    let speed_limit = U256::from(read(context, slots::l2::speed_limit())?);
    let block_limit = U256::from(read(context, slots::l2::per_block_gas_limit())?);
    Ok((speed_limit, block_limit, block_limit))
}

// ----- L2 prices ----------------------------------------------------------------------------------

fn max_tx_gas_limit(
    context: &mut Context<'_>,
    _: abi::getMaxTxGasLimitCall,
) -> Result<U256, Fault> {
    Ok(U256::from(read(context, slots::l2::per_tx_gas_limit())?))
}

fn max_block_gas_limit(
    context: &mut Context<'_>,
    _: abi::getMaxBlockGasLimitCall,
) -> Result<u64, Fault> {
    read(context, slots::l2::per_block_gas_limit())
}

fn minimum_gas_price(
    context: &mut Context<'_>,
    _: abi::getMinimumGasPriceCall,
) -> Result<U256, Fault> {
    read(context, slots::l2::min_base_fee())
}

fn gas_backlog(context: &mut Context<'_>, _: abi::getGasBacklogCall) -> Result<u64, Fault> {
    read(context, slots::l2::backlog())
}

fn pricing_inertia(context: &mut Context<'_>, _: abi::getPricingInertiaCall) -> Result<u64, Fault> {
    read(context, slots::l2::pricing_inertia())
}

fn gas_backlog_tolerance(
    context: &mut Context<'_>,
    _: abi::getGasBacklogToleranceCall,
) -> Result<u64, Fault> {
    read(context, slots::l2::backlog_tolerance())
}

fn gas_pricing_constraints(
    context: &mut Context<'_>,
    _: abi::getGasPricingConstraintsCall,
) -> Result<Vec<[u64; 3]>, Fault> {
    let constraints = l2::read_constraints(&mut context.state)?;
    let words = |c: &GasConstraint| [c.target_per_second, c.window_seconds, c.backlog];
    Ok(constraints.iter().map(words).collect())
}

fn multi_gas_pricing_constraints(
    context: &mut Context<'_>,
    _: getMultiGasPricingConstraintsCall,
) -> Result<Vec<ResourceConstraint>, Fault> {
    Ok(read_multi_gas(&mut context.state)?)
}

/// One base fee per kind of resource that the constraints name.
fn multi_gas_base_fee(
    context: &mut Context<'_>,
    _: abi::getMultiGasBaseFeeCall,
) -> Result<Vec<U256>, Fault> {
    let base_fee = context.block().base_fee;
    let constraints = read_multi_gas(&mut context.state)?;
    let kinds = constraints.iter().flat_map(|c| &c.resources).map(|r| r.resource).max();
    Ok(vec![base_fee; kinds.map_or(0, |highest| usize::from(highest) + 1)])
}

// ----- L1 prices ----------------------------------------------------------------------------------

fn l1_base_fee_estimate(
    context: &mut Context<'_>,
    _: abi::getL1BaseFeeEstimateCall,
) -> Result<U256, Fault> {
    read(context, slots::l1::price_per_unit())
}

fn l1_gas_price_estimate(
    context: &mut Context<'_>,
    _: abi::getL1GasPriceEstimateCall,
) -> Result<U256, Fault> {
    read(context, slots::l1::price_per_unit())
}

fn l1_base_fee_estimate_inertia(
    context: &mut Context<'_>,
    _: abi::getL1BaseFeeEstimateInertiaCall,
) -> Result<u64, Fault> {
    read(context, slots::l1::inertia())
}

fn l1_reward_rate(context: &mut Context<'_>, _: abi::getL1RewardRateCall) -> Result<u64, Fault> {
    read(context, slots::l1::per_unit_reward())
}

fn l1_reward_recipient(
    context: &mut Context<'_>,
    _: abi::getL1RewardRecipientCall,
) -> Result<Address, Fault> {
    read(context, slots::l1::rewards_recipient())
}

fn current_tx_l1_gas_fees(
    context: &mut Context<'_>,
    _: abi::getCurrentTxL1GasFeesCall,
) -> Result<U256, Fault> {
    Ok(context.tx().poster_fee)
}

/// Fees available less what is due.
fn l1_pricing_surplus(
    context: &mut Context<'_>,
    _: abi::getL1PricingSurplusCall,
) -> Result<I256, Fault> {
    let refunds = read(context, slots::l1::funds_due_for_refunds())?.0;
    let rewards = I256::from_raw(read(context, slots::l1::funds_due_for_rewards())?);
    let available = I256::from_raw(read(context, slots::l1::fees_available())?);
    Ok(available.wrapping_sub(refunds.wrapping_add(rewards)))
}

fn per_batch_gas_charge(
    context: &mut Context<'_>,
    _: abi::getPerBatchGasChargeCall,
) -> Result<i64, Fault> {
    read(context, slots::l1::per_batch_gas())
}

fn amortized_cost_cap_bips(
    context: &mut Context<'_>,
    _: abi::getAmortizedCostCapBipsCall,
) -> Result<u64, Fault> {
    read(context, slots::l1::amortized_cost_cap_bips())
}

fn l1_fees_available(
    context: &mut Context<'_>,
    _: abi::getL1FeesAvailableCall,
) -> Result<U256, Fault> {
    read(context, slots::l1::fees_available())
}

fn l1_equilibration_units(
    context: &mut Context<'_>,
    _: abi::getL1PricingEquilibrationUnitsCall,
) -> Result<U256, Fault> {
    read(context, slots::l1::equilibration_units())
}

fn last_l1_update_time(
    context: &mut Context<'_>,
    _: abi::getLastL1PricingUpdateTimeCall,
) -> Result<u64, Fault> {
    read(context, slots::l1::last_update_time())
}

fn l1_funds_due_for_rewards(
    context: &mut Context<'_>,
    _: abi::getL1PricingFundsDueForRewardsCall,
) -> Result<U256, Fault> {
    read(context, slots::l1::funds_due_for_rewards())
}

fn l1_units_since_update(
    context: &mut Context<'_>,
    _: abi::getL1PricingUnitsSinceUpdateCall,
) -> Result<u64, Fault> {
    read(context, slots::l1::units_since_update())
}

fn last_l1_surplus(
    context: &mut Context<'_>,
    _: abi::getLastL1PricingSurplusCall,
) -> Result<I256, Fault> {
    Ok(read(context, slots::l1::last_surplus())?.0)
}
