//! `Invoice`: the price of a stay, and a further one with negative lines for what went back of it.

use serde_json::{Value, json};

use super::document::{Asset, Moment, holder, identifier, object, token_amount};
use super::money::Money;

/// `Invoice.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceStatus {
    /// Quoted, not accepted.
    Draft,
    /// Accepted, due; or disputed.
    Issued,
    /// Paid in whole.
    Balanced,
    /// Cancelled, and what was paid went back in whole.
    Cancelled,
    /// It should never have been there.
    EnteredInError,
}

impl InvoiceStatus {
    /// FHIR's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Issued => "issued",
            Self::Balanced => "balanced",
            Self::Cancelled => "cancelled",
            Self::EnteredInError => "entered-in-error",
        }
    }
}

/// A stay and its price.
#[derive(Debug, Clone)]
pub struct Bill {
    /// The chain.
    pub chain_id: u64,
    /// The contract that knows the stay, in EIP-55.
    pub contract: String,
    /// Number of the stay there.
    pub stay: u64,
    /// Account of the patient, in EIP-55.
    pub patient: String,
    /// Account of the clinic, in EIP-55.
    pub clinic: String,
    /// First day, `YYYY-MM-DD` at the clinic's place.
    pub admit: String,
    /// Day of leaving.
    pub discharge: String,
    /// What the price counts.
    pub asset: Asset,
    /// The price as it was quoted, in the smallest unit of the asset.
    pub price: u128,
    /// When it was quoted.
    pub quoted: Moment,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// Why it was cancelled.
    pub cancelled: Option<String>,
    /// The price in a currency of a state, if one was agreed.
    pub agreed: Option<Money>,
}

impl Bill {
    /// The number of the stay among all stays of all chains.
    pub(super) fn name(&self) -> String {
        format!("eip155:{}:{}/{}", self.chain_id, self.contract, self.stay)
    }

    pub(super) fn id(&self) -> String {
        format!("stay-{}-{}", self.chain_id, self.stay)
    }

    pub(super) fn reference(&self) -> Value {
        json!({
            "reference": format!("Invoice/{}", self.id()),
            "identifier": identifier("stay", &self.name()),
        })
    }
}

/// What went back in one transaction: to whom, and how much, in the smallest unit of the asset.
#[derive(Debug, Clone)]
pub struct Refund {
    /// When.
    pub moment: Moment,
    /// Accounts in EIP-55 and amounts; at least one.
    pub lines: Vec<(String, u128)>,
}

/// An amount of at most 96 bits with a sign.
pub(super) fn signed(amount: u128) -> i128 {
    i128::try_from(amount).unwrap_or(i128::MAX)
}

/// The invoice of a stay.
#[must_use]
pub fn invoice(bill: &Bill) -> Value {
    let money = bill.agreed.map(Money::to_json);
    let total = token_amount(bill.chain_id, &bill.asset, signed(bill.price), &bill.quoted);
    let line = object([
        ("sequence", Some(1.into())),
        ("chargeItemCodeableConcept", Some(json!({"text": stay_text(bill)}))),
        (
            "priceComponent",
            Some(json!([object([
                ("extension", Some(json!([total]))),
                ("type", Some("base".into())),
                ("amount", money.clone()),
            ])])),
        ),
    ]);
    object([
        ("resourceType", Some("Invoice".into())),
        ("id", Some(bill.id().into())),
        ("extension", Some(json!([total]))),
        ("identifier", Some(json!([identifier("stay", &bill.name())]))),
        ("status", Some(bill.status.code().into())),
        ("cancelledReason", bill.cancelled.clone().map(Value::from)),
        ("subject", Some(holder("Patient", bill.chain_id, &bill.patient))),
        ("date", Some(bill.quoted.time.clone().into())),
        ("issuer", Some(holder("Organization", bill.chain_id, &bill.clinic))),
        ("lineItem", Some(json!([line]))),
        ("totalNet", money.clone()),
        ("totalGross", money),
    ])
}

/// What went back of a stay's price: a new invoice with negative lines, never an edit of the first.
#[must_use]
pub fn refund_invoice(bill: &Bill, refund: &Refund) -> Value {
    let amount =
        |amount: u128| token_amount(bill.chain_id, &bill.asset, -signed(amount), &refund.moment);
    let whole = refund.lines.iter().map(|(_, amount)| amount).sum();
    let lines: Vec<_> = (1..)
        .zip(&refund.lines)
        .map(|(sequence, (account, part))| {
            json!({
                "sequence": sequence,
                "chargeItemCodeableConcept": {"text": format!("Refund to {account} of: {}", stay_text(bill))},
                "priceComponent": [{"extension": [amount(*part)], "type": "base"}],
            })
        })
        .collect();
    let name = format!("{}/refund/{}", bill.name(), refund.moment.transaction);
    object([
        ("resourceType", Some("Invoice".into())),
        ("id", Some(refund.moment.id("refund").into())),
        ("extension", Some(json!([amount(whole)]))),
        (
            "identifier",
            Some(json!([identifier("refund", &name), identifier("stay", &bill.name())])),
        ),
        ("status", Some(InvoiceStatus::Balanced.code().into())),
        ("subject", Some(holder("Patient", bill.chain_id, &bill.patient))),
        ("date", Some(refund.moment.time.clone().into())),
        ("issuer", Some(holder("Organization", bill.chain_id, &bill.clinic))),
        ("lineItem", Some(lines.into())),
    ])
}

