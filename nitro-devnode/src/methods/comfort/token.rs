//! Token balances and allowances: the slot that holds them is found by trying which one changes
//! what the token answers (devnode.md section 7.2).

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, sol};
use devnode_chain::{AccountOverride, BlockOverrides, CallRequest};

use super::done;
use crate::context::Context;
use crate::methods::Method;
use crate::rpc::{Args, LenientNumber, RpcError, RpcResult};

sol! {
    function balanceOf(address account) returns (uint256);
    function allowance(address owner, address spender) returns (uint256);
}

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "dealERC20" | "setERC20Balance" => Method::Heavy(deal),
        "setERC20Allowance" => Method::Heavy(allow),
        _ => return None,
    })
}

fn deal(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (account, token): (Address, Address) = (args.required()?, args.required()?);
    let amount: LenientNumber = args.required()?;
    args.end()?;
    set(context, token, balanceOfCall { account }.abi_encode().into(), amount.0)
}

fn allow(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (owner, spender): (Address, Address) = (args.required()?, args.required()?);
    let (token, amount): (Address, LenientNumber) = (args.required()?, args.required()?);
    args.end()?;
    set(context, token, allowanceCall { owner, spender }.abi_encode().into(), amount.0)
}

fn set(context: &Context, token: Address, question: Bytes, wanted: U256) -> RpcResult {
    let chain = &context.chain;
    let head = chain.head_number();
    let request = CallRequest { to: Some(token), input: question, ..CallRequest::default() };
    let nothing = BlockOverrides::default();
    let touched = chain
        .access_list(&request, head, false, &Vec::new(), &nothing)
        .map_err(|error| RpcError::server(error.to_string()))?;
    for item in touched.list.0 {
        for slot in item.storage_keys {
            let pretended = AccountOverride {
                state_diff: Some(vec![(slot.into(), B256::from(wanted))]),
                ..AccountOverride::default()
            };
            let overrides = vec![(item.address, pretended)];
            let answer = chain.call(&request, head, false, &overrides, &nothing);
            let is_it = answer.is_ok_and(|data| data.as_ref() == wanted.to_be_bytes::<32>());
            if is_it {
                chain.set_storage(item.address, slot.into(), wanted);
                return done();
            }
        }
    }
    Err(RpcError::server(format!("no storage slot of {token} decides what it answers")))
}
