//! The methods, by name (devnode.md sections 5.1 and 7.1).

mod account;
mod block;
mod block_ref;
mod call;
mod call_request;
mod comfort;
mod fee;
mod identity;
mod log;
mod proof;
mod send;
mod subscribe;
mod trace;
mod transaction;

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

/// The method of that name.
pub(crate) fn find(name: &str) -> Option<Method> {
    let (namespace, _) = name.split_once('_')?;
    match namespace {
        "eth" => find_eth(name),
        "debug" => trace::find(name),
        "net" | "web3" | "rpc" | "arb" | "txpool" => identity::find(name),
        "evm" | "anvil" | "hardhat" | "tenderly" => comfort::find(name),
        _ => None,
    }
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
}
