//! Appending to a section: entries are sealed for their place.

use alloy_primitives::B256;
use alloy_sol_types::{SolCall, SolEvent};
use chartkey_abi::IRecords;
use chartkey_crypto::{Frame, Handle, Place, State, seal_entry};

use super::chart::Chart;
use super::fresh;
use super::holder::Holder;
use super::section::SectionChart;
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;
use crate::transact::logged;

/// Envelope bytes in one call at most: the transaction must stay below 95,000 bytes.
const BATCH_BYTES: usize = 80_000;
/// What a single append makes public.
pub(crate) const APPEND_PUBLIC: &str =
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

impl Holder {
    /// The entry of this section that an interrupted run has written with this very content.
    #[must_use]
    pub fn recovered_entry(&self, chart: &SectionChart, draft: &Draft) -> Option<(u32, Receipt)> {
        self.recovered.iter().find_map(|one| {
            let links = self.entries_of(&one.receipt, chart);
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

    /// Numbers of this section's entries that interrupted runs have written.
    #[must_use]
    pub fn recovered_numbers(&self, chart: &SectionChart) -> Vec<u32> {
        self.recovered.iter().flat_map(|one| self.entries_of(&one.receipt, chart)).collect()
    }

    /// Gives a section new keys if nothing may be appended before that, and this account may do it
    /// (crypto.md sections 8.3 and 8.5). Says whether the chart has to be read again.
    ///
    /// # Errors
    ///
    /// [`Error::RotationDue`] if somebody else has to do it; as sending.
    pub async fn rotate_if_due(
        &self,
        session: &Session,
        chart: &Chart,
        section: &SectionChart,
    ) -> Result<bool, Error> {
        if !section.is_due {
            return Ok(false);
        }
        let handle: Handle = section.section.handle;
        let who = chart.rotators(handle);
        let label = section.label();
        if !who.contains(&self.account.address) {
            return Err(Error::RotationDue { section: label, who });
        }
        session.screen.note(&format!(
            "{label} gets new keys first: somebody lost access to it since it got the ones it has, or \
             they were not delivered to you"
        ));
        let what = format!("Give the section {label} new keys");
        Ok(self.rotate(session, chart, &[handle], None, &what).await?.is_some())
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
            let call = append_call(record, chart, state, envelopes);
            let what = format!("{what} in {}", chart.label());
            let Some(receipt) = self.send(session, call, what, APPEND_PUBLIC).await? else { break };
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
        let numbers = self.entries_of(receipt, chart);
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
        let (epoch, key) = chart.writing_key(self.account.address)?;
        let section = chart.section.at(epoch);
        let (mut envelopes, mut bytes) = (Vec::new(), 0);
        for (draft, seq) in drafts.iter().zip(state.seq() + 1..) {
            let place = Place { section, anchor: state.head(), seq, author: self.id() };
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

    /// Numbers of the links of this section in a receipt.
    fn entries_of(&self, receipt: &Receipt, chart: &SectionChart) -> Vec<u32> {
        let ours = receipt.logs.iter().filter(|log| log.address == self.contract);
        ours.filter_map(|log| {
            let topics = log.topics.iter().copied();
            let event = IRecords::HealthRecordUpdated::decode_raw_log(topics, &log.data).ok()?;
            let is_here = event.record.0 == chart.section.record.id
                && event.handle == u16::from(chart.section.handle.number());
            is_here.then(|| State::from_word(event.state.0).map(State::seq)).flatten()
        })
        .collect()
    }
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
