//! What a stay is priced in: the chain's coin, or a token as it describes itself.

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};

use crate::amount::{self, AmountError};
use crate::text::{printable, shortened};

/// Longest symbol that is shown: a token may call itself anything.
const MOST_SYMBOL: usize = 12;

/// The currency of a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Currency {
    /// The chain's coin.
    Coin,
    /// An ERC-20 token.
    Token(Token),
}

/// An ERC-20 token; name and digits are its own word and prove nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its contract.
    pub address: Address,
    /// Digits after the point, if it says so.
    pub decimals: Option<u8>,
    /// What it calls itself, if it says so.
    pub symbol: Option<String>,
}

impl Currency {
    /// The token's contract; zero is the chain's coin.
    #[must_use]
    pub const fn address(&self) -> Address {
        match self {
            Self::Coin => Address::ZERO,
            Self::Token(token) => token.address,
        }
    }

    /// An amount in the unit that reads best, exactly. A token is always named with its address, in
    /// short: two tokens may have the same name.
    #[must_use]
    pub fn format(&self, amount: U256) -> String {
        let Self::Token(token) = self else { return amount::format(amount) };
        let address = token.address.to_checksum(None);
        let short = format!("[{}…{}]", &address[..6], &address[address.len() - 4..]);
        let symbol = token.symbol.as_deref().filter(|symbol| !symbol.is_empty());
        match token.decimals {
            Some(decimals) => {
                let symbol = symbol.map_or_else(
                    || "tokens".to_owned(),
                    |symbol| shortened(&printable(symbol), MOST_SYMBOL),
                );
                format!("{} {symbol} {short}", amount::decimal(amount, usize::from(decimals)))
            }
            None => format!("{amount} units {short}"),
        }
    }

    /// Reads an amount: `1.5eth` of coins; `1.5tokens`, `1.5` and the symbol, or `1500000units` of a token.
    ///
    /// # Errors
    ///
    /// Every [`AmountError`].
    pub fn parse(&self, text: &str) -> Result<u128, AmountError> {
        let Self::Token(token) = self else { return amount::parse(text) };
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| c.is_alphabetic()).unwrap_or(trimmed.len());
        let (number, unit) = (trimmed[..split].trim(), trimmed[split..].to_lowercase());
        let is_symbol = token
            .symbol
            .as_ref()
            .is_some_and(|symbol| !unit.is_empty() && symbol.to_lowercase() == unit);
        let decimals = match (unit.as_str(), token.decimals) {
            ("unit" | "units", _) => 0,
            ("token" | "tokens", Some(decimals)) => decimals,
            (_, Some(decimals)) if is_symbol => decimals,
            ("", _) if number == "0" => 0,
            _ => return Err(AmountError::NoTokenUnit(text.to_owned())),
        };
        amount::scaled(text, number, usize::from(decimals))
    }

    /// The token as JSON; `null` is the chain's coin.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Coin => Value::Null,
            Self::Token(token) => json!(token.address.to_checksum(None)),
        }
    }

    /// Digits after the point, if they are known.
    #[must_use]
    pub const fn decimals(&self) -> Option<u8> {
        match self {
            Self::Coin => Some(18),
            Self::Token(token) => token.decimals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usdc(decimals: Option<u8>, symbol: Option<&str>) -> Currency {
        let address = Address::repeat_byte(0xab);
        Currency::Token(Token { address, decimals, symbol: symbol.map(str::to_owned) })
    }

    /// The address as it is shown in short.
    fn short() -> String {
        let address = Address::repeat_byte(0xab).to_checksum(None);
        format!("[{}…{}]", &address[..6], &address[38..])
    }

    #[test]
    fn amounts_of_a_token_need_a_unit_of_the_token() {
        let token = usdc(Some(6), Some("USDC"));

        for text in ["1.5tokens", "1.5 token", "1.5USDC", "1.5 usdc", "1500000units"] {
            assert_eq!(token.parse(text), Ok(1_500_000), "{text}");
        }
        for text in ["1.5", "1.5eth", "1.5dai", "tokens", "-1tokens", ""] {
            assert!(token.parse(text).is_err(), "{text}");
        }
        assert!(matches!(token.parse("0.0000001tokens"), Err(AmountError::TooFine(_))));
    }

    #[test]
    fn a_token_without_decimals_is_counted_in_units() {
        let token = usdc(None, Some("ODD"));

        assert_eq!(token.parse("7units"), Ok(7));
        assert!(token.parse("7tokens").is_err());
        assert_eq!(token.format(U256::from(7)), format!("7 units {}", short()));
    }

    #[test]
    fn a_token_that_calls_itself_eth_is_told_apart_and_drives_no_terminal() {
        let shown = usdc(Some(18), Some("ETH\u{1b}[2J")).format(U256::from(10).pow(U256::from(18)));

        assert!(shown.starts_with("1 ETH") && shown.ends_with(&short()), "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }
}
