//! `chartkey access`: who may read and write.

use std::path::PathBuf;

use alloy_primitives::Address;
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

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
    /// End a grant that has run out: its sections get new keys, or must before the next entry. Anybody may
    Expire {
        /// The account
        #[arg(value_name = "ADDR")]
        grantee: Address,
    },
    /// List the grants of a record, and the sections that are due for new keys
    List {
        /// Those that were replaced or have ended too
        #[arg(long)]
        all: bool,
    },
    /// Say in words what an account can read and write, why, and what its end does
    Explain {
        /// The account; default: your own
        #[arg(value_name = "ADDR")]
        grantee: Option<Address>,
    },
    /// A table of accounts and sections: who may read, write, change keys
    Matrix {
        /// As it was then: a date (its start in UTC) or an instant
        #[arg(long, value_name = "DATE")]
        as_of: Option<Instant>,
    },
    /// Ask a patient for access: a signed text for a file, a message or a QR code; nothing goes on chain
    /// but, once, your public key
    Request(Box<Ask>),
    /// Grant what a request asks for, or less; an altered or expired request is refused
    Approve(Box<Approve>),
    /// Take an account's present key for the right one, after its holder has changed it
    Confirm(Confirm),
    /// Deliver again what an account's grant gives: it changed its key, or a delivery was missing or wrong
    Deliver {
        /// The account
        #[arg(value_name = "ADDR")]
        grantee: Address,
        #[command(flatten)]
        words: Words,
    },
    /// Give an account the key of single entries, or of a period, once and without a grant; it cannot be
    /// taken back
    Share(Share),
}

/// The twelve words of a key.
#[derive(Debug, Clone, Default, Args)]
pub struct Words {
    /// The twelve words of the account's key, compared by voice or in person
    #[arg(long, value_name = "WORDS")]
    pub fingerprint: Option<String>,
    /// File with the twelve words, or -
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub fingerprint_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Grant {
    /// The account
    #[arg(value_name = "ADDR")]
    pub grantee: Address,
    /// A section; repeat it for several. Sensitive ones only by name
    #[arg(long, value_name = "NAME", required_unless_present = "all_sections")]
    pub section: Vec<String>,
    /// Every section there is now but sensitive ones
    #[arg(long)]
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
    /// Reading only, and without a grant on chain: nobody sees who it is. The purpose is not kept
    #[arg(long, conflicts_with_all = ["write", "rotate", "delegate", "custodian", "device"])]
    pub unlisted: bool,
    #[command(flatten)]
    pub words: Words,
}

#[derive(Debug, Args)]
pub struct Ask {
    /// The patient's account; or name the record with --record
    #[arg(long, value_name = "ADDR")]
    pub patient: Option<Address>,
    /// A section by its name; repeat it for several
    #[arg(long, value_name = "NAME", required = true)]
    pub section: Vec<String>,
    /// The end of the grant you ask for: a date (its start in UTC) or an instant
    #[arg(long, value_name = "DATE", required_unless_present = "open_ended")]
    pub until: Option<Instant>,
    /// Ask for a grant without an end
    #[arg(long, conflicts_with = "until")]
    pub open_ended: bool,
    /// What the data will be used for
    #[arg(long, value_enum, default_value_t)]
    pub purpose: Purpose,
    /// How much you want to read
    #[arg(long, value_enum, default_value_t)]
    pub read: Read,
    /// You want to append entries
    #[arg(long)]
    pub write: bool,
    /// You want to give sections new keys
    #[arg(long)]
    pub rotate: bool,
    /// Days after which the request cannot be approved any more
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub valid_days: u16,
    /// Write the request to this new file instead of printing it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Approve {
    /// The request, or -
    pub file: PathBuf,
    /// Only this section of those it names; repeat it for several
    #[arg(long, value_name = "NAME")]
    pub section: Vec<String>,
    /// An earlier end than it asks for
    #[arg(long, value_name = "DATE")]
    pub until: Option<Instant>,
    /// Less to read than it asks for
    #[arg(long, value_enum)]
    pub read: Option<Read>,
    /// No writing, whatever it asks for
    #[arg(long)]
    pub no_write: bool,
    /// No changing of keys, whatever it asks for
    #[arg(long)]
    pub no_rotate: bool,
    #[command(flatten)]
    pub words: Words,
}

#[derive(Debug, Args)]
pub struct Confirm {
    /// The account
    #[arg(value_name = "ADDR")]
    pub grantee: Address,
    /// The twelve words of its present key, compared by voice or in person
    #[arg(long, value_name = "WORDS", required_unless_present = "fingerprint_file")]
    pub fingerprint: Option<String>,
    /// File with the twelve words, or -
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub fingerprint_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Share {
    /// The account
    #[arg(value_name = "ADDR")]
    pub grantee: Address,
    /// The section
    #[arg(long, value_name = "NAME")]
    pub section: String,
    /// Number of an entry; repeat it for several
    #[arg(long, value_name = "SEQ", required_unless_present = "since")]
    pub entry: Vec<u32>,
    /// What was written since then, by the keys it was written under: they reach back to the change of keys
    /// before it, and on to the next one
    #[arg(long, value_name = "DATE", conflicts_with = "entry")]
    pub since: Option<Instant>,
    /// With --since: only keys that were in use before then
    #[arg(long, value_name = "DATE", requires = "since")]
    pub before: Option<Instant>,
    #[command(flatten)]
    pub words: Words,
}

/// How much a reader may read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Read {
    /// Everything in the sections, the past too
    #[default]
    Past,
    /// What is written from now on; the sections get new keys first
    FromNow,
    /// Only what it writes itself
    Own,
    /// Nothing, and no keys: for a custodian
    None,
}

impl Read {
    /// The permission bits.
    #[must_use]
    pub const fn bits(self) -> u16 {
        use chartkey_abi::permission as p;
        match self {
            Self::Past => p::READ | p::HISTORY,
            Self::FromNow => p::READ,
            Self::Own => p::WRITE,
            Self::None => 0,
        }
    }
}

/// Purposes of use (HL7 v3 ActReason).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
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
