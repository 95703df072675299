//! The methods, by name (devnode.md sections 5.1 and 7.1).

mod access_list;
mod account;
mod arbitrum;
mod block;
mod block_ref;
mod call;
mod call_request;
mod comfort;
mod conditional;
mod extra;
mod fee;
mod fill;
mod forks;
mod identity;
mod inspect;
mod log;
mod otterscan;
mod parity;
mod pool;
mod proof;
mod raw;
mod send;
mod sign;
mod simulate;
mod subscribe;
mod trace;
mod transaction;
mod typed_data;

use std::pin::Pin;

use crate::context::Context;
use crate::rpc::{Args, RpcResult};
use crate::subscription::Scope;

/// A method that waits without holding a thread.
type WaitingMethod =
    for<'a> fn(&'a Context, Args<'a>) -> Pin<Box<dyn Future<Output = RpcResult> + Send + 'a>>;

/// How a method runs.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    /// Answers from memory, at once.
    Quick(fn(&Context, Args<'_>) -> RpcResult),
    /// Runs a virtual machine or walks the chain.
    Heavy(fn(&Context, Args<'_>) -> RpcResult),
    /// Waits for something to happen on the chain.
    Waiting(WaitingMethod),
    /// Belongs to a connection that can carry notifications.
    Session(fn(&Context, Args<'_>, &Scope) -> RpcResult),
}

/// The method of that name, if its namespace is served.
pub(crate) fn find(context: &Context, name: &str) -> Option<Method> {
    let (namespace, _) = name.split_once('_')?;
    if !context.serves(namespace) {
        return None;
    }
    let found = match namespace {
        "eth" => find_eth(name),
        "net" | "web3" | "rpc" => identity::find(name),
        "txpool" => pool::find(name),
        "arb" | "arbdebug" => arbitrum::find(name).or_else(|| comfort::find_arbitrum(name)),
        "stylus" => comfort::find_arbitrum(name),
        "debug" => raw::find(name).or_else(|| trace::find(name)).or_else(|| inspect::find(name)),
        "erigon" => extra::find(name),
        "ots" => otterscan::find(name),
        "trace" => parity::find(name),
        "personal" => sign::find(name),
        "evm" | "anvil" | "hardhat" | "tenderly" => comfort::find(name),
        _ => None,
    };
    found.filter(|_| !(context.manner.is_strict && is_convenience(name)))
}

/// Methods that Nitro does not have, in namespaces that it has.
fn is_convenience(name: &str) -> bool {
    let is_extra = || extra::find(name).is_some() || typed_data::find(name).is_some();
    is_extra()
        || matches!(
            name,
            "net_listening"
                | "eth_requestAccounts"
                | "eth_sendUnsignedTransaction"
                | "eth_sendTransactionSync"
                | "debug_codeByHash"
                | "arb_setL1BlockNumber"
        )
}

fn find_eth(name: &str) -> Option<Method> {
    identity::find(name)
        .or_else(|| account::find(name))
        .or_else(|| proof::find(name))
        .or_else(|| send::find(name))
        .or_else(|| call::find(name))
        .or_else(|| transaction::find(name))
        .or_else(|| block::find(name))
        .or_else(|| fee::find(name))
        .or_else(|| log::find(name))
        .or_else(|| subscribe::find(name))
        .or_else(|| access_list::find(name))
        .or_else(|| conditional::find(name))
        .or_else(|| fill::find(name))
        .or_else(|| forks::find(name))
        .or_else(|| simulate::find(name))
        .or_else(|| sign::find(name))
        .or_else(|| typed_data::find(name))
        .or_else(|| extra::find(name))
}
