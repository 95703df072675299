//! What the endpoints say about a record at one block: words that all of them name, and logs of which
//! nothing is believed yet (crypto.md section 9.4).

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, records_slot};
use chartkey_crypto::{AccessState, Handle, Record, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::checkpoints::Checkpoint;
use super::evidence::Words;
use super::logs::Logs;
use super::sources::gather;
use crate::error::Error;
use crate::rpc::{Call, LogFilter, Rpc};
use crate::session::Session;

/// One past the last handle.
const HANDLES: u16 = 64;

/// A record at one block.
#[derive(Debug)]
pub struct Ledger {
    /// The record as format `ehr1` names it.
    pub place: Record,
    /// The account in charge.
    pub owner: Address,
    /// Sections that need new keys: bit n stands for handle n.
    pub dirty: u64,
    /// Where the access chain stands.
    pub access: AccessState,
    /// The sections in use, and where their chains stand.
    pub sections: Vec<(Handle, State)>,
    /// Time of the block in seconds.
    pub block_time: u64,
    /// The block at which it was read.
    pub block: u64,
    /// The newest block that cannot be undone any more, where every endpoint says so.
    pub finalized: Option<u64>,
    /// Its logs: nothing of them is believed yet.
    pub(super) logs: Logs,
    /// Who told the logs.
    pub(super) told_by: String,
    /// Sources that did not tell the whole history.
    pub(super) remarks: Vec<String>,
}

/// What is read of a block's header.
#[derive(Debug, Deserialize)]
struct Header {
    hash: B256,
    timestamp: U256,
}

#[derive(Deserialize)]
struct Number {
    number: U256,
}

impl Ledger {
    /// Reads a record. Words are read by storage slot, which works when the program has expired; all 64
    /// sections are asked for, so that none can be left out.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a record that does not exist, [`Error::EndpointDisagreement`], a chain
    /// that stands still, transport errors.
    pub async fn read(session: &Session, place: Record) -> Result<Self, Error> {
        let mut ledger = Self::words(session, place).await?;
        let from = session.first_block(place.contract.into(), ledger.block);
        let gathered = gather(session, &ledger.proves(), &ledger.filter(from)).await?;
        ledger.logs = gathered.logs;
        ledger.told_by = gathered.told_by;
        ledger.remarks = gathered.remarks;
        Ok(ledger)
    }

    /// Its words alone, without logs.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub(super) async fn words(session: &Session, place: Record) -> Result<Self, Error> {
        let contract = Address::from(place.contract);
        let record = B256::from(place.id);
        let at = session.newest_common_block().await?;
        let block = json!(format!("{at:#x}"));
        let mut words = words(session, contract, record, &block).await?;
        let (access, record_word) = (words.pop().unwrap_or_default(), words.pop());
        let Some(record_word) = record_word.filter(|word| !word.is_zero()) else {
            Checkpoint::refuse_absence(session, &place)?;
            return Err(no_record(record));
        };
        let used = (0..).zip(words).filter_map(|(handle, word)| {
            Some((Handle::new(handle).ok()?, State::from_word(word.0)?))
        });
        let sections: Vec<_> = used.collect();
        let access = AccessState::of_word(&place, access.0);
        let (block_time, finalized) = times(session, at).await?;
        session.require_fresh(block_time)?;
        Ok(Self {
            place,
            owner: Address::from_word(record_word),
            dirty: U256::from_be_slice(&record_word[4..12]).to(),
            access,
            sections,
            block_time,
            block: at,
            finalized,
            logs: Logs::default(),
            told_by: String::new(),
            remarks: Vec::new(),
        })
    }

    /// What its logs have to lead to.
    pub(super) fn proves(&self) -> Words<'_> {
        Words { place: &self.place, sections: &self.sections, access: self.access }
    }

    /// Its logs from a block on.
    pub(super) fn filter(&self, from_block: u64) -> LogFilter {
        let events = vec![
            IRecords::HealthRecordUpdated::SIGNATURE_HASH,
            IRecords::AccessChanged::SIGNATURE_HASH,
        ];
        LogFilter {
            address: self.place.contract.into(),
            topics: vec![events, vec![self.place.id.into()]],
            from_block,
            to_block: self.block,
        }
    }
}

fn no_record(record: B256) -> Error {
    Error::NotFound {
        message: format!("there is no record {record} in this contract"),
        hint: "check --record and --records".into(),
    }
}

/// The words of all sections, then of the record, then of its access chain.
async fn words(
    session: &Session,
    contract: Address,
    record: B256,
    block: &Value,
) -> Result<Vec<B256>, Error> {
    let mut slots: Vec<B256> =
        (0..HANDLES).map(|handle| records_slot::state(record, handle)).collect();
    slots.push(records_slot::record(record));
    slots.push(records_slot::of_record(records_slot::ACCESS, record));
    let what = |index: usize| match u16::try_from(index) {
        Ok(handle) if handle < HANDLES => format!("section {handle}"),
        Ok(HANDLES) => format!("record {record}"),
        _ => "the access chain".to_owned(),
    };
    session.words(contract, &slots, block, what).await
}

/// Time of the block, which is the same block at every endpoint, and the newest block that all of them
/// call final.
async fn times(session: &Session, at: u64) -> Result<(u64, Option<u64>), Error> {
    const METHOD: &str = "eth_getBlockByNumber";
    let header = |block: &Value| Call::new(METHOD, json!([block, false]));
    let calls = [header(&json!(format!("{at:#x}"))), header(&"finalized".into())];
    let read = async |endpoint: &Rpc| -> Result<(Header, Option<u64>), Error> {
        let mut answers = endpoint.batch(&calls).await?.into_iter();
        let (newest, last) = (answers.next(), answers.next());
        let newest = newest.ok_or_else(|| Error::Internal("one answer to one call".into()))?;
        let newest = endpoint.typed(METHOD, newest)?;
        // An endpoint that knows no final block keeps checkpoints from moving, and nothing else.
        let last = last.and_then(|last| endpoint.typed::<Number>(METHOD, last).ok());
        Ok((newest, last.and_then(|last| u64::try_from(last.number).ok())))
    };
    let (ours, mut finalized) = read(&session.rpc).await?;
    if let Some(named) = session.named_block().await?
        && (named.hash != ours.hash || ours.timestamp.to::<u64>() != named.time)
    {
        return Err(session.bad_proof("the block", format!("block {at} has another hash")));
    }
    for endpoint in session.endpoints().skip(1) {
        let (theirs, theirs_final) = read(endpoint).await?;
        if theirs.hash != ours.hash || theirs.timestamp != ours.timestamp {
            return Err(session.disagreement(endpoint, &format!("block {at}")));
        }
        finalized = finalized.zip(theirs_final).map(|(ours, theirs)| ours.min(theirs));
    }
    Ok((ours.timestamp.saturating_to(), finalized))
}
