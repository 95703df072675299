//! The command line of clinics and stays.

use std::path::PathBuf;

use alloy_primitives::{Address, B256};
use chartkey_fhir::Money;
use clap::{Args, Subcommand, ValueEnum};

use super::Words;

#[derive(Debug, Subcommand)]
pub enum Clinic {
    /// Define a policy for quotes; its terms can never be changed
    Policy(Policy),
    /// Let an account act for this clinic
    Staff {
        /// The account
        #[arg(value_name = "ADDR")]
        staff: Address,
        /// For how many days; without it, the right ends now
        #[arg(long, value_name = "N")]
        days: Option<u32>,
    },
    /// Take an ERC-20 token as payment
    Token {
        /// The token's contract
        #[arg(value_name = "ADDR")]
        token: Address,
        /// No longer take it
        #[arg(long)]
        refuse: bool,
    },
    /// Lay out a room's calendar, so that each booking costs the same
    Room {
        /// Room; only a keyed digest of it goes on chain
        room: String,
        /// First day
        #[arg(long, value_name = "DATE")]
        first: String,
        /// Day after the last, at most five years later
        #[arg(long, value_name = "DATE")]
        end: String,
    },
}

#[derive(Debug, Args)]
pub struct Policy {
    /// Name, at most 32 bytes; it is public
    #[arg(long, default_value = "")]
    pub name: String,
    /// Cancelling is free until this many hours before admission (00:00 UTC)
    #[arg(long, value_name = "HOURS", default_value_t = 0)]
    pub free_cancel_hours: u32,
    /// What the clinic keeps of a later cancellation, in basis points of the price
    #[arg(long, value_name = "BPS", default_value_t = 0)]
    pub late_cancel_bps: u16,
    /// What the clinic keeps if the patient does not come, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 0)]
    pub no_show_bps: u16,
    /// Hours after admission begins before a patient has not come
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    pub grace_hours: u32,
    /// Minutes that a hold reserves the room
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    pub hold_minutes: u32,
    /// Hours after booking in which the price is due
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    pub pay_within_hours: u32,
    /// Hours after discharge before the clinic may settle
    #[arg(long, value_name = "HOURS", default_value_t = 0)]
    pub settle_delay_hours: u32,
    /// What goes back for each unused night of an early discharge, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 0)]
    pub early_discharge_bps: u16,
    /// Least first part payment in basis points; 0: only the whole price
    #[arg(long, value_name = "BPS", default_value_t = 0)]
    pub deposit_bps: u16,
    /// Who decides disputes; without it there are none
    #[arg(long, value_name = "ADDR")]
    pub arbiter: Option<Address>,
    /// Hours that the arbiter has
    #[arg(long, value_name = "HOURS", default_value_t = 336, requires = "arbiter")]
    pub dispute_hours: u32,
}

#[derive(Debug, Subcommand)]
pub enum Appointment {
    /// Ask a clinic for a stay of this account
    Request(Request),
    /// Offer a stay to a patient; this account is the clinic, or its staff with --clinic
    Quote(Quote),
    /// Pay a stay into escrow: the patient a quote, anybody what is booked
    ///
    /// Refunds go to who paid. A stay priced in a token is paid in one transaction where the token has
    /// ERC-2612 permits, otherwise in two: the allowance of exactly this amount, then the payment.
    Pay(Pay),
    /// Pay or refuse what is claimed for a stay; this account is the insurer
    SettleClaim(SettleClaim),
    /// Take back what is open of a claim, and the consent to it (patient)
    ///
    /// For an insurer that does not answer, or was the wrong one; the stay can be claimed anew.
    WithdrawClaim {
        /// Number of the stay
        stay: u64,
    },
    /// List this account's stays
    List {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        watching: Watching,
    },
    /// Show one stay with its terms
    Show {
        /// Number of the stay
        stay: u64,
        #[command(flatten)]
        fiat: Fiat,
        #[command(flatten)]
        watching: Watching,
    },
    /// Tell the other party what is not for the chain, or read what was told: room, instructions, questions
    ///
    /// With a file: an entry in your own record, encrypted, and its key to the other party; no grant is
    /// needed, and what was handed over cannot be taken back. Without: what both have said about the stay.
    /// With --record of a record of the other party in which you may write, the entry goes there.
    Details(Box<Details>),
    /// Show the nights of a room of this account, the clinic's
    Calendar(Calendar),
    #[command(flatten)]
    Step(StayStep),
}

