//! *Records*: who may write, and the hash chains of every section (crypto.md sections 9 and 15).
//!
//! The program stores one word per section, a chain head and a number; the ciphertext goes to the
//! log whole and nowhere else. There is no setter: a head moves only by appending to it.

#![cfg_attr(not(any(test, feature = "export-abi")), no_std, no_main)]
#![allow(missing_docs, reason = "the SDK's macros generate undocumented items")]
#![allow(unreachable_pub, reason = "the SDK's macros need public names")]

#[macro_use]
extern crate alloc;

mod chain;
mod error;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use alloy_primitives::aliases::U16;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolEvent;
use chain::{Link, Place};
use chartkey_abi::{IRecords, entry_kind};
use chartkey_checks::{is_account, is_length};
pub use error::Error;
use stylus_sdk::prelude::*;
use stylus_sdk::storage::{StorageAddress, StorageB256, StorageMap, StorageU32, StorageU64};

/// One past the last handle (crypto.md section 3).
const HANDLES: u16 = 64;
/// Bytes of an epoch record without and with a back link (crypto.md section 6.2).
const EPOCH_RECORD: (usize, usize) = (157, 261);
/// Fewest and most bytes of an envelope (crypto.md section 15, rule 3).
const ENVELOPE: (usize, usize) = (585, 16_457);

/// The record word: one slot.
#[allow(dead_code, reason = "the layout is published whole; rotation and access come with grants")]
#[storage]
pub struct RecordWord {
    /// Account in charge; zero while there is no record.
    owner: StorageAddress,
    /// Bit `h` is set while section `h` must be rotated before the next entry.
    dirty: StorageU64,
    /// Left for the number of access changes.
    reserved: StorageU32,
}

/// The program's storage; slot numbers are published as `chartkey_abi::records_slot`.
#[allow(dead_code, reason = "the layout is published whole; rotation and access come with grants")]
#[entrypoint]
#[storage]
pub struct Records {
    records: StorageMap<B256, RecordWord>,
    states: StorageMap<B256, StorageMap<U16, StorageB256>>,
    /// Head and number of each record's access chain (crypto.md section 9.3).
    access: StorageMap<B256, StorageB256>,
}

#[public]
impl Records {
    /// Creates a record for the caller and opens its first section.
    ///
    /// # Errors
    ///
    /// * [`Error::HandleOutOfRange`], [`Error::BlobLength`] - the arguments.
    /// * [`Error::RecordExists`] - the caller used this nonce before.
    ///
    /// # Events
    ///
    /// * `RecordCreated`, then `HealthRecordUpdated`.
    pub fn create_record(
        &mut self,
        nonce: B256,
        handle: u16,
        epoch_record: Bytes,
    ) -> Result<B256, Error> {
        let owner = self.vm().msg_sender();
        let place = self.place();
        let record = chain::record_id(place, owner, nonce);
        check_handle(handle)?;
        check_length(&epoch_record, EPOCH_RECORD)?;

        let mut word = self.records.setter(record);
        if !word.owner.get().is_zero() {
            return Err(Error::RecordExists(IRecords::RecordExists { record }));
        }
        word.owner.set(owner);
        self.vm().log(IRecords::RecordCreated { record, owner });
        let genesis = chain::genesis(place, record, handle);
        self.extend(record, handle, genesis, entry_kind::EPOCH, &[epoch_record]);
        Ok(record)
    }

    /// Appends an epoch record; the first one opens the section.
    ///
    /// Only the owner.
    ///
    /// # Errors
    ///
    /// * [`Error::NotOwner`], [`Error::NoRecord`] - the caller.
    /// * [`Error::HandleOutOfRange`], [`Error::BlobLength`] - the arguments.
    /// * [`Error::StateMoved`] - the section is not where the caller saw it.
    ///
    /// # Events
    ///
    /// * `HealthRecordUpdated`
    pub fn append_epoch(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        epoch_record: Bytes,
    ) -> Result<B256, Error> {
        check_length(&epoch_record, EPOCH_RECORD)?;
        let mut state = self.writable(record, handle, expected_state)?;
        if state.is_zero() {
            state = chain::genesis(self.place(), record, handle);
        }
        Ok(self.extend(record, handle, state, entry_kind::EPOCH, &[epoch_record]))
    }

    /// Appends one sealed entry.
    ///
    /// Only the owner. A repeat after a lost reply reverts, since the state word has moved.
    ///
    /// # Errors
    ///
    /// * [`Error::NotOwner`], [`Error::NoRecord`] - the caller.
    /// * [`Error::HandleOutOfRange`], [`Error::BlobLength`] - the arguments.
    /// * [`Error::StateMoved`], [`Error::SectionNotOpen`] - the section.
    ///
    /// # Events
    ///
    /// * `HealthRecordUpdated`
    pub fn append(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        envelope: Bytes,
    ) -> Result<B256, Error> {
        self.append_entries(record, handle, expected_state, &[envelope])
    }

