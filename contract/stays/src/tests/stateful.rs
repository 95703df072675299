//! Random steps over all functions, actors, tokens and times, on the program and on the plain model.
//!
//! Both have to agree on what is allowed; after each step the money that came in and did not go out is
//! what the model says is owed; and however an episode ends, everything can be taken out in bounded time.
//! `CHARTKEY_STEPS` sets the number of steps (`make stays-million`), `CHARTKEY_SEED` where they begin.

mod ends;
mod offers;

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
/// A contract that takes no coins.
const REJECTING: Address = Address::repeat_byte(0x4e);
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
const MUMBLES: Address = Address::repeat_byte(0x77);
const RAMBLES: Address = Address::repeat_byte(0x78);
const CALLS_BACK: Address = Address::repeat_byte(0x79);
const GIVES: Address = Address::repeat_byte(0x7a);
const TOKENS: [(Address, Kind); 10] = [
    (GIVES, Kind::Gives),
    (CALLS_BACK, Kind::CallsBack),
    (MUMBLES, Kind::Mumbles(31)),
    (RAMBLES, Kind::Mumbles(33)),
    (CHATTERS, Kind::Chatters),
    (SOUND, Kind::Sound),
    (NO_RETURN, Kind::NoReturn),
    (TAKES_FEE, Kind::TakesFee),
    (LIES, Kind::Lies),
    (RETURNS_FALSE, Kind::ReturnsFalse),
];
const CURRENCIES: [Address; 23] = [
    COIN,
    COIN,
    COIN,
    COIN,
    COIN,
    GIVES,
    CALLS_BACK,
    CALLS_BACK,
    MUMBLES,
    RAMBLES,
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
    /// The stay that was chosen last.
    touched: u64,
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
        model.rejecting.insert(REJECTING);
        let (random, done) = (Random::new(seed), BTreeMap::new());
        let mut episode = Self { chain, model, random, done, touched: 0 };
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
        let mine = self.model.released.get(&(COIN, from)).copied().unwrap_or_default();
        self.chain.vm.clear_mocks();
        self.chain.vm.mock_call(REJECTING, Vec::new(), U256::from(mine), Err(Vec::new()));
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
        let refunds = std::mem::take(&mut self.model.refunds);
        if allowed {
            assert_eq!(self.chain.refunds(), refunds, "what is told of {}", C::SIGNATURE);
        }
    }

    fn somebody(&mut self) -> Address {
        self.random.pick(&ACTORS)
    }

    /// A stay, mostly one of the last ones.
    fn some_stay(&mut self) -> u64 {
        let count = self.model.stays.len() as u64;
        self.touched = match self.random.chance(1, 40) {
            true => self.random.below(count + 2),
            false => count.saturating_sub(self.random.below(6.min(count.max(1)))),
        };
        self.touched
    }

    /// Mostly the newest stay in one of these states.
    fn stay_in(&mut self, states: &[u8]) -> u64 {
        if self.random.chance(1, 5) {
            return self.some_stay();
        }
        let fits = |stay: &Booking| states.contains(&stay.state);
        let Some(at) = self.model.stays.iter().rposition(fits) else { return self.some_stay() };
        self.touched = at as u64 + 1;
        self.touched
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
        match self.random.below(36) {
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
            // Rarely possible, so tried often.
            29 => self.dispute(),
            30 => self.decide(),
            31..=32 => self.shorten(),
            _ => self.withdraw(),
        }
        self.hold_books();
        self.compare_stay(self.touched);
        assert_eq!(tokens::breaches().1, 0, "let in while money was on its way");
    }

    /// Often exactly to a boundary, or a second beside it.
    fn pass_time(&mut self) {
        let now = self.model.now;
        use stay_state::{ARRIVED, BOOKED, DISPUTED, PAID};
        let lived: &[u8] =
            self.random.pick(&[&[PAID, ARRIVED, DISPUTED], &[PAID, BOOKED], &[PAID]]);
        let stay = self.stay_in(lived);
        let boundary = self.model.stay(stay).map(|stay| {
            let (terms, _) = self.model.terms(stay);
            let admission = u64::from(stay.admit) * DAY;
            let free_until = admission.saturating_sub(terms.free_cancel_secs.into());
            let no_show = admission + u64::from(terms.no_show_grace_secs);
            [free_until, free_until, admission, no_show, stay.until, self.model.settles_at(stay)]
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

    /// Every word of a stay that can be read is what the model says.
    fn compare_stay(&mut self, number: u64) {
        let Some(stay) = self.model.stay(number).cloned() else { return };
        let (shown, terms) = (self.chain.stay(number), self.chain.terms(number));
        let place = (shown.clinic, shown.patient, shown.room, shown.admitDay);
        assert_eq!(place, (stay.clinic, stay.patient, stay.room, stay.admit), "{number}");
        let now = (shown.state, shown.dischargeDay, shown.totalWei, terms.until);
        assert_eq!(now, (stay.state, stay.discharge, stay.total, stay.until), "{number}");
        let kind = (terms.token, terms.policy, terms.overrides);
        assert_eq!(kind, (stay.token, stay.policy, stay.overrides), "{number}");
        assert_eq!(terms.dueWei, self.model.due(&stay), "due of {number}");
        assert_eq!(terms.payer, stay.payer.unwrap_or_default(), "who paid {number}");
        let claim = self.chain.claim(number);
        assert_eq!(claim.openWei, stay.claim.map_or(0, |(_, open)| open), "claim of {number}");
        assert_eq!(
            claim.mostWei,
            super::model::most_of_claim(&stay),
            "what insurers pay for {number}"
        );
        for day in [stay.admit, stay.discharge] {
            let nights = self.chain.nights(stay.clinic, stay.room, day);
            assert_eq!(nights, self.model.bits(stay.clinic, stay.room, day), "{number}");
        }
    }

    /// Everything that can be read is what the model says.
    fn compare(&mut self) {
        for number in 1..=self.model.stays.len() as u64 {
            self.compare_stay(number);
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
