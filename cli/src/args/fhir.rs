//! `chartkey fhir`: FHIR R4 in and out.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum Fhir {
    /// Import a patient's bundle, resource or NDJSON file, or NDJSON of many patients with --map
    ///
    /// Every entry of the file is filed, known already, or refused with a reason. The same command goes
    /// on after it was interrupted, and changes nothing once it is done. With --dry-run: what would be
    /// filed where, in how many bytes, for how much.
    Import(Import),
    /// Export a record as FHIR R4: resources with the bytes that came in, or a patient summary
    Export(Export),
}

#[derive(Debug, Args)]
pub struct Import {
    /// The file, or -
    pub file: PathBuf,
    /// Whose resources, of a file with several patients: id, fullUrl, or SYSTEM|VALUE of an identifier
    #[arg(long, value_name = "ID", conflicts_with = "map")]
    pub patient: Option<String>,
    /// URI of the system that the resources' ids are of; default: what the file says
    #[arg(long, value_name = "URI")]
    pub source: Option<String>,
    /// Which record each patient of the NDJSON file has: CSV (patient,record) or JSON ({patient: record})
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Export {
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Only this section; repeat it for several. The Patient comes along
    #[arg(long, value_name = "NAME")]
    pub section: Vec<String>,
    /// Every version as a history, retracted entries too
    #[arg(long)]
    pub all: bool,
    /// A Provenance for each entry: who wrote it, when, in which transaction
    #[arg(long)]
    pub provenance: bool,
    /// File to write, or - for standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    pub force: bool,
}

/// What an export is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A bundle of the resources as they came in
    #[default]
    Bundle,
    /// An International Patient Summary (ISO 27269)
    Ips,
    /// The grants as Consent resources
    Consent,
    /// What was done to the record as AuditEvent resources
    Audit,
}