#[derive(Debug, Subcommand)]
pub enum StayStep {
    /// Reserve the room of a quote for a short while (patient)
    Hold {
        /// Number of the stay
        stay: u64,
    },
    /// Accept a quote, to be paid later (patient)
    Book {
        /// Number of the stay
        stay: u64,
    },
    /// Cancel: by the clinic with full refund, by the patient as the policy says
    Cancel {
        /// Number of the stay
        stay: u64,
    },
    /// Mark a stay as entered in error, with full refund (clinic)
    Retract {
        /// Number of the stay
        stay: u64,
    },
    /// Free the room of a hold or booking whose time is over (anybody)
    Lapse {
        /// Number of the stay
        stay: u64,
    },
    /// Register that the patient is in house (clinic or patient)
    ///
    /// Also the patient: after that the clinic cannot state that the patient did not come.
    Arrive {
        /// Number of the stay
        stay: u64,
    },
    /// State that the patient did not come (clinic)
    NoShow {
        /// Number of the stay
        stay: u64,
    },
    /// Discharge the patient before the agreed day (clinic)
    Discharge {
        /// Number of the stay
        stay: u64,
        /// The new day of leaving
        #[arg(long, value_name = "DATE")]
        on: String,
    },
    /// Freeze the money until the policy's arbiter decides (patient)
    Dispute {
        /// Number of the stay
        stay: u64,
    },
    /// Decide a dispute (arbiter)
    Decide {
        /// Number of the stay
        stay: u64,
        /// What goes back, with unit, e.g. 0.5eth or 20tokens; the rest is the clinic's
        #[arg(long, value_name = "AMOUNT")]
        refund: String,
    },
    /// Claim a paid stay from an insurer, and consent to it (patient)
    Claim {
        /// Number of the stay
        stay: u64,
        /// The insurer's account
        #[arg(long, value_name = "ADDR")]
        insurer: Address,
        /// How much, with unit, e.g. 0.5eth or 20tokens
        amount: String,
    },
    /// Release the escrow to the clinic
    Settle {
        /// Number of the stay
        stay: u64,
    },
    /// The same as settle, after the stay
    Complete {
        /// Number of the stay
        stay: u64,
    },
}

