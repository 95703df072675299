//! Receipts and logs as a node says them; nothing in them is believed yet.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;

/// What this program reads of a receipt.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The transaction.
    pub transaction_hash: B256,
    /// Its block.
    pub block_number: U256,
    /// Gas paid for.
    pub gas_used: U256,
    /// Price per gas in wei.
    #[serde(default)]
    pub effective_gas_price: U256,
    /// Part of `gas_used` that pays for the data on L1; Arbitrum only.
    #[serde(default)]
    pub gas_used_for_l1: Option<U256>,
    /// 1 if it succeeded.
    pub status: U256,
    /// Address of a created contract.
    #[serde(default)]
    pub contract_address: Option<Address>,
    /// Its logs.
    #[serde(default)]
    pub logs: Vec<RpcLog>,
}

impl Receipt {
    /// What was paid in fees, in wei.
    #[must_use]
    pub const fn fee_wei(&self) -> U256 {
        self.gas_used.saturating_mul(self.effective_gas_price)
    }
}

/// A log as the node says it; nothing in it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RpcLog {
    /// Contract.
    pub address: Address,
    /// Topics.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
    /// Its block.
    #[serde(default)]
    pub block_number: U256,
    /// Its place in the block.
    #[serde(default)]
    pub log_index: U256,
    /// Its transaction.
    #[serde(default)]
    pub transaction_hash: B256,
}
