//! The one word of a stay that every step reads and writes.
//!
//! Paying touches this word and no other, which is why the money that is due, the payer and the nights
//! are in it (design.md, truth 4).

use alloy_primitives::{Address, B256};
use chartkey_abi::stay_state::{ARRIVED, BOOKED, DISPUTED, HELD, PAID, QUOTED, REQUESTED, SETTLED};

/// The stay is priced in a token.
const TOKEN: u8 = 1;
/// The stay does not reserve its room.
const OVERRIDES: u8 = 2;
/// The patient paid a part before the rest was paid.
const DEPOSIT: u8 = 4;
/// The last instant that fits, some 35,000 years from now.
const MOST_INSTANT: u64 = (1 << 40) - 1;

/// A stay's first word: state 1 byte, flags 1, instant 5, admission day 4, nights 1, party 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) state: u8,
    pub(crate) flags: u8,
    pub(crate) until: u64,
    pub(crate) admit_day: u32,
    pub(crate) nights: u8,
    /// What is due, in the last 12 bytes, until the price is paid; who paid it afterwards.
    pub(crate) party: Address,
}

impl Head {
    pub(crate) fn unpack(word: B256) -> Self {
        let mut until = [0; 8];
        until[3..].copy_from_slice(&word[2..7]);
        Self {
            state: word[0],
            flags: word[1],
            until: u64::from_be_bytes(until),
            admit_day: u32::from_be_bytes([word[7], word[8], word[9], word[10]]),
            nights: word[11],
            party: Address::from_slice(&word[12..]),
        }
    }

    pub(crate) fn pack(&self) -> B256 {
        let mut word = B256::ZERO;
        word[0] = self.state;
        word[1] = self.flags;
        word[2..7].copy_from_slice(&self.until.to_be_bytes()[3..]);
        word[7..11].copy_from_slice(&self.admit_day.to_be_bytes());
        word[11] = self.nights;
        word[12..].copy_from_slice(self.party.as_slice());
        word
    }

    /// Half-open: the night of this day is not part of the stay.
    pub(crate) fn discharge_day(&self) -> u32 {
        // Stored from a discharge day of 32 bits.
        self.admit_day.wrapping_add(u32::from(self.nights))
    }

    /// When the state ends by itself, in Unix seconds; 0 if it does not.
    pub(crate) const fn until(&self) -> u64 {
        self.until
    }

    pub(crate) fn set_until(&mut self, instant: u64) {
        self.until = instant.min(MOST_INSTANT);
    }

    pub(crate) const fn is_token(&self) -> bool {
        self.flags & TOKEN != 0
    }

    pub(crate) const fn overrides(&self) -> bool {
        self.flags & OVERRIDES != 0
    }

    pub(crate) const fn has_deposit(&self) -> bool {
        self.flags & DEPOSIT != 0
    }

    pub(crate) const fn set_kind(&mut self, is_token: bool, overrides: bool) {
        self.flags = if is_token { TOKEN } else { 0 } | if overrides { OVERRIDES } else { 0 };
    }

    pub(crate) const fn set_deposit(&mut self) {
        self.flags |= DEPOSIT;
    }

    /// What is still to be paid; nothing once it is.
    pub(crate) fn due(&self) -> u128 {
        if !matches!(self.state, QUOTED | HELD | BOOKED) {
            return 0;
        }
        let mut bytes = [0; 16];
        bytes[4..].copy_from_slice(&self.party[8..]);
        u128::from_be_bytes(bytes)
    }

    /// `amount` has at most 96 bits.
    pub(crate) fn set_due(&mut self, amount: u128) {
        self.party = Address::ZERO;
        self.party[8..].copy_from_slice(&amount.to_be_bytes()[4..]);
    }

    /// Who paid the price, or what the deposit left of it.
    pub(crate) const fn payer(&self) -> Address {
        if matches!(self.state, REQUESTED | QUOTED | HELD | BOOKED) {
            return Address::ZERO;
        }
        self.party
    }

    /// The whole price is in escrow from here on.
    pub(crate) const fn set_paid(&mut self, payer: Address) {
        self.state = PAID;
        self.until = 0;
        self.party = payer;
    }

    /// Whether the stay keeps its nights from others.
    pub(crate) const fn reserves(&self) -> bool {
        !self.overrides() && matches!(self.state, HELD | BOOKED | PAID | ARRIVED | DISPUTED)
    }

    /// Whether the stay can still be cancelled.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, REQUESTED | QUOTED | HELD | BOOKED | PAID | ARRIVED | DISPUTED)
    }

    /// Whether the price was paid and did not go back.
    pub(crate) const fn is_paid(&self) -> bool {
        self.is_funded() || self.state == SETTLED
    }

    /// Whether the whole price is in escrow.
    pub(crate) const fn is_funded(&self) -> bool {
        matches!(self.state, PAID | ARRIVED | DISPUTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_survives_the_word() {
        let mut head =
            Head { state: QUOTED, admit_day: u32::MAX - 255, nights: 255, ..Head::default() };
        head.set_kind(true, true);
        head.set_deposit();
        head.set_until(u64::MAX);
        head.set_due((1 << 96) - 1);

        let again = Head::unpack(head.pack());

        assert_eq!(again, head);
        assert_eq!((again.until(), again.due()), (MOST_INSTANT, (1 << 96) - 1));
        assert_eq!(again.discharge_day(), u32::MAX);
        assert!(again.is_token() && again.overrides() && again.has_deposit());
    }

    #[test]
    fn the_payer_takes_the_place_of_what_was_due() {
        let mut head = Head { state: BOOKED, ..Head::default() };
        head.set_due(7);
        assert_eq!((head.due(), head.payer()), (7, Address::ZERO));

        head.set_paid(Address::repeat_byte(7));

        assert_eq!((head.due(), head.payer()), (0, Address::repeat_byte(7)));
    }
}
