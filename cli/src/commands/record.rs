//! `chartkey record`: create, show, update, verify.

use alloy_primitives::B256;
use chartkey_crypto::{BodyType, Frame, Operation};
use chartkey_fhir::FhirError;
use serde_json::{Value, json};

use crate::args::{RecordCommand, Update};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Appended, Chart, Draft, Holder, Opened, SectionChart};
use crate::rpc::Receipt;
use crate::session::Session;
use crate::text::{printable, shortened};
use crate::{dates, files};

/// The sections that every record starts with.
const HISTORY: &str = "medical history";
const MEDICATIONS: &str = "medications";
/// How often a write is prepared again after somebody else wrote (crypto.md section 8.3).
pub(super) const RETRIES: usize = 3;

pub(super) async fn run(session: &Session, command: RecordCommand) -> Result<Report, Error> {
    match command {
        RecordCommand::Create => create(session).await,
        RecordCommand::Show { section, all } => show(session, section.as_deref(), all).await,
        RecordCommand::UpdateHistory(update) => append(session, HISTORY, &update).await,
        RecordCommand::UpdateMedications(update) => append(session, MEDICATIONS, &update).await,
        RecordCommand::Verify => super::audit::verify(session).await,
    }
}

async fn create(session: &Session) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let found = match holder.recovered_record() {
        Some(found) => {
            session.screen.note(&format!("found record {} of an interrupted run", found.0));
            Some(found)
        }
        None => holder.create(session, HISTORY).await?,
    };
    let Some((record, receipt)) = found else { return Ok(session.rehearsal()) };
    let chart = Chart::read(session, &holder, record).await?;
    // An interrupted run has opened a section and not delivered its key.
    let keyless = chart.sections.iter().find(|section| section.name.is_none());
    if let Some(section) = keyless {
        holder.start_anew(session, &chart, section, HISTORY).await?;
    }
    if chart.named(MEDICATIONS).is_none() {
        holder.open_sections(session, &chart, &[MEDICATIONS]).await?;
    }
    let data = json!({
        "record": record,
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, format!("record {record}")))
}

