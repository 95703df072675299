//! Rows of the specification's tables of errors: what is asked, and what the answer says.

use serde_json::{Value, json};

use super::pair::Pair;

/// A question that both nodes refuse.
pub(crate) struct Row {
    /// The row, for messages.
    pub(crate) name: String,
    pub(crate) method: &'static str,
    pub(crate) params: Value,
    pub(crate) code: i64,
    pub(crate) text: Text,
    /// The `data` member; none for codes other than 3.
    pub(crate) data: Option<String>,
}

/// The message of an error.
pub(crate) enum Text {
    /// Exactly this one.
    Is(String),
    /// The specification gives the beginning only; the rest is not compared either.
    Begins(&'static str),
}

impl Row {
    /// A transaction that is refused with code −32000.
    pub(crate) fn refused(name: &str, raw: impl Into<Value>, text: impl Into<String>) -> Self {
        Self::of("eth_sendRawTransaction", name, json!([raw.into()]), text)
    }

    /// A call that fails with code −32000.
    pub(crate) fn call(name: &str, params: Value, text: impl Into<String>) -> Self {
        Self::of("eth_call", name, params, text)
    }

    /// Anything that fails with code −32000.
    pub(crate) fn of(
        method: &'static str,
        name: &str,
        params: Value,
        text: impl Into<String>,
    ) -> Self {
        let (name, text) = (name.to_owned(), Text::Is(text.into()));
        Self { name, method, params, code: -32000, text, data: None }
    }

    /// The same with a message of which only the beginning is given.
    pub(crate) fn beginning(self, with: &'static str) -> Self {
        Self { text: Text::Begins(with), ..self }
    }

    /// The same as a revert with this data (hex without prefix).
    pub(crate) fn reverting(self, data: &str) -> Self {
        Self { code: 3, data: Some(format!("0x{data}")), ..self }
    }

    /// Whether an error is as the specification says; what it says otherwise.
    fn judge(&self, error: &Value) -> Result<(), String> {
        let message = error["message"].as_str().unwrap_or_default();
        let (is_right, expected) = match &self.text {
            Text::Is(text) => (message == text, text.as_str()),
            Text::Begins(text) => (message.starts_with(text), *text),
        };
        let data = self.data.as_ref().map_or(Value::Null, |data| json!(data));
        if is_right && error["code"] == self.code && error["data"] == data {
            return Ok(());
        }
        let Self { name, method, code, .. } = self;
        Err(format!("{name} ({method}): expected {code} {expected:?} {data}, found {error}"))
    }
}

/// Asks both nodes: ours answers as the specification says, theirs as ours.
pub(crate) async fn compare(pair: &mut Pair, rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let [mut ours, mut theirs] = pair.ask_both(row.method, &row.params).await;
        if let Err(why) = row.judge(&ours["error"]) {
            wrong.push(why);
        }
        if let Text::Begins(text) = row.text {
            for answer in [&mut ours, &mut theirs] {
                if answer["error"]["message"].as_str().is_some_and(|told| told.starts_with(text)) {
                    answer["error"]["message"] = json!(text);
                }
            }
        }
        pair.note(&row.name, row.method, &ours, &theirs);
    }
    assert!(wrong.is_empty(), "not as specified:\n{}", wrong.join("\n"));
}
