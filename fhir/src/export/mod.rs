//! From the entries of a record to FHIR R4: bundles, and what the chain knows as resources.
//!
//! The bytes of a resource are what came in: bundles are put together as text, and no resource is ever
//! written from what was read of it. What is made here (Composition, Consent, AuditEvent, Provenance) has
//! no empty strings, arrays or objects.

mod audit;
mod base64;
mod bundle;
mod card;
mod consent;
mod instant;
mod ips;
mod json;
mod narrative;
mod note;
mod parts;
mod provenance;
mod remark;
mod systems;

pub use audit::{Actor, AuditEvent, Happening, Outcome, audit_event};
pub use bundle::{Resources, collection, history, of_resources};
pub use consent::{Grant, Permission, consent, consent_id};
pub use instant::Instant;
pub use ips::{Author, summary};
pub use note::Note;
pub use provenance::{Authorship, Deed, provenance};
pub use remark::Remark;
pub use systems::{Account, RecordRef, Subject, Transaction};

use crate::Origin;

/// How an entry stands among the versions of its statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The newest valid version.
    Current,
    /// A newer version replaces it.
    Corrected,
    /// It should never have been said (`entered-in-error`).
    Retracted,
}

/// One resource of a record, opened and verified.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    /// Name of its section.
    pub section: &'a str,
    /// Its number in the section.
    pub seq: u32,
    /// Its JSON exactly as it came in.
    pub body: &'a str,
    /// Where it came from.
    pub origin: Origin,
    /// The account that the chain accepted it from.
    pub author: Account,
    /// Block time.
    pub time: Instant,
    /// How it stands.
    pub standing: Standing,
    /// Whether it is a correction of an earlier version.
    pub is_correction: bool,
    /// The transaction that holds it, where known.
    pub transaction: Option<Transaction>,
}

/// What is exported, and when.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The record.
    pub record: RecordRef,
    /// Time of the export.
    pub at: Instant,
    /// Whether a Provenance is added for each entry.
    pub has_provenance: bool,
    /// The account of the patient: what it wrote has the patient as author.
    pub owner: Option<Account>,
    /// Entries that are texts.
    pub notes: &'a [Note<'a>],
    /// What was said about entries; every export of an entry carries it (domain guide, "Amendments").
    pub remarks: &'a [Remark<'a>],
}

/// A bundle, and what of the record is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The JSON text, one entry per line.
    pub text: String,
    /// Resources of the record in it.
    pub entries: usize,
    /// Resources made for it: Composition, Linkage, Provenance.
    pub made: usize,
    /// Current resources of the record that a summary leaves out.
    pub left_out: usize,
    /// Those in it with a label of sensitivity (`R`, `V` or a code for it).
    pub sensitive: usize,
}
