//! The plain model: the rules of domain.md written down once more, without slots, words or bits.

use std::collections::{BTreeMap, HashMap, HashSet};

use alloy_primitives::{Address, B256, U256};
use chartkey_abi::{PolicyTerms, stay_state as state};

use super::tokens::Kind;
use super::{COIN, CONTRACT, DAY};

/// A stay as a person would write it down.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    pub(crate) state: u8,
    pub(crate) clinic: Address,
    pub(crate) patient: Address,
    pub(crate) room: B256,
    pub(crate) admit: u32,
    pub(crate) discharge: u32,
    pub(crate) total: u128,
    pub(crate) token: Address,
    pub(crate) policy: u32,
    pub(crate) until: u64,
    pub(crate) overrides: bool,
    /// What is in escrow, by who paid it; a patient's deposit is the first.
    pub(crate) paid: Vec<(Address, u128)>,
    /// Who paid the price, or what the deposit left of it; told also when the stay is over.
    pub(crate) payer: Option<Address>,
    pub(crate) claim: Option<(Address, u128)>,
    /// What insurers have paid and decisions have given back.
    pub(crate) covered: u128,
    /// Price and day of discharge as they were quoted, once the patient was discharged before.
    pub(crate) quoted: Option<(u128, u32)>,
}

/// What may be done, and what it does. `None` means: has to be refused.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) stays: Vec<Booking>,
    pub(crate) policies: HashMap<Address, Vec<(PolicyTerms, Address)>>,
    pub(crate) staff: HashMap<(Address, Address), u64>,
    /// Until when the registrar vouches; of whom it said nothing, for ever.
    pub(crate) credentials: HashMap<Address, u64>,
    pub(crate) accepted: HashSet<(Address, Address)>,
    pub(crate) nights: HashMap<(Address, B256, u32), u64>,
    pub(crate) released: HashMap<(Address, Address), u128>,
    pub(crate) kinds: HashMap<Address, Kind>,
    /// What the contract holds, by token.
    pub(crate) held: HashMap<Address, u128>,
    /// Words of calendars that are laid out.
    pub(crate) opened: HashSet<(Address, B256, u32)>,
    /// Accounts that take no coins.
    pub(crate) rejecting: HashSet<Address>,
    /// Who was paid back what since this was cleared.
    pub(crate) refunds: BTreeMap<Address, u128>,
}

type Done = Option<()>;

impl Model {
    pub(crate) fn stay(&self, stay: u64) -> Option<&Booking> {
        self.stays.get(usize::try_from(stay).ok()?.checked_sub(1)?)
    }

    fn stay_mut(&mut self, stay: u64) -> Option<&mut Booking> {
        self.stays.get_mut(usize::try_from(stay).ok()?.checked_sub(1)?)
    }

    pub(crate) fn terms(&self, stay: &Booking) -> (PolicyTerms, Address) {
        match stay.policy {
            0 => (PolicyTerms::DEFAULT, Address::ZERO),
            policy => self.policies[&stay.clinic][policy as usize - 1],
        }
    }

    fn acts_for(&self, clinic: Address, caller: Address) -> bool {
        caller == clinic || self.staff.get(&(clinic, caller)).is_some_and(|until| self.now < *until)
    }

    /// All that the contract owes of a token: open escrows and released balances.
    pub(crate) fn owed(&self, token: Address) -> u128 {
        let of_token = self.stays.iter().filter(|stay| stay.token == token);
        let escrow: u128 = of_token.map(escrow).sum();
        let released: u128 =
            self.released.iter().filter(|(key, _)| key.0 == token).map(|(_, sum)| sum).sum();
        escrow + released
    }