impl StayStep {
    /// Number of the stay.
    #[must_use]
    pub const fn stay(&self) -> u64 {
        match self {
            Self::Hold { stay }
            | Self::Book { stay }
            | Self::Cancel { stay }
            | Self::Retract { stay }
            | Self::Lapse { stay }
            | Self::Arrive { stay }
            | Self::NoShow { stay }
            | Self::Discharge { stay, .. }
            | Self::Dispute { stay }
            | Self::Decide { stay, .. }
            | Self::Claim { stay, .. }
            | Self::Settle { stay }
            | Self::Complete { stay } => *stay,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Clinic,
    Patient,
}

#[derive(Debug, Args)]
pub struct Request {
    /// The clinic's account
    #[arg(long, value_name = "ADDR")]
    pub clinic: Address,
    /// First day, YYYY-MM-DD at the clinic's place
    #[arg(long, value_name = "DATE")]
    pub admit: String,
    /// Day of leaving; its night is not part of the stay
    #[arg(long, value_name = "DATE")]
    pub discharge: String,
    /// Good-faith estimate that the clinic gave, e.g. 450USD; noted on this machine only
    #[arg(long, value_name = "MONEY")]
    pub fiat: Option<Money>,
}

#[derive(Debug, Args)]
pub struct Quote {
    /// The patient's account
    #[arg(long, value_name = "ADDR")]
    pub patient: Option<Address>,
    /// Answer this request instead of making a new stay
    #[arg(long, value_name = "STAY")]
    pub request: Option<u64>,
    /// First day, YYYY-MM-DD at the clinic's place
    #[arg(long, value_name = "DATE")]
    pub admit: String,
    /// Day of leaving; its night is not part of the stay
    #[arg(long, value_name = "DATE")]
    pub discharge: String,
    /// Room; only a keyed digest of it goes on chain
    #[arg(long, value_name = "LABEL", required_unless_present = "room_digest")]
    pub room: Option<String>,
    /// The digest itself, for the clinic's staff, whose keys do not make it
    #[arg(long, value_name = "HASH", conflicts_with = "room")]
    pub room_digest: Option<B256>,
    /// Clinic for which this account quotes as its staff; default: this account is the clinic
    #[arg(long, value_name = "ADDR")]
    pub clinic: Option<Address>,
    /// Price with unit, e.g. 1.5eth; with --token, e.g. 450tokens or 450000000units
    #[arg(long, value_name = "AMOUNT")]
    pub total: String,
    /// Good-faith estimate in a currency of ISO 4217, e.g. 450USD; noted on this machine only
    #[arg(long, value_name = "MONEY")]
    pub fiat: Option<Money>,
    /// Number of the policy; 0 is free cancellation until admission, and no fees
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub policy: u32,
    /// Days in which the quote can be accepted; default: no end under policy 0, else 14
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub valid_days: Option<u32>,
    /// ERC-20 token instead of coins; this clinic has to accept it (clinic token)
    #[arg(long, value_name = "ADDR")]
    pub token: Option<Address>,
    /// The room may be double; recorded as such
    #[arg(long)]
    pub override_availability: bool,
}

/// Whose stays are listed.
#[derive(Debug, Args)]
pub struct Whose {
    /// Only as clinic or only as patient
    #[arg(long = "as", value_enum)]
    pub role: Option<Role>,
    /// The stays of this clinic, for its staff; default: this account's
    #[arg(long, value_name = "ADDR", conflicts_with = "role")]
    pub clinic: Option<Address>,
}

#[derive(Debug, Args)]
pub struct Details {
    /// Number of the stay
    pub stay: u64,
    /// What to tell: a FHIR R4 resource in JSON, or - for standard input; without it, details are read
    pub file: Option<PathBuf>,
    /// The content is plain text
    #[arg(long, requires = "file")]
    pub text: bool,
    /// The section to write to, #N is its number; default: administration
    #[arg(long, value_name = "NAME", requires = "file")]
    pub section: Option<String>,
    /// Hand over what you wrote about the stay and the other party has not got: new versions, retractions
    #[arg(long, conflicts_with = "file")]
    pub deliver: bool,
    /// Read corrected versions and retractions too, marked as such
    #[arg(long, conflicts_with_all = ["file", "deliver"])]
    pub all: bool,
    #[command(flatten)]
    pub words: Words,
}

#[derive(Debug, Args)]
pub struct Calendar {
    /// The room
    #[arg(required_unless_present = "room_digest", conflicts_with = "room_digest")]
    pub room: Option<String>,
    /// What of the room is on chain, for the clinic's staff, whose keys do not make it
    #[arg(long, value_name = "HASH")]
    pub room_digest: Option<B256>,
    /// Clinic whose room it is; default: this account
    #[arg(long, value_name = "ADDR")]
    pub clinic: Option<Address>,
    /// First night
    #[arg(long, value_name = "DATE")]
    pub first: String,
    /// Number of nights, at most 366
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub days: u32,
}

/// Amounts in a currency of a state.
///
/// In the US a patient who is uninsured or does not use insurance may dispute a bill of at least 400 USD
/// more than the good-faith estimate, within 120 days of the first bill (45 CFR 149.620). Both amounts
/// are noted on this machine only.
#[derive(Debug, Args)]
pub struct Fiat {
    /// Note the good-faith estimate, e.g. 450USD (ISO 4217); it stays on this machine
    #[arg(long, value_name = "MONEY")]
    pub fiat: Option<Money>,
    /// Note the total that was billed, e.g. 900USD; from 400 USD above the estimate on, a patient in the US
    /// who does not use insurance may dispute the bill (45 CFR 149.620)
    #[arg(long, value_name = "MONEY")]
    pub billed: Option<Money>,
}

#[derive(Debug, Args)]
pub struct Watching {
    /// Go on and print what happens, until --timeout or Ctrl-C; with --json a document per line
    #[arg(long)]
    pub watch: bool,
    /// Print what happened after this cursor, and no present state first
    #[arg(long, value_name = "CURSOR", requires = "watch")]
    pub from: Option<String>,
}

#[derive(Debug, Args)]
pub struct Pay {
    /// Number of the stay
    pub stay: u64,
    /// A part instead of the exact price, e.g. 1.5eth or 20tokens
    #[arg(long)]
    pub amount: Option<String>,
    /// Use an allowance, also where the token has permits
    #[arg(long)]
    pub no_permit: bool,
}

#[derive(Debug, Args)]
pub struct SettleClaim {
    /// Number of the stay
    pub stay: u64,
    /// How much, with unit; default: all that is claimed
    pub amount: Option<String>,
    /// Who gets it
    #[arg(long, value_enum, required_unless_present = "refuse")]
    pub to: Option<Role>,
    /// Pay nothing: what is open of the claim is refused
    #[arg(long, conflicts_with_all = ["amount", "to"])]
    pub refuse: bool,
}

#[derive(Debug, Args)]
pub struct Withdraw {
    /// Token to take out instead of coins
    #[arg(long, value_name = "ADDR")]
    pub token: Option<Address>,
    /// Account that gets it; default: this one
    #[arg(long, value_name = "ADDR")]
    pub to: Option<Address>,
}

#[derive(Debug, Args)]
pub struct Receipt {
    /// Number of the stay
    pub stay: u64,
    /// Print FHIR R4: the Invoice; with what went back, a Bundle
    #[arg(long)]
    pub fhir: bool,
    #[command(flatten)]
    pub fiat: Fiat,
}

#[derive(Debug, Args)]
pub struct Statement {
    /// First day, YYYY-MM-DD in UTC; default: all
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Last day; default: today
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Print FHIR R4: a Bundle of PaymentNotice
    #[arg(long)]
    pub fhir: bool,
}
