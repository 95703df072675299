//! The way to an identity through a backup: a key slot that a passphrase opens (crypto.md section 5.3,
//! kind 2). It is kept in files only; on chain it could be guessed at for ever.

use chartkey_crypto::{Identity, KeyId, PassphraseCost, Root, SlotKey, stretch_passphrase};

use super::Session;
use crate::error::Error;
use crate::records::{PassphraseSlot, fresh, restored_slots};

impl Session {
    /// Seals a root with a passphrase, which is asked for or comes from the flags.
    ///
    /// # Errors
    ///
    /// No passphrase, no memory to stretch it.
    pub(crate) fn passphrase_slot(
        &self,
        identity: &Identity,
        root: &Root,
    ) -> Result<PassphraseSlot, Error> {
        let passphrase = self.new_passphrase()?;
        let sealed = self.slot_key(identity, passphrase)?.seal(identity, root, fresh()?);
        Ok(PassphraseSlot { account: identity.account, version: identity.version, sealed })
    }

    /// The root in a slot, if the passphrase of the flags opens it; `None` without a passphrase.
    ///
    /// # Errors
    ///
    /// A passphrase that cannot be read, or opens nothing.
    pub(crate) fn open_passphrase_slot(
        &self,
        identity: &Identity,
        sealed: &[u8],
    ) -> Result<Option<Root>, Error> {
        let Some(passphrase) = self.given_passphrase()? else { return Ok(None) };
        Ok(Some(self.slot_key(identity, passphrase)?.open(identity, sealed)?))
    }

    /// The root whose key is `key`, out of the key slot of a backup that was restored here. `None` if
    /// there is no such slot, or the flags name no passphrase.
    ///
    /// # Errors
    ///
    /// [`chartkey_crypto::Error::WrongUnlockKey`] if the passphrase does not give that key.
    pub(crate) fn root_of_backup(
        &self,
        identity: &Identity,
        key: KeyId,
    ) -> Result<Option<Root>, Error> {
        let slots = restored_slots(self, identity)?;
        if slots.is_empty() {
            return Ok(None);
        }
        for sealed in slots {
            match self.open_passphrase_slot(identity, &sealed) {
                Ok(Some(root)) if root.key_id(identity) == key => return Ok(Some(root)),
                Ok(None) => return Ok(None),
                Ok(Some(_)) | Err(Error::Crypto(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Err(chartkey_crypto::Error::WrongUnlockKey.into())
    }

    fn slot_key(&self, identity: &Identity, passphrase: &str) -> Result<SlotKey, Error> {
        self.screen.doing("stretching the passphrase");
        let cost = PassphraseCost::STANDARD;
        let stretched = stretch_passphrase(identity, passphrase.as_bytes(), cost)?;
        self.screen.doing("working");
        Ok(SlotKey::of_passphrase(&stretched))
    }
}
