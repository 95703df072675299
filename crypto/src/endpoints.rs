//! Trust in what endpoints say about the chain (crypto.md sections 7.3 and 9.4).

use crate::Error;

/// A storage word.
pub type Word = [u8; 32];

/// Seconds after which the newest block is not believed to be the newest.
pub const FRESH_SECONDS: u64 = 5 * 60;

/// The word that all independent endpoints name, read at the same finalized block.
///
/// ```
/// use chartkey_crypto::{Error, agreed};
///
/// assert_eq!(agreed([1; 32], [1; 32], &[])?, [1; 32]);
/// assert_eq!(agreed([1; 32], [2; 32], &[]), Err(Error::EndpointDisagreement));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::EndpointDisagreement`]
pub fn agreed(first: Word, second: Word, more: &[Word]) -> Result<Word, Error> {
    let is_same = first == second && more.iter().all(|word| *word == first);
    if is_same { Ok(first) } else { Err(Error::EndpointDisagreement) }
}

/// Refuses a newest block that is older than `most_seconds`, as a rule [`FRESH_SECONDS`]. Both times
/// are Unix seconds; a block from the future is not old.
///
/// # Errors
///
/// [`Error::StaleChain`]
pub const fn require_fresh(block_time: u64, now: u64, most_seconds: u64) -> Result<(), Error> {
    let age_seconds = now.saturating_sub(block_time);
    if age_seconds > most_seconds {
        return Err(Error::StaleChain { age_seconds, most_seconds });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_endpoint_can_disagree_too() {
        assert_eq!(agreed([1; 32], [1; 32], &[[2; 32]]), Err(Error::EndpointDisagreement));
    }

    #[test]
    fn a_block_of_more_than_five_minutes_ago_is_stale() {
        assert_eq!(require_fresh(1_000, 1_300, FRESH_SECONDS), Ok(()));
        let stale = Error::StaleChain { age_seconds: 301, most_seconds: 300 };
        assert_eq!(require_fresh(1_000, 1_301, FRESH_SECONDS), Err(stale));
        assert_eq!(require_fresh(1_000, 900, FRESH_SECONDS), Ok(()));
    }
}
