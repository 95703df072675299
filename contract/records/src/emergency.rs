//! Emergency access: set-up, claim, end of a claim (crypto.md section 11).

use alloy_primitives::{Address, B256};
use chartkey_abi::IRecords::{AccountUnfit, ClaimOpen, EmergencyGeneration, NoClaim, NoEmergency};
use chartkey_abi::{CLAIM_SECONDS, access_kind, credential_flag};
use stylus_sdk::prelude::*;

use crate::Records;
use crate::access::Change;
use crate::deliveries::Recipients;
use crate::error::Error;
use crate::sections::{bit, check_length};
use crate::word::{packed, u16_at, u32_at, u64_at};

/// Fewest and most bytes of a sealed note: an empty text, and one page.
const NOTE: (usize, usize) = (72, 4_096);

impl Records {
    pub(crate) fn set_up_emergency(
        &mut self,
        record: B256,
        handle: u16,
        generation: u32,
        keys: B256,
        list: &[u8],
    ) -> Result<(), Error> {
        let word = self.owned(record)?;
        bit(handle)?;
        let needed = u32_at(self.emergencies.get(record), 0).wrapping_add(1);
        if generation != needed {
            return Err(EmergencyGeneration { generation, needed }.into());
        }
        self.check_list(record, word.owner, list, keys, Recipients::Any)?;
        let setup = packed(&[&generation.to_be_bytes(), &handle.to_be_bytes()]);
        self.emergencies.insert(record, setup);
        let change = Change {
            kind: access_kind::EMERGENCY_SET,
            subject: Address::ZERO,
            terms: setup,
            payload: list,
        };
        self.link_access(record, &change);
        Ok(())
    }

    pub(crate) fn open_claim(
        &mut self,
        record: B256,
        cosigner: Address,
        reason: u16,
        note: &[u8],
    ) -> Result<(), Error> {
        let claimant = self.vm().msg_sender();
        self.record(record)?;
        self.check_credential(claimant, credential_flag::EMERGENCY)?;
        check_length(note.len(), NOTE)?;
        if cosigner.is_zero() || cosigner == claimant {
            return Err(AccountUnfit { account: cosigner }.into());
        }
        let setup = self.emergencies.get(record);
        if setup.is_zero() {
            return Err(NoEmergency { record }.into());
        }
        if self.is_claim_open(record, claimant) {
            let until = u64_at(self.claims.getter(record).get(claimant), 0);
            return Err(ClaimOpen { record, claimant, until }.into());
        }
        let until = self.vm().block_timestamp().saturating_add(CLAIM_SECONDS);
        let claim = packed(&[&until.to_be_bytes(), &setup[..4], cosigner.as_slice()]);
        self.claims.setter(record).insert(claimant, claim);
        let change = Change {
            kind: access_kind::EMERGENCY_OPENED,
            subject: claimant,
            terms: packed(&[&reason.to_be_bytes(), cosigner.as_slice()]),
            payload: note,
        };
        self.link_access(record, &change);
        Ok(())
    }

    /// Owner and claimant at any time; anybody once the claim has run out.
    pub(crate) fn close_claim(&mut self, record: B256, claimant: Address) -> Result<(), Error> {
        let mut word = self.record(record)?;
        let before = word;
        let claim = self.claims.getter(record).get(claimant);
        if claim.is_zero() {
            return Err(NoClaim { record, claimant }.into());
        }
        let caller = self.vm().msg_sender();
        if caller != word.owner && caller != claimant && self.is_claim_open(record, claimant) {
            return Err(ClaimOpen { record, claimant, until: u64_at(claim, 0) }.into());
        }
        let setup = self.emergencies.get(record);
        // An old generation's summary was rotated already: the owner did so with the new one.
        if claim[8..12] == setup[..4] {
            word.dirty |= bit(u16_at(setup, 4))?;
        }
        self.store(record, before, word);
        self.claims.setter(record).insert(claimant, B256::ZERO);
        self.link_access(record, &Change::of(access_kind::EMERGENCY_CLOSED, claimant));
        Ok(())
    }

    /// Whether custodians may deliver to this account: a claim of this generation, not run out.
    pub(crate) fn is_claim_open(&self, record: B256, claimant: Address) -> bool {
        let claim = self.claims.getter(record).get(claimant);
        !claim.is_zero()
            && self.vm().block_timestamp() < u64_at(claim, 0)
            && claim[8..12] == self.emergencies.get(record)[..4]
    }
}
