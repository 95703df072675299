//! Random steps of clinics: what they set up, and what they quote.

use super::*;
use crate::tests::credentials;

impl Episode {
    pub(super) fn set_up(&mut self) {
        let clinic = self.random.pick(&[CLINIC, OTHER_CLINIC, CLINIC, STRANGER]);
        match self.random.below(5) {
            0 => self.define_policy(clinic),
            3 => {
                let lasts = if self.random.chance(1, 10) { 0 } else { 100 * DAY };
                self.vouch(clinic, self.model.now + lasts);
            }
            1 => {
                let until = self.model.now + self.random.pick(&[0, 1, DAY, 10 * DAY]);
                self.model.staff.insert((clinic, STAFF), until);
                self.check(clinic, 0, &IStays::setStaffCall { staff: STAFF, until }, true);
            }
            2 => {
                let token = self.random.pick(&TOKENS).0;
                let is_accepted = self.random.chance(4, 5);
                self.accept(clinic, token, is_accepted);
            }
            _ => {
                let stranger = self.somebody();
                let caller = self.random.pick(&[clinic, clinic, STAFF, stranger]);
                let room = self.random.pick(&ROOMS);
                let from_day = FIRST_DAY + self.random.below(255) as u32;
                let to_day = match self.random.below(6) {
                    0 => from_day - 1,
                    1 => from_day,
                    2 => from_day / 255 * 255 + 255 * 8 - 1,
                    3 => from_day / 255 * 255 + 255 * 8,
                    _ => from_day + 300,
                };
                let days = (from_day, to_day);
                let allowed = self.model.open_room(caller, (clinic, room), days).is_some();
                let call = IStays::openRoomCall { clinic, room, fromDay: from_day, toDay: to_day };
                self.check(caller, 0, &call, allowed);
            }
        }
    }

    /// The registrar states a credential until then.
    fn vouch(&mut self, clinic: Address, until: u64) {
        credentials::say(clinic, 0, until, 0);
        self.model.credentials.insert(clinic, until);
    }

    pub(super) fn accept(&mut self, clinic: Address, token: Address, is_accepted: bool) {
        if is_accepted {
            self.model.accepted.insert((clinic, token));
        } else {
            self.model.accepted.remove(&(clinic, token));
        }
        self.check(clinic, 0, &IStays::acceptTokenCall { token, isAccepted: is_accepted }, true);
    }

    pub(super) fn define_policy(&mut self, clinic: Address) {
        let random = &mut self.random;
        let mut terms = PolicyTerms {
            free_cancel_secs: random.pick(&[0, 86_400, 172_800]),
            hold_secs: random.pick(&[0, 600, 3_600]),
            pay_within_secs: random.pick(&[0, 3_600, 86_400]),
            settle_delay_secs: random.pick(&[0, 86_400, 172_800]),
            no_show_grace_secs: random.pick(&[0, 3_600]),
            dispute_secs: random.pick(&[0, 86_400, 400_000]),
            late_cancel_bps: random.pick(&[0, 1, 3_333, 10_000]),
            no_show_bps: random.pick(&[0, 1, 7_777, 10_000]),
            early_discharge_bps: random.pick(&[0, 1, 5_001, 10_000]),
            deposit_bps: random.pick(&[0, 1, 2_500, 10_000]),
        };
        let arbiter = if random.chance(1, 12) { COIN } else { ARBITER };
        let arbiter = if terms.dispute_secs == 0 && random.chance(9, 10) { COIN } else { arbiter };
        let is_beyond = random.chance(1, 6);
        if is_beyond {
            let (secs, bps) = (366 * 86_400 + 1, 10_001);
            match random.below(10) {
                0 => terms.free_cancel_secs = secs,
                1 => terms.hold_secs = secs,
                2 => terms.pay_within_secs = secs,
                3 => terms.settle_delay_secs = secs,
                4 => terms.no_show_grace_secs = secs,
                5 => terms.dispute_secs = secs,
                6 => terms.late_cancel_bps = bps,
                7 => terms.no_show_bps = bps,
                8 => terms.early_discharge_bps = bps,
                _ => terms.deposit_bps = bps,
            }
        }
        let is_sound = !is_beyond && (terms.dispute_secs == 0) == arbiter.is_zero();
        if is_sound {
            self.model.policies.entry(clinic).or_default().push((terms, arbiter));
        }
        let call = IStays::definePolicyCall { name: B256::ZERO, terms: terms.pack(), arbiter };
        self.check(clinic, 0, &call, is_sound);
    }

