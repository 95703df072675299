//! Random steps over all functions, actors, tokens and times, on the program and on the plain model.
//!
//! Both have to agree on what is allowed; after each step the money that came in and did not go out is
//! what the model says is owed; and however an episode ends, everything can be taken out in bounded time.
//! `CHARTKEY_STEPS` sets the number of steps (`make stays-million`), `CHARTKEY_SEED` where they begin.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IStays, PolicyTerms, stay_state};

use super::model::{Booking, Model};
use super::random::Random;
use super::tokens::{self, Kind};
use super::{ARBITER, CLINIC, COIN, CONTRACT, Chain, DAY, INSURER, PATIENT, RELATIVE, STRANGER};

const STEPS: u64 = 20_000;
/// Steps before a new chain: the longer, the slower each is.
const EPISODE: u64 = 250;
/// Two nights before a calendar word ends.
const FIRST_DAY: u32 = 82 * 255 - 2;

const OTHER_CLINIC: Address = Address::repeat_byte(0xc2);
const STAFF: Address = Address::repeat_byte(0x5f);
const OTHER_PATIENT: Address = Address::repeat_byte(0xa2);
const ACTORS: [Address; 9] =
    [CLINIC, OTHER_CLINIC, STAFF, PATIENT, OTHER_PATIENT, RELATIVE, INSURER, ARBITER, STRANGER];
const PRICES: [u128; 9] =
    [1, 3, 9_999, 10_000, 1_000_000_007, 77_777_777_777, (1 << 96) - 1, 1 << 96, 0];
const ROOMS: [B256; 2] = [B256::repeat_byte(1), B256::repeat_byte(2)];

const SOUND: Address = Address::repeat_byte(0x71);
const NO_RETURN: Address = Address::repeat_byte(0x72);
const TAKES_FEE: Address = Address::repeat_byte(0x73);
const LIES: Address = Address::repeat_byte(0x74);
const RETURNS_FALSE: Address = Address::repeat_byte(0x75);
const CHATTERS: Address = Address::repeat_byte(0x76);
const TOKENS: [(Address, Kind); 6] = [
    (CHATTERS, Kind::Chatters),
    (SOUND, Kind::Sound),
    (NO_RETURN, Kind::NoReturn),
    (TAKES_FEE, Kind::TakesFee),
    (LIES, Kind::Lies),
    (RETURNS_FALSE, Kind::ReturnsFalse),
];
const CURRENCIES: [Address; 13] = [
    CHATTERS,
    COIN,
    COIN,
    COIN,
    COIN,
    COIN,
    SOUND,
    SOUND,
    NO_RETURN,
    NO_RETURN,
    RETURNS_FALSE,
    TAKES_FEE,
    LIES,
];

struct Episode {
    chain: Chain,
    model: Model,
    random: Random,
    /// Steps that were allowed, by function: the walk has to get everywhere.
    done: BTreeMap<&'static str, u64>,
}

impl Episode {
    fn new(seed: u64) -> Self {
        let chain = Chain::new();
        let mut model = Model { now: u64::from(FIRST_DAY) * DAY, ..Model::default() };
        for (token, kind) in TOKENS {
            tokens::list(token, kind);
            chain.vm.set_code(token, vec![0xfe]);
            model.kinds.insert(token, kind);
        }
        let mut episode = Self { chain, model, random: Random::new(seed), done: BTreeMap::new() };
        for clinic in [CLINIC, OTHER_CLINIC] {
            episode.define_policy(clinic);
            for (token, _) in TOKENS {
                episode.accept(clinic, token, true);
            }
        }
        episode
    }

    /// Runs a call on the program and holds its outcome against the model's.
    fn check<C: SolCall>(&mut self, from: Address, wei: u128, call: &C, allowed: bool) {
        self.chain.vm.clear_mocks();
        self.chain.at(self.model.now);
        let outcome = self.chain.pay(from, wei, call);
        if let (false, Err(data)) = (!allowed, &outcome) {
            panic!(
                "{} by {from} was refused: {}",
                C::SIGNATURE,
                alloy_primitives::hex::encode(data)
            );
        }
        assert_eq!(outcome.is_ok(), allowed, "{} by {from}", C::SIGNATURE);
        *self.done.entry(C::SIGNATURE).or_default() += u64::from(allowed);
    }

    fn somebody(&mut self) -> Address {
        self.random.pick(&ACTORS)
    }

