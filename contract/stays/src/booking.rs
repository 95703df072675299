//! From a quote to a reserved room and a paid price.

use alloy_primitives::aliases::{U64, U96};
use alloy_primitives::{Address, U256};
use chartkey_abi::{IStays, stay_state};
use chartkey_checks::{day_start, is_account};
use stylus_sdk::prelude::*;

use crate::head::Head;
use crate::money::least_share;
use crate::token::Permit;
use crate::{Error, Stays};

impl Stays {
    /// Reserves the room for the policy's hold time. Only the patient.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`], [`Error::TooLate`],
    ///   [`Error::RoomTaken`]
    ///
    /// # Events
    ///
    /// * `StayMoved`
    pub(crate) fn hold_room(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head_in(stay, stay_state::QUOTED)?;
        self.accept(stay, &head)?;
        let now = self.vm().block_timestamp();
        let ends = now.saturating_add(u64::from(self.terms_of_stay(stay).hold_secs));
        // A hold does not prolong the quote.
        head.set_until(ends.min(head.until()));
        self.move_to(stay, &mut head, stay_state::HELD);
        Ok(())
    }

    /// Accepts a quote, held or not; the price is due in the policy's time. Only the patient.
    ///
    /// # Errors
    ///
    /// * Those of [`hold_room`](Self::hold_room).
    ///
    /// # Events
    ///
    /// * `StayMoved`
    pub(crate) fn accept_quote(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head(stay)?;
        self.accept(stay, &head)?;
        head.set_until(self.due_by(stay));
        self.move_to(stay, &mut head, stay_state::BOOKED);
        Ok(())
    }

    /// Pays into escrow: a booked stay by anybody, a quote (which books it) by the patient.
    ///
    /// # Errors
    ///
    /// * Those of [`hold_room`](Self::hold_room), [`Error::WrongCurrency`]
    /// * [`Error::WrongAmount`] - not what is due, and no part that the policy allows.
    ///
    /// # Events
    ///
    /// * `StayPaid`
    pub(crate) fn pay_coins(&mut self, stay: u64) -> Result<(), Error> {
        let head = self.head(stay)?;
        if head.is_token() {
            let token = self.token_of(stay, &head);
            return Err(IStays::WrongCurrency { stay, token }.into());
        }
        let amount = self.vm().msg_value();
        self.take_payment(stay, head, amount)
    }

    /// As [`pay_coins`](Self::pay_coins), from the caller's tokens: by allowance, or by a permit whose
    /// deadline is not 0.
    ///
    /// # Errors
    ///
    /// * Those of [`pay_coins`](Self::pay_coins); [`Error::TokenFailed`], [`Error::TokenShort`],
    ///   [`Error::Reentered`]
    ///
    /// # Events
    ///
    /// * `StayPaid`
    pub(crate) fn pay_tokens(
        &mut self,
        stay: u64,
        amount: u128,
        permit: &Permit,
    ) -> Result<(), Error> {
        let head = self.head(stay)?;
        let token = self.token_of(stay, &head);
        if token.is_zero() {
            return Err(IStays::WrongCurrency { stay, token }.into());
        }
        self.lock()?;
        self.take_payment(stay, head, U256::from(amount))?;
        if !permit.deadline.is_zero() {
            self.use_permit(token, amount, permit);
        }
        self.pull_token(token, amount)?;
        self.unlock();
        Ok(())
    }

    /// Takes `amount` for a stay; the money itself comes in elsewhere.
    ///
    /// A booked stay can be paid by anybody, and paying it touches its head alone. Anything before that
    /// is an acceptance, which is the patient's.
    fn take_payment(&mut self, stay: u64, mut head: Head, amount: U256) -> Result<(), Error> {
        let payer = self.vm().msg_sender();
        if head.state == stay_state::BOOKED {
            self.check_in_time(stay, &head)?;
        } else {
            self.accept(stay, &head)?;
        }
        let paid = amount.saturating_to::<u128>();
        if paid == head.due() {
            head.set_paid(payer);
        } else {
            self.take_part(stay, &mut head, payer, amount)?;
        }
        self.save(stay, &head);
        self.vm().log(IStays::StayPaid { stay, payer, amountWei: paid });
        Ok(())
    }

    /// A part is taken from the patient only, so that at most one other account is owed a refund.
    fn take_part(
        &mut self,
        stay: u64,
        head: &mut Head,
        payer: Address,
        amount: U256,
    ) -> Result<(), Error> {
        let terms = self.terms_of_stay(stay);
        let by = self.due_by(stay);
        let mut entry = self.stays.setter(U64::from(stay));
        let (due, paid) = (head.due(), amount.saturating_to::<u128>());
        let least = least_share(entry.total.get().to::<u128>(), terms.deposit_bps);
        let is_allowed = terms.deposit_bps != 0
            && payer == entry.patient.get()
            && paid != 0
            && paid < due
            && (head.has_deposit() || paid >= least);
        if !is_allowed {
            return Err(
                IStays::WrongAmount { stay, dueWei: U256::from(due), sentWei: amount }.into()
            );
        }
        // At most the price, which has 96 bits.
        let deposit = entry.deposit.get().to::<u128>().wrapping_add(paid);
        entry.deposit.set(U96::from(deposit));
        if head.state != stay_state::BOOKED {
            head.state = stay_state::BOOKED;
            head.set_until(by);
        }
        head.set_due(due - paid);
        head.set_deposit();
        // A deposit keeps the room until admission.
        head.set_until(head.until().max(day_start(head.admit_day)));
        Ok(())
    }

    /// The patient takes a quote or hold in its time; a room that is not held yet is reserved.
    fn accept(&mut self, stay: u64, head: &Head) -> Result<(), Error> {
        let is_quote = head.state == stay_state::QUOTED;
        if !is_quote && head.state != stay_state::HELD {
            let (state, needed) = (head.state, stay_state::QUOTED);
            return Err(IStays::WrongState { stay, state, needed }.into());
        }
        self.only_patient(stay)?;
        self.check_in_time(stay, head)?;
        if is_quote && !head.overrides() {
            let entry = self.stays.getter(U64::from(stay));
            let (clinic, room) = (entry.clinic.get(), entry.room.get());
            self.set_nights(clinic, room, head, true)?;
        }
        Ok(())
    }

    fn due_by(&self, stay: u64) -> u64 {
        let within = u64::from(self.terms_of_stay(stay).pay_within_secs);
        self.vm().block_timestamp().saturating_add(within)
    }

    #[inline(never)]
    fn check_in_time(&self, stay: u64, head: &Head) -> Result<(), Error> {
        let (until, time) = (head.until(), self.vm().block_timestamp());
        if time <= until {
            return Ok(());
        }
        Err(IStays::TooLate { stay, until, time }.into())
    }

    #[inline(never)]
    pub(crate) fn only_patient(&self, stay: u64) -> Result<Address, Error> {
        let caller = self.vm().msg_sender();
        let patient = self.stays.getter(U64::from(stay)).patient.get();
        if is_account(caller, patient) {
            return Ok(patient);
        }
        Err(IStays::NotPatient { stay, patient, caller }.into())
    }
}
