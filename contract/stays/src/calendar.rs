//! Which nights of a room are taken: one word for 255 nights, whatever the number of bookings.

use alloy_primitives::aliases::U32;
use alloy_primitives::{Address, B256, U256};
use chartkey_abi::IStays;
use stylus_sdk::prelude::*;

use crate::head::Head;
use crate::{Error, Stays};

/// Nights in a word; the last bit says that the word is laid out.
const NIGHTS: u32 = 255;
/// Words that one call lays out at most.
const MOST_WORDS: u32 = 8;

/// The bits of `count` nights from `first` on, both below 256.
fn bits(first: u32, count: u32) -> U256 {
    (U256::ONE << count as usize).wrapping_sub(U256::ONE) << first as usize
}

impl Stays {
    /// Takes or frees the nights of a stay: at most two words, since a stay has at most 255 nights.
    #[inline(never)]
    pub(crate) fn set_nights(
        &mut self,
        clinic: Address,
        room: B256,
        head: &Head,
        are_taken: bool,
    ) -> Result<(), Error> {
        let mut day = head.admit_day;
        let end = head.discharge_day();
        let mut owner = self.clinics.setter(clinic);
        let mut calendar = owner.rooms.setter(room);
        while day < end {
            let first = day % NIGHTS;
            let count = (end - day).min(NIGHTS - first);
            let ours = bits(first, count);
            let mut word = calendar.setter(U32::from(day / NIGHTS));
            let taken = word.get();
            if are_taken {
                let both = taken & ours;
                if !both.is_zero() {
                    let night = day - first + both.trailing_zeros() as u32;
                    return Err(IStays::RoomTaken { room, night }.into());
                }
                word.set(taken | ours);
            } else {
                word.set(taken & !ours);
            }
            day += count;
        }
        Ok(())
    }

    /// Lays out a room's calendar, so that each booking in it costs the same. Only the clinic.
    ///
    /// # Errors
    ///
    /// * [`Error::NotClinic`], [`Error::DayOutOfRange`]
    ///
    /// # Events
    ///
    /// * `RoomOpened`
    pub(crate) fn lay_out(
        &mut self,
        clinic: Address,
        room: B256,
        from_day: u32,
        to_day: u32,
    ) -> Result<(), Error> {
        self.only_clinic(clinic)?;
        let (first, last) = (from_day / NIGHTS, to_day / NIGHTS);
        if to_day < from_day || last - first >= MOST_WORDS {
            let most = from_day.saturating_add(NIGHTS * (MOST_WORDS - 1));
            return Err(IStays::DayOutOfRange { day: to_day, least: from_day, most }.into());
        }
        let mut owner = self.clinics.setter(clinic);
        let mut calendar = owner.rooms.setter(room);
        for period in first..=last {
            let mut word = calendar.setter(U32::from(period));
            let marked = word.get() | bits(NIGHTS, 1);
            word.set(marked);
        }
        self.vm().log(IStays::RoomOpened { clinic, room, fromDay: from_day, toDay: to_day });
        Ok(())
    }

    pub(crate) fn nights_of(&self, clinic: Address, room: B256, day: u32) -> U256 {
        self.clinics.getter(clinic).rooms.getter(room).get(U32::from(day / NIGHTS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_nights_lie_side_by_side() {
        assert_eq!(bits(0, 1), U256::ONE);
        assert_eq!(bits(3, 2), U256::from(0b11000));
        assert_eq!(bits(0, 255), U256::MAX >> 1_usize);
        assert_eq!(bits(255, 1), U256::ONE << 255_usize);
        assert_eq!(bits(254, 1) & bits(255, 1), U256::ZERO);
    }
}