    /// A stay, mostly one of the last ones.
    fn some_stay(&mut self) -> u64 {
        let count = self.model.stays.len() as u64;
        if self.random.chance(1, 40) {
            return self.random.below(count + 2);
        }
        count.saturating_sub(self.random.below(6.min(count.max(1))))
    }

    /// Mostly the newest stay in one of these states.
    fn stay_in(&mut self, states: &[u8]) -> u64 {
        if self.random.chance(1, 5) {
            return self.some_stay();
        }
        let fits = |stay: &Booking| states.contains(&stay.state);
        match self.model.stays.iter().rposition(fits) {
            Some(at) => at as u64 + 1,
            None => self.some_stay(),
        }
    }

    /// Mostly one who may, sometimes anybody.
    fn party(&mut self, stay: u64, of: impl Fn(&Booking) -> Address) -> Address {
        let right = self.model.stay(stay).map(of);
        match right {
            Some(account) if self.random.chance(5, 6) => account,
            _ => self.somebody(),
        }
    }

    fn step(&mut self) {
        match self.random.below(32) {
            0..=2 => self.pass_time(),
            3 => self.set_up(),
            4 => self.request(),
            5..=8 => self.offer(),
            9 => self.quote(),
            10 => self.hold(),
            11 => self.book(),
            12..=15 => self.pay(),
            16 => self.cancel(),
            17 => self.retract_or_lapse(),
            18..=20 => self.arrive(),
            21 => self.no_show(),
            22 => self.shorten(),
            23 => self.settle(),
            24..=25 => self.dispute(),
            26 => self.decide(),
            27 => self.claim(),
            28 => self.answer(),
            _ => self.withdraw(),
        }
        self.hold_books();
    }

    /// Often exactly to a boundary, or a second beside it.
    fn pass_time(&mut self) {
        let now = self.model.now;
        let lived = [stay_state::PAID, stay_state::ARRIVED, stay_state::DISPUTED];
        let stay = self.stay_in(&lived);
        let boundary = self.model.stay(stay).map(|stay| {
            let admission = u64::from(stay.admit) * DAY;
            let discharge = u64::from(stay.discharge) * DAY;
            [admission, discharge, stay.until, admission + 3_600, discharge + 2 * DAY]
        });
        let next = match boundary {
            Some(instants) if self.random.chance(2, 3) => {
                (self.random.pick(&instants) + self.random.below(3)).saturating_sub(1)
            }
            _ => now + self.random.pick(&[1, 60, 3_600, DAY / 2]),
        };
        if next > now && next < now + 10 * DAY {
            self.model.now = next;
        }
    }

