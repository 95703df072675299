//! *Stays*: a clinic's quotes, its rooms and the patient's money in escrow.
//!
//! Money is in exactly one of two places: the escrow of a paid stay, or an account's released
//! balance in the token that was paid. It leaves only through `withdraw` and `withdrawTo`, by its owner,
//! after it was taken off the books. No sum of all escrows is stored: it would make each payment a fifth
//! dearer, and the tests hold the books against a plain model instead.
//!
//! This file is the interface; what each function does is in the module of its subject.

#![cfg_attr(not(any(test, feature = "export-abi")), no_std, no_main)]
#![allow(missing_docs, reason = "the SDK's macros generate undocumented items")]
#![allow(unreachable_pub, reason = "the SDK's macros need public names")]

#[macro_use]
extern crate alloc;

mod booking;
mod calendar;
mod claim;
mod clinic;
mod credential;
mod ending;
mod error;
mod head;
mod money;
mod offer;
#[cfg_attr(
    all(feature = "export-abi", not(test)),
    allow(dead_code, reason = "the export asks for the SDK's router")
)]
mod router;
mod state;
mod storage;
#[cfg(test)]
mod tests;
mod token;

use alloc::vec::Vec;

use alloy_primitives::aliases::U64;
use alloy_primitives::{Address, B256, U256};
use chartkey_abi::IStays;
pub use error::Error;
use offer::Offer;
use storage::{ByStay, Claim, Clinic, Released, Stay};
use stylus_sdk::prelude::*;
use stylus_sdk::storage::{StorageAddress, StorageBool, StorageMap, StorageU64};
use token::Permit;

/// The program's storage.
#[entrypoint]
#[storage]
pub struct Stays {
    count: StorageU64,
    /// Set while money is on its way; a second way in is refused then.
    is_paying_out: StorageBool,
    stays: ByStay<Stay>,
    released: Released,
    clinics: StorageMap<Address, Clinic>,
    claims: ByStay<Claim>,
    /// The records program whose registrar vouches for clinics; the creation code writes it, and nothing
    /// else does (`chartkey_abi::stays_creation_code`).
    registry: StorageAddress,
}

/// What `stayOf` answers, in the order of the interface.
type StayWords = (u8, Address, Address, u32, u32, B256, u128);
/// What `termsOf` answers, in the order of the interface.
type TermWords = (Address, u32, bool, u64, u128, Address, u128);

