//! Reading and moving a stay's state.

use alloy_primitives::Address;
use alloy_primitives::aliases::U64;
use chartkey_abi::{IStays, PolicyTerms};
use stylus_sdk::prelude::*;

use crate::head::Head;
use crate::{Error, Stays};

impl Stays {
    #[inline(never)]
    pub(crate) fn head(&self, stay: u64) -> Result<Head, Error> {
        let head = Head::unpack(self.stays.getter(U64::from(stay)).head.get());
        if head.state == 0 {
            return Err(IStays::NoStay { stay }.into());
        }
        Ok(head)
    }

    #[inline(never)]
    pub(crate) fn head_in(&self, stay: u64, needed: u8) -> Result<Head, Error> {
        let head = self.head(stay)?;
        if head.state != needed {
            return Err(IStays::WrongState { stay, state: head.state, needed }.into());
        }
        Ok(head)
    }

    #[inline(never)]
    pub(crate) fn save(&mut self, stay: u64, head: &Head) {
        self.stays.setter(U64::from(stay)).head.set(head.pack());
    }

    #[inline(never)]
    pub(crate) fn move_to(&mut self, stay: u64, head: &mut Head, state: u8) {
        head.state = state;
        self.save(stay, head);
        let by = self.vm().msg_sender();
        self.vm().log(IStays::StayMoved { stay, by, state, until: head.until() });
    }

    pub(crate) fn clinic_of(&self, stay: u64) -> Address {
        self.stays.getter(U64::from(stay)).clinic.get()
    }

    pub(crate) fn terms_of_stay(&self, stay: u64) -> PolicyTerms {
        let entry = self.stays.getter(U64::from(stay));
        self.terms(entry.clinic.get(), entry.policy.get().to::<u32>())
    }
}
