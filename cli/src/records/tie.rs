//! Which stay an entry is about, inside its frame.
//!
//! The chain holds a stay's accounts, days and price; its room, instructions and questions travel as
//! entries (crypto.md section 8). What ties an entry to its stay is an extension of the frame, of the range
//! that the specification does not use (its neighbours, for origins, are in `commands/fhir/origin.rs`). It
//! is sealed with the frame: nobody else sees the tie, and nobody but the author makes it.

use std::collections::BTreeSet;

use alloy_primitives::Address;
use chartkey_crypto::{Extension, Frame, Operation, Standing};

use super::section::Opened;
use super::statements::{Statements, is_version};

/// Type of the extension; its value is `u64 chain id ‖ contract(20) ‖ u64 stay`.
const STAY: u16 = 0x8003;
/// Bytes of the value.
const LENGTH: usize = 8 + 20 + 8;

/// A stay of a chain's stays program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StayTie {
    /// The chain.
    pub chain_id: u64,
    /// The stays program.
    pub contract: Address,
    /// Number of the stay, from 1.
    pub stay: u64,
}

/// What is wrong with a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TieError {
    /// The value has another length.
    #[error("a tie to a stay has {LENGTH} bytes, not {0}")]
    Length(usize),
    /// No stay has the number 0.
    #[error("a tie to stay 0, which there is not")]
    NoStay,
    /// An entry is about one stay.
    #[error("tied to more than one stay")]
    Several,
}

impl StayTie {
    /// The frame with this tie.
    #[must_use]
    pub fn put(&self, frame: Frame) -> Frame {
        let mut value = Vec::with_capacity(LENGTH);
        value.extend_from_slice(&self.chain_id.to_be_bytes());
        value.extend_from_slice(self.contract.as_slice());
        value.extend_from_slice(&self.stay.to_be_bytes());
        frame.with_extension(Extension { kind: STAY, value: value.into() })
    }

    /// The tie that a frame says itself.
    ///
    /// # Errors
    ///
    /// One that is not exactly what [`Self::put`] writes, or more than one.
    pub fn of(frame: &Frame) -> Result<Option<Self>, TieError> {
        let mut ties = frame.extensions.iter().filter(|extension| extension.kind == STAY);
        let Some(tie) = ties.next() else { return Ok(None) };
        if ties.next().is_some() {
            return Err(TieError::Several);
        }
        let value: &[u8; LENGTH] =
            tie.value.as_slice().try_into().map_err(|_| TieError::Length(tie.value.len()))?;
        let number = |at: usize| {
            let bytes = value[at..at + 8].try_into().expect("eight bytes of a longer array");
            u64::from_be_bytes(bytes)
        };
        let contract = Address::from_slice(&value[8..28]);
        match number(28) {
            0 => Err(TieError::NoStay),
            stay => Ok(Some(Self { chain_id: number(0), contract, stay })),
        }
    }
}

