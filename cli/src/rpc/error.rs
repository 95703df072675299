//! What can go wrong between this program and a node.

use alloy_primitives::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// Why a call to the node gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// The URL cannot be used.
    #[error("{0}")]
    Url(String),
    /// No connection, or it broke.
    #[error("no answer from {endpoint}: {reason}")]
    Unreachable {
        /// Scheme and host only: the rest may hold credentials.
        endpoint: String,
        /// What the connection said.
        reason: String,
        /// Whether a connection was there, so that the call may have arrived.
        is_connected: bool,
    },
    /// The answer is not a JSON-RPC answer.
    #[error("{endpoint} gave no JSON-RPC answer (HTTP status {status})")]
    BadReply {
        /// Scheme and host only.
        endpoint: String,
        /// The HTTP status of the answer.
        status: u16,
    },
    /// The answer is larger than any honest one.
    #[error("the answer of {endpoint} is longer than {most} bytes")]
    TooLarge {
        /// Scheme and host only.
        endpoint: String,
        /// Where reading stopped.
        most: usize,
    },
    /// A well-formed answer that is not of the kind asked for.
    #[error("{endpoint} answered {method} with something else than asked for: {reason}")]
    Unexpected {
        /// Scheme and host only.
        endpoint: String,
        /// The method called.
        method: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The node refused.
    #[error("the node refused {method}: {} (code {})", .error.message, .error.code)]
    Node {
        /// The method called.
        method: &'static str,
        /// What the node said.
        error: NodeError,
    },
}

