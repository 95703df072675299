//! `eth_getProof` (devnode.md 5.1, EIP-1186).

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use devnode_chain::{AccountProof, StorageProof};
use serde::Serialize;

use super::Method;
use super::block::state_number;
use super::block_ref::BlockRef;
use crate::context::Context;
use crate::rpc::{Args, FromParam, Reply, RpcError, RpcResult, StorageKey};

/// Slots that may be asked for at once, as in go-ethereum.
const MOST_SLOTS: usize = 1024;

pub(super) fn find(name: &str) -> Option<Method> {
    (name == "eth_getProof").then_some(Method::Heavy(proof))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProofJson {
    address: Address,
    account_proof: Vec<Bytes>,
    balance: U256,
    code_hash: B256,
    nonce: U64,
    storage_hash: B256,
    storage_proof: Vec<SlotJson>,
}

#[derive(Serialize)]
struct SlotJson {
    key: String,
    value: U256,
    proof: Vec<Bytes>,
}

fn proof(context: &Context, mut args: Args<'_>) -> RpcResult {
    let address: Address = args.required()?;
    let keys: Vec<String> = args.required()?;
    let block: Option<BlockRef> = args.optional()?;
    args.end()?;
    if keys.len() > MOST_SLOTS {
        let text = format!("too many keys (got {}, max {MOST_SLOTS})", keys.len());
        return Err(RpcError::invalid_params(text));
    }
    let slots = keys.iter().map(|key| slot(key)).collect::<Result<Vec<U256>, RpcError>>()?;
    let number = state_number(context, block.unwrap_or_default())?;
    let proven = context.chain.proof(address, &slots, number);
    let proven = proven.ok_or_else(|| RpcError::server("header not found"))?;
    Reply::of(&json_of(proven, &keys))
}

fn slot(key: &str) -> Result<U256, RpcError> {
    StorageKey::from_param(&format!("\"{key}\"")).map(|key| key.0).map_err(RpcError::invalid_params)
}

fn json_of(proven: AccountProof, keys: &[String]) -> ProofJson {
    let slots = proven.storage.into_iter().zip(keys);
    ProofJson {
        address: proven.address,
        account_proof: proven.proof,
        balance: proven.balance,
        code_hash: proven.code_hash,
        nonce: U64::from(proven.nonce),
        storage_hash: proven.storage_root,
        storage_proof: slots.map(|(slot, key)| slot_json(slot, key)).collect(),
    }
}

/// A key that was given as a word is shown as one, others as quantities.
fn slot_json(proven: StorageProof, asked: &str) -> SlotJson {
    let is_word = asked.len() == 66;
    let key =
        if is_word { B256::from(proven.slot).to_string() } else { format!("{:#x}", proven.slot) };
    SlotJson { key, value: proven.value, proof: proven.proof }
}
