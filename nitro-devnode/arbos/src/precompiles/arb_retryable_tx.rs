//! ArbRetryableTx (0x6e). Without an L1 no ticket can come into being, so every ticket is unknown
//! (devnode.md 2.6, 4.12).

use alloy_primitives::{Address, B256, U256};

use super::{
    call::{Context, custom},
    error_text::PrecompileErrors as errors,
    method::{Method, methods},
    outcome::Fault,
};
use crate::metering::READ_GAS;

mod abi {
    alloy_sol_types::sol! {
        function getLifetime() returns (uint256);
        function getTimeout(bytes32 ticketId) returns (uint256);
        function getBeneficiary(bytes32 ticketId) returns (address);
        function keepalive(bytes32 ticketId) returns (uint256);
        function cancel(bytes32 ticketId);
        function redeem(bytes32 ticketId) returns (bytes32);
        function getCurrentRedeemer() returns (address);
        function submitRetryable(bytes32 requestId, uint256 l1BaseFee, uint256 deposit, uint256 callvalue, uint256 gasFeeCap, uint64 gasLimit, uint256 maxSubmissionFee, address feeRefundAddress, address beneficiary, address retryTo, bytes retryData);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    View 0 abi::getLifetimeCall => lifetime;
    View 0 abi::getTimeoutCall => timeout;
    View 0 abi::getBeneficiaryCall => beneficiary;
    Write 0 abi::keepaliveCall => keepalive;
    Write 0 abi::cancelCall => cancel;
    Write 0 abi::redeemCall => redeem;
    View 0 abi::getCurrentRedeemerCall => current_redeemer;
    Write 0 abi::submitRetryableCall => submit_retryable;
};

/// Seconds a ticket lives: one week.
const LIFETIME_SECONDS: u64 = 604_800;

fn lifetime(_: &mut Context<'_>, _: abi::getLifetimeCall) -> Result<U256, Fault> {
    Ok(U256::from(LIFETIME_SECONDS))
}

fn timeout(context: &mut Context<'_>, _: abi::getTimeoutCall) -> Result<U256, Fault> {
    Err(unknown_ticket(context))
}

fn beneficiary(context: &mut Context<'_>, _: abi::getBeneficiaryCall) -> Result<Address, Fault> {
    Err(unknown_ticket(context))
}

fn keepalive(context: &mut Context<'_>, _: abi::keepaliveCall) -> Result<U256, Fault> {
    Err(unknown_ticket(context))
}

fn cancel(context: &mut Context<'_>, _: abi::cancelCall) -> Result<(), Fault> {
    Err(unknown_ticket(context))
}

fn redeem(context: &mut Context<'_>, _: abi::redeemCall) -> Result<B256, Fault> {
    Err(unknown_ticket(context))
}

const fn current_redeemer(
    _: &mut Context<'_>,
    _: abi::getCurrentRedeemerCall,
) -> Result<Address, Fault> {
    Ok(Address::ZERO)
}

fn submit_retryable(_: &mut Context<'_>, _: abi::submitRetryableCall) -> Result<(), Fault> {
    Err(custom(&errors::NotCallable {}))
}

/// Looking up a ticket reads its time-out.
fn unknown_ticket(context: &mut Context<'_>) -> Fault {
    match context.burn(READ_GAS) {
        Ok(()) => custom(&errors::NoTicketWithID {}),
        Err(fault) => fault,
    }
}
