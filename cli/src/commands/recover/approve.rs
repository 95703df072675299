//! `chartkey recover approve`: a guardian's voice, and its share.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{Item, RecoveryShare};
use serde_json::json;

use super::require_guardians;
use crate::commands::sent::with_receipts;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, Parcel, Routes};
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    record: B256,
    candidate: Address,
    words: Option<&str>,
) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let guardians = require_guardians(session, &holder, &chart).await?;
    let me = holder.account.address;
    let refused = |message: String| Error::NotFound {
        message,
        hint: format!("chartkey recover status {record}"),
    };
    if !guardians.is_in_force {
        return Err(refused("this record has no guardians now".to_owned()));
    }
    if !guardians.accounts.contains(&me) {
        return Err(refused(format!("{me} is no guardian of this record")));
    }
    let share = chart.own_share(&guardians).ok_or_else(|| {
        refused(format!("the share that {me} was delivered cannot be opened with its keys"))
    })?;
    let share = RecoveryShare::from_parts(share.number(), share.expose())?;
    let routes =
        Routes::check(session, &holder, &chart.history, chart.owner, [candidate], words).await?;
    let item = Item::RecoveryShare { version: guardians.version, share };
    let parcel = Parcel { to: candidate, items: vec![item] };
    let sealed = routes.seal(&holder, record, vec![parcel])?;
    let call = IRecords::approveRecoveryCall {
        record,
        candidate,
        guardians: guardians.packed().into(),
        keys: sealed.keys,
        list: sealed.list.into(),
    };
    let what = format!(
        "Approve {candidate} as the new owner of a record of {}, and give it this guardian's share; with \
         {} shares it reads everything at once, and that cannot be taken back",
        chart.owner, guardians.threshold
    );
    let public = "that this guardian approved this account and delivered to it";
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let chart = Chart::read(session, &holder, record).await?;
    let recoveries = chart.recoveries(session, &holder, &guardians).await?;
    let standing = recoveries.iter().find(|one| one.candidate == candidate);
    let approvals = standing.map_or(0, |one| one.approved_by.len());
    let ready_at = standing.and_then(|one| one.ready_at).map(dates::format_instant);
    let mut text =
        format!("{candidate} is approved by {approvals} of {} guardians", guardians.threshold);
    if let Some(at) = &ready_at {
        text.push_str(&format!("\nit can take the record over from {at} unless the owner refuses"));
    }
    let data = json!({
        "record": record,
        "candidate": candidate.to_checksum(None),
        "approvals": approvals,
        "threshold": guardians.threshold,
        "readyAt": ready_at,
    });
    Ok(Report::new(with_receipts(data, &[receipt]), text))
}
