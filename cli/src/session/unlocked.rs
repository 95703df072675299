//! `unlock` and `lock`: opened keys in memory for a time (see [`super::agent`]).

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use alloy_primitives::Address;
use chartkey_crypto::{Identity, Root};
use zeroize::Zeroizing;

use super::agent::Id;
use super::{OwnIdentity, Session};
use crate::error::Error;
use crate::files::FileError;
use crate::rpc::RpcError;
use crate::{dates, files};

/// What `unlock` has opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unlocked {
    /// The account.
    pub account: Address,
    /// Unix second from which on a password is needed again.
    pub until: u64,
    /// Keys of keystores that are held.
    pub keys: usize,
    /// Whether the root of the registered identity is held too.
    pub is_root_held: bool,
}

impl Session {
    /// Opens the account's keystores and the root of its registered identity, and holds them in
    /// memory for `time`.
    ///
    /// Without a node that answers, or without an address of the records program, the root is left
    /// out: it follows from the unlock key, unless it needs a passphrase or a key slot.
    ///
    /// # Errors
    ///
    /// No keystore, a wrong password or unlock key, an agent that does not start.
    pub async fn unlock(&self, time: Duration) -> Result<Unlocked, Error> {
        let mut secrets = self.keystore_secrets()?;
        let keys = secrets.len();
        let account = self.account().await?.address;
        let roots = self.roots(account).await?;
        let is_root_held = !roots.is_empty();
        secrets.extend(roots);
        let until = dates::now().saturating_add(time.as_secs());
        self.agent.hold(secrets, until)?;
        Ok(Unlocked { account, until, keys, is_root_held })
    }

    /// The roots of all versions of the account's identity, as far as they can be had.
    async fn roots(&self, account: Address) -> Result<Vec<(Id, Zeroizing<[u8; 32]>)>, Error> {
        let mut roots = Vec::new();
        if self.settings.records.is_none() {
            return Ok(roots);
        }
        match self.registered_identity(account).await {
            Ok(None) => Ok(roots),
            Ok(Some(own)) => {
                let held = |identity: &Identity, root: &Root| {
                    (Id::of_root(identity), Zeroizing::new(*root.expose()))
                };
                for version in 1..own.identity.version {
                    if let Some(root) = self.older_root(&own, version).await? {
                        roots.push(held(&Identity { version, ..own.identity }, &root));
                    }
                }
                roots.push(held(&own.identity, &own.root));
                Ok(roots)
            }
            Err(Error::Rpc(error @ RpcError::Unreachable { .. })) => {
                self.screen.warn(&format!(
                    "{error}; a passphrase or key slot of the identity will be asked for again"
                ));
                Ok(roots)
            }
            Err(other) => Err(other),
        }
    }

    /// The account's identity, if it has registered one: who only pays needs no unlock key.
    async fn registered_identity(&self, account: Address) -> Result<Option<OwnIdentity>, Error> {
        let contract = self.records().await?;
        if self.registered_key(account, contract).await?.is_none() {
            return Ok(None);
        }
        self.identity(account, contract).await.map(Some)
    }

    /// Ends the unlocked session and removes sealed caches: whether there was a session, and how many
    /// caches there were.
    ///
    /// # Errors
    ///
    /// An agent that does not answer, a file that cannot be removed.
    pub fn lock(&self) -> Result<(bool, usize), Error> {
        let was_unlocked = self.agent.end()?;
        let removed = remove_caches(&self.home.caches())?;
        Ok((was_unlocked, removed))
    }
}

fn remove_caches(folder: &Path) -> Result<usize, FileError> {
    let failed = |source: io::Error| FileError::Io { path: folder.to_owned(), source };
    let found = match fs::read_dir(folder) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
    };
    let mut removed = 0;
    for file in found {
        let path = file.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "sealed") {
            files::remove(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}
