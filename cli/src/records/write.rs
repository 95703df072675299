//! Appending to a record: sections are opened on demand, entries sealed for their place.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolEvent};
use chartkey_abi::IRecords;
use chartkey_crypto::{
    Epoch, EpochRecord, EpochSeed, Frame, Handle, Place, State, record_id, seal_entry,
};

use super::{Owner, SectionChart, fresh, random};
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;
use crate::transact::{Plan, logged};

/// Envelope bytes in one call at most: the transaction must stay below 95,000 bytes.
const BATCH_BYTES: usize = 80_000;
/// What a single append makes public.
const PUBLIC: &str =
    "that this account wrote to this section now, and the size bucket; not the content";

/// An entry to be appended, and how to tell about it.
#[derive(Debug)]
pub struct Draft {
    /// The content.
    pub frame: Frame,
    /// One line for people.
    pub what: String,
}

/// How far an append has come.
#[derive(Debug, Default)]
pub struct Appended {
    /// Receipts of its transactions.
    pub receipts: Vec<Receipt>,
    /// Entries that they hold.
    pub entries: usize,
}

impl Owner {
    /// Creates a record whose first section has this name, or finds the one that an interrupted run has
    /// created. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As sending.
    pub async fn create(
        &mut self,
        session: &Session,
        name: &str,
    ) -> Result<Option<(B256, Receipt)>, Error> {
        if let Some(found) = self.recovered_record() {
            session.screen.note(&format!("found record {} of an interrupted run", found.0));
            return Ok(Some(found));
        }
        let nonce = random()?;
        let creator = self.account.address.into_array();
        let record =
            B256::from(record_id(self.chain_id, &self.contract.into_array(), &creator, &nonce));
        let (handle, epoch_record) = self.first_epoch(record, name)?;
        let call = IRecords::createRecordCall {
            nonce: nonce.into(),
            handle: handle.number().into(),
            epochRecord: epoch_record.into(),
        };
        let what = format!("Create a health record with the section \"{name}\"");
        let public = "that this account has a record and opened one section";
        let sent = self.write(session, call.abi_encode(), what, public).await?;
        let Some(receipt) = sent else { return Ok(None) };
        let created = logged::<IRecords::RecordCreated>(&receipt, self.contract)?;
        if created.record != record {
            let expected = IRecords::RecordCreated::SIGNATURE;
            return Err(Error::ReceiptMismatch { hash: receipt.transaction_hash, expected });
        }
        Ok(Some((record, receipt)))
    }

    /// A record that an interrupted run has created and not told about.
    fn recovered_record(&self) -> Option<(B256, Receipt)> {
        self.recovered.iter().find_map(|one| {
            let created = logged::<IRecords::RecordCreated>(&one.receipt, self.contract).ok()?;
            let has_keys = self.keyring.records().contains(&created.record);
            has_keys.then(|| (created.record, one.receipt.clone()))
        })
    }

    /// The entry of this section that an interrupted run has written with this very content.
    #[must_use]
    pub fn recovered_entry(&self, chart: &SectionChart, draft: &Draft) -> Option<(u32, Receipt)> {
        self.recovered.iter().find_map(|one| {
            let links = entries_of(&one.receipt, self.contract, chart);
            let seq = links.into_iter().find(|seq| {
                let entry = chart.entries.iter().find(|entry| entry.seq == *seq);
                entry.and_then(|entry| entry.frame.as_ref().ok()).is_some_and(|frame| {
                    frame.operation == draft.frame.operation
                        && frame.body_type == draft.frame.body_type
                        && frame.body().ok() == draft.frame.body().ok()
                })
            })?;
            Some((seq, one.receipt.clone()))
        })
    }

    /// Opens a section. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As sending.
    pub async fn open_section(
        &mut self,
        session: &Session,
        record: B256,
        name: &str,
    ) -> Result<Option<Receipt>, Error> {
        let (handle, epoch_record) = self.first_epoch(record, name)?;
        let call = IRecords::appendEpochCall {
            record,
            handle: handle.number().into(),
            expectedState: B256::ZERO,
            epochRecord: epoch_record.into(),
        };
        let what = format!("Open the section \"{name}\"");
        self.write(session, call.abi_encode(), what, "that one more section is in use").await
    }

    /// A random unused handle and its first epoch record; [`Self::write`] puts the seed on disk before
    /// anything is sent.
    fn first_epoch(&mut self, record: B256, name: &str) -> Result<(Handle, Vec<u8>), Error> {
        let free: Vec<u8> = (0..64).filter(|handle| !self.keyring.has(record, *handle)).collect();
        let pick = U256::from_be_bytes(random()?) % U256::from(free.len().max(1));
        let Some(&number) = free.get(pick.to::<usize>()) else {
            return Err(Error::Usage {
                message: "all 64 sections of this record are in use".into(),
                hint: "write to a section that exists".into(),
            });
        };
        let handle = Handle::new(number.into())?;
        let section = self.place(record).section(handle);
        let seed = EpochSeed::from_bytes(random()?);
        let keys = seed.keys(&section.at(Epoch::FIRST));
        let bytes = EpochRecord::create(&section, Epoch::FIRST, &keys, name, fresh()?)?;
        self.keyring.add(record, number, name, seed);
        Ok((handle, bytes))
    }

