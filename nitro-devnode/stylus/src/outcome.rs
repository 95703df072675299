//! How a run ends.

use crate::ApiError;

/// The five ways in which a program call ends (host 8, wasm 8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutcomeKind {
    /// The program returned 0.
    Success,
    /// The program returned another status; its output is the revert data.
    Revert,
    /// The program trapped or misused a host function: a revert without data that keeps its gas.
    Failure,
    /// A charge was not covered: out of gas, all gas of the frame is gone.
    OutOfInk,
    /// The stack-depth counter ran out: not a revert, all gas of the frame is gone.
    OutOfStack,
}

/// The end of a program call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOutcome {
    /// The way in which it ended.
    pub kind: OutcomeKind,
    /// Ink that is left; 0 after [`OutcomeKind::OutOfInk`] and [`OutcomeKind::OutOfStack`].
    pub ink_left: u64,
    /// `ink_left` in gas, rounded down.
    pub gas_left: u64,
    /// Result or revert data; empty unless the kind is success or revert.
    pub output: Vec<u8>,
    /// Words left on the stack-depth counter; 0 after [`OutcomeKind::OutOfStack`].
    pub stack_left: u32,
    /// What the meter itself holds at the end, whatever the kind. Only tests and tracers need it.
    pub metered_ink_left: u64,
}

/// A run that has no outcome: the node cannot say what the chain would have done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The chain behind [`EvmApi`](crate::EvmApi) failed.
    #[error("the chain could not answer a running program: {0}")]
    Chain(#[source] ApiError),
    /// The machine's stack ended before the logical stack limit (wasm 4.5).
    #[error(
        "the native stack of {available} bytes ended with {stack_left} of {limit} stack words left; \
         lower the stack-depth parameter"
    )]
    NativeStack {
        /// Bytes of native stack given to the run.
        available: usize,
        /// Words left on the stack-depth counter.
        stack_left: u32,
        /// The stack-depth parameter of the run.
        limit: u32,
    },
    /// The time of the run is over ([`RunContext::deadline`](crate::RunContext::deadline)).
    #[error("the run took longer than it may")]
    Deadline,
    /// The engine could not start the program, for instance for want of memory.
    #[error("the engine could not run the program: {0}")]
    Engine(String),
}
