//! Sections: opening, appending, rotating (crypto.md sections 8.3, 8.5 and 9).

use alloy_primitives::aliases::U16;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolEvent;
use chartkey_abi::IRecords::{
    BlobLength, EmptyBatch, HandleOutOfRange, HealthRecordUpdated, NotOwner, RecordCreated,
    RecordExists, RotationDue, RotationShape, SectionNotOpen, StateMoved,
};
use chartkey_abi::{access_kind, entry_kind, permission};
use chartkey_checks::is_length;
use stylus_sdk::prelude::*;

use crate::Records;
use crate::access::Change;
use crate::chain::{self, Link, Place};
use crate::error::Error;
use crate::word::{RecordWord, abi_word};

/// One past the last handle (crypto.md section 3).
const HANDLES: u16 = 64;
/// Bytes of an epoch record without and with a back link (crypto.md section 6.2).
const EPOCH_RECORD: (usize, usize) = (157, 261);
/// Fewest and most bytes of an envelope (crypto.md section 15, rule 3).
const ENVELOPE: (usize, usize) = (585, 16_457);

/// Which section, and what the caller saw there.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) record: B256,
    pub(crate) handle: u16,
    pub(crate) state: B256,
}

/// Sections of a rotation, side by side.
pub(crate) struct Epochs<'a> {
    pub(crate) handles: &'a [u16],
    pub(crate) states: &'a [B256],
    pub(crate) records: &'a [&'a [u8]],
}

impl Records {
    pub(crate) fn open_record(
        &mut self,
        nonce: B256,
        handle: u16,
        epoch_record: &[u8],
    ) -> Result<B256, Error> {
        let owner = self.vm().msg_sender();
        let place = self.place();
        let record = chain::record_id(place, owner, nonce);
        bit(handle)?;
        check_epoch_record(epoch_record)?;
        if !self.records.get(record).is_zero() {
            return Err(RecordExists { record }.into());
        }
        self.records.insert(record, RecordWord { owner, dirty: 0 }.word());
        // Written now, so that the first grant costs what every grant costs.
        self.access.insert(record, chain::access_genesis(place, record));
        let topics = [RecordCreated::SIGNATURE_HASH, record, owner.into_word()];
        self.emit(&topics, &[], None);
        let genesis = chain::genesis(place, record, handle);
        self.extend(record, handle, genesis, entry_kind::EPOCH, &[epoch_record]);
        Ok(record)
    }

    pub(crate) fn append_epoch_record(
        &mut self,
        seen: Seen,
        epoch_record: &[u8],
    ) -> Result<B256, Error> {
        let mut word = self.record(seen.record)?;
        let before = word;
        let state = self.rotate_section(seen, &mut word, epoch_record, 0)?;
        self.store(seen.record, before, word);
        Ok(state)
    }

    /// Appends entries of `kind`: whole envelopes, or the leaves of detached ones.
    #[inline(never)]
    pub(crate) fn append_entries(
        &mut self,
        seen: Seen,
        kind: u8,
        blobs: &[&[u8]],
    ) -> Result<B256, Error> {
        let Seen { record, handle, .. } = seen;
        if blobs.is_empty() {
            return Err(EmptyBatch {}.into());
        }
        if kind == entry_kind::ENTRY {
            for envelope in blobs {
                check_length(envelope.len(), ENVELOPE)?;
            }
        }
        let section = bit(handle)?;
        let word = self.record(record)?;
        self.check_may(record, word.owner, section, permission::WRITE)?;
        let state = self.check_seen(seen)?;
        if state.is_zero() {
            return Err(SectionNotOpen { record, handle }.into());
        }
        if word.dirty & section != 0 {
            return Err(RotationDue { record, handle }.into());
        }
        Ok(self.extend(record, handle, state, kind, blobs))
    }

    /// Takes a grant back if `revoked` is an account, then starts new epochs, then delivers.
    pub(crate) fn rotate_sections(
        &mut self,
        record: B256,
        revoked: Address,
        epochs: &Epochs<'_>,
        keys: B256,
        list: &[u8],
    ) -> Result<(), Error> {
        let mut word = self.record(record)?;
        let before = word;
        let count = epochs.handles.len();
        if count != epochs.states.len() || count != epochs.records.len() {
            return Err(RotationShape {
                handles: U256::from(count),
                states: U256::from(epochs.states.len()),
                epochRecords: U256::from(epochs.records.len()),
            }
            .into());
        }
        if !revoked.is_zero() {
            self.take_back(record, &mut word, revoked)?;
        }
        let sections = epochs.handles.iter().zip(epochs.states).zip(epochs.records);
        for (index, ((&handle, &state), epoch_record)) in sections.enumerate() {
            // More than 65,536 epoch records do not fit into any transaction.
            let seen = Seen { record, handle, state };
            self.rotate_section(seen, &mut word, epoch_record, index as u16)?;
        }
        self.store(record, before, word);
        if !list.is_empty() {
            let recipients = self.check_deliverer(record, word.owner)?;
            self.check_list(record, word.owner, list, keys, recipients)?;
        }
        if !revoked.is_zero() {
            self.link_access(record, &Change::of(access_kind::REVOKE, revoked).with(list));
        } else if !list.is_empty() {
            self.link_access(record, &Change::of(access_kind::DELIVERY, Address::ZERO).with(list));
        }
        Ok(())
    }

