//! Receipts.

use alloy_primitives::{Address, B256, Bloom};
use serde::Serialize;

use super::{Hex, LogJson};

/// A receipt with Arbitrum's members.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptJson {
    pub(crate) block_hash: B256,
    pub(crate) block_number: Hex,
    pub(crate) transaction_hash: B256,
    pub(crate) transaction_index: Hex,
    pub(crate) from: Address,
    /// Null on creation.
    pub(crate) to: Option<Address>,
    pub(crate) gas_used: Hex,
    pub(crate) cumulative_gas_used: Hex,
    pub(crate) contract_address: Option<Address>,
    pub(crate) logs: Vec<LogJson>,
    pub(crate) logs_bloom: Bloom,
    pub(crate) status: Hex,
    #[serde(rename = "type")]
    pub(crate) kind: Hex,
    pub(crate) effective_gas_price: Hex,
    #[serde(rename = "gasUsedForL1")]
    pub(crate) gas_used_for_l1: Hex,
    #[serde(rename = "l1BlockNumber")]
    pub(crate) l1_block_number: Hex,
    /// Absent for genesis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeboosted: Option<bool>,
}
