//! Which of several sources' logs the chain proves. Ciphertext may come from anywhere: the word that
//! the chain stores names the one log that leads to it, and so on back to the first (crypto.md
//! section 9.4).

use std::collections::BTreeMap;
use std::hash::Hash;

use chartkey_crypto::{AccessState, Handle, Record, State};

use super::logs::{AccessEvent, Logs, SectionLog};

/// A hash chain, followed back from its end.
struct Chain<W> {
    genesis: W,
    end: W,
    number: fn(W) -> u32,
}

impl<W: Copy + Eq + Hash> Chain<W> {
    /// The logs that lead from the first word to the last; `None` if one of them is not in the pool.
    /// No two words lead to one, so nothing has to be tried twice.
    fn path<'a, L>(
        &self,
        pool: &'a [L],
        said: impl Fn(&L) -> W,
        links: impl Fn(&L) -> u32,
        after: impl Fn(&L, W) -> Option<W>,
    ) -> Option<Vec<&'a L>> {
        let mut by_number: BTreeMap<u32, Vec<&L>> = BTreeMap::new();
        for log in pool {
            by_number.entry((self.number)(said(log))).or_default().push(log);
        }
        let at_number = |number: u32| by_number.get(&number).map_or(&[][..], Vec::as_slice);
        let leading_to = |end: W| {
            let here = at_number((self.number)(end)).iter().filter(|log| said(log) == end);
            here.copied().find_map(|log| {
                let number = (self.number)(end).checked_sub(links(log))?;
                let leads = |before: &W| after(log, *before) == Some(end);
                let before = match number {
                    0 => Some(self.genesis).filter(leads),
                    _ => at_number(number).iter().map(|log| said(log)).find(leads),
                };
                Some((log, before?))
            })
        };
        let mut path = Vec::new();
        let mut at = self.end;
        while (self.number)(at) > 0 {
            let (log, before) = leading_to(at)?;
            path.push(log);
            at = before;
        }
        path.reverse();
        (at == self.genesis).then_some(path)
    }
}

/// The logs of a section that lead to `end`.
fn section_path(
    place: &Record,
    handle: Handle,
    end: State,
    pool: &[SectionLog],
) -> Option<Vec<SectionLog>> {
    let chain = Chain { genesis: place.section(handle).genesis(), end, number: State::seq };
    let path = chain.path(pool, |log| log.log.state, |_| 1, |log, before| log.log.after(before))?;
    Some(path.into_iter().cloned().collect())
}

/// The events of the access chain that lead to `end`.
fn access_path(place: &Record, end: AccessState, pool: &[AccessEvent]) -> Option<Vec<AccessEvent>> {
    let chain = Chain { genesis: AccessState::genesis(place), end, number: AccessState::seq };
    let path = chain.path(
        pool,
        |event| event.said(place),
        |event| u32::try_from(event.bodies().len()).unwrap_or(u32::MAX),
        |event, before| Some(event.after(before)),
    )?;
    Some(path.into_iter().cloned().collect())
}

/// The words that logs have to lead to.
pub(super) struct Words<'a> {
    /// The record.
    pub(super) place: &'a Record,
    /// Its sections in use.
    pub(super) sections: &'a [(Handle, State)],
    /// Its access chain.
    pub(super) access: AccessState,
}

impl Words<'_> {
    /// Those of `pool` that the words prove. Of a chain that is not whole there is nothing; then the
    /// second value is false.
    pub(super) fn proven(&self, pool: &Logs) -> (Logs, bool) {
        let mut found = Logs::default();
        let mut is_whole = true;
        for (handle, state) in self.sections {
            match section_path(self.place, *handle, *state, pool.of_section(*handle)) {
                Some(path) => drop(found.sections.insert(handle.number(), path)),
                None => is_whole = false,
            }
        }
        match access_path(self.place, self.access, &pool.access) {
            Some(path) => found.access = path,
            None => is_whole = false,
        }
        (found, is_whole)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;
    use chartkey_crypto::{ChainLog, Link, LinkKind};

    use super::super::logs::Position;
    use super::*;

    const PLACE: Record = Record { chain_id: 1, contract: [1; 20], id: [2; 32] };

    fn handle() -> Handle {
        Handle::new(9).expect("below 64")
    }

    /// A chain of `length` links whose blobs begin with `mark`.
    fn chain(length: u8, mark: u8) -> Vec<SectionLog> {
        let mut state = PLACE.section(handle()).genesis();
        let append = |number: u8| {
            let link = Link { kind: LinkKind::Entry, index: 0, author: [3; 20], time: 7 };
            let blob = vec![mark, number];
            state = state.append(&link, &blob);
            let log = ChainLog { state, link, blob };
            let position = Position { block: number.into(), index: 0 };
            SectionLog { log, position, transaction: B256::ZERO }
        };
        (0..length).map(append).collect()
    }

    fn path(end: &SectionLog, pool: &[SectionLog]) -> Option<Vec<SectionLog>> {
        section_path(&PLACE, handle(), end.log.state, pool)
    }

    #[test]
    fn what_two_sources_have_is_put_together() {
        let chain = chain(6, 0);
        let (mut one, mut other) = (chain.clone(), chain.clone());
        drop(one.remove(1));
        one[2].log.blob[1] ^= 1;
        drop(other.drain(4..));
        let pool = [one, other].concat();

        assert_eq!(path(&chain[5], &pool), Some(chain));
    }

    #[test]
    fn another_whole_history_does_not_stand_in_the_way() {
        let (right, other) = (chain(5, 0), chain(5, 1));
        let pool = [other.clone(), right.clone(), other].concat();

        assert_eq!(path(&right[4], &pool), Some(right));
    }

    #[test]
    fn a_log_that_nobody_has_leaves_no_path() {
        let chain = chain(5, 0);
        for missing in 0..5 {
            let mut pool = chain.clone();
            drop(pool.remove(missing));
            assert_eq!(path(&chain[4], &pool), None, "without log {missing}");
        }
    }

    #[test]
    fn a_chain_that_begins_elsewhere_is_no_path() {
        let chain = chain(4, 0);
        let mut pool = chain.clone();
        // The first link claims the right word and has other contents.
        pool[0].log.blob[1] ^= 1;

        assert_eq!(path(&chain[3], &pool), None);
    }
}
