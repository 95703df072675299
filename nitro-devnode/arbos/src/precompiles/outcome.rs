//! How a call of a precompile ends.

use alloy_primitives::Bytes;

use crate::OutOfGas;

/// How a call of a precompile ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Success,
    /// Like the EVM's REVERT; the gas that is left is kept.
    Revert,
    /// Like an exceptional halt: no output, no gas left.
    Failure,
    /// Not at all: the reference crashes here. The chain gives the transaction up.
    Crash,
}

/// Result of a call of a precompile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrecompileOutcome {
    /// How it ended.
    pub ending: Ending,
    /// Return data or revert data.
    pub output: Bytes,
    /// Gas that remains of the call's gas.
    pub gas_left: u64,
    /// What RPC answers say when this is the outermost call: after `execution reverted: ` for a
    /// revert, alone (code −32000) for a failure.
    pub error_text: Option<String>,
}

impl PrecompileOutcome {
    /// Whether the frame's changes stay.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.ending == Ending::Success
    }

    pub(super) const fn success(output: Bytes, gas_left: u64) -> Self {
        Self { ending: Ending::Success, output, gas_left, error_text: None }
    }

    /// Revert without data that consumes everything.
    pub(super) const fn burnt() -> Self {
        Self { ending: Ending::Revert, output: Bytes::new(), gas_left: 0, error_text: None }
    }

    pub(super) const fn crash(text: String) -> Self {
        Self { ending: Ending::Crash, output: Bytes::new(), gas_left: 0, error_text: Some(text) }
    }

    pub(super) const fn failure(text: String) -> Self {
        Self { ending: Ending::Failure, output: Bytes::new(), gas_left: 0, error_text: Some(text) }
    }
}

/// Why a method stopped (devnode.md 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not enough gas, or a rule that burns all of it: revert without data.
    BurnAll,
    /// Revert without data; the gas that is left is kept.
    Plain,
    /// Revert with this ABI-encoded error.
    Custom(Bytes),
    /// Exceptional: all gas.
    Failure(String),
    /// What the reference does not survive.
    Crash,
}

impl From<OutOfGas> for Fault {
    fn from(_: OutOfGas) -> Self {
        Self::BurnAll
    }
}
