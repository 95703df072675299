//! `chartkey payment receipt`: the money of one stay.

use alloy_primitives::U256;
use chartkey_fhir::{InvoiceStatus, collection};
use serde_json::{Value, json};

use super::fhir;
use crate::args::Receipt;
use crate::commands::appointment::row;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::refusal;
use crate::session::Session;
use crate::stays::{
    Currency, Entry, Estimate, Kind, Ledger, Movement, Notes, Snapshot, bill, documents,
    invoice_status,
};

pub(super) async fn run(session: &Session, arguments: &Receipt) -> Result<Report, Error> {
    let stay = arguments.stay;
    let snapshot = Snapshot::newest(session).await?;
    let entry = snapshot.entry(stay).await?;
    let ledger = snapshot.ledger(&entry).await?;
    let Some(status) = invoice_status(&ledger) else {
        return Err(Error::NotFound {
            message: format!("stay {stay} is a request: it has no price yet"),
            hint: format!("the clinic quotes it with: chartkey appointment quote --request {stay}"),
        });
    };
    let currency = snapshot.currency(entry.terms.token).await?;
    let said = Estimate { expected: arguments.fiat.fiat, billed: arguments.fiat.billed };
    let estimate = Notes::write(session, snapshot.contract, stay, said).await?;
    if arguments.fhir {
        let place = (session.chain_id().await?, snapshot.contract);
        let bill = bill(place, &entry, &ledger, &currency, &estimate)
            .ok_or_else(|| Error::Internal("what has a status has a price".into()))?;
        let mut documents = documents(&bill, &ledger);
        return fhir(match documents.len() {
            1 => documents.remove(0),
            _ => collection(documents, &dates::format_instant(snapshot.time().await?)),
        });
    }
    let data = data(&entry, &ledger, &currency, &estimate, status);
    Ok(Report::new(data, text(&entry, &ledger, &currency, &estimate, status)))
}

fn data(
    entry: &Entry,
    ledger: &Ledger,
    currency: &Currency,
    estimate: &Estimate,
    status: InvoiceStatus,
) -> Value {
    let mut data = row(entry, currency);
    let quoted = ledger.quoted.as_ref();
    let more = json!({
        "invoiceStatus": status.code(),
        "quotedWei": quoted.map(|(price, _)| price.to_string()),
        "quotedAt": quoted.map(|(_, place)| dates::format_instant(place.time)),
        "dueWei": ledger.due.to_string(),
        "paidWei": ledger.paid.to_string(),
        "refundedWei": ledger.refunded.to_string(),
        "releasedWei": ledger.released.to_string(),
        "heldWei": ledger.held().to_string(),
        "movements": ledger.movements.iter().map(movement).collect::<Vec<_>>(),
    });
    for more in [more, estimate.json()] {
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
    }
    data
}

/// One movement for scripts.
pub(super) fn movement(movement: &Movement) -> Value {
    let insurer = match movement.kind {
        Kind::Insured { insurer } => Some(insurer.to_checksum(None)),
        Kind::Paid | Kind::Refunded | Kind::Released => None,
    };
    json!({
        "kind": movement.kind.name(),
        "account": movement.account.to_checksum(None),
        "insurer": insurer,
        "amountWei": movement.amount.to_string(),
        "time": dates::format_instant(movement.place.time),
        "block": movement.place.block.to_string(),
        "tx": movement.place.tx,
    })
}

/// One movement in words.
pub(super) fn sentence(movement: &Movement, currency: &Currency) -> String {
    let (amount, account) = (currency.format(U256::from(movement.amount)), movement.account);
    match movement.kind {
        Kind::Paid => format!("{amount} paid into escrow by {account}"),
        Kind::Refunded => format!("{amount} refunded to {account}"),
        Kind::Released => format!("{amount} released to clinic {account}"),
        Kind::Insured { insurer } => format!("{amount} paid by insurer {insurer} to {account}"),
    }
}

fn text(
    entry: &Entry,
    ledger: &Ledger,
    currency: &Currency,
    estimate: &Estimate,
    status: InvoiceStatus,
) -> String {
    let shown = |amount: u128| currency.format(U256::from(amount));
    let stay = &entry.stay;
    let mut lines = vec![
        format!(
            "receipt of stay {}: {}, invoice {}",
            entry.number,
            refusal::stay_state(stay.state),
            status.code()
        ),
        format!(
            "  {} to {}",
            dates::format_day(stay.admitDay),
            dates::format_day(stay.dischargeDay)
        ),
        format!("  clinic  {}", stay.clinic),
        format!("  patient {}", stay.patient),
    ];
    if let Currency::Token(token) = currency {
        lines.push(format!("  token   {}", token.address));
    }
    if let Some((price, place)) = &ledger.quoted {
        lines.push(format!("  {}  {} quoted", dates::format_instant(place.time), shown(*price)));
    }
    for one in &ledger.movements {
        let time = dates::format_instant(one.place.time);
        lines.push(format!("  {time}  {}", sentence(one, currency)));
        lines.push(format!("    transaction {}", one.place.tx));
    }
    lines.push(format!("  due {}, in escrow {}", shown(ledger.due), shown(ledger.held())));
    lines.extend(estimate.lines().into_iter().map(|line| format!("  {line}")));
    lines.join("\n")
}
