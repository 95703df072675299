//! Random steps of a stay, from its acceptance to the money taken out.

use super::*;
use crate::tests::pay_token;

impl Episode {
    pub(super) fn hold(&mut self) {
        let stay = self.stay_in(&[stay_state::QUOTED]);
        let caller = self.party(stay, |stay| stay.patient);
        let allowed = self.model.hold(caller, stay).is_some();
        self.check(caller, 0, &IStays::holdCall { stay }, allowed);
    }

    pub(super) fn book(&mut self) {
        let stay = self.stay_in(&[stay_state::QUOTED, stay_state::HELD]);
        let caller = self.party(stay, |stay| stay.patient);
        let allowed = self.model.book(caller, stay).is_some();
        self.check(caller, 0, &IStays::bookCall { stay }, allowed);
    }

    pub(super) fn pay(&mut self) {
        let stay = self.stay_in(&[stay_state::BOOKED, stay_state::HELD, stay_state::QUOTED]);
        let patient = self.party(stay, |stay| stay.patient);
        let caller = if self.random.chance(1, 4) { RELATIVE } else { patient };
        let (due, token) = self
            .model
            .stay(stay)
            .map_or((1, COIN), |stay| (stay.total - crate::tests::model::escrow(stay), stay.token));
        let least = self.model.stay(stay).map_or(0, |stay| {
            stay.total * u128::from(self.model.terms(stay).0.deposit_bps) / 10_000
        });
        let sum = match self.random.below(16) {
            0 => due / 2,
            1 => due / 4 + 1,
            2 => due + 1,
            3 => due.saturating_sub(1),
            4 | 5 => least,
            6 => least.saturating_sub(1),
            7 => due / 20,
            _ => due,
        };
        // At times coins for a stay in tokens, or the other way round.
        let is_mixed_up = self.random.chance(1, 20);
        let allowed = !is_mixed_up && self.model.pay(caller, stay, token, sum).is_some();
        if (token == COIN) != is_mixed_up {
            return self.check(caller, sum, &IStays::payCall { stay }, allowed);
        }
        tokens::fund(token, caller, CONTRACT, sum + 1);
        self.prepare_attack(caller, stay);
        let mut call = pay_token(stay, sum);
        if self.random.chance(1, 4) {
            tokens::disallow(token, caller, CONTRACT);
            call.deadline = U256::from(self.random.pick(&[1, u64::MAX]));
            call.r = tokens::sign(token, caller, CONTRACT, U256::from(sum), call.deadline);
        }
        self.check(caller, 0, &call, allowed);
    }

    /// What the token's sender tries while its tokens are on their way: to pay another stay out of the same
    /// transfer, and to take out what is released to it.
    fn prepare_attack(&mut self, caller: Address, stay: u64) {
        let is_other = |number: &u64| {
            self.model.stay(*number).is_some_and(|other| {
                *number != stay && other.token == CALLS_BACK && self.model.due(other) > 0
            })
        };
        let others = (1..=self.model.stays.len() as u64).filter(is_other);
        let pay =
            |other: u64| pay_token(other, self.model.due(self.model.stay(other).expect("is")));
        let mut attacks: Vec<_> = others.map(|other| pay(other).abi_encode()).collect();
        attacks.push(IStays::withdrawToCall { token: CALLS_BACK, to: caller }.abi_encode());
        attacks.push(IStays::withdrawCall {}.abi_encode());
        tokens::attack_with(attacks);
    }

    pub(super) fn cancel(&mut self) {
        let stay = match self.random.chance(1, 2) {
            true => self.stay_in(&[stay_state::PAID, stay_state::DISPUTED]),
            false => self.stay_in(&[stay_state::BOOKED, stay_state::PAID, stay_state::HELD]),
        };
        let is_clinics = self.random.chance(1, 4);
        let caller = self.party(stay, |stay| if is_clinics { stay.clinic } else { stay.patient });
        let allowed = self.model.cancel(caller, stay).is_some();
        self.check(caller, 0, &IStays::cancelCall { stay }, allowed);
    }

