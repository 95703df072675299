//! Credentials: the registrar says who is a provider, from when until when.
//!
//! The registrar can do nothing else: no credential gives access to any record.

use alloy_primitives::Address;
use alloy_sol_types::SolEvent;
use chartkey_abi::IRecords::{
    CredentialSet, CredentialTerms, NotOffered, NotRegistrar, RegistrarChanged, RegistrarOffered,
};
use chartkey_abi::credential_flag;
use chartkey_checks::is_account;
use stylus_sdk::prelude::*;

use crate::Records;
use crate::error::Error;
use crate::word::{abi_word, packed};

impl Records {
    pub(crate) fn state_credential(
        &mut self,
        account: Address,
        valid_from: u64,
        valid_until: u64,
        flags: u8,
    ) -> Result<(), Error> {
        self.check_registrar()?;
        if valid_from >= valid_until || flags & !credential_flag::ALL != 0 {
            return Err(
                CredentialTerms { validFrom: valid_from, validUntil: valid_until, flags }.into()
            );
        }
        let word = packed(&[&valid_from.to_be_bytes(), &valid_until.to_be_bytes(), &[flags]]);
        self.credentials.insert(account, word);
        let topics = [CredentialSet::SIGNATURE_HASH, account.into_word()];
        let words = [abi_word(valid_from), abi_word(valid_until), abi_word(u64::from(flags))];
        self.emit(&topics, &words, None);
        Ok(())
    }

    pub(crate) fn offer_post(&mut self, account: Address) -> Result<(), Error> {
        let registrar = self.check_registrar()?;
        self.registrar_offer.set(account);
        let topics = [RegistrarOffered::SIGNATURE_HASH, registrar.into_word(), account.into_word()];
        self.emit(&topics, &[], None);
        Ok(())
    }

    pub(crate) fn accept_post(&mut self) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if !is_account(caller, self.registrar_offer.get()) {
            return Err(NotOffered { caller }.into());
        }
        self.registrar_offer.set(Address::ZERO);
        self.registrar.set(caller);
        self.emit(&[RegistrarChanged::SIGNATURE_HASH, caller.into_word()], &[], None);
        Ok(())
    }

    fn check_registrar(&self) -> Result<Address, Error> {
        let caller = self.vm().msg_sender();
        if !is_account(caller, self.registrar.get()) {
            return Err(NotRegistrar { caller }.into());
        }
        Ok(caller)
    }
}