/// The interface. The SDK's router is for the export that judges it; calls come through
/// [`router`].
macro_rules! interface {
    ($(#[$public:meta])? $(, #[$payable:meta])?) => {
        $(#[$public])?
        impl Stays {
            /// Adds a policy of the caller, under its next number.
            ///
            /// # Errors
            ///
            /// * [`Error::UnsoundPolicy`]
            ///
            /// # Events
            ///
            /// * `PolicyDefined`
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
            ///
            /// # Errors
            ///
            /// * [`Error::NotClinic`], [`Error::DayOutOfRange`]
            ///
            /// # Events
            ///
            /// * `RoomOpened`
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
            ///
            /// # Errors
            ///
            /// * [`Error::DischargeNotAfterAdmit`], [`Error::StayTooLong`]
            ///
            /// # Events
            ///
            /// * `StayRequested`
            pub fn request(
                &mut self,
                clinic: Address,
                admit_day: u32,
                discharge_day: u32,
            ) -> Result<u64, Error> {
                self.ask(clinic, admit_day, discharge_day)
            }

            /// Quotes a stay in coins, under policy 0 and without an end; the caller is the clinic.
            ///
            /// # Errors
            ///
            /// * [`Error::NoCredential`] - the registrar does not vouch for the clinic now.
            /// * [`Error::ZeroPatient`], [`Error::DischargeNotAfterAdmit`], [`Error::StayTooLong`],
            ///   [`Error::ZeroPrice`], [`Error::AmountTooLarge`] - the arguments.
            ///
            /// # Events
            ///
            /// * `StayQuoted`
            pub fn quote(
                &mut self,
                patient: Address,
                admit_day: u32,
                discharge_day: u32,
                room: B256,
                total_wei: u128,
            ) -> Result<u64, Error> {
                let clinic = self.vm().msg_sender();
                self.offer(
                    0,
                    clinic,
                    patient,
                    admit_day,
                    discharge_day,
                    room,
                    total_wei,
                    Address::ZERO,
                    0,
                    u64::MAX,
                    false,
                )
            }

            /// Quotes a stay, or answers a request. Only the clinic.
            ///
            /// # Errors
            ///
            /// * Those of [`quote`](Self::quote); [`Error::NotClinic`] - the caller.
            /// * [`Error::NoPolicy`], [`Error::TokenNotAccepted`] - what the clinic did not set up.
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`] - the request.
            ///
            /// # Events
            ///
            /// * `StayQuoted`, and `AvailabilityOverridden` if it overrides.
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
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`], [`Error::TooLate`],
            ///   [`Error::RoomTaken`]
            ///
            /// # Events
            ///
            /// * `StayMoved`
            pub fn hold(&mut self, stay: u64) -> Result<(), Error> {
                self.hold_room(stay)
            }

            /// Accepts a quote, held or not; the price is due in the policy's time. Only the patient.
            ///
            /// # Errors
            ///
            /// * Those of [`hold`](Self::hold).
            ///
            /// # Events
            ///
            /// * `StayMoved`
            pub fn book(&mut self, stay: u64) -> Result<(), Error> {
                self.accept_quote(stay)
            }

            /// Pays into escrow: a booked stay by anybody, a quote (which books it) by the patient.
            ///
            /// # Errors
            ///
            /// * Those of [`hold`](Self::hold), [`Error::WrongCurrency`]
            /// * [`Error::WrongAmount`] - not what is due, and no part that the policy allows.
            ///
            /// # Events
            ///
            /// * `StayPaid`
            $(#[$payable])?
            pub fn pay(&mut self, stay: u64) -> Result<(), Error> {
                let head = self.head(stay)?;
                if head.is_token() {
                    let token = self.token_of(stay, &head);
                    return Err(IStays::WrongCurrency { stay, token }.into());
                }
                let amount = self.vm().msg_value();
                self.take_payment(stay, head, amount)
            }

            /// As [`pay`](Self::pay), from the caller's tokens: by allowance, or by permit if `deadline` is not 0.
            ///
            /// # Errors
            ///
            /// * Those of [`pay`](Self::pay); [`Error::TokenFailed`], [`Error::TokenShort`], [`Error::Reentered`]
            ///
            /// # Events
            ///
            /// * `StayPaid`
            pub fn pay_token(
                &mut self,
                stay: u64,
                amount_wei: u128,
                deadline: U256,
                v: u8,
                r: B256,
                s: B256,
            ) -> Result<(), Error> {
                let head = self.head(stay)?;
                let token = self.token_of(stay, &head);
                if token.is_zero() {
                    return Err(IStays::WrongCurrency { stay, token }.into());
                }
                self.lock()?;
                self.take_payment(stay, head, U256::from(amount_wei))?;
                if !deadline.is_zero() {
                    self.use_permit(token, amount_wei, &Permit { deadline, v, r, s });
                }
                self.pull_token(token, amount_wei)?;
                self.unlock();
                Ok(())
            }

            /// Ends a stay: by the clinic with full refund, by the patient before admission by the policy.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::NotParty`], [`Error::WrongState`], [`Error::TooLate`]
            ///
            /// # Events
            ///
            /// * `StayClosed`, `Refunded`
            pub fn cancel(&mut self, stay: u64) -> Result<(), Error> {
                self.cancel_stay(stay)
            }

            /// Marks a stay as entered in error, with full refund. Only the clinic.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::NotClinic`], [`Error::WrongState`]
            ///
            /// # Events
            ///
            /// * `StayClosed`, `Refunded`
            pub fn retract(&mut self, stay: u64) -> Result<(), Error> {
                self.retract_stay(stay)
            }

            /// Frees a room whose hold or time to pay is over. Anybody.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::TooEarly`]
            ///
            /// # Events
            ///
            /// * `StayClosed`, `Refunded`
            pub fn lapse(&mut self, stay: u64) -> Result<(), Error> {
                self.lapse_stay(stay)
            }

            /// The patient is in house. Only the clinic, from the admission day on.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotClinic`], [`Error::TooEarly`]
            ///
            /// # Events
            ///
            /// * `StayMoved`
            pub fn arrive(&mut self, stay: u64) -> Result<(), Error> {
                self.register_arrival(stay)
            }

            /// The patient did not come. Only the clinic, after the grace time.
            ///
            /// # Errors
            ///
            /// * Those of [`arrive`](Self::arrive).
            ///
            /// # Events
            ///
            /// * `StayClosed`, `Refunded`
            pub fn no_show(&mut self, stay: u64) -> Result<(), Error> {
                self.register_no_show(stay)
            }

            /// The patient leaves before the agreed day, today or later. Only the clinic.
            ///
            /// # Errors
            ///
            /// * Those of [`arrive`](Self::arrive), [`Error::DayOutOfRange`]
            ///
            /// # Events
            ///
            /// * `StayShortened`, `Refunded`
            pub fn discharge_early(&mut self, stay: u64, discharge_day: u32) -> Result<(), Error> {
                self.shorten(stay, discharge_day)
            }

            /// Freezes the escrow. Only the patient, from admission until others may settle.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`], [`Error::TooEarly`],
            ///   [`Error::TooLate`], [`Error::NoArbiter`]
            ///
            /// # Events
            ///
            /// * `StayMoved`
            pub fn dispute(&mut self, stay: u64) -> Result<(), Error> {
                self.open_dispute(stay)
            }

            /// Splits a disputed escrow. Only the arbiter, in its time.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotArbiter`], [`Error::TooLate`],
            ///   [`Error::WrongAmount`]
            ///
            /// # Events
            ///
            /// * `StayClosed`, `Refunded`
            pub fn decide(&mut self, stay: u64, refund_wei: u128) -> Result<(), Error> {
                self.decide_dispute(stay, refund_wei)
            }

            /// Releases the escrow to the clinic's balance.
            ///
            /// The patient at any time after payment; anybody from the discharge day (00:00 UTC) and the
            /// policy's delay on, or after a dispute timed out.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`] - the stay.
            /// * [`Error::NotParty`], [`Error::BeforeDischarge`] - the caller.
            ///
            /// # Events
            ///
            /// * `StaySettled`
            pub fn settle(&mut self, stay: u64) -> Result<(), Error> {
                self.settle_stay(stay)
            }

            /// Claims a paid stay from an insurer, which is the consent to it. Only the patient.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`], [`Error::WrongAmount`],
            ///   [`Error::ClaimOpen`]
            ///
            /// # Events
            ///
            /// * `StayClaimed`
            pub fn claim(&mut self, stay: u64, insurer: Address, amount_wei: u128) -> Result<(), Error> {
                self.file_claim(stay, insurer, amount_wei)
            }

            /// Pays a claim to the clinic or the patient; 0 refuses what is open. Only the insurer.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NoClaim`], [`Error::WrongAmount`],
            ///   [`Error::TokenFailed`], [`Error::TokenShort`], [`Error::Reentered`]
            ///
            /// # Events
            ///
            /// * `ClaimSettled`
            $(#[$payable])?
            pub fn settle_claim(
                &mut self,
                stay: u64,
                amount_wei: u128,
                to_clinic: bool,
            ) -> Result<(), Error> {
                self.answer_claim(stay, amount_wei, to_clinic)
            }

            /// Pays the caller all coins that were released to it.
            ///
            /// # Errors
            ///
            /// * [`Error::NothingToWithdraw`]
            /// * [`Error::TransferFailed`] - the caller refused the money; it stays released.
            /// * [`Error::Reentered`] - a payment is on its way already.
            ///
            /// # Events
            ///
            /// * `Withdrawn`
            pub fn withdraw(&mut self) -> Result<U256, Error> {
                let account = self.vm().msg_sender();
                self.take_out(Address::ZERO, account)
            }

            /// As [`withdraw`](Self::withdraw), of any token and to another account.
            ///
            /// # Errors
            ///
            /// * Those of [`withdraw`](Self::withdraw), [`Error::TokenFailed`]
            ///
            /// # Events
            ///
            /// * `Withdrawn`
            pub fn withdraw_to(&mut self, token: Address, to: Address) -> Result<U256, Error> {
                self.take_out(token, to)
            }

            /// The records program whose registrar vouches for clinics.
            pub fn registry(&self) -> Address {
                self.registry.get()
            }

            /// How many stays there are.
            pub fn stay_count(&self) -> u64 {
                self.count.get().to::<u64>()
            }

            /// One stay: state, clinic, patient, admit day, discharge day, room, price.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`]
            pub fn stay_of(&self, stay: u64) -> Result<StayWords, Error> {
                let head = self.head(stay)?;
                let entry = self.stays.getter(U64::from(stay));
                Ok((
                    head.state,
                    entry.clinic.get(),
                    entry.patient.get(),
                    head.admit_day,
                    head.discharge_day(),
                    entry.room.get(),
                    entry.total.get().to::<u128>(),
                ))
            }

            /// The rest of a stay: token, policy, override, end of its state, due, payer, deposit.
            ///
            /// # Errors
            ///
            /// * [`Error::NoStay`]
            pub fn terms_of(&self, stay: u64) -> Result<TermWords, Error> {
                let head = self.head(stay)?;
                let entry = self.stays.getter(U64::from(stay));
                Ok((
                    entry.token.get(),
                    entry.policy.get().to::<u32>(),
                    head.overrides(),
                    head.until(),
                    head.due(),
                    head.payer(),
                    entry.deposit.get().to::<u128>(),
                ))
            }

            /// Coins released to `account` and not yet withdrawn, in wei.
            pub fn released_to(&self, account: Address) -> U256 {
                self.released_in(account, Address::ZERO)
            }

            /// As [`released_to`](Self::released_to), of a token.
            pub fn released_in(&self, account: Address, token: Address) -> U256 {
                self.released.getter(token).get(account)
            }

            /// A policy's terms and arbiter.
            ///
            /// # Errors
            ///
            /// * [`Error::NoPolicy`]
            pub fn policy_of(&self, clinic: Address, policy: u32) -> Result<(B256, Address), Error> {
                self.check_policy(clinic, policy)?;
                Ok((self.terms(clinic, policy).pack(), self.arbiter(clinic, policy)))
            }

            /// Until when `staff` may act for `clinic`.
            pub fn staff_until(&self, clinic: Address, staff: Address) -> u64 {
                self.clinics.getter(clinic).staff.get(staff).to::<u64>()
            }

            /// Whether `clinic` takes `token`.
            pub fn takes_token(&self, clinic: Address, token: Address) -> bool {
                self.clinics.getter(clinic).tokens.get(token)
            }

            /// The taken nights of the 255 days that `day` is in.
            pub fn calendar_of(&self, clinic: Address, room: B256, day: u32) -> U256 {
                self.nights_of(clinic, room, day)
            }

            /// Who is asked to pay for a stay, and how much is open.
            pub fn claim_of(&self, stay: u64) -> (Address, u128) {
                let entry = self.claims.getter(U64::from(stay));
                (entry.insurer.get(), entry.open.get().to::<u128>())
            }
        }
    };
}

#[cfg(feature = "export-abi")]
interface!(#[public], #[payable]);
#[cfg(not(feature = "export-abi"))]
interface!();
