//! How stays end, and where their money goes then.

use alloy_primitives::aliases::{U8, U64, U96};
use alloy_primitives::{Address, U256};
use chartkey_abi::{IStays, PolicyTerms, stay_state};
use chartkey_checks::day_start;
use stylus_sdk::prelude::*;

use crate::head::Head;
use crate::money::share;
use crate::{Error, Stays};

/// Seconds in a day.
const DAY_SECONDS: u64 = 86_400;

/// What the clinic keeps of a cancellation by the patient before admission.
fn late_fee(terms: &PolicyTerms, head: &Head, total: u128, now: u64) -> u128 {
    let free_until = now.saturating_add(u64::from(terms.free_cancel_secs));
    if free_until <= day_start(head.admit_day) { 0 } else { share(total, terms.late_cancel_bps) }
}

impl Stays {
    /// Ends a stay: by the clinic with full refund, by the patient before admission by the policy.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::NotParty`], [`Error::WrongState`], [`Error::TooLate`]
    ///
    /// # Events
    ///
    /// * `StayClosed`, `Refunded`
    pub(crate) fn cancel_stay(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head(stay)?;
        let caller = self.vm().msg_sender();
        let entry = self.stays.getter(U64::from(stay));
        let (clinic, patient) = (entry.clinic.get(), entry.patient.get());
        let (is_clinic, is_patient) = (self.acts_for(clinic, caller), caller == patient);
        if !is_clinic && !is_patient {
            return Err(IStays::NotParty { stay, caller }.into());
        }
        self.check_open(stay, &head)?;
        let kept = if is_clinic { 0 } else { self.fee_of_patient(stay, &head)? };
        self.close(stay, &mut head, stay_state::CANCELLED, kept)
    }

