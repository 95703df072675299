//! A narrow JSON-RPC client: the calls this program makes, and nothing else.

mod error;
mod logs;
mod receipt;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
pub use error::{Kind, NodeError, RpcError};
pub use logs::{EventFilter, LogFilter};
pub use receipt::{Receipt, RpcLog};
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::output::Screen;

/// Largest answer that is read, in bytes: a whole record's logs fit many times over.
const MAX_REPLY: usize = 32 << 20;
/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(20);

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
    is_loopback: bool,
    screen: Screen,
    next_id: AtomicU64,
}

impl Rpc {
    /// A client for `url`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`RpcError::Url`] if the URL is not `http(s)`, or is `http` to another machine without
    /// `insecure_http`.
    pub fn new(url: &str, insecure_http: bool, screen: Screen) -> Result<Self, RpcError> {
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
        let is_loopback = is_loopback(&parsed);
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback || insecure_http => {}
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
        if is_loopback {
            // A proxy from the environment has no business between us and our own machine.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| RpcError::Url(error.to_string()))?;
        Ok(Self { http, url: parsed, endpoint, is_loopback, screen, next_id: AtomicU64::new(1) })
    }

    /// Scheme, host and port, without anything that may be a credential.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether the endpoint is this machine.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.is_loopback
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
        let (status, bytes) = self.post(body.to_string(), method).await?;
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
        let (status, bytes) = self.post(Value::from(body).to_string(), "a batch").await?;
        let replies: Vec<Reply> = match serde_json::from_slice(&bytes) {
            Ok(replies) => replies,
            // One object in answer to a batch: an endpoint that takes none, or none this long.
            Err(_) if serde_json::from_slice::<Reply>(&bytes).is_ok() => {
                return self.one_by_one(calls).await;
            }
            Err(_) => return Err(self.bad(status)),
        };
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

    async fn one_by_one(
        &self,
        calls: &[Call],
    ) -> Result<Vec<Result<Box<RawValue>, RpcError>>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        for call in calls {
            match self.call(call.method, call.params.clone()).await {
                Err(error @ (RpcError::Unreachable { .. } | RpcError::BadReply { .. })) => {
                    return Err(error);
                }
                answer => answers.push(answer),
            }
        }
        Ok(answers)
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

    async fn post(&self, body: String, what: &str) -> Result<(u16, Vec<u8>), RpcError> {
        let started = Instant::now();
        let sent_bytes = body.len();
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
        // Never the bodies: they may hold signatures.
        let elapsed = started.elapsed().as_secs_f64() * 1_000.0;
        self.screen.detail(&format!("{} {what}: HTTP {status}, {elapsed:.1} ms", self.endpoint));
        self.screen.trace(&format!("  {sent_bytes} bytes sent, {} received", bytes.len()));
        Ok((status, bytes))
    }

    fn unreachable(&self, error: reqwest::Error) -> RpcError {
        let (timed_out, is_connected) = (error.is_timeout(), !error.is_connect());
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
        RpcError::Unreachable { endpoint: self.endpoint.clone(), reason, is_connected }
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

    /// Number of the newest block.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn block_number(&self) -> Result<u64, RpcError> {
        let number: U256 = self.call("eth_blockNumber", json!([])).await?;
        number.try_into().map_err(|_| self.unexpected("eth_blockNumber", "above 64 bits"))
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

/// Whether a URL names this machine.
fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(url: &str, insecure_http: bool) -> Result<Rpc, RpcError> {
        Rpc::new(url, insecure_http, Screen::bare(false))
    }

    #[test]
    fn credentials_in_a_url_are_never_shown() {
        let rpc =
            connect("https://user:secret@node.example/v3/APIKEY?key=1", false).expect("valid");

        assert_eq!(rpc.endpoint(), "https://node.example");
    }

    #[test]
    fn plain_http_to_another_machine_needs_a_flag() {
        assert!(matches!(connect("http://node.example", false), Err(RpcError::Url(_))));
        assert!(connect("http://node.example", true).is_ok());
        assert!(connect("http://127.0.0.1:8547", false).is_ok());
        assert!(connect("http://[::1]:8547", false).is_ok());
        assert!(connect("http://127.9.9.9:8547", false).is_ok());
        assert!(connect("http://localhost@node.example", false).is_err());
        assert!(connect("http://127.0.0.1.node.example", false).is_err());
        assert!(matches!(connect("ftp://node.example", true), Err(RpcError::Url(_))));
        assert!(matches!(connect("127.0.0.1:8547", true), Err(RpcError::Url(_))));
    }
}