    /// Days around now, across the border of two calendar words, at times none or too many.
    pub(super) fn days(&mut self) -> (u32, u32) {
        let today = (self.model.now / DAY) as u32;
        let admit = today + self.random.below(3) as u32;
        let nights = self.random.pick(&[1, 1, 2, 3, 4, 0, 255, 256]);
        let nights =
            if (nights > 4 || nights == 0) && self.random.chance(5, 6) { 2 } else { nights };
        (admit, admit + nights)
    }

    pub(super) fn booking(&mut self, clinic: Address) -> Booking {
        let (admit, discharge) = self.days();
        Booking {
            state: stay_state::QUOTED,
            clinic,
            patient: self.random.pick(&[
                PATIENT,
                PATIENT,
                PATIENT,
                PATIENT,
                OTHER_PATIENT,
                CLINIC,
                COIN,
            ]),
            room: self.random.pick(&ROOMS),
            admit,
            discharge,
            total: self.random.pick(&PRICES),
            token: self.random.pick(&CURRENCIES),
            policy: self.random.pick(&[0, 1, 1, 1, 2, 3]),
            until: self.model.now + self.random.pick(&[0, 60, DAY, 5 * DAY, 10 * DAY]),
            overrides: self.random.chance(1, 5),
            paid: Vec::new(),
            payer: None,
            claim: None,
            covered: 0,
            quoted: None,
        }
    }

    pub(super) fn request(&mut self) {
        let patient = self.random.pick(&[PATIENT, OTHER_PATIENT]);
        let (admit, discharge) = self.days();
        let call = IStays::requestCall { clinic: CLINIC, admitDay: admit, dischargeDay: discharge };
        let allowed = (1..=255).contains(&(discharge - admit));
        if allowed {
            let mut booking = self.booking(CLINIC);
            booking.state = stay_state::REQUESTED;
            (booking.patient, booking.admit, booking.discharge) = (patient, admit, discharge);
            (booking.total, booking.token, booking.policy, booking.until) = (0, COIN, 0, 0);
            (booking.room, booking.overrides) = (B256::ZERO, false);
            self.model.stays.push(booking);
        }
        self.check(patient, 0, &call, allowed);
    }

    pub(super) fn offer(&mut self) {
        let clinic = self.random.pick(&[CLINIC, CLINIC, OTHER_CLINIC]);
        let caller = self.random.pick(&[clinic, clinic, clinic, STAFF, STRANGER]);
        let mut new = self.booking(clinic);
        let stay = self.some_stay();
        let asked = self.model.stay(stay).filter(|stay| stay.state == stay_state::REQUESTED);
        let requested = match asked {
            Some(asked) => {
                if self.random.chance(5, 6) {
                    new.patient = asked.patient;
                }
                stay
            }
            None if self.random.chance(1, 20) => stay,
            None => 0,
        };
        let call = IStays::offerCall {
            requested,
            clinic,
            patient: new.patient,
            admitDay: new.admit,
            dischargeDay: new.discharge,
            room: new.room,
            totalWei: new.total,
            token: new.token,
            policy: new.policy,
            validUntil: new.until,
            overrides: new.overrides,
        };
        let allowed = self.model.offer(caller, requested, new).is_some();
        self.check(caller, 0, &call, allowed);
    }

    pub(super) fn quote(&mut self) {
        let mut new = self.booking(OTHER_CLINIC);
        (new.policy, new.token, new.until, new.overrides) = (0, COIN, (1 << 40) - 1, false);
        let call = IStays::quoteCall {
            patient: new.patient,
            admitDay: new.admit,
            dischargeDay: new.discharge,
            room: new.room,
            totalWei: new.total,
        };
        let allowed = self.model.offer(OTHER_CLINIC, 0, new).is_some();
        self.check(OTHER_CLINIC, 0, &call, allowed);
    }
}
