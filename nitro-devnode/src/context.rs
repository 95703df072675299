//! What the methods work on.

use std::sync::Arc;

use alloy_primitives::B256;
use devnode_chain::Chain;
use tokio::sync::watch;

use crate::filter_registry::FilterRegistry;

/// The chain and what the server keeps beside it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) chain: Arc<Chain>,
    pub(crate) filters: FilterRegistry,
    /// Turns with every new head.
    pub(crate) heads: watch::Receiver<u64>,
    /// Tells this run of the node from any other.
    pub(crate) instance: B256,
}

/// A fresh id for a filter or a subscription: 16 random bytes.
pub(crate) fn fresh_id() -> String {
    let random = B256::random();
    alloy_primitives::hex::encode_prefixed(&random[..16])
}
