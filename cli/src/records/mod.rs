//! Records: their keys, their chains, their entries.

mod chart;
mod keyring;
mod write;

pub use chart::{Chart, Opened, SectionChart};
pub use keyring::Keyring;
pub use write::{Appended, Draft};

use std::fs::File;

use alloy_primitives::{Address, B256};
use chartkey_abi::records_slot;
use chartkey_crypto::{Fresh, Root};
use serde_json::json;

use crate::error::Error;
use crate::files;
use crate::rpc::Call;
use crate::session::{Account, Session};
use crate::transact::Recovered;

/// A record that this account owns, with the keys to it.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct Owner {
    /// Signs transactions.
    pub account: Account,
    /// The records program.
    pub contract: Address,
    /// The chain.
    pub chain_id: u64,
    /// The account's keys of sections.
    pub keyring: Keyring,
    /// What interrupted runs of this account have done.
    pub recovered: Vec<Recovered>,
    root: Root,
    /// Held while this run may write: two runs would lose each other's keys and double entries.
    _lock: Option<File>,
}

impl Owner {
    /// Opens the account and its keyring for reading.
    ///
    /// # Errors
    ///
    /// No key, a wrong password, no contract, an unreadable keyring.
    pub async fn open(session: &Session) -> Result<Self, Error> {
        Self::open_with(session, false).await
    }

    /// The same for writing: waits for other runs of the account, and looks up what interrupted ones
    /// have sent.
    ///
    /// # Errors
    ///
    /// As [`Self::open`]; another run that does not end within `--timeout`.
    pub async fn open_to_write(session: &Session) -> Result<Self, Error> {
        Self::open_with(session, !session.global.dry_run).await
    }

    async fn open_with(session: &Session, is_writing: bool) -> Result<Self, Error> {
        let contract = session.records().await?;
        let chain_id = session.chain_id().await?;
        let account = session.account().await?;
        let root = session.root(account.address, contract).await?;
        let path = session.home.key_cache(chain_id, contract, account.address);
        let (mut lock, mut recovered) = (None, Vec::new());
        if is_writing {
            session.screen.doing("waiting for another run of this account");
            lock =
                Some(files::lock_within(&path.with_extension("lock"), session.deadline()).await?);
            session.screen.doing("working");
            recovered = session.recover(account.address).await?;
        }
        let keyring = Keyring::read(&path, &root.cache_key())?;
        Ok(Self { account, contract, chain_id, keyring, recovered, root, _lock: lock })
    }

    /// The record that the flags name, or the only one.
    ///
    /// # Errors
    ///
    /// None, or several.
    pub async fn record(&self, session: &Session) -> Result<B256, Error> {
        if let Some(record) = session.global.record {
            return Ok(record);
        }
        match self.existing(session).await?.as_slice() {
            [only] => Ok(*only),
            [] => Err(Error::NotFound {
                message: format!("account {} has no record here", self.account.address),
                hint: "chartkey record create".into(),
            }),
            several => Err(Error::Usage {
                message: format!("account {} has {} records", self.account.address, several.len()),
                hint: format!("choose one with --record, e.g. --record {}", several[0]),
            }),
        }
    }

    /// The records of the keyring that are on chain: keys are kept before a record is created, and the
    /// creation may have failed.
    async fn existing(&self, session: &Session) -> Result<Vec<B256>, Error> {
        let records = self.keyring.records();
        if records.is_empty() {
            return Ok(records);
        }
        let block = session.common_block().await?;
        let calls: Vec<_> = records
            .iter()
            .map(|record| {
                let slot = records_slot::record(*record);
                Call::new("eth_getStorageAt", json!([self.contract, slot, block]))
            })
            .collect();
        let answers = session.agreed(&calls, |index| format!("record {}", records[index])).await?;
        let mut existing = Vec::new();
        for (record, answer) in records.iter().zip(answers) {
            if !session.rpc.typed::<B256>("eth_getStorageAt", answer)?.is_zero() {
                existing.push(*record);
            }
        }
        Ok(existing)
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
        let path = session.home.key_cache(self.chain_id, self.contract, self.account.address);
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
