//! `chartkey audit`: what the chain proves of a record's history.

use clap::{Args, Subcommand};

use crate::dates::Instant;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Who did what, and when: every access and the authorship of every entry, in order of time
    Log {
        #[command(flatten)]
        period: Period,
    },
    /// Who was given keys to what, since when and until which epoch; and what cannot be known
    Report,
    /// Accounting of disclosures: to whom, what, when, and for what; treatment, payment and operations
    /// apart
    Disclosures {
        /// How many years back
        #[arg(long, value_name = "N", default_value_t = 6)]
        years: u32,
    },
    /// Verify chains, checkpoints, epochs, key commitments, deliveries and grants; exit 7 names each fault
    Verify,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct Period {
    /// Leave out what was before this date or instant
    #[arg(long, value_name = "DATE")]
    pub since: Option<Instant>,
    /// Leave out what was at this date or instant, or after it
    #[arg(long = "to", value_name = "DATE")]
    pub until: Option<Instant>,
}
