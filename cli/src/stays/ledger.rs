//! The money of one stay, added up from its events and held against what the program stores.

use alloy_primitives::Address;
use chartkey_abi::IStays::{self, IStaysEvents};
use chartkey_abi::stay_state;

use super::{Place, StayEvent};
use crate::refusal;

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Into escrow, by the account.
    Paid,
    /// Out of escrow, back to the account that paid.
    Refunded,
    /// Out of escrow, to the clinic.
    Released,
    /// By an insurer for a claim, to the account; it never is in escrow.
    Insured {
        /// Who paid.
        insurer: Address,
    },
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Released => "released",
            Self::Insured { .. } => "insured",
        }
    }
}

/// Money that moved for a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// What for.
    pub kind: Kind,
    /// Who paid, or who got it.
    pub account: Address,
    /// How much, in the smallest unit of the stay's currency.
    pub amount: u128,
    /// Where it stands.
    pub place: Place,
}

/// A stay as its events tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// State, numbers as in [`stay_state`]; 0 before the first event.
    pub state: u8,
    /// The price as it was quoted, and where; `None` while it is a request.
    pub quoted: Option<(u128, Place)>,
    /// Days of admission and discharge as they were quoted.
    pub days: (u32, u32),
    /// What an early discharge left of the price.
    pub price: u128,
    /// What is still to be paid.
    pub due: u128,
    /// All that was paid into escrow.
    pub paid: u128,
    /// All that went back.
    pub refunded: u128,
    /// All that the clinic got from the escrow.
    pub released: u128,
    /// Whether the whole price was in escrow at some time.
    pub was_balanced: bool,
    /// Who paid the price, or what the deposit left of it.
    pub payer: Address,
    /// Who ended the stay otherwise than by settlement.
    pub closed_by: Option<Address>,
    /// What an insurer has not answered yet.
    pub claim_open: u128,
    /// Everything that moved, in order.
    pub movements: Vec<Movement>,
}

/// Why events and storage do not hang together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerFault {
    /// An event that cannot follow those before it: one is missing, or was made up.
    #[error("its event in block {block}, log {index} does not follow from those before it")]
    OutOfOrder {
        /// Its block.
        block: u64,
        /// Its number there.
        index: u64,
    },
    /// The events lead elsewhere than the program stands.
    #[error("its events lead to {what} {events}, and its storage says {storage}")]
    Differs {
        /// What is compared.
        what: &'static str,
        /// By the events.
        events: String,
        /// By the storage.
        storage: String,
    },
}

