//! Values as Ethereum's JSON-RPC writes them: quantities, data, hashes, addresses.
//!
//! Strict on input, as go-ethereum is: a quantity has no leading zeros, data has whole bytes.

use std::borrow::Cow;
use std::fmt;

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde::de::{Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// A parameter that can be read from its JSON text.
pub(crate) trait FromParam: Sized {
    /// Reads the JSON text; the error is the end of `invalid argument N: …`.
    fn from_param(json: &str) -> Result<Self, String>;
}

/// Reads an object or list by serde; drops serde's position, which means nothing inside a batch.
pub(crate) fn by_serde<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|source| {
        let text = source.to_string();
        text.rsplit_once(" at line ").map_or_else(|| text.clone(), |(head, _)| head.to_owned())
    })
}

/// Reads an object by serde, which by itself would also take a list of the members' values.
pub(crate) fn object_by_serde<'a, T: Deserialize<'a>>(
    json: &'a str,
    kind: &str,
) -> Result<T, String> {
    let shape = match json.as_bytes().first() {
        Some(b'{') => return by_serde(json),
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        _ => "number",
    };
    Err(format!("json: cannot unmarshal {shape} into Go value of type {kind}"))
}

macro_rules! from_param_by_serde {
    ($($kind:ty),*) => {$(
        impl FromParam for $kind {
            fn from_param(json: &str) -> Result<Self, String> {
                by_serde(json)
            }
        }
    )*};
}

from_param_by_serde!(Quantity, Quantity64, Data, Hash32, StorageKey, LenientNumber);
from_param_by_serde!(bool, f64, i64, u64, String, serde_json::Value);

impl<T: for<'de> Deserialize<'de>> FromParam for Vec<T> {
    fn from_param(json: &str) -> Result<Self, String> {
        by_serde(json)
    }
}

impl FromParam for Address {
    fn from_param(json: &str) -> Result<Self, String> {
        by_serde::<Address20>(json).map(|address| address.0)
    }
}

/// A quantity of up to 256 bits, minimal hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quantity(pub(crate) U256);

/// A quantity of up to 64 bits, minimal hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quantity64(pub(crate) u64);

/// Bytes, two hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Data(pub(crate) Bytes);

/// A 32-byte word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Hash32(pub(crate) B256);

/// An address in any letter case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address20(pub(crate) Address);

/// A storage slot: a quantity or a word, up to 64 digits, leading zeros allowed, the prefix not
/// needed (as in go-ethereum).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StorageKey(pub(crate) U256);

/// A number as anvil's methods take it: JSON number, decimal or hexadecimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LenientNumber(pub(crate) U256);

impl From<Hash32> for B256 {
    fn from(word: Hash32) -> Self {
        word.0
    }
}

impl From<Address20> for Address {
    fn from(address: Address20) -> Self {
        address.0
    }
}

/// Why a text is no quantity or no data; the words are go-ethereum's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HexFault {
    Empty,
    NoPrefix,
    NoDigits,
    LeadingZero,
    Syntax,
    OddLength,
    TooBig(u32),
}

impl HexFault {
    /// `json: cannot unmarshal … into Go value of type …`, as go-ethereum reports it.
    fn of_type(self, kind: &str) -> String {
        format!("json: cannot unmarshal {self} into Go value of type {kind}")
    }
}

impl fmt::Display for HexFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty hex string"),
            Self::NoPrefix => f.write_str("hex string without 0x prefix"),
            Self::NoDigits => f.write_str("hex string \"0x\""),
            Self::LeadingZero => f.write_str("hex number with leading zero digits"),
            Self::Syntax => f.write_str("invalid hex string"),
            Self::OddLength => f.write_str("hex string of odd length"),
            Self::TooBig(bits) => write!(f, "hex number > {bits} bits"),
        }
    }
}

fn digits(text: &str) -> Result<&str, HexFault> {
    if text.is_empty() {
        return Err(HexFault::Empty);
    }
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or(HexFault::NoPrefix)
}

