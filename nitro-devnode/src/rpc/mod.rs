//! JSON-RPC 2.0: the envelope, the parameters, the error objects (devnode.md sections 5.2 to 5.5).

mod args;
mod envelope;
mod error;
mod param;

pub(crate) use args::Args;
pub(crate) use envelope::{BatchBudget, Incoming, MAX_BATCH_CALLS, Message, Response};
pub(crate) use error::RpcError;
pub(crate) use param::{
    Address20, Data, FromParam, Hash32, LenientNumber, Quantity, Quantity64, StorageKey, by_serde,
    object_by_serde, quantity64,
};

use serde::Serialize;

/// What a method answers: the JSON text of `result`, or an error object.
pub(crate) type RpcResult = Result<Reply, RpcError>;

/// The JSON text of a result, ready to be written into an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply(String);

impl Reply {
    /// `null`.
    pub(crate) fn null() -> Self {
        Self("null".to_owned())
    }

    /// Serializes a value.
    pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, RpcError> {
        serde_json::to_string(value).map(Self).map_err(|source| RpcError::internal(&source))
    }

    /// A text that is JSON already.
    pub(crate) const fn from_json(text: String) -> Self {
        Self(text)
    }

    /// A minimal hexadecimal quantity.
    pub(crate) fn quantity(value: u64) -> Self {
        Self(format!("\"{value:#x}\""))
    }

    /// The JSON text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
