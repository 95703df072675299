//! ArbAggregator (0x6d): batch posters (devnode.md 4.12).

use alloy_primitives::{Address, U256};

use super::{
    arb_owner::demand,
    call::Context,
    method::{Method, methods},
    outcome::Fault,
};
use crate::{address::SEQUENCER, state::slots};

mod abi {
    alloy_sol_types::sol! {
        function getPreferredAggregator(address account) returns (address, bool);
        function getDefaultAggregator() returns (address);
        function getBatchPosters() returns (address[]);
        function addBatchPoster(address newBatchPoster);
        function getFeeCollector(address batchPoster) returns (address);
        function setFeeCollector(address batchPoster, address newFeeCollector);
        function getTxBaseFee(address aggregator) returns (uint256);
        function setTxBaseFee(address aggregator, uint256 feeInL1Gas);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    View 0 abi::getPreferredAggregatorCall => preferred_aggregator;
    View 0 abi::getDefaultAggregatorCall => default_aggregator;
    View 0 abi::getBatchPostersCall => batch_posters;
    Write 0 abi::addBatchPosterCall => add_batch_poster;
    View 0 abi::getFeeCollectorCall => fee_collector;
    Write 0 abi::setFeeCollectorCall => set_fee_collector;
    View 0 abi::getTxBaseFeeCall => tx_base_fee;
    Write 0 abi::setTxBaseFeeCall => set_tx_base_fee;
};

const fn preferred_aggregator(
    _: &mut Context<'_>,
    _: abi::getPreferredAggregatorCall,
) -> Result<(Address, bool), Fault> {
    Ok((SEQUENCER, true))
}

const fn default_aggregator(
    _: &mut Context<'_>,
    _: abi::getDefaultAggregatorCall,
) -> Result<Address, Fault> {
    Ok(SEQUENCER)
}

fn batch_posters(
    context: &mut Context<'_>,
    _: abi::getBatchPostersCall,
) -> Result<Vec<Address>, Fault> {
    Ok(slots::l1::batch_posters().members(&mut context.state)?)
}

fn add_batch_poster(context: &mut Context<'_>, call: abi::addBatchPosterCall) -> Result<(), Fault> {
    let caller = context.call.caller;
    demand(slots::root::chain_owners().contains(&mut context.state, caller)?)?;
    let poster = call.newBatchPoster;
    if slots::l1::batch_posters().add(&mut context.state, poster)? {
        slots::l1::poster_pay_to(poster).set(&mut context.state, poster)?;
    }
    Ok(())
}

fn fee_collector(
    context: &mut Context<'_>,
    call: abi::getFeeCollectorCall,
) -> Result<Address, Fault> {
    demand(slots::l1::batch_posters().contains(&mut context.state, call.batchPoster)?)?;
    Ok(slots::l1::poster_pay_to(call.batchPoster).get(&mut context.state)?)
}

/// The poster itself, its collector and chain owners may change the collector.
fn set_fee_collector(
    context: &mut Context<'_>,
    call: abi::setFeeCollectorCall,
) -> Result<(), Fault> {
    let caller = context.call.caller;
    let state = &mut context.state;
    demand(slots::l1::batch_posters().contains(state, call.batchPoster)?)?;
    let pay_to = slots::l1::poster_pay_to(call.batchPoster);
    let is_concerned = caller == call.batchPoster || caller == pay_to.get(state)?;
    demand(is_concerned || slots::root::chain_owners().contains(state, caller)?)?;
    Ok(pay_to.set(state, call.newFeeCollector)?)
}

const fn tx_base_fee(_: &mut Context<'_>, _: abi::getTxBaseFeeCall) -> Result<U256, Fault> {
    Ok(U256::ZERO)
}

const fn set_tx_base_fee(_: &mut Context<'_>, _: abi::setTxBaseFeeCall) -> Result<(), Fault> {
    Ok(())
}
