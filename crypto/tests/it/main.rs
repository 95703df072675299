//! The vectors of the specification, and properties for any input.

mod properties;
mod tamper;
mod vectors;

use serde_json::Value;

/// The specification's vectors.
pub(crate) fn all() -> Value {
    serde_json::from_str(include_str!("../vectors/crypto.json")).expect("the file is JSON")
}

/// Bytes of a hex string.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a hex string")).expect("hex")
}

/// Exactly `N` bytes of a hex string.
pub(crate) fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().expect("the length that the field has")
}

/// The record that all vectors are about.
pub(crate) fn record(all: &Value) -> chartkey_crypto::Record {
    chartkey_crypto::Record {
        chain_id: all["chain_id"].as_u64().unwrap_or_else(|| {
            all["chain_id"].as_str().expect("a number").parse().expect("a number")
        }),
        contract: array(&all["contract"]),
        id: array(&all["record_id"]),
    }
}
