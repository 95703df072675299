//! The vectors of the specification, and properties for any input.

mod access;
mod chains;
mod deliveries;
mod documents;
mod emergency;
mod entries;
mod frames;
mod identities;
#[cfg(not(target_family = "wasm"))]
mod properties;
mod recovery;
mod registry;
#[cfg(not(target_family = "wasm"))]
mod restore;
mod secrets;
mod sharing;
#[cfg(not(target_family = "wasm"))]
mod signing;
mod tamper;
mod vectors;

use chartkey_crypto::{Epoch, Fresh, Handle, Identity, Record, Section};
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

/// The bytes of a vector in place of those from the operating system.
pub(crate) fn fresh<const N: usize>(value: &Value) -> Fresh<N> {
    given(array(value))
}

/// Bytes that a test chose.
pub(crate) fn given<const N: usize>(bytes: [u8; N]) -> Fresh<N> {
    let fill = |out: &mut [u8]| -> Result<(), ()> {
        out.copy_from_slice(&bytes);
        Ok(())
    };
    Fresh::draw(fill).expect("the test's bytes are there")
}

/// A small number.
pub(crate) fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).expect("32 bits")
}

/// The record that all vectors are about.
pub(crate) fn record(all: &Value) -> Record {
    Record {
        chain_id: all["chain_id"].as_u64().expect("a number"),
        contract: array(&all["contract"]),
        id: array(&all["record_id"]),
    }
}

/// The vectors' section.
pub(crate) fn section(all: &Value) -> Section {
    let handle = u16::try_from(number(&all["section"]["section"])).expect("16 bits");
    record(all).section(Handle::new(handle).expect("below 64"))
}

/// The epoch that a vector names.
pub(crate) fn epoch(vector: &Value) -> Epoch {
    Epoch::new(number(&vector["epoch"])).expect("from 1")
}

/// The vector of somebody.
pub(crate) fn person<'a>(all: &'a Value, name: &str) -> &'a Value {
    let people = all["identities"].as_array().expect("a list");
    people.iter().find(|one| one["name"] == name).expect("somebody of that name")
}

/// The identity of a person's vector.
pub(crate) fn identity(all: &Value, person: &Value) -> Identity {
    let record = record(all);
    Identity {
        chain_id: record.chain_id,
        contract: record.contract,
        account: array(&person["account"]),
        version: number(&person["key_version"]),
    }
}