    /// Appends drafts to a section in as few transactions as fit; each builds on the one before. What is
    /// mined is in `done`, after an error too; after `--dry-run` nothing is.
    ///
    /// # Errors
    ///
    /// [`chartkey_crypto::Error::KeyNotDelivered`] without the section's key; [`Error::Reverted`] with
    /// `StateMoved` if somebody else wrote meanwhile; as sending.
    pub async fn append(
        &self,
        session: &Session,
        record: B256,
        chart: &SectionChart,
        drafts: &[Draft],
        done: &mut Appended,
    ) -> Result<(), Error> {
        let mut rest = drafts;
        let mut state = chart.state;
        while !rest.is_empty() {
            let (envelopes, taken) = self.seal(chart, state, rest)?;
            let what = match &rest[..taken] {
                [one] => one.what.clone(),
                several => format!("Append {} entries", several.len()),
            };
            let name = chart.name.as_deref().unwrap_or("unnamed");
            let call = append_call(record, chart, state, envelopes);
            let what = format!("{what} in \"{name}\"");
            let Some(receipt) = self.write(session, call, what, PUBLIC).await? else { break };
            state = self.state_after(&receipt, chart, state, taken)?;
            done.receipts.push(receipt);
            done.entries += taken;
            rest = &rest[taken..];
        }
        Ok(())
    }

    /// What the receipt says the chain made of an append: one link per entry, in order.
    fn state_after(
        &self,
        receipt: &Receipt,
        chart: &SectionChart,
        before: State,
        taken: usize,
    ) -> Result<State, Error> {
        let expected = IRecords::HealthRecordUpdated::SIGNATURE;
        let mismatch = Error::ReceiptMismatch { hash: receipt.transaction_hash, expected };
        let numbers = entries_of(receipt, self.contract, chart);
        if !numbers.iter().copied().eq((before.seq() + 1..).take(taken)) {
            return Err(mismatch);
        }
        let last = logged::<IRecords::HealthRecordUpdated>(receipt, self.contract)?;
        State::from_word(last.state.0).ok_or(mismatch)
    }

    /// Seals as many drafts as fit into one call: same anchor, consecutive numbers.
    fn seal(
        &self,
        chart: &SectionChart,
        state: State,
        drafts: &[Draft],
    ) -> Result<(Vec<Vec<u8>>, usize), Error> {
        let (Some(keys), Some(epoch)) = (&chart.keys, chart.epoch) else {
            let handle = chart.section.handle.number();
            let epoch = chart.epoch.map_or(1, chartkey_crypto::Epoch::number);
            return Err(chartkey_crypto::Error::KeyNotDelivered { handle, epoch }.into());
        };
        let at = chart.section.at(epoch);
        let author = self.account.address.into_array();
        let key = keys.content.author(&at, &author);
        let (mut envelopes, mut bytes) = (Vec::new(), 0);
        for (draft, seq) in drafts.iter().zip(state.seq() + 1..) {
            let place = Place { section: at, anchor: state.head(), seq, author };
            let envelope = seal_entry(&key, &place, &draft.frame, fresh()?)?;
            if bytes + envelope.len() > BATCH_BYTES && !envelopes.is_empty() {
                break;
            }
            bytes += envelope.len() + 64;
            envelopes.push(envelope);
        }
        let taken = envelopes.len();
        Ok((envelopes, taken))
    }

    async fn write(
        &self,
        session: &Session,
        data: Vec<u8>,
        what: String,
        public: &str,
    ) -> Result<Option<Receipt>, Error> {
        let plan = Plan {
            to: Some(self.contract),
            value_wei: U256::ZERO,
            data: data.into(),
            what,
            public: public.to_owned(),
        };
        session.send_after(self.account, &plan, || self.save(session)).await
    }
}

/// Numbers of the links of this section in a receipt.
fn entries_of(receipt: &Receipt, contract: Address, chart: &SectionChart) -> Vec<u32> {
    let ours = receipt.logs.iter().filter(|log| log.address == contract);
    ours.filter_map(|log| {
        let topics = log.topics.iter().copied();
        let event = IRecords::HealthRecordUpdated::decode_raw_log(topics, &log.data).ok()?;
        let is_here = event.record.0 == chart.section.record.id
            && event.handle == u16::from(chart.section.handle.number());
        is_here.then(|| State::from_word(event.state.0).map(|state| state.seq())).flatten()
    })
    .collect()
}

fn append_call(
    record: B256,
    chart: &SectionChart,
    state: State,
    mut envelopes: Vec<Vec<u8>>,
) -> Vec<u8> {
    let (handle, expected) = (chart.section.handle.number().into(), state.to_word().into());
    if envelopes.len() == 1 {
        let envelope = envelopes.swap_remove(0).into();
        return IRecords::appendCall { record, handle, expectedState: expected, envelope }
            .abi_encode();
    }
    let envelopes = envelopes.into_iter().map(Into::into).collect();
    IRecords::appendBatchCall { record, handle, expectedState: expected, envelopes }.abi_encode()
}
