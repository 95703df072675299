//! `chartkey emergency update`: the summary says what the record says (crypto.md section 11: kept current
//! by the client).

use std::collections::BTreeMap;

use chartkey_crypto::{BodyType, Frame, Operation};
use chartkey_fhir::Section;
use serde_json::{Value, json};

use super::{own_chart, require_setup};
use crate::commands::sent::with_receipts;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Appended, Chart, Draft, Holder, SectionChart, Statements};
use crate::session::Session;
use crate::text::printable;

/// From where the summary is filled.
const SOURCES: [Section; 6] = [
    Section::Profile,
    Section::Allergies,
    Section::Medications,
    Section::MedicalHistory,
    Section::Devices,
    Section::Observations,
];

/// LOINC codes of blood group: ABO and Rh together, ABO, Rh.
const BLOOD_GROUP: [&str; 3] = ["882-1", "883-9", "10331-7"];

pub(super) async fn run(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let chart = own_chart(session, &holder).await?;
    let setup = require_setup(session, &holder, &chart).await?;
    let name = |chart: &Chart| {
        let of = chart.sections.iter().find(|section| section.section.handle == setup.handle);
        of.and_then(|section| section.name.clone())
    };
    let name = name(&chart).ok_or_else(|| chartkey_crypto::Error::KeyNotDelivered {
        handle: setup.handle.number(),
        epoch: 1,
    })?;
    let chart = Chart::read_open(session, &holder, chart.record, &[&name]).await?;
    let Some(summary) = chart.named(&name) else { return Ok(session.rehearsal()) };
    let drafts = drafts(&chart, summary)?;
    let mut done = Appended::default();
    holder.append(session, chart.record, summary, &drafts, &mut done).await?;
    if session.global.dry_run && !drafts.is_empty() {
        return Ok(session.rehearsal());
    }
    let text = match drafts.len() {
        0 => format!("{} says what the record says", printable(&name)),
        count => format!("{count} entries of {} are up to date", printable(&name)),
    };
    let data = json!({"record": chart.record, "section": name, "entries": drafts.len()});
    Ok(Report::new(with_receipts(data, &done.receipts), text))
}

/// What is new, corrected, over or retracted in the record, as entries of the summary.
fn drafts(chart: &Chart, summary: &SectionChart) -> Result<Vec<Draft>, Error> {
    let stands = |section| {
        let statements = Statements::of(section, None);
        statements.entries().filter(|entry| !statements.is_replaced(entry.seq)).collect::<Vec<_>>()
    };
    let mut there: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    for entry in stands(summary) {
        if let Ok(frame) = &entry.frame
            && !matches!(frame.operation, Operation::EnteredInError(_) | Operation::Annotate(_))
        {
            there.insert(frame.body()?.to_vec(), entry.seq);
        }
    }
    let mut drafts = Vec::new();
    for source in SOURCES {
        let Some(section) = chart.named(source.name()) else { continue };
        for entry in stands(section) {
            let Ok(frame) = &entry.frame else { continue };
            if let Some(draft) = draft(source, section, frame, &there)? {
                drafts.push(draft);
            }
        }
    }
    Ok(drafts)
}

/// What the summary needs to say of the newest version of an entry; `None` if it says so, or need not.
fn draft(
    source: Section,
    section: &SectionChart,
    frame: &Frame,
    there: &BTreeMap<Vec<u8>, u32>,
) -> Result<Option<Draft>, Error> {
    let body = frame.body()?.to_vec();
    let earlier = earlier(section, frame, there)?;
    let operation = match (frame.operation, earlier) {
        (Operation::Annotate(_), _) => return Ok(None),
        (Operation::EnteredInError(_), None) => return Ok(None),
        (Operation::EnteredInError(_), Some(seq)) => Operation::EnteredInError(seq),
        _ if there.contains_key(&body) => return Ok(None),
        (_, Some(seq)) => Operation::Amend(seq),
        (_, None) if belongs(source, frame.body_type, &body) => Operation::Create,
        (_, None) => return Ok(None),
    };
    let title = match frame.body_type {
        BodyType::Fhir => chartkey_fhir::describe(&String::from_utf8_lossy(&body)).resource_type,
        BodyType::Text | BodyType::Product => "text".to_owned(),
    };
    let what = format!("Copy a {} into the summary", printable(&title));
    let frame = Frame::new(operation, frame.body_type, frame.authored_at, body)?;
    Ok(Some(Draft { frame, what }))
}

