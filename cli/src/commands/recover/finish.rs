//! `chartkey recover finish`: the record changes hands, and every section gets new keys.

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use serde_json::json;

use super::keys;
use crate::commands::sent::with_receipts;
use crate::commands::transfer::{advice, renew_all, require_all_keys};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;

pub(super) async fn run(session: &Session, record: B256) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let me = holder.account.address;
    // Keys first: a record without them would begin anew, cut off from its history.
    let (chart, given) = keys::read(session, &mut holder, record).await?;
    require_all_keys(&chart)?;
    let mut receipts = Vec::new();
    let former = chart.owner;
    if former != me {
        let call = IRecords::finishRecoveryCall { record };
        let what = format!("Take a record of {former} over, as guardians approved");
        let public = "that the record has another owner";
        let sent = holder.send(session, call.abi_encode(), what, public).await?;
        let Some(receipt) = sent else { return Ok(session.rehearsal()) };
        receipts.push(receipt);
    }
    let chart = Chart::read(session, &holder, record).await?;
    let renewed = renew_all(session, &holder, &chart).await?;
    let Some(renewed) = renewed else { return Ok(session.rehearsal()) };
    receipts.extend(renewed);
    let text = format!(
        "{me} is in charge of record {record}; all {} sections have new keys, and the former owner's open \
         nothing that is written from now on\n{}",
        chart.sections.len(),
        advice(&chart)
    );
    let data = json!({
        "record": record,
        "owner": me.to_checksum(None),
        "sections": chart.sections.len(),
    });
    let mut report = Report::new(with_receipts(data, &receipts), text);
    report.warnings.extend(keys::warnings(&given));
    Ok(report)
}
