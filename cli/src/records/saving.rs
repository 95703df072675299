//! Making a backup of a record, and putting one back (crypto.md section 9.4).

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256};
use chartkey_crypto::{Record, open_cache, parse_list, seal_cache};

use super::access::AccessLink;
use super::archive;
use super::backup::{Backup, PassphraseSlot};
use super::chart::Chart;
use super::checkpoints::Checkpoint;
use super::contacts;
use super::fresh;
use super::holder::Holder;
use super::ledger::Ledger;
use super::logs::Logs;
use super::proof::faults_of;
use crate::error::Error;
use crate::rpc::RpcError;
use crate::session::Session;

/// What was put back.
#[derive(Debug)]
pub(crate) struct Restored {
    /// Links of the sections, by handle.
    pub(crate) sections: BTreeMap<u8, usize>,
    /// Events of the access chain.
    pub(crate) access_events: usize,
    /// Links and events that came from the endpoints: made after the backup.
    pub(crate) newer: usize,
}

impl Holder {
    /// Everything that the chain proves of a record, for a file.
    ///
    /// # Errors
    ///
    /// A checkpoint or confirmed keys that cannot be read.
    pub(crate) async fn backup(
        &self,
        session: &Session,
        chart: &Chart,
        slot: Option<PassphraseSlot>,
    ) -> Result<Backup, Error> {
        let ledger = &chart.ledger;
        let mut contacts = BTreeMap::new();
        if let Some(pins) = contacts::saved(session, self)? {
            let (_, _, root) = self.own();
            let purpose = purpose(&ledger.place, self.id());
            contacts.insert(self.id(), seal_cache(&root.cache_key(), &purpose, &pins, fresh()?));
        }
        let told = match self.key_logs(session, &with_keys(self, chart)).await {
            Err(Error::Rpc(RpcError::Node { .. })) => Vec::new(),
            other => other?,
        };
        // Those of an earlier backup, where the node has pruned them since.
        let saved = archive::read(session, &ledger.place)?.map(|backup| backup.keys);
        let mut keys = saved.unwrap_or_default();
        for key in told {
            if !keys.iter().any(|one| (one.account, one.word) == (key.account, key.word)) {
                keys.push(key);
            }
        }
        Ok(Backup {
            place: ledger.place,
            block: ledger.block,
            time: ledger.block_time,
            logs: ledger.logs.clone(),
            checkpoint: Checkpoint::read(session, &ledger.place)?,
            contacts,
            keys,
            slot,
        })
    }

    /// Puts back the keys that this account had confirmed. One that is confirmed here already stays.
    /// Says how many came back.
    ///
    /// # Errors
    ///
    /// Sealed by another account or altered; the file's own.
    pub(crate) fn restore_contacts(
        &self,
        session: &Session,
        backup: &Backup,
    ) -> Result<usize, Error> {
        let Some(sealed) = backup.contacts.get(&self.id()) else { return Ok(0) };
        let purpose = purpose(&backup.place, self.id());
        // Those of before a change of keys are sealed with the cache key of that time.
        let opened = self
            .roots()
            .find_map(|(_, _, root)| open_cache(&root.cache_key(), &purpose, sealed).ok());
        let pins = opened.ok_or(chartkey_crypto::Error::TagMismatch)?;
        contacts::restore(session, self, &pins)
    }
}

/// Verifies a backup against the words that the chain stores and keeps it as a source of logs. What was
/// written after the backup comes from the endpoints.
///
/// # Errors
///
/// [`Error::Faults`] where it is not what the chain proves; nothing is kept then. As
/// [`Ledger::read`].
pub(crate) async fn restore(session: &Session, backup: &Backup) -> Result<Restored, Error> {
    let mut ledger = Ledger::words(session, backup.place).await?;
    let mut pool = backup.logs.clone();
    let newer = ledger.filter(backup.block.saturating_add(1));
    if newer.from_block <= newer.to_block {
        for endpoint in session.endpoints() {
            // An endpoint that refuses leaves entries missing, and those are named.
            if let Ok(logs) = endpoint.logs(&newer).await {
                pool.absorb(Logs::of(B256::from(backup.place.id), &logs));
            }
        }
    }
    let (proven, is_whole) = ledger.proves().proven(&pool);
    ledger.logs = if is_whole { proven } else { pool };
    ledger.told_by = "the backup".to_owned();
    let mut seen = Checkpoint::read(session, &backup.place)?;
    seen.merge(&backup.checkpoint);
    let faults = faults_of(&ledger, &seen);
    if !faults.is_empty() {
        return Err(Error::Faults(faults));
    }
    let links: usize = ledger.logs.sections.values().map(Vec::len).sum();
    let saved: usize = backup.logs.sections.values().map(Vec::len).sum();
    let sections = ledger.logs.sections.iter().map(|(handle, logs)| (*handle, logs.len()));
    let access_events = ledger.logs.access.len();
    let restored = Restored {
        sections: sections.collect(),
        access_events,
        newer: (links + access_events).saturating_sub(saved + backup.logs.access.len()),
    };
    if !session.global.dry_run {
        let (block, time) = (ledger.block, ledger.block_time);
        let kept = Backup { block, time, logs: ledger.logs, ..backup.clone() };
        archive::keep(session, &kept)?;
        seen.keep(session, &backup.place)?;
    }
    Ok(restored)
}

/// This account, and those that keys of the record went to.
fn with_keys(holder: &Holder, chart: &Chart) -> Vec<Address> {
    let lists = chart.history.links.iter().filter_map(AccessLink::list);
    let listed = lists.filter_map(|list| parse_list(list).ok()).flatten();
    let readers = listed.map(|one| Address::from(one.recipient));
    let accounts: BTreeSet<Address> = readers.chain([holder.account.address]).collect();
    accounts.into_iter().filter(|account| !account.is_zero()).collect()
}

/// What confirmed keys in a backup are sealed for.
fn purpose(place: &Record, account: chartkey_crypto::Account) -> Vec<u8> {
    let chain_id = place.chain_id.to_be_bytes();
    [&b"chartkey/backup/contacts"[..], &chain_id, &place.contract, &account].concat()
}
