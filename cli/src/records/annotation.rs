//! What an annotation says: the body of an entry with operation 4 (crypto.md section 8.6, domain guide
//! section "Amendments"), as product JSON. Plain text is a statement.

use chartkey_crypto::{BodyType, Frame, Operation};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A comment on a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "annotation", rename_all = "kebab-case")]
pub enum Annotation {
    /// A remark. It changes nothing.
    Statement {
        /// The words.
        text: String,
    },
    /// The patient's text after a denial; every later export of the statement carries it.
    Disagreement {
        /// The words.
        text: String,
    },
    /// The patient asks for an amendment.
    Request {
        /// What should be amended, and why.
        text: String,
    },
    /// An author of the statement answers a request.
    Answer {
        /// Number of the request.
        request: u32,
        /// What was decided.
        outcome: Outcome,
        /// With `accepted`: the version or the retraction that does what was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
        /// The reason.
        text: String,
    },
}

/// What an answer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was amended.
    Accepted,
    /// It stays as it is.
    Denied,
    /// The answer takes longer: once, 30 days.
    Extended,
}

impl Annotation {
    /// The annotation that an entry holds; `None` for entries of other operations.
    #[must_use]
    pub fn of(frame: &Frame) -> Option<Self> {
        let Operation::Annotate(_) = frame.operation else { return None };
        let body = frame.body().ok()?;
        let text = String::from_utf8_lossy(&body);
        let found = match frame.body_type {
            BodyType::Product => serde_json::from_str(&text).ok(),
            BodyType::Fhir | BodyType::Text => None,
        };
        // What this program does not know is shown as it is.
        Some(found.unwrap_or_else(|| Self::Statement { text: text.into_owned() }))
    }

    /// The frame of an annotation on entry `target`.
    ///
    /// # Errors
    ///
    /// [`chartkey_crypto::Error::TooLarge`]
    pub fn frame(&self, target: u32, authored_at: u64) -> Result<Frame, Error> {
        let body = serde_json::to_vec(self)
            .map_err(|error| Error::Internal(format!("an annotation is JSON: {error}")))?;
        Ok(Frame::new(Operation::Annotate(target), BodyType::Product, authored_at, body)?)
    }

    /// The words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Statement { text }
            | Self::Disagreement { text }
            | Self::Request { text }
            | Self::Answer { text, .. } => text,
        }
    }

    /// Its name, as `--kind` has it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Statement { .. } => "statement",
            Self::Disagreement { .. } => "disagreement",
            Self::Request { .. } => "request",
            Self::Answer { .. } => "answer",
        }
    }
}

impl Outcome {
    /// Its name, as `--outcome` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Denied => "denied",
            Self::Extended => "extended",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_annotated_is_read_back() {
        let said = Annotation::Answer {
            request: 7,
            outcome: Outcome::Denied,
            version: None,
            text: "the value was measured twice".into(),
        };
        let frame = said.frame(3, 1_800_000_000).expect("short");

        assert_eq!(frame.operation, Operation::Annotate(3));
        assert_eq!(Annotation::of(&frame), Some(said));
    }

    #[test]
    fn text_and_unknown_json_are_statements() {
        let of = |kind: BodyType, body: &str| {
            let body = body.as_bytes().to_vec();
            let frame = Frame::new(Operation::Annotate(3), kind, 0, body).expect("short");
            Annotation::of(&frame)
        };
        let statement = |text: &str| Some(Annotation::Statement { text: text.into() });
        assert_eq!(of(BodyType::Text, "I was there"), statement("I was there"));
        assert_eq!(of(BodyType::Product, r#"{"x":1}"#), statement(r#"{"x":1}"#));
        let frame = Frame::create(BodyType::Text, 0, b"new".to_vec()).expect("short");
        assert_eq!(Annotation::of(&frame), None);
    }
}
