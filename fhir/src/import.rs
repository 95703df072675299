//! The import: one patient's entries, what was refused, what to look at.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::reference::{Person, Whose};
use crate::source::{self, Source};
use crate::{FhirError, Section, patient, plain, section_of};

/// A file as it can be filed. Each entry of the file is in `entries` or in `refused`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Whose record it is.
    pub patient: Patient,
    /// What can be filed, in the order to file it: the order of the file, for a history from the end.
    pub entries: Vec<Entry>,
    /// What cannot be filed, by position.
    pub refused: Vec<Refused>,
    /// What was kept but wants a look. Safe to print.
    pub warnings: Vec<String>,
    /// Number of entries of the file: `entries.len() + refused.len()`.
    pub total: usize,
}

/// The person whose record a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// FHIR id, or the UUID of its `fullUrl`; as the file has it, so [`plain`] it before printing.
    pub id: String,
    /// Name, or the id where there is none. For people; safe to print.
    pub display: String,
}

/// One resource of the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the file from 1; in NDJSON the line.
    pub position: usize,
    /// Where it is filed.
    pub section: Section,
    /// FHIR type.
    pub resource_type: String,
    /// Stable identity: `fullUrl`, else `Type/id`, both without version; else `Type#fingerprint`.
    ///
    /// Same key and same body is nothing new; same key and other body is a new version.
    pub source_key: String,
    /// The resource's JSON exactly as it came; only white space around it is cut.
    pub body: Box<str>,
    /// One line for people: code, date, status. Safe to print.
    pub summary: String,
}

/// An entry that is not filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Place in the file from 1; in NDJSON the line.
    pub position: usize,
    /// Type and id, as far as known. Safe to print.
    pub what: String,
    /// Why, and what to do if something can be done. Safe to print.
    pub reason: String,
}

/// Reads a bundle, a single resource or NDJSON (one resource per line); which it is, is detected.
///
/// A bundle must hold its Patient. Resources by themselves may instead all name the same one.
///
/// # Errors
///
/// [`FhirError`] if the file as a whole cannot be imported: too large, not sound JSON, not FHIR, or not
/// the record of exactly one patient.
pub fn read(input: &[u8]) -> Result<Import, FhirError> {
    let Source { items, is_bundle, mut warnings } = source::open(input)?;
    let total = items.len();
    let mut digests = Vec::with_capacity(total);
    let mut refused = Vec::new();
    for item in &items {
        match Digest::of(item) {
            Ok(digest) => digests.push(digest),
            Err((what, reason)) => refused.push(Refused { position: item.position, what, reason }),
        }
    }
    let (patient, person) = patient::find(&digests, is_bundle)?;
    let mut entries = Vec::with_capacity(digests.len());
    for digest in digests {
        match whose(&digest, &person) {
            Verdict::Refuse(reason) => {
                refused.push(Refused { position: digest.position, what: digest.what(), reason });
                continue;
            }
            Verdict::Flag(reason) => warnings.push(warning(&digest, reason)),
            Verdict::Keep => {}
        }
        note(&digest, &mut warnings);
        entries.push(entry(digest));
    }
    refused.sort_by_key(|refused| refused.position);
    warn_of_repeats(&entries, &mut warnings);
    Ok(Import { patient, entries, refused, warnings, total })
}

fn entry(digest: Digest<'_>) -> Entry {
    Entry {
        position: digest.position,
        section: section_of(&digest.kind),
        source_key: digest.source_key(),
        body: digest.body.into(),
        summary: digest.summary,
        resource_type: digest.kind,
    }
}

enum Verdict {
    Keep,
    Flag(&'static str),
    Refuse(String),
}

/// Whether the resource belongs to this patient; never by guess.
fn whose(digest: &Digest<'_>, person: &Person) -> Verdict {
    let full_url = digest.full_url.as_deref();
    let found: Vec<_> =
        digest.pointers.iter().map(|pointer| pointer.resolve(full_url, person)).collect();
    let ours = found.contains(&Whose::Ours);
    let another = found.iter().position(|whose| *whose == Whose::Another);
    match another.map(|index| &digest.pointers[index]) {
        Some(_) if is_shared(&digest.kind) && ours => Verdict::Flag("also names another patient"),
        // A Provenance may be about any resource of the file, which a UUID does not tell.
        Some(pointer) if is_shared(&digest.kind) && is_urn(pointer.target.as_deref()) => {
            Verdict::Keep
        }
        Some(pointer) => Verdict::Refuse(format!(
            "belongs to another patient ({}); one import writes one patient's record",
            plain(pointer.target.as_deref().unwrap_or("by identifier"))
        )),
        None if ours || !has_subject(&digest.kind) => Verdict::Keep,
        None if found.is_empty() => Verdict::Flag("names no patient; check that it belongs here"),
        None => Verdict::Flag("its patient cannot be resolved; check that it belongs here"),
    }
}

fn is_urn(target: Option<&str>) -> bool {
    target.is_some_and(|target| target.starts_with("urn:"))
}

/// Types that may rightly name several people or things.
fn is_shared(kind: &str) -> bool {
    matches!(
        kind,
        "Appointment"
            | "AppointmentResponse"
            | "Account"
            | "AuditEvent"
            | "Provenance"
            | "Schedule"
            | "Coverage"
    )
}

/// Types that R4 ties to a patient; practitioners, places, products and the like are not.
fn has_subject(kind: &str) -> bool {
    match section_of(kind) {
        Section::Unmapped => false,
        _ => !matches!(
            kind,
            "Patient"
                | "Medication"
                | "Binary"
                | "Device"
                | "Slot"
                | "Schedule"
                | "PaymentNotice"
                | "AuditEvent"
                | "Provenance"
        ),
    }
}

fn warning(digest: &Digest<'_>, reason: &str) -> String {
    format!("entry {} ({}): {reason}", digest.position, digest.what())
}

fn note(digest: &Digest<'_>, warnings: &mut Vec<String>) {
    if let Some(path) = &digest.stray_null {
        warnings.push(warning(digest, &format!("{path} is null, taken as absent")));
    }
    if digest.full_url.is_none() && digest.id.is_none() {
        let reason = "has neither id nor fullUrl; a changed copy will be filed as a new entry";
        warnings.push(warning(digest, reason));
    }
}

/// The same identity twice is two versions; outside a history somebody should know.
fn warn_of_repeats(entries: &[Entry], warnings: &mut Vec<String>) {
    let mut first = BTreeMap::new();
    for entry in entries {
        let earlier = *first.entry(&entry.source_key).or_insert(entry.position);
        if earlier != entry.position {
            warnings.push(format!(
                "entry {} ({}): same source as entry {earlier}, filed as its next version",
                entry.position,
                plain(&entry.source_key)
            ));
        }
    }
}
