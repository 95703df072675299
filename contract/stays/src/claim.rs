//! Claims: a paid stay, asked back from an insurer.

use alloy_primitives::aliases::{U64, U96};
use alloy_primitives::{Address, U256};
use chartkey_abi::{IStays, stay_state};
use stylus_sdk::prelude::*;

use crate::{Error, Stays};

impl Stays {
    /// Claims a paid stay from an insurer, which is the consent to it. Only the patient.
    ///
    /// The patient's own call is the consent.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`], [`Error::WrongAmount`],
    ///   [`Error::ClaimOpen`]
    ///
    /// # Events
    ///
    /// * `StayClaimed`
    pub(crate) fn file_claim(
        &mut self,
        stay: u64,
        insurer: Address,
        amount: u128,
    ) -> Result<(), Error> {
        self.check_paid(stay)?;
        self.only_patient(stay)?;
        let total = self.stays.getter(U64::from(stay)).total.get().to::<u128>();
        if amount == 0 || amount > total {
            return Err(wrong_amount(stay, total, amount));
        }
        let mut entry = self.claims.setter(U64::from(stay));
        if !entry.open.get().is_zero() {
            let insurer = entry.insurer.get();
            return Err(IStays::ClaimOpen { stay, insurer }.into());
        }
        entry.insurer.set(insurer);
        entry.open.set(U96::from(amount));
        self.vm().log(IStays::StayClaimed { stay, insurer, amountWei: amount });
        Ok(())
    }

    /// Pays a claim to the clinic or the patient; 0 refuses what is open. Only the insurer.
    ///
    /// The insurer answers; the money is credited at once, in the stay's currency.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NoClaim`], [`Error::WrongAmount`],
    ///   [`Error::TokenFailed`], [`Error::TokenShort`], [`Error::Reentered`]
    ///
    /// # Events
    ///
    /// * `ClaimSettled`
    pub(crate) fn answer_claim(
        &mut self,
        stay: u64,
        amount: u128,
        to_clinic: bool,
    ) -> Result<(), Error> {
        self.check_paid(stay)?;
        let (insurer, sent) = (self.vm().msg_sender(), self.vm().msg_value());
        let mut entry = self.claims.setter(U64::from(stay));
        let open = entry.open.get().to::<u128>();
        if open == 0 || entry.insurer.get() != insurer {
            return Err(IStays::NoClaim { stay, insurer }.into());
        }
        if amount > open {
            return Err(wrong_amount(stay, open, amount));
        }
        let left = if amount == 0 { 0 } else { open - amount };
        entry.open.set(U96::from(left));
        let head = self.head(stay)?;
        let token = self.token_of(stay, &head);
        let value = if token.is_zero() { amount } else { 0 };
        if sent != U256::from(value) {
            let (due, sent_wei) = (U256::from(value), sent);
            return Err(IStays::WrongAmount { stay, dueWei: due, sentWei: sent_wei }.into());
        }
        let entry = self.stays.getter(U64::from(stay));
        let to = if to_clinic { entry.clinic.get() } else { entry.patient.get() };
        self.credit(token, to, amount)?;
        if !token.is_zero() && amount != 0 {
            self.lock()?;
            self.pull_token(token, amount)?;
            self.unlock();
        }
        self.vm().log(IStays::ClaimSettled { stay, insurer, to, amountWei: amount, openWei: left });
        Ok(())
    }

    fn check_paid(&self, stay: u64) -> Result<(), Error> {
        let head = self.head(stay)?;
        if head.is_funded() || head.state == stay_state::SETTLED {
            return Ok(());
        }
        Err(IStays::WrongState { stay, state: head.state, needed: stay_state::PAID }.into())
    }
}

fn wrong_amount(stay: u64, most: u128, amount: u128) -> Error {
    IStays::WrongAmount { stay, dueWei: U256::from(most), sentWei: U256::from(amount) }.into()
}
