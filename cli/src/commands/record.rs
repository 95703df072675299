//! `chartkey record`: create, show, update, verify.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::B256;
use chartkey_crypto::{BodyType, Frame, Operation};
use serde_json::{Value, json};

use crate::args::{RecordCommand, Update};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Draft, Opened, Owner, SectionChart};
use crate::session::Session;
use crate::text::{printable, shortened};
use crate::{dates, files};

/// The sections that every record starts with.
const HISTORY: &str = "medical history";
const MEDICATIONS: &str = "medications";
/// Printed by every command that reads with one endpoint (crypto.md section 9.4).
const ONE_ENDPOINT: &str = "verified against one endpoint: alone it could hide the newest entries";

pub(super) async fn run(session: &Session, command: RecordCommand) -> Result<Report, Error> {
    match command {
        RecordCommand::Create => create(session).await,
        RecordCommand::Show { section, all } => show(session, section.as_deref(), all).await,
        RecordCommand::UpdateHistory(update) => append(session, HISTORY, &update).await,
        RecordCommand::UpdateMedications(update) => append(session, MEDICATIONS, &update).await,
        RecordCommand::Verify => verify(session).await,
    }
}

async fn create(session: &Session) -> Result<Report, Error> {
    let mut owner = Owner::open(session).await?;
    let Some((record, receipt)) = owner.create(session, HISTORY).await? else {
        return Ok(Report::new(json!({"dryRun": true}), String::new()));
    };
    owner.open_section(session, record, MEDICATIONS).await?;
    let keys = session.home.key_cache(owner.chain_id, owner.contract, owner.signer.address());
    let text = format!(
        "record {record}\nkeys of its sections: {} (sealed; back it up: until keys are delivered on \
         chain, nothing else opens the record)",
        keys.display()
    );
    let data = json!({"record": record, "tx": receipt.transaction_hash, "keys": keys});
    Ok(Report::new(data, text))
}

/// The current time as an author states it.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

async fn append(session: &Session, name: &str, update: &Update) -> Result<Report, Error> {
    let content = files::read_input(&update.file)?;
    let (body_type, what) = described(&content, update.text)?;
    let operation = update.amends.map_or(Operation::Create, Operation::Amend);
    let frame = Frame::new(operation, body_type, now(), content)?;
    let mut owner = Owner::open(session).await?;
    let record = owner.record(session)?;
    let mut chart = Chart::read(session, &owner, record).await?;
    if chart.named(name).is_none() {
        owner.open_section(session, record, name).await?;
        chart = Chart::read(session, &owner, record).await?;
    }
    let Some(section) = chart.named(name) else {
        return Ok(Report::new(json!({"dryRun": true}), String::new()));
    };
    if let Some(target) = update.amends {
        check_target(section, target)?;
    }
    let draft = Draft { frame, what: format!("Append {what}") };
    let receipts = owner.append(session, record, section, &[draft]).await?;
    let Some(receipt) = receipts.first() else {
        return Ok(Report::new(json!({"dryRun": true}), String::new()));
    };
    let seq = section.state.seq() + 1;
    let data = json!({
        "record": record,
        "section": name,
        "seq": seq,
        "tx": receipt.transaction_hash,
        "gasUsed": receipt.gas_used.to_string(),
    });
    Ok(Report::new(data, format!("entry {seq} of {name}")))
}