impl Ledger {
    /// Adds up all events of one stay, in the order of the chain.
    ///
    /// # Errors
    ///
    /// [`LedgerFault::OutOfOrder`].
    pub fn of<'a>(events: impl IntoIterator<Item = &'a StayEvent>) -> Result<Self, LedgerFault> {
        let mut ledger = Self::default();
        for StayEvent { place, event } in events {
            ledger
                .apply(place, event)
                .ok_or(LedgerFault::OutOfOrder { block: place.block, index: place.index })?;
        }
        Ok(ledger)
    }

    /// What is in escrow.
    #[must_use]
    pub const fn held(&self) -> u128 {
        // `take_out` keeps the sum of both at most what was paid.
        self.paid.saturating_sub(self.refunded).saturating_sub(self.released)
    }

    /// `None` if the event cannot follow.
    fn apply(&mut self, place: &Place, event: &IStaysEvents) -> Option<()> {
        use IStaysEvents as E;
        let is_first = matches!(event, E::StayRequested(_) | E::StayQuoted(_));
        if !is_first && self.state == 0 {
            return None;
        }
        match event {
            E::StayRequested(_) => {
                (self.state == 0).then_some(())?;
                self.state = stay_state::REQUESTED;
            }
            E::StayQuoted(event) => {
                matches!(self.state, 0 | stay_state::REQUESTED).then_some(())?;
                self.state = stay_state::QUOTED;
                self.quoted = Some((event.totalWei, *place));
                self.days = (event.admitDay, event.dischargeDay);
                (self.price, self.due) = (event.totalWei, event.totalWei);
            }
            E::StayMoved(event) => self.state = event.state,
            E::StayPaid(event) => self.pay(event, place)?,
            E::StayShortened(event) => self.price = self.price.checked_sub(event.refundWei)?,
            E::Refunded(event) => {
                self.take_out(event.amountWei)?;
                self.refunded += event.amountWei;
                self.moved(Kind::Refunded, event.payer, event.amountWei, place);
            }
            E::StaySettled(event) => {
                self.take_out(event.amountWei)?;
                self.released += event.amountWei;
                self.moved(Kind::Released, event.clinic, event.amountWei, place);
                self.end(stay_state::SETTLED)?;
            }
            E::StayClosed(event) => {
                self.take_out(event.keptWei)?;
                self.released += event.keptWei;
                // The clinic's account is not in this event: `with_clinic` fills it in.
                self.moved(Kind::Released, Address::ZERO, event.keptWei, place);
                self.closed_by = Some(event.by);
                self.end(event.state)?;
            }
            E::StayClaimed(event) => self.claim_open = event.amountWei,
            E::ClaimSettled(event) => {
                self.claim_open = event.openWei;
                let kind = Kind::Insured { insurer: event.insurer };
                self.moved(kind, event.to, event.amountWei, place);
            }
            E::AvailabilityOverridden(_)
            | E::PolicyDefined(_)
            | E::StaffChanged(_)
            | E::TokenAccepted(_)
            | E::RoomOpened(_)
            | E::Withdrawn(_) => {}
        }
        Some(())
    }

    fn pay(&mut self, event: &IStays::StayPaid, place: &Place) -> Option<()> {
        self.due = self.due.checked_sub(event.amountWei)?;
        self.paid = self.paid.checked_add(event.amountWei)?;
        self.state = stay_state::BOOKED;
        if self.due == 0 {
            (self.state, self.was_balanced, self.payer) = (stay_state::PAID, true, event.payer);
        }
        self.moved(Kind::Paid, event.payer, event.amountWei, place);
        Some(())
    }

    /// Whether the escrow has this much.
    fn take_out(&self, amount: u128) -> Option<()> {
        (amount <= self.held()).then_some(())
    }

    /// An end leaves nothing in escrow.
    fn end(&mut self, state: u8) -> Option<()> {
        (self.state, self.due) = (state, 0);
        (self.held() == 0).then_some(())
    }

    fn moved(&mut self, kind: Kind, account: Address, amount: u128, place: &Place) {
        if amount > 0 {
            self.movements.push(Movement { kind, account, amount, place: *place });
        }
    }

    /// Names the clinic where an event does not.
    #[must_use]
    pub fn with_clinic(mut self, clinic: Address) -> Self {
        let nameless = self.movements.iter_mut().filter(|one| one.account.is_zero());
        nameless.for_each(|movement| movement.account = clinic);
        self
    }

    /// Holds the events against the storage, read at the same block.
    ///
    /// # Errors
    ///
    /// [`LedgerFault::Differs`].
    pub fn check(
        &self,
        entry: &IStays::stayOfReturn,
        terms: &IStays::termsOfReturn,
        claim_open: u128,
    ) -> Result<(), LedgerFault> {
        let differs = |what, events: String, storage: String| {
            let is_same = events == storage;
            if is_same { Ok(()) } else { Err(LedgerFault::Differs { what, events, storage }) }
        };
        let state = |state| refusal::stay_state(state).to_owned();
        differs("state", state(self.state), state(entry.state))?;
        differs("a price of", self.price.to_string(), entry.totalWei.to_string())?;
        differs("due", self.due.to_string(), terms.dueWei.to_string())?;
        differs("the payer", self.payer.to_string(), terms.payer.to_string())?;
        differs("an open claim of", self.claim_open.to_string(), claim_open.to_string())
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;

    const PATIENT: Address = Address::repeat_byte(1);
    const CLINIC: Address = Address::repeat_byte(2);

    fn event(index: u64, event: IStaysEvents) -> StayEvent {
        let place = Place { block: 5, index, tx: B256::with_last_byte(index as u8), time: 1_000 };
        StayEvent { place, event }
    }

    fn quoted(amount: u128) -> IStaysEvents {
        IStaysEvents::StayQuoted(IStays::StayQuoted {
            stay: 1,
            clinic: CLINIC,
            patient: PATIENT,
            admitDay: 1,
            dischargeDay: 2,
            room: B256::ZERO,
            totalWei: amount,
            token: Address::ZERO,
            policy: 0,
            validUntil: 0,
        })
    }

    fn paid(amount: u128) -> IStaysEvents {
        IStaysEvents::StayPaid(IStays::StayPaid { stay: 1, payer: PATIENT, amountWei: amount })
    }

    fn refunded(amount: u128) -> IStaysEvents {
        IStaysEvents::Refunded(IStays::Refunded { stay: 1, payer: PATIENT, amountWei: amount })
    }

    fn closed(refund: u128, kept: u128) -> IStaysEvents {
        IStaysEvents::StayClosed(IStays::StayClosed {
            stay: 1,
            by: CLINIC,
            state: stay_state::CANCELLED,
            refundWei: refund,
            keptWei: kept,
        })
    }

    fn ledger(events: Vec<IStaysEvents>) -> Result<Ledger, LedgerFault> {
        let events: Vec<_> = (0..).zip(events).map(|(index, one)| event(index, one)).collect();
        Ledger::of(&events)
    }

    #[test]
    fn parts_add_up_and_the_last_one_balances() {
        let part = ledger(vec![quoted(10), paid(4)]).expect("in order");
        let whole = ledger(vec![quoted(10), paid(4), paid(6)]).expect("in order");

        assert_eq!((part.state, part.due, part.was_balanced), (stay_state::BOOKED, 6, false));
        assert_eq!((whole.state, whole.due, whole.held()), (stay_state::PAID, 0, 10));
        assert_eq!(whole.payer, PATIENT);
    }

    #[test]
    fn a_cancellation_splits_the_whole_escrow() {
        let events = vec![quoted(10), paid(10), refunded(7), closed(7, 3)];

        let ledger = ledger(events).expect("in order").with_clinic(CLINIC);

        assert_eq!((ledger.held(), ledger.refunded, ledger.released), (0, 7, 3));
        assert_eq!(ledger.movements.last().map(|one| (one.account, one.amount)), Some((CLINIC, 3)));
    }

    #[test]
    fn a_left_out_refund_is_noticed() {
        let left_out = ledger(vec![quoted(10), paid(10), closed(7, 3)]);

        assert_eq!(left_out, Err(LedgerFault::OutOfOrder { block: 5, index: 2 }));
    }

    #[test]
    fn money_that_never_came_in_cannot_go_out() {
        assert!(ledger(vec![quoted(10), refunded(1)]).is_err());
        assert!(ledger(vec![quoted(10), paid(11)]).is_err());
        assert!(ledger(vec![paid(10)]).is_err(), "no quote before it");
        assert!(ledger(vec![quoted(10), quoted(9)]).is_err(), "a quote never changes");
    }

    #[test]
    fn a_left_out_payment_is_noticed_by_the_storage() {
        let ledger = ledger(vec![quoted(10)]).expect("in order");
        let entry = IStays::stayOfReturn {
            state: stay_state::PAID,
            clinic: CLINIC,
            patient: PATIENT,
            admitDay: 1,
            dischargeDay: 2,
            room: B256::ZERO,
            totalWei: 10,
        };
        let terms = IStays::termsOfReturn {
            token: Address::ZERO,
            policy: 0,
            overrides: false,
            until: 0,
            dueWei: 0,
            payer: PATIENT,
            depositWei: 0,
        };

        let fault = ledger.check(&entry, &terms, 0).expect_err("it was paid");

        assert!(matches!(fault, LedgerFault::Differs { what: "state", .. }), "{fault}");
    }
}
