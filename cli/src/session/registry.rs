//! What the records program says about an account: its registered key, its key slots, its
//! credential. Words are read by storage slot, as all endpoints have them (crypto.md section 9.4).

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, credential_flag, records_slot};
use chartkey_crypto::RegisteredKey;

use super::Session;
use crate::error::Error;
use crate::rpc::{LogFilter, RpcLog};

/// A further way to a root, as the chain has it (crypto.md section 5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySlot {
    /// The registered key whose root is inside: `key_id(28) ‖ u32 version`.
    pub key: B256,
    /// 1 wallet, 3 passkey.
    pub kind: u8,
    /// The 104 sealed bytes.
    pub slot: Vec<u8>,
    /// Block of the event.
    pub block: U256,
}

/// What the registrar stated about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// First Unix second at which it holds.
    pub valid_from: u64,
    /// First Unix second at which it no longer holds.
    pub valid_until: u64,
    /// Bits of [`credential_flag`].
    pub flags: u8,
}

/// Who holds the registrar's post, and to whom it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registrar {
    /// The registrar; `None` if there is none and never will be.
    pub account: Option<Address>,
    /// Who may take the post.
    pub offered_to: Option<Address>,
}

impl Credential {
    /// Reads a storage word; zero is none.
    #[must_use]
    pub fn of_word(word: B256) -> Option<Self> {
        let number = |at: usize| U256::from_be_slice(&word[at..at + 8]).to::<u64>();
        let stated = Self { valid_from: number(0), valid_until: number(8), flags: word[16] };
        (!word.is_zero()).then_some(stated)
    }

    /// Whether the registrar has suspended it.
    #[must_use]
    pub const fn is_suspended(&self) -> bool {
        self.flags & credential_flag::SUSPENDED != 0
    }

    /// Whether it is good for claims of emergency access.
    #[must_use]
    pub const fn is_for_emergencies(&self) -> bool {
        self.flags & credential_flag::EMERGENCY != 0
    }

    /// Whether it holds at `now`, in Unix seconds.
    #[must_use]
    pub const fn is_current(&self, now: u64) -> bool {
        !self.is_suspended() && self.valid_from <= now && now < self.valid_until
    }
}

impl Session {
    /// The key that an account has registered; `None` if it never has.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], or the node's own.
    pub async fn registered_key(
        &self,
        account: Address,
        contract: Address,
    ) -> Result<Option<RegisteredKey>, Error> {
        let slot = records_slot::of_account(records_slot::KEYS, account);
        let what = format!("the registered key of {account}");
        let word = self.word(contract, slot, &what).await?;
        match RegisteredKey::proven(word.0) {
            Ok(key) => Ok(Some(key)),
            Err(chartkey_crypto::Error::KeyNotRegistered) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// All keys that an account has registered, as one endpoint's logs say, oldest first. What is
    /// derived for them is compared with them, so a forged one opens nothing.
    ///
    /// # Errors
    ///
    /// The node's own.
    pub(crate) async fn logged_keys(
        &self,
        account: Address,
        contract: Address,
    ) -> Result<Vec<RegisteredKey>, Error> {
        let logs = self.logs_of_account::<IRecords::KeyRegistered>(contract, account).await?;
        let keys = logs.into_iter().filter_map(|(event, _)| {
            (event.account == account).then(|| RegisteredKey::proven(event.key.0).ok()).flatten()
        });
        Ok(keys.collect())
    }

    /// The key slots of an account, of all versions of its key, oldest first.
    ///
    /// # Errors
    ///
    /// The node's own.
    pub async fn key_slots(
        &self,
        account: Address,
        contract: Address,
    ) -> Result<Vec<KeySlot>, Error> {
        let logs = self.logs_of_account::<IRecords::KeySlotAdded>(contract, account).await?;
        let slots = logs.into_iter().filter(|(event, _)| event.account == account);
        let slots = slots.map(|(event, block)| KeySlot {
            key: event.key,
            kind: event.kind,
            slot: event.slot.to_vec(),
            block,
        });
        Ok(slots.collect())
    }

    /// What the registrar stated about an account; `None` if nothing.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], or the node's own.
    pub async fn credential(
        &self,
        account: Address,
        contract: Address,
    ) -> Result<Option<Credential>, Error> {
        let slot = records_slot::of_account(records_slot::CREDENTIALS, account);
        let what = format!("the credential of {account}");
        Ok(Credential::of_word(self.word(contract, slot, &what).await?))
    }

    /// Who holds the registrar's post.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], or the node's own.
    pub async fn registrar(&self, contract: Address) -> Result<Registrar, Error> {
        let holder = |word: B256| Some(Address::from_word(word)).filter(|found| !found.is_zero());
        let slots = [records_slot::REGISTRAR, records_slot::REGISTRAR_OFFER].map(B256::from);
        Ok(Registrar {
            account: holder(self.word(contract, slots[0], "the registrar").await?),
            offered_to: holder(self.word(contract, slots[1], "the registrar's offer").await?),
        })
    }

    /// A storage word at the newest block that all endpoints have.
    pub(crate) async fn word(
        &self,
        contract: Address,
        slot: B256,
        what: &str,
    ) -> Result<B256, Error> {
        let block = self.common_block().await?;
        let words = self.words(contract, &[slot], &block, |_| what.to_owned()).await?;
        words.first().copied().ok_or_else(|| Error::Internal("one word for one slot".into()))
    }

    /// Events whose first indexed argument is the account, with their blocks. One that does not
    /// decode is left out.
    async fn logs_of_account<E: SolEvent>(
        &self,
        contract: Address,
        account: Address,
    ) -> Result<Vec<(E, U256)>, Error> {
        let topics = vec![vec![E::SIGNATURE_HASH], vec![account.into_word()]];
        let decoded = |log: &RpcLog| {
            let event = E::decode_raw_log(log.topics.iter().copied(), &log.data).ok()?;
            Some((event, log.block_number))
        };
        Ok(self.logs_from_start(contract, topics).await?.iter().filter_map(decoded).collect())
    }

    /// All logs of the records program with these topics.
    pub(crate) async fn logs_from_start(
        &self,
        contract: Address,
        topics: Vec<Vec<B256>>,
    ) -> Result<Vec<RpcLog>, Error> {
        let to_block = self.rpc.block_number().await?;
        // The profile's first block belongs to the profile's program, and to a chain as long.
        let is_profiles = self
            .settings
            .records
            .as_ref()
            .is_some_and(|saved| saved.address.value == contract && saved.code_hash.is_some());
        let first = self.settings.from_block.filter(|first| is_profiles && *first <= to_block);
        let filter =
            LogFilter { address: contract, topics, from_block: first.unwrap_or(0), to_block };
        Ok(self.rpc.logs(&filter).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_read_from_its_word() {
        let mut word = B256::ZERO;
        word[7] = 10;
        word[15] = 20;
        word[16] = credential_flag::EMERGENCY;

        let stated = Credential::of_word(word).expect("stated");

        assert_eq!((stated.valid_from, stated.valid_until), (10, 20));
        assert!(stated.is_for_emergencies() && !stated.is_suspended());
        let held: Vec<_> = [9, 10, 19, 20].into_iter().map(|now| stated.is_current(now)).collect();
        assert_eq!(held, [false, true, true, false]);
        assert_eq!(Credential::of_word(B256::ZERO), None);
    }

    #[test]
    fn a_suspended_credential_never_holds() {
        let flags = credential_flag::ALL;
        let stated = Credential { valid_from: 0, valid_until: u64::MAX, flags };
        assert!(!stated.is_current(5));
    }
}
