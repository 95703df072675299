//! *Stays*: a clinic's quotes and the patient's money in escrow.
//!
//! Money is in exactly one of two places: the escrow of a paid stay, or an account's released
//! balance. `liabilities` is the sum of both and never more than the contract's balance. It leaves
//! only through `withdraw`, by its owner, after it was taken off the books.

#![cfg_attr(not(any(test, feature = "export-abi")), no_std, no_main)]
#![allow(missing_docs, reason = "the SDK's macros generate undocumented items")]
#![allow(unreachable_pub, reason = "the SDK's macros need public names")]

#[macro_use]
extern crate alloc;

mod error;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use alloy_primitives::aliases::{U8, U32, U64, U128};
use alloy_primitives::{Address, B256, U256};
use chartkey_abi::{IStays, stay_state};
use chartkey_checks::{day_start, is_account, is_interval};
pub use error::Error;
use stylus_sdk::call::transfer::transfer_eth;
use stylus_sdk::prelude::*;
use stylus_sdk::storage::{
    StorageAddress, StorageB256, StorageBool, StorageMap, StorageU8, StorageU32, StorageU64,
    StorageU128, StorageU256,
};

/// A stay: four slots, ordered by what is written together.
#[storage]
pub struct Stay {
    patient: StorageAddress,
    admit_day: StorageU32,
    discharge_day: StorageU32,
    state: StorageU8,
    clinic: StorageAddress,
    total_wei: StorageU128,
    room: StorageB256,
}

/// The program's storage.
#[entrypoint]
#[storage]
pub struct Stays {
    count: StorageU64,
    /// Set while money is on its way out; a second way in is refused then.
    is_paying_out: StorageBool,
    liabilities: StorageU256,
    stays: StorageMap<U64, Stay>,
    released: StorageMap<Address, StorageU256>,
}

/// What `stayOf` answers, in the order of the interface.
type StayWords = (u8, Address, Address, u32, u32, B256, u128);

#[public]
impl Stays {
    /// Quotes a stay to `patient`; the caller is the clinic. Returns its number, from 1.
    ///
    /// # Errors
    ///
    /// * [`Error::ZeroPatient`], [`Error::DischargeNotAfterAdmit`], [`Error::ZeroPrice`] - the
    ///   arguments.
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
        if patient.is_zero() {
            return Err(Error::ZeroPatient(IStays::ZeroPatient {}));
        }
        if !is_interval(admit_day, discharge_day) {
            return Err(Error::DischargeNotAfterAdmit(IStays::DischargeNotAfterAdmit {
                admitDay: admit_day,
                dischargeDay: discharge_day,
            }));
        }
        if total_wei == 0 {
            return Err(Error::ZeroPrice(IStays::ZeroPrice {}));
        }
        let clinic = self.vm().msg_sender();
        // A counter that goes up by one with each quote cannot overflow 64 bits.
        let number = self.count.get().to::<u64>().wrapping_add(1);
        self.count.set(U64::from(number));