    /// Starts a new epoch: the owner anywhere, others where they may and the section is open.
    #[inline(never)]
    fn rotate_section(
        &mut self,
        seen: Seen,
        word: &mut RecordWord,
        epoch_record: &[u8],
        index: u16,
    ) -> Result<B256, Error> {
        let Seen { record, handle, .. } = seen;
        check_epoch_record(epoch_record)?;
        let section = bit(handle)?;
        self.check_may(record, word.owner, section, permission::ROTATE)?;
        let mut state = self.check_seen(seen)?;
        if state.is_zero() {
            let caller = self.vm().msg_sender();
            if caller != word.owner {
                return Err(NotOwner { record, caller }.into());
            }
            state = chain::genesis(self.place(), record, handle);
        }
        word.dirty &= !section;
        Ok(self.extend_from(record, handle, state, entry_kind::EPOCH, &[epoch_record], index))
    }

    /// Writes the record word if it changed.
    pub(crate) fn store(&mut self, record: B256, before: RecordWord, after: RecordWord) {
        if before != after {
            self.records.insert(record, after.word());
        }
    }

    /// The state word of a section, which the caller has to have seen.
    fn check_seen(&self, seen: Seen) -> Result<B256, Error> {
        let Seen { record, handle, state: expected } = seen;
        let actual = self.state(record, handle);
        if actual != expected {
            return Err(StateMoved { record, handle, expected, actual }.into());
        }
        Ok(actual)
    }

    fn extend(
        &mut self,
        record: B256,
        handle: u16,
        state: B256,
        kind: u8,
        blobs: &[&[u8]],
    ) -> B256 {
        self.extend_from(record, handle, state, kind, blobs, 0)
    }

    /// Links `blobs` to `state`, logs each whole, and stores the last state word: one write.
    #[inline(never)]
    fn extend_from(
        &mut self,
        record: B256,
        handle: u16,
        mut state: B256,
        kind: u8,
        blobs: &[&[u8]],
        index: u16,
    ) -> B256 {
        let mut link =
            Link { kind, index, author: self.vm().msg_sender(), time: self.vm().block_timestamp() };
        for blob in blobs {
            let leaf = match kind {
                entry_kind::DETACHED => B256::from_slice(blob),
                _ => keccak256(blob),
            };
            state = chain::append(state, link, leaf);
            self.log_update(record, handle, state, link, blob);
            // More than 65,536 envelopes do not fit into any transaction.
            link.index = link.index.wrapping_add(1);
        }
        self.states.setter(record).insert(U16::from(handle), state);
        state
    }

    fn log_update(&self, record: B256, handle: u16, state: B256, link: Link, blob: &[u8]) {
        let topics = [
            HealthRecordUpdated::SIGNATURE_HASH,
            record,
            abi_word(u64::from(handle)),
            link.author.into_word(),
        ];
        self.emit(&topics, &[state, link.word()], Some(blob));
    }

    /// Account in charge of a record; zero if there is no such record.
    pub(crate) fn owner(&self, record: B256) -> Address {
        Address::from_word(self.records.get(record))
    }

    /// State word of a section; zero if it was never used.
    pub(crate) fn state(&self, record: B256, handle: u16) -> B256 {
        self.states.getter(record).get(U16::from(handle))
    }

    pub(crate) fn place(&self) -> Place {
        Place { chain_id: self.vm().chain_id(), contract: self.vm().contract_address() }
    }
}

/// The bit of a section in bitmaps.
pub(crate) const fn bit(handle: u16) -> Result<u64, Error> {
    if handle < HANDLES {
        return Ok(1 << handle);
    }
    Err(Error::HandleOutOfRange(HandleOutOfRange { handle }))
}

/// An epoch record has exactly one of its two lengths (crypto.md section 15, rule 3).
fn check_epoch_record(blob: &[u8]) -> Result<(), Error> {
    if blob.len() == EPOCH_RECORD.0 || blob.len() == EPOCH_RECORD.1 {
        return Ok(());
    }
    Err(blob_length(blob.len(), EPOCH_RECORD))
}

#[inline(never)]
pub(crate) fn check_length(length: usize, (least, most): (usize, usize)) -> Result<(), Error> {
    if is_length(length, least, most) {
        return Ok(());
    }
    Err(blob_length(length, (least, most)))
}

#[inline(never)]
fn blob_length(length: usize, (least, most): (usize, usize)) -> Error {
    BlobLength { length: U256::from(length), least: U256::from(least), most: U256::from(most) }
        .into()
}