    fn set_up(&mut self) {
        let clinic = self.random.pick(&[CLINIC, OTHER_CLINIC, CLINIC, STRANGER]);
        match self.random.below(4) {
            0 => self.define_policy(clinic),
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
                let caller = self.somebody();
                let allowed = caller == clinic
                    || self.model.staff.get(&(clinic, caller)).is_some_and(|u| self.model.now < *u);
                let room = self.random.pick(&ROOMS);
                let from_day = FIRST_DAY;
                let to_day = from_day + self.random.pick(&[0, 300, 255 * 7, 255 * 8]);
                let allowed = allowed && to_day / 255 - from_day / 255 < 8;
                let call = IStays::openRoomCall { clinic, room, fromDay: from_day, toDay: to_day };
                self.check(caller, 0, &call, allowed);
            }
        }
    }

    fn accept(&mut self, clinic: Address, token: Address, is_accepted: bool) {
        if is_accepted {
            self.model.accepted.insert((clinic, token));
        } else {
            self.model.accepted.remove(&(clinic, token));
        }
        self.check(clinic, 0, &IStays::acceptTokenCall { token, isAccepted: is_accepted }, true);
    }

    fn define_policy(&mut self, clinic: Address) {
        let random = &mut self.random;
        let terms = PolicyTerms {
            free_cancel_secs: random.pick(&[0, 86_400, 172_800]),
            hold_secs: random.pick(&[0, 600, 3_600]),
            pay_within_secs: random.pick(&[0, 3_600, 86_400]),
            settle_delay_secs: random.pick(&[0, 86_400, 172_800]),
            no_show_grace_secs: random.pick(&[0, 3_600]),
            dispute_secs: random.pick(&[0, 86_400, 400_000]),
            late_cancel_bps: random.pick(&[0, 1, 3_333, 10_000]),
            no_show_bps: random.pick(&[0, 1, 7_777, 10_000]),
            early_discharge_bps: random.pick(&[0, 1, 5_001, 10_000]),
            deposit_bps: random.pick(&[0, 1, 2_500, 10_000, 10_001]),
        };
        let arbiter = if random.chance(1, 12) { COIN } else { ARBITER };
        let arbiter = if terms.dispute_secs == 0 && random.chance(9, 10) { COIN } else { arbiter };
        let is_sound =
            terms.deposit_bps <= 10_000 && (terms.dispute_secs == 0) == arbiter.is_zero();
        if is_sound {
            self.model.policies.entry(clinic).or_default().push((terms, arbiter));
        }
        let call = IStays::definePolicyCall { name: B256::ZERO, terms: terms.pack(), arbiter };
        self.check(clinic, 0, &call, is_sound);
    }

    /// Days around now, across the border of two calendar words, at times none or too many.
    fn days(&mut self) -> (u32, u32) {
        let today = (self.model.now / DAY) as u32;
        let admit = today + self.random.below(3) as u32;
        let nights = self.random.pick(&[1, 1, 2, 3, 4, 0, 255, 256]);
        let nights =
            if (nights > 4 || nights == 0) && self.random.chance(5, 6) { 2 } else { nights };
        (admit, admit + nights)
    }

    fn booking(&mut self, clinic: Address) -> Booking {
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
            overrides: self.random.chance(1, 8),
            paid: Vec::new(),
            claim: None,
        }
    }

    fn request(&mut self) {
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

    fn offer(&mut self) {
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

    fn quote(&mut self) {
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

    fn hold(&mut self) {
        let stay = self.stay_in(&[stay_state::QUOTED]);
        let caller = self.party(stay, |stay| stay.patient);
        let allowed = self.model.hold(caller, stay).is_some();
        self.check(caller, 0, &IStays::holdCall { stay }, allowed);
    }

    fn book(&mut self) {
        let stay = self.stay_in(&[stay_state::QUOTED, stay_state::HELD]);
        let caller = self.party(stay, |stay| stay.patient);
        let allowed = self.model.book(caller, stay).is_some();
        self.check(caller, 0, &IStays::bookCall { stay }, allowed);
    }

    fn pay(&mut self) {
        let stay = self.stay_in(&[stay_state::BOOKED, stay_state::HELD, stay_state::QUOTED]);
        let patient = self.party(stay, |stay| stay.patient);
        let caller = if self.random.chance(1, 4) { RELATIVE } else { patient };
        let (due, token) = self
            .model
            .stay(stay)
            .map_or((1, COIN), |stay| (stay.total - super::model::escrow(stay), stay.token));
        let sum = match self.random.below(12) {
            0 => due / 2,
            1 => due / 4 + 1,
            2 => due + 1,
            3 => due.saturating_sub(1),
            _ => due,
        };
        // At times coins for a stay in tokens, or the other way round.
        let is_mixed_up = self.random.chance(1, 20);
        let allowed = !is_mixed_up && self.model.pay(caller, stay, token, sum).is_some();
        if (token == COIN) != is_mixed_up {
            return self.check(caller, sum, &IStays::payCall { stay }, allowed);
        }
        tokens::fund(token, caller, CONTRACT, sum + 1);
        let call = IStays::payTokenCall {
            stay,
            amountWei: sum,
            deadline: U256::ZERO,
            v: 0,
            r: B256::ZERO,
            s: B256::ZERO,
        };
        self.check(caller, 0, &call, allowed);
    }

    fn cancel(&mut self) {
        let stay = self.some_stay();
        let is_clinics = self.random.chance(1, 4);
        let caller = self.party(stay, |stay| if is_clinics { stay.clinic } else { stay.patient });
        let allowed = self.model.cancel(caller, stay).is_some();
        self.check(caller, 0, &IStays::cancelCall { stay }, allowed);
    }

    fn retract_or_lapse(&mut self) {
        let stay = self.stay_in(&[stay_state::HELD, stay_state::BOOKED]);
        if self.random.chance(1, 3) {
            let caller = self.party(stay, |stay| stay.clinic);
            let allowed = self.model.retract(caller, stay).is_some();
            return self.check(caller, 0, &IStays::retractCall { stay }, allowed);
        }
        let caller = self.somebody();
        let allowed = self.model.lapse(stay).is_some();
        self.check(caller, 0, &IStays::lapseCall { stay }, allowed);
    }

    fn arrive(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID]);
        let caller = self.party(stay, |stay| stay.clinic);
        let allowed = self.model.arrive(caller, stay).is_some();
        self.check(caller, 0, &IStays::arriveCall { stay }, allowed);
    }

    fn no_show(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::BOOKED]);
        let caller = self.party(stay, |stay| stay.clinic);
        let allowed = self.model.no_show(caller, stay).is_some();
        self.check(caller, 0, &IStays::noShowCall { stay }, allowed);
    }

    fn shorten(&mut self) {
        let stay = self.stay_in(&[stay_state::ARRIVED]);
        let caller = self.party(stay, |stay| stay.clinic);
        let admit = self.model.stay(stay).map_or(0, |stay| stay.admit);
        let day = admit + self.random.below(5) as u32;
        let allowed = self.model.shorten(caller, stay, day).is_some();
        self.check(caller, 0, &IStays::dischargeEarlyCall { stay, dischargeDay: day }, allowed);
    }

    fn settle(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::ARRIVED, stay_state::DISPUTED]);
        let anybody = self.random.pick(&[CLINIC, STRANGER, OTHER_CLINIC]);
        let is_patients = self.random.chance(1, 3);
        let caller = self.party(stay, |stay| if is_patients { stay.patient } else { anybody });
        let allowed = self.model.settle(caller, stay).is_some();
        self.check(caller, 0, &IStays::settleCall { stay }, allowed);
    }

    fn dispute(&mut self) {
        let stay = self.stay_in(&[stay_state::ARRIVED, stay_state::PAID]);
        let caller = self.party(stay, |stay| stay.patient);
        let allowed = self.model.dispute(caller, stay).is_some();
        self.check(caller, 0, &IStays::disputeCall { stay }, allowed);
    }

    fn decide(&mut self) {
        let stay = self.stay_in(&[stay_state::DISPUTED]);
        let caller = self.party(stay, |_| ARBITER);
        let total = self.model.stay(stay).map_or(0, |stay| stay.total);
        let refund = self.random.pick(&[0, total / 3, total, total + 1]);
        let allowed = self.model.decide(caller, stay, refund).is_some();
        self.check(caller, 0, &IStays::decideCall { stay, refundWei: refund }, allowed);
    }

    fn claim(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::SETTLED]);
        let caller = self.party(stay, |stay| stay.patient);
        let total = self.model.stay(stay).map_or(0, |stay| stay.total);
        let sum = self.random.pick(&[0, 1, total / 2, total, total + 1]);
        let allowed = self.model.claim(caller, stay, INSURER, sum).is_some();
        let call = IStays::claimCall { stay, insurer: INSURER, amountWei: sum };
        self.check(caller, 0, &call, allowed);
    }

    fn answer(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::SETTLED]);
        let caller = self.party(stay, |_| INSURER);
        let (open, token) = self
            .model
            .stay(stay)
            .map_or((0, COIN), |stay| (stay.claim.map_or(0, |claim| claim.1), stay.token));
        let sum = self.random.pick(&[0, open / 2, open, open, open + 1]);
        let needed = if token == COIN { sum } else { 0 };
        let coins = if self.random.chance(1, 10) { needed + 1 } else { needed };
        let to_clinic = self.random.chance(1, 2);
        if token != COIN {
            tokens::fund(token, caller, CONTRACT, sum + 1);
        }
        let allowed = self.model.answer(caller, stay, sum, to_clinic, coins).is_some();
        let call = IStays::settleClaimCall { stay, amountWei: sum, toClinic: to_clinic };
        self.check(caller, coins, &call, allowed);
    }

    fn withdraw(&mut self) {
        let owed: Vec<_> = self.model.released.keys().copied().collect();
        let (token, account) = if owed.is_empty() || self.random.chance(1, 4) {
            (self.random.pick(&CURRENCIES), self.somebody())
        } else {
            // The order of a hash map is not the same each time.
            *owed.iter().min().expect("not empty")
        };
        let to = self.random.pick(&[account, account, RELATIVE, COIN]);
        self.take_out(account, token, to);
    }

    fn take_out(&mut self, account: Address, token: Address, to: Address) {
        let taken = self.model.withdraw(account, token, to);
        if token == COIN && to == account {
            self.check(account, 0, &IStays::withdrawCall {}, taken.is_some());
        } else {
            self.check(account, 0, &IStays::withdrawToCall { token, to }, taken.is_some());
        }
        if token == COIN {
            self.chain.coins -= U256::from(taken.unwrap_or_default());
        }
    }

    /// Sum in is sum out and held; held is what is owed; what is owed is there.
    fn hold_books(&self) {
        for token in [COIN].into_iter().chain(TOKENS.map(|(token, _)| token)) {
            let held = self.model.held.get(&token).copied().unwrap_or_default();
            assert_eq!(held, self.model.owed(token), "in and not out, of {token}");
            assert_eq!(U256::from(held), self.holds(token), "what is there, of {token}");
        }
    }

    fn holds(&self, token: Address) -> U256 {
        if token == COIN { self.chain.coins } else { tokens::owned(token, CONTRACT) }
    }

    /// Every word that can be read is what the model says.
    fn compare(&mut self) {
        for number in 1..=self.model.stays.len() as u64 {
            let stay = self.model.stay(number).expect("counted").clone();
            let (shown, terms) = (self.chain.stay(number), self.chain.terms(number));
            let place = (shown.clinic, shown.patient, shown.room, shown.admitDay);
            assert_eq!(place, (stay.clinic, stay.patient, stay.room, stay.admit), "{number}");
            let now = (shown.state, shown.dischargeDay, shown.totalWei, terms.until);
            assert_eq!(now, (stay.state, stay.discharge, stay.total, stay.until), "{number}");
            let kind = (terms.token, terms.policy, terms.overrides);
            assert_eq!(kind, (stay.token, stay.policy, stay.overrides), "{number}");
            let nights = self.chain.nights(stay.clinic, stay.room, stay.admit);
            let marker = U256::ONE << 255_usize;
            assert_eq!(nights & !marker, self.model.bits(stay.clinic, stay.room, stay.admit));
        }
        for account in ACTORS {
            for token in CURRENCIES {
                let sum = self.model.released.get(&(token, account)).copied().unwrap_or_default();
                assert_eq!(self.chain.released_in(account, token), sum, "{account} {token}");
            }
        }
    }

    /// However it stands: after a bounded time a stranger ends every stay that holds money, and everybody
    /// takes out what is theirs. Nothing is left.
    fn drain(&mut self) {
        let last = self.model.stays.iter().map(|stay| stay.discharge).max().unwrap_or_default();
        self.model.now = self.model.now.max(u64::from(last) * DAY) + 30 * DAY;
        for number in 1..=self.model.stays.len() as u64 {
            if super::model::escrow(self.model.stay(number).expect("counted")) == 0 {
                continue;
            }
            if self.model.settle(STRANGER, number).is_some() {
                self.check(STRANGER, 0, &IStays::settleCall { stay: number }, true);
            } else {
                assert!(self.model.lapse(number).is_some(), "stay {number} has no exit");
                self.check(STRANGER, 0, &IStays::lapseCall { stay: number }, true);
            }
        }
        for account in ACTORS {
            for token in [COIN].into_iter().chain(TOKENS.map(|(token, _)| token)) {
                self.take_out(account, token, account);
            }
        }
        for token in [COIN].into_iter().chain(TOKENS.map(|(token, _)| token)) {
            assert_eq!(self.holds(token), U256::ZERO, "{token} is stuck");
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")),
        Err(_) => default,
    }
}

