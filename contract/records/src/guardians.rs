//! Guardians, recovery of control, and handing a record over (crypto.md section 12).
//!
//! These are the only ways to another owner: the owner's offer and the other side's acceptance, or
//! guardians' approvals, a delay in which the old owner can veto, and the candidate's acceptance.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};
use chartkey_abi::IRecords::{
    AccountUnfit, GuardianPolicy, ListMalformed, NotGuardian, NotOffered, RecoveryNotReady,
};
use chartkey_abi::access_kind;
use chartkey_checks::is_account;
use stylus_sdk::prelude::*;

use crate::Records;
use crate::access::Change;
use crate::deliveries::Recipients;
use crate::error::Error;
use crate::keys::SEALED_ROOT;
use crate::list::Deliveries;
use crate::word::{RecordWord, account_at, packed, u16_at, u32_at, u64_at};

/// Bytes of the digest that stands for a set of guardians.
const DIGEST: usize = 24;
/// Where the word has round, threshold and delay.
const ROUND: usize = 24;
const THRESHOLD: usize = 28;
const DELAY: usize = 30;
/// Fewest guardians that decide (crypto.md section 12).
const LEAST_THRESHOLD: u8 = 2;
/// A day to notice and veto; not longer than a year.
const DELAY_HOURS: core::ops::RangeInclusive<u16> = 24..=8_760;

/// Who decides, and after how long.
pub(crate) struct Policy {
    pub(crate) threshold: u8,
    pub(crate) delay_hours: u16,
}

impl Records {
    pub(crate) fn name_guardians(
        &mut self,
        record: B256,
        version: u32,
        policy: &Policy,
        keys: B256,
        shares: &[u8],
    ) -> Result<(), Error> {
        let word = self.owned(record)?;
        let round = self.next_round(record);
        let guardians = if shares.is_empty() {
            round
        } else {
            let list = &shares[..shares.len().saturating_sub(SEALED_ROOT)];
            self.check_list(record, word.owner, list, keys, Recipients::Any)?;
            with_set(round, policy, list)?
        };
        self.guardians.insert(record, guardians);
        let change = Change {
            kind: access_kind::GUARDIANS_SET,
            subject: Address::ZERO,
            terms: packed(&[&version.to_be_bytes()]),
            payload: shares,
        };
        self.link_access(record, &change);
        Ok(())
    }

    pub(crate) fn approve(
        &mut self,
        record: B256,
        candidate: Address,
        guardians: &[u8],
        keys: B256,
        list: &[u8],
    ) -> Result<(), Error> {
        let word = self.record(record)?;
        let caller = self.vm().msg_sender();
        let set = self.guardians.get(record);
        let is_set = keccak256(guardians)[..DIGEST] == set[..DIGEST];
        if !is_set || !guardians.chunks_exact(20).any(|account| account == caller.as_slice()) {
            return Err(NotGuardian { record, caller }.into());
        }
        if candidate.is_zero() || candidate == word.owner {
            return Err(AccountUnfit { account: candidate }.into());
        }
        if !list.is_empty() {
            let only = Recipients::Only(candidate);
            self.check_list(record, word.owner, list, keys, only)?;
        }
        self.count_approval(record, candidate, set);
        self.link_access(record, &Change::of(access_kind::RECOVERY_APPROVED, candidate).with(list));
        Ok(())
    }

    /// One vote for each guardian and round; a vote for another candidate takes the first back.
    fn count_approval(&mut self, record: B256, candidate: Address, set: B256) {
        let guardian = self.vm().msg_sender();
        let round = &set[ROUND..ROUND + 4];
        let vote = self.approvals.getter(record).get(guardian);
        if !vote.is_zero() && &vote[20..24] == round {
            let other = account_at(vote, 0);
            if other == candidate {
                return;
            }
            let (ready_at, approvals) = self.standing(record, other, set);
            let fewer = standing_word(ready_at, round, approvals.saturating_sub(1));
            self.recoveries.setter(record).insert(other, fewer);
        }
        let (ready_at, approvals) = self.standing(record, candidate, set);
        let approvals = approvals.saturating_add(1);
        let ready_at = if approvals == set[THRESHOLD] {
            let delay_seconds = u64::from(u16_at(set, DELAY)) * 3_600;
            self.vm().block_timestamp().saturating_add(delay_seconds)
        } else {
            ready_at
        };
        let standing = standing_word(ready_at, round, approvals);
        self.recoveries.setter(record).insert(candidate, standing);
        self.approvals.setter(record).insert(guardian, packed(&[candidate.as_slice(), round]));
    }

