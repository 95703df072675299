//! A narrow JSON-RPC client: the calls this program makes, and nothing else.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, U256};
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Largest answer that is read, in bytes: a whole record's logs fit many times over.
const MAX_REPLY: usize = 32 << 20;
/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(20);

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
        let reverted = self.code == 3 || self.message.to_ascii_lowercase().contains("revert");
        match hex {
            Some(hex) => hex.parse().ok(),
            None => reverted.then(Bytes::new),
        }
    }

    /// Whether the text says `what`, in any case.
    #[must_use]
    pub fn says(&self, what: &str) -> bool {
        self.message.to_ascii_lowercase().contains(what)
    }
}

/// One call of a batch.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: &'static str,
    /// Its parameters.
    pub params: Value,
}

impl Call {
    /// `method` with `params`.
    #[must_use]
    pub const fn new(method: &'static str, params: Value) -> Self {
        Self { method, params }
    }
}

#[derive(Deserialize)]
struct Reply {
    id: Option<u64>,
    result: Option<Box<RawValue>>,
    error: Option<NodeError>,
}

/// A connection to one endpoint.
#[derive(Debug)]
pub struct Rpc {
    http: reqwest::Client,
    url: reqwest::Url,
    endpoint: String,
    next_id: AtomicU64,
}

impl Rpc {
    /// A client for `url`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`RpcError::Url`] if the URL is not `http(s)`, or is `http` to another machine without
    /// `insecure_http`.
    pub fn new(url: &str, insecure_http: bool) -> Result<Self, RpcError> {
        let parsed = reqwest::Url::parse(url).map_err(|_| {
            RpcError::Url(
                "the RPC URL is not a URL; expected http://HOST:PORT or https://HOST".into(),
            )
        })?;
        let host = parsed.host_str().unwrap_or_default().to_owned();
        let endpoint = match parsed.port() {
            Some(port) => format!("{}://{host}:{port}", parsed.scheme()),
            None => format!("{}://{host}", parsed.scheme()),
        };
        let loopback = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        match parsed.scheme() {
            "https" => {}
            "http" if loopback || insecure_http => {}
            "http" => {
                return Err(RpcError::Url(format!(
                    "{endpoint} is not encrypted and not this machine; use https, or --insecure-http if you must"
                )));
            }
            other => {
                return Err(RpcError::Url(format!(
                    "RPC over {other:?} is not supported; use http or https"
                )));
            }
        }
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true);
        if loopback {
            // A proxy from the environment has no business between us and our own machine.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| RpcError::Url(error.to_string()))?;
        Ok(Self { http, url: parsed, endpoint, next_id: AtomicU64::new(1) })
    }

