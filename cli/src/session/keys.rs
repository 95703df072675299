//! Account and unlock key, from wherever the flags say; opened only when something is signed.

use std::path::{Path, PathBuf};

use alloy_primitives::Address;
use chartkey_crypto::Root;
use serde_json::json;

use super::agent::Id;
use super::password::text_of;
use super::{Session, checked_name};
use crate::error::Error;
use crate::files::{self, FileError};
use crate::identity::unlock;
use crate::keystore::{self, Document, KeystoreError, Secret};
use crate::signer::{Signer, keys_of_phrase, parse_secret};

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
        let wanted = self.global.sender;
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

    /// The unlock key that goes with [`Self::named_secret`], for `identity restore`; `None` if the
    /// flags name none.
    ///
    /// # Errors
    ///
    /// As reading it.
    pub(crate) fn named_unlock_secret(&self) -> Result<Option<Secret>, Error> {
        match &self.global.unlock_keystore {
            _ if self.global.mnemonic_file.is_some() => self.phrase_unlock_secret(),
            Some(path) => self.open_keystore(path).map(Some),
            None => Ok(None),
        }
    }

    fn account_secret(&self) -> Result<Secret, Error> {
        match self.named_secret()? {
            Some(secret) => Ok(secret),
            None => self.open_keystore(&self.keystore_path()?),
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

    /// The root of an account's keys with a program that registers none: version 1, by a signature
    /// of its unlock key (crypto.md section 5.1).
    ///
    /// # Errors
    ///
    /// No unlock key, a wrong password, a signer that answers differently each time.
    pub async fn root(&self, account: Address, contract: Address) -> Result<Root, Error> {
        let identity = self.identity_named(account, contract, 1).await?;
        self.screen.doing("opening the unlock key");
        let signature = unlock(&self.first_unlock_signer()?, &identity)?;
        self.screen.doing("working");
        Ok(Root::derive(&identity, &signature, None))
    }

    /// The unlock key that new keys are derived from: the account key where the user has asked for
    /// that.
    pub(super) fn first_unlock_signer(&self) -> Result<Signer, Error> {
        if self.global.unlock_with_account_key {
            self.warn_of_account_key();
            return Ok(Signer::from_secret(&self.account_secret()?)?);
        }
        self.unlock_signer()?.ok_or_else(|| self.no_unlock_key())
    }

    /// The unlock key of the flags or of the account's name; `None` if there is none.
    pub(super) fn unlock_signer(&self) -> Result<Option<Signer>, Error> {
        if let Some(secret) = self.phrase_unlock_secret()? {
            return Ok(Some(Signer::from_secret(&secret)?));
        }
        let Some(path) = self.unlock_keystore_path()? else { return Ok(None) };
        match self.open_keystore(&path) {
            Err(Error::Keystore(KeystoreError::File(FileError::Missing(_))))
                if self.global.unlock_keystore.is_none() =>
            {
                Ok(None)
            }
            other => Ok(Some(Signer::from_secret(&other?)?)),
        }
    }

    fn unlock_keystore_path(&self) -> Result<Option<PathBuf>, Error> {
        let global = &self.global;
        // The unlock key of a name belongs to the account of that name, not to a key that was given.
        let is_given = global.key_file.is_some() || global.keystore.is_some() || global.unlocked;
        let name = self.settings.account.as_ref().filter(|_| !is_given);
        Ok(match (&global.unlock_keystore, name) {
            (Some(path), _) => Some(path.clone()),
            (None, Some(name)) => Some(self.home.unlock_keystore(&checked_name(&name.value)?)),
            (None, None) => None,
        })
    }

    pub(super) fn warn_of_account_key(&self) {
        self.screen.warn(
            "the account's public key is on chain; a future quantum computer could derive it and \
             read every record that it unlocks",
        );
    }

    /// What to say where there is no unlock key.
    pub(crate) fn no_unlock_key(&self) -> Error {
        let message = match self.unlock_keystore_path() {
            Ok(Some(path)) => format!("the unlock key {} does not exist", path.display()),
            _ => "no unlock key".to_owned(),
        };
        no_unlock_key(message)
    }

    /// The wallet that opens key slots, and the domain its text names, if the flags say them.
    ///
    /// The account's own key is refused unless it was asked for: its public key is on chain.
    pub(crate) fn slot_wallet(&self) -> Result<Option<(Signer, &str)>, Error> {
        let ways = &self.global.ways;
        let (Some(name), Some(domain)) = (&ways.slot_wallet, &ways.slot_domain) else {
            return Ok(None);
        };
        let path = self.home.find_keystore(&checked_name(name)?);
        let secret = match self.open_keystore(&path) {
            // A wallet of its own may have a password of its own.
            Err(Error::Keystore(KeystoreError::WrongPassword)) if self.screen.can_ask() => {
                let password = self.ask("Password of the slot's wallet: ")?;
                self.keystore_at(&path)?.1.open(&password)?
            }
            other => other?,
        };
        Ok(Some((Signer::from_secret(&secret)?, domain)))
    }

    /// Takes the key of a keystore from the unlocked session, or opens it with the password; a
    /// missing one is known before that is asked for.
    fn open_keystore(&self, path: &Path) -> Result<Secret, Error> {
        let (id, document) = self.keystore_at(path)?;
        match self.agent.take(id) {
            Some(secret) => Ok(secret),
            None => self.open_with_password(id, &document),
        }
    }

    /// Opens a keystore with the password, once per run.
    fn open_with_password(&self, id: Id, document: &Document) -> Result<Secret, Error> {
        let known =
            self.opened.borrow().iter().find(|(of, _)| *of == id).map(|(_, key)| key.clone());
        if let Some(secret) = known {
            return Ok(secret);
        }
        let secret = document.open(self.password()?)?;
        self.opened.borrow_mut().push((id, secret.clone()));
        Ok(secret)
    }

    fn keystore_at(&self, path: &Path) -> Result<(Id, Document), Error> {
        let content = files::read_input(path).map_err(KeystoreError::from)?;
        Ok((Id::of_keystore(&content), Document::parse(&content)?))
    }

    /// The keys of the account's keystores for an unlocked session: the password is asked for,
    /// whatever is held already.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if the account comes from no keystore; a wrong password.
    pub(super) fn keystore_secrets(&self) -> Result<Vec<(Id, Secret)>, Error> {
        let global = &self.global;
        if global.unlocked || global.mnemonic_file.is_some() || global.key_file.is_some() {
            return Err(Error::Usage {
                message: "this account has no password that could be left out".into(),
                hint: "give --account NAME or --keystore FILE".into(),
            });
        }
        let account = self.keystore_path()?;
        let unlock = self.unlock_keystore_path()?;
        let unlock = unlock.filter(|path| global.unlock_keystore.is_some() || path.exists());
        let mut secrets = Vec::new();
        for path in std::iter::once(account).chain(unlock) {
            let (id, document) = self.keystore_at(&path)?;
            secrets.push((id, self.open_with_password(id, &document)?));
        }
        Ok(secrets)
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
