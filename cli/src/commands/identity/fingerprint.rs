//! `identity fingerprint`: the words of a registered key, shown or compared.

use std::path::Path;

use alloy_primitives::{Address, hex};
use chartkey_crypto::KeyId;
use serde_json::json;

use crate::error::Error;
use crate::files;
use crate::identity::{shown, words};
use crate::output::Report;
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    address: Option<Address>,
    compare: Option<&Path>,
) -> Result<Report, Error> {
    let contract = session.records().await?;
    let account = match address {
        Some(address) => address,
        None => session.account().await?.address,
    };
    let key = session.registered_key(account, contract).await?;
    let key = key.ok_or_else(|| Error::NotFound {
        message: format!("{account} has registered no key here"),
        hint: "its owner registers one with: chartkey identity register".into(),
    })?;
    let is_equal = match compare {
        Some(file) => Some(compared(key.id, account, &files::read_input(file)?)?),
        None => None,
    };
    let data = json!({
        "account": account.to_checksum(None),
        "keyId": hex::encode_prefixed(key.id.0),
        "version": key.version,
        "fingerprint": key.id.fingerprint(),
        "isEqual": is_equal,
    });
    let text = match is_equal {
        Some(_) => format!("equal: these are the words of {account}"),
        None => shown(&key.id),
    };
    Ok(Report::new(data, text))
}

/// Whether a text holds the words of a key: in any case, with numbers or without.
fn compared(key: KeyId, account: Address, text: &[u8]) -> Result<bool, Error> {
    let words = words(&String::from_utf8_lossy(text));
    let count = words.split_whitespace().count();
    if count != 12 {
        return Err(Error::Usage {
            message: format!("{count} words to compare; a fingerprint has 12"),
            hint: "give the 12 words, in order".into(),
        });
    }
    if words != key.fingerprint() {
        return Err(Error::FingerprintMismatch { account });
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId([0x7f; 28]);

    fn compare(text: &str) -> Result<bool, Error> {
        compared(KEY, Address::ZERO, text.as_bytes())
    }

    #[test]
    fn words_are_equal_in_any_case_and_with_numbers() {
        let words = KEY.fingerprint();

        assert!(compare(&words).is_ok_and(|is_equal| is_equal));
        assert!(compare(&words.to_uppercase()).is_ok());
        assert!(compare(&shown(&KEY)).is_ok());
    }

    #[test]
    fn another_word_or_another_order_is_a_mismatch() {
        let words = KEY.fingerprint();
        let other = words.replacen("legal", "winner", 1);
        let mut turned: Vec<_> = words.split(' ').collect();
        turned.swap(0, 1);

        for text in [other, turned.join(" ")] {
            assert!(matches!(compare(&text), Err(Error::FingerprintMismatch { .. })), "{text}");
        }
        assert!(matches!(compare("legal winner"), Err(Error::Usage { .. })));
    }
}
