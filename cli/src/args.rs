//! The command line.

#![allow(missing_docs, reason = "doc comments here are help texts; what has none needs none")]

mod access;
mod audit;
mod backup;
mod emergency;
mod fhir;
mod guardian;
mod identity;
mod record;
mod stays;

use std::path::PathBuf;

use alloy_primitives::{Address, B256};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use access::{Access, Approve, Ask, Confirm, Grant, Purpose, Read, Share, Words};
pub use audit::{Audit, Period};
pub use backup::{Backup, Restore};
pub use emergency::{Claim, Emergency, Outcome, Reason, Review, Setup, Shares};
pub use fhir::{Export, Fhir, Format, Import};
pub use guardian::{Guardian, Recover, SetGuardians, Transfer};
pub use identity::{Agent, Credential, Identity, Provider, Registrar, Slot, Source, Unlock, Ways};
pub use record::{AnnotationKind, Content, Decision, RecordCommand, Reply, Update};
pub use stays::{
    Appointment, Calendar, Clinic, Details, Fiat, Pay, Policy, Quote, Receipt, Request, Role,
    SettleClaim, Statement, StayStep, Watching, Whose, Withdraw,
};

/// Patient-held health records and appointment payments on Arbitrum Stylus.
///
/// Contents are encrypted on this machine; the chain holds ciphertext and the proof of its order.
/// Exit codes: 0 done, 2 usage or settings, 3 the contract refused, 4 key or password, 5 node, chain or
/// funds (nothing was sent), 6 sent but not mined yet, 7 data do not match the chain, 8 not found,
/// 9 declined, 130 interrupted, 143 terminated.
#[derive(Debug, Parser)]
#[command(name = "chartkey", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// RPC endpoint; give it twice to compare what two endpoints say [env: CHARTKEY_RPC_URL, ETH_RPC_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub rpc_url: Vec<String>,
    /// Allow http:// to another machine
    #[arg(long, global = true)]
    pub insecure_http: bool,
    /// Keystore by name, ours or else cast's [env: CHARTKEY_ACCOUNT, ETH_KEYSTORE_ACCOUNT]
    #[arg(long, global = true, value_name = "NAME")]
    pub account: Option<String>,
    /// Keystore file
    #[arg(long, global = true, value_name = "FILE", group = "key")]
    pub keystore: Option<PathBuf>,
    /// Second keystore that unlocks records, with --keystore
    #[arg(long, global = true, value_name = "FILE")]
    pub unlock_keystore: Option<PathBuf>,
    /// File with a BIP-39 phrase, or -
    #[arg(long, global = true, value_name = "FILE", group = "key")]
    pub mnemonic_file: Option<PathBuf>,
    /// Number of the account under the phrase
    #[arg(long, global = true, value_name = "N", default_value_t = 0)]
    pub mnemonic_index: u32,
    /// File with a raw private key in hex, or -
    #[arg(long, global = true, value_name = "FILE", group = "key")]
    pub key_file: Option<PathBuf>,
    /// Let the node sign with an account of its own; a node on this machine only
    #[arg(long, global = true, group = "key")]
    pub unlocked: bool,
    /// Which account of the node, with --unlocked; default: its first
    #[arg(long, global = true, value_name = "ADDR", requires = "unlocked")]
    pub sender: Option<Address>,
    /// Unlock records with the account key itself: weaker, its public key is on chain
    #[arg(long, global = true)]
    pub unlock_with_account_key: bool,
    /// File with the password, or -; one trailing newline is removed [env: CHARTKEY_PASSWORD_FILE,
    /// ETH_PASSWORD]
    #[arg(long, global = true, value_name = "FILE", group = "password")]
    pub password_file: Option<PathBuf>,
    /// File descriptor to read the password from
    #[arg(long, global = true, value_name = "N", group = "password")]
    pub password_fd: Option<u32>,
    /// Command that prints the password; run without a shell, quotes as in one
    #[arg(long, global = true, value_name = "CMD", group = "password")]
    pub password_command: Option<String>,
    /// Do not ask "are you sure"
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Print one JSON document; never ask
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Log what is done to standard error; -vv logs more. Never contents, keys or passwords
    #[arg(short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Longest wait for a transaction, and longest --watch, in seconds
    #[arg(long, global = true, value_name = "SECS", default_value_t = 60)]
    pub timeout: u64,
    /// Oldest newest block that is believed, in seconds; default: 300, and any age from a node on this
    /// machine
    #[arg(long, global = true, value_name = "SECS")]
    pub max_age: Option<u64>,
    /// Have the first endpoint prove what the chain stores (eth_getProof); the second one only has to
    /// agree on the block's hash
    #[arg(long, global = true)]
    pub prove: bool,
    /// Read at the block of this hash, which you have from a source that you trust; implies --prove
    #[arg(long, global = true, value_name = "HASH")]
    pub block_hash: Option<B256>,
    /// Colour
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// Show what would happen, what it costs and what becomes public; send nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Gas limit instead of an estimate; skips the simulation
    #[arg(long, global = true, value_name = "GAS")]
    pub gas_limit: Option<u64>,
    /// Address of the records program [env: CHARTKEY_RECORDS]
    #[arg(long, global = true, value_name = "ADDR")]
    pub records: Option<Address>,
    /// Address of the stays program [env: CHARTKEY_STAYS]
    #[arg(long, global = true, value_name = "ADDR")]
    pub stays: Option<Address>,
    /// Deployment to use [env: CHARTKEY_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Record; default: the account's only one
    #[arg(long, global = true, value_name = "ID")]
    pub record: Option<B256>,
    /// Folder of keystores, settings and caches [env: CHARTKEY_HOME]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    #[command(flatten)]
    pub ways: Ways,
}

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keys and coins: make, import, list, balance, send
    #[command(subcommand)]
    Wallet(Wallet),
    /// Start the local node; everything after `node` goes to it
    Node(Node),
    /// Put both programs on chain and activate them
    Deploy(Deploy),
    /// The health record
    #[command(subcommand)]
    Record(RecordCommand),
    /// Who may read and write: grants, and taking them back
    #[command(subcommand)]
    Access(Access),
    /// Who this account is to the records: its key, its fingerprint, the way back to both
    #[command(subcommand)]
    Identity(Identity),
    /// Licensed providers, as the registrar states them
    #[command(subcommand)]
    Provider(Provider),
    /// Open this account's keys for a time: no password is asked for until then
    Unlock(Unlock),
    /// Forget opened keys and remove sealed caches
    Lock,
    /// Break-glass: who may read a summary when you cannot be asked
    #[command(subcommand)]
    Emergency(Emergency),
    /// Who helps if you lose your keys
    #[command(subcommand)]
    Guardian(Guardian),
    /// Keys and record back, with guardians' help
    #[command(subcommand)]
    Recover(Recover),
    /// Hand a record over to another account
    #[command(subcommand)]
    Transfer(Transfer),
    /// What the chain proves: who did what, who was given keys
    #[command(subcommand)]
    Audit(Audit),
    /// Save a record, still encrypted, to a file: nodes may drop old logs
    Backup(Backup),
    /// Verify a backup against the chain and keep it here as a source of entries
    Restore(Restore),
    /// FHIR R4 in and out
    #[command(subcommand)]
    Fhir(Fhir),
    /// What a clinic sets up: policies, staff, tokens, rooms
    #[command(subcommand)]
    Clinic(Clinic),
    /// Stays: request, quote, book, pay, settle
    #[command(subcommand)]
    Appointment(Appointment),
    /// Money released to this account
    #[command(subcommand)]
    Payment(Payment),
    /// Transactions
    #[command(subcommand)]
    Tx(Tx),
    /// Settings
    #[command(subcommand)]
    Config(Config),
    /// Shell completions and man pages
    #[command(subcommand, hide = true)]
    Generate(Generate),
    #[command(hide = true)]
    Agent(Agent),
}

