//! Identity keys: whole in the log, their word in storage, set by the account itself
//! (crypto.md sections 5.2, 5.3 and 15, rule 4).

use alloy_sol_types::SolEvent;
use chartkey_abi::IRecords::{KeyRegistered, KeySlotAdded, KeySlotKind, KeyVersion};
use stylus_sdk::prelude::*;

use crate::error::Error;
use crate::sections::check_length;
use crate::word::abi_word;
use crate::{Records, chain};

/// Bytes of an X-Wing public key.
const PUBLIC_KEY: usize = 1_216;
/// Bytes of a sealed root.
pub(crate) const SEALED_ROOT: usize = 104;
/// Kinds of slots that may be public: wallet signature and passkey; a passphrase could be guessed.
const PUBLIC_SLOTS: [u8; 2] = [1, 3];

impl Records {
    pub(crate) fn register(&mut self, version: u32, public_key: &[u8]) -> Result<(), Error> {
        check_length(public_key.len(), (PUBLIC_KEY, PUBLIC_KEY))?;
        let account = self.vm().msg_sender();
        let needed = chain::next_number(self.keys.get(account));
        if version != needed {
            return Err(KeyVersion { version, needed }.into());
        }
        let key = chain::key_word(self.place(), account, version, public_key);
        self.keys.insert(account, key);
        let topics = [KeyRegistered::SIGNATURE_HASH, account.into_word()];
        self.emit(&topics, &[key], Some(public_key));
        Ok(())
    }

    pub(crate) fn log_key_slot(&mut self, kind: u8, slot: &[u8]) -> Result<(), Error> {
        check_length(slot.len(), (SEALED_ROOT, SEALED_ROOT))?;
        if !PUBLIC_SLOTS.contains(&kind) {
            return Err(KeySlotKind { kind }.into());
        }
        let account = self.vm().msg_sender();
        let key = self.registered_key(account)?;
        let topics = [KeySlotAdded::SIGNATURE_HASH, account.into_word()];
        self.emit(&topics, &[key, abi_word(u64::from(kind))], Some(slot));
        Ok(())
    }
}
