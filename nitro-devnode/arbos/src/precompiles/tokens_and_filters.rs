//! ArbNativeTokenManager (0x73) and ArbFilteredTransactionsManager (0x74) (devnode.md 4.12).

use alloy_primitives::{Address, B256, U256};

use super::{
    arb_owner::demand,
    call::Context,
    method::{Method, methods},
    outcome::Fault,
};
use crate::{address::FILTERED_TRANSACTIONS, metering::READ_GAS, state::slots};

mod abi {
    alloy_sol_types::sol! {
        function mintNativeToken(uint256 amount);
        function burnNativeToken(uint256 amount);

        event NativeTokenMinted(address indexed to, uint256 amount);
        event NativeTokenBurned(address indexed from, uint256 amount);

        function addFilteredTransaction(bytes32 txHash);
        function deleteFilteredTransaction(bytes32 txHash);
        function isTransactionFiltered(bytes32 txHash) returns (bool);
    }
}

pub(super) const NATIVE_TOKEN: &[Method] = methods! {
    Write 41 abi::mintNativeTokenCall => mint;
    Write 41 abi::burnNativeTokenCall => burn;
};

pub(super) const FILTERS: &[Method] = methods! {
    Write 60 abi::addFilteredTransactionCall => add_filtered;
    Write 60 abi::deleteFilteredTransactionCall => delete_filtered;
    View 60 abi::isTransactionFilteredCall => is_filtered;
};

fn mint(context: &mut Context<'_>, call: abi::mintNativeTokenCall) -> Result<(), Fault> {
    let to = token_owner(context)?;
    context.backend().mint(to, call.amount);
    context.emit(&abi::NativeTokenMinted { to, amount: call.amount })
}

fn burn(context: &mut Context<'_>, call: abi::burnNativeTokenCall) -> Result<(), Fault> {
    let from = token_owner(context)?;
    demand(context.backend().burn(from, call.amount))?;
    context.emit(&abi::NativeTokenBurned { from, amount: call.amount })
}

/// The caller, if it is a native-token owner; others lose all gas.
fn token_owner(context: &mut Context<'_>) -> Result<Address, Fault> {
    let caller = context.call.caller;
    let is_owner = slots::root::native_token_owners().contains(&mut context.state, caller)?;
    if is_owner { Ok(caller) } else { Err(Fault::BurnAll) }
}

fn add_filtered(
    context: &mut Context<'_>,
    call: abi::addFilteredTransactionCall,
) -> Result<(), Fault> {
    set_filtered(context, call.txHash, true)
}

fn delete_filtered(
    context: &mut Context<'_>,
    call: abi::deleteFilteredTransactionCall,
) -> Result<(), Fault> {
    set_filtered(context, call.txHash, false)
}

fn set_filtered(context: &mut Context<'_>, hash: B256, value: bool) -> Result<(), Fault> {
    demand(is_filterer(context)?)?;
    context.backend().set_storage(FILTERED_TRANSACTIONS, hash.into(), U256::from(value));
    Ok(())
}

fn is_filtered(
    context: &mut Context<'_>,
    call: abi::isTransactionFilteredCall,
) -> Result<bool, Fault> {
    is_filterer(context)?;
    context.burn(READ_GAS)?;
    Ok(!context.backend().storage(FILTERED_TRANSACTIONS, call.txHash.into()).is_zero())
}

/// The membership read; the guard has made everything free for filterers.
fn is_filterer(context: &mut Context<'_>) -> Result<bool, Fault> {
    let caller = context.call.caller;
    Ok(slots::root::transaction_filterers().contains(&mut context.state, caller)?)
}
