//! `chartkey record create`.

use serde_json::json;

use super::{HISTORY, MEDICATIONS};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;

pub(super) async fn run(session: &Session) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let found = match holder.recovered_record() {
        Some(found) => {
            session.screen.note(&format!("found record {} of an interrupted run", found.0));
            Some(found)
        }
        None => holder.create(session, HISTORY).await?,
    };
    let Some((record, receipt)) = found else { return Ok(session.rehearsal()) };
    let chart = Chart::read(session, &holder, record).await?;
    // An interrupted run has opened a section and not delivered its key.
    let keyless = chart.sections.iter().find(|section| section.name.is_none());
    if let Some(section) = keyless {
        holder.start_anew(session, &chart, section, HISTORY).await?;
    }
    if chart.named(MEDICATIONS).is_none() {
        holder.open_sections(session, &chart, &[MEDICATIONS]).await?;
    }
    let data = json!({
        "record": record,
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, format!("record {record}")))
}