    /// Appends several sealed entries to one section, in order; all or none.
    ///
    /// Only the owner.
    ///
    /// # Errors
    ///
    /// * [`Error::EmptyBatch`] - no envelope.
    /// * The errors of `append`.
    ///
    /// # Events
    ///
    /// * `HealthRecordUpdated` for each entry.
    pub fn append_batch(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        envelopes: Vec<Bytes>,
    ) -> Result<B256, Error> {
        if envelopes.is_empty() {
            return Err(Error::EmptyBatch(IRecords::EmptyBatch {}));
        }
        self.append_entries(record, handle, expected_state, &envelopes)
    }

    /// Account in charge of a record; zero if there is no such record.
    pub fn owner_of(&self, record: B256) -> Address {
        self.records.getter(record).owner.get()
    }

    /// State word of a section; zero if it was never used.
    pub fn state_of(&self, record: B256, handle: u16) -> B256 {
        self.states.getter(record).get(U16::from(handle))
    }
}

impl Records {
    #[inline(never)]
    fn append_entries(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        envelopes: &[Bytes],
    ) -> Result<B256, Error> {
        for envelope in envelopes {
            check_length(envelope, ENVELOPE)?;
        }
        let state = self.writable(record, handle, expected_state)?;
        if state.is_zero() {
            return Err(Error::SectionNotOpen(IRecords::SectionNotOpen { record, handle }));
        }
        Ok(self.extend(record, handle, state, entry_kind::ENTRY, envelopes))
    }

    /// The state word of a section that the caller may write to and has seen in its present state.
    #[inline(never)]
    fn writable(&self, record: B256, handle: u16, expected: B256) -> Result<B256, Error> {
        check_handle(handle)?;
        let owner = self.owner_of(record);
        let caller = self.vm().msg_sender();
        if !is_account(caller, owner) {
            return Err(if owner.is_zero() {
                Error::NoRecord(IRecords::NoRecord { record })
            } else {
                Error::NotOwner(IRecords::NotOwner { record, caller })
            });
        }
        let actual = self.state_of(record, handle);
        if actual != expected {
            return Err(Error::StateMoved(IRecords::StateMoved {
                record,
                handle,
                expected,
                actual,
            }));
        }
        Ok(actual)
    }

    /// Links `blobs` to `state`, logs each whole, and stores the last state word: one write.
    #[inline(never)]
    fn extend(
        &mut self,
        record: B256,
        handle: u16,
        mut state: B256,
        kind: u8,
        blobs: &[Bytes],
    ) -> B256 {
        let mut link = Link {
            kind,
            index: 0,
            author: self.vm().msg_sender(),
            time: self.vm().block_timestamp(),
        };
        for blob in blobs {
            state = chain::append(state, link, blob);
            self.log_update(record, handle, state, link, blob);
            // More than 65,536 envelopes do not fit into any transaction.
            link.index = link.index.wrapping_add(1);
        }
        self.states.setter(record).setter(U16::from(handle)).set(state);
        state
    }

    /// Emits `HealthRecordUpdated`, encoded by hand: the blob is copied once instead of thrice.
    fn log_update(&self, record: B256, handle: u16, state: B256, link: Link, blob: &[u8]) {
        let padded = blob.len().next_multiple_of(32);
        let mut log = Vec::with_capacity(8 * 32 + padded);
        log.extend_from_slice(IRecords::HealthRecordUpdated::SIGNATURE_HASH.as_slice());
        log.extend_from_slice(record.as_slice());
        log.extend_from_slice(&word(u64::from(handle)));
        log.extend_from_slice(link.author.into_word().as_slice());
        log.extend_from_slice(state.as_slice());
        log.extend_from_slice(link.word().as_slice());
        log.extend_from_slice(&word(3 * 32));
        log.extend_from_slice(&word(blob.len() as u64));
        log.extend_from_slice(blob);
        log.resize(8 * 32 + padded, 0);
        self.vm().emit_log(&log, 4);
    }

    fn place(&self) -> Place {
        Place { chain_id: self.vm().chain_id(), contract: self.vm().contract_address() }
    }
}

/// A number as an ABI word.
fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

const fn check_handle(handle: u16) -> Result<(), Error> {
    if handle < HANDLES {
        return Ok(());
    }
    Err(Error::HandleOutOfRange(IRecords::HandleOutOfRange { handle }))
}

#[inline(never)]
fn check_length(blob: &[u8], (least, most): (usize, usize)) -> Result<(), Error> {
    // Crypto.md section 15, rule 3: an epoch record has exactly one of its two lengths.
    let fits = if (least, most) == EPOCH_RECORD {
        blob.len() == least || blob.len() == most
    } else {
        is_length(blob.len(), least, most)
    };
    if fits {
        return Ok(());
    }
    Err(Error::BlobLength(IRecords::BlobLength {
        length: U256::from(blob.len()),
        least: U256::from(least),
        most: U256::from(most),
    }))
}
