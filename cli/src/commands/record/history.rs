//! `chartkey record history`: every version of one statement (crypto.md section 8.6).

use std::fmt::Write as _;

use serde_json::json;

use super::content::no_access;
use super::row::Row;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, Statements};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session, name: &str, seq: u32) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let section = chart.require(name)?;
    let statements = Statements::of(section, None);
    let label = printable(&section.label());
    let asked = statements.entry(seq).ok_or_else(|| {
        no_access(format!("{label} has no entry {seq}"), "chartkey record show --all")
    })?;
    let mut entries: Vec<_> = statements.group(seq).collect();
    // Alone: what cannot be read, and what is about no statement.
    if entries.is_empty() {
        entries.push(asked);
    }
    let mut text = format!("{label}, statement of entry {seq}\n");
    let mut rows = Vec::new();
    for entry in entries {
        let row = Row::of(section, &statements, entry);
        let line = if statements.is_remark(entry.seq) {
            row.remark(&statements)
        } else {
            row.line(&statements)
        };
        let _ = writeln!(
            text,
            "{line}           {}, {} by {}, transaction {}",
            row.deed(),
            dates::format_instant(entry.time),
            entry.author,
            entry.transaction
        );
        rows.push(row.json(&statements));
    }
    let data = json!({
        "record": record,
        "section": section.name,
        "handle": section.section.handle.number(),
        "statement": statements.first(seq),
        "current": statements.current(seq).map(|entry| entry.seq),
        "entries": rows,
    });
    let mut report = Report::new(data, text);
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}
