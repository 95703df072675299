//! `chartkey audit log`: who did what, when, for what, under which grant, in which transaction.

use std::fmt::Write as _;

use alloy_primitives::Address;
use chartkey_crypto::{Grant, Operation};
use serde_json::{Value, json};

use super::events::{Access, Event, What, events};
use super::{NOT_PROVABLE, chart, handles, section_json, section_label};
use crate::args::{Period, Purpose};
use crate::commands::access::permission_words;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::Chart;
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session, period: Period) -> Result<Report, Error> {
    let (since, until) = (period.since, period.until);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(Error::Usage {
            message: "the period ends before it begins".into(),
            hint: "give a --to after --since".into(),
        });
    }
    let chart = chart(session).await?;
    let is_asked = |event: &Event| {
        since.is_none_or(|since| since.seconds() <= event.time)
            && until.is_none_or(|until| event.time < until.seconds())
    };
    let events: Vec<Event> = events(&chart).into_iter().filter(is_asked).collect();
    let mut text = format!("record {}\n", chart.record);
    for event in &events {
        text.push_str(&line(&chart, event));
    }
    let _ = writeln!(text, "{} events. {NOT_PROVABLE}", events.len());
    let rows: Vec<Value> = events.iter().map(|event| row(&chart, event)).collect();
    let mut report = Report::new(json!({"record": chart.record, "events": rows}), text);
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}

fn line(chart: &Chart, event: &Event) -> String {
    let who =
        if event.actor == chart.owner { "owner".to_owned() } else { event.actor.to_checksum(None) };
    let under = event.under.map_or_else(String::new, |under| {
        let purpose = Purpose::code(under.purpose).unwrap_or("purpose unknown");
        format!(" (grant of access entry {}, {purpose})", under.entry)
    });
    format!(
        "{}  {who}{under}\n    {}\n    transaction {}\n",
        dates::format_instant(event.time),
        printable(&told(chart, event)),
        event.transaction,
    )
}

/// What was done, for people.
fn told(chart: &Chart, event: &Event) -> String {
    match &event.what {
        What::Epoch { section, entry, epoch: 1 } => {
            format!("opened the section {}, entry {entry}", section_label(chart, *section))
        }
        What::Epoch { section, entry, epoch } => {
            let section = section_label(chart, *section);
            format!("gave {section} new keys, epoch {epoch}, entry {entry}")
        }
        What::Entry { section, entry, operation } => {
            let section = section_label(chart, *section);
            let what = match operation {
                Some(Operation::Create) => "wrote entry".to_owned(),
                Some(Operation::Amend(target)) => format!("corrected entry {target} by entry"),
                Some(Operation::EnteredInError(target)) => {
                    format!("retracted entry {target} by entry")
                }
                Some(Operation::Annotate(target)) => format!("annotated entry {target} by entry"),
                None => "wrote something in entry".to_owned(),
            };
            format!("{what} {entry} of {section}")
        }
        What::Access { entry, access } => format!("{}, access entry {entry}", said(chart, access)),
    }
}

fn said(chart: &Chart, access: &Access) -> String {
    match access {
        Access::Granted(grant) => granted(chart, grant),
        Access::Revoked(account) => format!("took back the grant of {account}"),
        Access::Delivered(to) => format!("delivered keys to {}", names(chart, to)),
        Access::EmergencyOpened(account, reason) => {
            format!("claimed emergency access as {account}, reason {reason}")
        }
        Access::EmergencyClosed(account) => format!("closed the emergency access of {account}"),
        Access::EmergencySet(generation, to) => format!(
            "set up emergency access, generation {generation}, with parts for {}",
            names(chart, to)
        ),
        Access::GuardiansSet(version, to) => {
            format!("set guardians for key version {version}, with shares for {}", names(chart, to))
        }
        Access::RecoveryApproved(account) => format!("approved {account} as the new owner"),
        Access::RecoveryVetoed => "refused every recovery under way".to_owned(),
        Access::Offered(account) => format!("offered the record to {account}"),
        Access::OwnerChanged(account) => format!("{account} became the owner"),
        Access::Unknown(Some(kind)) => {
            format!("did something of kind {kind}, which this version does not know")
        }
        Access::Unknown(None) => "did something that cannot be read".to_owned(),
    }
}

