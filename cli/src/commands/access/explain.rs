//! `chartkey access explain`: what an account can read and write, why, and what its end does
//! (crypto.md sections 1, 8.5, 11 and 13).

use std::fmt::Write as _;

use alloy_primitives::Address;
use chartkey_abi::permission;
use serde_json::{Value, json};

use super::told::{self, end_json, readable, until};
use super::{permission_words, sections_of};
use crate::args::Purpose;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, Holding, Reach};
use crate::session::Session;
use crate::text::printable;

/// Of reading nothing is known (crypto.md section 13).
const NO_PROOF: &str =
    "these are the keys it was given: provable. Whether it read with them is not";
const REVOKING: &str = "revoking stops writing at once and gives the sections new keys: what is written \
                        later cannot be read; what could be read before stays readable, for ever";
const WRITING: &str = "what it wrote stays in the record under its account; nothing is removed";
const CUSTODIAN: &str = "it may hand the emergency key to somebody with an open claim; together with a \
                         responder's card it can read the emergency summary without a claim";
const DEVICE: &str =
    "you named it an own device or family: it writes without a provider's credential";

pub(super) async fn run(session: &Session, account: Option<Address>) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let account = account.unwrap_or(holder.account.address);
    if account == chart.owner {
        return Ok(owner(&chart));
    }
    let holding = chart.holdings.of_account(account).copied();
    let unlisted = chart.unlisted().into_iter().find(|reader| reader.account == account);
    let mut reach = chart.reach(account);
    if let Some(reader) = &unlisted {
        reach.extend(chart.reach_of_unlisted(reader));
    }
    let alone = chart.deliveries_alone(account);
    let credential = holder.credential(session, account).await?;
    let mut text = format!("{account} on record {record}\n");
    let may = match &holding {
        Some(holding) => grant(&chart, holding, &credential, &mut text),
        None => {
            text.push_str("it has no grant: it may not write\n");
            0
        }
    };
    if let Some(reader) = &unlisted {
        let holds = if reader.holds(chart.now) { "" } else { ": it has ended" };
        let _ = writeln!(
            text,
            "unlisted reader, {}{holds}: only your own list says so, the chain names nobody",
            until(reader.grant().expiry)
        );
    }
    for one in &reach {
        for section in sections_of(&chart, super::bitmap(&[one.handle])) {
            let label = printable(&section.label());
            let _ = writeln!(text, "  {label}: can read {}", readable(one));
        }
    }
    if reach.is_empty() {
        text.push_str("  it was given no keys by grants\n");
    }
    let mut notes = notes(may, alone, &reach);
    if may & permission::WRITE != 0 {
        notes.push(WRITING.to_owned());
    }
    for note in &notes {
        let _ = writeln!(text, "{note}");
    }
    let data = json!({
        "record": record,
        "account": account.to_checksum(None),
        "role": if holding.is_some() { "grantee" } else { "none" },
        "grant": holding.map(|holding| grant_json(&chart, &holding)),
        "credential": credential,
        "sections": reach.iter().flat_map(|one| rows(&chart, one, may, holding.as_ref())).collect::<Vec<_>>(),
        "unlisted": unlisted.is_some(),
        "deliveriesAlone": alone,
        "notes": notes,
    });
    Ok(Report::new(data, text))
}

fn owner(chart: &Chart) -> Report {
    let notes = [
        "the owner has all keys, reads and writes everything, and always sees who was given access",
        "whoever has the owner's seed phrase or root has them too",
    ];
    let text = format!("{} owns record {}: {}\n{}", chart.owner, chart.record, notes[0], notes[1]);
    let section = |section: &crate::records::SectionChart| {
        json!({
            "section": section.name,
            "handle": section.section.handle.number(),
            "entries": section.epochs.iter().enumerate()
                .filter_map(|(index, _)| section.entries_of(index))
                .map(range_json).collect::<Vec<_>>(),
            "readsOn": true, "mayWrite": true, "mayRotate": true,
        })
    };
    let data = json!({
        "record": chart.record,
        "account": chart.owner.to_checksum(None),
        "role": "owner",
        "grant": null,
        "credential": null,
        "sections": chart.sections.iter().map(section).collect::<Vec<_>>(),
        "unlisted": false,
        "deliveriesAlone": 0,
        "notes": notes,
    });
    Report::new(data, text)
}