    /// Until admission begins, and not once the clinic registered an arrival.
    fn fee_of_patient(&self, stay: u64, head: &Head) -> Result<u128, Error> {
        match head.state {
            stay_state::BOOKED | stay_state::PAID => {
                let (until, time) = (day_start(head.admit_day), self.vm().block_timestamp());
                if time >= until {
                    return Err(IStays::TooLate { stay, until, time }.into());
                }
                Ok(late_fee(&self.terms_of_stay(stay), head, self.total_of(stay), time))
            }
            stay_state::ARRIVED | stay_state::DISPUTED => {
                let (state, needed) = (head.state, stay_state::PAID);
                Err(IStays::WrongState { stay, state, needed }.into())
            }
            _ => Ok(0),
        }
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
    pub(crate) fn retract_stay(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head(stay)?;
        self.only_clinic(self.clinic_of(stay))?;
        self.check_open(stay, &head)?;
        self.close(stay, &mut head, stay_state::ENTERED_IN_ERROR, 0)
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
    pub(crate) fn lapse_stay(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head(stay)?;
        if head.state != stay_state::HELD && head.state != stay_state::BOOKED {
            let (state, needed) = (head.state, stay_state::BOOKED);
            return Err(IStays::WrongState { stay, state, needed }.into());
        }
        let time = self.vm().block_timestamp();
        if time <= head.until() {
            return Err(IStays::TooEarly { stay, opensAt: head.until() + 1, time }.into());
        }
        let kept = late_fee(&self.terms_of_stay(stay), &head, self.total_of(stay), time);
        self.close(stay, &mut head, stay_state::CANCELLED, kept)
    }

    /// The patient is in house. The clinic or the patient, from the admission day on.
    ///
    /// Also the patient: a clinic that is silent could call a no-show who is in house, and end the escrow
    /// before there can be a dispute. To say it without being there costs the patient the whole price.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotParty`], [`Error::TooEarly`]
    ///
    /// # Events
    ///
    /// * `StayMoved`
    pub(crate) fn register_arrival(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head_in(stay, stay_state::PAID)?;
        let caller = self.vm().msg_sender();
        let entry = self.stays.getter(U64::from(stay));
        if caller != entry.patient.get() && !self.acts_for(entry.clinic.get(), caller) {
            return Err(IStays::NotParty { stay, caller }.into());
        }
        self.check_from(stay, day_start(head.admit_day))?;
        self.move_to(stay, &mut head, stay_state::ARRIVED);
        Ok(())
    }

    /// The patient did not come. Only the clinic, after the grace time.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotClinic`], [`Error::TooEarly`]
    ///
    /// # Events
    ///
    /// * `StayClosed`, `Refunded`
    pub(crate) fn register_no_show(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head(stay)?;
        if head.state != stay_state::PAID && head.state != stay_state::BOOKED {
            let (state, needed) = (head.state, stay_state::PAID);
            return Err(IStays::WrongState { stay, state, needed }.into());
        }
        self.only_clinic(self.clinic_of(stay))?;
        let terms = self.terms_of_stay(stay);
        let grace = u64::from(terms.no_show_grace_secs);
        self.check_from(stay, day_start(head.admit_day) + grace)?;
        let kept = share(self.total_of(stay), terms.no_show_bps);
        self.close(stay, &mut head, stay_state::NO_SHOW, kept)
    }

    /// The patient leaves before the agreed day, today or later. Only the clinic.
    ///
    /// The nights from `day` on are free again, and paid back in the share that the policy gives.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`], [`Error::WrongState`], [`Error::NotClinic`], [`Error::DayOutOfRange`]
    ///
    /// # Events
    ///
    /// * `StayShortened`, `Refunded`
    pub(crate) fn shorten(&mut self, stay: u64, day: u32) -> Result<(), Error> {
        let mut head = self.head_in(stay, stay_state::ARRIVED)?;
        let (clinic, by) = (self.clinic_of(stay), self.vm().msg_sender());
        self.only_clinic(clinic)?;
        let now = self.vm().block_timestamp();
        let today = u32::try_from(now / DAY_SECONDS).unwrap_or(u32::MAX);
        // A stay has a night, and days that are over cannot be given back.
        let (least, most) = (today.max(head.admit_day + 1), head.discharge_day() - 1);
        if day < least || day > most {
            return Err(IStays::DayOutOfRange { day, least, most }.into());
        }
        let terms = self.terms_of_stay(stay);
        let (total, freed) = (self.total_of(stay), head.discharge_day() - day);
        let refund = self.early_refund(stay, &head, freed, terms.early_discharge_bps);
        self.refund(stay, &head, total, refund)?;
        let mut entry = self.stays.setter(U64::from(stay));
        entry.total.set(U96::from(total - refund));
        let room = entry.room.get();
        // Between a night and a byte's worth, by the check above.
        let left = (day - head.admit_day) as u8;
        if head.reserves() {
            let nights = head.nights - left;
            self.set_nights(clinic, room, &Head { admit_day: day, nights, ..head }, false)?;
        }
        head.nights = left;
        // The patient has a day to object, however short the policy's delay is.
        head.set_until(now + u64::from(terms.settle_delay_secs) + DAY_SECONDS);
        self.save(stay, &head);
        self.vm().log(IStays::StayShortened { stay, by, dischargeDay: day, refundWei: refund });
        Ok(())
    }

    /// What goes back for nights that are freed now.
    ///
    /// Counted from the price and the nights as they were quoted, less what went back before: in however
    /// many steps a patient is discharged, the same goes back.
    fn early_refund(&mut self, stay: u64, head: &Head, freed: u32, bps: u16) -> u128 {
        let mut entry = self.stays.setter(U64::from(stay));
        let before = entry.given_back.get().to::<u128>();
        let freed_before = entry.freed_nights.get().to::<u32>();
        let quoted = entry.total.get().to::<u128>() + before;
        let nights = u32::from(head.nights) + freed_before;
        let freed = freed + freed_before;
        let back = share(quoted, bps) * u128::from(freed) / u128::from(nights);
        entry.given_back.set(U96::from(back));
        // Below the nights of a stay, which fit in a byte.
        entry.freed_nights.set(U8::from(freed));
        back - before
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
    pub(crate) fn settle_stay(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head(stay)?;
        if !head.is_funded() {
            let (state, needed) = (head.state, stay_state::PAID);
            return Err(IStays::WrongState { stay, state, needed }.into());
        }
        let (caller, time) = (self.vm().msg_sender(), self.vm().block_timestamp());
        let entry = self.stays.getter(U64::from(stay));
        let (clinic, total) = (entry.clinic.get(), entry.total.get().to::<u128>());
        if caller != entry.patient.get() {
            let opens_at = self.settles_at(stay, &head);
            if time < opens_at {
                if !self.acts_for(clinic, caller) {
                    return Err(IStays::NotParty { stay, caller }.into());
                }
                return Err(IStays::BeforeDischarge { stay, opensAt: opens_at, time }.into());
            }
        }
        head.state = stay_state::SETTLED;
        self.save(stay, &head);
        let token = self.token_of(stay, &head);
        self.credit(token, clinic, total)?;
        self.vm().log(IStays::StaySettled { stay, clinic, amountWei: total });
        Ok(())
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
    pub(crate) fn open_dispute(&mut self, stay: u64) -> Result<(), Error> {
        let mut head = self.head(stay)?;
        if head.state != stay_state::PAID && head.state != stay_state::ARRIVED {
            let (state, needed) = (head.state, stay_state::PAID);
            return Err(IStays::WrongState { stay, state, needed }.into());
        }
        self.only_patient(stay)?;
        self.check_from(stay, day_start(head.admit_day))?;
        let (until, time) = (self.settles_at(stay, &head), self.vm().block_timestamp());
        if time >= until {
            return Err(IStays::TooLate { stay, until, time }.into());
        }
        if self.arbiter_of(stay).is_zero() {
            return Err(IStays::NoArbiter { stay }.into());
        }
        head.set_until(time + u64::from(self.terms_of_stay(stay).dispute_secs));
        self.move_to(stay, &mut head, stay_state::DISPUTED);
        Ok(())
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
    pub(crate) fn decide_dispute(&mut self, stay: u64, refund: u128) -> Result<(), Error> {
        let mut head = self.head_in(stay, stay_state::DISPUTED)?;
        let (arbiter, caller) = (self.arbiter_of(stay), self.vm().msg_sender());
        if caller != arbiter {
            return Err(IStays::NotArbiter { stay, arbiter, caller }.into());
        }
        let (until, time) = (head.until(), self.vm().block_timestamp());
        // From then on anybody may settle: there is never a choice of two ends.
        if time >= until {
            return Err(IStays::TooLate { stay, until, time }.into());
        }
        let total = self.total_of(stay);
        let Some(kept) = total.checked_sub(refund) else {
            let (due, sent) = (U256::from(total), U256::from(refund));
            return Err(IStays::WrongAmount { stay, dueWei: due, sentWei: sent }.into());
        };
        self.close(stay, &mut head, stay_state::SETTLED, kept)?;
        self.cover(stay, refund);
        Ok(())
    }

    /// When others than the patient may settle.
    fn settles_at(&self, stay: u64, head: &Head) -> u64 {
        if head.state == stay_state::DISPUTED {
            return head.until();
        }
        let delay = u64::from(self.terms_of_stay(stay).settle_delay_secs);
        // An early discharge set its own time to object; otherwise it is 0.
        (day_start(head.discharge_day()) + delay).max(head.until())
    }

    /// Ends a stay: the clinic keeps at most `kept` of what was paid, the rest goes back.
    fn close(&mut self, stay: u64, head: &mut Head, end: u8, kept: u128) -> Result<(), Error> {
        let entry = self.stays.getter(U64::from(stay));
        let (clinic, room) = (entry.clinic.get(), entry.room.get());
        let total = entry.total.get().to::<u128>();
        let paid = match head.state {
            stay_state::BOOKED => total - head.due(),
            _ if head.is_funded() => total,
            _ => 0,
        };
        let kept = kept.min(paid);
        let refund = paid - kept;
        // A stay that was settled took place: its nights stay what they were.
        if end != stay_state::SETTLED && head.reserves() {
            self.set_nights(clinic, room, head, false)?;
        }
        self.refund(stay, head, paid, refund)?;
        let token = self.token_of(stay, head);
        self.credit(token, clinic, kept)?;
        if !head.is_funded() {
            // What was due has the payer's place in the word, and is nobody.
            head.set_due(0);
        }
        head.state = end;
        head.set_until(0);
        self.save(stay, head);
        let by = self.vm().msg_sender();
        self.vm().log(IStays::StayClosed {
            stay,
            by,
            state: end,
            refundWei: refund,
            keptWei: kept,
        });
        Ok(())
    }

    fn check_open(&self, stay: u64, head: &Head) -> Result<(), Error> {
        if head.is_open() {
            return Ok(());
        }
        Err(IStays::WrongState { stay, state: head.state, needed: stay_state::PAID }.into())
    }

    fn check_from(&self, stay: u64, opens_at: u64) -> Result<(), Error> {
        let time = self.vm().block_timestamp();
        if time >= opens_at {
            return Ok(());
        }
        Err(IStays::TooEarly { stay, opensAt: opens_at, time }.into())
    }

    fn total_of(&self, stay: u64) -> u128 {
        self.stays.getter(U64::from(stay)).total.get().to::<u128>()
    }

    fn arbiter_of(&self, stay: u64) -> Address {
        let entry = self.stays.getter(U64::from(stay));
        self.arbiter(entry.clinic.get(), entry.policy.get().to::<u32>())
    }
}
