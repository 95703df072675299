//! `PaymentNotice`: money that moved for a stay.

use serde_json::{Value, json};

use super::document::{Moment, holder, identifier, no_money, object, token_amount};
use super::invoice::{Bill, signed};
use super::money::Money;

/// What a payment was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Into the escrow of the stay.
    Paid,
    /// Back to who paid.
    Refunded,
    /// From the escrow to the clinic.
    Released,
    /// From an insurer, for a claim.
    Insured,
}

/// Money that moved.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What for.
    pub kind: NoticeKind,
    /// Who paid, or who got it; in EIP-55.
    pub account: String,
    /// The insurer that paid a claim, in EIP-55: there may be several.
    pub insurer: Option<String>,
    /// How much, in the smallest unit of the bill's asset.
    pub amount: u128,
    /// When.
    pub moment: Moment,
}

/// The notice of one payment. The amount is `Money` only if it is the whole price and that was agreed in
/// a currency of a state; of a part no such amount was agreed.
#[must_use]
pub fn payment_notice(bill: &Bill, notice: &Notice) -> Value {
    let is_back = notice.kind == NoticeKind::Refunded;
    let amount = if is_back { -signed(notice.amount) } else { signed(notice.amount) };
    let tokens = token_amount(bill.chain_id, &bill.asset, amount, &notice.moment);
    let agreed = bill.agreed.filter(|_| notice.amount == bill.price && !is_back);
    let transaction = format!("eip155:{}:{}", bill.chain_id, notice.moment.transaction);
    let day = notice.moment.time.split('T').next().unwrap_or_default();
    object([
        ("resourceType", Some("PaymentNotice".into())),
        ("id", Some(notice.moment.id("payment").into())),
        ("extension", Some(json!([tokens]))),
        ("identifier", Some(json!([identifier("transaction", &transaction)]))),
        ("status", Some("active".into())),
        ("request", Some(bill.reference())),
        ("created", Some(notice.moment.time.clone().into())),
        ("provider", Some(holder("Organization", bill.chain_id, &bill.clinic))),
        (
            "payment",
            Some(json!({
                "type": "PaymentReconciliation",
                "identifier": identifier("transaction", &transaction),
            })),
        ),
        ("paymentDate", Some(day.into())),
        ("recipient", Some(holder("Organization", bill.chain_id, &bill.clinic))),
        ("amount", Some(agreed.map_or_else(no_money, Money::to_json))),
        ("paymentStatus", Some(status(notice))),
    ])
}

/// HL7 knows `paid` (it was sent) and `cleared` (who is to have it has it).
fn status(notice: &Notice) -> Value {
    let (code, text) = match notice.kind {
        NoticeKind::Paid => ("paid", format!("paid into escrow by {}", notice.account)),
        NoticeKind::Refunded => ("cleared", format!("refunded to {}", notice.account)),
        NoticeKind::Released => ("cleared", format!("released to clinic {}", notice.account)),
        NoticeKind::Insured => {
            let insurer = notice.insurer.as_deref().unwrap_or("of the patient");
            ("cleared", format!("paid by insurer {insurer} to {}", notice.account))
        }
    };
    json!({
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/paymentstatus", "code": code}],
        "text": text,
    })
}

#[cfg(test)]
mod tests {
    use super::super::document::collection;
    use super::super::invoice::tests::{bill, moment, no_empties, part};
    use super::super::invoice::{InvoiceStatus, invoice};
    use super::*;

    fn notice(kind: NoticeKind, amount: u128) -> Notice {
        Notice { kind, account: "0xaa".into(), insurer: None, amount, moment: moment(4) }
    }

    #[test]
    fn what_r4_requires_of_a_notice_is_there_even_without_money() {
        let document =
            payment_notice(&bill(InvoiceStatus::Balanced, None), &notice(NoticeKind::Paid, 5));

        for name in ["status", "created", "payment", "recipient", "amount"] {
            assert!(document.get(name).is_some(), "{name}");
        }
        assert_eq!(document["status"], "active");
        assert!(document["amount"].get("currency").is_none(), "a token amount is not Money");
        assert_eq!(part(&document["extension"][0], "amount"), Some(&"5".into()));
        no_empties(&document);
    }

    #[test]
    fn money_is_named_for_the_whole_price_and_not_invented_for_a_part() {
        let bill = bill(InvoiceStatus::Balanced, Some("450USD"));

        let whole = payment_notice(&bill, &notice(NoticeKind::Paid, bill.price));
        let part = payment_notice(&bill, &notice(NoticeKind::Paid, bill.price / 2));

        assert_eq!(whole["amount"], json!({"value": 450, "currency": "USD"}));
        assert!(part["amount"].get("currency").is_none());
    }

    #[test]
    fn what_goes_back_is_below_zero() {
        let document =
            payment_notice(&bill(InvoiceStatus::Cancelled, None), &notice(NoticeKind::Refunded, 5));

        assert_eq!(part(&document["extension"][0], "amount"), Some(&"-5".into()));
    }

    #[test]
    fn each_insurer_is_named() {
        let bill = bill(InvoiceStatus::Balanced, None);
        let paid = Notice { insurer: Some("0xbb".into()), ..notice(NoticeKind::Insured, 5) };

        let text = payment_notice(&bill, &paid)["paymentStatus"]["text"].clone();

        assert_eq!(text, "paid by insurer 0xbb to 0xaa");
    }

    #[test]
    fn a_collection_has_an_address_for_each_document_and_no_empty_list() {
        let bill = bill(InvoiceStatus::Balanced, None);
        let documents =
            vec![invoice(&bill), payment_notice(&bill, &notice(NoticeKind::Released, 5))];

        let bundle = collection(documents, "2026-11-25T10:00:00Z");
        let empty = collection(Vec::new(), "2026-11-25T10:00:00Z");

        let invoice_url = bundle["entry"][0]["fullUrl"].as_str().expect("an address");
        let request = bundle["entry"][1]["resource"]["request"]["reference"].as_str();
        assert!(invoice_url.ends_with(request.expect("a reference")));
        no_empties(&bundle);
        no_empties(&empty);
    }
}
