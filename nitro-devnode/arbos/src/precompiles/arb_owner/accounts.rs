//! Owners, fee accounts, upgrades, native tokens, transaction filters, chain configuration.

use alloy_primitives::{Address, U256};

use super::{Context, Fault, Method, methods, read, write};
use crate::{
    AddressSet,
    state::{Slot, slots},
    version,
};

mod abi {
    alloy_sol_types::sol! {
        function addChainOwner(address account);
        function removeChainOwner(address account);
        function isChainOwner(address account) returns (bool);
        function getAllChainOwners() returns (address[]);
        function setNativeTokenManagementFrom(uint64 timestamp);
        function setTransactionFilteringFrom(uint64 timestamp);
        function addNativeTokenOwner(address account);
        function removeNativeTokenOwner(address account);
        function isNativeTokenOwner(address account) returns (bool);
        function getAllNativeTokenOwners() returns (address[]);
        function addTransactionFilterer(address account);
        function removeTransactionFilterer(address account);
        function isTransactionFilterer(address account) returns (bool);
        function getAllTransactionFilterers() returns (address[]);
        function setFilteredFundsRecipient(address account);
        function getFilteredFundsRecipient() returns (address);
        function getNetworkFeeAccount() returns (address);
        function getInfraFeeAccount() returns (address);
        function setNetworkFeeAccount(address account);
        function setInfraFeeAccount(address account);
        function scheduleArbOSUpgrade(uint64 newVersion, uint64 timestamp);
        function setChainConfig(string chainConfig);
        function setCalldataPriceIncrease(bool enable);

        event ChainOwnerAdded(address indexed account);
        event ChainOwnerRemoved(address indexed account);
        event NativeTokenOwnerAdded(address indexed account);
        event NativeTokenOwnerRemoved(address indexed account);
        event TransactionFiltererAdded(address indexed account);
        event TransactionFiltererRemoved(address indexed account);
        event FilteredFundsRecipientSet(address indexed account);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    Write 0 abi::addChainOwnerCall => add_chain_owner;
    Write 0 abi::removeChainOwnerCall => remove_chain_owner;
    View 0 abi::isChainOwnerCall => is_chain_owner;
    View 0 abi::getAllChainOwnersCall => all_chain_owners;
    Write 41 abi::setNativeTokenManagementFromCall => set_native_token_management_from;
    Write 60 abi::setTransactionFilteringFromCall => set_transaction_filtering_from;
    Write 41 abi::addNativeTokenOwnerCall => add_native_token_owner;
    Write 41 abi::removeNativeTokenOwnerCall => remove_native_token_owner;
    View 41 abi::isNativeTokenOwnerCall => is_native_token_owner;
    View 41 abi::getAllNativeTokenOwnersCall => all_native_token_owners;
    Write 60 abi::addTransactionFiltererCall => add_transaction_filterer;
    Write 60 abi::removeTransactionFiltererCall => remove_transaction_filterer;
    View 60 abi::isTransactionFiltererCall => is_transaction_filterer;
    View 60 abi::getAllTransactionFilterersCall => all_transaction_filterers;
    Write 60 abi::setFilteredFundsRecipientCall => set_filtered_funds_recipient;
    View 60 abi::getFilteredFundsRecipientCall => filtered_funds_recipient;
    View 0 abi::getNetworkFeeAccountCall => network_fee_account;
    View 5 abi::getInfraFeeAccountCall => infra_fee_account;
    Write 0 abi::setNetworkFeeAccountCall => set_network_fee_account;
    Write 5 abi::setInfraFeeAccountCall => set_infra_fee_account;
    Write 0 abi::scheduleArbOSUpgradeCall => schedule_arbos_upgrade;
    Write 11 abi::setChainConfigCall => set_chain_config;
    Write 40 abi::setCalldataPriceIncreaseCall => set_calldata_price_increase;
};

/// Time between the announcement of a feature and its start.
const FEATURE_DELAY_SECONDS: u64 = 7 * 86_400;

/// A plain revert unless `condition` holds.
pub(crate) const fn demand(condition: bool) -> Result<(), Fault> {
    if condition { Ok(()) } else { Err(Fault::Plain) }
}

// ----- sets of accounts ---------------------------------------------------------------------------

fn contains(context: &mut Context<'_>, set: AddressSet, account: Address) -> Result<bool, Fault> {
    Ok(set.contains(&mut context.state, account)?)
}

fn members(context: &mut Context<'_>, set: AddressSet) -> Result<Vec<Address>, Fault> {
    Ok(set.members(&mut context.state)?)
}

fn remove(context: &mut Context<'_>, set: AddressSet, account: Address) -> Result<(), Fault> {
    demand(set.remove(&mut context.state, account)?)
}

fn add_chain_owner(context: &mut Context<'_>, call: abi::addChainOwnerCall) -> Result<(), Fault> {
    slots::root::chain_owners().add(&mut context.state, call.account)?;
    if context.version >= version::ARBOS_60 {
        context.emit(&abi::ChainOwnerAdded { account: call.account })?;
    }
    Ok(())
}

fn remove_chain_owner(
    context: &mut Context<'_>,
    call: abi::removeChainOwnerCall,
) -> Result<(), Fault> {
    remove(context, slots::root::chain_owners(), call.account)?;
    if context.version >= version::ARBOS_60 {
        context.emit(&abi::ChainOwnerRemoved { account: call.account })?;
    }
    Ok(())
}

fn is_chain_owner(context: &mut Context<'_>, call: abi::isChainOwnerCall) -> Result<bool, Fault> {
    contains(context, slots::root::chain_owners(), call.account)
}

fn all_chain_owners(
    context: &mut Context<'_>,
    _: abi::getAllChainOwnersCall,
) -> Result<Vec<Address>, Fault> {
    members(context, slots::root::chain_owners())
}

fn add_native_token_owner(
    context: &mut Context<'_>,
    call: abi::addNativeTokenOwnerCall,
) -> Result<(), Fault> {
    demand_started(context, slots::root::native_token_from())?;
    slots::root::native_token_owners().add(&mut context.state, call.account)?;
    if context.version >= version::ARBOS_60 {
        context.emit(&abi::NativeTokenOwnerAdded { account: call.account })?;
    }
    Ok(())
}

fn remove_native_token_owner(
    context: &mut Context<'_>,
    call: abi::removeNativeTokenOwnerCall,
) -> Result<(), Fault> {
    remove(context, slots::root::native_token_owners(), call.account)?;
    if context.version >= version::ARBOS_60 {
        context.emit(&abi::NativeTokenOwnerRemoved { account: call.account })?;
    }
    Ok(())
}

fn is_native_token_owner(
    context: &mut Context<'_>,
    call: abi::isNativeTokenOwnerCall,
) -> Result<bool, Fault> {
    contains(context, slots::root::native_token_owners(), call.account)
}

fn all_native_token_owners(
    context: &mut Context<'_>,
    _: abi::getAllNativeTokenOwnersCall,
) -> Result<Vec<Address>, Fault> {
    members(context, slots::root::native_token_owners())
}

fn add_transaction_filterer(
    context: &mut Context<'_>,
    call: abi::addTransactionFiltererCall,
) -> Result<(), Fault> {
    demand_started(context, slots::root::tx_filtering_from())?;
    slots::root::transaction_filterers().add(&mut context.state, call.account)?;
    context.emit(&abi::TransactionFiltererAdded { account: call.account })
}

fn remove_transaction_filterer(
    context: &mut Context<'_>,
    call: abi::removeTransactionFiltererCall,
) -> Result<(), Fault> {
    remove(context, slots::root::transaction_filterers(), call.account)?;
    context.emit(&abi::TransactionFiltererRemoved { account: call.account })
}

fn is_transaction_filterer(
    context: &mut Context<'_>,
    call: abi::isTransactionFiltererCall,
) -> Result<bool, Fault> {
    contains(context, slots::root::transaction_filterers(), call.account)
}

fn all_transaction_filterers(
    context: &mut Context<'_>,
    _: abi::getAllTransactionFilterersCall,
) -> Result<Vec<Address>, Fault> {
    members(context, slots::root::transaction_filterers())
}

// ----- features that start at a time --------------------------------------------------------------

fn set_native_token_management_from(
    context: &mut Context<'_>,
    call: abi::setNativeTokenManagementFromCall,
) -> Result<(), Fault> {
    set_start(context, slots::root::native_token_from(), call.timestamp)
}

fn set_transaction_filtering_from(
    context: &mut Context<'_>,
    call: abi::setTransactionFilteringFromCall,
) -> Result<(), Fault> {
    set_start(context, slots::root::tx_filtering_from(), call.timestamp)
}

/// 0 switches off. Otherwise a start lies at least the delay ahead; one that has come closer, or has
/// passed, can only be moved forwards.
fn set_start(context: &mut Context<'_>, slot: Slot<u64>, start: u64) -> Result<(), Fault> {
    if start != 0 {
        let earliest = context.block().timestamp.saturating_add(FEATURE_DELAY_SECONDS);
        let stored = read(context, slot)?;
        let is_far = stored == 0 || stored > earliest;
        demand(start >= if is_far { earliest } else { stored })?;
    }
    write(context, slot, start)
}

fn demand_started(context: &mut Context<'_>, slot: Slot<u64>) -> Result<(), Fault> {
    let start = read(context, slot)?;
    demand(start != 0 && start <= context.block().timestamp)
}

// ----- single values ------------------------------------------------------------------------------

fn set_filtered_funds_recipient(
    context: &mut Context<'_>,
    call: abi::setFilteredFundsRecipientCall,
) -> Result<(), Fault> {
    write(context, slots::root::filtered_funds_recipient(), call.account)?;
    context.emit(&abi::FilteredFundsRecipientSet { account: call.account })
}

fn filtered_funds_recipient(
    context: &mut Context<'_>,
    _: abi::getFilteredFundsRecipientCall,
) -> Result<Address, Fault> {
    read(context, slots::root::filtered_funds_recipient())
}

fn network_fee_account(
    context: &mut Context<'_>,
    _: abi::getNetworkFeeAccountCall,
) -> Result<Address, Fault> {
    read(context, slots::root::network_fee_account())
}

fn infra_fee_account(
    context: &mut Context<'_>,
    _: abi::getInfraFeeAccountCall,
) -> Result<Address, Fault> {
    read(context, slots::root::infra_fee_account())
}

fn set_network_fee_account(
    context: &mut Context<'_>,
    call: abi::setNetworkFeeAccountCall,
) -> Result<(), Fault> {
    write(context, slots::root::network_fee_account(), call.account)
}

fn set_infra_fee_account(
    context: &mut Context<'_>,
    call: abi::setInfraFeeAccountCall,
) -> Result<(), Fault> {
    write(context, slots::root::infra_fee_account(), call.account)
}

/// Stores the upgrade; a start-block transaction carries it out.
fn schedule_arbos_upgrade(
    context: &mut Context<'_>,
    call: abi::scheduleArbOSUpgradeCall,
) -> Result<(), Fault> {
    write(context, slots::root::upgrade_version(), call.newVersion)?;
    write(context, slots::root::upgrade_timestamp(), call.timestamp)
}

/// Blocks take any text; calls and estimates tell the owner beforehand that it is no configuration
/// of this chain.
fn set_chain_config(context: &mut Context<'_>, call: abi::setChainConfigCall) -> Result<(), Fault> {
    if !context.tx().is_mutating {
        let chain_id: U256 = read(context, slots::root::chain_id())?;
        demand(chain_id_of(&call.chainConfig).map(U256::from) == Some(chain_id))?;
    }
    Ok(slots::root::chain_config().set(&mut context.state, call.chainConfig.as_bytes())?)
}

/// The chain id of a serialized configuration.
fn chain_id_of(config: &str) -> Option<u64> {
    let config: serde_json::Value = serde_json::from_str(config).ok()?;
    config.get("chainId")?.as_u64()
}

fn set_calldata_price_increase(
    context: &mut Context<'_>,
    call: abi::setCalldataPriceIncreaseCall,
) -> Result<(), Fault> {
    let mut bits: U256 = read(context, slots::features::bits())?;
    bits.set_bit(slots::features::CALLDATA_PRICE_INCREASE, call.enable);
    write(context, slots::features::bits(), bits)
}
