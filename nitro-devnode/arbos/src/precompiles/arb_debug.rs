//! ArbDebug (0xff): helpers of test chains (devnode.md 4.11).

use alloy_primitives::{Address, Bytes, U256};

use super::{
    call::{Context, custom},
    error_text::PrecompileErrors as errors,
    method::{Method, methods},
    outcome::Fault,
};
use crate::state::slots;

mod abi {
    alloy_sol_types::sol! {
        function becomeChainOwner();
        function overwriteContractCode(address target, bytes newCode) returns (bytes oldCode);
        function events(bool flag, bytes32 value) returns (address, uint256);
        function eventsView();
        function customRevert(uint64 number);
        function panic();
        function legacyError();

        event Basic(bool flag, bytes32 indexed value);
        event Mixed(bool indexed flag, bool not, bytes32 indexed value, address conn, address indexed caller);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    Write 0 abi::becomeChainOwnerCall => become_chain_owner;
    Write 0 abi::overwriteContractCodeCall => overwrite_contract_code;
    Payable 0 abi::eventsCall => events;
    View 0 abi::eventsViewCall => events_view;
    Pure 0 abi::customRevertCall => custom_revert;
    Write 30 abi::panicCall => panic;
    Pure 0 abi::legacyErrorCall => legacy_error;
};

const SPIDER: &str = r"This spider family wards off bugs: /\oo/\ //\(oo)//\ /\oo/\";

fn become_chain_owner(
    context: &mut Context<'_>,
    _: abi::becomeChainOwnerCall,
) -> Result<(), Fault> {
    let caller = context.call.caller;
    slots::root::chain_owners().add(&mut context.state, caller)?;
    Ok(())
}

fn overwrite_contract_code(
    context: &mut Context<'_>,
    call: abi::overwriteContractCodeCall,
) -> Result<Bytes, Fault> {
    let old_code = context.backend().code(call.target);
    context.backend().set_code(call.target, call.newCode);
    Ok(old_code)
}

fn events(context: &mut Context<'_>, call: abi::eventsCall) -> Result<(Address, U256), Fault> {
    let (caller, value) = (context.call.caller, context.call.value);
    context.emit(&abi::Basic { flag: !call.flag, value: call.value })?;
    context.emit(&abi::Mixed {
        flag: call.flag,
        not: !call.flag,
        value: call.value,
        conn: context.call.address,
        caller,
    })?;
    Ok((caller, value))
}

/// Always fails: view methods cannot log.
fn events_view(context: &mut Context<'_>, _: abi::eventsViewCall) -> Result<(), Fault> {
    context.emit(&abi::Basic { flag: true, value: Default::default() })
}

fn custom_revert(_: &mut Context<'_>, call: abi::customRevertCall) -> Result<(), Fault> {
    let error = errors::Custom { number: call.number, message: SPIDER.to_owned(), flag: true };
    Err(custom(&error))
}

/// The reference crashes; this node goes on.
const fn panic(_: &mut Context<'_>, _: abi::panicCall) -> Result<(), Fault> {
    Err(Fault::Crash)
}

const fn legacy_error(_: &mut Context<'_>, _: abi::legacyErrorCall) -> Result<(), Fault> {
    Err(Fault::Plain)
}