async fn append(session: &Session, name: &str, update: &Update) -> Result<Report, Error> {
    let content = files::read_input(&update.file)?;
    let (body_type, what, body) = described(&content, update.text)?;
    let operation = update.amends.map_or(Operation::Create, Operation::Amend);
    let frame = Frame::new(operation, body_type, dates::now(), body.as_bytes().to_vec())?;
    frame.encode()?;
    let drafts = [Draft { frame, what: format!("Append {what}") }];
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let (seq, receipt) = match write(session, &holder, record, name, update, &drafts).await? {
        Some(written) => written,
        None => return Ok(session.rehearsal()),
    };
    let data = json!({
        "record": record,
        "section": name,
        "seq": seq,
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    let mut report = Report::new(data, format!("entry {seq} of {name}"));
    report.warnings.extend(misplaced(body_type, body, name));
    Ok(report)
}

/// Appends the one draft and returns its number; sealed again if somebody else wrote meanwhile
/// (crypto.md section 8.3), found if an interrupted run has written it.
async fn write(
    session: &Session,
    holder: &Holder,
    record: B256,
    name: &str,
    update: &Update,
    drafts: &[Draft; 1],
) -> Result<Option<(u32, Receipt)>, Error> {
    let mut attempt = 1;
    loop {
        let chart = Chart::read_open(session, holder, record, &[name]).await?;
        let Some(section) = chart.named(name) else { return Ok(None) };
        if let Some(found) = holder.recovered_entry(section, &drafts[0]) {
            let hash = found.1.transaction_hash;
            session.screen.note(&format!(
                "found transaction {hash} of an interrupted run; it is not sent again"
            ));
            return Ok(Some(found));
        }
        if let Some(target) = update.amends {
            check_target(section, target)?;
        }
        let mut done = Appended::default();
        match holder.append(session, record, section, drafts, &mut done).await {
            Err(error) if error.is_state_moved() && attempt < RETRIES => attempt += 1,
            Err(error) => return Err(error),
            Ok(()) => {
                return Ok(done.receipts.pop().map(|receipt| (section.state.seq() + 1, receipt)));
            }
        }
    }
}

/// What a file holds: a FHIR resource, or plain text if that was said.
fn described(content: &[u8], is_text: bool) -> Result<(BodyType, String, &str), Error> {
    let refused = |message: String, hint: &str| Error::Usage { message, hint: hint.to_owned() };
    if is_text {
        let hint = "give a text file in UTF-8 with something in it";
        let text = std::str::from_utf8(content)
            .map_err(|_| refused("the content is not UTF-8".into(), hint))?;
        return match text.trim().is_empty() {
            true => Err(refused("the content is empty".into(), hint)),
            false => Ok((BodyType::Text, "a text".to_owned(), text)),
        };
    }
    match chartkey_fhir::resource(content) {
        Ok(found) => {
            let what = format!("a {}", printable(&found.summary.resource_type));
            Ok((BodyType::Fhir, what, found.body))
        }
        Err(error) => {
            let is_bundle =
                matches!(&error, FhirError::NotResource { found } if found == "a Bundle");
            let hint = if is_bundle {
                "chartkey fhir import FILE"
            } else {
                "give one whole FHIR R4 resource, or --text for plain text"
            };
            Err(refused(error.to_string(), hint))
        }
    }
}

/// A resource that an import would file elsewhere is written where it was said, with a word about it.
fn misplaced(body_type: BodyType, body: &str, name: &str) -> Option<String> {
    let kind = chartkey_fhir::describe(body).resource_type;
    let usual = chartkey_fhir::section_of(&kind).name();
    (body_type == BodyType::Fhir && usual != name)
        .then(|| format!("a {kind} usually belongs to {usual}, not to {name}"))
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
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let only = only.map(|only| chart.require(only)).transpose()?;
    let only = only.map(|section| section.section.handle);
    let mut text = format!("record {record}\n");
    let mut sections = Vec::new();
    for section in &chart.sections {
        let name = section.name.as_deref().unwrap_or("(no key)");
        if only.is_some_and(|only| only != section.section.handle) {
            continue;
        }
        let replaced = replaced(section);
        let mut entries = Vec::new();
        let mut lines = String::new();
        for entry in &section.entries {
            let is_current = !replaced.contains(&entry.seq);
            if all || is_current {
                lines.push_str(&line(entry, is_current));
                entries.push(row(entry, is_current));
            }
        }
        text.push_str(&format!("\n{} ({} entries)\n{lines}", printable(name), entries.len()));
        sections.push(json!({
            "name": section.name,
            "handle": section.section.handle.number(),
            "seq": section.state.seq(),
            "entries": entries,
        }));
    }
    let mut report = Report::new(json!({"record": record, "sections": sections}), text);
    report.warnings.extend(chart.keychain.remarks);
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

/// Number, clinical date, what it is, status. An entry that cannot be opened says so, and by whom it is.
fn line(entry: &Opened, is_current: bool) -> String {
    let mark = if is_current { ' ' } else { '-' };
    let (date, what, status) = match &entry.frame {
        Ok(frame) => told(frame),
        Err(error) => (None, format!("entry by {}: {error}", entry.author), None),
    };
    // Without a date of its own: the day on which it was written.
    let date = date.unwrap_or_else(|| dates::format_instant(entry.time));
    let day: String = date.chars().take(10).collect();
    let status = status.map_or_else(String::new, |status| format!("  [{status}]"));
    format!("{mark}{:>5}  {day:<10}  {}{status}\n", entry.seq, shortened(&what, 100))
}

/// Date, text and status for people; escaped, since it is somebody's text.
fn told(frame: &Frame) -> (Option<String>, String, Option<String>) {
    let body = frame.body().unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    match frame.body_type {
        BodyType::Fhir => {
            let summary = chartkey_fhir::describe(&text);
            (summary.date, summary.title, summary.status)
        }
        BodyType::Text | BodyType::Product => {
            (None, printable(text.lines().next().unwrap_or_default()), None)
        }
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
    let target = entry.frame.as_ref().ok().and_then(|frame| match frame.operation {
        Operation::Create => None,
        Operation::Amend(target)
        | Operation::EnteredInError(target)
        | Operation::Annotate(target) => Some(target),
    });
    json!({
        "seq": entry.seq,
        "author": entry.author.to_checksum(None),
        "time": dates::format_instant(entry.time),
        "current": is_current,
        "operation": operation,
        "target": target,
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
