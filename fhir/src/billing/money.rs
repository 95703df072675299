//! Amounts in currencies of states.

use std::fmt;
use std::str::FromStr;

use serde_json::{Number, Value, json};

use super::currency::{Currency, UnknownCurrency};

/// Most minor units of an amount: fifteen digits, which every JSON reader keeps.
const MOST: u64 = 999_999_999_999_999;

/// An amount in a currency of ISO 4217, in its smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    minor_units: u64,
    currency: Currency,
}

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// No plain decimal number before the code.
    #[error("{0:?} is not an amount of money; write for instance 450USD or 450.50EUR")]
    NotMoney(String),
    /// The code is not one of ISO 4217.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// There are digits below the smallest unit.
    #[error("{text:?} is finer than {currency} goes: {decimals} digits after the point")]
    TooFine {
        /// What was given.
        text: String,
        /// The currency.
        currency: Currency,
        /// Its digits.
        decimals: u8,
    },
    /// More than fifteen digits.
    #[error("{0:?} is above the largest amount; fifteen digits fit")]
    TooLarge(String),
}

impl Money {
    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// By how much this is above `other`, in the same currency; `None` if it is not above, or in another.
    #[must_use]
    pub fn above(self, other: Self) -> Option<Self> {
        let is_same = self.currency == other.currency;
        let minor_units = self.minor_units.checked_sub(other.minor_units)?;
        (is_same && minor_units > 0).then_some(Self { minor_units, ..self })
    }

    /// Whether this is at least `whole` units (dollars, not cents).
    #[must_use]
    pub const fn is_at_least(self, whole: u64) -> bool {
        self.minor_units >= whole.saturating_mul(10_u64.pow(self.currency.decimals() as u32))
    }

    /// The decimal number, with all digits of the currency.
    fn digits(self) -> String {
        let decimals = usize::from(self.currency.decimals());
        let text = format!("{:0>width$}", self.minor_units, width = decimals + 1);
        match text.split_at(text.len() - decimals) {
            (whole, "") => whole.to_owned(),
            (whole, fraction) => format!("{whole}.{fraction}"),
        }
    }

    /// FHIR's `Money`.
    #[must_use]
    pub fn to_json(self) -> Value {
        let digits = self.digits();
        let short = match digits.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole,
            _ => digits.as_str(),
        };
        // Fifteen digits at most: the number that is read is the one that is written.
        let value = serde_json::from_str::<Number>(short).map_or(Value::Null, Value::Number);
        json!({"value": value, "currency": self.currency.code()})
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.digits(), self.currency)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads `450USD`, `450.50 EUR`.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError::NotMoney(text.to_owned());
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| c.is_alphabetic()).ok_or_else(wrong)?;
        let (number, code) = (trimmed[..split].trim(), &trimmed[split..]);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_plain(whole) || !is_plain(fraction) {
            return Err(wrong());
        }
        let currency: Currency = code.parse()?;
        let (decimals, fraction) = (currency.decimals(), fraction.trim_end_matches('0'));
        if fraction.len() > usize::from(decimals) {
            return Err(MoneyError::TooFine { text: text.to_owned(), currency, decimals });
        }
        let digits = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
        let minor_units = digits.parse().ok().filter(|units| *units <= MOST);
        let minor_units = minor_units.ok_or_else(|| MoneyError::TooLarge(text.to_owned()))?;
        Ok(Self { minor_units, currency })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str) -> Money {
        text.parse().expect("money")
    }

    #[test]
    fn amounts_are_read_with_their_currency_and_shown_with_its_digits() {
        for (text, shown) in [
            ("450USD", "450.00 USD"),
            ("450.5 eur", "450.50 EUR"),
            ("0.01CHF", "0.01 CHF"),
            ("1000JPY", "1000 JPY"),
            ("1.234KWD", "1.234 KWD"),
        ] {
            assert_eq!(money(text).to_string(), shown);
        }
    }

    #[test]
    fn odd_amounts_are_refused() {
        for text in
            ["", "USD", "450", "-1USD", "1e3USD", "1,5EUR", ".5USD", "5.USD", "1.5JPY", "1.005USD"]
        {
            assert!(text.parse::<Money>().is_err(), "{text:?}");
        }
        assert!(matches!("1ETH".parse::<Money>(), Err(MoneyError::Currency(_))));
        assert!(matches!("99999999999999999USD".parse::<Money>(), Err(MoneyError::TooLarge(_))));
    }

    #[test]
    fn differences_are_of_one_currency_and_counted_in_whole_units() {
        let over = money("850USD").above(money("450USD")).expect("above");

        assert!(over.is_at_least(400) && !over.is_at_least(401));
        assert!(!money("849.99USD").above(money("450USD")).expect("above").is_at_least(400));
        assert_eq!(money("850USD").above(money("450EUR")), None);
        assert_eq!(money("450USD").above(money("450USD")), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_and_json_keeps_each_cent(minor_units in 0..=MOST) {
            let amount = Money { minor_units, currency: "USD".parse().expect("a currency") };

            let json = amount.to_json();
            let again = format!("{}{}", json["value"], json["currency"].as_str().expect("a code"));

            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            prop_assert_eq!(again.parse(), Ok(amount));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = text.parse::<Money>();
        }
    }
}
