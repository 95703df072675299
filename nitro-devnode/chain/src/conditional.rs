//! Transactions that are only to be included if the state is as expected
//! (`eth_sendRawTransactionConditional`, devnode.md 5.1).

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, U256};

use crate::{Chain, SendError, admission};

/// What must hold of the newest block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    /// Words of storage.
    pub known_words: Vec<(Address, U256, B256)>,
    /// Roots of whole storages.
    pub known_roots: Vec<(Address, B256)>,
    /// The L1 block number, which is 0 on a chain without L1.
    pub l1_block_number: RangeInclusive<u64>,
    /// The time in seconds since 1970.
    pub timestamp: RangeInclusive<u64>,
}

impl Default for Conditions {
    /// Anything goes.
    fn default() -> Self {
        Self {
            known_words: Vec::new(),
            known_roots: Vec::new(),
            l1_block_number: 0..=u64::MAX,
            timestamp: 0..=u64::MAX,
        }
    }
}

impl Chain {
    /// As [`send_raw`](Self::send_raw), if the conditions hold.
    ///
    /// # Errors
    ///
    /// [`SendError::Condition`] when one does not; else as `send_raw`.
    pub fn send_conditional(&self, raw: &[u8], wanted: &Conditions) -> Result<B256, SendError> {
        let version = self.rules.read().arbos_version;
        let signed = admission::decode(raw, self.chain_id(), version)?;
        self.submit(signed, |head| self.check(wanted, head))
    }

    /// Checks conditions on the newest block; the caller holds the sequencer.
    fn check(&self, wanted: &Conditions, head: u64) -> Result<(), SendError> {
        let refuse = |text: &str| Err(SendError::Condition(text.to_owned()));
        let block = self.block(head);
        let l1_number = block.as_ref().map_or(0, |block| block.l1_number());
        if !wanted.l1_block_number.contains(&l1_number) {
            return refuse("BlockNumberMax or BlockNumberMin condition not met");
        }
        let time = block.map_or(0, |block| block.header.timestamp);
        if !wanted.timestamp.contains(&time) {
            return refuse("TimestampMax or TimestampMin condition not met");
        }
        for (account, slot, value) in &wanted.known_words {
            if B256::from(self.storage(*account, *slot, head)) != *value {
                return refuse("storage slot value condition not met");
            }
        }
        for (account, root) in &wanted.known_roots {
            if self.proof_of_head(*account, &[], head).storage_root != *root {
                return refuse("storage root hash condition not met");
            }
        }
        Ok(())
    }
}
