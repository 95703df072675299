//! What a contract's revert bytes say, by name and arguments of our ABI.

mod records;
mod stays;

use std::fmt;

use alloy_primitives::{Address, Bytes, U256, hex};
use alloy_sol_types::{Panic, Revert, SolError, SolInterface};
use chartkey_abi::IRecords::IRecordsErrors;
use chartkey_abi::IStays::IStaysErrors;
use serde_json::{Map, Value, json};

/// What helps with errors that are not ours.
const ASK_THE_CONTRACT: &str = "check --records and --stays: is this the contract you mean?";

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
        write!(f, "the contract refused: {}", self.text)?;
        if self.text.contains(&self.name) { Ok(()) } else { write!(f, " ({})", self.name) }
    }
}

impl Refusal {
    /// Decodes the revert bytes of a call of `contract`.
    #[must_use]
    pub fn decode(data: &Bytes, contract: Option<Address>) -> Self {
        if let Ok(error) = IStaysErrors::abi_decode(data) {
            return stays::refusal(&error);
        }
        if let Ok(error) = IRecordsErrors::abi_decode(data) {
            return records::refusal(&error);
        }
        if let Ok(error) = Revert::abi_decode(data) {
            let arguments = [("reason", json!(error.reason))];
            return Self::new("Error", &arguments, error.reason, ASK_THE_CONTRACT);
        }
        if let Ok(error) = Panic::abi_decode(data) {
            let arguments = [("code", number(error.code))];
            let text = format!("it stopped at {error}");
            return Self::new("Panic", &arguments, text, ASK_THE_CONTRACT);
        }
        let at = contract.map_or_else(String::new, |contract| format!(" of {contract}"));
        match data.len() {
            0 => Self::without_reason(),
            1..4 => Self::new(
                "unreadable",
                &[("data", json!(data))],
                format!("{} bytes{at} that are no error", data.len()),
                ASK_THE_CONTRACT,
            ),
            _ => {
                let selector = hex::encode_prefixed(&data[..4]);
                let text = format!("unknown error {selector}{at}");
                let contract = contract.map(|contract| contract.to_checksum(None));
                let arguments = [("data", json!(data)), ("contract", json!(contract))];
                Self::new(&selector, &arguments, text, ASK_THE_CONTRACT)
            }
        }
    }

    /// A refusal that says nothing.
    #[must_use]
    pub fn without_reason() -> Self {
        Self::new("empty", &[], "it gave no reason".to_owned(), ASK_THE_CONTRACT)
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    /// One of its arguments, as text; empty if it has none of this name.
    #[must_use]
    pub fn argument(&self, name: &str) -> &str {
        self.arguments[name].as_str().unwrap_or_default()
    }

    fn new(name: &str, arguments: &[(&str, Value)], text: String, hint: &str) -> Self {
        let arguments: Map<_, _> =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Self { name: name.to_owned(), arguments: arguments.into(), text, hint }
    }
}

pub(crate) use records::foreseen;
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

        let refusal = Refusal::decode(&data.into(), None);

        assert_eq!(
            refusal.to_string(),
            "the contract refused: stay 7 is paid, and this needs it quoted (WrongState)"
        );
        assert_eq!(refusal.arguments, json!({"stay": "7", "state": "2", "needed": "1"}));
    }

    #[test]
    fn an_unknown_error_shows_its_selector_and_the_contract() {
        let contract = Address::repeat_byte(0x11);
        let data = Bytes::from(vec![0xde, 0xad, 0xbe, 0xef, 1]);

        let refusal = Refusal::decode(&data, Some(contract));

        assert_eq!(refusal.name, "0xdeadbeef");
        assert_eq!(
            refusal.to_string(),
            format!("the contract refused: unknown error 0xdeadbeef of {contract}")
        );
        assert_eq!(Refusal::decode(&Bytes::new(), None).name, "empty");
        let owner = IRecords::HandleOutOfRange { handle: 64 }.abi_encode();
        assert_eq!(Refusal::decode(&owner.into(), None).name, "HandleOutOfRange");
    }

    #[test]
    fn the_errors_of_solidity_itself_are_told_in_words() {
        let reason = Revert::from("closed on Sundays").abi_encode();
        let panic = Panic::from(0x11).abi_encode();

        assert!(Refusal::decode(&reason.into(), None).to_string().contains("closed on Sundays"));
        assert!(Refusal::decode(&panic.into(), None).to_string().contains("overflow"));
    }
}
