//! `chartkey record show`: the newest valid versions, or all of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::row::Row;
use crate::dates::{self, Instant};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, SectionChart, Statements};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(
    session: &Session,
    only: Option<&str>,
    all: bool,
    as_of: Option<Instant>,
) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let only = only.map(|only| chart.require(only)).transpose()?;
    let only = only.map(|section| section.section.handle);
    let until = as_of.map(Instant::seconds);
    let mut text = format!("record {record}\n");
    if let Some(until) = until {
        text.push_str(&format!("as of {}\n", dates::format_instant(until)));
    }
    let mut sections = Vec::new();
    for section in &chart.sections {
        let was_there = |until| section.epochs.first().is_none_or(|first| first.began <= until);
        if only.is_none_or(|only| only == section.section.handle) && until.is_none_or(was_there) {
            let (lines, shown) = shown(section, until, all);
            text.push_str(&lines);
            sections.push(shown);
        }
    }
    let as_of = until.map(dates::format_instant);
    let data = json!({"record": record, "asOf": as_of, "sections": sections});
    let mut report = Report::new(data, text);
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}

/// A section for people and for scripts.
pub(in crate::commands) fn shown(
    section: &SectionChart,
    until: Option<u64>,
    all: bool,
) -> (String, Value) {
    let statements = Statements::of(section, until);
    let mut rows: Vec<Row<'_>> =
        statements.entries().map(|entry| Row::of(section, &statements, entry)).collect();
    let heads = heads(&statements, &rows);
    // Remarks go with the statement they are about.
    let is_shown = |row: &Row<'_>| {
        let head = statements.first(row.entry.seq).and_then(|first| heads.get(&first));
        let of_shown = head.is_some_and(|(_, is_plain)| *is_plain) && row.annotation.is_some();
        all || row.is_plain() || of_shown
    };
    rows.retain(is_shown);
    let name = section.name.as_deref().unwrap_or("(no key)");
    let mut remarks: BTreeMap<u32, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows.iter().filter(|row| statements.is_remark(row.entry.seq)) {
        let first = statements.first(row.entry.seq);
        remarks.entry(first.unwrap_or(row.entry.seq)).or_default().push(row);
    }
    let mut lines = String::new();
    for row in rows.iter().filter(|row| !statements.is_remark(row.entry.seq)) {
        lines.push_str(&row.line(&statements));
        let Some(first) = statements.first(row.entry.seq) else { continue };
        if heads.get(&first).is_some_and(|(head, _)| *head == row.entry.seq) {
            let of_it = remarks.remove(&first).unwrap_or_default();
            lines.extend(of_it.into_iter().map(|remark| remark.remark(&statements)));
        }
    }
    let mut head = format!("{} entries", rows.len());
    for (is_so, words) in [
        (section.is_broken, ", its newest keys are out of order"),
        (section.is_keyless(), ", no present keys here"),
        (section.is_due, ", due for new keys"),
    ] {
        head.push_str(if is_so { words } else { "" });
    }
    let text = format!("\n{} ({head})\n{lines}", printable(name));
    let entries: Vec<Value> = rows.iter().map(|row| row.json(&statements)).collect();
    let seq = rows.last().map_or(0, |row| row.entry.seq);
    let data = json!({
        "name": section.name,
        "handle": section.section.handle.number(),
        "seq": if until.is_some() { seq } else { section.state.seq() },
        "rotationDue": section.is_due,
        "keysInOrder": !section.is_broken,
        "presentKeys": !section.is_keyless(),
        "entries": entries,
    });
    (text, data)
}

/// Of each statement, by its first entry, the version that its remarks are shown under, and whether that
/// one counts.
fn heads(statements: &Statements<'_>, rows: &[Row<'_>]) -> BTreeMap<u32, (u32, bool)> {
    let mut heads = BTreeMap::new();
    for row in rows.iter().filter(|row| !statements.is_remark(row.entry.seq)) {
        let Some(first) = statements.first(row.entry.seq) else { continue };
        let found = heads.entry(first).or_insert((row.entry.seq, row.is_plain()));
        // The newest version, unless an older one counts.
        if row.is_plain() || !found.1 {
            *found = (row.entry.seq, row.is_plain());
        }
    }
    heads
}
