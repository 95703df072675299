//! ArbOwnerPublic (0x6b): what owners have set, readable by everyone (devnode.md 4.7).

use alloy_primitives::{Address, U256};

use super::{
    call::Context,
    method::{Method, methods},
    outcome::Fault,
};
use crate::state::{Slot, Word, slots};

mod abi {
    alloy_sol_types::sol! {
        function isChainOwner(address account) returns (bool);
        function rectifyChainOwner(address owner);
        function getAllChainOwners() returns (address[]);
        function getNativeTokenManagementFrom() returns (uint64);
        function isNativeTokenOwner(address account) returns (bool);
        function getAllNativeTokenOwners() returns (address[]);
        function getTransactionFilteringFrom() returns (uint64);
        function isTransactionFilterer(address account) returns (bool);
        function getAllTransactionFilterers() returns (address[]);
        function getFilteredFundsRecipient() returns (address);
        function getNetworkFeeAccount() returns (address);
        function getInfraFeeAccount() returns (address);
        function getBrotliCompressionLevel() returns (uint64);
        function getParentGasFloorPerToken() returns (uint64);
        function getScheduledUpgrade() returns (uint64 arbosVersion, uint64 scheduledForTimestamp);
        function isCalldataPriceIncreaseEnabled() returns (bool);
        function getMaxStylusContractFragments() returns (uint8);
        function getCollectTips() returns (bool);

        event ChainOwnerRectified(address rectifiedOwner);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    View 0 abi::isChainOwnerCall => is_chain_owner;
    Write 11 abi::rectifyChainOwnerCall => rectify_chain_owner;
    View 0 abi::getAllChainOwnersCall => all_chain_owners;
    View 50 abi::getNativeTokenManagementFromCall => native_token_management_from;
    View 41 abi::isNativeTokenOwnerCall => is_native_token_owner;
    View 41 abi::getAllNativeTokenOwnersCall => all_native_token_owners;
    View 60 abi::getTransactionFilteringFromCall => transaction_filtering_from;
    View 60 abi::isTransactionFiltererCall => is_transaction_filterer;
    View 60 abi::getAllTransactionFilterersCall => all_transaction_filterers;
    View 60 abi::getFilteredFundsRecipientCall => filtered_funds_recipient;
    View 0 abi::getNetworkFeeAccountCall => network_fee_account;
    View 5 abi::getInfraFeeAccountCall => infra_fee_account;
    View 20 abi::getBrotliCompressionLevelCall => brotli_compression_level;
    View 50 abi::getParentGasFloorPerTokenCall => parent_gas_floor_per_token;
    View 20 abi::getScheduledUpgradeCall => scheduled_upgrade;
    View 40 abi::isCalldataPriceIncreaseEnabledCall => is_calldata_price_increase_enabled;
    View 60 abi::getMaxStylusContractFragmentsCall => max_stylus_contract_fragments;
    View 60 abi::getCollectTipsCall => collect_tips;
};

fn read<T: Word>(context: &mut Context<'_>, slot: Slot<T>) -> Result<T, Fault> {
    Ok(slot.get(&mut context.state)?)
}

fn is_chain_owner(context: &mut Context<'_>, call: abi::isChainOwnerCall) -> Result<bool, Fault> {
    Ok(slots::root::chain_owners().contains(&mut context.state, call.account)?)
}

/// Repairs the reverse mapping of an owner.
fn rectify_chain_owner(
    context: &mut Context<'_>,
    call: abi::rectifyChainOwnerCall,
) -> Result<(), Fault> {
    if !slots::root::chain_owners().rectify(&mut context.state, call.owner)? {
        return Err(Fault::Plain);
    }
    context.emit(&abi::ChainOwnerRectified { rectifiedOwner: call.owner })
}

fn all_chain_owners(
    context: &mut Context<'_>,
    _: abi::getAllChainOwnersCall,
) -> Result<Vec<Address>, Fault> {
    Ok(slots::root::chain_owners().members(&mut context.state)?)
}

fn native_token_management_from(
    context: &mut Context<'_>,
    _: abi::getNativeTokenManagementFromCall,
) -> Result<u64, Fault> {
    read(context, slots::root::native_token_from())
}

fn is_native_token_owner(
    context: &mut Context<'_>,
    call: abi::isNativeTokenOwnerCall,
) -> Result<bool, Fault> {
    Ok(slots::root::native_token_owners().contains(&mut context.state, call.account)?)
}

fn all_native_token_owners(
    context: &mut Context<'_>,
    _: abi::getAllNativeTokenOwnersCall,
) -> Result<Vec<Address>, Fault> {
    Ok(slots::root::native_token_owners().members(&mut context.state)?)
}

fn transaction_filtering_from(
    context: &mut Context<'_>,
    _: abi::getTransactionFilteringFromCall,
) -> Result<u64, Fault> {
    read(context, slots::root::tx_filtering_from())
}

fn is_transaction_filterer(
    context: &mut Context<'_>,
    call: abi::isTransactionFiltererCall,
) -> Result<bool, Fault> {
    Ok(slots::root::transaction_filterers().contains(&mut context.state, call.account)?)
}

fn all_transaction_filterers(
    context: &mut Context<'_>,
    _: abi::getAllTransactionFilterersCall,
) -> Result<Vec<Address>, Fault> {
    Ok(slots::root::transaction_filterers().members(&mut context.state)?)
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

fn brotli_compression_level(
    context: &mut Context<'_>,
    _: abi::getBrotliCompressionLevelCall,
) -> Result<u64, Fault> {
    read(context, slots::root::brotli_level())
}

fn parent_gas_floor_per_token(
    context: &mut Context<'_>,
    _: abi::getParentGasFloorPerTokenCall,
) -> Result<u64, Fault> {
    read(context, slots::l1::gas_floor_per_token())
}

/// Zeros unless an upgrade to a higher version is pending.
fn scheduled_upgrade(
    context: &mut Context<'_>,
    _: abi::getScheduledUpgradeCall,
) -> Result<(u64, u64), Fault> {
    let version = read(context, slots::root::upgrade_version())?;
    let timestamp = read(context, slots::root::upgrade_timestamp())?;
    Ok(if version > context.version { (version, timestamp) } else { (0, 0) })
}

fn is_calldata_price_increase_enabled(
    context: &mut Context<'_>,
    _: abi::isCalldataPriceIncreaseEnabledCall,
) -> Result<bool, Fault> {
    let bits = read(context, slots::features::bits())?;
    Ok(bits.bit(slots::features::CALLDATA_PRICE_INCREASE))
}

fn max_stylus_contract_fragments(
    context: &mut Context<'_>,
    _: abi::getMaxStylusContractFragmentsCall,
) -> Result<U256, Fault> {
    let params = super::arb_wasm::stylus_params(context)?;
    Ok(U256::from(params.max_fragment_count))
}

fn collect_tips(context: &mut Context<'_>, _: abi::getCollectTipsCall) -> Result<bool, Fault> {
    read(context, slots::root::collect_tips())
}
