//! The command line of identities, sessions and providers.

use std::path::PathBuf;

use alloy_primitives::Address;
use clap::{Args, Subcommand};

/// Flags that say how an identity is opened where the unlock key alone does not do it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Ways to an identity")]
pub struct Ways {
    /// File with the passphrase of the identity, or -; one trailing newline is removed
    #[arg(long, global = true, value_name = "FILE", group = "phrase")]
    pub passphrase_file: Option<PathBuf>,
    /// File descriptor to read the passphrase from
    #[arg(long, global = true, value_name = "N", group = "phrase")]
    pub passphrase_fd: Option<u32>,
    /// Command that prints the passphrase; run without a shell
    #[arg(long, global = true, value_name = "CMD", group = "phrase")]
    pub passphrase_command: Option<String>,
    /// Keystore, by name, of the wallet that opens a key slot; its password is the account's, or else
    /// asked for
    #[arg(long, global = true, value_name = "NAME", requires = "slot_domain")]
    pub slot_wallet: Option<String>,
    /// Domain that the text of the key slot names
    #[arg(long, global = true, value_name = "DOMAIN")]
    pub slot_domain: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Identity {
    /// Register this account's key, so that others can seal to it; once per account
    Register(Source),
    /// Show an account's key, slots and credential, and whether the key here is that one
    Show {
        /// The account; without it this account, whose key is opened and compared
        #[arg(value_name = "ADDR")]
        address: Option<Address>,
    },
    /// The 12 words that two people compare by voice or in person
    Fingerprint {
        /// The account; default: --account
        #[arg(value_name = "ADDR")]
        address: Option<Address>,
        /// File with the words as the other side reads them, or -; exit 7 if they differ
        #[arg(long, value_name = "FILE")]
        compare: Option<PathBuf>,
    },
    /// Replace the key after a suspected leak: the next version, with a new root
    Rotate(Source),
    /// Set this account up on a new machine and compare with the registered key; sends nothing
    Restore {
        /// Name of the keystores that are written; default: --account
        name: Option<String>,
    },
    /// Further ways to the same root
    #[command(subcommand)]
    Slot(Slot),
}

/// What the root of an identity is made of.
#[derive(Debug, Clone, Copy, Args)]
pub struct Source {
    /// Ask for a passphrase too, or take it from --passphrase-file: without it the unlock key opens
    /// nothing
    #[arg(long, group = "source")]
    pub passphrase: bool,
    /// A root of random bytes instead of one from the unlock key; only a key slot gives it back, so
    /// --slot-wallet and --slot-domain are needed
    #[arg(long, group = "source", requires = "slot_wallet")]
    pub random_root: bool,
}

#[derive(Debug, Subcommand)]
pub enum Slot {
    /// Seal the root to the wallet of --slot-wallet (EIP-4361 text) and publish the 104 bytes
    Add,
}

#[derive(Debug, Subcommand)]
pub enum Provider {
    /// Who is a licensed provider, from when until when
    #[command(subcommand)]
    Credential(Credential),
    /// The post of the one who states credentials
    #[command(subcommand)]
    Registrar(Registrar),
}

#[derive(Debug, Subcommand)]
pub enum Credential {
    /// State a credential; it replaces what was stated before
    Set {
        /// The provider
        #[arg(value_name = "ADDR")]
        address: Address,
        /// First day on which it holds, from 00:00 UTC
        #[arg(long, value_name = "DATE")]
        valid_from: String,
        /// Day on which it no longer holds, from 00:00 UTC
        #[arg(long, value_name = "DATE")]
        until: String,
        /// It is good for emergency claims too
        #[arg(long)]
        emergency: bool,
    },
    /// Suspend a credential at once
    Suspend {
        /// The provider
        #[arg(value_name = "ADDR")]
        address: Address,
    },
    /// Lift a suspension; the period stays
    Resume {
        /// The provider
        #[arg(value_name = "ADDR")]
        address: Address,
    },
    /// Show what is stated about an account
    Show {
        /// The account; default: --account
        #[arg(value_name = "ADDR")]
        address: Option<Address>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Registrar {
    /// Offer the post to an account, which must take it
    Offer {
        /// The account
        #[arg(value_name = "ADDR")]
        address: Address,
    },
    /// Take the post that was offered to this account
    Accept,
    /// Who holds the post, and to whom it is offered
    Show,
}

#[derive(Debug, Clone, Args)]
pub struct Unlock {
    /// For how long: a number and s, m or h; at most 24h
    #[arg(long = "for", value_name = "TIME", default_value = "15m")]
    pub time: String,
}

/// Holds the keys of an unlocked session; started by `unlock`.
#[derive(Debug, Clone, Args)]
pub struct Agent {
    /// Its socket
    pub socket: PathBuf,
}
