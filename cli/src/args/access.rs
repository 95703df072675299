//! `chartkey access`: who may read and write.

use alloy_primitives::Address;
use clap::{Args, Subcommand, ValueEnum};

use crate::dates::Instant;

#[derive(Debug, Subcommand)]
pub enum Access {
    /// Give an account sections to read, and to write if you say so; what it has read cannot be taken back
    Grant(Box<Grant>),
    /// Take a grant back: no more writing from now on, and no reading of what is written from now on
    Revoke {
        /// The account
        #[arg(value_name = "ADDR")]
        grantee: Address,
    },
    /// List the grants of a record
    List {
        /// Those that were replaced or have ended too
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub struct Grant {
    /// The account
    #[arg(value_name = "ADDR")]
    pub grantee: Address,
    /// A section; repeat it for several. Sensitive ones only by name
    #[arg(long, value_name = "NAME", required_unless_present = "all_sections")]
    pub section: Vec<String>,
    /// Every section there is now
    #[arg(long, conflicts_with = "section")]
    pub all_sections: bool,
    /// The grant's end: a date (its start in UTC) or an instant
    #[arg(long, value_name = "DATE", required_unless_present = "open_ended")]
    pub until: Option<Instant>,
    /// The grant has no end
    #[arg(long, conflicts_with = "until")]
    pub open_ended: bool,
    /// What the data may be used for
    #[arg(long, value_enum, default_value_t)]
    pub purpose: Purpose,
    /// How much may be read
    #[arg(long, value_enum, default_value_t)]
    pub read: Read,
    /// May append entries; a provider needs a current credential for it
    #[arg(long)]
    pub write: bool,
    /// May give sections new keys
    #[arg(long)]
    pub rotate: bool,
    /// May grant a part of this to others, not longer
    #[arg(long)]
    pub delegate: bool,
    /// May hand the emergency key to somebody with an open claim
    #[arg(long)]
    pub custodian: bool,
    /// Your own second account, or family: writes without a credential
    #[arg(long)]
    pub device: bool,
    /// The twelve words of the account's key, compared by voice or in person
    #[arg(long, value_name = "WORDS")]
    pub fingerprint: Option<String>,
}

/// How much a reader may read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Read {
    /// Everything in the sections, the past too
    #[default]
    Past,
    /// What is written from now on; the sections get new keys first
    FromNow,
    /// Only what it writes itself
    Own,
}

/// Purposes of use (HL7 v3 ActReason).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// Treatment
    #[default]
    Treat,
    /// Emergency treatment
    Etreat,
    /// Payment: claims, invoices
    Hpaymt,
    /// Operations: quality, audit
    Hoperat,
    /// Research
    Hresch,
    /// At the patient's own request
    Patrqt,
    /// Reporting required by law
    Pubhlth,
    /// Family
    Famrqt,
    /// Power of attorney
    Pwatrny,
    /// Marketing
    Hmarkt,
}

impl Purpose {
    /// The number in a grant.
    #[must_use]
    pub const fn number(self) -> u8 {
        use chartkey_abi::purpose as p;
        match self {
            Self::Treat => p::TREAT,
            Self::Etreat => p::ETREAT,
            Self::Hpaymt => p::HPAYMT,
            Self::Hoperat => p::HOPERAT,
            Self::Hresch => p::HRESCH,
            Self::Patrqt => p::PATRQT,
            Self::Pubhlth => p::PUBHLTH,
            Self::Famrqt => p::FAMRQT,
            Self::Pwatrny => p::PWATRNY,
            Self::Hmarkt => p::HMARKT,
        }
    }

    /// The code of a number; `None` for one that this version does not know.
    #[must_use]
    pub const fn code(number: u8) -> Option<&'static str> {
        use chartkey_abi::purpose as p;
        Some(match number {
            p::TREAT => "TREAT",
            p::ETREAT => "ETREAT",
            p::BTG => "BTG",
            p::HPAYMT => "HPAYMT",
            p::HOPERAT => "HOPERAT",
            p::HRESCH => "HRESCH",
            p::PATRQT => "PATRQT",
            p::PUBHLTH => "PUBHLTH",
            p::FAMRQT => "FAMRQT",
            p::PWATRNY => "PWATRNY",
            p::HMARKT => "HMARKT",
            _ => return None,
        })
    }
}
