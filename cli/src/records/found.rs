//! Which records an account has something to do with: its own, and those it was granted.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, Terms, access_kind, records_slot};

use super::archive;
use super::checkpoints::Checkpoint;
use super::holder::Holder;
use crate::error::Error;
use crate::rpc::{LogFilter, RpcLog};
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

/// Whether a log says that its account came to be in charge of a record.
fn gives_ownership(log: &RpcLog) -> bool {
    let topics = log.topics.iter().copied();
    match IRecords::AccessChanged::decode_raw_log(topics, &log.data) {
        Ok(event) => event.link[3] == access_kind::OWNER_CHANGED,
        // The other event that was asked for: a record came into being.
        Err(_) => true,
    }
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
        let topics = vec![events, Vec::new(), vec![me.into_word()]];
        let records = self.named(session, topics, newest, |_| true).await?;
        let grants =
            records.iter().map(|record| records_slot::of_member(records_slot::GRANTS, *record, me));
        let (owners, grants) = self.owners(session, &records, grants, newest).await?;
        let found =
            records.iter().zip(owners).zip(grants).filter_map(|((record, owner), grant)| {
                let is_own = owner == me;
                let until = Terms::from_word(grant).expiry;
                let is_granted = grant != B256::from(U256::ZERO);
                (is_own || is_granted).then_some(Found {
                    record: *record,
                    owner,
                    until: (!is_own).then_some(until),
                })
            });
        Ok(found.collect())
    }

    /// The records that these accounts are in charge of now, each with its owner. They are found by logs:
    /// an endpoint that leaves one out hides a record that nobody here has seen, and no other.
    ///
    /// # Errors
    ///
    /// Transport errors, endpoints that disagree.
    pub async fn owned_by(
        &self,
        session: &Session,
        accounts: &[Address],
    ) -> Result<Vec<(B256, Address)>, Error> {
        let newest = session.newest_common_block().await?;
        let subjects = accounts.iter().map(|account| account.into_word()).collect();
        let events =
            vec![IRecords::RecordCreated::SIGNATURE_HASH, IRecords::AccessChanged::SIGNATURE_HASH];
        let topics = vec![events, Vec::new(), subjects];
        // Of thousands of patients who granted something to a clinic none became its own.
        let records = self.named(session, topics, newest, gives_ownership).await?;
        let (owners, _) = self.owners(session, &records, std::iter::empty(), newest).await?;
        let owned = records.into_iter().zip(owners);
        Ok(owned.filter(|(_, owner)| accounts.contains(owner)).collect())
    }

    /// Those of these records in which something was written since a block, as any endpoint says; and those
    /// that were verified here before, so that no endpoint can hide what was seen. All of them where an
    /// endpoint gives no logs.
    ///
    /// What is written about something that began at that block is in none of the others.
    ///
    /// # Errors
    ///
    /// Transport errors, endpoints that disagree about the newest block.
    pub async fn written_since(
        &self,
        session: &Session,
        records: Vec<B256>,
        block: u64,
    ) -> Result<Vec<B256>, Error> {
        let filter = LogFilter {
            address: self.contract,
            topics: vec![vec![IRecords::HealthRecordUpdated::SIGNATURE_HASH], records.clone()],
            from_block: block,
            to_block: session.newest_common_block().await?,
        };
        let mut wanted = known(session, self.chain_id, self.contract);
        for endpoint in session.endpoints() {
            // A node that has pruned its logs does not say what was written.
            let Ok(logs) = endpoint.logs(&filter).await else { return Ok(records) };
            wanted.extend(logs.iter().filter_map(|log| log.topics.get(1).copied()));
        }
        Ok(records.into_iter().filter(|record| wanted.contains(record)).collect())
    }

    /// The records that logs with these topics name, as far as they count, and those that are known here.
    async fn named(
        &self,
        session: &Session,
        topics: Vec<Vec<B256>>,
        newest: u64,
        counts: impl Fn(&RpcLog) -> bool,
    ) -> Result<Vec<B256>, Error> {
        let filter = LogFilter {
            address: self.contract,
            topics,
            from_block: session.first_block(self.contract, newest),
            to_block: newest,
        };
        let mut records = known(session, self.chain_id, self.contract);
        let mut refused = None;
        for endpoint in session.endpoints() {
            match endpoint.logs(&filter).await {
                Ok(logs) => {
                    let logs = logs.iter().filter(|log| counts(log));
                    records.extend(logs.filter_map(|log| log.topics.get(1).copied()));
                }
                // A node that has pruned its logs has not pruned its words.
                Err(error) => refused = Some(error),
            }
        }
        match refused.filter(|_| records.is_empty()) {
            Some(error) => Err(error.into()),
            None => Ok(records.into_iter().collect()),
        }
    }

    /// Who is in charge of each record; zero for one that there is not. Then the words of `more`.
    async fn owners(
        &self,
        session: &Session,
        records: &[B256],
        more: impl Iterator<Item = B256>,
        newest: u64,
    ) -> Result<(Vec<Address>, Vec<B256>), Error> {
        let slots: Vec<B256> =
            records.iter().map(|record| records_slot::record(*record)).chain(more).collect();
        let block = serde_json::json!(format!("{newest:#x}"));
        let what = |index: usize| format!("record {}", records[index % records.len().max(1)]);
        let mut words = session.words(self.contract, &slots, &block, what).await?;
        let more = words.split_off(records.len());
        for (record, _) in records.iter().zip(&words).filter(|(_, word)| word.is_zero()) {
            // One that was seen before does not just not exist.
            Checkpoint::refuse_absence(session, &self.place(*record))?;
        }
        Ok((words.into_iter().map(Address::from_word).collect(), more))
    }
}
