//! The import: one patient's entries, what was refused, what to look at.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::patient::{self, Found};
use crate::reference::Whose;
use crate::source::{self, Item, Source};
use crate::{FhirError, Identity, Origin, Section, plain, section_of};

/// A file as it can be filed. Each entry of the file is in `entries` or in `refused`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import<'a> {
    /// Whose record it is.
    pub patient: Patient,
    /// What can be filed, in the order to file it: the order of the file, for a history from the end.
    pub entries: Vec<Entry<'a>>,
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
    /// FHIR id, or the UUID of its `fullUrl`, or `system|value` of an identifier; as the file has it, so
    /// [`plain`] it before printing.
    pub id: String,
    /// Name, or the id where there is none. For people; safe to print.
    pub display: String,
}

/// One resource of the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Place in the file from 1; in NDJSON the line.
    pub position: usize,
    /// Where it is filed.
    pub section: Section,
    /// FHIR type.
    pub resource_type: String,
    /// Its id, as the file has it.
    pub id: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// Same identity and same body is nothing new; same identity and other body is a new version.
    pub identity: Identity,
    /// The resource's JSON exactly as it came; only white space around it is cut.
    pub body: &'a str,
    /// One line for people: code, date, status. Safe to print.
    pub summary: String,
}

impl Entry<'_> {
    /// Type and id, for messages. Safe to print.
    #[must_use]
    pub fn what(&self) -> String {
        match &self.id {
            Some(id) => plain(&format!("{}/{id}", self.resource_type)),
            None => self.resource_type.clone(),
        }
    }
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

/// What the user says about a file that it does not say itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'s> {
    /// Whose record to read from a file of several patients: id, `Patient/id`, `fullUrl`, or
    /// `system|value` of an identifier.
    pub patient: Option<&'s str>,
    /// URI of the system whose ids these are; counts before what the file says.
    pub source: Option<&'s str>,
}

/// Reads a bundle, a single resource or NDJSON (one resource per line); which it is, is detected.
///
/// The file holds its Patient, or all its resources name the same one.
///
/// # Errors
///
/// [`FhirError`] if the file as a whole cannot be imported: too large, not sound JSON, not FHIR, or not
/// the record of exactly one patient.
pub fn read(input: &[u8]) -> Result<Import<'_>, FhirError> {
    read_as(input, &Said::default())
}

/// The same, with what the user says about the file.
///
/// # Errors
///
/// As [`read`]; [`FhirError::NotThisPatient`].
pub fn read_as<'a>(input: &'a [u8], said: &Said<'_>) -> Result<Import<'a>, FhirError> {
    file(source::open(input)?, said)
}

/// Reads lines of NDJSON that are checked already, each with its place in the file.
///
/// # Errors
///
/// As [`read_as`].
pub fn read_lines<'a>(
    lines: impl IntoIterator<Item = (usize, &'a str)>,
    said: &Said<'_>,
) -> Result<Import<'a>, FhirError> {
    let items = lines.into_iter().map(|(position, line)| Item::alone(position, line.trim()));
    file(Source::lines(items.collect()), said)
}

fn file<'a>(source: Source<'a>, said: &Said<'_>) -> Result<Import<'a>, FhirError> {
    let Source { items, is_bundle, origin, mut warnings } = source;
    let total = items.len();
    let mut digests = Vec::with_capacity(total);
    let mut refused = Vec::new();
    for item in &items {
        match Digest::of(item, said.source, origin.as_deref()) {
            Ok(digest) => digests.push(digest),
            Err((what, reason)) => refused.push(Refused { position: item.position, what, reason }),
        }
    }
    let found = patient::find(&digests, said.patient)?;
    if is_bundle && found.person.is_only_named {
        let name = &found.patient.display;
        warnings.push(format!("the file has no Patient; all its resources name {name}"));
    }
    let mut entries = Vec::with_capacity(digests.len());
    for digest in digests {
        match whose(&digest, &found) {
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
    Ok(Import { patient: found.patient, entries, refused, warnings, total })
}

fn entry(digest: Digest<'_>) -> Entry<'_> {
    Entry {
        position: digest.position,
        section: section_of(&digest.kind),
        id: digest.id,
        origin: digest.origin,
        identity: digest.identity,
        body: digest.body,
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
fn whose(digest: &Digest<'_>, found: &Found) -> Verdict {
    let full_url = digest.full_url.as_deref();
    if digest.kind == "Patient" {
        let is_ours = found
            .person
            .names
            .iter()
            .any(|name| name.id == digest.id && name.full_url.as_deref() == full_url);
        return if is_ours { Verdict::Keep } else { Verdict::Refuse(another(&digest.what())) };
    }
    let whose: Vec<_> =
        digest.pointers.iter().map(|pointer| pointer.resolve(full_url, &found.person)).collect();
    let ours = whose.contains(&Whose::Ours);
    let another_one = whose.iter().position(|whose| *whose == Whose::Another);
    match another_one.map(|index| &digest.pointers[index]) {
        Some(_) if is_shared(&digest.kind) && ours => Verdict::Flag("also names another patient"),
        // A Provenance may be about any resource of the file, which a UUID does not tell.
        Some(pointer) if is_shared(&digest.kind) && is_urn(pointer.target.as_deref()) => {
            Verdict::Keep
        }
        Some(pointer) => {
            Verdict::Refuse(another(pointer.target.as_deref().unwrap_or("by identifier")))
        }
        None if ours => Verdict::Keep,
        None if found.is_one_of_several && !is_of_nobody(&digest.kind) => {
            Verdict::Refuse(another_place().to_owned())
        }
        None if !has_subject(&digest.kind) => Verdict::Keep,
        None if whose.is_empty() => Verdict::Flag("names no patient; check that it belongs here"),
        None => Verdict::Flag("its patient cannot be resolved; check that it belongs here"),
    }
}

/// Of a resource without patient in a file of several.
pub(crate) const fn another_place() -> &'static str {
    "names no patient, and the file has several; import it with its patient's file"
}

fn another(named: &str) -> String {
    format!("belongs to another patient ({}); one import writes one patient's record", plain(named))
}

/// Types that are about no patient, so that each patient's resources may point to them.
fn is_of_nobody(kind: &str) -> bool {
    matches!(
        kind,
        "Practitioner"
            | "PractitionerRole"
            | "Organization"
            | "Location"
            | "HealthcareService"
            | "Endpoint"
            | "Medication"
            | "Substance"
    )
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
fn warn_of_repeats(entries: &[Entry<'_>], warnings: &mut Vec<String>) {
    let mut first = BTreeMap::new();
    for entry in entries {
        let earlier = *first.entry(&entry.identity).or_insert(entry.position);
        if earlier != entry.position {
            warnings.push(format!(
                "entry {} ({}): same source as entry {earlier}, filed as its next version",
                entry.position,
                entry.what()
            ));
        }
    }
}
