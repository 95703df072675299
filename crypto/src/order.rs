//! Putting the logs of a chain in order (crypto.md section 9.4).

use alloc::vec::Vec;

use crate::{Error, State};

/// The logs `start + 1` to `end`, each once; others are no part of what is verified.
///
/// # Errors
///
/// [`Error::Duplicate`] before [`Error::Missing`].
pub(crate) fn in_order<L: PartialEq>(
    start: u32,
    end: u32,
    logs: &[L],
    seq: impl Fn(&L) -> u32,
) -> Result<Vec<&L>, Error> {
    let is_asked = |log: &&L| start < seq(log) && seq(log) <= end;
    let mut sorted: Vec<&L> = logs.iter().filter(is_asked).collect();
    sorted.sort_by_key(|log| seq(log));
    sorted.dedup();
    if let Some(pair) = sorted.windows(2).find(|pair| seq(pair[0]) == seq(pair[1])) {
        return Err(Error::Duplicate(seq(pair[0])));
    }
    let mut expected = start.saturating_add(1);
    for log in &sorted {
        if seq(log) != expected {
            return Err(Error::Missing(expected));
        }
        expected = expected.saturating_add(1);
    }
    let is_whole = u64::from(end) - u64::from(start) == sorted.len() as u64;
    if is_whole { Ok(sorted) } else { Err(Error::Missing(expected)) }
}

/// Whether `state` can follow the state of a checkpoint.
///
/// # Errors
///
/// [`Error::Rollback`], [`Error::Fork`]
pub(crate) fn check_progress(state: State, checkpoint: State) -> Result<(), Error> {
    if state.seq < checkpoint.seq {
        return Err(Error::Rollback { checkpoint: checkpoint.seq, state: state.seq });
    }
    if state.seq == checkpoint.seq && state.head != checkpoint.head {
        return Err(Error::Fork(state.seq));
    }
    Ok(())
}
