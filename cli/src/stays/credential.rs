//! Whether a clinic holds a registrar's credential, as the records program stores it.

use alloy_primitives::{Address, B256, U256};
use chartkey_abi::{IStays, is_credential_current, records_slot};
use serde_json::json;

use super::Snapshot;
use crate::dates;
use crate::error::Error;
use crate::rpc::Call;
use crate::session::Session;

/// What the registrar of the records program says about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// It never had one.
    None,
    /// Not yet, or no longer, or suspended.
    Lapsed,
    /// Valid until then, in Unix seconds.
    Current(u64),
}

impl Credential {
    /// Asks the records program that the stays program names, at the block of `snapshot`; by storage slot,
    /// so that it works when that program has expired.
    ///
    /// # Errors
    ///
    /// A disagreement, transport errors.
    pub async fn of(
        session: &Session,
        snapshot: &Snapshot<'_>,
        account: Address,
    ) -> Result<Self, Error> {
        let contract = snapshot.ask(IStays::registryCall {}, "the registry").await?;
        let slot = records_slot::of_account(records_slot::CREDENTIALS, account);
        let block = format!("{:#x}", snapshot.block);
        let call = Call::new("eth_getStorageAt", json!([contract, slot, block]));
        let word: B256 = session.agreed_one(call, "the clinic's credential").await?;
        Ok(Self::at(word, snapshot.time().await?))
    }

    /// What a word says at a time.
    fn at(word: B256, time: u64) -> Self {
        let until = U256::from_be_slice(&word[8..16]).saturating_to();
        match until {
            0 => Self::None,
            _ if is_credential_current(word, time) => Self::Current(until),
            _ => Self::Lapsed,
        }
    }

    /// The word for scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lapsed => "lapsed",
            Self::Current(_) => "current",
        }
    }

    /// The line that tells it.
    #[must_use]
    pub fn line(self) -> String {
        match self {
            Self::None => {
                "the clinic holds NO credential of this deployment's registrar".to_owned()
            }
            Self::Lapsed => "the clinic's credential is NOT valid now".to_owned(),
            Self::Current(until) => {
                format!("the clinic holds a credential until {}", dates::format_instant(until))
            }
        }
    }

    /// Whether money should go to this clinic only after a second thought.
    #[must_use]
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::None | Self::Lapsed)
    }
}

#[cfg(test)]
mod tests {
    use chartkey_abi::credential_flag;

    use super::*;

    fn word(from: u64, until: u64, flags: u8) -> B256 {
        let mut word = B256::ZERO;
        word[..8].copy_from_slice(&from.to_be_bytes());
        word[8..16].copy_from_slice(&until.to_be_bytes());
        word[16] = flags;
        word
    }

    #[test]
    fn a_credential_counts_from_its_first_to_before_its_last_second() {
        let at = |time| Credential::at(word(10, 20, 0), time);

        assert_eq!(at(9), Credential::Lapsed);
        assert_eq!(at(10), Credential::Current(20));
        assert_eq!(at(19), Credential::Current(20));
        assert_eq!(at(20), Credential::Lapsed);
    }

    #[test]
    fn a_suspended_one_and_none_do_not_count() {
        let suspended = word(10, 20, credential_flag::SUSPENDED);

        assert!(Credential::at(suspended, 15).is_doubtful());
        assert_eq!(Credential::at(B256::ZERO, 15), Credential::None);
        assert!(!Credential::Current(20).is_doubtful());
    }
}
