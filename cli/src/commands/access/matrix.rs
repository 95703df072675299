//! `chartkey access matrix`: accounts and sections, now or at a time.

use std::fmt::Write as _;

use alloy_primitives::Address;
use chartkey_abi::permission;
use serde_json::{Value, json};

use crate::dates::{self, Instant};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, Holding, SectionChart};
use crate::session::Session;
use crate::text::printable;

/// The marks, in the order in which a cell has them.
const MARKS: [(u16, char, &str); 4] = [
    (permission::READ, 'R', "reads what is new"),
    (permission::HISTORY, 'P', "and the past"),
    (permission::WRITE, 'W', "writes"),
    (permission::ROTATE, 'K', "changes keys"),
];

pub(super) async fn run(session: &Session, as_of: Option<Instant>) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let time = as_of.map_or(chart.now, Instant::seconds);
    if time > chart.now {
        return Err(Error::Usage {
            message: format!("{} has not come", dates::format_instant(time)),
            hint: "give an --as-of that is past".into(),
        });
    }
    let until = chart.history.links.iter().rev().find(|link| link.proven.time() <= time);
    let owner = chart.history.owner_at(until.map_or(1, |link| link.proven.seq() + 1));
    let holdings = chart.history.holdings_at(time);
    let sections: Vec<&SectionChart> = chart
        .sections
        .iter()
        .filter(|section| section.epochs.first().is_some_and(|first| first.began <= time))
        .collect();
    let rows: Vec<Row> = holdings
        .iter()
        .filter(|holding| holdings.holds(holding, time))
        .map(|holding| Row::of(holding, &sections))
        .collect();
    Ok(report(&chart, time, owner, &sections, &rows))
}

/// An account and its permissions by section.
struct Row {
    account: Address,
    cells: Vec<u16>,
}

impl Row {
    fn of(holding: &Holding, sections: &[&SectionChart]) -> Self {
        let bits = |section: &&SectionChart| {
            let covers = holding.grant.covers(section.section.handle);
            if covers { holding.grant.permissions } else { 0 }
        };
        let cells = sections.iter().map(bits).collect();
        Self { account: holding.grant.grantee.into(), cells }
    }
}

fn marks(bits: u16) -> String {
    let marks: String =
        MARKS.iter().map(|(bit, mark, _)| if bits & bit == 0 { '.' } else { *mark }).collect();
    marks
}

fn report(
    chart: &Chart,
    time: u64,
    owner: Option<Address>,
    sections: &[&SectionChart],
    rows: &[Row],
) -> Report {
    let labels: Vec<String> = sections.iter().map(|one| printable(&one.label())).collect();
    let mut text = format!("record {}, as of {}\n", chart.record, dates::format_instant(time));
    let heading = labels.join("  ");
    let _ = writeln!(text, "{:42}  {heading}", "account");
    let mut line = |account: String, cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells
            .zip(&labels)
            .map(|(cell, label)| format!("{cell:<width$}", width = label.chars().count()))
            .collect();
        let _ = writeln!(text, "{account:42}  {}", cells.join("  ").trim_end());
    };
    if let Some(owner) = owner {
        line(owner.to_string(), &mut labels.iter().map(|_| "owner".to_owned()));
    }
    for row in rows {
        line(row.account.to_string(), &mut row.cells.iter().map(|bits| marks(*bits)));
    }
    let legend: Vec<String> =
        MARKS.iter().map(|(_, mark, meaning)| format!("{mark} {meaning}")).collect();
    let _ = writeln!(text, "{}", legend.join(", "));
    text.push_str("these are the grants; what an account read before stays readable to it");
    Report::new(data(chart, time, owner, sections, rows), text)
}

fn data(
    chart: &Chart,
    time: u64,
    owner: Option<Address>,
    sections: &[&SectionChart],
    rows: &[Row],
) -> Value {
    let handle = |section: &&SectionChart| section.section.handle.number();
    let section =
        |section: &&SectionChart| json!({"name": section.name, "handle": handle(section)});
    let cell = |(section, bits): (&&SectionChart, &u16)| {
        let has = |bit: u16| bits & bit != 0;
        json!({
            "handle": handle(section),
            "read": has(permission::READ),
            "past": has(permission::HISTORY),
            "write": has(permission::WRITE),
            "rotate": has(permission::ROTATE),
        })
    };
    let account = |row: &Row| {
        json!({
            "account": row.account.to_checksum(None),
            "sections": sections.iter().zip(&row.cells).map(cell).collect::<Vec<_>>(),
        })
    };
    json!({
        "record": chart.record,
        "asOf": dates::format_instant(time),
        "owner": owner.map(|owner| owner.to_checksum(None)),
        "sections": sections.iter().map(section).collect::<Vec<_>>(),
        "grants": rows.iter().map(account).collect::<Vec<_>>(),
    })
}
