//! Claims: a paid stay, asked back from an insurer.

use alloy_primitives::aliases::{U64, U96, U128};
use alloy_primitives::{Address, U256};
use chartkey_abi::{IStays, stay_state};
use stylus_sdk::prelude::*;

use crate::head::Head;
use crate::{Error, Stays};

impl Stays {
    /// Claims a paid stay from an insurer, or with 0 takes back what is open there. Only the patient.
    ///
    /// The patient's own call is the consent, and its end. All insurers together pay no more than the stay
    /// costs.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`], [`Error::WrongAmount`],
    ///   [`Error::ClaimOpen`], [`Error::NoClaim`]
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
        self.check_paid(stay, amount)?;
        self.only_patient(stay)?;
        let most = self.claimable(stay);
        let mut entry = self.claims.setter(U64::from(stay));
        let (asked, is_open) = (entry.insurer.get(), !entry.open.get().is_zero());
        if amount == 0 {
            if !is_open || asked != insurer {
                return Err(IStays::NoClaim { stay, insurer }.into());
            }
        } else if amount > most {
            return Err(wrong_amount(stay, most, amount));
        } else if is_open {
            return Err(IStays::ClaimOpen { stay, insurer: asked }.into());
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
        self.check_paid(stay, amount)?;
        let (insurer, sent) = (self.vm().msg_sender(), self.vm().msg_value());
        let claimable = self.claimable(stay);
        let mut entry = self.claims.setter(U64::from(stay));
        let open = entry.open.get().to::<u128>();
        if open == 0 || entry.insurer.get() != insurer {
            return Err(IStays::NoClaim { stay, insurer }.into());
        }
        // The stay may have become cheaper since it was claimed.
        let most = open.min(claimable);
        if amount > most {
            return Err(wrong_amount(stay, most, amount));
        }
        let left = if amount == 0 { 0 } else { most - amount };
        entry.open.set(U96::from(left));
        self.cover(stay, amount);
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

    /// What insurers may still be asked for; nothing of a stay whose price went back.
    pub(crate) fn claimable(&self, stay: u64) -> u128 {
        let entry = self.stays.getter(U64::from(stay));
        if !Head::unpack(entry.head.get()).is_paid() {
            return 0;
        }
        let total = entry.total.get().to::<u128>();
        total.saturating_sub(self.claims.getter(U64::from(stay)).covered.get().to::<u128>())
    }

    /// Of a stay's total, `amount` burdens the patient no more.
    pub(crate) fn cover(&mut self, stay: u64, amount: u128) {
        let mut entry = self.claims.setter(U64::from(stay));
        // Insurers pay the total at most, and so does a decision: 97 bits.
        let covered = entry.covered.get().to::<u128>() + amount;
        entry.covered.set(U128::from(covered));
    }

    /// Money needs a paid stay; 0 ends a claim, whatever became of the stay.
    fn check_paid(&self, stay: u64, amount: u128) -> Result<(), Error> {
        let head = self.head(stay)?;
        if amount == 0 || head.is_paid() {
            return Ok(());
        }
        Err(IStays::WrongState { stay, state: head.state, needed: stay_state::PAID }.into())
    }
}

fn wrong_amount(stay: u64, most: u128, amount: u128) -> Error {
    IStays::WrongAmount { stay, dueWei: U256::from(most), sentWei: U256::from(amount) }.into()
}
