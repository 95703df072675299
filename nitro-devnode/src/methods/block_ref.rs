//! Which block a request means: number, tag, hash, or an EIP-1898 object.

use alloy_primitives::B256;
use serde::Deserialize;

use crate::rpc::{FromParam, Hash32, by_serde, quantity64};

/// A block as requests name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BlockRef {
    /// By number.
    Number(u64),
    /// By hash.
    Hash(B256),
    /// Block 0.
    Earliest,
    /// The newest.
    #[default]
    Latest,
    /// The newest as well: no L1 ever confirms anything here (devnode.md 2.8).
    Safe,
    /// The same.
    Finalized,
    /// The newest as well, but calls run as if in the next one.
    Pending,
}

impl From<Hash32> for BlockRef {
    fn from(hash: Hash32) -> Self {
        Self::Hash(hash.0)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    block_number: Option<serde_json::Value>,
    block_hash: Option<Hash32>,
    #[serde(rename = "requireCanonical")]
    _require_canonical: Option<bool>,
}

impl FromParam for BlockRef {
    fn from_param(json: &str) -> Result<Self, String> {
        if json.starts_with('{') {
            return from_object(json);
        }
        if !json.starts_with('"') {
            // go-ethereum takes the text of the parameter as it stands.
            return Err("hex string without 0x prefix".to_owned());
        }
        let text: String = by_serde(json)?;
        from_text(&text)
    }
}

fn from_text(text: &str) -> Result<BlockRef, String> {
    match text {
        "earliest" => Ok(BlockRef::Earliest),
        "latest" => Ok(BlockRef::Latest),
        "safe" => Ok(BlockRef::Safe),
        "finalized" => Ok(BlockRef::Finalized),
        "pending" => Ok(BlockRef::Pending),
        hash if hash.len() == 66 => {
            let quoted = format!("\"{hash}\"");
            by_serde::<Hash32>(&quoted).map(|hash| BlockRef::Hash(hash.0))
        }
        number => match quantity64(number)? {
            // go-ethereum keeps block numbers in a signed word.
            above if i64::try_from(above).is_err() => {
                Err("block number larger than int64".to_owned())
            }
            number => Ok(BlockRef::Number(number)),
        },
    }
}

fn from_object(json: &str) -> Result<BlockRef, String> {
    let object: Object = by_serde(json)?;
    match (object.block_number, object.block_hash) {
        (Some(_), Some(_)) => {
            Err("cannot specify both BlockHash and BlockNumber, choose one or the other".to_owned())
        }
        (None, Some(hash)) => Ok(BlockRef::Hash(hash.0)),
        (Some(serde_json::Value::String(text)), None) => from_text(&text),
        _ => Err("invalid block number or hash".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_block_is_understood() {
        let hash = format!("0x{}", "ab".repeat(32));
        let cases = [
            ("\"0x10\"".to_owned(), BlockRef::Number(16)),
            ("\"latest\"".to_owned(), BlockRef::Latest),
            ("\"finalized\"".to_owned(), BlockRef::Finalized),
            ("\"pending\"".to_owned(), BlockRef::Pending),
            ("\"earliest\"".to_owned(), BlockRef::Earliest),
            (format!("\"{hash}\""), BlockRef::Hash(B256::repeat_byte(0xab))),
            (
                format!("{{\"blockHash\":\"{hash}\",\"requireCanonical\":true}}"),
                BlockRef::Hash(B256::repeat_byte(0xab)),
            ),
            ("{\"blockNumber\":\"0x1\"}".to_owned(), BlockRef::Number(1)),
        ];
        for (json, expected) in cases {
            assert_eq!(BlockRef::from_param(&json).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn a_wrong_block_is_refused_with_the_reason() {
        for (json, reason) in [
            ("\"0x01\"", "leading zero"),
            ("\"10\"", "without 0x prefix"),
            ("\"\"", "empty hex string"),
            ("5", "without 0x prefix"),
            ("\"newest\"", "without 0x prefix"),
            ("{}", "invalid block number or hash"),
            ("\"0x10000000000000000\"", "> 64 bits"),
            ("\"0x8000000000000000\"", "larger than int64"),
        ] {
            let fault = BlockRef::from_param(json).unwrap_err();
            assert!(fault.contains(reason), "{json}: {fault}");
        }
    }
}
