//! What a clinic sets up: policies, staff, tokens.

use alloy_primitives::aliases::{U32, U64};
use alloy_primitives::{Address, B256};
use chartkey_abi::{IStays, PolicyTerms};
use stylus_sdk::prelude::*;

use crate::{Error, Stays};

impl Stays {
    /// Adds a policy of the caller, under its next number.
    ///
    /// Policies are only ever added: what a stay was booked under cannot change.
    ///
    /// # Errors
    ///
    /// * [`Error::UnsoundPolicy`]
    ///
    /// # Events
    ///
    /// * `PolicyDefined`
    pub(crate) fn add_policy(
        &mut self,
        name: B256,
        terms: B256,
        arbiter: Address,
    ) -> Result<u32, Error> {
        if !PolicyTerms::unpack(terms).is_sound(arbiter) {
            return Err(IStays::UnsoundPolicy { terms }.into());
        }
        let clinic = self.vm().msg_sender();
        let mut owner = self.clinics.setter(clinic);
        // One more with each transaction: 32 bits are not used up.
        let policy = owner.policy_count.get().to::<u32>().wrapping_add(1);
        owner.policy_count.set(U32::from(policy));
        let mut entry = owner.policies.setter(U32::from(policy));
        entry.terms.set(terms);
        entry.arbiter.set(arbiter);
        self.vm().log(IStays::PolicyDefined { clinic, policy, name, terms, arbiter });
        Ok(policy)
    }

    /// Lets `staff` act for the caller before `until`. Emits `StaffChanged`.
    pub(crate) fn change_staff(&mut self, staff: Address, until: u64) {
        let clinic = self.vm().msg_sender();
        self.clinics.setter(clinic).staff.insert(staff, U64::from(until));
        self.vm().log(IStays::StaffChanged { clinic, staff, until });
    }

    /// The caller takes `token`, or no longer does. Emits `TokenAccepted`.
    pub(crate) fn change_token(&mut self, token: Address, is_accepted: bool) {
        let clinic = self.vm().msg_sender();
        self.clinics.setter(clinic).tokens.insert(token, is_accepted);
        self.vm().log(IStays::TokenAccepted { clinic, token, isAccepted: is_accepted });
    }

    /// Whether `caller` is the clinic or, until a time it set, its staff.
    #[inline(never)]
    pub(crate) fn acts_for(&self, clinic: Address, caller: Address) -> bool {
        caller == clinic
            || self.vm().block_timestamp()
                < self.clinics.getter(clinic).staff.get(caller).to::<u64>()
    }

    #[inline(never)]
    pub(crate) fn only_clinic(&self, clinic: Address) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if self.acts_for(clinic, caller) {
            return Ok(());
        }
        Err(IStays::NotClinic { clinic, caller }.into())
    }

    #[inline(never)]
    pub(crate) fn check_policy(&self, clinic: Address, policy: u32) -> Result<(), Error> {
        if policy <= self.clinics.getter(clinic).policy_count.get().to::<u32>() {
            return Ok(());
        }
        Err(IStays::NoPolicy { clinic, policy }.into())
    }

    #[inline(never)]
    pub(crate) fn terms(&self, clinic: Address, policy: u32) -> PolicyTerms {
        if policy == 0 {
            return PolicyTerms::DEFAULT;
        }
        let owner = self.clinics.getter(clinic);
        PolicyTerms::unpack(owner.policies.getter(U32::from(policy)).terms.get())
    }

    pub(crate) fn arbiter(&self, clinic: Address, policy: u32) -> Address {
        self.clinics.getter(clinic).policies.getter(U32::from(policy)).arbiter.get()
    }
}
