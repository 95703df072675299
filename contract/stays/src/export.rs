//! The program as the SDK would route it: the judge of the interface, never part of what goes on chain.
//!
//! The SDK's export says which selectors and mutabilities these signatures have
//! (`contract/pack/src/judge.rs`), and the tests run every call through both routes.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use stylus_sdk::prelude::*;

use crate::offer::Offer;
use crate::token::Permit;
use crate::view::{StayWords, TermWords};
use crate::{Error, Stays};

#[public]
impl Stays {
    /// Adds a policy of the caller, under its next number.
    pub fn define_policy(
        &mut self,
        name: B256,
        terms: B256,
        arbiter: Address,
    ) -> Result<u32, Error> {
        self.add_policy(name, terms, arbiter)
    }

    /// Lets `staff` act for the caller before `until`. Emits `StaffChanged`.
    pub fn set_staff(&mut self, staff: Address, until: u64) {
        self.change_staff(staff, until);
    }

    /// The caller takes `token`, or no longer does. Emits `TokenAccepted`.
    pub fn accept_token(&mut self, token: Address, is_accepted: bool) {
        self.change_token(token, is_accepted);
    }

    /// Lays out a room's calendar, so that each booking in it costs the same. Only the clinic.
    pub fn open_room(
        &mut self,
        clinic: Address,
        room: B256,
        from_day: u32,
        to_day: u32,
    ) -> Result<(), Error> {
        self.lay_out(clinic, room, from_day, to_day)
    }

    /// Asks a clinic for a stay of the caller.
    pub fn request(
        &mut self,
        clinic: Address,
        admit_day: u32,
        discharge_day: u32,
    ) -> Result<u64, Error> {
        self.ask(clinic, admit_day, discharge_day)
    }

    /// Quotes a stay in coins, under policy 0 and without an end; the caller is the clinic.
    pub fn quote(
        &mut self,
        patient: Address,
        admit_day: u32,
        discharge_day: u32,
        room: B256,
        total_wei: u128,
    ) -> Result<u64, Error> {
        self.quote_in_coins(patient, admit_day, discharge_day, room, total_wei)
    }

    /// Quotes a stay, or answers a request. Only the clinic.
    #[allow(clippy::too_many_arguments, reason = "flat arguments keep the ABI free of structs")]
    pub fn offer(
        &mut self,
        requested: u64,
        clinic: Address,
        patient: Address,
        admit_day: u32,
        discharge_day: u32,
        room: B256,
        total_wei: u128,
        token: Address,
        policy: u32,
        valid_until: u64,
        overrides: bool,
    ) -> Result<u64, Error> {
        self.make_offer(&Offer {
            requested,
            clinic,
            patient,
            admit_day,
            discharge_day,
            room,
            total: total_wei,
            token,
            policy,
            valid_until,
            overrides,
        })
    }

    /// Reserves the room for the policy's hold time. Only the patient.
    pub fn hold(&mut self, stay: u64) -> Result<(), Error> {
        self.hold_room(stay)
    }

    /// Accepts a quote, held or not; the price is due in the policy's time. Only the patient.
    pub fn book(&mut self, stay: u64) -> Result<(), Error> {
        self.accept_quote(stay)
    }

    /// Pays into escrow: a booked stay by anybody, a quote (which books it) by the patient.
    #[payable]
    pub fn pay(&mut self, stay: u64) -> Result<(), Error> {
        self.pay_coins(stay)
    }

    /// As [`pay`](Self::pay), from the caller's tokens: by allowance, or by permit if `deadline` is not 0.
    pub fn pay_token(
        &mut self,
        stay: u64,
        amount_wei: u128,
        deadline: U256,
        v: u8,
        r: B256,
        s: B256,
    ) -> Result<(), Error> {
        self.pay_tokens(stay, amount_wei, &Permit { deadline, v, r, s })
    }

    /// Ends a stay: by the clinic with full refund, by the patient before admission by the policy.
    pub fn cancel(&mut self, stay: u64) -> Result<(), Error> {
        self.cancel_stay(stay)
    }

    /// Marks a stay as entered in error, with full refund. Only the clinic.
    pub fn retract(&mut self, stay: u64) -> Result<(), Error> {
        self.retract_stay(stay)
    }

