//! Every way a command can end badly, and the one place that maps it to an exit code.

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};
use tokio::signal::unix::SignalKind;

use crate::amount::{self, AmountError};
use crate::dates::DateError;
use crate::files::FileError;
use crate::keystore::KeystoreError;
use crate::output::Screen;
use crate::records::BackupError;
use crate::refusal::Refusal;
use crate::rpc::RpcError;
use crate::signer::SignerError;
use crate::stays::LedgerFault;

/// What is wrong with one entry, or with a range of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The section, by name where known and handle, or the access chain.
    pub section: String,
    /// Number of the entry, or a range.
    pub entry: String,
    /// Code of the check that failed.
    pub code: &'static str,
    /// What is wrong, and whose logs it is in.
    pub reason: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "section {}, entry {}: {}", self.section, self.entry, self.reason)
    }
}

fn faults_line(faults: &[Fault]) -> String {
    match faults {
        [] => "the record does not match the chain".to_owned(),
        [only] => only.to_string(),
        [first, ..] => {
            format!("the record does not match the chain in {} places; {first}", faults.len())
        }
    }
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command line or its input cannot be used as it is.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// An amount of money cannot be read.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// A date cannot be read.
    #[error(transparent)]
    Date(#[from] DateError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An endpoint does not prove what it says.
    #[error("{endpoint} does not prove {what}: {reason}")]
    BadProof {
        /// Scheme and host only.
        endpoint: String,
        /// What it was to prove.
        what: String,
        /// What is wrong with the proof.
        reason: String,
    },
    /// A backup cannot be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A question needs an answer and nobody is there.
    #[error("this needs your confirmation, and there is no terminal to ask on")]
    ConfirmationNeeded,
    /// The person said no.
    #[error("declined; nothing was sent")]
    Declined,
    /// No account, password or unlock key to work with.
    #[error("{message}")]
    NoKey {
        /// What is missing.
        message: String,
        /// How to supply it.
        hint: String,
    },
    /// A keystore cannot be opened.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// A key cannot be used.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The node cannot be reached or refuses.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The node is on another chain than the profile.
    #[error("the node is on chain {found}, the profile on chain {expected}; nothing was sent")]
    WrongChain {
        /// The profile's.
        expected: u64,
        /// The node's.
        found: u64,
    },
    /// There is no program where one should be.
    #[error("there is no contract at {address} on this chain; nothing was sent")]
    NoContract {
        /// Where it was looked for.
        address: Address,
    },
    /// The program is not the one that the profile names.
    #[error("the contract at {address} is not the one in the profile: its code has changed")]
    CodeChanged {
        /// Its address.
        address: Address,
    },
    /// The account cannot pay.
    #[error(
        "account {account} has {} and needs up to {}; nothing was sent",
        amount::format(*.balance), amount::format(*.needed)
    )]
    InsufficientFunds {
        /// The payer.
        account: Address,
        /// What it has, in wei.
        balance: alloy_primitives::U256,
        /// Price and highest fee, in wei.
        needed: alloy_primitives::U256,
    },
    /// The account has too few tokens.
    #[error(
        "account {account} has {balance} units of token {token} and needs {needed}; nothing was sent"
    )]
    TooFewTokens {
        /// The payer.
        account: Address,
        /// The token.
        token: Address,
        /// What it has, in the smallest unit.
        balance: alloy_primitives::U256,
        /// What is due, in the smallest unit.
        needed: alloy_primitives::U256,
    },
    /// A contract that does not answer as a token.
    #[error("{token} does not answer as an ERC-20 token; nothing was sent")]
    NotAToken {
        /// Its address.
        token: Address,
    },
    /// The contract refused.
    #[error("{refusal}")]
    Reverted {
        /// Why.
        refusal: Box<Refusal>,
        /// The mined transaction; `None` if the refusal came in simulation and nothing was sent.
        hash: Option<B256>,
    },
    /// Sent, and no receipt before the deadline.
    #[error("transaction {hash} was sent and is not mined after {waited_secs} s")]
    Pending {
        /// The transaction.
        hash: B256,
        /// How long was waited, in seconds.
        waited_secs: u64,
    },
    /// Every fault of a record that does not match the chain.
    #[error("{}", faults_line(.0))]
    Faults(Vec<Fault>),
    /// What the node returned is not what the chain commits to.
    #[error("section {section}, entry {entry}: {reason}")]
    Tampered {
        /// Name where known, and handle.
        section: String,
        /// Number of the entry, or a range.
        entry: String,
        /// Code of the check that failed.
        code: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// There is no such thing, or this account may not see it.
    #[error("{message}")]
    NotFound {
        /// What was looked for.
        message: String,
        /// Where to look.
        hint: String,
    },
    /// The words that were compared are not those of the registered key.
    #[error("these are not the words of {account}: somebody's key is not the one you were told")]
    FingerprintMismatch {
        /// Whose key was compared.
        account: Address,
    },
    /// The format's own rules were broken.
    #[error(transparent)]
    Crypto(#[from] chartkey_crypto::Error),
    /// Nothing can be sealed to an account without a registered key.
    #[error("{account} has registered no key, so nothing can be sealed to it")]
    KeyNotRegistered {
        /// The account.
        account: Address,
    },
    /// A section needs new keys, and this account may not make them (crypto.md section 8.3).
    #[error(
        "the section {section} needs new keys before anything is appended, and this account may not \
         make them"
    )]
    RotationDue {
        /// Name where known, and handle.
        section: String,
        /// Who may: the owner, and holders of the right to rotate.
        who: Vec<Address>,
    },
    /// Two endpoints say different things.
    #[error("{first} and {second} disagree about {what}")]
    EndpointDisagreement {
        /// Scheme and host of one.
        first: String,
        /// Scheme and host of the other.
        second: String,
        /// What they were asked.
        what: String,
    },
    /// The events of a stay and what the program stores of it do not hang together.
    #[error("stay {stay}: {fault}")]
    LedgerMismatch {
        /// The stay.
        stay: u64,
        /// Where they part.
        #[source]
        fault: LedgerFault,
    },
    /// A receipt that does not show what was sent.
    #[error("the receipt of transaction {hash} does not show {expected}")]
    ReceiptMismatch {
        /// The transaction.
        hash: B256,
        /// What should be in its logs.
        expected: &'static str,
    },
    /// The user or the system ended the command.
    #[error("{}", match .hash {
        Some(hash) => format!("{signal} after transaction {hash} was sent; its outcome is not known"),
        None => format!("{signal}; nothing is outstanding"),
    })]
    Interrupted {
        /// What ended it.
        signal: &'static str,
        /// By the number of the signal.
        exit_code: u8,
        /// What was sent and is not known to be mined.
        hash: Option<B256>,
    },
    /// Something that cannot be.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// What a signal leaves of a command.
    #[must_use]
    pub fn interrupted(kind: SignalKind, screen: &Screen) -> Self {
        let (signal, number) = if kind == SignalKind::interrupt() {
            ("interrupted", kind.as_raw_value())
        } else {
            ("terminated", kind.as_raw_value())
        };
        // A shell's convention: 128 and the number of the signal.
        let exit_code = u8::try_from(128 + number).unwrap_or(u8::MAX);
        Self::Interrupted { signal, exit_code, hash: screen.outstanding() }
    }

    /// The refusal of a record for one fault.
    #[must_use]
    pub fn of_fault(fault: Fault) -> Self {
        let Fault { section, entry, code, reason } = fault;
        Self::Tampered { section, entry, code, reason }
    }

    /// Whether the section moved on while this was prepared.
    #[must_use]
    pub fn is_state_moved(&self) -> bool {
        matches!(self, Self::Reverted { refusal, .. } if refusal.name == "StateMoved")
    }

    /// The stable name that scripts match on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "Usage",
            Self::Amount(_) => "Amount",
            Self::Date(_) => "Date",
            Self::File(_) => "File",
            Self::BadProof { .. } => "BadProof",
            Self::Backup(BackupError::Altered) => "BackupAltered",
            Self::Backup(_) => "Backup",
            Self::ConfirmationNeeded => "ConfirmationNeeded",
            Self::Declined => "Declined",
            Self::NoKey { .. } => "NoKey",
            Self::Keystore(KeystoreError::WrongPassword) => "WrongPassword",
            Self::Keystore(_) => "Keystore",
            Self::Signer(_) => "Signer",
            Self::Rpc(RpcError::Unreachable { .. }) => "NodeUnreachable",
            Self::Rpc(RpcError::Url(_)) => "Usage",
            Self::Rpc(RpcError::Node { .. }) => "NodeRefused",
            Self::Rpc(_) => "BadAnswer",
            Self::WrongChain { .. } => "WrongChain",
            Self::NoContract { .. } => "NoContract",
            Self::CodeChanged { .. } => "CodeChanged",
            Self::InsufficientFunds { .. } => "InsufficientFunds",
            Self::TooFewTokens { .. } => "TooFewTokens",
            Self::NotAToken { .. } => "NotAToken",
            Self::LedgerMismatch { .. } => "LedgerMismatch",
            Self::Reverted { .. } => "Reverted",
            Self::Pending { .. } => "Pending",
            Self::Tampered { code, .. } => code,
            Self::Faults(faults) => match faults.as_slice() {
                [] => "HeadMismatch",
                [first, ..] => first.code,
            },
            Self::NotFound { .. } => "NotFound",
            Self::FingerprintMismatch { .. } => "FingerprintMismatch",
            Self::Crypto(error) => error.code(),
            Self::RotationDue { .. } => "RotationDue",
            Self::KeyNotRegistered { .. } => "KeyNotRegistered",
            Self::EndpointDisagreement { .. } => "EndpointDisagreement",
            Self::ReceiptMismatch { .. } => "ReceiptMismatch",
            Self::Interrupted { .. } => "Interrupted",
            Self::Internal(_) => "Internal",
        }
    }

    /// The exit code (guide section 2): the only place that chooses one.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Internal(_) => 1,
            Self::Usage { .. }
            | Self::Amount(_)
            | Self::NotAToken { .. }
            | Self::Date(_)
            | Self::File(_)
            | Self::Backup(
                BackupError::NotBackup
                | BackupError::Version(_)
                | BackupError::Cut { .. }
                | BackupError::Item { .. }
                | BackupError::TooLarge,
            )
            | Self::ConfirmationNeeded
            | Self::Rpc(RpcError::Url(_)) => 2,
            Self::Reverted { .. } | Self::RotationDue { .. } => 3,
            Self::NoKey { .. } | Self::Keystore(_) | Self::Signer(_) => 4,
            Self::Crypto(
                chartkey_crypto::Error::WrongUnlockKey
                | chartkey_crypto::Error::NonDeterministicSigner,
            ) => 4,
            Self::Crypto(chartkey_crypto::Error::RotationDue(_)) => 3,
            Self::Crypto(
                chartkey_crypto::Error::KeyNotDelivered { .. }
                | chartkey_crypto::Error::KeyNotRegistered,
            ) => 8,
            Self::Crypto(chartkey_crypto::Error::StaleChain { .. })
            | Self::Rpc(_)
            | Self::WrongChain { .. }
            | Self::NoContract { .. }
            | Self::CodeChanged { .. }
            | Self::TooFewTokens { .. }
            | Self::InsufficientFunds { .. } => 5,
            Self::Pending { .. } => 6,
            Self::Tampered { .. }
            | Self::FingerprintMismatch { .. }
            | Self::LedgerMismatch { .. }
            | Self::Faults(_)
            | Self::Backup(BackupError::Altered)
            | Self::BadProof { .. }
            | Self::EndpointDisagreement { .. }
            | Self::ReceiptMismatch { .. }
            | Self::Crypto(_) => 7,
            Self::NotFound { .. } | Self::KeyNotRegistered { .. } => 8,
            Self::Declined => 9,
            Self::Interrupted { exit_code, .. } => *exit_code,
        }
    }

    /// The next command to try.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Usage { hint, .. } | Self::NoKey { hint, .. } | Self::NotFound { hint, .. } => {
                hint.as_str()
            }
            Self::Amount(error) => error.hint(),
            Self::Date(_) => "write YYYY-MM-DD",
            Self::File(error) => error.hint(),
            Self::Backup(BackupError::TooLarge) => "make one backup for each record: --record",
            Self::Backup(_) => "nothing was restored; use another copy of the backup",
            Self::ConfirmationNeeded => "add --yes, or --dry-run to see what would happen",
            Self::Declined => "--dry-run shows what would happen without asking",
            Self::Keystore(KeystoreError::WrongPassword) => {
                "check the password or --password-file; nothing was sent"
            }
            Self::Keystore(KeystoreError::File(FileError::Missing(_))) => "chartkey wallet list",
            Self::Keystore(_) => {
                "give another --keystore, or import the key again: chartkey wallet import NAME"
            }
            Self::Signer(_) => "check --key-file or --mnemonic-file; nothing was sent",
            Self::Rpc(error) => error.hint(),
            Self::WrongChain { .. } => "choose another --profile or --rpc-url",
            Self::NoContract { .. } => {
                "deploy with: chartkey deploy, or give --records and --stays"
            }
            Self::CodeChanged { .. } => {
                "make sure that this is the contract you trust, then deploy or choose a --profile"
            }
            Self::InsufficientFunds { account, .. } => {
                return Some(format!("send funds to {account}, then run this command again"));
            }
            Self::TooFewTokens { account, .. } => {
                return Some(format!("send tokens to {account}, then run this command again"));
            }
            Self::NotAToken { .. } => "check the address of the token",
            Self::LedgerMismatch { .. } => {
                "the endpoint leaves events out or makes them up; try another --rpc-url"
            }
            Self::Reverted { refusal, .. } => return refusal.hint(),
            Self::RotationDue { who, .. } => {
                let who: Vec<String> = who.iter().map(ToString::to_string).collect();
                return Some(format!("{} can: chartkey record rotate", who.join(" or ")));
            }
            Self::Pending { hash, .. } => return Some(format!("chartkey tx wait {hash}")),
            Self::Tampered { .. } | Self::Faults(_) | Self::BadProof { .. } => {
                "the node does not say what the chain commits to; try another --rpc-url"
            }
            Self::KeyNotRegistered { .. } => "ask its holder to run: chartkey identity register",
            Self::Crypto(chartkey_crypto::Error::ReaderKeyChanged) => {
                "compare the words of its new key by voice or in person, then: chartkey access confirm \
                 ADDR --fingerprint WORDS"
            }
            Self::EndpointDisagreement { .. } => {
                "one of them lies or lags; try again, or ask a third --rpc-url"
            }
            Self::ReceiptMismatch { hash, .. } => {
                return Some(format!("ask another --rpc-url: chartkey tx show {hash}"));
            }
            Self::Crypto(chartkey_crypto::Error::WrongUnlockKey) => {
                "use the unlock key, passphrase or key slot that this identity was registered with; \
                 nothing was registered"
            }
            Self::Crypto(chartkey_crypto::Error::NonDeterministicSigner) => {
                "keys cannot follow from its signatures: register random bytes with --random-root, \
                 --slot-wallet and --slot-domain"
            }
            Self::Crypto(chartkey_crypto::Error::BadDomain) => {
                "give the deployment's host name as --slot-domain"
            }
            Self::FingerprintMismatch { .. } => {
                "give no access; have the other side read its words again, from its own machine"
            }
            Self::Crypto(chartkey_crypto::Error::KeyNotDelivered { .. }) => {
                "ask the record's owner to deliver it: chartkey access grant, or record rotate"
            }
            Self::Crypto(chartkey_crypto::Error::TooLarge { .. }) => {
                "an entry holds 16,360 bytes once compressed; split the content"
            }
            Self::Crypto(_) => "chartkey record verify",
            Self::Interrupted { hash: Some(hash), .. } => {
                return Some(format!("chartkey tx wait {hash}"));
            }
            Self::Interrupted { hash: None, .. } => "run the command again",
            Self::Internal(_) => "this is a bug; please report it with the command and this text",
        };
        Some(text.to_owned())
    }

    /// What scripts may want to read besides the text.
    #[must_use]
    pub fn data(&self) -> Value {
        match self {
            Self::Reverted { refusal, hash } => {
                json!({"name": refusal.name, "args": refusal.arguments, "tx": hash})
            }
            Self::Pending { hash, .. } | Self::ReceiptMismatch { hash, .. } => json!({"tx": hash}),
            Self::Interrupted { hash, .. } => json!({"tx": hash}),
            Self::BadProof { endpoint, what, .. } => json!({"endpoint": endpoint, "what": what}),
            Self::EndpointDisagreement { first, second, what } => {
                json!({"endpoints": [first, second], "what": what})
            }
            Self::LedgerMismatch { stay, .. } => json!({"stay": stay.to_string()}),
            Self::TooFewTokens { account, token, balance, needed } => json!({
                "account": account.to_checksum(None),
                "token": token.to_checksum(None),
                "balanceUnits": balance.to_string(),
                "neededUnits": needed.to_string(),
            }),
            Self::Tampered { section, entry, .. } => json!({"section": section, "entry": entry}),
            Self::Faults(faults) => {
                let row = |fault: &Fault| {
                    json!({"section": fault.section, "entry": fault.entry, "error": fault.code,
                        "reason": fault.reason})
                };
                let first = faults.first();
                json!({
                    "section": first.map(|fault| &fault.section),
                    "entry": first.map(|fault| &fault.entry),
                    "faults": faults.iter().map(row).collect::<Vec<_>>(),
                })
            }
            Self::WrongChain { expected, found } => json!({"expected": expected, "found": found}),
            Self::InsufficientFunds { account, balance, needed } => {
                json!({"account": account.to_checksum(None), "balanceWei": balance.to_string(), "neededWei": needed.to_string()})
            }
            _ => Value::Null,
        }
    }
}
