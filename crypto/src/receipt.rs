//! Access receipts: a reader's signed word that entries were read (crypto.md section 13).

use crate::typed::{address, digest, number};
use crate::{Account, Section, State};

/// Type of the signed struct.
const ACCESS_RECEIPT: &[u8] = b"AccessReceipt(bytes32 record,uint16 section,uint32 fromSeq,\
uint32 toSeq,bytes32 state,uint64 readAt,uint8 purpose,address reader)";

/// What a reader's client signs after reading. It proves a read; nothing proves the absence of one:
/// lists built from receipts carry the words "as reported by readers".
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// let section = record.section(Handle::new(7)?);
/// let receipt = AccessReceipt {
///     section,
///     from_seq: 2,
///     to_seq: 6,
///     state: section.genesis(), // the verified state word
///     read_at: 1_800_000_100,
///     purpose: 1,
///     reader: [3; 20],
/// };
/// let digest = receipt.digest(); // signed by the reader's account
/// # assert_eq!(digest.len(), 32);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessReceipt {
    /// The section.
    pub section: Section,
    /// First entry that was read.
    pub from_seq: u32,
    /// Last entry that was read.
    pub to_seq: u32,
    /// The verified state word at that time.
    pub state: State,
    /// Unix seconds.
    pub read_at: u64,
    /// The purpose of use, as in the grant.
    pub purpose: u8,
    /// The account that read.
    pub reader: Account,
}

impl AccessReceipt {
    /// The EIP-712 digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let words = [
            self.section.record.id,
            number(self.section.handle.number()),
            number(self.from_seq),
            number(self.to_seq),
            self.state.to_word(),
            number(self.read_at),
            number(self.purpose),
            address(&self.reader),
        ];
        digest(&self.section.record, ACCESS_RECEIPT, &words)
    }
}
