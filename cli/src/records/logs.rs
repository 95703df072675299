//! Logs of a record as some source tells them: an endpoint, or an archive. Nothing of them is believed
//! (crypto.md section 9.4).

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, access_bodies};
use chartkey_crypto::{AccessState, ChainLog, Handle, Link, LinkKind, Record, State};

use crate::rpc::RpcLog;

/// Where a log stands: block, place in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The block.
    pub block: u64,
    /// The log's place in the block.
    pub index: u64,
}

/// A log of a section and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionLog {
    /// The link.
    pub log: ChainLog,
    /// Its place.
    pub position: Position,
    /// Its transaction.
    pub transaction: B256,
}

/// An event of the access chain as the log says it: one link or two.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A registered key as the log says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyLog {
    /// Whose key.
    pub(super) account: Address,
    /// Key id and version.
    pub(super) word: B256,
    /// The key; whether it is that of the word is for who uses it to find.
    pub(super) public_key: Vec<u8>,
    /// Its place.
    pub(super) position: Position,
}

impl KeyLog {
    /// The registration in a log.
    pub(super) fn of(log: &RpcLog) -> Option<Self> {
        let topics = log.topics.iter().copied();
        let event = IRecords::KeyRegistered::decode_raw_log(topics, &log.data).ok()?;
        let (account, word) = (event.account, event.key);
        Some(Self { account, word, public_key: event.publicKey.to_vec(), position: position(log) })
    }
}

/// The logs of one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Logs {
    /// Those of sections, by handle.
    pub(super) sections: BTreeMap<u8, Vec<SectionLog>>,
    /// Events of the access chain.
    pub(super) access: Vec<AccessEvent>,
}

impl Logs {
    /// Those of a record among an endpoint's. One that does not decode is left out: verification then
    /// names the entry that is missing.
    pub(super) fn of(record: B256, logs: &[RpcLog]) -> Self {
        let mut found = Self::default();
        for log in logs {
            if let Some((handle, log)) = section_log(log, record) {
                found.sections.entry(handle).or_default().push(log);
            } else if let Some(event) = access_event(log, record) {
                found.access.push(event);
            }
        }
        found
    }

    /// Adds those of another source.
    pub(super) fn absorb(&mut self, other: Self) {
        for (handle, mut logs) in other.sections {
            self.sections.entry(handle).or_default().append(&mut logs);
        }
        self.access.extend(other.access);
    }

    /// Those of one section.
    pub(super) fn of_section(&self, handle: Handle) -> &[SectionLog] {
        self.sections.get(&handle.number()).map_or(&[], Vec::as_slice)
    }
}

impl AccessEvent {
    /// The access word after it, as it says.
    pub(super) fn said(&self, place: &Record) -> AccessState {
        AccessState::of_word(place, self.state.0)
    }

    /// The bodies of its links, one or two.
    pub(super) fn bodies(&self) -> Vec<Vec<u8>> {
        access_bodies(self.kind, self.subject, self.terms, &self.payload)
    }

    /// The access word that its content leads to.
    pub(super) fn after(&self, before: AccessState) -> AccessState {
        let actor = self.actor.into_array();
        let bodies = self.bodies();
        bodies.iter().fold(before, |state, body| state.append(&actor, self.time, body))
    }
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
