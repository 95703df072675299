//! `chartkey fhir`: one patient's resources into the record.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{B256, keccak256};
use chartkey_crypto::{BodyType, Frame, Operation};
use chartkey_fhir::{Entry, FhirError, Import};
use serde_json::{Value, json};

use super::record::now;
use crate::args::Fhir;
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::{Chart, Draft, Owner, SectionChart};
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Fhir) -> Result<Report, Error> {
    let Fhir::Import { file } = command;
    let content = files::read_input(&file)?;
    let import = chartkey_fhir::read(&content).map_err(|error| unusable(&error))?;
    let mut owner = Owner::open(session).await?;
    let record = owner.record(session)?;
    let mut sections: BTreeMap<&'static str, Vec<&Entry>> = BTreeMap::new();
    for entry in &import.entries {
        sections.entry(entry.section.name()).or_default().push(entry);
    }
    let mut tally = Tally::new(&import);
    for (name, entries) in sections {
        write_section(session, &mut owner, record, name, &entries, &mut tally).await?;
    }
    Ok(tally.report(record, &import))
}

fn unusable(error: &FhirError) -> Error {
    Error::Usage {
        message: error.to_string(),
        hint: "nothing was sent; give one patient's whole FHIR R4 bundle".into(),
    }
}

/// What became of each entry of the file.
struct Tally {
    written: usize,
    amended: usize,
    unchanged: usize,
    refused: Vec<Value>,
    transactions: Vec<B256>,
}

impl Tally {
    fn new(import: &Import) -> Self {
        let refused = import
            .refused
            .iter()
            .map(|one| json!({"position": one.position, "what": one.what, "reason": one.reason}))
            .collect();
        Self { written: 0, amended: 0, unchanged: 0, refused, transactions: Vec::new() }
    }

    fn report(self, record: B256, import: &Import) -> Report {
        let text = format!(
            "{} of {}: {} new, {} corrected, {} unchanged, {} refused, in {} transactions",
            import.total,
            import.patient.display,
            self.written,
            self.amended,
            self.unchanged,
            self.refused.len(),
            self.transactions.len()
        );
        let data = json!({
            "record": record,
            "total": import.total,
            "new": self.written,
            "corrected": self.amended,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "transactions": self.transactions,
        });
        let mut report = Report::new(data, text);
        report.warnings.clone_from(&import.warnings);
        report
    }
}

async fn write_section(
    session: &Session,
    owner: &mut Owner,
    record: B256,
    name: &str,
    entries: &[&Entry],
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut chart = Chart::read(session, owner, record).await?;
    if chart.named(name).is_none() {
        owner.open_section(session, record, name).await?;
        chart = Chart::read(session, owner, record).await?;
    }
    // After --dry-run the section is not there; what it would hold is all new.
    let known = chart.named(name).map(Known::of).unwrap_or_default();
    let mut drafts = Vec::new();
    for entry in entries {
        match known.operation(entry) {
            None => tally.unchanged += 1,
            Some(operation) => match draft(entry, operation) {
                Ok(draft) => {
                    match operation {
                        Operation::Amend(_) => tally.amended += 1,
                        _ => tally.written += 1,
                    }
                    drafts.push(draft);
                }
                Err(error) => tally.refused.push(json!({
                    "position": entry.position,
                    "what": entry.source_key,
                    "reason": error.to_string(),
                })),
            },
        }
    }
    if let Some(section) = chart.named(name) {
        session.screen.progress(&format!("{name}: {} entries", drafts.len()));
        let receipts = owner.append(session, record, section, &drafts).await?;
        tally.transactions.extend(receipts.iter().map(|receipt| receipt.transaction_hash));
    }
    Ok(())
}

fn draft(entry: &Entry, operation: Operation) -> Result<Draft, chartkey_crypto::Error> {
    let body = entry.body.as_bytes().to_vec();
    let frame = Frame::new(operation, BodyType::Fhir, now(), body)?;
    frame.encode()?;
    Ok(Draft { frame, what: format!("Append {}", entry.summary) })
}

/// What a section holds already: read from the chain, so that a second import changes nothing even
/// from another machine.
#[derive(Default)]
struct Known {
    /// Digests of bodies.
    bodies: HashMap<B256, u32>,
    /// Newest entry of each `Type/id`.
    newest: HashMap<String, u32>,
}

impl Known {
    fn of(section: &SectionChart) -> Self {
        let mut known = Self::default();
        for entry in &section.entries {
            let Ok(frame) = &entry.frame else { continue };
            let Ok(body) = frame.body() else { continue };
            known.bodies.insert(keccak256(&body), entry.seq);
            if let Some(key) = identity(&body) {
                known.newest.insert(key, entry.seq);
            }
        }
        known
    }

    /// `None` for content that is there already.
    fn operation(&self, entry: &Entry) -> Option<Operation> {
        if self.bodies.contains_key(&keccak256(entry.body.as_bytes())) {
            return None;
        }
        let before = identity(entry.body.as_bytes()).and_then(|key| self.newest.get(&key));
        Some(before.map_or(Operation::Create, |seq| Operation::Amend(*seq)))
    }
}

/// `Type/id` of a resource that has an id.
fn identity(body: &[u8]) -> Option<String> {
    let resource: Value = serde_json::from_slice(body).ok()?;
    let kind = resource.get("resourceType")?.as_str()?;
    let id = resource.get("id")?.as_str()?;
    Some(format!("{kind}/{id}"))
}
