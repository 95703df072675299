//! Amounts of the chain's coin, as people write them.

use alloy_primitives::U256;

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// The unit is missing: `1` could be one wei or 10^18 wei.
    #[error("amount {0:?} has no unit; write {0}eth, {0}gwei or {0}wei")]
    NoUnit(String),
    /// The unit is unknown.
    #[error("amount {0:?} has an unknown unit; units are eth, gwei and wei")]
    UnknownUnit(String),
    /// The number is not a plain decimal.
    #[error("amount {0:?} is not a plain decimal number such as 1.5")]
    NotDecimal(String),
    /// There are digits below one wei.
    #[error("amount {0:?} is finer than the smallest unit")]
    TooFine(String),
    /// An amount of a token is written in units of the token.
    #[error("amount {0:?} has no unit of the token; write for instance 1.5tokens or 1500units")]
    NoTokenUnit(String),
    /// The amount does not fit the contract's 128 bits.
    #[error("amount {0:?} is above the largest amount a stay can have")]
    TooLarge(String),
}

impl AmountError {
    /// What to do.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoTokenUnit(_) => "tokens count as the token says, units are its smallest",
            Self::TooFine(_) => "give fewer digits after the point",
            Self::TooLarge(_) => "give a smaller amount",
            Self::NoUnit(_) | Self::UnknownUnit(_) | Self::NotDecimal(_) => {
                "write a number and a unit, for instance 1.5eth"
            }
        }
    }
}

/// Reads an amount with a unit, such as `1.5eth`, `20 gwei` or `1000wei`; the result is in wei.
///
/// # Errors
///
/// Every [`AmountError`]; a bare number is refused, zero excepted.
pub fn parse(text: &str) -> Result<u128, AmountError> {
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| c.is_alphabetic()).unwrap_or(trimmed.len());
    let (number, unit) = (trimmed[..split].trim(), trimmed[split..].to_ascii_lowercase());
    let decimals = match unit.as_str() {
        "eth" | "ether" => 18,
        "gwei" => 9,
        "wei" => 0,
        "" if number == "0" => 0,
        "" if is_decimal(number) => return Err(AmountError::NoUnit(number.to_owned())),
        "" => return Err(AmountError::NotDecimal(text.to_owned())),
        _ => return Err(AmountError::UnknownUnit(text.to_owned())),
    };
    scaled(text, number, decimals)
}

/// `number` in units of 10 to the power of minus `decimals`; `text` is told in errors.
///
/// # Errors
///
/// [`AmountError`] if it is no plain decimal, too fine or too large.
pub fn scaled(text: &str, number: &str, decimals: usize) -> Result<u128, AmountError> {
    if !is_decimal(number) {
        return Err(AmountError::NotDecimal(text.to_owned()));
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return Err(AmountError::TooFine(text.to_owned()));
    }
    let digits = format!("{whole}{fraction:0<decimals$}");
    digits.parse().map_err(|_| AmountError::TooLarge(text.to_owned()))
}

/// Digits, with at most one point that has digits on both sides.
fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Writes an amount of wei in the unit that reads best, exactly.
#[must_use]
pub fn format(wei: U256) -> String {
    let digits = wei.to_string();
    let (unit, decimals) = match digits.len() {
        0..=6 => return format!("{digits} wei"),
        7..=14 => ("gwei", 9),
        _ => ("ETH", 18),
    };
    format!("{} {unit}", decimal(wei, decimals))
}

/// Writes `number` units of 10 to the power of minus `decimals` as a decimal, exactly.
#[must_use]
pub fn decimal(number: U256, decimals: usize) -> String {
    let padded = format!("{number:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_with_units_become_wei() {
        for (text, wei) in [
            ("1.5eth", 1_500_000_000_000_000_000),
            ("1.50 ETH", 1_500_000_000_000_000_000),
            ("20gwei", 20_000_000_000),
            ("7wei", 7),
            ("0", 0),
            ("0eth", 0),
            ("0.000000000000000001eth", 1),
        ] {
            assert_eq!(parse(text), Ok(wei), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_refused_with_the_three_ways_to_write_it() {
        let error = parse("1").expect_err("no unit").to_string();

        assert_eq!(error, "amount \"1\" has no unit; write 1eth, 1gwei or 1wei");
    }

    #[test]
    fn odd_amounts_are_refused() {
        for text in [
            "",
            "eth",
            "-1eth",
            "+1eth",
            "1e18wei",
            "1,5eth",
            "1.eth",
            ".5eth",
            "1.5wei",
            "0x1eth",
            "1 000 eth",
            "1dollar",
            "340282366920938463464eth",
            "1.0000000000000000001eth",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn amounts_are_shown_exactly_in_a_fitting_unit() {
        for (wei, text) in [
            (0_u64, "0 wei"),
            (999_999, "999999 wei"),
            (1_500_000_000, "1.5 gwei"),
            (1_000_000_000_000_000_000, "1 ETH"),
            (1_234_500_000_000_000_000, "1.2345 ETH"),
        ] {
            assert_eq!(format(U256::from(wei)), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(wei in any::<u128>()) {
            prop_assert_eq!(parse(&format(U256::from(wei))), Ok(wei));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
