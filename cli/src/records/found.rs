//! Which records an account has something to do with: its own, and those it was granted.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, Terms, records_slot};

use super::archive;
use super::checkpoints::Checkpoint;
use super::holder::Holder;
use crate::error::Error;
use crate::rpc::LogFilter;
use crate::session::Session;

/// A record that an account can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The record.
    pub record: B256,
    /// The account in charge.
    pub owner: Address,
    /// When the account's grant ends, in Unix seconds; `None` for the owner.
    pub until: Option<u64>,
}

/// Records of a contract that were seen or restored here: logs are not needed to find them.
fn known(session: &Session, chain_id: u64, contract: Address) -> BTreeSet<B256> {
    let seen = Checkpoint::known(session, chain_id, contract);
    seen.into_iter().chain(archive::known(session, chain_id, contract)).collect()
}

impl Holder {
    /// The record that the flags name; else the account's only own one; else the only one it was
    /// granted.
    ///
    /// # Errors
    ///
    /// None, or several.
    pub async fn record(&self, session: &Session) -> Result<B256, Error> {
        if let Some(record) = session.global.record {
            return Ok(record);
        }
        let found = self.found(session).await?;
        let me = self.account.address;
        let own: Vec<_> = found.iter().filter(|one| one.owner == me).collect();
        let candidates = if own.is_empty() { found.iter().collect() } else { own };
        match candidates.as_slice() {
            [only] => Ok(only.record),
            [] => Err(Error::NotFound {
                message: format!("account {me} has no record here"),
                hint: "chartkey record create".into(),
            }),
            several => Err(Error::Usage {
                message: format!("account {me} has {} records", several.len()),
                hint: format!("choose one with --record, e.g. --record {}", several[0].record),
            }),
        }
    }

    /// The records of this account, from logs; what they say is checked against the words.
    ///
    /// # Errors
    ///
    /// Transport errors, endpoints that disagree.
    pub async fn found(&self, session: &Session) -> Result<Vec<Found>, Error> {
        let me = self.account.address;
        let newest = session.newest_common_block().await?;
        let events =
            vec![IRecords::RecordCreated::SIGNATURE_HASH, IRecords::AccessChanged::SIGNATURE_HASH];
        let filter = LogFilter {
            address: self.contract,
            topics: vec![events, Vec::new(), vec![me.into_word()]],
            from_block: session.first_block(self.contract, newest),
            to_block: newest,
        };
        let mut records = known(session, self.chain_id, self.contract);
        let mut refused = None;
        for endpoint in session.endpoints() {
            match endpoint.logs(&filter).await {
                Ok(logs) => {
                    records.extend(logs.iter().filter_map(|log| log.topics.get(1).copied()));
                }
                // A node that has pruned its logs has not pruned its words.
                Err(error) => refused = Some(error),
            }
        }
        if let Some(error) = refused.filter(|_| records.is_empty()) {
            return Err(error.into());
        }
        let records: Vec<B256> = records.into_iter().collect();
        let mut slots: Vec<B256> =
            records.iter().map(|record| records_slot::record(*record)).collect();
        slots.extend(
            records.iter().map(|record| records_slot::of_member(records_slot::GRANTS, *record, me)),
        );
        let block = serde_json::json!(format!("{newest:#x}"));
        let what = |index: usize| format!("record {}", records[index % records.len().max(1)]);
        let words = session.words(self.contract, &slots, &block, what).await?;
        let (owners, grants) = words.split_at(records.len());
        for (record, _) in records.iter().zip(owners).filter(|(_, word)| word.is_zero()) {
            // One that was seen before does not just not exist.
            Checkpoint::refuse_absence(session, &self.place(*record))?;
        }
        let found = records.iter().zip(owners).zip(grants).filter_map(|((record, word), grant)| {
            let owner = Address::from_word(*word);
            let is_own = owner == me;
            let until = Terms::from_word(*grant).expiry;
            let is_granted = *grant != B256::from(U256::ZERO);
            (is_own || is_granted).then_some(Found {
                record: *record,
                owner,
                until: (!is_own).then_some(until),
            })
        });
        Ok(found.collect())
    }
}