    /// When a candidate may take over, and approvals so far in the round of `set`.
    fn standing(&self, record: B256, candidate: Address, set: B256) -> (u64, u8) {
        let word = self.recoveries.getter(record).get(candidate);
        if u32_at(word, 8) == u32_at(set, ROUND) { (u64_at(word, 0), word[12]) } else { (0, 0) }
    }

    pub(crate) fn veto(&mut self, record: B256) -> Result<(), Error> {
        self.owned(record)?;
        let mut set = self.guardians.get(record);
        let round = self.next_round(record);
        set[ROUND..ROUND + 4].copy_from_slice(&round[ROUND..ROUND + 4]);
        self.guardians.insert(record, set);
        self.link_access(record, &Change::of(access_kind::RECOVERY_VETOED, Address::ZERO));
        Ok(())
    }

    pub(crate) fn take_over(&mut self, record: B256) -> Result<(), Error> {
        self.record(record)?;
        let candidate = self.vm().msg_sender();
        let set = self.guardians.get(record);
        let (ready_at, approvals) = self.standing(record, candidate, set);
        let is_ready = set[THRESHOLD] != 0
            && approvals >= set[THRESHOLD]
            && self.vm().block_timestamp() >= ready_at;
        if !is_ready {
            return Err(RecoveryNotReady { record, candidate, approvals, readyAt: ready_at }.into());
        }
        self.change_owner(record, candidate)
    }

    pub(crate) fn offer(&mut self, record: B256, account: Address) -> Result<(), Error> {
        let word = self.owned(record)?;
        if account == word.owner {
            return Err(AccountUnfit { account }.into());
        }
        self.offers.insert(record, account.into_word());
        self.link_access(record, &Change::of(access_kind::OWNER_OFFERED, account));
        Ok(())
    }

    pub(crate) fn accept(&mut self, record: B256) -> Result<(), Error> {
        self.record(record)?;
        let caller = self.vm().msg_sender();
        if !is_account(caller, Address::from_word(self.offers.get(record))) {
            return Err(NotOffered { caller }.into());
        }
        self.change_owner(record, caller)
    }

    /// The old owner knows every key, so every section has to be rotated; its guardians and offers,
    /// and what the new owner was granted, end.
    fn change_owner(&mut self, record: B256, owner: Address) -> Result<(), Error> {
        self.registered_key(owner)?;
        self.records.insert(record, RecordWord { owner, dirty: u64::MAX }.word());
        let round = self.next_round(record);
        self.guardians.insert(record, round);
        self.offers.insert(record, B256::ZERO);
        self.grants.setter(record).insert(owner, B256::ZERO);
        self.link_access(record, &Change::of(access_kind::OWNER_CHANGED, owner));
        Ok(())
    }

    /// A guardian word without a set, one round on: approvals of earlier rounds count no more.
    fn next_round(&self, record: B256) -> B256 {
        let round = u32_at(self.guardians.get(record), ROUND).wrapping_add(1);
        let mut word = B256::ZERO;
        word[ROUND..ROUND + 4].copy_from_slice(&round.to_be_bytes());
        word
    }
}

/// The guardian word of `round` for the recipients of a list.
fn with_set(round: B256, policy: &Policy, list: &[u8]) -> Result<B256, Error> {
    let mut accounts = Vec::new();
    let mut count: u8 = 0;
    for delivery in Deliveries::of(list) {
        let account = delivery
            .map_err(|at| ListMalformed { offset: alloy_primitives::U256::from(at) })?
            .recipient;
        if account.is_zero() {
            return Err(AccountUnfit { account }.into());
        }
        accounts.extend_from_slice(account.as_slice());
        count = count.saturating_add(1);
    }
    let Policy { threshold, delay_hours } = *policy;
    let is_sound =
        (LEAST_THRESHOLD..=count).contains(&threshold) && DELAY_HOURS.contains(&delay_hours);
    if !is_sound {
        return Err(GuardianPolicy { threshold, count, delayHours: delay_hours }.into());
    }
    let digest = keccak256(&accounts);
    Ok(packed(&[
        &digest[..DIGEST],
        &round[ROUND..ROUND + 4],
        &[threshold, count],
        &delay_hours.to_be_bytes(),
    ]))
}

fn standing_word(ready_at: u64, round: &[u8], approvals: u8) -> B256 {
    packed(&[&ready_at.to_be_bytes(), round, &[approvals]])
}
