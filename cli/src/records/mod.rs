//! Records: their keys, their chains, their entries.

mod chart;
mod keyring;
mod write;

pub use chart::{Chart, Opened, SectionChart};
pub use keyring::Keyring;
pub use write::Draft;

use alloy_primitives::{Address, B256};
use chartkey_crypto::{Fresh, Root};

use crate::error::Error;
use crate::session::Session;
use crate::signer::Signer;

/// A record that this account owns, with the keys to it.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct Owner {
    /// Signs transactions.
    pub signer: Signer,
    /// The records program.
    pub contract: Address,
    /// The chain.
    pub chain_id: u64,
    /// The account's keys of sections.
    pub keyring: Keyring,
    root: Root,
}

impl Owner {
    /// Opens the account and its keyring.
    ///
    /// # Errors
    ///
    /// No key, a wrong password, no contract, an unreadable keyring.
    pub async fn open(session: &Session) -> Result<Self, Error> {
        let contract = session.records().await?;
        let chain_id = session.chain_id().await?;
        let signer = session.signer()?;
        let root = session.root(signer.address(), contract).await?;
        let path = session.home.key_cache(chain_id, contract, signer.address());
        let keyring = Keyring::read(&path, &root.cache_key())?;
        Ok(Self { signer, contract, chain_id, keyring, root })
    }

    /// The record that the flags name, or the only one.
    ///
    /// # Errors
    ///
    /// None, or several.
    pub fn record(&self, session: &Session) -> Result<B256, Error> {
        if let Some(record) = session.global.record {
            return Ok(record);
        }
        match self.keyring.records().as_slice() {
            [only] => Ok(*only),
            [] => Err(Error::NotFound {
                message: format!("account {} has no record here", self.signer.address()),
                hint: "chartkey record create".into(),
            }),
            several => Err(Error::Usage {
                message: format!("account {} has {} records", self.signer.address(), several.len()),
                hint: format!("choose one with --record, e.g. --record {}", several[0]),
            }),
        }
    }

    /// The record as format `ehr1` names it.
    #[must_use]
    pub const fn place(&self, record: B256) -> chartkey_crypto::Record {
        chartkey_crypto::Record {
            chain_id: self.chain_id,
            contract: self.contract.into_array(),
            id: record.0,
        }
    }

    /// Keeps the keyring: sealed, under a new name, then renamed.
    ///
    /// # Errors
    ///
    /// No randomness, or the file's own error.
    pub fn save(&self, session: &Session) -> Result<(), Error> {
        let path = session.home.key_cache(self.chain_id, self.contract, self.signer.address());
        self.keyring.write(&path, &self.root.cache_key())
    }
}

/// Fresh bytes from the operating system.
///
/// # Errors
///
/// No randomness: then nothing is sealed.
pub(crate) fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| crate::signer::SignerError::RandomnessUnavailable)?;
    Ok(bytes)
}

/// Fresh bytes from the operating system, for one seal.
///
/// # Errors
///
/// No randomness: then nothing is sealed.
pub(crate) fn fresh() -> Result<Fresh, Error> {
    let drawn = Fresh::draw(getrandom::fill);
    Ok(drawn.map_err(|_| crate::signer::SignerError::RandomnessUnavailable)?)
}