/// What a file holds: a FHIR resource, or plain text if that was said.
fn described(content: &[u8], is_text: bool) -> Result<(BodyType, String), Error> {
    let refused = |message: &str, hint: &str| Error::Usage {
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    let text = std::str::from_utf8(content)
        .map_err(|_| refused("the content is not UTF-8", "give a FHIR resource or a text file"))?;
    if text.trim().is_empty() {
        return Err(refused("the content is empty", "give a FHIR resource or a text file"));
    }
    if is_text {
        return Ok((BodyType::Text, "a text".to_owned()));
    }
    let resource: Value = serde_json::from_str(text).map_err(|error| Error::Usage {
        message: format!("not sound JSON: line {}, column {}", error.line(), error.column()),
        hint: "give a whole FHIR R4 resource, or --text for plain text".into(),
    })?;
    match resource.get("resourceType").and_then(Value::as_str) {
        None => {
            Err(refused("no resourceType", "give a FHIR R4 resource, or --text for plain text"))
        }
        Some("Bundle") => Err(refused("this is a Bundle", "chartkey fhir import FILE")),
        Some(kind) => Ok((BodyType::Fhir, format!("a {}", printable(kind)))),
    }
}

/// An amendment needs an earlier entry of the section (crypto.md section 8.6).
fn check_target(section: &SectionChart, target: u32) -> Result<(), Error> {
    let entry = section.entries.iter().find(|entry| entry.seq == target);
    let can_be_amended = entry.is_some_and(|entry| {
        let operation = entry.frame.as_ref().map(|frame| frame.operation);
        matches!(operation, Ok(Operation::Create | Operation::Amend(_)))
    });
    if can_be_amended {
        return Ok(());
    }
    Err(Error::NotFound {
        message: format!("section has no entry {target} that can be corrected"),
        hint: "chartkey record show --all".into(),
    })
}

async fn show(session: &Session, only: Option<&str>, all: bool) -> Result<Report, Error> {
    let owner = Owner::open(session).await?;
    let record = owner.record(session)?;
    let chart = Chart::read(session, &owner, record).await?;
    let mut text = format!("record {record}\n");
    let mut sections = Vec::new();
    for section in &chart.sections {
        let name = section.name.as_deref().unwrap_or("(no key)");
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let replaced = replaced(section);
        text.push_str(&format!("\n{}\n", printable(name)));
        let mut entries = Vec::new();
        for entry in &section.entries {
            let is_current = !replaced.contains(&entry.seq);
            if all || is_current {
                text.push_str(&line(entry, is_current));
                entries.push(row(entry, is_current));
            }
        }
        sections.push(json!({
            "name": section.name,
            "handle": section.section.handle.number(),
            "seq": section.state.seq(),
            "entries": entries,
        }));
    }
    if let (Some(only), true) = (only, sections.is_empty()) {
        return Err(Error::NotFound {
            message: format!("the record has no section {}", printable(only)),
            hint: "chartkey record show".into(),
        });
    }
    let mut report = Report::new(json!({"record": record, "sections": sections}), text);
    report.warnings.push(ONE_ENDPOINT.into());
    Ok(report)
}

/// Numbers of entries that a later one corrects or retracts.
fn replaced(section: &SectionChart) -> Vec<u32> {
    let frames = section.entries.iter().filter_map(|entry| entry.frame.as_ref().ok());
    frames
        .filter_map(|frame| match frame.operation {
            Operation::Amend(target) | Operation::EnteredInError(target) => Some(target),
            Operation::Create | Operation::Annotate(_) => None,
        })
        .collect()
}

fn line(entry: &Opened, is_current: bool) -> String {
    let what = match &entry.frame {
        Ok(frame) => shortened(&title(frame), 100),
        Err(error) => format!("({error})"),
    };
    let mark = if is_current { " " } else { "-" };
    format!("{mark}{:>5}  {}  {what}\n", entry.seq, dates::format_instant(entry.time))
}

/// One line for people; escaped, since it is somebody's text.
fn title(frame: &Frame) -> String {
    let body = frame.body().unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    match frame.body_type {
        BodyType::Fhir => chartkey_fhir::describe(&text).line(),
        BodyType::Text | BodyType::Product => printable(text.lines().next().unwrap_or_default()),
    }
}

fn row(entry: &Opened, is_current: bool) -> Value {
    let (body, body_type, operation, error) = match &entry.frame {
        Ok(frame) => {
            let body = frame.body().unwrap_or_default();
            let text = String::from_utf8_lossy(&body).into_owned();
            (Some(text), Some(kind(frame.body_type)), Some(operation(frame.operation)), None)
        }
        Err(error) => (None, None, None, Some(error.code())),
    };
    json!({
        "seq": entry.seq,
        "author": entry.author.to_checksum(None),
        "time": dates::format_instant(entry.time),
        "current": is_current,
        "operation": operation,
        "bodyType": body_type,
        "body": body,
        "error": error,
    })
}

const fn kind(body_type: BodyType) -> &'static str {
    match body_type {
        BodyType::Fhir => "fhir",
        BodyType::Text => "text",
        BodyType::Product => "product",
    }
}

const fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Amend(_) => "amend",
        Operation::EnteredInError(_) => "entered-in-error",
        Operation::Annotate(_) => "annotate",
    }
}

async fn verify(session: &Session) -> Result<Report, Error> {
    let owner = Owner::open(session).await?;
    let record: B256 = owner.record(session)?;
    let chart = Chart::read(session, &owner, record).await?;
    let mut text = String::new();
    let mut sections = Vec::new();
    for section in &chart.sections {
        let name = section.name.as_deref().unwrap_or("(no key)");
        let links = section.state.seq();
        text.push_str(&format!("{:<20} {links} links, the chain holds\n", printable(name)));
        sections.push(json!({
            "name": section.name,
            "handle": section.section.handle.number(),
            "links": links,
            "state": B256::from(section.state.to_word()),
        }));
    }
    let mut report = Report::new(json!({"record": record, "sections": sections}), text);
    report.warnings.push(ONE_ENDPOINT.into());
    Ok(report)
}
