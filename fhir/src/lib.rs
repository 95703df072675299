//! Reads FHIR R4 (4.0.1) files for import into a Chartkey record, and writes a record as FHIR R4.
//!
//! [`read`] takes a bundle, a single resource or newline-delimited JSON and gives back the entries of
//! one patient, each with its section and its bytes exactly as they came, plus what was refused and
//! why. No network, no files, no crypto; nothing is dropped silently:
//! `entries.len() + refused.len() == total`. [`export`] goes the other way.
//!
//! ```
//! let file = br#"{"resourceType": "Bundle", "type": "collection", "entry": [
//!     {"resource": {"resourceType": "Patient", "id": "p1", "name": [{"text": "Testcase, Edge"}]}},
//!     {"resource": {"resourceType": "Observation", "id": "o1", "status": "final",
//!         "subject": {"reference": "Patient/p1"}, "code": {"text": "Heart rate"},
//!         "valueQuantity": {"value": 1.10}}}
//! ]}"#;
//!
//! let import = chartkey_fhir::read(file)?;
//!
//! assert_eq!(import.patient.display, "Testcase, Edge");
//! assert_eq!(import.entries[1].section.name(), "observations");
//! assert!(import.entries[1].body.contains("1.10"));
//! # Ok::<(), chartkey_fhir::FhirError>(())
//! ```

mod billing;
mod describe;
mod digest;
mod error;
pub mod export;
mod identity;
mod import;
mod lines;
mod number;
mod patient;
mod plain;
mod r5;
mod reference;
mod resource;
mod section;
mod sound;
mod source;
mod status;

pub use billing::{
    Asset, Bill, Currency, InvoiceStatus, Moment, Money, MoneyError, Notice, NoticeKind, Refund,
    UnknownCurrency, collection, invoice, payment_notice, refund_invoice,
};
pub use describe::{Summary, describe};
pub use error::FhirError;
pub use identity::{Identity, Origin, type_and_id};
pub use import::{Entry, Import, Patient, Refused, Said, read, read_as, read_lines};
pub use lines::{Index, Line, LinesError, MAX_LINE_BYTES, PatientLines, index};
pub use plain::plain;
pub use resource::{Resource, resource};
pub use section::{Section, UnknownSection, section_of};
pub use sound::{MAX_DEPTH, MAX_SIZE_BYTES};
pub use status::{StatusError, check_move, check_status, is_entered_in_error};
