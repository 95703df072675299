//! Appending to a record: sections are opened on demand, entries sealed for their place.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{Epoch, EpochRecord, EpochSeed, Frame, Handle, Place, record_id, seal_entry};

use super::{Chart, Owner, SectionChart, fresh, random};
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;
use crate::transact::Plan;

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

impl Owner {
    /// Creates a record whose first section has this name. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As sending.
    pub async fn create(
        &mut self,
        session: &Session,
        name: &str,
    ) -> Result<Option<(B256, Receipt)>, Error> {
        let nonce = random()?;
        let creator = self.signer.address().into_array();
        let record =
            B256::from(record_id(self.chain_id, &self.contract.into_array(), &creator, &nonce));
        let (handle, epoch_record) = self.first_epoch(session, record, name)?;
        let call = IRecords::createRecordCall {
            nonce: nonce.into(),
            handle: handle.number().into(),
            epochRecord: epoch_record.into(),
        };
        let what = format!("Create a health record with the section \"{name}\"");
        let public = "that this account has a record and opened one section";
        Ok(self.write(session, call.abi_encode(), what, public).await?.map(|sent| (record, sent)))
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
        let (handle, epoch_record) = self.first_epoch(session, record, name)?;
        let call = IRecords::appendEpochCall {
            record,
            handle: handle.number().into(),
            expectedState: B256::ZERO,
            epochRecord: epoch_record.into(),
        };
        let what = format!("Open the section \"{name}\"");
        self.write(session, call.abi_encode(), what, "that one more section is in use").await
    }

    /// A random unused handle and its first epoch record. The seed is on disk before anything is sent.
    fn first_epoch(
        &mut self,
        session: &Session,
        record: B256,
        name: &str,
    ) -> Result<(Handle, Vec<u8>), Error> {
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
        if !session.global.dry_run {
            self.keyring.add(record, number, name, seed);
            self.save(session)?;
        }
        Ok((handle, bytes))
    }

    /// Appends drafts to a section in as few transactions as fit; each builds on the one before.
    /// Returns the receipts; fewer than needed only after `--dry-run`.
    ///
    /// # Errors
    ///
    /// [`chartkey_crypto::Error::KeyNotDelivered`] without the section's key; as sending.
    pub async fn append(
        &self,
        session: &Session,
        record: B256,
        chart: &SectionChart,
        drafts: &[Draft],
    ) -> Result<Vec<Receipt>, Error> {
        let mut receipts = Vec::new();
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
            receipts.push(receipt);
            rest = &rest[taken..];
            if !rest.is_empty() {
                // The next anchor depends on the block's time: read what the chain made of it.
                let seen = Chart::read(session, self, record).await?;
                let section = seen.sections.iter().find(|one| one.section == chart.section);
                state = section
                    .map(|one| one.state)
                    .ok_or_else(|| Error::Internal("a section that was written is there".into()))?;
            }
        }
        Ok(receipts)
    }

    /// Seals as many drafts as fit into one call: same anchor, consecutive numbers.
    fn seal(
        &self,
        chart: &SectionChart,
        state: chartkey_crypto::State,
        drafts: &[Draft],
    ) -> Result<(Vec<Vec<u8>>, usize), Error> {
        let (Some(keys), Some(epoch)) = (&chart.keys, chart.epoch) else {
            let handle = chart.section.handle.number();
            let epoch = chart.epoch.map_or(1, chartkey_crypto::Epoch::number);
            return Err(chartkey_crypto::Error::KeyNotDelivered { handle, epoch }.into());
        };
        let at = chart.section.at(epoch);
        let author = self.signer.address().into_array();
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
        session.send(&self.signer, &plan).await
    }
}

fn append_call(
    record: B256,
    chart: &SectionChart,
    state: chartkey_crypto::State,
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
