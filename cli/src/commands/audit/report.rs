//! `chartkey audit report`: by account and section, since when and until which epoch keys were given.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alloy_primitives::Address;
use serde_json::{Value, json};

use super::given::{Given, Keys};
use super::{NOT_PROVABLE, chart, section_json, section_label};
use crate::args::Purpose;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::Chart;
use crate::session::Session;
use crate::text::printable;

/// What the list is, and what it leans on.
const PROVABLE: &str = "Every delivery is an entry of the access chain, so none is missing here. What a \
                        delivery holds is sealed; sections and epochs are those of the grant at the time.";

/// Keys of one account to one section, over all deliveries.
#[derive(Debug, Clone, Copy)]
struct Held {
    since: u64,
    last: u64,
    epochs: (u32, u32),
    is_own_only: bool,
    purpose: Option<u8>,
}

impl Held {
    const fn of(given: &Given) -> Self {
        let Given { time, epochs, is_own_only, purpose, .. } = *given;
        Self { since: time, last: time, epochs, is_own_only, purpose }
    }

    fn add(&mut self, given: &Given) {
        let (first, last) = given.epochs;
        self.epochs = (self.epochs.0.min(first), self.epochs.1.max(last));
        self.last = given.time;
        self.is_own_only &= given.is_own_only;
        self.purpose = given.purpose;
    }
}

pub(super) async fn run(session: &Session) -> Result<Report, Error> {
    let chart = chart(session).await?;
    let keys = Keys::of(&chart);
    let mut held: BTreeMap<(Address, u8), Held> = BTreeMap::new();
    for given in &keys.given {
        let one = held.entry((given.to, given.section)).or_insert_with(|| Held::of(given));
        one.add(given);
    }
    let mut text = format!("record {}\nowner  {}\n", chart.record, chart.owner);
    let mut rows = Vec::new();
    let mut before = None;
    for ((account, section), held) in &held {
        if before.replace(*account) != Some(*account) {
            let _ = writeln!(text, "\n{account}{}", standing(&chart, *account));
        }
        text.push_str(&line(&chart, *section, held));
        rows.push(row(&chart, *account, *section, held));
    }
    text.push('\n');
    for (entry, count) in &keys.unlisted {
        let _ = writeln!(text, "access entry {entry}: keys for {count} readers who are not listed");
    }
    for (account, entry) in &keys.without_grant {
        let _ = writeln!(text, "access entry {entry}: keys for {account}, who held no grant then");
    }
    let _ = writeln!(text, "{PROVABLE} {NOT_PROVABLE}");
    let unlisted: Vec<Value> = keys
        .unlisted
        .iter()
        .map(|(entry, count)| json!({"accessEntry": entry, "readers": count}))
        .collect();
    let without: Vec<Value> = keys
        .without_grant
        .iter()
        .map(|(to, entry)| json!({"account": to.to_checksum(None), "accessEntry": entry}))
        .collect();
    let data = json!({
        "record": chart.record,
        "owner": chart.owner.to_checksum(None),
        "keys": rows,
        "unlisted": unlisted,
        "withoutGrant": without,
        "provable": PROVABLE,
        "notProvable": NOT_PROVABLE,
    });
    let mut report = Report::new(data, text);
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}

/// The epoch that a section has now.
fn present(chart: &Chart, handle: u8) -> u32 {
    let section = chart.sections.iter().find(|one| one.section.handle.number() == handle);
    section.and_then(|section| section.epoch()).map_or(0, |epoch| epoch.epoch.number())
}

fn standing(chart: &Chart, account: Address) -> &'static str {
    if account == chart.owner {
        return "  owner";
    }
    match chart.holdings.of_account(account) {
        Some(held) if chart.holdings.holds(held, chart.now) => "",
        Some(_) => "  its grant has run out",
        None => "  no grant any more",
    }
}

fn line(chart: &Chart, section: u8, held: &Held) -> String {
    let (first, last) = held.epochs;
    let epochs =
        if first == last { format!("epoch {last}") } else { format!("epochs {first} to {last}") };
    let reach = match (last == present(chart, section), held.is_own_only) {
        (_, true) => "only what it writes itself",
        (true, false) => "what is written now, too",
        (false, false) => "nothing that was written since",
    };
    let purpose = held.purpose.map_or_else(String::new, |purpose| {
        format!(", {}", Purpose::code(purpose).unwrap_or("purpose unknown"))
    });
    format!(
        "    {}: {epochs} since {}{purpose}; can read {reach}\n",
        printable(&section_label(chart, section)),
        dates::format_instant(held.since),
    )
}

fn row(chart: &Chart, account: Address, section: u8, held: &Held) -> Value {
    json!({
        "account": account.to_checksum(None),
        "section": section_json(chart, section),
        "since": dates::format_instant(held.since),
        "lastDelivery": dates::format_instant(held.last),
        "fromEpoch": held.epochs.0,
        "untilEpoch": held.epochs.1,
        "presentEpoch": present(chart, section),
        "ownEntriesOnly": held.is_own_only,
        "purpose": held.purpose.and_then(Purpose::code),
    })
}
