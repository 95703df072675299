//! Accounts and prices as one wants them (devnode.md sections 7.2 and 7.4).

use alloy_primitives::Address;

use super::{done, number};
use crate::context::Context;
use crate::methods::Method;
use crate::rpc::{Args, Data, LenientNumber, Reply, RpcResult, StorageKey};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "setBalance" => Method::Quick(set_balance),
        "addBalance" => Method::Quick(add_balance),
        "setNonce" | "setAccountNonce" => Method::Quick(set_nonce),
        "setCode" => Method::Quick(set_code),
        "setStorageAt" => Method::Quick(set_storage),
        "setNextBlockBaseFeePerGas" => Method::Quick(set_next_base_fee),
        "setMinGasPrice" => Method::Quick(set_min_base_fee),
        "setBlockGasLimit" => Method::Quick(set_block_gas_limit),
        "setLoggingEnabled" => Method::Quick(set_logging),
        _ => return None,
    })
}

fn set_balance(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (account, wei): (Address, LenientNumber) = (args.required()?, args.required()?);
    args.end()?;
    context.chain.set_balance(account, wei.0);
    done()
}

fn add_balance(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (account, wei): (Address, LenientNumber) = (args.required()?, args.required()?);
    args.end()?;
    let before = context.chain.balance(account, context.chain.head_number());
    context.chain.set_balance(account, before.saturating_add(wei.0));
    done()
}

fn set_nonce(context: &Context, mut args: Args<'_>) -> RpcResult {
    let account: Address = args.required()?;
    let nonce = number(&mut args)?;
    args.end()?;
    context.chain.set_nonce(account, nonce);
    done()
}

fn set_code(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (account, code): (Address, Data) = (args.required()?, args.required()?);
    args.end()?;
    context.chain.set_code(account, code.0);
    done()
}

fn set_storage(context: &Context, mut args: Args<'_>) -> RpcResult {
    let account: Address = args.required()?;
    let (slot, value): (StorageKey, StorageKey) = (args.required()?, args.required()?);
    args.end()?;
    context.chain.set_storage(account, slot.0, value.0);
    Reply::of(&true)
}

fn set_next_base_fee(context: &Context, mut args: Args<'_>) -> RpcResult {
    let wei: LenientNumber = args.required()?;
    args.end()?;
    context.chain.set_next_base_fee(wei.0);
    done()
}

fn set_min_base_fee(context: &Context, mut args: Args<'_>) -> RpcResult {
    let wei: LenientNumber = args.required()?;
    args.end()?;
    context.chain.set_min_base_fee(wei.0);
    done()
}

/// Headers always say 2^50 on this chain: what is set is the compute gas of a block.
fn set_block_gas_limit(context: &Context, mut args: Args<'_>) -> RpcResult {
    let gas = number(&mut args)?;
    args.end()?;
    context.chain.set_block_gas_limit(gas);
    Reply::of(&true)
}

/// There is no log of requests to switch on.
fn set_logging(_: &Context, mut args: Args<'_>) -> RpcResult {
    let _is_on: bool = args.required()?;
    args.end()?;
    done()
}
