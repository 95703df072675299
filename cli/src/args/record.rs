//! `chartkey record`: the chart and what changes it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::dates::Instant;

#[derive(Debug, Subcommand)]
pub enum RecordCommand {
    /// Create a record for this account
    Create,
    /// List the records that this account owns or was granted
    List,
    /// Verify, open and show the chart: the newest valid versions
    Show {
        /// Only this section; #N is its number
        #[arg(long, value_name = "NAME")]
        section: Option<String>,
        /// Corrected versions, retracted entries and retractions too, marked as such
        #[arg(long)]
        all: bool,
        /// The chart as it was: a date (its first second in UTC) or an instant
        #[arg(long, value_name = "DATE")]
        as_of: Option<Instant>,
    },
    /// Show every version of one statement, and what was said about it
    History {
        /// The section; #N is its number
        section: String,
        /// Number of any of its entries
        seq: u32,
    },
    /// Export the record as FHIR R4; the same as `fhir export`
    Export(super::Export),
    /// Append to a section
    Add {
        /// The section; the owner's usual ones are opened when they are missing
        section: String,
        #[command(flatten)]
        content: Content,
    },
    /// Replace the text of an entry by a new version; the old one stays in the history
    Amend {
        /// The section
        section: String,
        /// Number of the entry
        seq: u32,
        #[command(flatten)]
        content: Content,
    },
    /// Say that an entry should never have been said; this is final, and the entry stays in the history
    Retract {
        /// The section
        section: String,
        /// Number of the entry
        seq: u32,
        /// File with the reason, or - for standard input
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
    },
    /// Comment on an entry, ask for its amendment, answer, or disagree with a denial
    Annotate {
        /// The section
        section: String,
        /// Number of the entry
        seq: u32,
        /// File with the words, or - for standard input
        file: PathBuf,
        /// What it is
        #[arg(long, value_enum)]
        kind: AnnotationKind,
        #[command(flatten)]
        reply: Reply,
    },
    /// Open a section; only the owner may
    Open {
        /// Its name, at most 47 bytes; nobody without its key learns it
        name: String,
        /// Shared only by name, never with "all sections": "medications, substance use"
        #[arg(long)]
        sensitive: bool,
    },
    /// Give sections new keys and deliver them to everybody who stays; default: those that are due
    Rotate {
        /// Sections, by name or #N
        #[arg(value_name = "SECTION", conflicts_with = "all")]
        sections: Vec<String>,
        /// Every section: after a change of the own keys, a recovery, a change of the owner
        #[arg(long)]
        all: bool,
    },
    /// Append to the medical history
    UpdateHistory(Update),
    /// Append to the medications
    UpdateMedications(Update),
    /// Verify every chain from the logs alone
    Verify,
}

/// What is written.
#[derive(Debug, Args)]
pub struct Content {
    /// FHIR R4 resource in JSON, or - for standard input
    pub file: PathBuf,
    /// The content is plain text
    #[arg(long)]
    pub text: bool,
}

#[derive(Debug, Args)]
pub struct Update {
    #[command(flatten)]
    pub content: Content,
    /// Number of the entry that this corrects
    #[arg(long, value_name = "SEQ")]
    pub amends: Option<u32>,
}

/// What an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnnotationKind {
    /// A remark; it changes nothing
    Statement,
    /// The patient's text after a denial; every later export of the entry carries it
    Disagreement,
    /// The patient asks for an amendment; an answer is due in 60 days
    Request,
    /// An author of the entry answers a request; needs --outcome
    Answer,
}

/// What an answer says; only with `--kind answer`.
#[derive(Debug, Clone, Copy, Args)]
pub struct Reply {
    /// What was decided
    #[arg(long, value_enum)]
    pub outcome: Option<Decision>,
    /// Number of the request; default: the only one without an answer
    #[arg(long, value_name = "SEQ", requires = "outcome")]
    pub request: Option<u32>,
}

/// What an answer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// The entry was amended or retracted after the request
    Accepted,
    /// It stays as it is; the words are the reason
    Denied,
    /// The answer takes 30 days longer, once; the words are the reason
    Extended,
}
