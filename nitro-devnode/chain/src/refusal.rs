//! What keeps a call or an estimate from starting.

use crate::{CallError, SendError};

/// Why a call has not run. Each method of the RPC surface has its own words around the reason.
#[derive(Debug, PartialEq)]
pub(crate) enum Refusal {
    /// The request contradicts itself.
    Request(&'static str),
    /// A rule that calls share with transactions does not hold.
    Rule {
        /// Which one.
        reason: SendError,
        /// Gas limit of the call, the L1 part included.
        gas_limit: u64,
    },
}

impl Refusal {
    /// As `eth_call` says it (devnode.md 2.11).
    pub(crate) fn of_call(&self) -> CallError {
        self.wrapped(|reason, gas_limit| format!("err: {reason} (supplied gas {gas_limit})"))
    }

    /// As `eth_estimateGas` says it: go-ethereum's words.
    pub(crate) fn of_estimate(&self) -> CallError {
        self.wrapped(|reason, gas_limit| format!("failed with {gas_limit} gas: {reason}"))
    }

    /// The reason alone.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Request(text) => (*text).to_owned(),
            Self::Rule { reason, .. } => reason.to_string(),
        }
    }

    /// Whether more gas would help.
    pub(crate) const fn is_for_gas(&self) -> bool {
        let Self::Rule { reason, .. } = self else { return false };
        matches!(reason, SendError::IntrinsicGas | SendError::IntrinsicGasOf { .. })
    }

    fn wrapped(&self, words: impl FnOnce(&SendError, u64) -> String) -> CallError {
        CallError::Failed(match self {
            Self::Request(_) | Self::Rule { reason: SendError::Timeout, .. } => self.text(),
            Self::Rule { reason, gas_limit } => words(reason, *gas_limit),
        })
    }
}