#[derive(Debug, Subcommand)]
pub enum Wallet {
    /// Make an account key and an unlock key, each in an encrypted keystore
    New {
        /// Name; default: --account
        name: Option<String>,
        /// Derive both from a new 24-word phrase and show it once
        #[arg(long)]
        mnemonic: bool,
    },
    /// Take over a key from --mnemonic-file, --key-file or --keystore
    Import {
        /// Name; default: --account
        name: Option<String>,
    },
    /// List the keystores of this home
    List,
    /// What an account has; default: --account
    Balance {
        /// The account
        #[arg(value_name = "ADDR")]
        address: Option<Address>,
    },
    /// Send money to an account
    Send {
        /// The receiver
        #[arg(value_name = "ADDR")]
        to: Address,
        /// How much, with unit, e.g. 1.5eth
        amount: String,
    },
}

#[derive(Debug, Args)]
pub struct Node {
    /// Arguments of the node
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Deploy {
    /// Folder with records.code and stays.code [env: CHARTKEY_PROGRAMS]
    #[arg(long, value_name = "DIR")]
    pub programs: Option<PathBuf>,
    /// Replace a profile that exists
    #[arg(long)]
    pub force: bool,
    /// State as registrar that this very account is a provider, for a year: to try things out, or where one
    /// party is both. A clinic can quote only with a credential
    #[arg(long)]
    pub credential: bool,
}

#[derive(Debug, Subcommand)]
pub enum Payment {
    /// Take released money out
    Withdraw(Withdraw),
    /// Print what was billed, paid and refunded for a stay
    Receipt(Receipt),
    /// Print all that moved for this account
    Statement(Statement),
}

#[derive(Debug, Subcommand)]
pub enum Tx {
    /// Show a transaction
    Show { hash: B256 },
    /// Wait until a transaction is mined
    Wait { hash: B256 },
}

#[derive(Debug, Subcommand)]
pub enum Generate {
    /// Print the completions of a shell
    Completions { shell: clap_complete::Shell },
    /// Write a man page per command
    Man {
        /// Folder; it must exist
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print each setting and where it comes from
    Show,
    /// Let the chartkey.toml of a folder set endpoint and account
    Trust {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// An argument with the id of a global flag takes that flag's place, and clap does not tell.
    #[test]
    fn no_argument_is_named_like_a_global_flag() {
        fn check(command: &clap::Command, globals: &[clap::Id]) {
            for inner in command.get_subcommands() {
                for argument in inner.get_arguments() {
                    let (name, id) = (inner.get_name(), argument.get_id());
                    assert!(!globals.contains(id), "{name}: {id}");
                }
                check(inner, globals);
            }
        }

        let command = Cli::command();
        let globals: Vec<_> = command
            .get_arguments()
            .filter(|argument| argument.is_global_set())
            .map(|argument| argument.get_id().clone())
            .collect();

        assert!(globals.len() > 10);
        check(&command, &globals);
    }

    /// Names of all commands that do something, as `record-show`.
    fn leaves(command: &clap::Command, prefix: &str) -> Vec<String> {
        let inner = command.get_subcommands().filter(|inner| !inner.is_hide_set());
        let inner: Vec<_> = inner
            .flat_map(|inner| leaves(inner, &format!("{prefix}-{}", inner.get_name())))
            .collect();
        if inner.is_empty() { vec![prefix.trim_start_matches('-').to_owned()] } else { inner }
    }

    #[test]
    fn every_command_has_its_schema() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        for name in leaves(&Cli::command(), "") {
            // The node takes the process over and prints its own banner.
            if name != "node" {
                assert!(folder.join(format!("{name}.json")).is_file(), "cli/schema/{name}.json");
            }
        }
    }
}
