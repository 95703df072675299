//! Requests in, responses out (devnode.md section 5.2).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{RpcError, RpcResult};

/// Calls in one batch (devnode.md section 1.2).
pub(crate) const MAX_BATCH_CALLS: usize = 1_000;

/// Bytes of all answers of one batch together (devnode.md section 1.2).
const MAX_BATCH_RESPONSE_BYTES: usize = 25_000_000;

/// One body or one WebSocket text, taken apart.
#[derive(Debug)]
pub(crate) enum Incoming<'a> {
    /// One message.
    Single(Message<'a>),
    /// An array of messages, possibly empty.
    Batch(Vec<Message<'a>>),
}

impl<'a> Incoming<'a> {
    /// Takes a text apart; `None` for a text of white space only, which is answered with nothing.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Option<Self>, RpcError> {
        let Some(first) = text.iter().find(|byte| !byte.is_ascii_whitespace()) else {
            return Ok(None);
        };
        if *first != b'[' {
            let raw: &RawValue = serde_json::from_slice(text).map_err(|_| RpcError::parse())?;
            return Ok(Some(Self::Single(Message::read(raw))));
        }
        let items: Vec<&RawValue> = serde_json::from_slice(text).map_err(|_| RpcError::parse())?;
        Ok(Some(Self::Batch(items.into_iter().map(Message::read).collect())))
    }
}

/// One element of a batch, or the whole body.
#[derive(Debug, Clone)]
pub(crate) enum Message<'a> {
    /// Expects an answer under its id.
    Call { id: &'a RawValue, method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// A request without id: executed, never answered.
    Notification { method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// Not a request; the id is kept where it can be told.
    Invalid { id: Option<&'a RawValue> },
}

impl<'a> Message<'a> {
    fn read(raw: &'a RawValue) -> Self {
        let Ok(fields) = serde_json::from_str::<Fields<'a>>(raw.get()) else {
            return Self::Invalid { id: None };
        };
        let id_is_scalar =
            fields.id.is_none_or(|id| !matches!(id.get().as_bytes().first(), Some(b'{' | b'[')));
        if !id_is_scalar {
            return Self::Invalid { id: None };
        }
        let version = fields.jsonrpc.and_then(text);
        let method = fields.method.and_then(text).filter(|method| !method.is_empty());
        match (version.as_deref(), method, fields.id) {
            (Some("2.0"), Some(method), Some(id)) => {
                Self::Call { id, method, params: fields.params }
            }
            (Some("2.0"), Some(method), None) => {
                Self::Notification { method, params: fields.params }
            }
            (_, _, id) => Self::Invalid { id },
        }
    }

    /// The id of a call.
    pub(crate) const fn call_id(&self) -> Option<&'a RawValue> {
        match self {
            Self::Call { id, .. } => Some(id),
            Self::Notification { .. } | Self::Invalid { .. } => None,
        }
    }
}

/// Every member as text, so that one wrong member does not hide the others.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// Tells `"id": null`, which is answered, from no id, which is not.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    // Method names hold no escapes in practice: borrow them.
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
        _ => serde_json::from_str::<String>(json).ok().map(Cow::Owned),
    }
}

/// Writes response objects.
#[derive(Debug)]
pub(crate) struct Response;

