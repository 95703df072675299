//! `chartkey guardian`, `recover` and `transfer`: who else can get at a record, and how.

use alloy_primitives::{Address, B256};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Guardian {
    /// Name the accounts that together give keys and record to a new account of yours
    Set(SetGuardians),
    /// Who they are, and what they have approved
    List,
    /// Have no guardians any more; the shares that they hold stay what they are
    Remove,
}

#[derive(Debug, Args)]
pub struct SetGuardians {
    /// The guardians; all of them, each time
    #[arg(value_name = "ADDR", required = true)]
    pub guardians: Vec<Address>,
    /// How many of them decide
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..))]
    pub threshold: u8,
    /// Hours between the last approval needed and the end of a recovery, in which you can veto it
    #[arg(long, value_name = "HOURS", default_value_t = 72,
          value_parser = clap::value_parser!(u16).range(24..=8_760))]
    pub delay_hours: u16,
}

#[derive(Debug, Subcommand)]
pub enum Recover {
    /// With a new account: what to tell the guardians
    Request {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
    },
    /// As a guardian: approve an account as the new owner, and give it your share
    Approve {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
        /// The account
        #[arg(value_name = "ADDR")]
        candidate: Address,
        /// The twelve words of its key, compared by voice or in person
        #[arg(long, value_name = "WORDS")]
        fingerprint: Option<String>,
    },
    /// How far a recovery has come
    Status {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
    },
    /// With the new account: put the shares together and say what they open
    Keys {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
    },
    /// With the new account, once the delay is over: take the record over and give it new keys
    Finish {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
    },
    /// As the owner: refuse every recovery under way
    Veto,
}

#[derive(Debug, Subcommand)]
pub enum Transfer {
    /// Give an account all keys and offer it the record: growing up, another guardian
    Offer {
        /// The account
        #[arg(value_name = "ADDR")]
        to: Address,
        /// The twelve words of its key, compared by voice or in person
        #[arg(long, value_name = "WORDS")]
        fingerprint: Option<String>,
    },
    /// Take the offer back; what was delivered stays readable
    Withdraw,
    /// Take over a record that was offered, and give all sections new keys
    Accept {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
    },
}
