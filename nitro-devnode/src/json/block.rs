//! Headers and blocks.

use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use serde::Serialize;

use super::{Hex, TransactionJson};

/// `eth_getHeaderBy…`, and the first members of a block.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeaderJson {
    pub(crate) number: Hex,
    /// Null in a block fetched as `pending`.
    pub(crate) hash: Option<B256>,
    pub(crate) parent_hash: B256,
    /// Null in a block fetched as `pending`.
    pub(crate) nonce: Option<B64>,
    pub(crate) mix_hash: B256,
    pub(crate) sha3_uncles: B256,
    pub(crate) logs_bloom: Bloom,
    pub(crate) state_root: B256,
    /// Null in a block fetched as `pending`.
    pub(crate) miner: Option<Address>,
    pub(crate) difficulty: U256,
    pub(crate) extra_data: Bytes,
    pub(crate) gas_limit: Hex,
    pub(crate) gas_used: Hex,
    pub(crate) timestamp: Hex,
    pub(crate) transactions_root: B256,
    pub(crate) receipts_root: B256,
    pub(crate) base_fee_per_gas: Hex,
    pub(crate) l1_block_number: Hex,
    pub(crate) send_count: Hex,
    pub(crate) send_root: B256,
}

/// `eth_getBlockBy…`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockJson {
    #[serde(flatten)]
    pub(crate) header: HeaderJson,
    pub(crate) size: Hex,
    pub(crate) transactions: Transactions,
    pub(crate) uncles: [B256; 0],
}

/// The transactions of a block: whole, or their hashes.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Transactions {
    /// `full` was false.
    Hashes(Vec<B256>),
    /// `full` was true.
    Full(Vec<TransactionJson>),
}

/// What `newHeads` notifies: the plain Ethereum header with its newer members null
/// (devnode.md section 5.7).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeadJson {
    parent_hash: B256,
    sha3_uncles: B256,
    miner: Option<Address>,
    state_root: B256,
    transactions_root: B256,
    receipts_root: B256,
    logs_bloom: Bloom,
    difficulty: U256,
    number: Hex,
    gas_limit: Hex,
    gas_used: Hex,
    timestamp: Hex,
    extra_data: Bytes,
    mix_hash: B256,
    nonce: Option<B64>,
    base_fee_per_gas: Hex,
    withdrawals_root: Option<B256>,
    blob_gas_used: Option<Hex>,
    excess_blob_gas: Option<Hex>,
    parent_beacon_block_root: Option<B256>,
    requests_hash: Option<B256>,
    hash: Option<B256>,
}

impl From<HeaderJson> for HeadJson {
    fn from(header: HeaderJson) -> Self {
        Self {
            parent_hash: header.parent_hash,
            sha3_uncles: header.sha3_uncles,
            miner: header.miner,
            state_root: header.state_root,
            transactions_root: header.transactions_root,
            receipts_root: header.receipts_root,
            logs_bloom: header.logs_bloom,
            difficulty: header.difficulty,
            number: header.number,
            gas_limit: header.gas_limit,
            gas_used: header.gas_used,
            timestamp: header.timestamp,
            extra_data: header.extra_data,
            mix_hash: header.mix_hash,
            nonce: header.nonce,
            base_fee_per_gas: header.base_fee_per_gas,
            withdrawals_root: None,
            blob_gas_used: None,
            excess_blob_gas: None,
            parent_beacon_block_root: None,
            requests_hash: None,
            hash: header.hash,
        }
    }
}
