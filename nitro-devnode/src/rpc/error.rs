//! JSON-RPC error objects; codes of devnode.md section 5.3.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// An error object: `{"code": …, "message": …, "data"?: …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RpcError {
    pub(crate) code: i32,
    pub(crate) message: Cow<'static, str>,
    /// Always a hexadecimal string where present: revert data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<String>,
}

impl RpcError {
    const PARSE: i32 = -32700;
    const INVALID_REQUEST: i32 = -32600;
    const UNKNOWN_METHOD: i32 = -32601;
    const INVALID_PARAMS: i32 = -32602;
    const INTERNAL: i32 = -32603;
    const SERVER: i32 = -32000;
    const TIMED_OUT: i32 = -32002;
    const TOO_LARGE: i32 = -32003;
    const REJECTED: i32 = -32003;
    const LIMITED: i32 = -32005;
    const REVERTED: i32 = 3;
    const SYNC_TIMEOUT: i32 = 4;

    const fn fixed(code: i32, message: &'static str) -> Self {
        Self { code, message: Cow::Borrowed(message), data: None }
    }

    fn owned(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The body is not JSON.
    pub(crate) const fn parse() -> Self {
        Self::fixed(Self::PARSE, "parse error")
    }

    /// The message is JSON, but no request.
    pub(crate) const fn invalid_request() -> Self {
        Self::fixed(Self::INVALID_REQUEST, "invalid request")
    }

    /// The message is a request that cannot be meant.
    pub(crate) fn invalid_request_because(message: impl Into<Cow<'static, str>>) -> Self {
        Self::owned(Self::INVALID_REQUEST, message)
    }

    /// `[]` was sent.
    pub(crate) const fn empty_batch() -> Self {
        Self::fixed(Self::INVALID_REQUEST, "empty batch")
    }

    /// More calls in one batch than the server takes.
    pub(crate) const fn batch_too_large() -> Self {
        Self::fixed(Self::INVALID_REQUEST, "batch too large")
    }

    /// The summed answers of a batch exceed the limit.
    pub(crate) const fn response_too_large() -> Self {
        Self::fixed(Self::TOO_LARGE, "response too large")
    }

    /// The request took longer than a connection is kept waiting.
    pub(crate) const fn timed_out() -> Self {
        Self::fixed(Self::TIMED_OUT, "request timed out")
    }

    /// An error with a code that only one method has.
    pub(crate) fn of_code(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self::owned(code, message)
    }

    /// A condition of the sender does not hold.
    pub(crate) fn rejected(message: impl Into<Cow<'static, str>>) -> Self {
        Self::owned(Self::REJECTED, message)
    }

    /// More is asked for than the node looks up.
    pub(crate) fn limited(message: impl Into<Cow<'static, str>>) -> Self {
        Self::owned(Self::LIMITED, message)
    }

    /// No such method, or its namespace is off.
    pub(crate) fn unknown_method(method: &str) -> Self {
        Self::owned(
            Self::UNKNOWN_METHOD,
            format!("the method {method} does not exist/is not available"),
        )
    }

    /// A subscription over a connection that cannot notify.
    pub(crate) const fn no_notifications() -> Self {
        Self::fixed(Self::UNKNOWN_METHOD, "notifications not supported")
    }

    /// Parameters of the wrong shape.
    pub(crate) fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::owned(Self::INVALID_PARAMS, message)
    }

    /// A fault of the server itself.
    pub(crate) fn internal(cause: &dyn fmt::Display) -> Self {
        Self::owned(Self::INTERNAL, cause.to_string())
    }

    /// A handler panicked.
    pub(crate) const fn crashed() -> Self {
        Self::fixed(Self::INTERNAL, "method handler crashed")
    }

    /// Everything that has no code of its own (−32000).
    pub(crate) fn server(message: impl Into<Cow<'static, str>>) -> Self {
        Self::owned(Self::SERVER, message)
    }

    /// A call that reverted: code 3 with the revert data, `0x` when empty.
    pub(crate) fn reverted(message: impl Into<Cow<'static, str>>, data: &[u8]) -> Self {
        Self {
            code: Self::REVERTED,
            message: message.into(),
            data: Some(alloy_primitives::hex::encode_prefixed(data)),
        }
    }

    /// `eth_sendRawTransactionSync` waited long enough; `data` is the transaction hash.
    pub(crate) fn sync_timeout(message: String, hash: &[u8]) -> Self {
        Self {
            code: Self::SYNC_TIMEOUT,
            message: message.into(),
            data: Some(alloy_primitives::hex::encode_prefixed(hash)),
        }
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.message, self.code)
    }
}
