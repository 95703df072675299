//! The time of new blocks (devnode.md 7.2).

/// Where the time of new blocks comes from. All values are seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    /// Added to the wall clock.
    offset: i64,
    /// The exact time of the next block, once.
    next: Option<u64>,
    /// From one block to the next, instead of the wall clock.
    interval: Option<u64>,
}

impl Clock {
    /// A clock that shows `time` while the wall clock shows `wall`.
    pub(crate) fn showing(time: u64, wall: u64) -> Self {
        Self { offset: difference(time, wall), ..Self::default() }
    }

    /// What the clock shows.
    pub(crate) const fn shown(&self, wall: u64) -> u64 {
        wall.saturating_add_signed(self.offset)
    }

    /// The time of the block after one with the time `parent`.
    pub(crate) fn peek(&self, parent: u64, wall: u64) -> u64 {
        let time = match (self.next, self.interval) {
            (Some(exact), _) => exact,
            (None, Some(interval)) => parent.saturating_add(interval),
            (None, None) => self.shown(wall),
        };
        time.max(parent)
    }

    /// A block with that time was made: an exact time shifts later blocks as well.
    pub(crate) fn advance(&mut self, time: u64, wall: u64) {
        if self.next.take().is_some() {
            self.offset = difference(time, wall);
        }
    }

    /// Shifts the clock; answers the whole shift.
    pub(crate) const fn shift(&mut self, seconds: i64) -> i64 {
        self.offset = self.offset.saturating_add(seconds);
        self.offset
    }

    /// Sets the exact time of the next block.
    pub(crate) const fn set_next(&mut self, time: u64) {
        self.next = Some(time);
    }

    /// Sets the time between blocks; answers what held before.
    pub(crate) const fn set_interval(&mut self, seconds: Option<u64>) -> Option<u64> {
        std::mem::replace(&mut self.interval, seconds)
    }
}

fn difference(time: u64, wall: u64) -> i64 {
    i64::try_from(i128::from(time) - i128::from(wall)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_runs_backwards() {
        let mut clock = Clock::default();

        clock.shift(-500);

        assert_eq!(clock.peek(1_000, 1_200), 1_000);
        assert_eq!(clock.peek(600, 1_200), 700);
    }

    #[test]
    fn an_exact_time_holds_for_one_block_and_shifts_the_later_ones() {
        let mut clock = Clock::default();
        clock.set_next(5_000);

        assert_eq!(clock.peek(1_000, 1_000), 5_000);
        clock.advance(5_000, 1_000);

        assert_eq!(clock.peek(5_000, 1_010), 5_010);
    }

    #[test]
    fn an_interval_stands_in_for_the_wall_clock() {
        let mut clock = Clock::default();
        clock.set_interval(Some(12));

        assert_eq!(clock.peek(100, 9_999), 112);
        clock.set_interval(None);
        assert_eq!(clock.peek(100, 9_999), 9_999);
    }
}
