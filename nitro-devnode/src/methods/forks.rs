//! `eth_config` (EIP-7910): which rules hold.

use alloy_primitives::{Address, address};
use serde_json::{Map, Value, json};

use super::Method;
use crate::context::Context;
use crate::rpc::{Args, Reply, RpcResult};

/// The parent-hash history contract (devnode.md section 1.6).
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");

/// From which ArbOS version on a precompile of Ethereum is there (devnode.md section 1.7).
const PRECOMPILES: [(&str, u16, u64); 18] = [
    ("ECREC", 0x01, 0),
    ("SHA256", 0x02, 0),
    ("RIPEMD160", 0x03, 0),
    ("ID", 0x04, 0),
    ("MODEXP", 0x05, 0),
    ("BN254_ADD", 0x06, 0),
    ("BN254_MUL", 0x07, 0),
    ("BN254_PAIRING", 0x08, 0),
    ("BLAKE2F", 0x09, 0),
    ("KZG_POINT_EVALUATION", 0x0a, 30),
    ("BLS12_G1ADD", 0x0b, 50),
    ("BLS12_G1MSM", 0x0c, 50),
    ("BLS12_G2ADD", 0x0d, 50),
    ("BLS12_G2MSM", 0x0e, 50),
    ("BLS12_PAIRING_CHECK", 0x0f, 50),
    ("BLS12_MAP_FP_TO_G1", 0x10, 50),
    ("BLS12_MAP_FP2_TO_G2", 0x11, 50),
    ("P256VERIFY", 0x100, 30),
];

/// From this ArbOS version on the history contract is there.
const HISTORY_VERSION: u64 = 40;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_config" => Method::Quick(config),
        _ => return None,
    })
}

/// All forks are active from genesis on and none is to come: there is a current configuration only.
fn config(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    let chain = &context.chain;
    let version = chain.arbos_version();
    let mut checksum = flate2::Crc::new();
    if let Some(genesis) = chain.block(0) {
        checksum.update(genesis.hash.as_slice());
    }
    let precompiles: Map<String, Value> = PRECOMPILES
        .iter()
        .filter(|(_, _, since)| *since <= version)
        .map(|(name, number, _)| ((*name).to_owned(), json!(precompile(*number))))
        .collect();
    let mut contracts = Map::new();
    if version >= HISTORY_VERSION {
        contracts.insert("HISTORY_STORAGE_ADDRESS".to_owned(), json!(HISTORY));
    }
    Reply::of(&json!({
        "current": {
            "activationTime": 0,
            "blobSchedule": null,
            "chainId": format!("{:#x}", chain.chain_id()),
            "forkId": format!("{:#010x}", checksum.sum()),
            "precompiles": precompiles,
            "systemContracts": contracts,
        },
        "next": null,
        "last": null,
    }))
}

const fn precompile(number: u16) -> Address {
    let [high, low] = number.to_be_bytes();
    let mut address = Address::ZERO;
    address.0.0[18] = high;
    address.0.0[19] = low;
    address
}