    pub(crate) fn offer(&mut self, caller: Address, requested: u64, new: Booking) -> Option<u64> {
        let is_sound = self.acts_for(new.clinic, caller)
            && self.credentials.get(&new.clinic).is_none_or(|until| self.now < *until)
            && !new.patient.is_zero()
            && (1..=255).contains(&new.discharge.saturating_sub(new.admit))
            && (1..1 << 96).contains(&new.total)
            && new.policy as usize <= self.policies.get(&new.clinic).map_or(0, Vec::len)
            && (new.token == COIN || self.accepted.contains(&(new.clinic, new.token)));
        if !is_sound {
            return None;
        }
        if requested == 0 {
            self.stays.push(new);
            return Some(self.stays.len() as u64);
        }
        let asked = self.stay_mut(requested)?;
        let answers = asked.state == state::REQUESTED
            && asked.clinic == new.clinic
            && asked.patient == new.patient;
        if !answers {
            return None;
        }
        *asked = new;
        Some(requested)
    }

    /// The patient takes a quote or a hold; the room is reserved then.
    fn accept(&mut self, caller: Address, number: u64) -> Done {
        let now = self.now;
        let stay = self.stay(number)?.clone();
        let is_quote = stay.state == state::QUOTED;
        if !(is_quote || stay.state == state::HELD) || caller != stay.patient || now > stay.until {
            return None;
        }
        if is_quote && !stay.overrides {
            let mut nights = (stay.admit..stay.discharge).map(|day| (stay.clinic, stay.room, day));
            if nights.clone().any(|night| self.nights.contains_key(&night)) {
                return None;
            }
            nights.by_ref().for_each(|night| {
                assert_eq!(self.nights.insert(night, number), None, "two stays in a night");
            });
        }
        Some(())
    }

    pub(crate) fn hold(&mut self, caller: Address, number: u64) -> Done {
        if self.stay(number)?.state != state::QUOTED {
            return None;
        }
        self.accept(caller, number)?;
        let ends = self.now + u64::from(self.terms(self.stay(number)?).0.hold_secs);
        let stay = self.stay_mut(number)?;
        (stay.state, stay.until) = (state::HELD, ends.min(stay.until));
        Some(())
    }

    pub(crate) fn book(&mut self, caller: Address, number: u64) -> Done {
        self.accept(caller, number)?;
        let until = self.now + u64::from(self.terms(self.stay(number)?).0.pay_within_secs);
        let stay = self.stay_mut(number)?;
        (stay.state, stay.until) = (state::BOOKED, until);
        Some(())
    }

    pub(crate) fn pay(&mut self, caller: Address, number: u64, token: Address, sum: u128) -> Done {
        let stay = self.stay(number)?.clone();
        if stay.token != token || !self.delivers(token) {
            return None;
        }
        let due = stay.total - escrow(&stay);
        let (terms, _) = self.terms(&stay);
        let is_least = sum * 10_000 >= stay.total * u128::from(terms.deposit_bps);
        let is_part = terms.deposit_bps > 0
            && caller == stay.patient
            && (1..due).contains(&sum)
            && (!stay.paid.is_empty() || is_least);
        if sum != due && !is_part {
            return None;
        }
        if stay.state == state::BOOKED {
            if self.now > stay.until {
                return None;
            }
        } else {
            self.book(caller, number)?;
        }
        let until = self.stay(number)?.until.max(u64::from(stay.admit) * DAY);
        let stay = self.stay_mut(number)?;
        stay.paid.push((caller, sum));
        stay.payer = (!is_part).then_some(caller);
        (stay.state, stay.until) = if is_part { (state::BOOKED, until) } else { (state::PAID, 0) };
        *self.held.entry(token).or_default() += sum;
        Some(())
    }

    /// Whether a token arrives as it was sent.
    fn delivers(&self, token: Address) -> bool {
        !matches!(
            self.kinds.get(&token),
            Some(Kind::TakesFee | Kind::Gives | Kind::Lies | Kind::Chatters | Kind::Mumbles(_))
        )
    }