fn stay_text(bill: &Bill) -> String {
    format!("Stay from {} to {}", bill.admit, bill.discharge)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A moment of the chain of the tests.
    pub(in super::super) fn moment(index: u64) -> Moment {
        Moment {
            time: "2026-11-25T10:00:00Z".into(),
            transaction: format!("0x{}", "ab".repeat(32)),
            block: 12,
            index,
        }
    }

    /// A stay of two nights for 1.5 coins.
    pub(in super::super) fn bill(status: InvoiceStatus, agreed: Option<&str>) -> Bill {
        Bill {
            chain_id: 412_346,
            contract: format!("0x{}", "11".repeat(20)),
            stay: 7,
            patient: format!("0x{}", "22".repeat(20)),
            clinic: format!("0x{}", "33".repeat(20)),
            admit: "2026-12-01".into(),
            discharge: "2026-12-03".into(),
            asset: Asset { token: None, decimals: Some(18) },
            price: 1_500_000_000_000_000_000,
            quoted: moment(0),
            status,
            cancelled: None,
            agreed: agreed.map(|text| text.parse().expect("money")),
        }
    }

    /// Panics at a value that FHIR does not allow.
    pub(in super::super) fn no_empties(value: &Value) {
        match value {
            Value::Null => panic!("null"),
            Value::String(text) => assert!(!text.is_empty(), "an empty string"),
            Value::Array(items) => {
                assert!(!items.is_empty(), "an empty array");
                items.iter().for_each(no_empties);
            }
            Value::Object(members) => {
                assert!(!members.is_empty(), "an empty object");
                members.values().for_each(no_empties);
            }
            Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The parts of a token amount by name.
    pub(in super::super) fn part<'a>(extension: &'a Value, name: &str) -> Option<&'a Value> {
        let parts = extension["extension"].as_array().expect("parts");
        let part = parts.iter().find(|part| part["url"] == name)?.as_object().expect("an object");
        part.iter().find(|(key, _)| key.starts_with("value")).map(|(_, value)| value)
    }

    #[test]
    fn a_token_amount_is_an_extension_and_no_money() {
        let invoice = invoice(&bill(InvoiceStatus::Issued, None));

        assert_eq!(invoice["status"], "issued");
        assert!(invoice.get("totalNet").is_none() && invoice.get("totalGross").is_none());
        let extension = &invoice["extension"][0];
        assert_eq!(part(extension, "token"), Some(&"eip155:412346/slip44:60".into()));
        assert_eq!(part(extension, "amount"), Some(&"1500000000000000000".into()));
        assert_eq!(part(extension, "decimals"), Some(&18.into()));
        assert_eq!(part(extension, "transaction"), Some(&moment(0).transaction.into()));
        no_empties(&invoice);
    }

    #[test]
    fn an_agreed_amount_is_money_of_iso_4217() {
        let invoice = invoice(&bill(InvoiceStatus::Balanced, Some("450.50USD")));

        assert_eq!(invoice["totalGross"], json!({"value": 450.5, "currency": "USD"}));
        assert_eq!(invoice["lineItem"][0]["priceComponent"][0]["amount"], invoice["totalNet"]);
        no_empties(&invoice);
    }

    #[test]
    fn a_refund_is_a_new_invoice_with_negative_lines() {
        let bill = bill(InvoiceStatus::Balanced, None);
        let lines = vec![("0xaa".to_owned(), 5), ("0xbb".to_owned(), 7)];
        let refund = Refund { moment: moment(3), lines };

        let document = refund_invoice(&bill, &refund);

        assert_ne!(document["id"], invoice(&bill)["id"]);
        assert_eq!(part(&document["extension"][0], "amount"), Some(&"-12".into()));
        let lines = document["lineItem"].as_array().expect("lines");
        let amounts: Vec<_> = lines
            .iter()
            .map(|line| part(&line["priceComponent"][0]["extension"][0], "amount").expect("amount"))
            .collect();
        assert_eq!(amounts, ["-5", "-7"]);
        no_empties(&document);
    }

    #[test]
    fn a_token_that_does_not_say_its_decimals_gets_none() {
        let mut bill = bill(InvoiceStatus::Draft, None);
        bill.asset = Asset { token: Some(format!("0x{}", "44".repeat(20))), decimals: None };

        let invoice = invoice(&bill);

        let token = format!("eip155:412346/erc20:0x{}", "44".repeat(20));
        assert_eq!(part(&invoice["extension"][0], "token"), Some(&token.into()));
        assert_eq!(part(&invoice["extension"][0], "decimals"), None);
        no_empties(&invoice);
    }

    #[test]
    fn ids_are_of_the_form_that_fhir_allows() {
        let mut bill = bill(InvoiceStatus::Draft, None);
        (bill.chain_id, bill.stay) = (u64::MAX, u64::MAX);
        let far = Moment { block: u64::MAX, index: u64::MAX, ..moment(0) };
        let refund = Refund { moment: far, lines: vec![("0xaa".into(), 1)] };

        for document in [invoice(&bill), refund_invoice(&bill, &refund)] {
            let id = document["id"].as_str().expect("an id");
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            assert!((1..=64).contains(&id.len()) && id.chars().all(is_plain), "{id}");
        }
    }
}