    /// Frees a room whose hold or time to pay is over. Anybody.
    pub fn lapse(&mut self, stay: u64) -> Result<(), Error> {
        self.lapse_stay(stay)
    }

    /// The patient is in house. Only the clinic, from the admission day on.
    pub fn arrive(&mut self, stay: u64) -> Result<(), Error> {
        self.register_arrival(stay)
    }

    /// The patient did not come. Only the clinic, after the grace time.
    pub fn no_show(&mut self, stay: u64) -> Result<(), Error> {
        self.register_no_show(stay)
    }

    /// The patient leaves before the agreed day, today or later. Only the clinic.
    pub fn discharge_early(&mut self, stay: u64, discharge_day: u32) -> Result<(), Error> {
        self.shorten(stay, discharge_day)
    }

    /// Freezes the escrow. Only the patient, from admission until others may settle.
    pub fn dispute(&mut self, stay: u64) -> Result<(), Error> {
        self.open_dispute(stay)
    }

    /// Splits a disputed escrow. Only the arbiter, in its time.
    pub fn decide(&mut self, stay: u64, refund_wei: u128) -> Result<(), Error> {
        self.decide_dispute(stay, refund_wei)
    }

    /// Releases the escrow to the clinic's balance.
    pub fn settle(&mut self, stay: u64) -> Result<(), Error> {
        self.settle_stay(stay)
    }

    /// Claims a paid stay from an insurer, or with 0 takes back what is open there. Only the patient.
    pub fn claim(&mut self, stay: u64, insurer: Address, amount_wei: u128) -> Result<(), Error> {
        self.file_claim(stay, insurer, amount_wei)
    }

    /// Pays a claim to the clinic or the patient; 0 refuses what is open. Only the insurer.
    #[payable]
    pub fn settle_claim(
        &mut self,
        stay: u64,
        amount_wei: u128,
        to_clinic: bool,
    ) -> Result<(), Error> {
        self.answer_claim(stay, amount_wei, to_clinic)
    }

    /// Pays the caller all coins that were released to it.
    pub fn withdraw(&mut self) -> Result<U256, Error> {
        self.take_out_coins()
    }

    /// As [`withdraw`](Self::withdraw), of any token and to another account.
    pub fn withdraw_to(&mut self, token: Address, to: Address) -> Result<U256, Error> {
        self.take_out(token, to)
    }

    /// The records program whose registrar vouches for clinics.
    pub fn registry(&self) -> Address {
        self.read_registry()
    }

    /// How many stays there are.
    pub fn stay_count(&self) -> u64 {
        self.read_count()
    }

    /// One stay: state, clinic, patient, admit day, discharge day, room, price.
    pub fn stay_of(&self, stay: u64) -> Result<StayWords, Error> {
        self.read_stay(stay)
    }

    /// The rest of a stay: token, policy, override, end of its state, due, payer, deposit.
    pub fn terms_of(&self, stay: u64) -> Result<TermWords, Error> {
        self.read_terms(stay)
    }

    /// Coins released to `account` and not yet withdrawn, in wei.
    pub fn released_to(&self, account: Address) -> U256 {
        self.read_released(account, Address::ZERO)
    }

    /// As [`released_to`](Self::released_to), of a token.
    pub fn released_in(&self, account: Address, token: Address) -> U256 {
        self.read_released(account, token)
    }

    /// A policy's terms and arbiter.
    pub fn policy_of(&self, clinic: Address, policy: u32) -> Result<(B256, Address), Error> {
        self.read_policy(clinic, policy)
    }

    /// Until when `staff` may act for `clinic`.
    pub fn staff_until(&self, clinic: Address, staff: Address) -> u64 {
        self.read_staff(clinic, staff)
    }

    /// Whether `clinic` takes `token`.
    pub fn takes_token(&self, clinic: Address, token: Address) -> bool {
        self.read_acceptance(clinic, token)
    }

    /// The taken nights of the 255 days that `day` is in.
    pub fn calendar_of(&self, clinic: Address, room: B256, day: u32) -> U256 {
        self.nights_of(clinic, room, day)
    }

    /// Who is asked to pay for a stay, how much is open, and how much of that may still be paid.
    pub fn claim_of(&self, stay: u64) -> (Address, u128, u128) {
        self.read_claim(stay)
    }
}