    pub(crate) fn cancel(&mut self, caller: Address, number: u64) -> Done {
        let stay = self.stay(number)?.clone();
        let is_clinic = self.acts_for(stay.clinic, caller);
        if !is_clinic && caller != stay.patient {
            return None;
        }
        let kept = if is_clinic {
            0
        } else {
            match stay.state {
                state::BOOKED | state::PAID if self.now < u64::from(stay.admit) * DAY => {
                    self.late_fee(&stay)
                }
                state::REQUESTED | state::QUOTED | state::HELD => 0,
                _ => return None,
            }
        };
        self.end(number, state::CANCELLED, kept)
    }

    fn late_fee(&self, stay: &Booking) -> u128 {
        let (terms, _) = self.terms(stay);
        let is_free = self.now + u64::from(terms.free_cancel_secs) <= u64::from(stay.admit) * DAY;
        if is_free { 0 } else { stay.total * u128::from(terms.late_cancel_bps) / 10_000 }
    }

    pub(crate) fn retract(&mut self, caller: Address, number: u64) -> Done {
        if !self.acts_for(self.stay(number)?.clinic, caller) {
            return None;
        }
        self.end(number, state::ENTERED_IN_ERROR, 0)
    }

    pub(crate) fn lapse(&mut self, number: u64) -> Done {
        let stay = self.stay(number)?.clone();
        if !matches!(stay.state, state::HELD | state::BOOKED) || self.now <= stay.until {
            return None;
        }
        let fee = self.late_fee(&stay);
        self.end(number, state::CANCELLED, fee)
    }

    pub(crate) fn arrive(&mut self, caller: Address, number: u64) -> Done {
        let stay = self.stay(number)?;
        let may = stay.state == state::PAID
            && (caller == stay.patient || self.acts_for(stay.clinic, caller))
            && self.now >= u64::from(stay.admit) * DAY;
        if !may {
            return None;
        }
        self.stay_mut(number)?.state = state::ARRIVED;
        Some(())
    }

    pub(crate) fn no_show(&mut self, caller: Address, number: u64) -> Done {
        let stay = self.stay(number)?.clone();
        let (terms, _) = self.terms(&stay);
        let from = u64::from(stay.admit) * DAY + u64::from(terms.no_show_grace_secs);
        let may = matches!(stay.state, state::PAID | state::BOOKED)
            && self.acts_for(stay.clinic, caller)
            && self.now >= from;
        if !may {
            return None;
        }
        let fee = stay.total * u128::from(terms.no_show_bps) / 10_000;
        self.end(number, state::NO_SHOW, fee)
    }

    pub(crate) fn shorten(&mut self, caller: Address, number: u64, day: u32) -> Done {
        let stay = self.stay(number)?.clone();
        let (terms, _) = self.terms(&stay);
        let may = stay.state == state::ARRIVED
            && self.acts_for(stay.clinic, caller)
            && stay.admit < day
            && day < stay.discharge
            && u64::from(day) >= self.now / DAY;
        if !may {
            return None;
        }
        // What the stay costs that ends on this day, whatever it was shortened to before.
        let (quoted, last) = stay.quoted.unwrap_or((stay.total, stay.discharge));
        let (freed, nights) = (last - day, last - stay.admit);
        let share = quoted * u128::from(terms.early_discharge_bps) / 10_000;
        let price = quoted - share * u128::from(freed) / u128::from(nights);
        self.give_back(number, stay.total - price);
        if !stay.overrides {
            for night in day..stay.discharge {
                self.nights.remove(&(stay.clinic, stay.room, night));
            }
        }
        let until = self.now + u64::from(terms.settle_delay_secs) + DAY;
        let stay = self.stay_mut(number)?;
        (stay.discharge, stay.total, stay.until) = (day, price, until);
        stay.quoted = Some((quoted, last));
        Some(())
    }

