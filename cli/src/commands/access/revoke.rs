//! `chartkey access revoke`: the grant ends and the sections get new keys, in one transaction.

use std::fmt::Write as _;

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, permission};
use chartkey_crypto::Handle;
use serde_json::{Value, json};

use super::sections_of;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, SectionChart};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session, grantee: Address) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let Some(holding) = chart.holdings.of_account(grantee).copied() else {
        return Err(Error::NotFound {
            message: format!("{grantee} has no grant for record {record}"),
            hint: "chartkey access list".into(),
        });
    };
    let grant = holding.grant;
    let handles: Vec<Handle> =
        sections_of(&chart, grant.sections).map(|section| section.section.handle).collect();
    let me = holder.account.address;
    let what = format!("Take the grant of {grantee} back and give its sections new keys");
    let receipts = if chart.owner == me {
        holder.rotate(session, &chart, &handles, Some(grantee), &what).await?
    } else if holding.grantor == me {
        // A delegate ends what it gave; new keys are the owner's to make, before the next entry.
        let call = IRecords::revokeCall { record, grantee };
        let what = format!("Take the grant of {grantee} back");
        let public = "that the account lost its grant";
        holder.send(session, call.abi_encode(), what, public).await?.map(|receipt| vec![receipt])
    } else {
        return Err(Error::NotFound {
            message: format!("the grant of {grantee} was made by {}", holding.grantor),
            hint: format!("it or the record's owner {} can take it back", chart.owner),
        });
    };
    let Some(receipts) = receipts else { return Ok(session.rehearsal()) };
    let mut text =
        format!("{grantee} may not write any more, and cannot read what is written from now on");
    let mut exposed = Vec::new();
    for section in sections_of(&chart, grant.sections) {
        let (line, row) = exposure(&chart, section, grantee);
        let _ = write!(text, "\n  {line}");
        exposed.push(row);
    }
    text.push_str("\nwhat it could read before stays readable to it; nobody can take that back");
    let transactions: Vec<_> = receipts.iter().map(|receipt| receipt.transaction_hash).collect();
    let gas = receipts.iter().fold(alloy_primitives::U256::ZERO, |sum, one| sum + one.gas_used);
    let fee = receipts.iter().fold(alloy_primitives::U256::ZERO, |sum, one| sum + one.fee_wei());
    let data = json!({
        "record": record,
        "grantee": grantee.to_checksum(None),
        "exposed": exposed,
        "transactions": transactions,
        "gasUsed": gas.to_string(),
        "feeWei": fee.to_string(),
    });
    Ok(Report::new(data, text))
}

/// What the account could have read of a section (crypto.md section 8.5), by number range.
fn exposure(chart: &Chart, section: &SectionChart, grantee: Address) -> (String, Value) {
    let label = printable(&section.label());
    let last = section.state.seq();
    let bits = chart.holdings.of_account(grantee).map_or(0, |held| held.grant.permissions);
    let first = match bits {
        bits if bits & permission::READ == 0 => None,
        bits if bits & permission::HISTORY != 0 => Some(1),
        // Content keys: of every epoch that began under the grant, and of the one it was made in.
        _ => {
            let since = chart.holdings.of_account(grantee).map_or(0, |held| held.since);
            let epoch = section.epochs.iter().rev().find(|epoch| epoch.began <= since);
            Some(epoch.map_or(1, |epoch| epoch.seq))
        }
    };
    let line = match first {
        Some(first) => format!("{label}: entries {first} to {last} could be read"),
        None => format!("{label}: only what it wrote itself could be read"),
    };
    let row = json!({
        "section": section.name,
        "handle": section.section.handle.number(),
        "first": first,
        "last": first.map(|_| last),
    });
    (line, row)
}
