//! Deliveries: who may hand keys to whom, and only to keys that are still registered
//! (crypto.md sections 7 and 15, rule 2).

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256, keccak256};
use chartkey_abi::IRecords::{
    DirectOnly, KeyNotRegistered, KeysMoved, ListMalformed, NotGranted, RecipientNotAllowed,
};
use chartkey_abi::{access_kind, permission};
use stylus_sdk::prelude::*;

use crate::Records;
use crate::access::Change;
use crate::error::Error;
use crate::list::Deliveries;
use crate::sections::check_length;
use crate::word::account_at;

/// Most bytes of a delivery list (crypto.md section 15, rule 3).
const LIST: (usize, usize) = (1, 65_536);

/// To whom a caller may deliver.
#[derive(Clone, Copy)]
pub(crate) enum Recipients {
    /// Owner and holders of GRANT or ROTATE.
    Any,
    /// A custodian: accounts whose emergency claim is open.
    Claimants,
    /// A guardian: the account that it approved.
    Only(Address),
}

impl Records {
    pub(crate) fn deliver_list(
        &mut self,
        record: B256,
        keys: B256,
        list: &[u8],
    ) -> Result<(), Error> {
        let word = self.record(record)?;
        let recipients = self.check_deliverer(record, word.owner)?;
        self.check_list(record, word.owner, list, keys, recipients)?;
        self.link_access(record, &Change::of(access_kind::DELIVERY, Address::ZERO).with(list));
        Ok(())
    }

    /// To whom the caller may deliver, if to anybody.
    #[inline(never)]
    pub(crate) fn check_deliverer(
        &self,
        record: B256,
        owner: Address,
    ) -> Result<Recipients, Error> {
        let caller = self.vm().msg_sender();
        if caller == owner {
            return Ok(Recipients::Any);
        }
        let granted = self.granted(record, caller);
        let has = |bits| matches!(&granted, Ok(terms) if terms.permissions & bits != 0);
        if has(permission::GRANT | permission::ROTATE) {
            return Ok(Recipients::Any);
        }
        if let Some(candidate) = self.approved_by(record, caller) {
            return Ok(Recipients::Only(candidate));
        }
        if has(permission::CUSTODIAN) {
            return Ok(Recipients::Claimants);
        }
        let terms = granted?;
        let needed = permission::GRANT;
        let handles = terms.handles;
        Err(NotGranted { record, grantee: caller, handles, permission: needed }.into())
    }

    /// Refuses a list that breaks the format, goes to others, or is sealed to keys that have moved.
    #[inline(never)]
    pub(crate) fn check_list(
        &self,
        record: B256,
        owner: Address,
        list: &[u8],
        keys: B256,
        recipients: Recipients,
    ) -> Result<(), Error> {
        check_length(list.len(), LIST)?;
        let caller = self.vm().msg_sender();
        let mut words = Vec::new();
        for delivery in Deliveries::of(list) {
            let delivery = delivery.map_err(|at| ListMalformed { offset: U256::from(at) })?;
            let recipient = delivery.recipient;
            if !delivery.is_direct && caller != owner {
                return Err(DirectOnly { record, caller }.into());
            }
            let is_allowed = match recipients {
                Recipients::Any => true,
                Recipients::Claimants => self.is_claim_open(record, recipient),
                Recipients::Only(account) => account == recipient,
            };
            if !is_allowed {
                return Err(RecipientNotAllowed { record, recipient }.into());
            }
            if delivery.is_direct && !recipient.is_zero() {
                words.extend_from_slice(self.registered_key(recipient)?.as_slice());
            }
        }
        let actual = if words.is_empty() { B256::ZERO } else { keccak256(&words) };
        if actual != keys {
            return Err(KeysMoved { expected: keys, actual }.into());
        }
        Ok(())
    }

    /// The word of an account that has registered a key.
    pub(crate) fn registered_key(&self, account: Address) -> Result<B256, Error> {
        let word = self.keys.get(account);
        if word.is_zero() {
            return Err(KeyNotRegistered { account }.into());
        }
        Ok(word)
    }

    /// The account that a guardian approved in the round that is under way.
    fn approved_by(&self, record: B256, guardian: Address) -> Option<Address> {
        let approval = self.approvals.getter(record).get(guardian);
        let is_current =
            !approval.is_zero() && approval[20..24] == self.guardians.get(record)[24..28];
        is_current.then(|| account_at(approval, 0))
    }
}
