//! Everything that is wrong with what an endpoint says about a chain (crypto.md section 9.4).
//! [`verify`](crate::verify) stops at the first fault; an audit names each.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::order::check_progress;
use crate::{AccessLog, AccessState, ChainLog, Error, Record, Section, State};

/// Faults that are listed at most: an endpoint can claim four billion entries.
const MOST: usize = 100;

/// Every fault of a section's logs, in order, at most 100. There is none exactly where
/// [`verify`](crate::verify) accepts the logs.
#[must_use]
pub fn faults(
    section: &Section,
    state: State,
    logs: &[ChainLog],
    checkpoint: Option<State>,
) -> Vec<Error> {
    let chain = Chain { genesis: State::genesis(section), state, checkpoint };
    chain.faults(logs, |log| log.state, ChainLog::after)
}

/// The same for an access chain and [`verify_access`](crate::verify_access).
#[must_use]
pub fn access_faults(
    record: &Record,
    state: AccessState,
    logs: &[AccessLog],
    checkpoint: Option<AccessState>,
) -> Vec<Error> {
    let chain = Chain {
        genesis: AccessState::genesis(record).plain(),
        state: state.plain(),
        checkpoint: checkpoint.map(AccessState::plain),
    };
    chain.faults(
        logs,
        |log| log.state.plain(),
        |log, before| {
            let after = AccessState::of_plain(before).append(&log.actor, log.time, &log.body);
            Some(after.plain())
        },
    )
}

struct Chain {
    genesis: State,
    state: State,
    checkpoint: Option<State>,
}

impl Chain {
    /// `said` is the state after a log as the log says it, `after` the one that its content leads to.
    fn faults<L: PartialEq>(
        &self,
        logs: &[L],
        said: impl Fn(&L) -> State,
        after: impl Fn(&L, State) -> Option<State>,
    ) -> Vec<Error> {
        let mut found = Vec::new();
        if let Some(checkpoint) = self.checkpoint {
            found.extend(check_progress(self.state, checkpoint).err());
        }
        let by_number = by_number(logs, |log| said(log).seq);
        // What the log before says; empty behind a gap, where nothing can be compared.
        let mut before = Vec::from([self.genesis]);
        for number in 1..=self.state.seq {
            if found.len() >= MOST {
                return found;
            }
            let here = by_number.get(&number).map_or(&[][..], Vec::as_slice);
            let leads =
                |log: &&L| before.iter().any(|before| after(log, *before) == Some(said(log)));
            match here {
                [] => found.push(Error::Missing(number)),
                [one] if !before.is_empty() && !leads(one) => found.push(Error::Altered(number)),
                [_] => {}
                _ => found.push(Error::Duplicate(number)),
            }
            before = here.iter().map(|log| said(log)).collect();
            let seen = self.checkpoint.filter(|seen| seen.seq == number);
            // At the very end the word itself has been compared.
            if seen.is_some_and(|seen| !here.is_empty() && !before.contains(&seen))
                && number < self.state.seq
            {
                found.push(Error::Fork(number));
            }
        }
        if !before.is_empty() && !before.contains(&self.state) {
            let first = self.checkpoint.map_or(1, |seen| seen.seq.saturating_add(1));
            found.push(Error::HeadMismatch { first, last: self.state.seq });
        }
        found
    }
}

/// Each different log under its number.
fn by_number<L: PartialEq>(logs: &[L], number: impl Fn(&L) -> u32) -> BTreeMap<u32, Vec<&L>> {
    let mut found: BTreeMap<u32, Vec<&L>> = BTreeMap::new();
    for log in logs {
        let same = found.entry(number(log)).or_default();
        if !same.contains(&log) {
            same.push(log);
        }
    }
    found
}
