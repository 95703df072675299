//! Stylus programs (devnode.md section 7.4, rule 5).

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::{SolCall, sol};
use devnode_chain::CallRequest;

use super::impersonation::send_as;
use crate::accounts::DEV_ACCOUNT;
use crate::context::Context;
use crate::rpc::{Args, RpcResult};

sol! {
    function activateProgram(address program) payable returns (uint16, uint256);
}

const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

/// More than any data fee, in wei; ArbWasm gives the rest back.
const ENOUGH: u64 = 1_000_000_000_000_000_000;

/// `stylus_activate [program]`: the dev account activates it; the hash of the transaction.
pub(super) fn activate(context: &Context, mut args: Args<'_>) -> RpcResult {
    let program: Address = args.required()?;
    args.end()?;
    let request = CallRequest {
        from: DEV_ACCOUNT.address,
        to: Some(ARB_WASM),
        value: U256::from(ENOUGH),
        input: activateProgramCall { program }.abi_encode().into(),
        ..CallRequest::default()
    };
    send_as(context, &request)
}
