//! What is said about a stay in the records of its two parties, as far as it opens here.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::candidates;
use super::parties::Parties;
use crate::commands::record::Row;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, Position, SectionChart, Statements, StayTie};
use crate::session::Session;
use crate::text::printable;

/// One detail, for people and for scripts, with what it is sorted by.
struct Detail {
    place: (u64, Position, u32),
    text: String,
    data: Value,
}

pub(super) async fn run(session: &Session, stay: u64, all: bool) -> Result<Report, Error> {
    let parties = Parties::of(session, stay).await?;
    let holder = Holder::open(session).await?;
    let (mut details, mut warnings) = (Vec::new(), Vec::new());
    for record in candidates::to_read(session, &holder, &parties).await? {
        let chart = Chart::read(session, &holder, record).await?;
        // Whoever else writes such a tie into a record of their own says nothing to the parties.
        candidates::require_of_party(record, chart.owner, &parties)?;
        for section in &chart.sections {
            details.extend(of_section(&chart, section, &parties, all));
            warnings.extend(broken(section));
        }
        warnings.extend(chart.keychain.remarks);
    }
    details.sort_by_key(|detail| detail.place);
    let mut text = format!(
        "stay {stay}: {}, {}\n",
        parties.named(parties.clinic),
        parties.named(parties.patient)
    );
    if details.is_empty() {
        let _ = writeln!(
            text,
            "no details can be read; send some: chartkey appointment details {stay} FILE"
        );
    }
    text.extend(details.iter().map(|detail| detail.text.as_str()));
    let data = json!({
        "stay": stay.to_string(),
        "clinic": parties.clinic.to_checksum(None),
        "patient": parties.patient.to_checksum(None),
        "details": details.into_iter().map(|detail| detail.data).collect::<Vec<_>>(),
    });
    let mut report = Report::new(data, text);
    report.warnings = warnings;
    Ok(report)
}

fn of_section(chart: &Chart, section: &SectionChart, parties: &Parties, all: bool) -> Vec<Detail> {
    let statements = Statements::of(section, None);
    let is_shown = |seq: u32| {
        let is_of_stay = statements.tie(seq) == Some(parties.tie);
        let is_newest = statements.is_version(seq) && statements.is_newest(seq);
        is_of_stay && (all || is_newest)
    };
    let shown = statements.entries().filter(|entry| is_shown(entry.seq));
    shown
        .map(|entry| {
            let row = Row::of(section, &statements, entry);
            let (record, handle) = (chart.record, section.section.handle.number());
            let mut logs = chart.section_logs(section.section.handle);
            let log = logs.find(|log| log.log.state.seq() == entry.seq);
            let place = (entry.time, log.map(|log| log.position).unwrap_or_default(), entry.seq);
            let mut data = row.json(&statements);
            let more = json!({
                "record": record,
                "owner": parties.role(chart.owner),
                "handle": handle,
                "authorRole": parties.role(entry.author),
            });
            if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
                data.extend(more);
            }
            Detail { place, text: lines(section, parties, &row), data }
        })
        .collect()
}

/// Author, times and place of a detail, and below it what it says.
fn lines(section: &SectionChart, parties: &Parties, row: &Row<'_>) -> String {
    let entry = row.entry;
    let mut text = format!(
        "\n{}, recorded {}",
        parties.named(entry.author),
        dates::format_instant(entry.time)
    );
    if let Ok(frame) = &entry.frame {
        let _ = write!(text, ", authored {}", dates::format_instant(frame.authored_at));
    }
    let _ = write!(text, ", entry {} of {}", entry.seq, printable(&section.label()));
    if let Some(standing) = row.standing_words() {
        let _ = write!(text, "  ({standing})");
    }
    text.push('\n');
    for line in row.content().lines() {
        let _ = writeln!(text, "    {line}");
    }
    text
}

/// Entries with a tie that is none.
fn broken(section: &SectionChart) -> Vec<String> {
    let label = printable(&section.label());
    let entries = section.entries.iter();
    let faults = entries.filter_map(|entry| {
        let fault = StayTie::of(entry.frame.as_ref().ok()?).err()?;
        Some(format!("{label}, entry {} by {}: {fault}; it is not shown", entry.seq, entry.author))
    });
    faults.collect()
}