/// The summary's copy of an earlier version of this entry.
fn earlier(
    section: &SectionChart,
    newest: &Frame,
    there: &BTreeMap<Vec<u8>, u32>,
) -> Result<Option<u32>, Error> {
    let mut operation = newest.operation;
    while let Operation::Amend(target) | Operation::EnteredInError(target) = operation {
        let before = section.entries.iter().find(|entry| entry.seq == target);
        let Some(Ok(frame)) = before.map(|entry| &entry.frame) else { break };
        if let Some(seq) = there.get(frame.body()?.as_slice()) {
            return Ok(Some(*seq));
        }
        // A target is always an earlier entry: this ends.
        match frame.operation {
            Operation::Amend(next) | Operation::EnteredInError(next) if next < target => {
                operation = frame.operation;
            }
            _ => break,
        }
    }
    Ok(None)
}

/// Whether an entry is for an emergency: active, and of a kind that a responder needs. Text says nothing
/// about that, and a missing allergy is worse than a line too many.
fn belongs(source: Section, body_type: BodyType, body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    match body_type {
        BodyType::Text => matches!(source, Section::Allergies | Section::Medications),
        BodyType::Product => false,
        BodyType::Fhir => {
            let summary = chartkey_fhir::describe(&text);
            let is_of = |kinds: &[&str]| kinds.contains(&summary.resource_type.as_str());
            let is_wanted = match source {
                Section::Profile => is_of(&["Patient", "RelatedPerson"]),
                Section::Allergies => true,
                Section::Medications => is_of(&["MedicationStatement", "MedicationRequest"]),
                Section::MedicalHistory => is_of(&["Condition"]),
                Section::Devices => is_of(&["Device", "DeviceUseStatement"]),
                Section::Observations => is_blood_group(&text),
                _ => false,
            };
            is_wanted && !summary.status.as_deref().is_some_and(is_over)
        }
    }
}

/// Statuses of what is not active any more, or never was (guides/domain.md, status machines).
fn is_over(status: &str) -> bool {
    const OVER: [&str; 14] = [
        "inactive",
        "resolved",
        "remission",
        "refuted",
        "entered-in-error",
        "completed",
        "stopped",
        "cancelled",
        "not-taken",
        "draft",
        "declined",
        "not-done",
        "ended",
        "finished",
    ];
    OVER.contains(&status)
}

fn is_blood_group(body: &str) -> bool {
    let resource: Value = serde_json::from_str(body).unwrap_or_default();
    let codings = resource["code"]["coding"].as_array();
    codings.into_iter().flatten().any(|coding| {
        coding["system"] == "http://loinc.org"
            && coding["code"].as_str().is_some_and(|code| BLOOD_GROUP.contains(&code))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(source: Section, resource: Value) -> bool {
        belongs(source, BodyType::Fhir, resource.to_string().as_bytes())
    }

    #[test]
    fn only_what_is_active_belongs_into_the_summary() {
        let clinical = |code: &str| json!({"coding": [{"code": code}]});
        let condition =
            |code: &str| json!({"resourceType": "Condition", "clinicalStatus": clinical(code)});
        assert!(is_in(Section::MedicalHistory, condition("active")));
        assert!(!is_in(Section::MedicalHistory, condition("resolved")));
        let drug = |status: &str| json!({"resourceType": "MedicationStatement", "status": status});
        assert!(is_in(Section::Medications, drug("active")));
        assert!(!is_in(Section::Medications, drug("stopped")));
        assert!(!is_in(Section::MedicalHistory, json!({"resourceType": "Procedure"})));
    }

    #[test]
    fn of_observations_only_the_blood_group_belongs_there() {
        let observation = |code: &str| {
            let coding = json!([{"system": "http://loinc.org", "code": code}]);
            json!({"resourceType": "Observation", "status": "final", "code": {"coding": coding}})
        };
        assert!(is_in(Section::Observations, observation("882-1")));
        assert!(!is_in(Section::Observations, observation("8867-4")));
    }

    #[test]
    fn a_text_about_an_allergy_is_not_left_out() {
        assert!(belongs(Section::Allergies, BodyType::Text, b"penicillin"));
        assert!(!belongs(Section::MedicalHistory, BodyType::Text, b"a long story"));
    }
}
