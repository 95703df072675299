//! One run of a command: settings, connections, keys.

mod agent;
mod agreed;
mod backup_slot;
mod identity;
mod keys;
mod password;
mod proven;
mod registry;
mod slots;
mod unlocked;

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::time::Duration;

use alloy_primitives::{Address, Bytes, keccak256};
use chartkey_crypto::{Identity, Passphrase};
use serde_json::json;
use tokio::sync::OnceCell as AsyncOnceCell;
use zeroize::Zeroizing;

use crate::args::Global;
use crate::error::Error;
use crate::keystore::Secret;
use crate::output::Screen;
use crate::rpc::{Call, Rpc};
use crate::settings::{Home, Program, Settings};
use crate::signer::Signer;

pub(crate) use agent::serve as serve_agent;
pub use identity::OwnIdentity;
pub(crate) use identity::{Held, Mode};
pub use keys::Account;
pub use registry::{Credential, KeySlot, Registrar};
pub use unlocked::Unlocked;

/// Most that `--timeout` may be, in seconds: a year.
const MAX_TIMEOUT_SECS: u64 = 31_536_000;

/// Everything that a command works with.
pub struct Session {
    /// The flags.
    pub global: Global,
    /// Where messages go.
    pub screen: Screen,
    /// The user's folders.
    pub home: Home,
    /// What holds for this run.
    pub settings: Settings,
    /// The endpoint that transactions are sent to.
    pub rpc: Rpc,
    /// Asked as well, and its answers compared.
    second: Option<Rpc>,
    chain_id: AsyncOnceCell<u64>,
    /// The block of `--block-hash`.
    named_block: AsyncOnceCell<proven::TrustedBlock>,
    /// Read once: a descriptor or a pipe cannot be read twice.
    password: OnceCell<Zeroizing<String>>,
    /// The passphrase of the identity, read once.
    passphrase: OnceCell<Option<Zeroizing<String>>>,
    /// The same stretched: Argon2id takes a second. Its salt names program and account, whose
    /// identity this is, and no version.
    stretched: RefCell<Option<(Identity, Passphrase)>>,
    /// Account key and unlock key of `--mnemonic-file`, read once.
    phrase_keys: OnceCell<(Secret, Secret)>,
    signer: OnceCell<Signer>,
    /// Keys of keystores that this run has opened: scrypt takes half a second.
    opened: RefCell<Vec<(agent::Id, Secret)>>,
    /// Holds opened keys after `unlock`.
    agent: agent::Agent,
    /// Number of the next transaction, counted here from the first answer on.
    pub(crate) next_nonce: Cell<Option<u64>>,
    /// What earlier runs have left, and what this one has sent.
    pub(crate) journal: crate::transact::Journal,
    /// What `--dry-run` would have sent.
    pub(crate) rehearsed: RefCell<Vec<crate::transact::Rehearsal>>,
}

impl fmt::Debug for Session {
    /// Nothing that was opened (crypto.md section 18).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Session {
    /// Reads settings; nothing is sent and no secret is asked for yet.
    ///
    /// # Errors
    ///
    /// Unusable settings.
    pub fn open(global: Global, screen: Screen) -> Result<Self, Error> {
        let home = Home::find(&global)?;
        let settings = Settings::resolve(&global, &home)?;
        for warning in &settings.warnings {
            screen.warn(warning);
        }
        let usage = |message: &str, hint: &str| Error::Usage {
            message: message.to_owned(),
            hint: hint.to_owned(),
        };
        if global.timeout > MAX_TIMEOUT_SECS {
            return Err(usage("--timeout is longer than a year", "give fewer seconds"));
        }
        let connect = |url: &String| Rpc::new(url, global.insecure_http, screen.clone());
        let (rpc, second) = match settings.rpc_urls.value.as_slice() {
            [one] => (connect(one)?, None),
            [one, two] => (connect(one)?, Some(connect(two)?)),
            _ => return Err(usage("more than two endpoints", "give --rpc-url once or twice")),
        };
        let agent = agent::Agent::at(home.agent_socket(), screen.clone());
        Ok(Self {
            global,
            screen,
            home,
            settings,
            rpc,
            second,
            chain_id: AsyncOnceCell::new(),
            named_block: AsyncOnceCell::new(),
            password: OnceCell::new(),
            passphrase: OnceCell::new(),
            stretched: RefCell::default(),
            phrase_keys: OnceCell::new(),
            signer: OnceCell::new(),
            opened: RefCell::default(),
            agent,
            next_nonce: Cell::new(None),
            journal: crate::transact::Journal::default(),
            rehearsed: RefCell::default(),
        })
    }

    /// The endpoints, one or two.
    pub fn endpoints(&self) -> impl Iterator<Item = &Rpc> {
        [Some(&self.rpc), self.second.as_ref()].into_iter().flatten()
    }

    /// Longest wait for a transaction.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        Duration::from_secs(self.global.timeout)
    }

    /// The chain of the endpoints, which must be the profile's.
    ///
    /// # Errors
    ///
    /// [`Error::WrongChain`], or the node's own.
    pub async fn chain_id(&self) -> Result<u64, Error> {
        let found = *self.chain_id.get_or_try_init(|| self.agreed_chain_id()).await?;
        match &self.settings.chain_id {
            Some(expected) if expected.value != found => {
                Err(Error::WrongChain { expected: expected.value, found })
            }
            _ => Ok(found),
        }
    }

    async fn agreed_chain_id(&self) -> Result<u64, Error> {
        let found = self.rpc.chain_id().await?;
        if let Some(second) = &self.second {
            let other = second.chain_id().await?;
            if other != found {
                return Err(self.disagreement(second, "the number of the chain"));
            }
        }
        Ok(found)
    }

    /// The records program, after checking that it is the one in the profile.
    ///
    /// # Errors
    ///
    /// No address, no contract, another contract.
    pub async fn records(&self) -> Result<Address, Error> {
        self.program(&self.settings.records, "--records").await
    }

    /// The stays program, after checking that it is the one in the profile.
    ///
    /// # Errors
    ///
    /// No address, no contract, another contract.
    pub async fn stays(&self) -> Result<Address, Error> {
        self.program(&self.settings.stays, "--stays").await
    }

    async fn program(&self, program: &Option<Program>, flag: &str) -> Result<Address, Error> {
        let Some(Program { address, code_hash }) = program else {
            return Err(Error::Usage {
                message: format!("no address of the program; expected {flag} or a profile"),
                hint: format!("deploy with: chartkey deploy, or give {flag} ADDR"),
            });
        };
        let address = address.value;
        self.chain_id().await?;
        let code: Bytes = self
            .agreed_one(Call::new("eth_getCode", json!([address, "latest"])), "the contract's code")
            .await?;
        if code.is_empty() {
            return Err(Error::NoContract { address });
        }
        if code_hash.is_some_and(|expected| expected != keccak256(&code)) {
            return Err(Error::CodeChanged { address });
        }
        Ok(address)
    }
}

/// Names are file names.
///
/// # Errors
///
/// [`Error::Usage`] for anything but letters, digits, `.`, `_` and `-`, or a leading dot.
pub fn checked_name(name: &str) -> Result<String, Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 128 || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(Error::Usage {
            message:
                "this cannot be a name; expected at most 128 letters, digits, '.', '_' and '-'"
                    .into(),
            hint: "choose another name".into(),
        });
    }
    Ok(name.to_owned())
}