    pub(super) fn retract_or_lapse(&mut self) {
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

    pub(super) fn arrive(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID]);
        let caller = self.party(stay, |stay| stay.clinic);
        let allowed = self.model.arrive(caller, stay).is_some();
        self.check(caller, 0, &IStays::arriveCall { stay }, allowed);
    }

    pub(super) fn no_show(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::BOOKED]);
        let caller = self.party(stay, |stay| stay.clinic);
        let allowed = self.model.no_show(caller, stay).is_some();
        self.check(caller, 0, &IStays::noShowCall { stay }, allowed);
    }

    pub(super) fn shorten(&mut self) {
        let stay = self.stay_in(&[stay_state::ARRIVED]);
        let caller = self.party(stay, |stay| stay.clinic);
        let admit = self.model.stay(stay).map_or(0, |stay| stay.admit);
        let day = admit + self.random.below(5) as u32;
        let allowed = self.model.shorten(caller, stay, day).is_some();
        self.check(caller, 0, &IStays::dischargeEarlyCall { stay, dischargeDay: day }, allowed);
    }

    pub(super) fn settle(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::ARRIVED, stay_state::DISPUTED]);
        let anybody = self.random.pick(&[CLINIC, STRANGER, OTHER_CLINIC]);
        let is_patients = self.random.chance(1, 3);
        let caller = self.party(stay, |stay| if is_patients { stay.patient } else { anybody });
        let allowed = self.model.settle(caller, stay).is_some();
        self.check(caller, 0, &IStays::settleCall { stay }, allowed);
    }

    pub(super) fn dispute(&mut self) {
        let stay = self.stay_in(&[stay_state::ARRIVED, stay_state::PAID]);
        let caller = self.party(stay, |stay| stay.patient);
        let allowed = self.model.dispute(caller, stay).is_some();
        self.check(caller, 0, &IStays::disputeCall { stay }, allowed);
    }

    pub(super) fn decide(&mut self) {
        let stay = self.stay_in(&[stay_state::DISPUTED]);
        let caller = self.party(stay, |_| ARBITER);
        let total = self.model.stay(stay).map_or(0, |stay| stay.total);
        let refund = self.random.pick(&[0, total / 3, total, total + 1]);
        let allowed = self.model.decide(caller, stay, refund).is_some();
        self.check(caller, 0, &IStays::decideCall { stay, refundWei: refund }, allowed);
    }

    pub(super) fn claim(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::SETTLED]);
        let caller = self.party(stay, |stay| stay.patient);
        let total = self.model.stay(stay).map_or(0, |stay| stay.total);
        let covered = self.model.stay(stay).map_or(0, |stay| stay.covered);
        let left = total.saturating_sub(covered);
        let sum = self.random.pick(&[0, 1, total / 2, left, left + 1]);
        let insurer = self.random.pick(&[INSURER, INSURER, INSURER, ARBITER]);
        let allowed = self.model.claim(caller, stay, insurer, sum).is_some();
        let call = IStays::claimCall { stay, insurer, amountWei: sum };
        self.check(caller, 0, &call, allowed);
    }

    pub(super) fn answer(&mut self) {
        let stay = self.stay_in(&[stay_state::PAID, stay_state::SETTLED]);
        let caller = self.party(stay, |stay| stay.claim.map_or(INSURER, |(insurer, _)| insurer));
        let (open, token) = self
            .model
            .stay(stay)
            .map_or((0, COIN), |stay| (crate::tests::model::most_of_claim(stay), stay.token));
        let sum = self.random.pick(&[0, open / 2, open, open, open + 1]);
        let needed = if token == COIN { sum } else { 0 };
        let coins = match self.random.below(16) {
            0 => needed + 1,
            1 => needed.saturating_sub(1),
            _ => needed,
        };
        let to_clinic = self.random.chance(1, 2);
        if token != COIN {
            tokens::fund(token, caller, CONTRACT, sum + 1);
            self.prepare_attack(caller, stay);
        }
        let allowed = self.model.answer(caller, stay, sum, to_clinic, coins).is_some();
        let call = IStays::settleClaimCall { stay, amountWei: sum, toClinic: to_clinic };
        self.check(caller, coins, &call, allowed);
    }

    pub(super) fn withdraw(&mut self) {
        let owed: Vec<_> = self.model.released.keys().copied().collect();
        let (token, account) = if owed.is_empty() || self.random.chance(1, 4) {
            (self.random.pick(&CURRENCIES), self.somebody())
        } else {
            // The order of a hash map is not the same each time.
            *owed.iter().min().expect("not empty")
        };
        let to =
            self.random.pick(&[account, account, account, RELATIVE, COIN, CONTRACT, REJECTING]);
        self.take_out(account, token, to);
    }

    pub(super) fn take_out(&mut self, account: Address, token: Address, to: Address) {
        self.prepare_attack(account, 0);
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
}
