//! ArbInfo (0x65) and ArbStatistics (0x6f) (devnode.md 4.5).

use alloy_primitives::{Bytes, U256};

use super::{
    call::{Context, copy_gas},
    method::{Method, methods},
    outcome::Fault,
};

mod abi {
    alloy_sol_types::sol! {
        function getBalance(address account) returns (uint256);
        function getCode(address account) returns (bytes);
        function getStats() returns (uint256, uint256, uint256, uint256, uint256, uint256);
    }
}

pub(super) const INFO: &[Method] = methods! {
    View 0 abi::getBalanceCall => balance;
    View 0 abi::getCodeCall => code;
};

pub(super) const STATISTICS: &[Method] = methods! {
    View 0 abi::getStatsCall => stats;
};

fn balance(context: &mut Context<'_>, call: abi::getBalanceCall) -> Result<U256, Fault> {
    context.burn(700)?;
    Ok(context.backend().balance(call.account))
}

fn code(context: &mut Context<'_>, call: abi::getCodeCall) -> Result<Bytes, Fault> {
    context.burn(2100)?;
    let code = context.backend().code(call.account);
    context.burn(copy_gas(code.len()))?;
    Ok(code)
}

/// The block number; the rest counted accounts of the classic chain.
fn stats(
    context: &mut Context<'_>,
    _: abi::getStatsCall,
) -> Result<(U256, U256, U256, U256, U256, U256), Fault> {
    let none = U256::ZERO;
    Ok((U256::from(context.block().number), none, none, none, none, none))
}
