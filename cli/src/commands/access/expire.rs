//! `chartkey access expire`: what has run out ends on chain, and its sections get new keys
//! (crypto.md sections 8.5 and 15).

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;

use super::{handles_of, revoke, told};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;

pub(super) async fn run(session: &Session, grantee: Address) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let Some(holding) = chart.holdings.of_account(grantee).copied() else {
        return Err(Error::NotFound {
            message: format!("{grantee} has no grant for record {record}"),
            hint: "chartkey access list --all".into(),
        });
    };
    if chart.holdings.holds(&holding, chart.now) {
        return Err(Error::Usage {
            message: format!(
                "the grant of {grantee} holds {}",
                told::until(chart.holdings.end(&holding))
            ),
            hint: format!("to end it before: chartkey access revoke {grantee}"),
        });
    }
    let handles = handles_of(&chart, holding.grant.sections);
    let is_renewing = chart.owner == holder.account.address && !handles.is_empty();
    let sent = if is_renewing {
        let what =
            format!("End the grant of {grantee}, which ran out, and give its sections new keys");
        holder.rotate(session, &chart, &handles, Some(grantee), &what).await?
    } else {
        let call = IRecords::expireCall { record, grantee };
        let what = format!("End the grant of {grantee}, which ran out");
        let public = "that this account asked for the end of a grant which ran out";
        holder.send(session, call.abi_encode(), what, public).await?.map(|receipt| vec![receipt])
    };
    let Some(receipts) = sent else { return Ok(session.rehearsal()) };
    let due = if is_renewing { &[][..] } else { &handles[..] };
    Ok(revoke::report(&chart, grantee, due, &receipts))
}