/// Tells of a grant, and returns the permissions that hold.
fn grant(chart: &Chart, holding: &Holding, credential: &str, text: &mut String) -> u16 {
    let holds = chart.holdings.holds(holding, chart.now);
    let end = chart.holdings.end(holding);
    let bits = holding.grant.permissions;
    let _ = writeln!(
        text,
        "grant: access entry {}, made by {} on {}, for {}, {}{}",
        holding.set_by,
        if holding.grantor == chart.owner {
            "the owner".into()
        } else {
            holding.grantor.to_string()
        },
        dates::format_instant(holding.since),
        Purpose::code(holding.grant.purpose).unwrap_or("a purpose unknown here"),
        until(end),
        if holds { "" } else { ": it has ended" },
    );
    if let Some(above) = chart.holdings.above(holding) {
        let grantor = Address::from(above.grant.grantee);
        let _ = writeln!(
            text,
            "  delegated: made out of the grant of {grantor}; it ends with that one"
        );
    } else if holding.is_delegated() {
        text.push_str(
            "  delegated: the grant it was made out of has ended, and it with that one\n",
        );
    }
    let names = told::names(chart, holding.grant.sections).join(", ");
    let _ = writeln!(text, "  permits: {} of {names}", permission_words(bits).join(", "));
    if bits & permission::WRITE != 0 && bits & permission::DEVICE == 0 {
        let _ = writeln!(text, "  writing needs a current credential; it has {credential}");
    }
    if holds { bits } else { 0 }
}

fn notes(may: u16, alone: usize, reach: &[Reach]) -> Vec<String> {
    let mut notes = Vec::new();
    if alone > 0 {
        notes.push(format!(
            "keys were delivered to it {alone} times apart from grants (shares, repairs); what they open, \
             only its holder can see"
        ));
    }
    if may & permission::CUSTODIAN != 0 {
        notes.push(CUSTODIAN.to_owned());
    }
    if may & permission::DEVICE != 0 {
        notes.push(DEVICE.to_owned());
    }
    if may != 0 {
        notes.push(format!("its end: {}", told::HONEST_END));
        notes.push(REVOKING.to_owned());
    }
    if !reach.is_empty() {
        notes.push(NO_PROOF.to_owned());
    }
    notes
}

fn grant_json(chart: &Chart, holding: &Holding) -> Value {
    json!({
        "entry": holding.set_by,
        "grantor": holding.grantor.to_checksum(None),
        "delegated": holding.is_delegated(),
        "since": dates::format_instant(holding.since),
        "until": end_json(chart.holdings.end(holding)),
        "holds": chart.holdings.holds(holding, chart.now),
        "purpose": Purpose::code(holding.grant.purpose),
        "permissions": permission_words(holding.grant.permissions),
    })
}

fn range_json((first, last): (u32, u32)) -> Value {
    json!({"first": first, "last": last})
}

fn rows(chart: &Chart, reach: &Reach, may: u16, holding: Option<&Holding>) -> Vec<Value> {
    let covers = holding.is_some_and(|holding| holding.grant.covers(reach.handle));
    let may = if covers { may } else { 0 };
    sections_of(chart, super::bitmap(&[reach.handle]))
        .map(|section| {
            json!({
                "section": section.name,
                "handle": reach.handle.number(),
                "entries": reach.ranges.iter().copied().map(range_json).collect::<Vec<_>>(),
                "readsOn": reach.is_current,
                "mayWrite": may & permission::WRITE != 0,
                "mayRotate": may & permission::ROTATE != 0,
            })
        })
        .collect()
}
