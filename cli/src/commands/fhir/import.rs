//! `chartkey fhir import`: one patient's file into one record.

use chartkey_fhir::{FhirError, Import, Said};

use super::filing;
use super::plan::Cost;
use super::tally::{Tally, Whose};
use crate::args;
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::Holder;
use crate::session::Session;

pub(super) async fn run(session: &Session, args: &args::Import) -> Result<Report, Error> {
    let content = files::read_input(&args.file)?;
    let said = Said { patient: args.patient.as_deref(), source: args.source.as_deref() };
    let import = read(session, &content, &said)?;
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let mut tally = Tally::of(&import);
    if let Err(error) = filing::file(session, &holder, record, &import, &mut tally).await {
        session.screen.note(&format!(
            "{} entries were written before this; the same command goes on from there",
            tally.written()
        ));
        return Err(error);
    }
    let rehearsed = match session.global.dry_run {
        true => Some((session.rehearsal(), Cost::of(session, tally.load()).await?)),
        false => None,
    };
    let whose = Whose { patient: &import.patient.display, record: Some(record), patients: None };
    Ok(tally.report(whose, rehearsed))
}

/// Reads the file; of several patients in it, a person at a terminal chooses.
fn read<'c>(session: &Session, content: &'c [u8], said: &Said<'_>) -> Result<Import<'c>, Error> {
    let error = match chartkey_fhir::read_as(content, said) {
        Ok(import) => return Ok(import),
        Err(error) => error,
    };
    if let FhirError::SeveralPatients(patients) = &error
        && let Some(index) = session.screen.choose("Whose resources? Number: ", patients)
    {
        let said = Said { patient: Some(&patients[index]), ..*said };
        return chartkey_fhir::read_as(content, &said).map_err(|error| unusable(&error));
    }
    Err(unusable(&error))
}

/// A file that cannot be imported as it is.
pub(super) fn unusable(error: &FhirError) -> Error {
    let hint = match error {
        FhirError::SeveralPatients(_) | FhirError::NotThisPatient { .. } => {
            "nothing was sent; name one with --patient, or their records with --map (NDJSON)"
        }
        _ => "nothing was sent; give one patient's whole FHIR R4 bundle",
    };
    Error::Usage { message: error.to_string(), hint: hint.into() }
}
