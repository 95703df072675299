//! `chartkey fhir`: one patient's resources into the record.

mod known;
mod origin;
mod tally;

use std::collections::BTreeMap;

use alloy_primitives::B256;
use chartkey_crypto::{BodyType, Frame, Operation};
use chartkey_fhir::{Entry, FhirError, Said};

use super::record::RETRIES;
use crate::args::Fhir;
use crate::dates::now;
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::{Appended, Chart, Draft, Holder};
use crate::session::Session;

use known::Known;
use tally::Tally;

pub(super) async fn run(session: &Session, command: Fhir) -> Result<Report, Error> {
    let Fhir::Import { file, patient, source } = command;
    let content = files::read_input(&file)?;
    let said = Said { patient: patient.as_deref(), source: source.as_deref() };
    let import = chartkey_fhir::read_as(&content, &said).map_err(|error| unusable(&error))?;
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let mut sections: BTreeMap<&'static str, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in &import.entries {
        sections.entry(entry.section.name()).or_default().push(entry);
    }
    let mut tally = Tally::new(&import);
    let names: Vec<&str> = sections.keys().copied().collect();
    let mut chart = Chart::read_open(session, &holder, record, &names).await?;
    for (name, entries) in sections {
        let target = Target { record, name, entries: &entries };
        if let Err(error) = write_section(session, &holder, &target, &mut chart, &mut tally).await {
            session.screen.note(&format!(
                "{} entries were written before this; the same command goes on from there",
                tally.written()
            ));
            return Err(error);
        }
    }
    let rehearsal = session.global.dry_run.then(|| session.rehearsal());
    Ok(tally.report(record, &import, rehearsal))
}

pub(super) fn unusable(error: &FhirError) -> Error {
    let hint = match error {
        FhirError::SeveralPatients(_) | FhirError::NotThisPatient { .. } => {
            "nothing was sent; name one of them with --patient"
        }
        _ => "nothing was sent; give one patient's whole FHIR R4 bundle",
    };
    Error::Usage { message: error.to_string(), hint: hint.into() }
}

/// A section, and what of the file belongs there.
struct Target<'a> {
    record: B256,
    name: &'static str,
    entries: &'a [&'a Entry<'a>],
}

/// An entry that will be written.
struct Planned {
    position: usize,
    is_amendment: bool,
}

async fn write_section(
    session: &Session,
    holder: &Holder,
    target: &Target<'_>,
    chart: &mut Chart,
    tally: &mut Tally,
) -> Result<(), Error> {
    let Target { record, name, entries } = *target;
    let mut attempt = 1;
    loop {
        let section = chart.named(name);
        // After --dry-run the section is not there; what it would hold is all new.
        let mut known = section.map(Known::of).unwrap_or_default();
        if name == chartkey_fhir::Section::Profile.name() {
            tally.compare_patient(&known);
        }
        let (mut planned, mut drafts) = (Vec::new(), Vec::new());
        for entry in entries {
            if tally.is_counted(entry.position) {
                continue;
            }
            let was_retracted = known.is_retracted(entry);
            match draft(entry, &mut known) {
                Ok(None) => tally.unchanged(entry.position),
                Ok(Some(draft)) => {
                    tally.again(entry, was_retracted);
                    let is_amendment = matches!(draft.frame.operation, Operation::Amend(_));
                    planned.push(Planned { position: entry.position, is_amendment });
                    drafts.push(draft);
                }
                Err(error) => tally.refuse(entry, &error),
            }
        }
        let Some(section) = section else {
            tally.add(&planned, &Appended::default());
            return Ok(());
        };
        session.screen.progress(&format!("{name}: {} entries", drafts.len()));
        let mut done = Appended::default();
        let outcome = holder.append(session, record, section, &drafts, &mut done).await;
        let told = if session.global.dry_run { planned.len() } else { done.entries };
        tally.add(&planned[..told], &done);
        match outcome {
            // Another machine wrote meanwhile: read again what is there, and plan again.
            Err(error) if error.is_state_moved() && attempt < RETRIES => {
                attempt += 1;
                *chart = Chart::read_open(session, holder, record, &[name]).await?;
            }
            other => return other,
        }
    }
}

/// The entry as it is to be written; `None` for content that is there already.
fn draft(entry: &Entry<'_>, known: &mut Known) -> Result<Option<Draft>, chartkey_crypto::Error> {
    let Some(operation) = known.operation(entry) else { return Ok(None) };
    let body = entry.body.as_bytes().to_vec();
    let frame = Frame::new(operation, BodyType::Fhir, now(), body)?;
    let frame = origin::with_origin(frame, entry);
    frame.encode()?;
    known.add(entry);
    let what = format!("Append a {}", entry.resource_type);
    Ok(Some(Draft { frame, what }))
}
