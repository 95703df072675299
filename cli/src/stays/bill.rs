//! From a stay's ledger to its FHIR documents.

use chartkey_abi::stay_state;
use chartkey_fhir as fhir;
use fhir::{Asset, Bill, InvoiceStatus, Moment, Notice, NoticeKind, Refund};
use serde_json::Value;

use super::snapshot::Entry;
use super::{Currency, Estimate, Kind, Ledger, Movement, Place};
use crate::dates;

/// Invoice's status beside a stay's (guides/domain.md, "Stay, money and FHIR side by side"); `None` while
/// there is no price.
#[must_use]
pub const fn invoice_status(ledger: &Ledger) -> Option<InvoiceStatus> {
    Some(match ledger.state {
        stay_state::QUOTED => InvoiceStatus::Draft,
        stay_state::HELD | stay_state::BOOKED | stay_state::DISPUTED => InvoiceStatus::Issued,
        stay_state::PAID | stay_state::ARRIVED | stay_state::SETTLED => InvoiceStatus::Balanced,
        // Split by the policy: the rest went back by a document of its own.
        stay_state::NO_SHOW if ledger.was_balanced => InvoiceStatus::Balanced,
        stay_state::CANCELLED if ledger.was_balanced && ledger.released > 0 => {
            InvoiceStatus::Balanced
        }
        stay_state::NO_SHOW | stay_state::CANCELLED => InvoiceStatus::Cancelled,
        stay_state::ENTERED_IN_ERROR => InvoiceStatus::EnteredInError,
        _ => return None,
    })
}

/// The bill of a stay; `None` while there is no price.
#[must_use]
pub fn bill(
    (chain_id, contract): (u64, alloy_primitives::Address),
    entry: &Entry,
    ledger: &Ledger,
    currency: &Currency,
    estimate: &Estimate,
) -> Option<Bill> {
    let status = invoice_status(ledger)?;
    let (price, quoted) = ledger.quoted?;
    let is_cancelled = matches!(status, InvoiceStatus::Cancelled);
    Some(Bill {
        chain_id,
        contract: contract.to_checksum(None),
        stay: entry.number,
        patient: entry.stay.patient.to_checksum(None),
        clinic: entry.stay.clinic.to_checksum(None),
        // As quoted, like the price: an early discharge has a document of its own.
        admit: dates::format_day(ledger.days.0),
        discharge: dates::format_day(ledger.days.1),
        asset: Asset {
            token: match currency {
                Currency::Coin => None,
                Currency::Token(token) => Some(token.address.to_checksum(None)),
            },
            decimals: currency.decimals(),
        },
        price,
        quoted: moment(&quoted),
        status,
        cancelled: is_cancelled.then(|| reason(entry, ledger)).flatten(),
        agreed: estimate.agreed(),
    })
}

fn reason(entry: &Entry, ledger: &Ledger) -> Option<String> {
    let by = ledger.closed_by?;
    Some(if by == entry.stay.clinic {
        "closed by the clinic".to_owned()
    } else if by == entry.stay.patient {
        "closed by the patient".to_owned()
    } else {
        format!("closed by {}", by.to_checksum(None))
    })
}

/// A place as FHIR tells it.
#[must_use]
fn moment(place: &Place) -> Moment {
    Moment {
        time: dates::format_instant(place.time),
        transaction: place.tx.to_string(),
        block: place.block,
        index: place.index,
    }
}

/// The invoice, and a document for what went back: a new invoice with negative lines where the first one
/// stays as it is; a payment notice where it is cancelled, since its lines count no more then.
#[must_use]
pub fn documents(bill: &Bill, ledger: &Ledger) -> Vec<Value> {
    let mut documents = vec![fhir::invoice(bill)];
    let refunds: Vec<_> =
        ledger.movements.iter().filter(|one| one.kind == Kind::Refunded).collect();
    if matches!(bill.status, InvoiceStatus::Cancelled | InvoiceStatus::EnteredInError) {
        documents.extend(refunds.iter().map(|one| notice(bill, one)));
        return documents;
    }
    for parts in refunds.chunk_by(|one, next| one.place.tx == next.place.tx) {
        let lines = parts.iter().map(|one| (one.account.to_checksum(None), one.amount)).collect();
        let refund = Refund { moment: moment(&parts[0].place), lines };
        documents.push(fhir::refund_invoice(bill, &refund));
    }
    documents
}

/// One movement as a payment notice.
#[must_use]
pub fn notice(bill: &Bill, movement: &Movement) -> Value {
    let notice = Notice {
        kind: match movement.kind {
            Kind::Paid => NoticeKind::Paid,
            Kind::Refunded => NoticeKind::Refunded,
            Kind::Released => NoticeKind::Released,
            Kind::Insured { .. } => NoticeKind::Insured,
        },
        account: movement.account.to_checksum(None),
        insurer: match movement.kind {
            Kind::Insured { insurer } => Some(insurer.to_checksum(None)),
            Kind::Paid | Kind::Refunded | Kind::Released => None,
        },
        amount: movement.amount,
        moment: moment(&movement.place),
    };
    fhir::payment_notice(bill, &notice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_the_status_of_the_domain_guide() {
        let of = |state, was_balanced, released| {
            let ledger = Ledger { state, was_balanced, released, ..Ledger::default() };
            invoice_status(&ledger).map(InvoiceStatus::code)
        };

        for (state, was_balanced, released, status) in [
            (stay_state::REQUESTED, false, 0, None),
            (stay_state::QUOTED, false, 0, Some("draft")),
            (stay_state::HELD, false, 0, Some("issued")),
            (stay_state::BOOKED, false, 0, Some("issued")),
            (stay_state::PAID, true, 0, Some("balanced")),
            (stay_state::ARRIVED, true, 0, Some("balanced")),
            (stay_state::SETTLED, true, 5, Some("balanced")),
            (stay_state::CANCELLED, true, 0, Some("cancelled")),
            (stay_state::CANCELLED, true, 3, Some("balanced")),
            (stay_state::CANCELLED, false, 0, Some("cancelled")),
            (stay_state::NO_SHOW, true, 5, Some("balanced")),
            (stay_state::NO_SHOW, false, 0, Some("cancelled")),
            (stay_state::DISPUTED, true, 0, Some("issued")),
            (stay_state::ENTERED_IN_ERROR, true, 0, Some("entered-in-error")),
        ] {
            assert_eq!(of(state, was_balanced, released), status, "state {state}");
        }
    }
}
