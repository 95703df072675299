//! Every refusal of the program, as the interface names it.

use chartkey_abi::IRecords::{
    BlobLength, EmptyBatch, HandleOutOfRange, NoRecord, NotOwner, RecordExists, SectionNotOpen,
    StateMoved,
};
use stylus_sdk::prelude::*;

/// Why a call was refused.
#[derive(SolidityError, Debug, PartialEq, Eq)]
pub enum Error {
    /// No record has this identity.
    NoRecord(NoRecord),
    /// The creator used this nonce before.
    RecordExists(RecordExists),
    /// The caller is not the record's owner.
    NotOwner(NotOwner),
    /// The section moved on since the caller read it.
    StateMoved(StateMoved),
    /// Handles run from 0 to 63.
    HandleOutOfRange(HandleOutOfRange),
    /// The section has no epoch yet.
    SectionNotOpen(SectionNotOpen),
    /// The blob is shorter or longer than the format allows.
    BlobLength(BlobLength),
    /// A batch without envelopes.
    EmptyBatch(EmptyBatch),
}