    /// Scheme, host and port, without anything that may be a credential.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes one call.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<R, RpcError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let (status, bytes) = self.post(body.to_string()).await?;
        let reply: Reply = serde_json::from_slice(&bytes).map_err(|_| self.bad(status))?;
        self.read(method, reply)
    }

    /// Makes several calls in one round trip; the answers come in the order of the calls.
    ///
    /// # Errors
    ///
    /// Transport errors and missing answers; what the node says to each call is in the list.
    pub async fn batch(
        &self,
        calls: &[Call],
    ) -> Result<Vec<Result<Box<RawValue>, RpcError>>, RpcError> {
        let first = self.next_id.fetch_add(calls.len() as u64, Ordering::Relaxed);
        let body: Vec<_> = (first..)
            .zip(calls)
            .map(|(id, call)| json!({"jsonrpc": "2.0", "id": id, "method": call.method, "params": call.params}))
            .collect();
        let (status, bytes) = self.post(Value::from(body).to_string()).await?;
        let replies: Vec<Reply> = serde_json::from_slice(&bytes).map_err(|_| self.bad(status))?;
        let mut by_id: std::collections::HashMap<_, _> =
            replies.into_iter().filter_map(|reply| Some((reply.id?, reply))).collect();
        (first..)
            .zip(calls)
            .map(|(id, call)| {
                let reply = by_id.remove(&id).ok_or_else(|| {
                    self.unexpected(call.method, "no answer to this call of the batch")
                })?;
                Ok(self.read(call.method, reply))
            })
            .collect()
    }

    /// Reads an answer of [`Self::batch`].
    ///
    /// # Errors
    ///
    /// The node's refusal, or [`RpcError::Unexpected`].
    pub fn typed<R: DeserializeOwned>(
        &self,
        method: &'static str,
        answer: Result<Box<RawValue>, RpcError>,
    ) -> Result<R, RpcError> {
        serde_json::from_str(answer?.get())
            .map_err(|error| self.unexpected(method, &error.to_string()))
    }

    fn read<R: DeserializeOwned>(&self, method: &'static str, reply: Reply) -> Result<R, RpcError> {
        if let Some(error) = reply.error {
            return Err(RpcError::Node { method, error });
        }
        let text = reply.result.as_deref().map_or("null", RawValue::get);
        serde_json::from_str(text).map_err(|error| self.unexpected(method, &error.to_string()))
    }

    async fn post(&self, body: String) -> Result<(u16, Vec<u8>), RpcError> {
        let request =
            self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let mut response = request.send().await.map_err(|error| self.unreachable(error))?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(error))? {
            if bytes.len() + chunk.len() > MAX_REPLY {
                return Err(RpcError::TooLarge {
                    endpoint: self.endpoint.clone(),
                    most: MAX_REPLY,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((status, bytes))
    }

    fn unreachable(&self, error: reqwest::Error) -> RpcError {
        let timed_out = error.is_timeout();
        // The URL inside the error may hold an API key.
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let reason = if timed_out {
            format!("nothing within {} s", TIMEOUT.as_secs())
        } else {
            cause.to_string()
        };
        RpcError::Unreachable { endpoint: self.endpoint.clone(), reason }
    }

    fn bad(&self, status: u16) -> RpcError {
        RpcError::BadReply { endpoint: self.endpoint.clone(), status }
    }

    /// An answer that is not what was asked for.
    #[must_use]
    pub fn unexpected(&self, method: &'static str, reason: &str) -> RpcError {
        RpcError::Unexpected { endpoint: self.endpoint.clone(), method, reason: reason.to_owned() }
    }

    /// The chain's number.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn chain_id(&self) -> Result<u64, RpcError> {
        let id: U256 = self.call("eth_chainId", json!([])).await?;
        id.try_into().map_err(|_| self.unexpected("eth_chainId", "above 64 bits"))
    }

    /// The account's money in wei.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn balance(&self, account: Address) -> Result<U256, RpcError> {
        self.call("eth_getBalance", json!([account, "latest"])).await
    }

    /// The code at an address.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn code(&self, address: Address) -> Result<Bytes, RpcError> {
        self.call("eth_getCode", json!([address, "latest"])).await
    }

    /// Calls a contract without sending anything.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`]; a revert is [`RpcError::Node`] with code 3.
    pub async fn eth_call(&self, request: &Value) -> Result<Bytes, RpcError> {
        self.call("eth_call", json!([request, "latest"])).await
    }

    /// The receipt of a transaction, once it is mined.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, RpcError> {
        self.call("eth_getTransactionReceipt", json!([hash])).await
    }
}

/// What this program reads of a receipt.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The transaction.
    pub transaction_hash: B256,
    /// Its block.
    pub block_number: U256,
    /// Gas paid for.
    pub gas_used: U256,
    /// Price per gas in wei.
    #[serde(default)]
    pub effective_gas_price: U256,
    /// Part of `gas_used` that pays for the data on L1; Arbitrum only.
    #[serde(default)]
    pub gas_used_for_l1: Option<U256>,
    /// 1 if it succeeded.
    pub status: U256,
    /// Address of a created contract.
    #[serde(default)]
    pub contract_address: Option<Address>,
    /// Its logs.
    #[serde(default)]
    pub logs: Vec<RpcLog>,
}

impl Receipt {
    /// What was paid in fees, in wei.
    #[must_use]
    pub const fn fee_wei(&self) -> U256 {
        self.gas_used.saturating_mul(self.effective_gas_price)
    }
}

/// A log as the node says it; nothing in it is believed yet.
#[derive(Debug, Clone, Deserialize)]
pub struct RpcLog {
    /// Contract.
    pub address: Address,
    /// Topics.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_a_url_are_never_shown() {
        let rpc =
            Rpc::new("https://user:secret@node.example/v3/APIKEY?key=1", false).expect("valid");

        assert_eq!(rpc.endpoint(), "https://node.example");
    }

    #[test]
    fn plain_http_to_another_machine_needs_a_flag() {
        assert!(matches!(Rpc::new("http://node.example", false), Err(RpcError::Url(_))));
        assert!(Rpc::new("http://node.example", true).is_ok());
        assert!(Rpc::new("http://127.0.0.1:8547", false).is_ok());
        assert!(Rpc::new("http://[::1]:8547", false).is_ok());
        assert!(matches!(Rpc::new("ftp://node.example", true), Err(RpcError::Url(_))));
        assert!(matches!(Rpc::new("127.0.0.1:8547", true), Err(RpcError::Url(_))));
    }

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
}
