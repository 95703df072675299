//! What client and agent say to each other: one request, one answer, both of a fixed length.

use zeroize::Zeroizing;

use super::Id;
use crate::keystore::Secret;

/// `u8 verb ‖ id(32) ‖ secret(32) ‖ u64 until`.
pub(super) const REQUEST_BYTES: usize = 73;
/// `u8 is done ‖ secret(32)`.
pub(super) const ANSWER_BYTES: usize = 33;

/// A request on the wire; wiped when dropped.
pub(super) type RequestBytes = Zeroizing<[u8; REQUEST_BYTES]>;
/// An answer on the wire; wiped when dropped.
pub(super) type AnswerBytes = Zeroizing<[u8; ANSWER_BYTES]>;

/// What a client wants.
pub(super) enum Request {
    /// The secret of an id.
    Take(Id),
    /// Hold a secret until a Unix second.
    Hold(Id, Secret, u64),
    /// Forget everything and end.
    End,
}

/// What the agent says.
pub(super) struct Answer {
    /// Whether it has what was asked for, or has done it.
    pub(super) is_done: bool,
    /// The secret, or zeros.
    pub(super) secret: Secret,
}

impl Request {
    pub(super) fn encode(&self) -> RequestBytes {
        let mut bytes = RequestBytes::new([0; REQUEST_BYTES]);
        match self {
            Self::Take(id) => {
                bytes[0] = 1;
                bytes[1..33].copy_from_slice(&id.0);
            }
            Self::Hold(id, secret, until) => {
                bytes[0] = 2;
                bytes[1..33].copy_from_slice(&id.0);
                bytes[33..65].copy_from_slice(secret.as_slice());
                bytes[65..].copy_from_slice(&until.to_be_bytes());
            }
            Self::End => bytes[0] = 3,
        }
        bytes
    }

    /// `None` for a verb that there is not.
    pub(super) fn decode(bytes: &RequestBytes) -> Option<Self> {
        let id = Id(*bytes[1..].first_chunk()?);
        match bytes[0] {
            1 => Some(Self::Take(id)),
            2 => {
                let mut secret = Secret::default();
                secret.copy_from_slice(&bytes[33..65]);
                Some(Self::Hold(id, secret, u64::from_be_bytes(*bytes[65..].first_chunk()?)))
            }
            3 => Some(Self::End),
            _ => None,
        }
    }
}

impl Answer {
    pub(super) fn encode(&self) -> AnswerBytes {
        let mut bytes = AnswerBytes::new([0; ANSWER_BYTES]);
        bytes[0] = u8::from(self.is_done);
        bytes[1..33].copy_from_slice(self.secret.as_slice());
        bytes
    }

    pub(super) fn decode(bytes: &AnswerBytes) -> Self {
        let mut secret = Secret::default();
        secret.copy_from_slice(&bytes[1..33]);
        Self { is_done: bytes[0] == 1, secret }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn requests_read_back(id: [u8; 32], secret: [u8; 32], until: u64) {
            let held = Request::Hold(Id(id), Secret::new(secret), until).encode();
            let taken = Request::Take(Id(id)).encode();

            let Some(Request::Hold(id_read, secret_read, until_read)) = Request::decode(&held) else {
                panic!("a request to hold");
            };
            prop_assert_eq!((id_read, *secret_read, until_read), (Id(id), secret, until));
            prop_assert!(matches!(Request::decode(&taken), Some(Request::Take(read)) if read == Id(id)));
        }

        #[test]
        fn answers_read_back(is_done: bool, secret: [u8; 32]) {
            let read = Answer::decode(&Answer { is_done, secret: Secret::new(secret) }.encode());
            prop_assert_eq!((read.is_done, *read.secret), (is_done, secret));
        }

        #[test]
        fn no_other_verb_is_taken(verb in 4_u8..) {
            let mut bytes = RequestBytes::new([0; REQUEST_BYTES]);
            bytes[0] = verb;
            prop_assert!(Request::decode(&bytes).is_none());
        }
    }
}
