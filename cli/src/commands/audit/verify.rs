//! `chartkey audit verify` and `chartkey record verify`: one implementation.

use std::fmt::Write as _;

use alloy_primitives::{Address, B256};
use chartkey_abi::permission;
use serde_json::{Value, json};

use super::given::Keys;
use super::section_label;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, SectionChart};
use crate::session::Session;
use crate::text::printable;

/// Something that the chain proves and that should not be so. It is somebody's doing, not an endpoint's.
struct Finding {
    kind: &'static str,
    section: Option<u8>,
    entry: Option<u32>,
    account: Option<Address>,
    text: String,
}

/// Verifies everything there is of a record.
///
/// # Errors
///
/// [`Error::Faults`] with each fault, where logs, words and checkpoints contradict each other.
pub(in crate::commands) async fn verify(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = match Chart::audit(session, &holder, record).await {
        Err(Error::Faults(faults)) => {
            if let [_, _, ..] = faults.as_slice() {
                faults.iter().for_each(|fault| session.screen.note(&fault.to_string()));
            }
            return Err(Error::Faults(faults));
        }
        other => other?,
    };
    let mut text = String::new();
    let mut sections = Vec::new();
    for section in &chart.sections {
        text.push_str(&section_lines(section));
        sections.push(section_row(section));
    }
    let links = chart.history.links.len();
    let _ = writeln!(text, "{:<20} {links} links, the chain holds", "access");
    let findings = findings(&chart, holder.account.address);
    for finding in &findings {
        let _ = writeln!(text, "  {}", printable(&finding.text));
    }
    let data = json!({
        "record": record,
        "sections": sections,
        "access": {"links": links, "state": B256::from(chart.ledger.access.to_word())},
        "findings": findings.iter().map(|one| finding_row(&chart, one)).collect::<Vec<_>>(),
        "block": chart.ledger.block.to_string(),
    });
    let mut report = Report::new(data, text);
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}

fn section_lines(section: &SectionChart) -> String {
    let name = section.name.as_deref().unwrap_or("(no key)");
    let mut text =
        format!("{:<20} {} links, the chain holds\n", printable(name), section.state.seq());
    for entry in &section.entries {
        if let Err(error) = &entry.frame {
            let _ = writeln!(text, "  entry {} by {}: {error}", entry.seq, entry.author);
        }
    }
    text
}

fn section_row(section: &SectionChart) -> Value {
    let unreadable: Vec<Value> = section
        .entries
        .iter()
        .filter_map(|entry| {
            let error = entry.frame.as_ref().err()?.code();
            let author = entry.author.to_checksum(None);
            Some(json!({"seq": entry.seq, "author": author, "error": error}))
        })
        .collect();
    json!({
        "name": section.name,
        "handle": section.section.handle.number(),
        "links": section.state.seq(),
        "state": B256::from(section.state.to_word()),
        "unreadable": unreadable,
    })
}

fn finding_row(chart: &Chart, finding: &Finding) -> Value {
    json!({
        "kind": finding.kind,
        "section": finding.section.map(|handle| super::section_json(chart, handle)),
        "entry": finding.entry,
        "account": finding.account.map(|account| account.to_checksum(None)),
        "text": finding.text,
    })
}

fn findings(chart: &Chart, me: Address) -> Vec<Finding> {
    let mut found = Vec::new();
    for section in &chart.sections {
        of_epochs(section, &mut found);
        of_own_keys(chart, section, me, &mut found);
    }
    let keys = Keys::of(chart);
    of_readers(chart, &keys, &mut found);
    for (account, entry) in &keys.without_grant {
        let text = format!(
            "access entry {entry}: keys were delivered to {account}, who held no grant at the time"
        );
        found.push(Finding {
            kind: "keys-without-grant",
            section: None,
            entry: Some(*entry),
            account: Some(*account),
            text,
        });
    }
    found
}

/// Epoch records in order, and keys that fit them (crypto.md section 6.2).
fn of_epochs(section: &SectionChart, found: &mut Vec<Finding>) {
    let (handle, label) = (section.section.handle.number(), section.label());
    for entry in &section.disorderly {
        found.push(Finding {
            kind: "epoch-out-of-order",
            section: Some(handle),
            entry: Some(*entry),
            account: None,
            text: format!(
                "{label}, entry {entry}: a key record that is not the next one; it changes nothing"
            ),
        });
    }
    for epoch in &section.mismatched {
        let number = epoch.number();
        let began = section.epochs.iter().find(|here| here.epoch == *epoch);
        found.push(Finding {
            kind: "key-commitment",
            section: Some(handle),
            entry: began.map(|here| here.seq),
            account: began.map(|here| here.by),
            text: format!(
                "{label}, epoch {number}: a delivered key does not fit the section's key record"
            ),
        });
    }
}

/// Keys that this account should have been delivered, and was not.
fn of_own_keys(chart: &Chart, section: &SectionChart, me: Address, found: &mut Vec<Finding>) {
    let handle = section.section.handle;
    let Some(epoch) = section.epoch() else { return };
    let held = chart.holdings.of_account(me).filter(|held| chart.holdings.holds(held, chart.now));
    let reads = held.is_some_and(|held| {
        held.grant.covers(handle) && held.grant.permissions & permission::READ != 0
    });
    if (chart.owner == me || reads) && epoch.content.is_none() {
        let number = epoch.epoch.number();
        found.push(Finding {
            kind: "key-not-delivered",
            section: Some(handle.number()),
            entry: Some(epoch.seq),
            account: Some(me),
            text: format!(
                "{}, epoch {number}, begun by {}: this account was delivered no key that fits",
                section.label(),
                epoch.by
            ),
        });
    }
}

/// Readers whose grant covers a section and to whom no delivery went since its epoch began.
fn of_readers(chart: &Chart, keys: &Keys, found: &mut Vec<Finding>) {
    for section in &chart.sections {
        let handle = section.section.handle;
        let Some(epoch) = section.epoch() else { continue };
        let number = epoch.epoch.number();
        for reader in chart.holdings.readers(handle, chart.now) {
            let account = Address::from(reader.grant.grantee);
            let has_keys = keys.given.iter().any(|given| {
                given.to == account && given.section == handle.number() && given.epochs.1 >= number
            });
            if !has_keys {
                let label = section_label(chart, handle.number());
                found.push(Finding {
                    kind: "reader-without-keys",
                    section: Some(handle.number()),
                    entry: Some(reader.set_by),
                    account: Some(account),
                    text: format!(
                        "{label}, epoch {number}: {account} holds a grant (access entry {}) and was \
                         delivered no keys",
                        reader.set_by
                    ),
                });
            }
        }
    }
}
