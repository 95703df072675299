//! Logs over any range: public endpoints cap it by blocks or by results, and say so in their own words.

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};

use super::{Rpc, RpcError, RpcLog};

/// What logs are asked for: always by contract and topic.
#[derive(Debug, Clone)]
pub struct LogFilter {
    /// Contract.
    pub address: Address,
    /// First topics.
    pub topics: Vec<B256>,
    /// First block.
    pub from_block: u64,
    /// Last block.
    pub to_block: u64,
}

/// The same with alternatives: each place lists the topics that may stand there; an empty list is any.
#[derive(Debug, Clone)]
pub struct EventFilter {
    /// Contract.
    pub address: Address,
    /// First topics.
    pub topics: Vec<Vec<B256>>,
    /// First block.
    pub from_block: u64,
    /// Last block.
    pub to_block: u64,
}

impl From<&LogFilter> for EventFilter {
    fn from(filter: &LogFilter) -> Self {
        Self {
            address: filter.address,
            topics: filter.topics.iter().map(|topic| vec![*topic]).collect(),
            from_block: filter.from_block,
            to_block: filter.to_block,
        }
    }
}

impl Rpc {
    /// All logs of the filter, in order.
    ///
    /// # Errors
    ///
    /// As [`Self::events`].
    pub async fn logs(&self, filter: &LogFilter) -> Result<Vec<RpcLog>, RpcError> {
        self.events(&filter.into()).await
    }

    /// All logs of the filter, in order. A range that is refused is halved, and doubled again after a
    /// success; what was read stays read.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`]: the node's refusal once a single block is refused.
    pub async fn events(&self, filter: &EventFilter) -> Result<Vec<RpcLog>, RpcError> {
        let mut found = Vec::new();
        let mut from = filter.from_block;
        let mut width = filter.to_block.saturating_sub(from).saturating_add(1);
        while from <= filter.to_block {
            let to = from.saturating_add(width - 1).min(filter.to_block);
            match self.logs_between(filter, from, to).await {
                Ok(logs) => {
                    found.extend(logs);
                    let Some(next) = to.checked_add(1) else { break };
                    (from, width) = (next, width.saturating_mul(2));
                }
                Err(error) if to == from || !is_too_much(&error) => return Err(error),
                Err(error) => {
                    self.screen.detail(&format!("blocks {from} to {to} are refused: {error}"));
                    width = (to - from).div_ceil(2);
                }
            }
        }
        Ok(found)
    }

    async fn logs_between(
        &self,
        filter: &EventFilter,
        from: u64,
        to: u64,
    ) -> Result<Vec<RpcLog>, RpcError> {
        let topics: Vec<_> = filter
            .topics
            .iter()
            .map(|topics| match topics.as_slice() {
                [] => Value::Null,
                [only] => json!(only),
                several => json!(several),
            })
            .collect();
        let filter = json!([{
            "address": filter.address,
            "topics": topics,
            "fromBlock": format!("{from:#x}"),
            "toBlock": format!("{to:#x}"),
        }]);
        self.call("eth_getLogs", filter).await
    }
}

/// Whether a smaller range may do: the node refused, the answer was cut or over the limit.
const fn is_too_much(error: &RpcError) -> bool {
    match error {
        RpcError::Node { .. } | RpcError::TooLarge { .. } | RpcError::BadReply { .. } => true,
        // A node that hangs would hang at each of the halves.
        RpcError::Unreachable { .. } | RpcError::Url(_) | RpcError::Unexpected { .. } => false,
    }
}
