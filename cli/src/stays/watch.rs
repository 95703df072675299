//! Events as they come, with a cursor that a later run goes on from.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use alloy_primitives::B256;

use super::{Place, Snapshot, StayEvent};
use crate::error::Error;
use crate::rpc::RpcError;
use crate::session::Session;

/// Pause between two looks.
const POLL: Duration = Duration::from_millis(250);

/// Up to where events were seen: whole blocks, or up to an event of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    block: u64,
    /// `u64::MAX` stands for the whole block.
    index: u64,
}

impl Cursor {
    /// All of a block.
    #[must_use]
    pub const fn whole(block: u64) -> Self {
        Self { block, index: u64::MAX }
    }

    /// Up to this event.
    #[must_use]
    pub const fn at(place: &Place) -> Self {
        Self { block: place.block, index: place.index }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            u64::MAX => write!(f, "{}", self.block),
            index => write!(f, "{}-{index}", self.block),
        }
    }
}

impl FromStr for Cursor {
    type Err = Error;

    /// Reads `12` (all of block 12) and `12-3` (up to its log 3).
    fn from_str(text: &str) -> Result<Self, Error> {
        let number = |part: &str| {
            let is_plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|_| is_plain)
        };
        let cursor = match text.split_once('-') {
            None => number(text).map(Self::whole),
            Some((block, index)) => {
                number(block).zip(number(index)).map(|(block, index)| Self { block, index })
            }
        };
        cursor.ok_or_else(|| Error::Usage {
            message: format!("{text:?} is no cursor; expected one that --watch printed, e.g. 12-3"),
            hint: "--from 0 prints everything".into(),
        })
    }
}

/// A look-out for events.
#[derive(Debug)]
pub struct Watch<'a> {
    session: &'a Session,
    snapshot: Snapshot<'a>,
    topics: Vec<Vec<B256>>,
    /// All blocks up to this one were read.
    read: Option<u64>,
    cursor: Cursor,
    started: Instant,
}

impl<'a> Watch<'a> {
    /// Watches for events with `topics` after `cursor`, from now until `--timeout`.
    #[must_use]
    pub fn after(
        session: &'a Session,
        snapshot: Snapshot<'a>,
        topics: Vec<Vec<B256>>,
        cursor: Cursor,
    ) -> Self {
        Self { session, snapshot, topics, read: None, cursor, started: Instant::now() }
    }

    /// The state that the newest events led to.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot<'a> {
        &self.snapshot
    }

    /// Where a later run goes on.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The next events, at least one; `None` at the deadline.
    ///
    /// # Errors
    ///
    /// A disagreement of endpoints, or an answer that is none. An endpoint that cannot be reached now is
    /// asked again.
    pub async fn next(&mut self) -> Result<Option<Vec<StayEvent>>, Error> {
        loop {
            self.session.screen.doing("watching");
            match self.look().await {
                Ok(events) if !events.is_empty() => return Ok(Some(events)),
                Ok(_) => {}
                Err(Error::Rpc(error @ RpcError::Unreachable { .. })) => {
                    self.session.screen.detail(&format!("{error}; trying again"));
                }
                Err(error) => return Err(error),
            }
            let left = self.session.deadline().saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            tokio::time::sleep(POLL.min(left)).await;
        }
    }

    /// What is new since the last look.
    async fn look(&mut self) -> Result<Vec<StayEvent>, Error> {
        let head = self.session.newest_common_block().await?;
        let from = match self.read {
            Some(read) if head <= read => return Ok(Vec::new()),
            Some(read) => read + 1,
            None => self.cursor.block,
        };
        let snapshot = self.snapshot.at(head);
        let mut events = if from <= head {
            snapshot.events(self.topics.clone(), from).await?
        } else {
            Vec::new()
        };
        events.retain(|event| Cursor::at(&event.place) > self.cursor);
        self.snapshot = snapshot;
        self.read = Some(head);
        if let Some(last) = events.last() {
            self.cursor = Cursor::at(&last.place);
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "-", "1-", "-1", "+1", "1-2-3", "0x1", "latest"] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_whole_block_comes_after_each_of_its_events_and_before_the_next_block() {
        let cursor = |text: &str| text.parse::<Cursor>().expect("a cursor");

        assert!(cursor("12") > cursor("12-3") && cursor("12-3") > cursor("12-2"));
        assert!(cursor("13-0") > cursor("12"));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(block in any::<u64>(), index in any::<u64>()) {
            let cursor = Cursor { block, index };

            prop_assert_eq!(cursor.to_string().parse::<Cursor>().ok(), Some(cursor));
        }
    }
}
