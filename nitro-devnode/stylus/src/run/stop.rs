//! Why a run ends before its entry point returns.

use crate::ApiError;

/// Travels through the engine as a trap and is found again at the end of the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// A host function's price is not covered; the meter is exhausted already.
    #[error("out of ink")]
    OutOfInk,
    /// The program called `exit_early`.
    #[error("exit with status {0}")]
    Exit(u32),
    /// The program misused a host function: the reason is for people, the outcome is the same.
    #[error("{0}")]
    Failure(&'static str),
    /// The chain failed.
    #[error("{0}")]
    Chain(ApiError),
}
