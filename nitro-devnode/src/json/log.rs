//! Logs.

use alloy_primitives::{Address, B256, Bytes};
use serde::Serialize;

use super::Hex;

/// One log with its place in the chain.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogJson {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
    pub(crate) block_number: Hex,
    pub(crate) transaction_hash: B256,
    pub(crate) transaction_index: Hex,
    pub(crate) block_hash: B256,
    pub(crate) block_timestamp: Hex,
    /// Counts over the block.
    pub(crate) log_index: Hex,
    pub(crate) removed: bool,
}