fn quantity(text: &str, bits: u32) -> Result<U256, HexFault> {
    let digits = digits(text)?;
    if digits.is_empty() {
        return Err(HexFault::NoDigits);
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(HexFault::LeadingZero);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(HexFault::Syntax);
    }
    if digits.len() * 4 > bits as usize {
        return Err(HexFault::TooBig(bits));
    }
    U256::from_str_radix(digits, 16).map_err(|_| HexFault::Syntax)
}

/// Digits only: the integer parser itself would let underscores through. No digits are zero.
fn word(digits: &str, radix: u32) -> Option<U256> {
    if digits.is_empty() {
        return Some(U256::ZERO);
    }
    let clean = digits.chars().all(|digit| digit.is_digit(radix));
    clean.then(|| U256::from_str_radix(digits, u64::from(radix)).ok()).flatten()
}

fn data(text: &str) -> Result<Vec<u8>, HexFault> {
    let digits = digits(text)?;
    if digits.len() % 2 == 1 {
        return Err(HexFault::OddLength);
    }
    hex::decode(digits).map_err(|_| HexFault::Syntax)
}

fn fixed<const N: usize>(text: &str, kind: &str) -> Result<[u8; N], String> {
    let digits = digits(text).map_err(|fault| fault.of_type(kind))?;
    if digits.len() != 2 * N {
        let (have, want) = (digits.len(), 2 * N);
        return Err(format!("hex string has length {have}, want {want} for {kind}"));
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| HexFault::Syntax.of_type(kind))?;
    Ok(bytes)
}

/// Parses a minimal hexadecimal quantity of 64 bits.
pub(crate) fn quantity64(text: &str) -> Result<u64, String> {
    quantity(text, 64).map(|value| value.to::<u64>()).map_err(|fault| fault.to_string())
}

/// A JSON string, read without copying where it has no escapes; anything else is `non-string`.
fn string<'de, D: Deserializer<'de>>(
    deserializer: D,
    kind: &'static str,
) -> Result<Cow<'de, str>, D::Error> {
    struct Text(&'static str);

    impl<'de> Visitor<'de> for Text {
        type Value = Cow<'de, str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a hexadecimal string")
        }

        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Cow::Borrowed(text))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Cow::Owned(text.to_owned()))
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Err(self.refuse())
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(self.refuse())
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Err(self.refuse())
        }

        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Err(self.refuse())
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Err(self.refuse())
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(self.refuse())
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(self.refuse())
        }
    }

    impl Text {
        fn refuse<E: serde::de::Error>(&self) -> E {
            E::custom(format_args!(
                "json: cannot unmarshal non-string into Go value of type {}",
                self.0
            ))
        }
    }

    // Not `deserialize_str`: serde_json would refuse other values itself, in its own words.
    deserializer.deserialize_any(Text(kind))
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const KIND: &str = "*hexutil.Big";
        let text = string(deserializer, KIND)?;
        quantity(&text, 256).map(Self).map_err(|fault| D::Error::custom(fault.of_type(KIND)))
    }
}

impl<'de> Deserialize<'de> for Quantity64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const KIND: &str = "hexutil.Uint64";
        let text = string(deserializer, KIND)?;
        quantity(&text, 64)
            .map(|value| Self(value.to::<u64>()))
            .map_err(|fault| D::Error::custom(fault.of_type(KIND)))
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const KIND: &str = "hexutil.Bytes";
        let text = string(deserializer, KIND)?;
        data(&text)
            .map(|bytes| Self(bytes.into()))
            .map_err(|fault| D::Error::custom(fault.of_type(KIND)))
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(deserializer, "common.Hash")?;
        fixed(&text, "common.Hash").map(|word| Self(word.into())).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Address20 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(deserializer, "common.Address")?;
        fixed(&text, "common.Address").map(|bytes| Self(bytes.into())).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for StorageKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(deserializer, "common.Hash")?;
        let refuse =
            |why: &str| D::Error::custom(format_args!("unable to decode storage key: {why}"));
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(&text);
        if digits.len() > 64 {
            return Err(refuse("hex string too long, want at most 32 bytes"));
        }
        word(digits, 16).map(Self).ok_or_else(|| refuse("hex string invalid"))
    }
}

