//! Account and unlock key, from wherever the flags say; opened only when something is signed.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, records_slot};
use chartkey_crypto::{Identity, RegisteredKey, Root};
use serde_json::json;

use super::password::text_of;
use super::{Session, checked_name};
use crate::error::Error;
use crate::files::{self, FileError};
use crate::identity::unlock;
use crate::keystore::{self, KeystoreError, Secret};
use crate::signer::{Signer, keys_of_phrase, parse_secret};
use crate::transact::Plan;

/// An account's keys with the records program, compared with what is registered.
#[expect(missing_debug_implementations, reason = "holds a root (crypto.md section 18)")]
pub struct OwnIdentity {
    /// For whom, and which version.
    pub identity: Identity,
    /// What is registered; `None` if nothing is.
    pub registered: Option<RegisteredKey>,
    /// The root of the account's keys.
    pub root: Root,
}

/// The account that a command acts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Its address.
    pub address: Address,
    /// The node has the key and signs.
    pub is_nodes: bool,
}

impl Session {
    /// The account; its password is not needed where the keystore says the address.
    ///
    /// # Errors
    ///
    /// No account, or one that cannot be opened.
    pub async fn account(&self) -> Result<Account, Error> {
        if self.global.unlocked {
            let address = self.node_account().await?;
            return Ok(Account { address, is_nodes: true });
        }
        let is_sealed = self.global.mnemonic_file.is_none() && self.global.key_file.is_none();
        let said =
            if is_sealed { keystore::document(&self.keystore_path()?)?.address() } else { None };
        let address = match said {
            Some(address) => address,
            None => self.signer()?.address(),
        };
        Ok(Account { address, is_nodes: false })
    }

    /// The node's own account: only of a node on this machine, whose keys are nobody's.
    async fn node_account(&self) -> Result<Address, Error> {
        let refused = |message: String, hint: &str| Error::NoKey { message, hint: hint.to_owned() };
        if !self.rpc.is_loopback() {
            let message = format!("{} is not on this machine", self.rpc.endpoint());
            return Err(refused(message, "--unlocked is for local chains; give --account NAME"));
        }
        let accounts: Vec<Address> = self.rpc.call("eth_accounts", json!([])).await?;
        let wanted = self.global.from;
        let found =
            accounts.into_iter().find(|account| wanted.is_none_or(|wanted| wanted == *account));
        found.ok_or_else(|| {
            let message = match wanted {
                Some(account) => format!("the node has no key of {account}"),
                None => "the node signs for no account".to_owned(),
            };
            refused(message, "give --account NAME, --keystore, --mnemonic-file or --key-file")
        })
    }

    /// The account's signer; the password is asked for now.
    ///
    /// # Errors
    ///
    /// No key, a wrong password.
    pub fn signer(&self) -> Result<&Signer, Error> {
        if let Some(signer) = self.signer.get() {
            return Ok(signer);
        }
        self.screen.doing("opening the account key");
        let signer = Signer::from_secret(&self.account_secret()?)?;
        Ok(self.signer.get_or_init(|| signer))
    }

    /// The key that the flags name, for `wallet import`; `None` if they name none.
    ///
    /// # Errors
    ///
    /// As reading it.
    pub fn named_secret(&self) -> Result<Option<Secret>, Error> {
        if let Some(file) = &self.global.mnemonic_file {
            return Ok(Some(self.phrase_keys(file)?.0.clone()));
        }
        if let Some(file) = &self.global.key_file {
            let bytes = files::read_private(file).map_err(unreadable)?;
            return Ok(Some(parse_secret(&text_of(bytes)?)?));
        }
        if let Some(file) = &self.global.keystore {
            return Ok(Some(keystore::open(file, self.password()?)?));
        }
        Ok(None)
    }

    /// The unlock key of `--mnemonic-file`, if that is where the account comes from.
    ///
    /// # Errors
    ///
    /// As reading it.
    pub fn phrase_unlock_secret(&self) -> Result<Option<Secret>, Error> {
        let file = self.global.mnemonic_file.as_ref();
        file.map(|file| Ok(self.phrase_keys(file)?.1.clone())).transpose()
    }

    fn account_secret(&self) -> Result<Secret, Error> {
        match self.named_secret()? {
            Some(secret) => Ok(secret),
            None => Ok(keystore::open(&self.keystore_path()?, self.password()?)?),
        }
    }

    fn keystore_path(&self) -> Result<PathBuf, Error> {
        match (&self.global.keystore, &self.settings.account) {
            (Some(path), _) => Ok(path.clone()),
            (None, Some(name)) => Ok(self.home.find_keystore(&checked_name(&name.value)?)),
            (None, None) => Err(Error::NoKey {
                message: "no account to sign with".into(),
                hint: "give --account NAME; make one with: chartkey wallet new NAME".into(),
            }),
        }
    }

    fn phrase_keys(&self, file: &Path) -> Result<&(Secret, Secret), Error> {
        if let Some(keys) = self.phrase_keys.get() {
            return Ok(keys);
        }
        let phrase = text_of(files::read_input(file).map_err(unreadable)?)?;
        let keys = keys_of_phrase(&phrase, self.global.mnemonic_index)?;
        Ok(self.phrase_keys.get_or_init(|| keys))
    }

