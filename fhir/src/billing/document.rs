//! What all documents of a stay share: who, where on chain, how much of which token.

use serde_json::{Map, Value, json};

/// Our own identifier systems and extensions begin with this; nothing is fetched from it.
pub(super) const BASE: &str = "https://chartkey.example/fhir";

/// What an amount counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The token's contract in EIP-55; `None` is the chain's coin.
    pub token: Option<String>,
    /// Digits after the point; `None` if the token does not say.
    pub decimals: Option<u8>,
}

/// A place in the chain's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Block time, RFC 3339 in UTC.
    pub time: String,
    /// Hash of the transaction, with `0x`.
    pub transaction: String,
    /// Number of the block.
    pub block: u64,
    /// Place of the event in its block.
    pub index: u64,
}

impl Moment {
    /// An id that no other event of the chain has.
    pub(super) fn id(&self, kind: &str) -> String {
        format!("{kind}-{}-{}", self.block, self.index)
    }
}

/// A token amount with all that is needed to find it on chain; below zero where money goes back.
pub(super) fn token_amount(chain_id: u64, asset: &Asset, amount: i128, moment: &Moment) -> Value {
    let name = match &asset.token {
        Some(token) => format!("eip155:{chain_id}/erc20:{token}"),
        // SLIP-44 number of ether, in which Arbitrum's fees are paid.
        None => format!("eip155:{chain_id}/slip44:60"),
    };
    let mut parts = vec![
        json!({"url": "token", "valueUri": name}),
        json!({"url": "amount", "valueString": amount.to_string()}),
    ];
    if let Some(decimals) = asset.decimals {
        parts.push(json!({"url": "decimals", "valueUnsignedInt": decimals}));
    }
    parts.push(json!({"url": "transaction", "valueString": moment.transaction}));
    json!({"url": format!("{BASE}/StructureDefinition/token-amount"), "extension": parts})
}

/// `Money` where there is none: it was moved as a token.
pub(super) fn no_money() -> Value {
    json!({"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "not-applicable",
    }]})
}

/// A reference to the holder of an account, by the account.
pub(super) fn holder(kind: &str, chain_id: u64, account: &str) -> Value {
    json!({"type": kind, "identifier": identifier("account", &format!("eip155:{chain_id}:{account}"))})
}

pub(super) fn identifier(system: &str, value: &str) -> Value {
    json!({"system": format!("{BASE}/{system}"), "value": value})
}

/// An object without the members that are `None`: FHIR knows no empty values.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter();
    let members: Map<String, Value> =
        members.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    Value::Object(members)
}

/// A bundle of documents, made at `time`.
#[must_use]
pub fn collection(documents: Vec<Value>, time: &str) -> Value {
    let entries: Vec<_> = documents
        .into_iter()
        .map(|resource| {
            let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
            let url = format!("{BASE}/{}/{}", text("resourceType"), text("id"));
            json!({"fullUrl": url, "resource": resource})
        })
        .collect();
    object([
        ("resourceType", Some("Bundle".into())),
        ("type", Some("collection".into())),
        ("timestamp", Some(time.into())),
        ("entry", (!entries.is_empty()).then(|| entries.into())),
    ])
}
