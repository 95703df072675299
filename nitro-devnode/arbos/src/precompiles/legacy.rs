//! ArbFunctionTable (0x68), ArbosTest (0x69) and ArbosActs (0xa4b05) (devnode.md 4.12).

use alloy_primitives::U256;

use super::{
    call::{Context, custom},
    error_text::PrecompileErrors as errors,
    method::{Method, methods},
    outcome::Fault,
};

mod abi {
    alloy_sol_types::sol! {
        function upload(bytes data);
        function size(address account) returns (uint256);
        function get(address account, uint256 index) returns (uint256, bool, uint256);

        function burnArbGas(uint256 gasAmount);

        function startBlock(uint256 l1BaseFee, uint64 l1BlockNumber, uint64 l2BlockNumber, uint64 timePassed);
        function batchPostingReport(uint256 batchTimestamp, address batchPoster, uint64 batchNumber, uint64 batchDataGas, uint256 l1BaseFeeWei);
        function batchPostingReportV2(uint256 batchTimestamp, address batchPoster, uint64 batchNumber, uint64 calldataLength, uint64 calldataNonZeros, uint64 extraGas, uint256 l1BaseFeeWei);
    }
}

pub(super) const FUNCTION_TABLE: &[Method] = methods! {
    Write 0 abi::uploadCall => upload;
    View 0 abi::sizeCall => size;
    View 0 abi::getCall => get;
};

pub(super) const ARBOS_TEST: &[Method] = methods! {
    Pure 0 abi::burnArbGasCall => burn_arb_gas;
};

pub(super) const ARBOS_ACTS: &[Method] = methods! {
    Write 0 abi::startBlockCall => start_block;
    Write 0 abi::batchPostingReportCall => batch_posting_report;
    Write 50 abi::batchPostingReportV2Call => batch_posting_report_v2;
};

fn upload(_: &mut Context<'_>, _: abi::uploadCall) -> Result<(), Fault> {
    Ok(())
}

const fn size(_: &mut Context<'_>, _: abi::sizeCall) -> Result<U256, Fault> {
    Ok(U256::ZERO)
}

const fn get(_: &mut Context<'_>, _: abi::getCall) -> Result<(U256, bool, U256), Fault> {
    Err(Fault::Plain)
}

/// Burns the amount, at most what is left.
fn burn_arb_gas(context: &mut Context<'_>, call: abi::burnArbGasCall) -> Result<(), Fault> {
    let amount = call.gasAmount.saturating_to::<u64>().min(context.state.gas_left);
    context.burn(amount)
}

fn start_block(_: &mut Context<'_>, _: abi::startBlockCall) -> Result<(), Fault> {
    Err(caller_not_arbos())
}

fn batch_posting_report(_: &mut Context<'_>, _: abi::batchPostingReportCall) -> Result<(), Fault> {
    Err(caller_not_arbos())
}

fn batch_posting_report_v2(
    _: &mut Context<'_>,
    _: abi::batchPostingReportV2Call,
) -> Result<(), Fault> {
    Err(caller_not_arbos())
}

fn caller_not_arbos() -> Fault {
    custom(&errors::CallerNotArbOS {})
}
