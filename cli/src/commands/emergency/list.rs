//! `chartkey emergency list`: what is set up, and every opening with its review.

use std::fmt::Write as _;

use serde_json::json;

use super::{reason, review};
use crate::commands::sent::addresses;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;
use crate::text::{printable, shortened};

pub(super) async fn run(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let setup = chart.emergency(session, &holder).await?;
    let mut text = format!("record {record}\n");
    let shown = match &setup {
        None => {
            text.push_str("no emergency access\n");
            None
        }
        Some(setup) => {
            let of = chart.sections.iter().find(|one| one.section.handle == setup.handle);
            let name = of.and_then(|section| section.name.clone());
            let label = of.map_or_else(String::new, crate::records::SectionChart::label);
            let since = dates::format_instant(setup.time);
            let _ = writeln!(
                text,
                "emergency access to {}, generation {}, since {since}\n  halves with {}",
                printable(&label),
                setup.generation,
                addresses(&setup.people).join(", ")
            );
            Some(json!({
                "section": name,
                "generation": setup.generation,
                "since": since,
                "people": addresses(&setup.people),
            }))
        }
    };
    let generation = setup.as_ref().map_or(0, |setup| setup.generation);
    let mut rows = Vec::new();
    for opening in chart.openings() {
        let is_open = opening.is_open(generation, chart.now);
        let note = opening.note(&holder, holder.place(record));
        let found = review::of_opening(&chart, &opening);
        let (opened, until) =
            (dates::format_instant(opening.time), dates::format_instant(opening.until()));
        let judged = found.as_ref().map_or("without a review", |found| found.outcome.as_str());
        let _ = writeln!(
            text,
            "{}  {}  {opened}, {}, {}, with {}",
            opening.seq,
            opening.claimant,
            reason(opening.reason),
            if is_open { "open" } else { "ended" },
            opening.cosigner,
        );
        let _ = writeln!(text, "    review: {}", printable(judged));
        if let Some(note) = &note {
            let _ = writeln!(text, "    note: {}", shortened(&printable(note), 200));
        }
        rows.push(json!({
            "opening": opening.seq,
            "claimant": opening.claimant.to_checksum(None),
            "cosigner": opening.cosigner.to_checksum(None),
            "reason": reason(opening.reason),
            "opened": opened,
            "until": until,
            "closed": opening.closed.map(dates::format_instant),
            "isOpen": is_open,
            "note": note,
            "review": found.map(|found| json!({
                "outcome": found.outcome,
                "note": found.note,
                "by": found.by.to_checksum(None),
                "time": dates::format_instant(found.time),
            })),
        }));
    }
    if rows.is_empty() {
        text.push_str("no openings\n");
    }
    let data = json!({"record": record, "setup": shown, "openings": rows});
    Ok(Report::new(data, text))
}