    pub(crate) fn settles_at(&self, stay: &Booking) -> u64 {
        if stay.state == state::DISPUTED {
            return stay.until;
        }
        let delay = u64::from(self.terms(stay).0.settle_delay_secs);
        (u64::from(stay.discharge) * DAY + delay).max(stay.until)
    }

    pub(crate) fn settle(&mut self, caller: Address, number: u64) -> Done {
        let stay = self.stay(number)?.clone();
        let may =
            is_funded(&stay) && (caller == stay.patient || self.now >= self.settles_at(&stay));
        if !may {
            return None;
        }
        self.release(stay.token, stay.clinic, escrow(&stay));
        let stay = self.stay_mut(number)?;
        stay.paid.clear();
        stay.state = state::SETTLED;
        Some(())
    }

    pub(crate) fn dispute(&mut self, caller: Address, number: u64) -> Done {
        let stay = self.stay(number)?.clone();
        let (terms, arbiter) = self.terms(&stay);
        let may = matches!(stay.state, state::PAID | state::ARRIVED)
            && caller == stay.patient
            && self.now >= u64::from(stay.admit) * DAY
            && self.now < self.settles_at(&stay)
            && !arbiter.is_zero();
        if !may {
            return None;
        }
        let until = self.now + u64::from(terms.dispute_secs);
        let stay = self.stay_mut(number)?;
        (stay.state, stay.until) = (state::DISPUTED, until);
        Some(())
    }

    pub(crate) fn decide(&mut self, caller: Address, number: u64, refund: u128) -> Done {
        let stay = self.stay(number)?.clone();
        let may = stay.state == state::DISPUTED
            && caller == self.terms(&stay).1
            && self.now < stay.until
            && refund <= stay.total;
        if !may {
            return None;
        }
        self.end(number, state::SETTLED, stay.total - refund)?;
        self.stay_mut(number)?.covered += refund;
        Some(())
    }

    pub(crate) fn claim(
        &mut self,
        caller: Address,
        number: u64,
        insurer: Address,
        sum: u128,
    ) -> Done {
        let stay = self.stay_mut(number)?;
        if caller != stay.patient || (sum > 0 && !is_paid(stay)) {
            return None;
        }
        stay.claim = match (sum, stay.claim) {
            (0, Some((asked, _))) if asked == insurer => None,
            (1.., None) if stay.covered + sum <= stay.total => Some((insurer, sum)),
            _ => return None,
        };
        Some(())
    }

    pub(crate) fn answer(
        &mut self,
        caller: Address,
        number: u64,
        sum: u128,
        to_clinic: bool,
        coins: u128,
    ) -> Done {
        let stay = self.stay(number)?.clone();
        let ((insurer, _), open) = (stay.claim?, most_of_claim(&stay));
        let needed = if stay.token == COIN { sum } else { 0 };
        let may = (sum == 0 || is_paid(&stay))
            && caller == insurer
            && sum <= open
            && coins == needed
            && (sum == 0 || self.delivers(stay.token));
        if !may {
            return None;
        }
        let is_over = sum == 0 || sum == open;
        let covered = self.stay_mut(number)?;
        covered.claim = (!is_over).then_some((insurer, open - sum));
        covered.covered += sum;
        *self.held.entry(stay.token).or_default() += sum;
        self.release(stay.token, if to_clinic { stay.clinic } else { stay.patient }, sum);
        Some(())
    }

    pub(crate) fn withdraw(
        &mut self,
        caller: Address,
        token: Address,
        to: Address,
    ) -> Option<u128> {
        let is_nowhere = to.is_zero() || to == CONTRACT;
        let is_taken = !is_nowhere && (token != COIN || !self.rejecting.contains(&to));
        if !is_taken || !self.released.contains_key(&(token, caller)) {
            return None;
        }
        let sum = self.released.remove(&(token, caller))?;
        *self.held.get_mut(&token)? -= sum;
        Some(sum)
    }

