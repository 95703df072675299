//! `chartkey record rotate`: new keys for everybody who stays (crypto.md section 8.5).

use std::fmt::Write as _;

use alloy_primitives::Address;
use chartkey_crypto::Handle;
use serde_json::json;

use super::content::no_access;
use crate::commands::sent::with_receipts;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, SectionChart};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session, names: &[String], all: bool) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let handles = wanted(&chart, &holder, names, all)?;
    if handles.is_empty() {
        let data = json!({"record": record, "sections": [], "transactions": [], "gasUsed": "0", "feeWei": "0"});
        let text = "no section needs new keys; name one, or give --all".to_owned();
        return Ok(Report::new(data, text));
    }
    let mut warnings = Vec::new();
    for section in of(&chart, &handles) {
        require_may_rotate(&chart, section, holder.account.address)?;
        if section.epoch().is_some_and(|here| here.seed.is_none()) {
            let label = printable(&section.label());
            let text = format!(
                "the present keys of {label} are not here: it starts anew, and whoever gets keys from \
                 now on cannot open its past by them"
            );
            session.screen.note(&text);
            warnings.push(text);
        }
    }
    let labels: Vec<String> = of(&chart, &handles).map(SectionChart::label).collect();
    let what = format!("Give new keys to {}", labels.join(", "));
    let sent = holder.rotate(session, &chart, &handles, None, &what).await?;
    let Some(receipts) = sent else { return Ok(session.rehearsal()) };
    let chart = Chart::read(session, &holder, record).await?;
    let mut text = String::new();
    let mut sections = Vec::new();
    for section in of(&chart, &handles) {
        let handle = section.section.handle;
        let epoch = section.epoch().map_or(0, |here| here.epoch.number());
        let readers = chart.holdings.readers(handle, chart.now);
        let mut readers: Vec<_> = readers.map(|held| Address::from(held.grant.grantee)).collect();
        readers.retain(|reader| *reader != chart.owner);
        let _ = writeln!(
            text,
            "{}: keys number {epoch}, delivered to the owner and {} others",
            printable(&section.label()),
            readers.len()
        );
        sections.push(json!({
            "section": section.name,
            "handle": handle.number(),
            "epoch": epoch,
            "readers": readers.iter().map(|reader| reader.to_checksum(None)).collect::<Vec<_>>(),
        }));
    }
    text.push_str("what could be read before stays readable to whoever had the old keys");
    let data = json!({"record": record, "sections": sections});
    let mut report = Report::new(with_receipts(data, &receipts), text);
    report.warnings = warnings;
    Ok(report)
}

/// The named ones; all; or those that nobody may write to before they get new keys, and those whose
/// newest keys did not come: a bad rotation (crypto.md section 8.5).
fn wanted(
    chart: &Chart,
    holder: &Holder,
    names: &[String],
    all: bool,
) -> Result<Vec<Handle>, Error> {
    if !names.is_empty() {
        let mut handles = Vec::new();
        for name in names {
            let handle = chart.require(name)?.section.handle;
            if !handles.contains(&handle) {
                handles.push(handle);
            }
        }
        return Ok(handles);
    }
    let is_owner = chart.owner == holder.account.address;
    let concerned = chart
        .sections
        .iter()
        .filter(|section| all || section.is_due || (is_owner && section.is_keyless()));
    Ok(concerned.map(|section| section.section.handle).collect())
}

fn require_may_rotate(chart: &Chart, section: &SectionChart, me: Address) -> Result<(), Error> {
    let who = chart.rotators(section.section.handle);
    if who.contains(&me) {
        return Ok(());
    }
    let who: Vec<String> = who.iter().map(ToString::to_string).collect();
    let label = printable(&section.label());
    let message = format!("this account may not give {label} new keys; {} may", who.join(" and "));
    Err(no_access(message, "ask them, or for a grant with --rotate"))
}

fn of<'a>(chart: &'a Chart, handles: &[Handle]) -> impl Iterator<Item = &'a SectionChart> {
    chart.sections.iter().filter(|section| handles.contains(&section.section.handle))
}
