//! `chartkey access list`: who may read and write now, and who could before.

use std::fmt::Write as _;

use alloy_primitives::Address;
use chartkey_crypto::{Action, Grant};
use serde_json::{Value, json};

use super::{permission_words, sections_of, unlisted};
use crate::args::Purpose;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session, all: bool) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let mut text = format!("record {record}\nowner  {}\n", chart.owner);
    let mut grants = Vec::new();
    for holding in chart.holdings.iter() {
        let holds = chart.holdings.holds(holding, chart.now);
        let end = chart.holdings.end(holding);
        if holds || all {
            let state = if holds { "active" } else { "ended" };
            let row = Row { grant: holding.grant, grantor: holding.grantor, since: holding.since };
            text.push_str(&row.line(&chart, state, end));
            grants.push(row.json(&chart, state, end));
        }
    }
    if all {
        for (row, end) in taken_back(&chart) {
            text.push_str(&row.line(&chart, "replaced or revoked", end));
            grants.push(row.json(&chart, "revoked", end));
        }
    }
    if grants.is_empty() {
        text.push_str("no grants\n");
    }
    let (lines, unlisted) = unlisted::listed(&chart);
    text.push_str(&lines);
    let due: Vec<String> =
        chart.sections.iter().filter(|section| section.is_due).map(|s| s.label()).collect();
    if !due.is_empty() {
        let _ = writeln!(
            text,
            "due for new keys: {}; who lost access has the present ones, or they were not delivered to \
             you. The next write gives new ones, for a grant that ran out access expire too",
            printable(&due.join(", "))
        );
    }
    let data = json!({
        "record": record,
        "owner": chart.owner.to_checksum(None),
        "grants": grants,
        "unlisted": unlisted,
        "rotationDue": due,
    });
    Ok(Report::new(data, text))
}

/// Grants that were replaced or taken back, with when.
fn taken_back(chart: &Chart) -> Vec<(Row, u64)> {
    let (mut open, mut ended) = (std::collections::BTreeMap::new(), Vec::new());
    for link in &chart.history.links {
        match link.proven.action() {
            Ok(Action::Grant(grant)) => {
                let grantor = Address::from(link.proven.actor());
                let since = link.proven.time();
                if let Some(old) = open.insert(grant.grantee, Row { grant, grantor, since }) {
                    ended.push((old, since));
                }
            }
            Ok(Action::Revoke { grantee }) => {
                ended.extend(open.remove(&grantee).map(|old| (old, link.proven.time())));
            }
            _ => {}
        }
    }
    ended
}

/// A grant as it is listed.
struct Row {
    grant: Grant,
    grantor: Address,
    since: u64,
}

impl Row {
    fn line(&self, chart: &Chart, state: &str, end: u64) -> String {
        let words = permission_words(self.grant.permissions).join(", ");
        let names: Vec<String> =
            sections_of(chart, self.grant.sections).map(|section| section.label()).collect();
        let by = if self.grantor == chart.owner {
            String::new()
        } else {
            format!(", by {}", self.grantor)
        };
        format!(
            "{}  {state}, {} to {}, {}\n    {words}: {}{by}\n",
            Address::from(self.grant.grantee),
            dates::format_instant(self.since),
            ending(end),
            Purpose::code(self.grant.purpose).unwrap_or("purpose unknown"),
            printable(&names.join(", ")),
        )
    }

    fn json(&self, chart: &Chart, state: &str, end: u64) -> Value {
        let sections: Vec<Value> = sections_of(chart, self.grant.sections)
            .map(|section| json!({"name": section.name, "handle": section.section.handle.number()}))
            .collect();
        json!({
            "grantee": Address::from(self.grant.grantee).to_checksum(None),
            "state": state,
            "permissions": permission_words(self.grant.permissions),
            "sections": sections,
            "purpose": Purpose::code(self.grant.purpose),
            "grantor": self.grantor.to_checksum(None),
            "since": dates::format_instant(self.since),
            "until": (end != u64::MAX).then(|| dates::format_instant(end)),
        })
    }
}

fn ending(end: u64) -> String {
    if end == u64::MAX { "no end".to_owned() } else { dates::format_instant(end) }
}
