//! Reading a record: state words by slot, logs, verification, and only then opening.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, records_slot};
use chartkey_crypto::{
    ChainLog, EpochKeys, EpochRecord, Frame, Handle, Link, LinkKind, Section, State, VerifiedLink,
    open_entry, verify,
};
use serde_json::{Value, json};

use super::Owner;
use crate::error::Error;
use crate::rpc::{Call, LogFilter, RpcLog};
use crate::session::Session;

/// One past the last handle.
const HANDLES: u8 = 64;

/// A verified record.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct Chart {
    /// Its sections in use, by handle.
    pub sections: Vec<SectionChart>,
}

/// A verified section.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct SectionChart {
    /// The section.
    pub section: Section,
    /// Its name where its key is here.
    pub name: Option<String>,
    /// Where its chain stands.
    pub state: State,
    /// Keys of the newest epoch, where they are here.
    pub keys: Option<EpochKeys>,
    /// The newest epoch.
    pub epoch: Option<chartkey_crypto::Epoch>,
    /// Its entries in order.
    pub entries: Vec<Opened>,
}

/// An entry that the chain proves.
#[derive(Debug)]
pub struct Opened {
    /// Its number.
    pub seq: u32,
    /// Who wrote it.
    pub author: Address,
    /// Block time in seconds.
    pub time: u64,
    /// Its content, or why it cannot be read.
    pub frame: Result<Frame, chartkey_crypto::Error>,
}

impl Chart {
    /// Fetches, verifies and opens a record.
    ///
    /// # Errors
    ///
    /// [`Error::Tampered`] where the logs do not lead to the state that the chain stores;
    /// [`Error::NotFound`] for a record that does not exist.
    pub async fn read(session: &Session, owner: &Owner, record: B256) -> Result<Self, Error> {
        session.screen.doing("reading the record");
        let block = session.common_block().await?;
        let states = states(session, owner, record, &block).await?;
        let mut logs = logs(session, owner, record, &block).await?;
        let mut sections = Vec::new();
        for (handle, state) in states {
            let section = owner.place(record).section(handle);
            let logs = logs.remove(&handle.number()).unwrap_or_default();
            let links = verify(&section, state, &logs, None)
                .map_err(|error| tampered(owner, record, handle, error))?;
            sections.push(open(owner, section, state, &links));
        }
        session.screen.doing("working");
        Ok(Self { sections })
    }

    /// The section with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&SectionChart> {
        self.sections.iter().find(|section| section.name.as_deref() == Some(name))
    }
}

/// State words by storage slot: this works even when the program has expired. All 64 are asked for,
/// so that a section cannot be left out.
async fn states(
    session: &Session,
    owner: &Owner,
    record: B256,
    block: &Value,
) -> Result<Vec<(Handle, State)>, Error> {
    let word = |slot: B256| Call::new("eth_getStorageAt", json!([owner.contract, slot, block]));
    let mut calls: Vec<_> =
        (0..u16::from(HANDLES)).map(|handle| word(records_slot::state(record, handle))).collect();
    calls.push(word(records_slot::record(record)));
    let what = |index: usize| match u8::try_from(index) {
        Ok(handle) if handle < HANDLES => format!("section {}", named(owner, record, handle)),
        _ => format!("record {record}"),
    };
    let mut words = Vec::with_capacity(calls.len());
    for answer in session.agreed(&calls, what).await? {
        words.push(session.rpc.typed::<B256>("eth_getStorageAt", answer)?);
    }
    let record_word = words.pop().unwrap_or_default();
    if record_word.is_zero() {
        return Err(Error::NotFound {
            message: format!("there is no record {record} in this contract"),
            hint: "check --record and --records".into(),
        });
    }
    let used = (0..)
        .zip(words)
        .filter_map(|(handle, word)| Some((Handle::new(handle).ok()?, State::from_word(word.0)?)));
    Ok(used.collect())
}

/// The record's logs by handle. A log that does not decode is left out: verification then names the
/// entry that is missing.
async fn logs(
    session: &Session,
    owner: &Owner,
    record: B256,
    block: &Value,
) -> Result<BTreeMap<u8, Vec<ChainLog>>, Error> {
    // Newer than the state words does no harm: what the words do not reach is not looked at.
    let to_block = match block.as_str().and_then(|hex| hex.strip_prefix("0x")) {
        Some(hex) => u64::from_str_radix(hex, 16)
            .map_err(|_| Error::Internal("a block number is hex".into()))?,
        None => session.rpc.block_number().await?,
    };
    let saved = session.settings.records.as_ref().is_some_and(|saved| saved.code_hash.is_some());
    let filter = LogFilter {
        address: owner.contract,
        topics: vec![vec![IRecords::HealthRecordUpdated::SIGNATURE_HASH], vec![record]],
        from_block: session
            .settings
            .from_block
            .filter(|from| saved && *from <= to_block)
            .unwrap_or(0),
        to_block,
    };
    let found = session.rpc.logs(&filter).await?;
    let mut by_handle: BTreeMap<u8, Vec<ChainLog>> = BTreeMap::new();
    for (handle, log) in found.iter().filter_map(|log| decoded(log, record)) {
        by_handle.entry(handle).or_default().push(log);
    }
    Ok(by_handle)
}

fn decoded(log: &RpcLog, record: B256) -> Option<(u8, ChainLog)> {
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
    Some((handle, ChainLog { state, link, blob: event.blob.to_vec() }))
}

/// Name where known, and handle.
fn named(owner: &Owner, record: B256, handle: u8) -> String {
    match owner.keyring.name(record, handle) {
        Some(name) => format!("{name} ({handle})"),
        None => handle.to_string(),
    }
}

fn tampered(owner: &Owner, record: B256, handle: Handle, error: chartkey_crypto::Error) -> Error {
    use chartkey_crypto::Error as E;
    let section = named(owner, record, handle.number());
    let entry = match error {
        E::Missing(seq) | E::Altered(seq) | E::Duplicate(seq) | E::Fork(seq) => seq.to_string(),
        E::HeadMismatch { first, last } => format!("{first}-{last}"),
        E::Rollback { checkpoint, .. } => checkpoint.to_string(),
        _ => "-".to_owned(),
    };
    Error::Tampered { section, entry, code: error.code(), reason: error.to_string() }
}

fn open(owner: &Owner, section: Section, state: State, links: &[VerifiedLink]) -> SectionChart {
    let mut chart =
        SectionChart { section, name: None, state, keys: None, epoch: None, entries: Vec::new() };
    for link in links {
        if link.kind() == LinkKind::Epoch {
            chart.epoch = link.epoch();
            chart.keys = None;
            if let Ok(record) = EpochRecord::parse(link.blob()) {
                chart.keys = owner.keyring.keys(&section, &record);
                let name = chart.keys.as_ref().and_then(|keys| record.name(&section, keys).ok());
                chart.name = name.or(chart.name);
            }
            continue;
        }
        chart.entries.push(Opened {
            seq: link.seq(),
            author: Address::from(link.author()),
            time: link.time(),
            frame: frame(&chart, link),
        });
    }
    chart
}

fn frame(chart: &SectionChart, link: &VerifiedLink) -> Result<Frame, chartkey_crypto::Error> {
    let epoch = link.epoch().ok_or(chartkey_crypto::Error::NotAnEntry(link.seq()))?;
    let keys = chart.keys.as_ref().ok_or(chartkey_crypto::Error::KeyNotDelivered {
        handle: chart.section.handle.number(),
        epoch: epoch.number(),
    })?;
    let key = keys.content.author(&chart.section.at(epoch), &link.author());
    open_entry(&key, &chart.section, link)
}
