//! Which logs are asked for (devnode.md section 5.6).

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, Bloom, BloomInput};
use serde::Deserialize;
use serde_json::Value;

use crate::rpc::{Address20, FromParam, Hash32, RpcError, object_by_serde, quantity64};

/// Addresses, or topics in one position, that one filter may name.
const MAX_ALTERNATIVES: usize = 1_000;

/// Topics of one log.
const MAX_TOPICS: usize = 4;

/// Which logs: by address, and by topic position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogPattern {
    /// Empty: any.
    addresses: Vec<Address>,
    /// Per position; an empty list: any.
    topics: Vec<Vec<B256>>,
}

impl LogPattern {
    /// Whether a log is asked for.
    pub(crate) fn matches(&self, address: &Address, topics: &[B256]) -> bool {
        let address_fits = self.addresses.is_empty() || self.addresses.contains(address);
        address_fits
            && self.topics.len() <= topics.len()
            && self
                .topics
                .iter()
                .zip(topics)
                .all(|(wanted, have)| wanted.is_empty() || wanted.contains(have))
    }

    /// Whether a block with this bloom can hold a match.
    pub(crate) fn may_match(&self, bloom: &Bloom) -> bool {
        let holds = |word: &[u8]| bloom.contains_input(BloomInput::Raw(word));
        let address_fits =
            self.addresses.is_empty() || self.addresses.iter().any(|a| holds(a.as_slice()));
        address_fits
            && self.topics.iter().all(|wanted| {
                wanted.is_empty() || wanted.iter().any(|topic| holds(topic.as_slice()))
            })
    }
}

/// The filter object of `eth_getLogs`, `eth_newFilter` and the `logs` subscription.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogFilter {
    pub(crate) pattern: LogPattern,
    /// Exclusive with the range.
    pub(crate) block_hash: Option<B256>,
    pub(crate) from: Option<Bound>,
    pub(crate) to: Option<Bound>,
}

/// One end of a block range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// That block.
    Number(u64),
    /// The first block.
    Earliest,
    /// The newest block.
    Latest,
    /// Blocks that are not there yet.
    Pending,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    block_hash: Option<Hash32>,
    from_block: Option<Value>,
    to_block: Option<Value>,
    address: Option<Value>,
    topics: Option<Vec<Value>>,
}

impl FromParam for LogFilter {
    fn from_param(json: &str) -> Result<Self, String> {
        let raw: Raw = object_by_serde(json, "filters.FilterCriteria")?;
        if raw.block_hash.is_some() && (raw.from_block.is_some() || raw.to_block.is_some()) {
            return Err("can't specify fromBlock/toBlock with blockHash".to_owned());
        }
        let topics = raw.topics.unwrap_or_default();
        let filter = Self {
            pattern: LogPattern {
                addresses: one_or_list::<Address20, Address>(raw.address, "address")?,
                topics: topics
                    .into_iter()
                    .map(|position| one_or_list::<Hash32, B256>(Some(position), "topic"))
                    .collect::<Result<_, _>>()?,
            },
            block_hash: raw.block_hash.map(|hash| hash.0),
            from: raw.from_block.map(bound).transpose()?,
            to: raw.to_block.map(bound).transpose()?,
        };
        Ok(filter)
    }
}

impl LogFilter {
    /// Refuses what go-ethereum refuses when the filter is used, not when it is read.
    pub(crate) fn check(&self) -> Result<(), RpcError> {
        if self.pattern.topics.len() > MAX_TOPICS {
            return Err(RpcError::invalid_params("exceed max topics"));
        }
        let widest = self.pattern.topics.iter().map(Vec::len).max().unwrap_or(0);
        if self.pattern.addresses.len().max(widest) > MAX_ALTERNATIVES {
            let text = "exceed max addresses or topics per search position";
            return Err(RpcError::invalid_params(text));
        }
        if matches!(self.from, Some(Bound::Pending)) || matches!(self.to, Some(Bound::Pending)) {
            return Err(RpcError::server("pending logs are not supported"));
        }
        Ok(())
    }

    /// Refuses what cannot be waited for as well: a range that ends before it begins, or that
    /// begins with the newest block and ends at a numbered one.
    pub(crate) fn check_lasting(&self) -> Result<(), RpcError> {
        self.check()?;
        let number = |bound: Option<Bound>| match bound {
            Some(Bound::Number(number)) => Some(number),
            Some(Bound::Earliest) => Some(0),
            Some(Bound::Latest | Bound::Pending) | None => None,
        };
        let is_range = match (number(self.from), number(self.to)) {
            (Some(from), Some(to)) => from <= to,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        if is_range { Ok(()) } else { Err(RpcError::invalid_params("invalid block range params")) }
    }

    /// The blocks to search, ends included, when `head` is the newest.
    pub(crate) fn range(&self, head: u64) -> Result<RangeInclusive<u64>, RpcError> {
        let resolve = |bound: Option<Bound>| match bound {
            Some(Bound::Number(number)) => number,
            Some(Bound::Earliest) => 0,
            Some(Bound::Latest | Bound::Pending) | None => head,
        };
        let (from, to) = (resolve(self.from), resolve(self.to));
        if from > to
            && matches!((self.from, self.to), (Some(Bound::Number(_)), Some(Bound::Number(_))))
        {
            return Err(RpcError::invalid_params("invalid block range params"));
        }
        Ok(from..=to.min(head))
    }

    /// Whether a polled filter asks for a block of that number.
    pub(crate) fn has(&self, number: u64) -> bool {
        !self.narrow(number..=number).is_empty()
    }

    /// Those of the new blocks that a polled filter asks for; without bounds it asks for all.
    pub(crate) fn narrow(&self, fresh: RangeInclusive<u64>) -> RangeInclusive<u64> {
        let number = |bound: Option<Bound>| match bound {
            Some(Bound::Number(number)) => Some(number),
            _ => None,
        };
        let from = number(self.from).unwrap_or(0).max(*fresh.start());
        let to = number(self.to).unwrap_or(u64::MAX).min(*fresh.end());
        from..=to
    }
}

fn bound(value: Value) -> Result<Bound, String> {
    let Value::String(text) = value else {
        return Err("json: cannot unmarshal non-string into block number".to_owned());
    };
    match text.as_str() {
        "earliest" => Ok(Bound::Earliest),
        "latest" | "safe" | "finalized" => Ok(Bound::Latest),
        "pending" => Ok(Bound::Pending),
        number => quantity64(number).map(Bound::Number),
    }
}

/// Null is none, a text is one, a list is several; a null inside a list of topics means any.
fn one_or_list<R, T>(value: Option<Value>, what: &str) -> Result<Vec<T>, String>
where
    R: for<'de> Deserialize<'de> + Into<T>,
{
    let read = |item: Value| -> Result<T, String> {
        serde_json::from_value::<R>(item)
            .map(Into::into)
            .map_err(|source| format!("invalid {what}: {source}"))
    };
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) if items.iter().any(Value::is_null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items.into_iter().map(read).collect(),
        Some(one) => read(one).map(|item| vec![item]),
    }
}