impl<'de> Deserialize<'de> for LenientNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = LenientNumber;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a decimal or hexadecimal string")
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(LenientNumber(U256::from(value)))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
                Err(E::invalid_type(Unexpected::Float(value), &self))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let parsed = match text.strip_prefix("0x") {
                    Some(digits) => word(digits, 16),
                    None if text.is_empty() => None,
                    None => word(text, 10),
                };
                parsed
                    .map(LenientNumber)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault<T: FromParam + fmt::Debug>(json: &str) -> String {
        T::from_param(json).unwrap_err()
    }

    #[test]
    fn quantities_are_minimal_hexadecimal_strings() {
        assert_eq!(Quantity64::from_param("\"0x0\"").unwrap().0, 0);
        assert_eq!(Quantity64::from_param("\"0xffffffffffffffff\"").unwrap().0, u64::MAX);
        assert!(fault::<Quantity64>("\"0x01\"").contains("hex number with leading zero digits"));
        assert!(fault::<Quantity64>("\"0x10000000000000000\"").contains("hex number > 64 bits"));
        assert!(fault::<Quantity64>("\"0x\"").contains("hex string \"0x\""));
        assert!(fault::<Quantity64>("\"12\"").contains("hex string without 0x prefix"));
        assert!(fault::<Quantity64>("\"\"").contains("empty hex string"));
        assert!(fault::<Quantity64>("\"0xg\"").contains("invalid hex string"));
        for json in ["1", "-1", "1.5", "true", "[]", "{}"] {
            assert!(fault::<Quantity64>(json).contains("non-string"), "{json}");
        }
    }

    #[test]
    fn data_has_whole_bytes() {
        assert_eq!(Data::from_param("\"0x\"").unwrap().0.len(), 0);
        assert_eq!(Data::from_param("\"0xAbcd\"").unwrap().0.as_ref(), [0xab, 0xcd]);
        assert!(fault::<Data>("\"0xabc\"").contains("hex string of odd length"));
        assert!(fault::<Data>("\"0xzz\"").contains("invalid hex string"));
        assert!(fault::<Data>("\"abcd\"").contains("without 0x prefix"));
    }

    #[test]
    fn fixed_sizes_name_both_lengths() {
        assert_eq!(
            fault::<Address>("\"0x12\""),
            "hex string has length 2, want 40 for common.Address"
        );
        assert_eq!(fault::<Hash32>("\"0x12\""), "hex string has length 2, want 64 for common.Hash");
        assert_eq!(
            Address::from_param("\"0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E\"").unwrap(),
            Address::from_param("\"0x3F1EAE7D46D88F08FC2F8ED27FCB2AB183EB2D0E\"").unwrap(),
        );
    }

    #[test]
    fn a_storage_slot_is_a_quantity_or_a_word() {
        let word = format!("\"0x{}1\"", "0".repeat(63));

        assert_eq!(StorageKey::from_param("\"0x1\"").unwrap().0, U256::from(1));
        assert_eq!(StorageKey::from_param(&word).unwrap().0, U256::from(1));
        assert_eq!(StorageKey::from_param("\"0a\"").unwrap().0, U256::from(10));
        assert!(fault::<StorageKey>(&format!("\"0x{}\"", "0".repeat(65))).contains("too long"));
    }

    #[test]
    fn the_comfort_methods_take_numbers_in_any_dress() {
        for json in ["16", "\"16\"", "\"0x10\"", "\"0x0010\""] {
            assert_eq!(LenientNumber::from_param(json).unwrap().0, U256::from(16), "{json}");
        }
        for json in ["-1", "1.5", "\"\"", "\"ten\"", "\"1_0\"", "null", "[]"] {
            assert!(LenientNumber::from_param(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in ".*") {
            let json = serde_json::to_string(&text).unwrap();
            let _ = Quantity::from_param(&json);
            let _ = Quantity64::from_param(&json);
            let _ = Data::from_param(&json);
            let _ = Hash32::from_param(&json);
            let _ = Address::from_param(&json);
            let _ = StorageKey::from_param(&json);
            let _ = LenientNumber::from_param(&json);
        }

        #[test]
        fn every_quantity_comes_back(value: u64) {
            let parsed = Quantity64::from_param(&format!("\"{value:#x}\"")).unwrap();
            prop_assert_eq!(parsed.0, value);
        }
    }
}
