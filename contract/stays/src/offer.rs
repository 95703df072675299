//! Requests and quotes: everything before the patient accepts.

use alloy_primitives::aliases::{U32, U64, U96};
use alloy_primitives::{Address, B256, U256};
use chartkey_abi::{IStays, stay_state};
use chartkey_checks::is_interval;
use stylus_sdk::prelude::*;

use crate::head::Head;
use crate::{Error, Stays};

/// The most nights of a stay: they fit in a byte, and in two words of a calendar.
const MOST_NIGHTS: u32 = 255;

/// What a clinic quotes.
pub(crate) struct Offer {
    /// The request that this answers; 0: none.
    pub(crate) requested: u64,
    pub(crate) clinic: Address,
    pub(crate) patient: Address,
    pub(crate) admit_day: u32,
    pub(crate) discharge_day: u32,
    pub(crate) room: B256,
    pub(crate) total: u128,
    /// 0 is the chain's coin.
    pub(crate) token: Address,
    pub(crate) policy: u32,
    pub(crate) valid_until: u64,
    pub(crate) overrides: bool,
}

/// Nights of a stay, refused if there is none or too many.
fn nights(admit_day: u32, discharge_day: u32) -> Result<u8, Error> {
    if !is_interval(admit_day, discharge_day) {
        return Err(IStays::DischargeNotAfterAdmit {
            admitDay: admit_day,
            dischargeDay: discharge_day,
        }
        .into());
    }
    let nights = discharge_day - admit_day;
    u8::try_from(nights).map_err(|_| IStays::StayTooLong { nights, most: MOST_NIGHTS }.into())
}

impl Stays {
    /// Asks a clinic for a stay of the caller.
    ///
    /// # Errors
    ///
    /// * [`Error::DischargeNotAfterAdmit`], [`Error::StayTooLong`]
    ///
    /// # Events
    ///
    /// * `StayRequested`
    pub(crate) fn ask(
        &mut self,
        clinic: Address,
        admit_day: u32,
        discharge_day: u32,
    ) -> Result<u64, Error> {
        let nights = nights(admit_day, discharge_day)?;
        let patient = self.vm().msg_sender();
        let stay = self.next_number();
        let head = Head { state: stay_state::REQUESTED, admit_day, nights, ..Head::default() };
        let mut entry = self.stays.setter(U64::from(stay));
        entry.head.set(head.pack());
        entry.patient.set(patient);
        entry.clinic.set(clinic);
        self.vm().log(IStays::StayRequested {
            stay,
            clinic,
            patient,
            admitDay: admit_day,
            dischargeDay: discharge_day,
        });
        Ok(stay)
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
    pub(crate) fn quote_in_coins(
        &mut self,
        patient: Address,
        admit_day: u32,
        discharge_day: u32,
        room: B256,
        total: u128,
    ) -> Result<u64, Error> {
        let clinic = self.vm().msg_sender();
        self.make_offer(&Offer {
            requested: 0,
            clinic,
            patient,
            admit_day,
            discharge_day,
            room,
            total,
            token: Address::ZERO,
            policy: 0,
            valid_until: u64::MAX,
            overrides: false,
        })
    }

    /// Quotes a stay, or answers a request. Only the clinic.
    ///
    /// # Errors
    ///
    /// * Those of [`quote_in_coins`](Self::quote_in_coins); [`Error::NotClinic`] - the caller.
    /// * [`Error::NoPolicy`], [`Error::TokenNotAccepted`] - what the clinic did not set up.
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotPatient`] - the request.
    ///
    /// # Events
    ///
    /// * `StayQuoted`, and `AvailabilityOverridden` if it overrides.
    pub(crate) fn make_offer(&mut self, offer: &Offer) -> Result<u64, Error> {
        self.only_clinic(offer.clinic)?;
        self.check_credential(offer.clinic)?;
        if offer.patient.is_zero() {
            return Err(IStays::ZeroPatient {}.into());
        }
        let nights = nights(offer.admit_day, offer.discharge_day)?;
        if offer.total == 0 {
            return Err(IStays::ZeroPrice {}.into());
        }
        if offer.total >> 96 != 0 {
            return Err(IStays::AmountTooLarge { amountWei: U256::from(offer.total) }.into());
        }
        if offer.policy != 0 {
            self.check_policy(offer.clinic, offer.policy)?;
        }
        let is_token = !offer.token.is_zero();
        if is_token && !self.clinics.getter(offer.clinic).tokens.get(offer.token) {
            let (clinic, token) = (offer.clinic, offer.token);
            return Err(IStays::TokenNotAccepted { clinic, token }.into());
        }
        let stay = match offer.requested {
            0 => self.next_number(),
            requested => self.answered(requested, offer)?,
        };
        let (state, admit_day) = (stay_state::QUOTED, offer.admit_day);
        let mut head = Head { state, admit_day, nights, ..Head::default() };
        head.set_kind(is_token, offer.overrides);
        head.set_until(offer.valid_until);
        head.set_due(offer.total);
        self.store(stay, offer, &head);
        Ok(stay)
    }

    /// A request is answered by the clinic that was asked, to the patient who asked.
    fn answered(&self, stay: u64, offer: &Offer) -> Result<u64, Error> {
        self.head_in(stay, stay_state::REQUESTED)?;
        let entry = self.stays.getter(U64::from(stay));
        let (clinic, patient) = (entry.clinic.get(), entry.patient.get());
        if clinic != offer.clinic {
            return Err(IStays::NotClinic { clinic, caller: offer.clinic }.into());
        }
        if patient != offer.patient {
            return Err(IStays::NotPatient { stay, patient, caller: offer.patient }.into());
        }
        Ok(stay)
    }

    fn store(&mut self, stay: u64, offer: &Offer, head: &Head) {
        let mut entry = self.stays.setter(U64::from(stay));
        entry.head.set(head.pack());
        entry.patient.set(offer.patient);
        entry.total.set(U96::from(offer.total));
        entry.clinic.set(offer.clinic);
        entry.policy.set(U32::from(offer.policy));
        entry.room.set(offer.room);
        if head.is_token() {
            entry.token.set(offer.token);
        }
        self.vm().log(IStays::StayQuoted {
            stay,
            clinic: offer.clinic,
            patient: offer.patient,
            admitDay: offer.admit_day,
            dischargeDay: offer.discharge_day,
            room: offer.room,
            totalWei: offer.total,
            token: offer.token,
            policy: offer.policy,
            validUntil: head.until(),
        });
        if offer.overrides {
            let by = self.vm().msg_sender();
            self.vm().log(IStays::AvailabilityOverridden { stay, by });
        }
    }

    fn next_number(&mut self) -> u64 {
        // A counter that goes up by one with each stay cannot overflow 64 bits.
        let number = self.count.get().to::<u64>().wrapping_add(1);
        self.count.set(U64::from(number));
        number
    }
}
