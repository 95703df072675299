//! `identity show`: what the chain says about an account, and whether the key here is that one.

use alloy_primitives::{Address, hex};
use chartkey_crypto::{Error as CryptoError, RegisteredKey};
use serde_json::{Value, json};

use super::super::provider;
use crate::error::Error;
use crate::identity::{By, shown};
use crate::output::Report;
use crate::session::{Credential, Held, KeySlot, Session};

/// Whether the key here is the registered one.
enum Here {
    /// It is, by this way.
    Matches(By),
    /// It is not, whichever way was tried.
    Differs,
    /// Not asked: another account, or none registered.
    NotAsked,
}

pub(super) async fn show(session: &Session, address: Option<Address>) -> Result<Report, Error> {
    let contract = session.records().await?;
    let account = match address {
        Some(address) => address,
        None => session.account().await?.address,
    };
    let key = session.registered_key(account, contract).await?;
    let mut slots = session.key_slots(account, contract).await?;
    slots.retain(|slot| key.is_some_and(|key| slot.key.0 == key.to_word()));
    let credential = session.credential(account, contract).await?;
    let here = match (key, address) {
        (Some(_), None) => match session.identity_and_way(account, contract, Held::Taken).await {
            Ok((_, Some(by))) => Here::Matches(by),
            Ok((_, None)) => Here::NotAsked,
            Err(Error::Crypto(CryptoError::WrongUnlockKey)) => Here::Differs,
            Err(other) => return Err(other),
        },
        _ => Here::NotAsked,
    };
    let text = text(account, key, &slots, credential, &here);
    Ok(Report::new(data(account, key, &slots, credential, &here), text))
}

fn text(
    account: Address,
    key: Option<RegisteredKey>,
    slots: &[KeySlot],
    credential: Option<Credential>,
    here: &Here,
) -> String {
    let mut lines = vec![format!("account     {account}")];
    match key {
        None => lines.push("key         none registered: chartkey identity register".into()),
        Some(key) => {
            lines.push(format!("key         {}", hex::encode_prefixed(key.id.0)));
            lines.push(format!("version     {}", key.version));
            let words = shown(&key.id);
            let mut labels = std::iter::once("fingerprint").chain(std::iter::repeat(""));
            lines.extend(
                words.lines().map(|line| format!("{:<11} {line}", labels.next().unwrap_or(""))),
            );
            if slots.is_empty() {
                lines.push("key slots   none".into());
            }
            for slot in slots {
                let kind = kind(slot.kind);
                lines.push(format!("key slot    {kind}, since block {}", slot.block));
            }
        }
    }
    lines.push(match credential {
        Some(credential) => format!("credential  {}", provider::described(&credential)),
        None => "credential  none".into(),
    });
    lines.push(match here {
        Here::NotAsked => return lines.join("\n"),
        Here::Matches(by) => format!("key here    is that one, by {}", named(*by)),
        Here::Differs => {
            "key here    is another one (WrongUnlockKey): use the unlock key, passphrase \
                          or key slot of this identity"
                .into()
        }
    });
    lines.join("\n")
}

fn data(
    account: Address,
    key: Option<RegisteredKey>,
    slots: &[KeySlot],
    credential: Option<Credential>,
    here: &Here,
) -> Value {
    let slots: Vec<_> = slots
        .iter()
        .map(|slot| json!({"kind": slot.kind, "block": slot.block.to_string()}))
        .collect();
    let (is_match, way) = match here {
        Here::NotAsked => (None, None),
        Here::Matches(by) => (Some(true), Some(named(*by))),
        Here::Differs => (Some(false), None),
    };
    json!({
        "account": account.to_checksum(None),
        "keyId": key.map(|key| hex::encode_prefixed(key.id.0)),
        "version": key.map(|key| key.version),
        "fingerprint": key.map(|key| key.id.fingerprint()),
        "keySlots": slots,
        "credential": credential.as_ref().map(provider::json),
        "isKeyHere": is_match,
        "by": way,
    })
}

const fn kind(kind: u8) -> &'static str {
    match kind {
        1 => "a wallet's signature",
        3 => "a passkey",
        _ => "of an unknown kind",
    }
}

/// The way in words.
pub(super) const fn named(by: By) -> &'static str {
    match by {
        By::UnlockKey => "unlock key",
        By::Passphrase => "unlock key and passphrase",
        By::KeySlot => "key slot",
        By::AccountKey => "account key",
        By::UnlockedSession => "unlocked session",
    }
}
