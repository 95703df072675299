//! Who may do what: owner, grantee, delegate, provider (crypto.md section 15, rule 2).

use alloy_primitives::{Address, B256};
use chartkey_abi::IRecords::{
    CredentialNotCurrent, GrantExpired, NoGrant, NoRecord, NotGranted, NotOwner,
};
use chartkey_abi::{Terms, credential_flag, permission};
use chartkey_checks::is_account;
use stylus_sdk::prelude::*;

use crate::Records;
use crate::error::Error;
use crate::word::{RecordWord, account_at, u32_at, u64_at};

/// Where a grant word says that the grant was made out of another one.
pub(crate) const IS_DELEGATED: usize = 19;
/// Where a grant word and a grantor word have the number of the access link that began a grant.
pub(crate) const NUMBER: usize = 20;

impl Records {
    /// The word of a record that exists.
    #[inline(never)]
    pub(crate) fn record(&self, record: B256) -> Result<RecordWord, Error> {
        let word = RecordWord::from_word(self.records.get(record));
        if word.owner.is_zero() {
            return Err(NoRecord { record }.into());
        }
        Ok(word)
    }

    /// The word of a record whose owner calls.
    #[inline(never)]
    pub(crate) fn owned(&self, record: B256) -> Result<RecordWord, Error> {
        let word = self.record(record)?;
        let caller = self.vm().msg_sender();
        if !is_account(caller, word.owner) {
            return Err(NotOwner { record, caller }.into());
        }
        Ok(word)
    }

    /// Refuses a caller who is neither owner nor, for all `handles`, holder of `permission`.
    ///
    /// Entries and epoch records of others than the owner need a current credential, unless the
    /// patient named the account as an own device.
    #[inline(never)]
    pub(crate) fn check_may(
        &self,
        record: B256,
        owner: Address,
        handles: u64,
        needed: u16,
    ) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if caller == owner {
            return Ok(());
        }
        let terms = self.granted(record, caller)?;
        check_covers(record, caller, terms, handles, needed)?;
        let is_own_device = terms.permissions & permission::DEVICE != 0;
        if needed & (permission::WRITE | permission::ROTATE) != 0 && !is_own_device {
            self.check_credential(caller, 0)?;
        }
        Ok(())
    }

    /// What the caller, who is not the owner, was granted and still holds.
    pub(crate) fn granted(&self, record: B256, caller: Address) -> Result<Terms, Error> {
        let word = self.grants.getter(record).get(caller);
        if word.is_zero() {
            return Err(NotOwner { record, caller }.into());
        }
        self.live(record, caller, word)
    }

    /// The terms of a grant word while it holds: not run out, and its grantor kept all it had.
    #[inline(never)]
    pub(crate) fn live(&self, record: B256, grantee: Address, word: B256) -> Result<Terms, Error> {
        let now = self.vm().block_timestamp();
        let terms = Terms::from_word(word);
        if now >= terms.expiry {
            return Err(GrantExpired { record, grantee, expiry: terms.expiry }.into());
        }
        if word[IS_DELEGATED] != 0 {
            let source = self.grantors.getter(record).get(grantee);
            let grantor = account_at(source, 0);
            let above = self.grants.getter(record).get(grantor);
            let is_same = u32_at(above, NUMBER) == u32_at(source, NUMBER);
            if !is_same || now >= Terms::from_word(above).expiry {
                return Err(NoGrant { record, grantee: grantor }.into());
            }
        }
        Ok(terms)
    }

    /// Refuses who is neither owner nor the delegate that made this grant.
    pub(crate) fn check_in_charge(
        &self,
        record: B256,
        owner: Address,
        grantee: Address,
        grant: B256,
    ) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        let is_grantor = || {
            let source = self.grantors.getter(record).get(grantee);
            grant[IS_DELEGATED] != 0 && account_at(source, 0) == caller
        };
        if caller == owner || is_grantor() {
            return Ok(());
        }
        Err(NotOwner { record, caller }.into())
    }

    /// Refuses an account without a current credential that has all `flags`.
    #[inline(never)]
    pub(crate) fn check_credential(&self, account: Address, needed: u8) -> Result<(), Error> {
        let word = self.credentials.get(account);
        let (from, until, flags) = (u64_at(word, 0), u64_at(word, 8), word[16]);
        let now = self.vm().block_timestamp();
        let is_current = from <= now && now < until && flags & credential_flag::SUSPENDED == 0;
        if is_current && flags & needed == needed {
            return Ok(());
        }
        Err(CredentialNotCurrent { account, validFrom: from, validUntil: until, flags }.into())
    }
}

/// Refuses terms that lack a section or a permission.
pub(crate) fn check_covers(
    record: B256,
    grantee: Address,
    terms: Terms,
    handles: u64,
    needed: u16,
) -> Result<(), Error> {
    if handles & !terms.handles == 0 && needed & !terms.permissions == 0 {
        return Ok(());
    }
    Err(NotGranted { record, grantee, handles, permission: needed }.into())
}
