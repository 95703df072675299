//! What blocks say of the world around them: the L1 block number and who made them (devnode.md 7.1,
//! and 7.4, rule 4).

use alloy_primitives::Address;
use devnode_arbos::address::SEQUENCER;

use crate::{Block, Chain};

/// L1 block number and coinbase of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) l1_number: u64,
    pub(crate) coinbase: Address,
}

/// What was wished for the next blocks; the rest is as in the newest one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wished {
    l1_number: Option<u64>,
    coinbase: Option<Address>,
}

impl Block {
    /// The L1 block number that contracts saw in this block.
    #[must_use]
    pub fn l1_number(&self) -> u64 {
        let word = &self.header.mix_hash[8..16];
        u64::from_be_bytes(word.try_into().expect("eight bytes were taken"))
    }

    /// As contracts see it: genesis has none, and calls on it see the sequencer.
    pub(crate) fn surroundings(&self) -> Surroundings {
        let header = &self.header;
        let coinbase = if header.number == 0 { SEQUENCER } else { header.beneficiary };
        Surroundings { l1_number: self.l1_number(), coinbase }
    }
}

impl Chain {
    /// Sets the L1 block number that the next blocks report; false if it is lower than the present
    /// one, because L1 does not go back.
    pub fn set_l1_number(&self, number: u64) -> bool {
        let _turn = self.sequencer.lock();
        let head = self.history.read().head().clone();
        if number < self.next_surroundings(&head).l1_number {
            return false;
        }
        self.comfort.wished.lock().l1_number = Some(number);
        true
    }

    /// Sets who the next blocks say has made them.
    pub fn set_coinbase(&self, account: Address) {
        let _turn = self.sequencer.lock();
        self.comfort.wished.lock().coinbase = Some(account);
    }

    /// Of a block on top of `head`.
    pub(crate) fn next_surroundings(&self, head: &Block) -> Surroundings {
        let (wished, now) = (*self.comfort.wished.lock(), head.surroundings());
        Surroundings {
            l1_number: wished.l1_number.unwrap_or(now.l1_number),
            coinbase: wished.coinbase.unwrap_or(now.coinbase),
        }
    }
}
