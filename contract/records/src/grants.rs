//! Grants: making, replacing, taking back, ending what has run out (crypto.md sections 8.4, 8.5).

use alloy_primitives::{Address, B256};
use chartkey_abi::IRecords::{AccountUnfit, GrantHolds, GrantTerms, GrantTooWide, NoGrant};
use chartkey_abi::{Terms, access_kind, permission};
use stylus_sdk::prelude::*;

use crate::access::Change;
use crate::authority::{IS_DELEGATED, NUMBER, check_covers};
use crate::deliveries::Recipients;
use crate::error::Error;
use crate::word::{RecordWord, packed, u32_at};
use crate::{Records, chain};

/// What a delegate can pass on of what it has.
const DELEGABLE: u16 =
    permission::READ | permission::WRITE | permission::ROTATE | permission::HISTORY;

impl Records {
    pub(crate) fn make_grant(
        &mut self,
        record: B256,
        grantee: Address,
        terms: Terms,
        keys: B256,
        list: &[u8],
    ) -> Result<(), Error> {
        let mut word = self.record(record)?;
        let before = word;
        let caller = self.vm().msg_sender();
        self.check_terms(terms)?;
        let old = self.grants.getter(record).get(grantee);
        let is_delegated = caller != word.owner;
        if is_delegated {
            let source = self.check_delegate(record, caller, terms)?;
            if !old.is_zero() {
                self.check_in_charge(record, word.owner, grantee, old)?;
            }
            self.grantors.setter(record).insert(grantee, source);
        }
        if grantee.is_zero() || grantee == word.owner {
            return Err(AccountUnfit { account: grantee }.into());
        }
        if !list.is_empty() {
            self.check_list(record, word.owner, list, keys, Recipients::Any)?;
        }
        let had = Terms::from_word(old);
        // Who loses a section keeps its keys: the same as a revocation, for that section.
        word.dirty |= had.handles & !terms.handles;
        self.store(record, before, word);
        let number = if !old.is_zero() && keeps(had, terms) {
            u32_at(old, NUMBER)
        } else {
            chain::next_number(self.access.get(record))
        };
        let mut grant = terms.word();
        grant[IS_DELEGATED] = u8::from(is_delegated);
        grant[NUMBER..NUMBER + 4].copy_from_slice(&number.to_be_bytes());
        self.grants.setter(record).insert(grantee, grant);
        let change = Change {
            kind: access_kind::GRANT,
            subject: grantee,
            terms: terms.word(),
            payload: list,
        };
        self.link_access(record, &change);
        Ok(())
    }

    pub(crate) fn revoke_grant(&mut self, record: B256, grantee: Address) -> Result<(), Error> {
        let mut word = self.record(record)?;
        let before = word;
        self.take_back(record, &mut word, grantee)?;
        self.store(record, before, word);
        self.link_access(record, &Change::of(access_kind::REVOKE, grantee));
        Ok(())
    }

    pub(crate) fn expire_grant(&mut self, record: B256, grantee: Address) -> Result<(), Error> {
        let mut word = self.record(record)?;
        let before = word;
        let grant = self.existing_grant(record, grantee)?;
        if let Ok(terms) = self.live(record, grantee, grant) {
            return Err(GrantHolds { record, grantee, expiry: terms.expiry }.into());
        }
        self.end(record, &mut word, grantee, grant);
        self.store(record, before, word);
        self.link_access(record, &Change::of(access_kind::REVOKE, grantee));
        Ok(())
    }

    /// Ends a grant for its owner or grantor, without the link.
    pub(crate) fn take_back(
        &mut self,
        record: B256,
        word: &mut RecordWord,
        grantee: Address,
    ) -> Result<(), Error> {
        let grant = self.grants.getter(record).get(grantee);
        self.check_in_charge(record, word.owner, grantee, grant)?;
        let grant = self.existing_grant(record, grantee)?;
        self.end(record, word, grantee, grant);
        Ok(())
    }

    fn existing_grant(&self, record: B256, grantee: Address) -> Result<B256, Error> {
        let grant = self.grants.getter(record).get(grantee);
        if grant.is_zero() {
            return Err(NoGrant { record, grantee }.into());
        }
        Ok(grant)
    }

    fn end(&mut self, record: B256, word: &mut RecordWord, grantee: Address, grant: B256) {
        word.dirty |= Terms::from_word(grant).handles;
        self.grants.setter(record).insert(grantee, B256::ZERO);
    }

    fn check_terms(&self, terms: Terms) -> Result<(), Error> {
        let Terms { permissions, handles, expiry, purpose } = terms;
        let is_future = expiry > self.vm().block_timestamp();
        if permissions & !permission::ALL == 0 && handles != 0 && is_future && purpose != 0 {
            return Ok(());
        }
        Err(GrantTerms { permissions, handles, expiry, purpose }.into())
    }

    /// The grantor word of a grant that the caller, not the owner, may make.
    fn check_delegate(&self, record: B256, caller: Address, terms: Terms) -> Result<B256, Error> {
        let own = self.granted(record, caller)?;
        check_covers(record, caller, own, terms.handles, permission::GRANT)?;
        let is_within = terms.permissions & !(own.permissions & DELEGABLE) == 0
            && terms.expiry <= own.expiry
            && terms.purpose == own.purpose;
        if !is_within {
            return Err(GrantTooWide { record, grantor: caller }.into());
        }
        let word = self.grants.getter(record).get(caller);
        Ok(packed(&[caller.as_slice(), &word[NUMBER..NUMBER + 4]]))
    }
}

/// Whether a new grant gives at least what the old one gave; otherwise grants made out of the old
/// one end with it.
const fn keeps(old: Terms, new: Terms) -> bool {
    old.permissions & !new.permissions == 0
        && old.handles & !new.handles == 0
        && old.expiry <= new.expiry
        && old.purpose == new.purpose
}