impl Statements<'_> {
    /// The stay that an entry is about: what it says itself, else what the entry says that it amends,
    /// retracts or speaks about. A broken tie is none.
    #[must_use]
    pub fn tie(&self, seq: u32) -> Option<StayTie> {
        let mut at = seq;
        loop {
            let frame = self.entry(at)?.frame.as_ref().ok()?;
            match StayTie::of(frame) {
                Ok(None) => {}
                said => return said.ok().flatten(),
            }
            // What is about no statement takes nothing over from it.
            if self.standing(at) == Some(Standing::Stray) {
                return None;
            }
            // An entry speaks about an earlier one, so this comes to an end.
            match frame.operation {
                Operation::Create => return None,
                Operation::Amend(target)
                | Operation::EnteredInError(target)
                | Operation::Annotate(target) => at = target,
            }
        }
    }

    /// The version of a statement to show of a stay: the one that counts; of one that was retracted whole,
    /// the newest.
    #[must_use]
    pub fn is_newest(&self, seq: u32) -> bool {
        match self.standing(seq) {
            Some(Standing::Current | Standing::Stray) => true,
            Some(Standing::Retracted { .. }) => {
                let last = self.versions(seq).last().map(|version| version.seq);
                self.current(seq).is_none() && last == Some(seq)
            }
            Some(Standing::Corrected { .. } | Standing::About { .. }) | None => false,
        }
    }

    /// Whether an entry is a version of a statement, and not a remark or a retraction.
    #[must_use]
    pub fn is_version(&self, seq: u32) -> bool {
        self.entry(seq).is_some_and(is_version)
    }

    /// What `author` wrote about a stay and the other party should have, but is not among `given`: all
    /// versions of what counts, and what became of a statement of which it has a part. What was retracted
    /// before it was handed over stays here.
    #[must_use]
    pub fn owed(&self, tie: StayTie, author: Address, given: &BTreeSet<u32>) -> Vec<u32> {
        let about = |entry: &&Opened| {
            let frame = entry.frame.as_ref().ok();
            let operation = frame.map(|frame| frame.operation);
            let is_remark = matches!(operation, Some(Operation::Annotate(_)) | None);
            !is_remark && entry.author == author && self.tie(entry.seq) == Some(tie)
        };
        let is_wanted = |seq: u32| {
            let is_begun = self.group(seq).any(|entry| given.contains(&entry.seq));
            let is_stray = self.standing(seq) == Some(Standing::Stray);
            is_begun || is_stray || self.current(seq).is_some()
        };
        let mine = self.entries().filter(about).map(|entry| entry.seq);
        mine.filter(|seq| !given.contains(seq) && is_wanted(*seq)).collect()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;
    use chartkey_crypto::BodyType;

    use super::*;

    const CLINIC: u8 = 1;
    const OTHER: u8 = 2;

    const fn tie(stay: u64) -> StayTie {
        StayTie { chain_id: 412_346, contract: Address::repeat_byte(7), stay }
    }

    fn frame(operation: Operation) -> Frame {
        Frame::new(operation, BodyType::Text, 0, b"room 101".to_vec()).expect("short")
    }

    fn with_value(value: &[u8]) -> Frame {
        let extension = Extension { kind: STAY, value: value.to_vec().into() };
        frame(Operation::Create).with_extension(extension)
    }

    fn entry(seq: u32, author: u8, frame: Frame) -> Opened {
        Opened {
            seq,
            author: Address::repeat_byte(author),
            time: 1_800_000_000,
            transaction: B256::ZERO,
            epoch: None,
            frame: Ok(frame),
        }
    }

    fn ties(entries: &[Opened], seq: u32) -> Option<u64> {
        Statements::among(entries.iter()).tie(seq).map(|tie| tie.stay)
    }

    fn owed(entries: &[Opened], given: &[u32]) -> Vec<u32> {
        let given = given.iter().copied().collect();
        Statements::among(entries.iter()).owed(tie(5), Address::repeat_byte(CLINIC), &given)
    }

    #[test]
    fn a_tie_survives_sealing_byte_for_byte() {
        let tied = tie(0x0102_0304_0506_0708).put(frame(Operation::Create));

        let bytes = tied.encode().expect("short");
        let read = Frame::decode(&bytes).expect("sound");

        assert_eq!(StayTie::of(&read), Ok(Some(tie(0x0102_0304_0506_0708))));
        assert_eq!(StayTie::of(&frame(Operation::Create)), Ok(None));
        let value = &read.extensions[0].value;
        assert_eq!(value[..8], 412_346_u64.to_be_bytes());
        assert_eq!(value[8..28], [7; 20]);
        assert_eq!(value[28..], [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn what_is_not_exactly_a_tie_is_refused() {
        for length in [0, 35, 37, 72] {
            assert_eq!(StayTie::of(&with_value(&vec![1; length])), Err(TieError::Length(length)));
        }
        assert_eq!(StayTie::of(&with_value(&[0; LENGTH])), Err(TieError::NoStay));
        for second in [5, 6] {
            let twice = tie(second).put(tie(5).put(frame(Operation::Create)));
            assert_eq!(StayTie::of(&twice), Err(TieError::Several));
        }
    }

    #[test]
    fn an_amendment_and_a_retraction_are_about_the_stay_of_their_statement() {
        let entries = [
            entry(2, CLINIC, tie(5).put(frame(Operation::Create))),
            entry(3, CLINIC, frame(Operation::Amend(2))),
            entry(4, CLINIC, tie(6).put(frame(Operation::Amend(3)))),
            entry(5, CLINIC, frame(Operation::EnteredInError(2))),
            entry(6, CLINIC, frame(Operation::Create)),
            entry(7, CLINIC, frame(Operation::Amend(1))),
            entry(8, CLINIC, tie(5).put(frame(Operation::Amend(1)))),
            entry(9, CLINIC, tie(6).put(tie(5).put(frame(Operation::Amend(2))))),
        ];

        assert_eq!([2, 3, 4, 5].map(|seq| ties(&entries, seq)), [5, 5, 6, 5].map(Some));
        assert_eq!([6, 7, 9].map(|seq| ties(&entries, seq)), [None; 3]);
        assert_eq!(ties(&entries, 8), Some(5), "its target is closed to this reader");
    }

    #[test]
    fn the_other_party_is_owed_what_counts_and_what_became_of_what_it_has() {
        let create = |seq, stay| entry(seq, CLINIC, tie(stay).put(frame(Operation::Create)));
        let said = |seq, operation| entry(seq, CLINIC, frame(operation));
        let entries = [
            create(2, 5),
            create(3, 6),
            said(4, Operation::Amend(2)),
            create(5, 5),
            said(6, Operation::EnteredInError(5)),
            entry(7, OTHER, tie(5).put(frame(Operation::Create))),
            said(8, Operation::Annotate(2)),
        ];

        assert_eq!(owed(&entries, &[]), [2, 4], "what was retracted before stays here");
        assert_eq!(owed(&entries, &[2]), [4]);
        assert_eq!(owed(&entries, &[2, 4, 5]), [6]);
        assert_eq!(owed(&entries, &[2, 4, 5, 6]), [] as [u32; 0]);
    }

    #[test]
    fn of_a_retracted_statement_the_newest_version_is_shown() {
        let said = |seq, operation| entry(seq, CLINIC, frame(operation));
        let mut entries = vec![said(2, Operation::Create), said(3, Operation::Amend(2))];
        let shown = |entries: &[Opened]| -> Vec<u32> {
            let statements = Statements::among(entries.iter());
            let numbers = entries.iter().map(|entry| entry.seq);
            numbers.filter(|seq| statements.is_newest(*seq)).collect()
        };
        assert_eq!(shown(&entries), [3]);

        entries.push(said(4, Operation::EnteredInError(3)));
        assert_eq!(shown(&entries), [2], "the version before it counts again");
        entries.push(said(5, Operation::EnteredInError(2)));
        assert_eq!(shown(&entries), [3]);
    }
}
