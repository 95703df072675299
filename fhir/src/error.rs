//! Why a file is refused as a whole.

use crate::sound::{MAX_DEPTH, MAX_SIZE_BYTES};

/// A file that cannot be imported at all; single bad entries are [`crate::Refused`] instead.
///
/// Lines and columns count from 1; a column counts bytes, as editors with byte offsets do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FhirError {
    /// The file is larger than [`MAX_SIZE_BYTES`].
    #[error(
        "the file has {size_bytes} bytes, at most {MAX_SIZE_BYTES} are read; \
         export it in several parts"
    )]
    TooLarge {
        /// Size of the input.
        size_bytes: usize,
    },
    /// A line of NDJSON is longer than any resource.
    #[error("line {line} is longer than {most} bytes; no entry holds that much")]
    LineTooLong {
        /// The line.
        line: usize,
        /// Longest that is read, in bytes.
        most: usize,
    },
    /// Nothing but white space.
    #[error("the file is empty; expected a FHIR bundle, resource or NDJSON")]
    Empty,
    /// Not text in UTF-8, which FHIR's JSON representation requires.
    #[error(
        "line {line}: byte {offset} is not valid UTF-8; \
         save the file as UTF-8, or check that it is JSON and not an archive"
    )]
    NotUtf8 {
        /// Line of the first bad byte.
        line: usize,
        /// Offset of the first bad byte from the start of the file.
        offset: usize,
    },
    /// The JSON ends before it is complete.
    #[error("the file is cut off at line {line}, column {column}; fetch or export it again")]
    CutOff {
        /// Line of the end.
        line: usize,
        /// Column of the end.
        column: usize,
    },
    /// Not JSON.
    #[error("not sound JSON at line {line}, column {column}: {reason}; export the file again")]
    Malformed {
        /// Line of the fault.
        line: usize,
        /// Column of the fault.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// An object names the same member twice: readers would disagree about its value.
    #[error(
        "object member {key:?} appears twice at line {line}, column {column}; \
         ask the sender for a corrected file"
    )]
    DuplicateKey {
        /// The repeated name, escaped for display.
        key: String,
        /// Line of the second one.
        line: usize,
        /// Column of the second one.
        column: usize,
    },
    /// Objects and arrays nest deeper than [`MAX_DEPTH`].
    #[error(
        "nested deeper than {MAX_DEPTH} levels at line {line}, column {column}; \
         no FHIR record needs that, ask the sender for a corrected file"
    )]
    TooDeep {
        /// Line where the limit is passed.
        line: usize,
        /// Column where the limit is passed.
        column: usize,
    },
    /// JSON, but neither a bundle nor a resource.
    #[error("expected a FHIR resource with a resourceType, found {found}")]
    NotResource {
        /// What stands there instead.
        found: String,
    },
    /// A bundle without `type`: how to read its entries is not known.
    #[error(
        "the Bundle has no type (transaction, collection, document, history ...); \
         ask the sender for a corrected file"
    )]
    BundleWithoutType,
    /// A bundle type that R4 does not have.
    #[error("bundle type {found:?} is not one of FHIR R4; export the record as FHIR R4")]
    UnknownBundleType {
        /// The type found, escaped for display.
        found: String,
    },
    /// `Bundle.entry` is not an array.
    #[error("Bundle.entry is {found}, expected an array; ask the sender for a corrected file")]
    BadEntryList {
        /// What stands there instead.
        found: &'static str,
    },
    /// Nothing says whose record it is.
    #[error(
        "the file has no Patient, so it cannot be said whose record it is; \
         export it together with the Patient resource"
    )]
    NoPatient,
    /// More than one patient: one import writes one patient's record, and never by guess.
    #[error("the file has {} patients ({}); choose one", .0.len(), list(.0))]
    SeveralPatients(
        /// Their ids, escaped for display.
        Vec<String>,
    ),
    /// The chosen patient is not in the file.
    #[error("the file has no patient {chosen}, but {}", list(.known))]
    NotThisPatient {
        /// Who was chosen, escaped for display.
        chosen: String,
        /// Who is in the file, escaped for display.
        known: Vec<String>,
    },
}

/// The first few ids: a bulk export may have thousands.
fn list(ids: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = ids.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if ids.len() > SHOWN {
        text.push_str(", ...");
    }
    text
}