    /// The account's keys with the records program, compared with what is registered.
    ///
    /// # Errors
    ///
    /// No unlock key, a wrong password, a signer that answers differently each time,
    /// [`chartkey_crypto::Error::WrongUnlockKey`].
    pub async fn identity(
        &self,
        account: Address,
        contract: Address,
    ) -> Result<OwnIdentity, Error> {
        let slot = records_slot::of_account(records_slot::KEYS, account);
        let block = self.common_block().await?;
        let what = |_| format!("the registered key of {account}");
        let words = self.words(contract, &[slot], &block, what).await?;
        let registered = RegisteredKey::proven(words.first().copied().unwrap_or_default().0).ok();
        let identity = Identity {
            chain_id: self.chain_id().await?,
            contract: contract.into_array(),
            account: account.into_array(),
            version: registered.map_or(1, |registered| registered.version),
        };
        let derived = self.derived_root(&identity);
        let Some(key) = registered else {
            return Ok(OwnIdentity { identity, registered, root: derived? });
        };
        let root = match derived {
            Ok(root) if root.key_id(&identity) == key.id => root,
            other => match self.root_of_backup(&identity, key.id)? {
                Some(root) => root,
                None => {
                    let root = other?;
                    root.key_id(&identity).require(key.id)?;
                    root
                }
            },
        };
        Ok(OwnIdentity { identity, registered, root })
    }

    /// The root of an older version of the same account, for deliveries made before a change of keys.
    ///
    /// # Errors
    ///
    /// As [`Self::identity`].
    #[expect(clippy::unused_async, reason = "key slots are looked up on chain")]
    pub async fn older_root(&self, own: &OwnIdentity, version: u32) -> Result<Option<Root>, Error> {
        self.derived_root(&Identity { version, ..own.identity }).map(Some)
    }

    /// Registers the identity key if none is registered. After `--dry-run` nothing is sent.
    ///
    /// # Errors
    ///
    /// As [`Self::identity`] and sending.
    pub async fn ensure_registered(
        &self,
        account: Account,
        contract: Address,
    ) -> Result<OwnIdentity, Error> {
        let own = self.identity(account.address, contract).await?;
        if own.registered.is_some() {
            return Ok(own);
        }
        let call = IRecords::registerKeyCall {
            version: 1,
            publicKey: own.root.kem_seed().public_key().as_bytes().to_vec().into(),
        };
        let plan = Plan {
            to: Some(contract),
            value_wei: U256::ZERO,
            data: call.abi_encode().into(),
            what: "Register the key that others deliver to".into(),
            public: "the public key of this account".into(),
        };
        match self.send(account, &plan).await? {
            Some(_) => self.identity(account.address, contract).await,
            None => Ok(own),
        }
    }

    /// The root of an account with a program that registers no keys: what a clinic's room labels are
    /// blinded with.
    ///
    /// # Errors
    ///
    /// No unlock key, a wrong password, a signer that answers differently each time.
    pub async fn root(&self, account: Address, contract: Address) -> Result<Root, Error> {
        self.derived_root(&Identity {
            chain_id: self.chain_id().await?,
            contract: contract.into_array(),
            account: account.into_array(),
            version: 1,
        })
    }

    fn derived_root(&self, identity: &Identity) -> Result<Root, Error> {
        self.screen.doing("opening the unlock key");
        let signature = unlock(&Signer::from_secret(&self.unlock_secret()?)?, identity)?;
        self.screen.doing("working");
        Ok(Root::derive(identity, &signature, None))
    }

    fn unlock_secret(&self) -> Result<Secret, Error> {
        if self.global.unlock_with_account_key {
            self.screen.warn(
                "the account's public key is on chain; a future quantum computer could derive it and \
                 read every record that it unlocks",
            );
            return self.account_secret();
        }
        if let Some(secret) = self.phrase_unlock_secret()? {
            return Ok(secret);
        }
        let path = match (&self.global.unlock_keystore, &self.settings.account) {
            (Some(path), _) => path.clone(),
            (None, Some(name)) => self.home.unlock_keystore(&checked_name(&name.value)?),
            (None, None) => return Err(no_unlock_key("no unlock key".into())),
        };
        match keystore::open(&path, self.password()?) {
            Err(KeystoreError::File(FileError::Missing(path))) => {
                Err(no_unlock_key(format!("the unlock key {} does not exist", path.display())))
            }
            other => Ok(other?),
        }
    }
}

fn no_unlock_key(message: String) -> Error {
    let hint = "make one by importing the key: chartkey wallet import NAME; or give --unlock-keystore \
                FILE or --unlock-with-account-key";
    Error::NoKey { message, hint: hint.into() }
}

/// A key that is not there is no key; one that others can read is a matter of settings.
fn unreadable(error: FileError) -> Error {
    match error {
        FileError::Missing(_) => {
            Error::NoKey { message: error.to_string(), hint: error.hint().to_owned() }
        }
        other => other.into(),
    }
}
