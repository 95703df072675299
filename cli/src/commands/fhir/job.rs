//! A clinic's job: NDJSON of many patients, each into the record that the map names.
//!
//! The file is read twice: once to know whose each line is, then patient by patient. Each patient's part is
//! an import of its own, which knows what is there, so that a job which was killed anywhere goes on where
//! it was and records nothing twice.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use alloy_primitives::B256;
use chartkey_fhir::{Index, LinesError, PatientLines, Said, plain};
use serde_json::json;

use super::filing;
use super::import::unusable;
use super::map::Map;
use super::plan::Cost;
use super::tally::{Tally, Whose};
use crate::args::Import;
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::Holder;
use crate::session::Session;

/// How often a line of progress is due.
const PROGRESS: Duration = Duration::from_secs(2);

pub(super) async fn run(session: &Session, args: &Import, map: &Path) -> Result<Report, Error> {
    let map = Map::read(map)?;
    let mut file = Source::open(&args.file)?;
    let index = file.index(&args.file)?;
    let records = map.of(&index)?;
    let holder = Holder::open_to_write(session).await?;
    let mut tally = Tally::new(index.total, &index.refused, &[]);
    let mut told = Instant::now();
    for (number, (patient, record)) in index.patients.iter().zip(&records).enumerate() {
        let Some(record) = *record else {
            let reason = format!("the map has no record for {}", plain(&patient.id));
            refuse(patient, &reason, &mut tally);
            continue;
        };
        let part =
            Part { session, holder: &holder, record, patient, source: args.source.as_deref() };
        if let Err(error) = part.file(&mut file, &args.file, &mut tally).await {
            session.screen.note(&format!(
                "{} entries were written before this; the same command goes on from there",
                tally.written()
            ));
            return Err(error);
        }
        if told.elapsed() > PROGRESS {
            told = Instant::now();
            let (done, of) = (number + 1, index.patients.len());
            session
                .screen
                .progress(&format!("{done} of {of} patients, {} entries written", tally.written()));
        }
    }
    report(session, tally, &index, &records).await
}

async fn report(
    session: &Session,
    tally: Tally,
    index: &Index,
    records: &[Option<B256>],
) -> Result<Report, Error> {
    let patients: Vec<_> = index
        .patients
        .iter()
        .zip(records)
        .map(|(patient, record)| {
            json!({"patient": patient.id, "record": record, "entries": patient.lines.len()})
        })
        .collect();
    let rehearsed = match session.global.dry_run {
        true => Some((session.rehearsal(), Cost::of(session, tally.load()).await?)),
        false => None,
    };
    let whose = format!("{} patients", patients.len());
    let whose = Whose { patient: &whose, record: None, patients: Some(patients.into()) };
    Ok(tally.report(whose, rehearsed))
}

/// Refuses what of a patient was not counted yet.
fn refuse(patient: &PatientLines, reason: &str, tally: &mut Tally) {
    for line in &patient.lines {
        tally.refuse_line(line.number, format!("of {}", plain(&patient.id)), reason);
    }
}

/// One patient's lines.
struct Part<'p> {
    session: &'p Session,
    holder: &'p Holder,
    record: B256,
    patient: &'p PatientLines,
    source: Option<&'p str>,
}

impl Part<'_> {
    async fn file(&self, file: &mut Source, path: &Path, tally: &mut Tally) -> Result<(), Error> {
        let Self { session, holder, record, patient, source } = *self;
        let texts = file.lines(path, patient)?;
        let lines =
            patient.lines.iter().map(|line| line.number).zip(texts.iter().map(String::as_str));
        let said = Said { patient: Some(&patient.id), source };
        let import = chartkey_fhir::read_lines(lines, &said).map_err(|error| unusable(&error))?;
        for one in &import.refused {
            tally.refuse_line(one.position, one.what.clone(), &one.reason);
        }
        import.warnings.iter().for_each(|warning| tally.warn(warning.clone()));
        match filing::file(session, holder, record, &import, tally).await {
            Err(error) if is_of_the_record(&error) => {
                refuse(patient, &error.to_string(), tally);
                Ok(())
            }
            other => other,
        }
    }
}

/// Whether another patient's record may well be written all the same.
const fn is_of_the_record(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. } | Error::Crypto(_) | Error::Reverted { hash: None, .. })
}

/// A file that is read twice; standard input is kept in memory, since secrets go to no temporary file.
enum Source {
    File(File),
    Memory(Cursor<Vec<u8>>),
}

impl Source {
    fn open(path: &Path) -> Result<Self, Error> {
        Ok(match path == Path::new("-") {
            true => Self::Memory(Cursor::new(files::read_input(path)?)),
            false => Self::File(files::open_input(path)?),
        })
    }

    fn index(&mut self, path: &Path) -> Result<Index, Error> {
        let indexed = match self {
            Self::File(file) => chartkey_fhir::index(&mut BufReader::new(file)),
            Self::Memory(bytes) => chartkey_fhir::index(bytes),
        };
        indexed.map_err(|error| match error {
            LinesError::Fhir(error) => unusable(&error),
            LinesError::Io(source) => files::FileError::Io { path: path.to_owned(), source }.into(),
            other => Error::Internal(other.to_string()),
        })
    }

    /// The lines of a patient.
    fn lines(&mut self, path: &Path, patient: &PatientLines) -> Result<Vec<String>, Error> {
        let read = |source: &mut dyn ReadSeek| {
            let mut texts = Vec::with_capacity(patient.lines.len());
            for line in &patient.lines {
                let mut bytes = vec![0; line.length];
                source.seek(SeekFrom::Start(line.offset))?;
                source.read_exact(&mut bytes)?;
                texts.push(String::from_utf8(bytes).map_err(std::io::Error::other)?);
            }
            Ok(texts)
        };
        let texts = match self {
            Self::File(file) => read(file),
            Self::Memory(bytes) => read(bytes),
        };
        texts.map_err(|source| files::FileError::Io { path: path.to_owned(), source }.into())
    }
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}
