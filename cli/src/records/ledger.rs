//! What the endpoints say about a record at one block: words that all of them name, and logs of which
//! nothing is believed yet (crypto.md section 9.4).

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, records_slot};
use chartkey_crypto::{AccessState, ChainLog, Handle, Link, LinkKind, Record, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::rpc::{Call, LogFilter, RpcLog};
use crate::session::Session;

/// One past the last handle.
const HANDLES: u16 = 64;

/// Where a log stands: block, place in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The block.
    pub block: u64,
    /// The log's place in the block.
    pub index: u64,
}

/// A log of a section and where it stands.
#[derive(Debug, Clone)]
pub struct SectionLog {
    /// The link.
    pub log: ChainLog,
    /// Its place.
    pub position: Position,
    /// Its transaction.
    pub transaction: B256,
}

/// An event of the access chain as the log says it: one link or two.
#[derive(Debug, Clone)]
pub struct AccessEvent {
    /// Grantee, claimant, candidate or new owner; zero if there is none.
    pub subject: Address,
    /// The account that acted.
    pub actor: Address,
    /// Kind of its first link: `chartkey_abi::access_kind`.
    pub kind: u8,
    /// Block time in seconds.
    pub time: u64,
    /// The access word after it.
    pub state: B256,
    /// What the body has between subject and digest, from the left.
    pub terms: B256,
    /// A delivery list, a sealed note, or guardian shares and recovery blob.
    pub payload: Vec<u8>,
    /// Its place.
    pub position: Position,
    /// Its transaction.
    pub transaction: B256,
}

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
    /// The newest block that cannot be undone any more, where the endpoint says so.
    pub finalized: Option<u64>,
    /// Who created the record, as its log says.
    pub creator: Option<Address>,
    /// Logs of sections by handle.
    pub section_logs: BTreeMap<u8, Vec<SectionLog>>,
    /// Events of the access chain.
    pub access_events: Vec<AccessEvent>,
}

#[derive(Deserialize)]
struct Block {
    number: U256,
    timestamp: U256,
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
        let contract = Address::from(place.contract);
        let record = B256::from(place.id);
        let at = session.newest_common_block().await?;
        let block = json!(format!("{at:#x}"));
        let mut words = words(session, contract, record, &block).await?;
        let (access, record_word) = (words.pop().unwrap_or_default(), words.pop());
        let record_word =
            record_word.filter(|word| !word.is_zero()).ok_or_else(|| no_record(record))?;
        let used = (0..).zip(words).filter_map(|(handle, word)| {
            Some((Handle::new(handle).ok()?, State::from_word(word.0)?))
        });
        let (block_time, finalized) = times(session, &block).await?;
        session.require_fresh(block_time)?;
        let mut ledger = Self {
            place,
            owner: Address::from_word(record_word),
            dirty: U256::from_be_slice(&record_word[4..12]).to(),
            access: AccessState::of_word(&place, access.0),
            sections: used.collect(),
            block_time,
            finalized,
            creator: None,
            section_logs: BTreeMap::new(),
            access_events: Vec::new(),
        };
        let events = vec![
            IRecords::HealthRecordUpdated::SIGNATURE_HASH,
            IRecords::AccessChanged::SIGNATURE_HASH,
            IRecords::RecordCreated::SIGNATURE_HASH,
        ];
        let filter = LogFilter {
            address: contract,
            topics: vec![events, vec![record]],
            from_block: session.first_block(contract, at),
            to_block: at,
        };
        for log in session.rpc.logs(&filter).await? {
            ledger.take(record, &log);
        }
        Ok(ledger)
    }

    /// A log that does not decode is left out: verification then names the entry that is missing.
    fn take(&mut self, record: B256, log: &RpcLog) {
        if let Some((handle, log)) = section_log(log, record) {
            self.section_logs.entry(handle).or_default().push(log);
        } else if let Some(event) = access_event(log, record) {
            self.access_events.push(event);
        } else if let Ok(created) =
            IRecords::RecordCreated::decode_raw_log(log.topics.iter().copied(), &log.data)
        {
            self.creator = Some(created.owner);
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

/// Time of the block, and the newest final one where the endpoint says so.
async fn times(session: &Session, block: &Value) -> Result<(u64, Option<u64>), Error> {
    let header = |block: &Value| Call::new("eth_getBlockByNumber", json!([block, false]));
    let calls = [header(block), header(&"finalized".into())];
    let mut answers = session.rpc.batch(&calls).await?.into_iter();
    let (newest, last) = (answers.next(), answers.next());
    let newest = newest.ok_or_else(|| Error::Internal("one answer to one call".into()))?;
    let newest: Block = session.rpc.typed("eth_getBlockByNumber", newest)?;
    let last = last.and_then(|last| session.rpc.typed::<Block>("eth_getBlockByNumber", last).ok());
    let finalized = last.and_then(|last| u64::try_from(last.number).ok());
    Ok((newest.timestamp.saturating_to(), finalized))
}

fn position(log: &RpcLog) -> Position {
    Position { block: log.block_number.saturating_to(), index: log.log_index.saturating_to() }
}

fn section_log(log: &RpcLog, record: B256) -> Option<(u8, SectionLog)> {
    let topics = log.topics.iter().copied();
    let event = IRecords::HealthRecordUpdated::decode_raw_log(topics, &log.data).ok()?;
    // Written again it must be the same bytes: padding that was changed is a change.
    if event.record != record || event.encode_data() != log.data {
        return None;
    }
    let link = event.link.0;
    let is_plain = link[..21].iter().all(|byte| *byte == 0);
    let state = State::from_word(event.state.0).filter(|_| is_plain)?;
    let link = Link {
        kind: LinkKind::from_number(link[21]),
        index: u16::from_be_bytes([link[22], link[23]]),
        author: event.author.into_array(),
        time: U256::from_be_slice(&link[24..]).to(),
    };
    let handle = u8::try_from(event.handle).ok()?;
    let log_of = ChainLog { state, link, blob: event.blob.to_vec() };
    let transaction = log.transaction_hash;
    Some((handle, SectionLog { log: log_of, position: position(log), transaction }))
}

fn access_event(log: &RpcLog, record: B256) -> Option<AccessEvent> {
    let topics = log.topics.iter().copied();
    let event = IRecords::AccessChanged::decode_raw_log(topics, &log.data).ok()?;
    let is_plain = event.link[..3].iter().all(|byte| *byte == 0);
    if event.record != record || event.encode_data() != log.data || !is_plain {
        return None;
    }
    Some(AccessEvent {
        subject: event.subject,
        kind: event.link[3],
        actor: Address::from_slice(&event.link[4..24]),
        time: U256::from_be_slice(&event.link[24..]).to(),
        state: event.state,
        terms: event.terms,
        payload: event.payload.to_vec(),
        position: position(log),
        transaction: log.transaction_hash,
    })
}
