//! Checks that both programs make, in one place.
//!
//! Each is a plain question; the programs answer a `false` with their own typed error, which
//! carries the arguments that let a caller act. `#[inline(never)]` keeps one copy per program.

#![cfg_attr(not(test), no_std)]

use alloy_primitives::Address;

/// Seconds of a calendar day.
const DAY_SECONDS: u64 = 86_400;

/// Whether `caller` is the account in charge; nobody is in charge of a thing that does not exist.
#[inline(never)]
#[must_use]
pub fn is_account(caller: Address, in_charge: Address) -> bool {
    !in_charge.is_zero() && caller == in_charge
}

/// Whether `length` lies in `least..=most`.
#[must_use]
pub const fn is_length(length: usize, least: usize, most: usize) -> bool {
    least <= length && length <= most
}

/// Whether `[from, to)` holds at least one day.
#[must_use]
pub const fn is_interval(from_day: u32, to_day: u32) -> bool {
    from_day < to_day
}

/// Unix seconds at which a calendar day starts, in UTC.
///
/// Days count from 1970-01-01; the product cannot overflow, since a day number has 32 bits.
#[must_use]
pub const fn day_start(day: u32) -> u64 {
    day as u64 * DAY_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_in_charge_of_a_thing_that_does_not_exist() {
        assert!(!is_account(Address::ZERO, Address::ZERO));
        assert!(is_account(Address::repeat_byte(1), Address::repeat_byte(1)));
        assert!(!is_account(Address::repeat_byte(2), Address::repeat_byte(1)));
    }

    #[test]
    fn an_interval_of_no_night_is_none() {
        assert!(is_interval(1, 2));
        assert!(!is_interval(2, 2));
        assert!(!is_interval(3, 2));
    }

    #[test]
    fn the_last_day_of_the_type_has_a_start() {
        assert_eq!(day_start(u32::MAX), 4_294_967_295 * 86_400);
        assert_eq!(day_start(20_600), 1_779_840_000);
    }

    #[test]
    fn both_ends_of_a_length_are_allowed() {
        assert!(is_length(157, 157, 261) && is_length(261, 157, 261));
        assert!(!is_length(156, 157, 261) && !is_length(262, 157, 261));
    }
}
