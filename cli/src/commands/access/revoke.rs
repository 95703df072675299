//! `chartkey access revoke`: the grant ends and the sections get new keys, in one transaction.

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, access_kind};
use chartkey_crypto::Handle;
use serde_json::json;

use super::{handles_of, told, unlisted};
use crate::commands::sent::with_receipts;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::rpc::Receipt;
use crate::session::Session;
use crate::transact::logged;

pub(super) async fn run(session: &Session, grantee: Address) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let Some(holding) = chart.holdings.of_account(grantee).copied() else {
        if let Some(report) = unlisted::revoke(session, &holder, &chart, grantee).await? {
            return Ok(report);
        }
        if let Some(receipt) = recovered(&holder, grantee) {
            session
                .screen
                .note("found the transaction of an interrupted run; it is not sent again");
            return Ok(report(&chart, grantee, &[], &[receipt]));
        }
        return Err(Error::NotFound {
            message: format!("{grantee} has no grant for record {record}"),
            hint: "chartkey access list".into(),
        });
    };
    let me = holder.account.address;
    if chart.owner != me && !(holding.grantor == me && holding.is_delegated()) {
        return Err(Error::NotFound {
            message: format!("the grant of {grantee} was made by {}", holding.grantor),
            hint: format!("it or the record's owner {} can take it back", chart.owner),
        });
    }
    let handles = handles_of(&chart, holding.grant.sections);
    // Without a section in use there is nothing to give keys to; without the right to it, the next one
    // who has it does it before the next entry.
    let is_renewing = !handles.is_empty() && holder.may_rotate(&chart, &handles);
    let sent = if is_renewing {
        let what = format!("Take the grant of {grantee} back and give its sections new keys");
        holder.rotate(session, &chart, &handles, Some(grantee), &what).await?
    } else {
        let call = IRecords::revokeCall { record, grantee };
        let what = format!("Take the grant of {grantee} back");
        let public = "that the account lost its grant";
        holder.send(session, call.abi_encode(), what, public).await?.map(|receipt| vec![receipt])
    };
    let Some(receipts) = sent else { return Ok(session.rehearsal()) };
    let due = if is_renewing { &[][..] } else { &handles[..] };
    Ok(report(&chart, grantee, due, &receipts))
}

/// What an interrupted run has done of this.
fn recovered(holder: &Holder, grantee: Address) -> Option<Receipt> {
    let found = holder.recovered.iter().find(|one| {
        let changed = logged::<IRecords::AccessChanged>(&one.receipt, holder.contract);
        changed.is_ok_and(|event| event.subject == grantee && event.link[3] == access_kind::REVOKE)
    });
    found.map(|one| one.receipt.clone())
}

/// What the end of a grant leaves: what could be read, and whose grants end with it; `due` are sections that
/// this command has given no new keys.
pub(super) fn report(
    chart: &Chart,
    grantee: Address,
    due: &[Handle],
    receipts: &[Receipt],
) -> Report {
    let mut text = format!(
        "{grantee} may not write any more, and cannot read what is written from now on{}",
        if due.is_empty() { "" } else { ": its sections take no entry before they get new keys" }
    );
    let exposed = told::exposed(chart, &chart.reach(grantee), &mut text);
    let below: Vec<Address> = chart
        .holdings
        .below(grantee, chart.now)
        .map(|held| Address::from(held.grant.grantee))
        .collect();
    for account in &below {
        text.push_str(&format!("\nthe grant of {account} ends with it: it was made out of it"));
    }
    text.push_str("\nwhat it could read before stays readable to it; nobody can take that back");
    let below: Vec<String> = below.iter().map(|account| account.to_checksum(None)).collect();
    let data = json!({
        "record": chart.record,
        "grantee": grantee.to_checksum(None),
        "exposed": exposed,
        "endedToo": below,
        "rotationDue": !due.is_empty(),
    });
    Report::new(with_receipts(data, receipts), text)
}
