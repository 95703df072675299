//! What a contract's revert bytes say, by name and arguments of our ABI.

mod stays;

use std::fmt;

use alloy_primitives::{Bytes, U256, hex};
use alloy_sol_types::SolInterface;
use chartkey_abi::IRecords::IRecordsErrors;
use chartkey_abi::IStays::IStaysErrors;
use serde_json::{Map, Value, json};

/// A refusal, decoded as far as we know its error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Name of the error, or its selector.
    pub name: String,
    /// Its arguments by name; numbers are decimal strings.
    pub arguments: Value,
    text: String,
    hint: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the contract refused: {} ({})", self.text, self.name)
    }
}

impl Refusal {
    /// Decodes revert bytes.
    #[must_use]
    pub fn decode(data: &Bytes) -> Self {
        if let Ok(error) = IStaysErrors::abi_decode(data) {
            return stays::refusal(&error);
        }
        if let Ok(error) = IRecordsErrors::abi_decode(data) {
            return Self::of_records(&error);
        }
        let (name, text) = match data.len() {
            0..4 => ("empty".to_owned(), "it gave no reason".to_owned()),
            _ => (
                hex::encode_prefixed(&data[..4]),
                format!("{} bytes that are no error of ours", data.len()),
            ),
        };
        Self { name, arguments: Value::Null, text, hint: None }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn new(name: &str, arguments: &[(&str, Value)], text: String, hint: &str) -> Self {
        let arguments: Map<_, _> =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Self { name: name.to_owned(), arguments: arguments.into(), text, hint }
    }

    fn of_records(error: &IRecordsErrors) -> Self {
        use IRecordsErrors as E;
        match error {
            E::NoRecord(e) => Self::new(
                "NoRecord",
                &[("record", json!(e.record))],
                format!("there is no record {}", e.record),
                "chartkey record create",
            ),
            E::RecordExists(e) => Self::new(
                "RecordExists",
                &[("record", json!(e.record))],
                format!("record {} exists already", e.record),
                "",
            ),
            E::NotOwner(e) => Self::new(
                "NotOwner",
                &[("record", json!(e.record)), ("caller", json!(e.caller.to_checksum(None)))],
                format!("{} is not the owner of this record", e.caller),
                "use the owner's --account",
            ),
            E::StateMoved(e) => Self::new(
                "StateMoved",
                &[
                    ("record", json!(e.record)),
                    ("handle", number(e.handle)),
                    ("expected", json!(e.expected)),
                    ("actual", json!(e.actual)),
                ],
                format!("section {} moved on while this was prepared", e.handle),
                "run the command again",
            ),
            E::HandleOutOfRange(e) => Self::new(
                "HandleOutOfRange",
                &[("handle", number(e.handle))],
                format!("handle {} is above 63", e.handle),
                "",
            ),
            E::SectionNotOpen(e) => Self::new(
                "SectionNotOpen",
                &[("handle", number(e.handle))],
                format!("section {} has no key generation yet", e.handle),
                "",
            ),
            E::BlobLength(e) => Self::new(
                "BlobLength",
                &[
                    ("length", number(e.length)),
                    ("least", number(e.least)),
                    ("most", number(e.most)),
                ],
                format!("{} bytes, allowed are {} to {}", e.length, e.least, e.most),
                "",
            ),
            E::EmptyBatch(_) => Self::new("EmptyBatch", &[], "a batch without entries".into(), ""),
        }
    }
}

pub use stays::stay_state;

fn number(value: impl TryInto<U256>) -> Value {
    value.try_into().map_or(Value::Null, |value| Value::from(value.to_string()))
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolError;
    use chartkey_abi::{IRecords, IStays};

    use super::*;

    #[test]
    fn a_known_error_is_named_with_its_arguments() {
        let data = IStays::WrongState { stay: 7, state: 2, needed: 1 }.abi_encode();

        let refusal = Refusal::decode(&data.into());

        assert_eq!(
            refusal.to_string(),
            "the contract refused: stay 7 is paid, and this needs it quoted (WrongState)"
        );
        assert_eq!(refusal.arguments, json!({"stay": "7", "state": "2", "needed": "1"}));
    }

    #[test]
    fn an_unknown_error_shows_its_selector() {
        let data = Bytes::from(vec![0xde, 0xad, 0xbe, 0xef, 1]);
        assert_eq!(Refusal::decode(&data).name, "0xdeadbeef");
        assert_eq!(Refusal::decode(&Bytes::new()).name, "empty");
        let owner = IRecords::HandleOutOfRange { handle: 64 }.abi_encode();
        assert_eq!(Refusal::decode(&owner.into()).name, "HandleOutOfRange");
    }
}