#[test]
fn the_program_and_a_plain_model_agree_on_every_step() {
    let (steps, seed) = (setting("CHARTKEY_STEPS", STEPS), setting("CHARTKEY_SEED", 1));
    let mut done = BTreeMap::new();
    for number in 0..steps.div_ceil(EPISODE) {
        // A failure names the episode: CHARTKEY_SEED is its seed, CHARTKEY_STEPS one episode.
        let seed = seed + number;
        let outcome = std::panic::catch_unwind(|| {
            let mut episode = Episode::new(seed);
            for _ in 0..EPISODE {
                episode.step();
            }
            episode.compare();
            episode.drain();
            episode.done
        });
        let of_episode = outcome.unwrap_or_else(|why| {
            eprintln!("again with: CHARTKEY_SEED={seed} CHARTKEY_STEPS={EPISODE}");
            std::panic::resume_unwind(why)
        });
        for (function, count) in of_episode {
            *done.entry(function).or_default() += count;
        }
    }
    eprintln!("allowed steps: {done:#?}");
    let total: u64 = done.values().sum();
    assert!(total * 4 > steps, "{total} of {steps} steps were allowed: the walk goes nowhere");
    let writes = 24;
    let often = done.values().filter(|count| **count * 4_000 >= steps).count();
    assert_eq!(often, writes, "each function that writes is allowed at times: {done:#?}");
}