impl Response {
    /// One response object.
    pub(crate) fn write(out: &mut Vec<u8>, id: Option<&RawValue>, result: &RpcResult) {
        out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        out.extend_from_slice(id.map_or("null", RawValue::get).as_bytes());
        match result {
            Ok(reply) => {
                out.extend_from_slice(br#","result":"#);
                out.extend_from_slice(reply.as_str().as_bytes());
            }
            Err(error) => {
                out.extend_from_slice(br#","error":"#);
                let object = serde_json::to_vec(error).expect("strings and numbers serialize");
                out.extend_from_slice(&object);
            }
        }
        out.push(b'}');
    }

    /// One error object, alone.
    pub(crate) fn error(id: Option<&RawValue>, error: RpcError) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        Self::write(&mut out, id, &Err(error));
        out
    }

    /// The answer to a batch with too many calls: a list with one error under the first call's id.
    pub(crate) fn batch_too_large(batch: &[Message<'_>]) -> Vec<u8> {
        let id = batch.iter().find_map(Message::call_id);
        let mut out = vec![b'['];
        Self::write(&mut out, id, &Err(RpcError::batch_too_large()));
        out.push(b']');
        out
    }
}

/// Counts the bytes of the answers of one batch.
#[derive(Debug, Default)]
pub(crate) struct BatchBudget {
    used: usize,
}

impl BatchBudget {
    /// Whether more answers may be computed.
    pub(crate) const fn is_spent(&self) -> bool {
        self.used > MAX_BATCH_RESPONSE_BYTES
    }

    /// Replaces an answer that no longer fits.
    pub(crate) fn admit(&mut self, result: RpcResult) -> RpcResult {
        self.used += result.as_ref().map_or(0, |reply| reply.as_str().len());
        if self.is_spent() { Err(RpcError::response_too_large()) } else { result }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Reply;

    fn single(text: &str) -> Message<'_> {
        match Incoming::parse(text.as_bytes()) {
            Ok(Some(Incoming::Single(message))) => message,
            other => panic!("not one message: {other:?}"),
        }
    }

    #[test]
    fn a_null_id_is_a_call_and_a_missing_id_a_notification() {
        let call = single(r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#);
        let notification = single(r#"{"jsonrpc":"2.0","method":"a"}"#);

        assert!(matches!(call, Message::Call { id, .. } if id.get() == "null"));
        assert!(matches!(notification, Message::Notification { .. }));
    }

    #[test]
    fn a_wrong_member_keeps_the_id() {
        for text in [
            r#"{"jsonrpc":"1.0","id":7,"method":"a"}"#,
            r#"{"jsonrpc":2.0,"id":7,"method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":7,"method":5}"#,
            r#"{"jsonrpc":"2.0","id":7}"#,
        ] {
            let message = single(text);

            assert!(
                matches!(message, Message::Invalid { id: Some(id) } if id.get() == "7"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_object_as_id_is_invalid_and_not_echoed() {
        let message = single(r#"{"jsonrpc":"2.0","id":{"a":1},"method":"a"}"#);

        assert!(matches!(message, Message::Invalid { id: None }));
    }

    #[test]
    fn an_escaped_method_name_is_read() {
        let message = single(r#"{"jsonrpc":"2.0","id":1,"method":"eth_\u0063hainId"}"#);

        assert!(matches!(message, Message::Call { method, .. } if method == "eth_chainId"));
    }

    #[test]
    fn broken_json_is_a_parse_error_and_white_space_is_nothing() {
        assert_eq!(Incoming::parse(b"{\"id\":").unwrap_err(), RpcError::parse());
        assert_eq!(Incoming::parse(b"[1,").unwrap_err(), RpcError::parse());
        assert_eq!(Incoming::parse(b"\xff\xfe").unwrap_err(), RpcError::parse());
        assert!(Incoming::parse(b" \n").unwrap().is_none());
    }

    #[test]
    fn the_response_echoes_the_id_as_it_was_written() {
        let id: Box<RawValue> = serde_json::from_str("\"a\\u00e9\"").unwrap();
        let mut out = Vec::new();

        Response::write(&mut out, Some(&id), &Ok(Reply::quantity(10)));

        assert_eq!(out, br#"{"jsonrpc":"2.0","id":"a\u00e9","result":"0xa"}"#);
    }

    #[test]
    fn a_batch_whose_answers_are_too_long_is_cut_off() {
        let long = Reply::of(&"x".repeat(MAX_BATCH_RESPONSE_BYTES)).unwrap();
        let mut budget = BatchBudget::default();

        assert!(budget.admit(Ok(Reply::null())).is_ok());
        assert_eq!(budget.admit(Ok(long)), Err(RpcError::response_too_large()));
        assert!(budget.is_spent());
    }
}
