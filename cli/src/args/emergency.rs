//! `chartkey emergency`: break-glass.

use std::path::PathBuf;

use alloy_primitives::{Address, B256};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum Emergency {
    /// Let responders read an emergency summary when you cannot be asked; run again to replace its keys
    Setup(Box<Setup>),
    /// Copy what is active in the record into the summary: allergies, medications, problems, devices,
    /// contacts
    Update,
    /// Claim emergency access to somebody's record; the claim is public and the patient sees it
    Claim(Claim),
    /// Show the emergency summary of a record that this account has claimed, and nothing else of it
    Open {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
        /// File with the 24 words of the patient's card, or -
        #[arg(long, value_name = "FILE")]
        card: Option<PathBuf>,
    },
    /// As a custodian: hand the second half to somebody whose claim is open
    Release {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
        /// Who claimed
        #[arg(value_name = "ADDR")]
        claimant: Address,
        /// The twelve words of the claimant's key, compared by voice or in person
        #[arg(long, value_name = "WORDS")]
        fingerprint: Option<String>,
    },
    /// End a claim
    Close {
        /// The record
        #[arg(value_name = "RECORD")]
        of: B256,
        /// Who claimed; default: this account
        #[arg(value_name = "ADDR")]
        claimant: Option<Address>,
    },
    /// Say whether an opening was justified; those without a review stay listed
    Review(Review),
    /// What is set up, and every opening with its review
    List,
    /// Test, without a claim, that both halves can be reached and open the summary
    Drill {
        /// File with the 24 words of the card, or -: that they are those of this generation
        #[arg(long, value_name = "FILE")]
        card: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct Setup {
    /// Name of the summary, a section of its own; opened if there is none [default: emergency summary]
    #[arg(long, value_name = "NAME")]
    pub section: Option<String>,
    /// Who may open it in an emergency; default: those of the last set-up
    #[arg(long, value_name = "ADDR", num_args = 1..)]
    pub responder: Vec<Address>,
    /// Who hands out the second half; default: those of the last set-up, unless --card
    #[arg(long, value_name = "ADDR", num_args = 1..)]
    pub custodian: Vec<Address>,
    /// Split the second half among the N custodians, K of whom are needed
    #[arg(long, value_name = "K/N")]
    pub shares: Option<Shares>,
    /// Show the second half as the 24 words of a card, this once
    #[arg(long, conflicts_with = "card_file")]
    pub card: bool,
    /// Write the 24 words into a new file instead
    #[arg(long, value_name = "FILE")]
    pub card_file: Option<PathBuf>,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// How many shares give the half.
    pub needed: u8,
    /// How many there are.
    pub count: u8,
}

impl std::str::FromStr for Shares {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(needed, count)| {
            Some((needed.trim().parse::<u8>().ok()?, count.trim().parse::<u8>().ok()?))
        });
        match numbers {
            Some((needed, count)) if 2 <= needed && needed <= count => Ok(Self { needed, count }),
            _ => Err("expected K/N with 2 <= K <= N, for instance 2/3".to_owned()),
        }
    }
}

#[derive(Debug, Args)]
pub struct Claim {
    /// The record
    #[arg(value_name = "RECORD")]
    pub of: B256,
    /// Purpose of use; it is public
    #[arg(long, value_enum)]
    pub reason: Reason,
    /// File with what happened, or -; sealed to the patient's key, at most 2,046 bytes
    #[arg(long, value_name = "FILE")]
    pub note: PathBuf,
    /// The second practitioner, or the custodian, with whom you act; public
    #[arg(long, value_name = "ADDR")]
    pub cosigner: Address,
    /// The twelve words of the patient's key, where somebody can tell them
    #[arg(long, value_name = "WORDS")]
    pub fingerprint: Option<String>,
}

/// Why emergency access is claimed (HL7 v3 ActReason).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reason {
    /// Emergency treatment
    Etreat,
    /// Break-glass: without consent and outside of treatment as usual
    Btg,
}

impl Reason {
    /// The code in the claim: the number that the purpose has in a grant.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Etreat => chartkey_abi::purpose::ETREAT as u16,
            Self::Btg => chartkey_abi::purpose::BTG as u16,
        }
    }
}

#[derive(Debug, Args)]
pub struct Review {
    /// Who claimed
    #[arg(long, value_name = "ADDR")]
    pub claimant: Address,
    /// The judgement
    #[arg(long, value_enum)]
    pub outcome: Outcome,
    /// File with the reasons, or -
    #[arg(long, value_name = "FILE")]
    pub note: PathBuf,
}

/// What a review says of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Outcome {
    /// It was right
    Justified,
    /// It was not
    Unjustified,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_some_of_many() {
        assert_eq!("2/3".parse(), Ok(Shares { needed: 2, count: 3 }));
        for text in ["1/3", "4/3", "2", "2/", "/3", "2/256", "-2/3", "a/b"] {
            assert!(text.parse::<Shares>().is_err(), "{text}");
        }
    }
}