    /// Ends a stay: of what was paid, the clinic keeps at most `kept`.
    fn end(&mut self, number: u64, end: u8, kept: u128) -> Done {
        let stay = self.stay(number)?.clone();
        if !is_open(&stay) {
            return None;
        }
        let kept = kept.min(escrow(&stay));
        self.give_back(number, escrow(&stay) - kept);
        self.release(stay.token, stay.clinic, kept);
        let reserves = is_funded(&stay) || matches!(stay.state, state::HELD | state::BOOKED);
        if reserves && !stay.overrides && end != state::SETTLED {
            for night in stay.admit..stay.discharge {
                self.nights.remove(&(stay.clinic, stay.room, night));
            }
        }
        let stay = self.stay_mut(number)?;
        stay.paid.clear();
        (stay.state, stay.until) = (end, 0);
        Some(())
    }

    /// The last who paid is paid back first.
    fn give_back(&mut self, number: u64, sum: u128) {
        let (mut left, mut back) = (sum, Vec::new());
        let Some(stay) = self.stay_mut(number) else { return };
        let token = stay.token;
        for (payer, paid) in stay.paid.iter_mut().rev() {
            let part = left.min(*paid);
            (*paid, left) = (*paid - part, left - part);
            back.push((*payer, part));
        }
        assert_eq!(left, 0, "more goes back than was paid");
        for (payer, part) in back.into_iter().filter(|(_, part)| *part > 0) {
            self.release(token, payer, part);
            *self.refunds.entry(payer).or_default() += part;
        }
    }

    fn release(&mut self, token: Address, account: Address, sum: u128) {
        if sum > 0 {
            *self.released.entry((token, account)).or_default() += sum;
        }
    }

    pub(crate) fn open_room(
        &mut self,
        caller: Address,
        at: (Address, B256),
        days: (u32, u32),
    ) -> Done {
        let ((clinic, room), (from, to)) = (at, days);
        if !self.acts_for(clinic, caller) || to < from || to / 255 - from / 255 > 7 {
            return None;
        }
        self.opened.extend((from / 255..=to / 255).map(|word| (clinic, room, word)));
        Some(())
    }

    /// What a stay is still short of.
    pub(crate) fn due(&self, stay: &Booking) -> u128 {
        match stay.state {
            state::QUOTED | state::HELD | state::BOOKED => stay.total - escrow(stay),
            _ => 0,
        }
    }

    /// The bits of the 255 nights that `day` is in; the last says that they are laid out.
    pub(crate) fn bits(&self, clinic: Address, room: B256, day: u32) -> U256 {
        let first = day / 255 * 255;
        let taken = (0..255).filter(|bit| self.nights.contains_key(&(clinic, room, first + bit)));
        let is_open = self.opened.contains(&(clinic, room, day / 255));
        let marker = if is_open { U256::ONE << 255_usize } else { U256::ZERO };
        taken.fold(marker, |bits, bit| bits | (U256::ONE << bit as usize))
    }
}

/// What is in escrow.
pub(crate) fn escrow(stay: &Booking) -> u128 {
    stay.paid.iter().map(|(_, sum)| sum).sum()
}

/// What the insurer may pay of the claim.
pub(crate) fn most_of_claim(stay: &Booking) -> u128 {
    let open = stay.claim.filter(|_| is_paid(stay)).map_or(0, |(_, open)| open);
    open.min(stay.total.saturating_sub(stay.covered))
}

/// The price was paid, and did not go back.
fn is_paid(stay: &Booking) -> bool {
    is_funded(stay) || stay.state == state::SETTLED
}

pub(crate) fn is_funded(stay: &Booking) -> bool {
    matches!(stay.state, state::PAID | state::ARRIVED | state::DISPUTED)
}

pub(crate) fn is_open(stay: &Booking) -> bool {
    is_funded(stay)
        || matches!(stay.state, state::REQUESTED | state::QUOTED | state::HELD | state::BOOKED)
}
