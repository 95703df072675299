//! What a clinic's policy says, and the word it is packed into.

use alloy_primitives::{Address, B256};

/// Longest window of a policy in seconds: 366 days. It bounds the time in which money is stuck.
const MOST_SECS: u32 = 366 * 86_400;
/// The whole, in basis points.
const MOST_BPS: u16 = 10_000;

/// The terms of a policy; durations in seconds, shares in basis points of the stay's price.
///
/// The word holds the fields in this order, big-endian, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyTerms {
    /// The patient cancels free of charge until this long before admission.
    pub free_cancel_secs: u32,
    /// How long a hold reserves the room.
    pub hold_secs: u32,
    /// How long after booking the price is due.
    pub pay_within_secs: u32,
    /// How long after discharge others than the patient may settle.
    pub settle_delay_secs: u32,
    /// How long after admission begins the patient has not come.
    pub no_show_grace_secs: u32,
    /// How long the arbiter has to decide.
    pub dispute_secs: u32,
    /// What the clinic keeps of a later cancellation.
    pub late_cancel_bps: u16,
    /// What the clinic keeps if the patient does not come.
    pub no_show_bps: u16,
    /// What goes back for each night that an early discharge frees.
    pub early_discharge_bps: u16,
    /// Least first part payment; 0 means that only the whole price can be paid.
    pub deposit_bps: u16,
}

impl PolicyTerms {
    /// Policy 0 of every clinic: free cancellation until admission, an hour's hold, a day to pay and a
    /// day of grace; no fees, parts, delays or disputes.
    pub const DEFAULT: Self = Self {
        free_cancel_secs: 0,
        hold_secs: 3_600,
        pay_within_secs: 86_400,
        settle_delay_secs: 0,
        no_show_grace_secs: 86_400,
        dispute_secs: 0,
        late_cancel_bps: 0,
        no_show_bps: 0,
        early_discharge_bps: 0,
        deposit_bps: 0,
    };

    /// The word.
    #[must_use]
    pub fn pack(&self) -> B256 {
        let mut word = B256::ZERO;
        let seconds = [
            self.free_cancel_secs,
            self.hold_secs,
            self.pay_within_secs,
            self.settle_delay_secs,
            self.no_show_grace_secs,
            self.dispute_secs,
        ];
        for (at, value) in seconds.iter().enumerate() {
            word[at * 4..at * 4 + 4].copy_from_slice(&value.to_be_bytes());
        }
        let shares =
            [self.late_cancel_bps, self.no_show_bps, self.early_discharge_bps, self.deposit_bps];
        for (at, value) in shares.iter().enumerate() {
            word[24 + at * 2..26 + at * 2].copy_from_slice(&value.to_be_bytes());
        }
        word
    }

    /// The terms in a word; every word is some.
    #[must_use]
    pub const fn unpack(word: B256) -> Self {
        let bytes = word.0;
        Self {
            free_cancel_secs: u32_at(&bytes, 0),
            hold_secs: u32_at(&bytes, 4),
            pay_within_secs: u32_at(&bytes, 8),
            settle_delay_secs: u32_at(&bytes, 12),
            no_show_grace_secs: u32_at(&bytes, 16),
            dispute_secs: u32_at(&bytes, 20),
            late_cancel_bps: u16_at(&bytes, 24),
            no_show_bps: u16_at(&bytes, 26),
            early_discharge_bps: u16_at(&bytes, 28),
            deposit_bps: u16_at(&bytes, 30),
        }
    }

    /// Whether no share is above the whole, no window above 366 days, and there is time for an arbiter
    /// exactly if there is one.
    #[must_use]
    pub fn is_sound(&self, arbiter: Address) -> bool {
        let longest = self
            .free_cancel_secs
            .max(self.hold_secs)
            .max(self.pay_within_secs)
            .max(self.settle_delay_secs)
            .max(self.no_show_grace_secs)
            .max(self.dispute_secs);
        let largest = self
            .late_cancel_bps
            .max(self.no_show_bps)
            .max(self.early_discharge_bps)
            .max(self.deposit_bps);
        longest <= MOST_SECS && largest <= MOST_BPS && arbiter.is_zero() == (self.dispute_secs == 0)
    }
}

const fn u32_at(bytes: &[u8; 32], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

const fn u16_at(bytes: &[u8; 32], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARBITER: Address = Address::repeat_byte(9);

    #[test]
    fn every_field_has_its_place_in_the_word() {
        let terms = PolicyTerms {
            free_cancel_secs: 0x0102_0304,
            hold_secs: 0x0506_0708,
            pay_within_secs: 0x090a_0b0c,
            settle_delay_secs: 0x0d0e_0f10,
            no_show_grace_secs: 0x1112_1314,
            dispute_secs: 0x1516_1718,
            late_cancel_bps: 0x191a,
            no_show_bps: 0x1b1c,
            early_discharge_bps: 0x1d1e,
            deposit_bps: 0x1f20,
        };

        let word = terms.pack();

        assert!(word.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at + 1));
        assert_eq!(PolicyTerms::unpack(word), terms);
    }

    #[test]
    fn the_bounds_are_allowed_and_what_lies_beyond_is_not() {
        let bounds = PolicyTerms {
            settle_delay_secs: MOST_SECS,
            dispute_secs: 1,
            late_cancel_bps: MOST_BPS,
            ..PolicyTerms::default()
        };
        let (secs, bps) = (MOST_SECS + 1, MOST_BPS + 1);
        let unsound = [
            PolicyTerms { free_cancel_secs: secs, ..bounds },
            PolicyTerms { hold_secs: secs, ..bounds },
            PolicyTerms { pay_within_secs: secs, ..bounds },
            PolicyTerms { settle_delay_secs: secs, ..bounds },
            PolicyTerms { no_show_grace_secs: secs, ..bounds },
            PolicyTerms { dispute_secs: secs, ..bounds },
            PolicyTerms { late_cancel_bps: bps, ..bounds },
            PolicyTerms { no_show_bps: bps, ..bounds },
            PolicyTerms { early_discharge_bps: bps, ..bounds },
            PolicyTerms { deposit_bps: bps, ..bounds },
            PolicyTerms { dispute_secs: 0, ..bounds },
        ];

        assert!(bounds.is_sound(ARBITER));
        assert!(!bounds.is_sound(Address::ZERO), "time for an arbiter who is not there");
        assert!(unsound.iter().all(|terms| !terms.is_sound(ARBITER)));
        assert!(PolicyTerms::DEFAULT.is_sound(Address::ZERO));
    }
}