impl RpcError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Url(_) => "give --rpc-url http://127.0.0.1:8547 or https://HOST",
            Self::Unreachable { .. } => "is the node running? start one with: chartkey node",
            Self::BadReply { .. } | Self::TooLarge { .. } | Self::Unexpected { .. } => {
                "check --rpc-url; it must be the JSON-RPC endpoint of an Arbitrum chain"
            }
            Self::Node { error, .. } => error.hint(),
        }
    }

    /// What the node refused, if it answered and refused.
    #[must_use]
    pub const fn refusal(&self) -> Option<&NodeError> {
        match self {
            Self::Node { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether the call certainly never reached the node.
    #[must_use]
    pub const fn is_before_sending(&self) -> bool {
        matches!(self, Self::Url(_) | Self::Unreachable { is_connected: false, .. })
    }
}

/// What a refusal is about (guides/cli.md section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The contract reverted.
    Reverted,
    /// The node does not know the method.
    UnknownMethod,
    /// The account cannot pay.
    InsufficientFunds,
    /// The number was used by another transaction.
    NonceTooLow,
    /// Another transaction of this number is waiting and pays as much.
    ReplacementUnderpriced,
    /// The node has this very transaction.
    AlreadyKnown,
    /// The block's price rose above the most that was offered.
    FeeTooLow,
    /// The limit is below what the bytes alone cost.
    IntrinsicGas,
    /// Anything else.
    Other,
}

/// The error object of a node's answer.
#[derive(Debug, Clone, Deserialize)]
pub struct NodeError {
    /// JSON-RPC code; 3 is a reverted execution.
    pub code: i64,
    /// Text; differs between nodes.
    pub message: String,
    /// Revert bytes in hex, where there are any.
    #[serde(default)]
    pub data: Value,
}

impl NodeError {
    /// The revert bytes, if execution reverted.
    #[must_use]
    pub fn revert_data(&self) -> Option<Bytes> {
        let hex = match &self.data {
            Value::String(hex) => Some(hex.as_str()),
            // Some nodes wrap the bytes once more.
            Value::Object(fields) => fields.get("data").and_then(Value::as_str),
            _ => None,
        };
        let reverted = self.kind() == Kind::Reverted;
        match hex {
            Some(hex) => hex.parse().ok(),
            None => reverted.then(Bytes::new),
        }
    }

    /// What the refusal is about: by code first, then by what nodes write.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let text = self.message.to_ascii_lowercase();
        let says = |any: &[&str]| any.iter().any(|part| text.contains(part));
        match self.code {
            3 => return Kind::Reverted,
            -32601 => return Kind::UnknownMethod,
            _ => {}
        }
        if says(&["execution reverted"]) {
            Kind::Reverted
        } else if says(&["insufficient funds", "insufficient balance"]) {
            Kind::InsufficientFunds
        } else if says(&[
            "already known",
            "already imported",
            "known transaction",
            "already exists",
        ]) {
            Kind::AlreadyKnown
        } else if says(&["nonce too low", "nonce is too low", "invalid nonce", "oldnonce"]) {
            Kind::NonceTooLow
        } else if says(&["replacement", "underpriced"]) {
            Kind::ReplacementUnderpriced
        } else if says(&["base fee", "basefee", "fee cap", "max fee per gas less", "feetoolow"]) {
            Kind::FeeTooLow
        } else if says(&["intrinsic gas"]) {
            Kind::IntrinsicGas
        } else if says(&["revert"]) {
            Kind::Reverted
        } else if says(&[
            "method not found",
            "does not exist/is not available",
            "unknown method",
            "unsupported method",
            "method not supported",
        ]) {
            Kind::UnknownMethod
        } else {
            Kind::Other
        }
    }

    fn hint(&self) -> &'static str {
        match self.kind() {
            Kind::InsufficientFunds => "send funds to the account, then run this command again",
            Kind::NonceTooLow => {
                "another transaction of this account came first; run this command again"
            }
            Kind::ReplacementUnderpriced => {
                "another transaction of this account is waiting; wait until it is mined, then run this command again"
            }
            Kind::FeeTooLow => "the price of gas rose; run this command again",
            Kind::IntrinsicGas => "leave --gas-limit out: the node is asked then",
            Kind::UnknownMethod => {
                "this endpoint lacks a method that is needed; try another --rpc-url"
            }
            Kind::Reverted | Kind::AlreadyKnown | Kind::Other => {
                "nothing was done; try again, or another --rpc-url"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn revert_bytes_are_found_in_both_shapes() {
        let plain: NodeError = serde_json::from_value(
            json!({"code": 3, "message": "execution reverted", "data": "0x0102"}),
        )
        .expect("shape");
        let wrapped: NodeError = serde_json::from_value(
            json!({"code": -32000, "message": "x", "data": {"data": "0x0102"}}),
        )
        .expect("shape");
        let other: NodeError =
            serde_json::from_value(json!({"code": -32000, "message": "insufficient funds"}))
                .expect("shape");

        assert_eq!(plain.revert_data(), Some(Bytes::from(vec![1, 2])));
        assert_eq!(wrapped.revert_data(), Some(Bytes::from(vec![1, 2])));
        assert_eq!(other.revert_data(), None);
    }

    #[test]
    fn refusals_are_recognised_by_code_first_and_then_by_what_nodes_write() {
        let kind = |code: i64, message: &str| {
            NodeError { code, message: message.to_owned(), data: Value::Null }.kind()
        };

        for (code, message, expected) in [
            (3, "execution reverted", Kind::Reverted),
            (-32000, "execution reverted: no", Kind::Reverted),
            (
                -32000,
                "insufficient funds for gas * price + value: balance 0",
                Kind::InsufficientFunds,
            ),
            (-32003, "Insufficient funds for gas * price + value", Kind::InsufficientFunds),
            (-32000, "nonce too low: next nonce 3, tx nonce 2", Kind::NonceTooLow),
            (-32000, "already known", Kind::AlreadyKnown),
            (-32000, "replacement transaction underpriced", Kind::ReplacementUnderpriced),
            (-32000, "max fee per gas less than block base fee: address 0x1", Kind::FeeTooLow),
            (-32000, "intrinsic gas too low: have 1, want 21000", Kind::IntrinsicGas),
            (-32601, "whatever", Kind::UnknownMethod),
            (-32000, "something new", Kind::Other),
        ] {
            assert_eq!(kind(code, message), expected, "{message}");
        }
    }
}