fn granted(chart: &Chart, grant: &Grant) -> String {
    let sections: Vec<String> =
        handles(grant.sections).map(|handle| section_label(chart, handle)).collect();
    let end = match grant.expiry {
        u64::MAX => "without end".to_owned(),
        end => format!("until {}", dates::format_instant(end)),
    };
    format!(
        "granted {} to {} on {}, {}, {end}",
        permission_words(grant.permissions).join(", "),
        Address::from(grant.grantee),
        sections.join(", "),
        Purpose::code(grant.purpose).unwrap_or("purpose unknown"),
    )
}

fn names(chart: &Chart, accounts: &[Address]) -> String {
    let name = |account: &Address| match *account {
        Address::ZERO => "a reader who is not listed".to_owned(),
        account if account == chart.owner => "the owner".to_owned(),
        account => account.to_checksum(None),
    };
    accounts.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// An event for programs. Every row has every member.
fn row(chart: &Chart, event: &Event) -> Value {
    let (action, section, entry, access_entry) = match &event.what {
        What::Epoch { section, entry, .. } => ("new-keys", Some(section), Some(entry), None),
        What::Entry { section, entry, .. } => ("entry", Some(section), Some(entry), None),
        What::Access { entry, access } => (name(access), None, None, Some(entry)),
    };
    let (subjects, grant) = match &event.what {
        What::Access { access, .. } => (subjects(access), granted_json(chart, access)),
        _ => (Vec::new(), Value::Null),
    };
    json!({
        "time": dates::format_instant(event.time),
        "actor": event.actor.to_checksum(None),
        "action": action,
        "operation": operation(&event.what),
        "section": section.map(|handle| section_json(chart, *handle)),
        "entry": entry,
        "accessEntry": access_entry,
        "accounts": subjects.iter().map(|one| one.to_checksum(None)).collect::<Vec<_>>(),
        "granted": grant,
        "purpose": event.under.and_then(|under| Purpose::code(under.purpose)),
        "underGrant": event.under.map(|under| under.entry),
        "tx": event.transaction,
        "block": event.position.block.to_string(),
    })
}

const fn name(access: &Access) -> &'static str {
    match access {
        Access::Granted(_) => "grant",
        Access::Revoked(_) => "revoke",
        Access::Delivered(_) => "deliver-keys",
        Access::EmergencyOpened(..) => "open-emergency",
        Access::EmergencyClosed(_) => "close-emergency",
        Access::EmergencySet(..) => "set-emergency",
        Access::GuardiansSet(..) => "set-guardians",
        Access::RecoveryApproved(_) => "approve-recovery",
        Access::RecoveryVetoed => "veto-recovery",
        Access::Offered(_) => "offer-record",
        Access::OwnerChanged(_) => "change-owner",
        Access::Unknown(_) => "unknown",
    }
}

fn subjects(access: &Access) -> Vec<Address> {
    match access {
        Access::Granted(grant) => vec![grant.grantee.into()],
        Access::Delivered(to) | Access::EmergencySet(_, to) | Access::GuardiansSet(_, to) => {
            to.clone()
        }
        Access::Revoked(account)
        | Access::EmergencyOpened(account, _)
        | Access::EmergencyClosed(account)
        | Access::RecoveryApproved(account)
        | Access::Offered(account)
        | Access::OwnerChanged(account) => vec![*account],
        Access::RecoveryVetoed | Access::Unknown(_) => Vec::new(),
    }
}

fn granted_json(chart: &Chart, access: &Access) -> Value {
    let Access::Granted(grant) = access else { return Value::Null };
    json!({
        "permissions": permission_words(grant.permissions),
        "sections": handles(grant.sections).map(|one| section_json(chart, one)).collect::<Vec<_>>(),
        "until": (grant.expiry != u64::MAX).then(|| dates::format_instant(grant.expiry)),
        "purpose": Purpose::code(grant.purpose),
    })
}

const fn operation(what: &What) -> Option<&'static str> {
    match what {
        What::Entry { operation: Some(operation), .. } => Some(match operation {
            Operation::Create => "create",
            Operation::Amend(_) => "amend",
            Operation::EnteredInError(_) => "entered-in-error",
            Operation::Annotate(_) => "annotate",
        }),
        _ => None,
    }
}