        let mut stay = self.stays.setter(U64::from(number));
        stay.patient.set(patient);
        stay.admit_day.set(U32::from(admit_day));
        stay.discharge_day.set(U32::from(discharge_day));
        stay.state.set(U8::from(stay_state::QUOTED));
        stay.clinic.set(clinic);
        stay.total_wei.set(U128::from(total_wei));
        stay.room.set(room);
        self.vm().log(IStays::StayQuoted {
            stay: number,
            clinic,
            patient,
            admitDay: admit_day,
            dischargeDay: discharge_day,
            room,
            totalWei: total_wei,
        });
        Ok(number)
    }

    /// Pays a quoted stay into escrow.
    ///
    /// Only the patient, exactly the price.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`] - the stay.
    /// * [`Error::NotPatient`] - the caller.
    /// * [`Error::WrongAmount`] - the value.
    ///
    /// # Events
    ///
    /// * `StayPaid`
    #[payable]
    pub fn pay(&mut self, stay: u64) -> Result<(), Error> {
        let (payer, sent) = (self.vm().msg_sender(), self.vm().msg_value());
        let entry = self.stays.getter(U64::from(stay));
        let (patient, amount) = (entry.patient.get(), entry.total_wei.get().to::<u128>());
        self.check_state(stay, stay_state::QUOTED)?;
        if !is_account(payer, patient) {
            return Err(Error::NotPatient(IStays::NotPatient { stay, patient, caller: payer }));
        }
        let due = U256::from(amount);
        if sent != due {
            return Err(Error::WrongAmount(IStays::WrongAmount {
                stay,
                dueWei: due,
                sentWei: sent,
            }));
        }
        self.stays.setter(U64::from(stay)).state.set(U8::from(stay_state::PAID));
        // The sum is at most all the coins there are.
        let owed = self.liabilities.get().wrapping_add(due);
        self.liabilities.set(owed);
        self.vm().log(IStays::StayPaid { stay, payer, amountWei: amount });
        Ok(())
    }

    /// Releases the escrow to the clinic's balance.
    ///
    /// The patient at any time after payment; the clinic from the discharge day on (00:00 UTC).
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
        let caller = self.vm().msg_sender();
        let time = self.vm().block_timestamp();
        self.check_state(stay, stay_state::PAID)?;
        let entry = self.stays.getter(U64::from(stay));
        let clinic = entry.clinic.get();
        let amount = entry.total_wei.get().to::<u128>();
        if caller != entry.patient.get() {
            if caller != clinic {
                return Err(Error::NotParty(IStays::NotParty { stay, caller }));
            }
            let opens_at = day_start(entry.discharge_day.get().to::<u32>());
            if time < opens_at {
                return Err(Error::BeforeDischarge(IStays::BeforeDischarge {
                    stay,
                    opensAt: opens_at,
                    time,
                }));
            }
        }
        self.stays.setter(U64::from(stay)).state.set(U8::from(stay_state::SETTLED));
        let mut balance = self.released.setter(clinic);
        // Escrow becomes balance: the sum of both does not change.
        let sum = balance.get().wrapping_add(U256::from(amount));
        balance.set(sum);
        self.vm().log(IStays::StaySettled { stay, clinic, amountWei: amount });
        Ok(())
    }

    /// Pays the caller everything that was released to it.
    ///
    /// # Errors
    ///
    /// * [`Error::NothingToWithdraw`] - nothing is there, or a payment is on its way already.
    /// * [`Error::TransferFailed`] - the caller refused the money; it stays released.
    ///
    /// # Events
    ///
    /// * `Withdrawn`
    pub fn withdraw(&mut self) -> Result<U256, Error> {
        let account = self.vm().msg_sender();
        let amount = self.released.get(account);
        if amount.is_zero() || self.is_paying_out.get() {
            return Err(Error::NothingToWithdraw(IStays::NothingToWithdraw { account }));
        }
        // Off the books before any code of the receiver runs.
        self.is_paying_out.set(true);
        self.released.setter(account).set(U256::ZERO);
        let owed = self.liabilities.get().wrapping_sub(amount);
        self.liabilities.set(owed);
        if transfer_eth(self.vm(), account, amount).is_err() {
            return Err(Error::TransferFailed(IStays::TransferFailed {
                account,
                amountWei: amount,
            }));
        }
        self.is_paying_out.set(false);
        self.vm().log(IStays::Withdrawn { account, amountWei: amount });
        Ok(amount)
    }

    /// How many stays were quoted.
    pub fn stay_count(&self) -> u64 {
        self.count.get().to::<u64>()
    }

    /// One stay: state, clinic, patient, admit day, discharge day, room, price in wei.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`]
    pub fn stay_of(&self, stay: u64) -> Result<StayWords, Error> {
        let entry = self.stays.getter(U64::from(stay));
        let state = entry.state.get().to::<u8>();
        if state == 0 {
            return Err(Error::NoStay(IStays::NoStay { stay }));
        }
        Ok((
            state,
            entry.clinic.get(),
            entry.patient.get(),
            entry.admit_day.get().to::<u32>(),
            entry.discharge_day.get().to::<u32>(),
            entry.room.get(),
            entry.total_wei.get().to::<u128>(),
        ))
    }

    /// Money released to `account` and not yet withdrawn, in wei.
    pub fn released_to(&self, account: Address) -> U256 {
        self.released.get(account)
    }

    /// All money the contract owes: escrows and released balances, in wei.
    pub fn liabilities(&self) -> U256 {
        self.liabilities.get()
    }
}

impl Stays {
    /// A stay moves only along quoted, paid, settled.
    #[inline(never)]
    fn check_state(&self, stay: u64, needed: u8) -> Result<(), Error> {
        let state = self.stays.getter(U64::from(stay)).state.get().to::<u8>();
        if state == needed {
            return Ok(());
        }
        Err(if state == 0 {
            Error::NoStay(IStays::NoStay { stay })
        } else {
            Error::WrongState(IStays::WrongState { stay, state, needed })
        })
    }
}
