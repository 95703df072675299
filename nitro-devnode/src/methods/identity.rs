//! Who the node is: chain id, versions, what it does not do.

use alloy_primitives::keccak256;
use serde_json::json;

use super::Method;
use crate::context::Context;
use crate::rpc::{Args, Data, Reply, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_chainId" => Method::Quick(chain_id),
        "eth_syncing" => Method::Quick(|_, args| constant(&args, &false)),
        "eth_accounts" | "eth_requestAccounts" => Method::Quick(accounts),
        "net_version" => Method::Quick(network),
        // Absent in Nitro; anvil has it and old clients ask (devnode.md acceptance 6, comfort).
        "net_listening" => Method::Quick(|_, args| constant(&args, &true)),
        "web3_clientVersion" => {
            Method::Quick(|context, args| constant(&args, &client_version(context)))
        }
        "web3_sha3" => Method::Quick(sha3),
        "rpc_modules" => Method::Quick(modules),
        _ => return None,
    })
}

/// Shaped like Nitro's, unless something else was chosen: `nitro/v<version>/<os>-<arch>/<runtime>`.
pub(super) fn client_version(context: &Context) -> String {
    if let Some(chosen) = &context.manner.client_version {
        return chosen.clone();
    }
    let version = env!("CARGO_PKG_VERSION");
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("nitro/v{version}-devnode/{system}-{machine}/rust")
}

fn constant<T: serde::Serialize + ?Sized>(args: &Args<'_>, value: &T) -> RpcResult {
    args.end()?;
    Reply::of(value)
}

fn chain_id(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Ok(Reply::quantity(context.chain.chain_id()))
}

fn network(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    Reply::of(&context.chain.chain_id().to_string())
}

/// None, unless the node was told to use keys (devnode.md section 1.3).
fn accounts(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let mut accounts: Vec<_> = context.manner.keys.keys().collect();
    accounts.sort_unstable();
    Reply::of(&accounts)
}

fn sha3(_: &Context, mut args: Args<'_>) -> RpcResult {
    let data: Data = args.required()?;
    args.end()?;
    Reply::of(&keccak256(data.0))
}

/// The namespaces that are served (devnode.md section 5.1).
fn modules(context: &Context, args: Args<'_>) -> RpcResult {
    const NAMESPACES: [&str; 17] = [
        "anvil", "arb", "arbdebug", "debug", "erigon", "eth", "evm", "hardhat", "net", "ots",
        "personal", "rpc", "stylus", "tenderly", "trace", "txpool", "web3",
    ];
    args.end()?;
    let served = NAMESPACES.iter().filter(|name| context.serves(name));
    let map: serde_json::Map<_, _> =
        served.map(|name| ((*name).to_owned(), json!("1.0"))).collect();
    Reply::of(&map)
}
