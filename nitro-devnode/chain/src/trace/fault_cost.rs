//! The price of an instruction that the gas does not cover, as go-ethereum reports it.
//!
//! The interpreter stops where the gas ends, without telling what the instruction would have cost.
//! Go-ethereum compares a constant part with the gas first, then adds a dynamic part and compares
//! again; what it has added up by then is the price that tracers see.

use alloy_primitives::{Address, U256};
use revm::bytecode::opcode::{
    BALANCE, CALL, CALLCODE, CALLDATACOPY, CODECOPY, CREATE, CREATE2, DELEGATECALL, EXP,
    EXTCODECOPY, EXTCODEHASH, EXTCODESIZE, KECCAK256, LOG0, LOG4, MCOPY, MLOAD, MSTORE, MSTORE8,
    RETURN, RETURNDATACOPY, REVERT, SELFDESTRUCT, SLOAD, SSTORE, STATICCALL,
};

use crate::evm::Context;

/// More memory is refused before it has a price.
const MOST_MEMORY: u64 = 0x1f_ffff_ffe0;
/// A store needs more gas than this, whatever it costs (EIP-2200).
const STORE_SENTRY: u64 = 2_300;
/// What a cold account costs beyond a warm one (EIP-2929).
const COLD_ACCOUNT: u64 = 2_500;
const COLD_SLOT: u64 = 2_100;
const WARM: u64 = 100;

/// An instruction, and all that its price depends on.
#[derive(Debug)]
pub(super) struct Unpaid<'a> {
    pub(super) op: u8,
    /// The constant part that the interpreter knows.
    pub(super) static_gas: u64,
    pub(super) gas: u64,
    /// Top last.
    pub(super) stack: &'a [U256],
    pub(super) memory_len: usize,
    /// Whether account or slot were cold.
    pub(super) is_cold: bool,
    /// Original and current value of the slot that is stored to.
    pub(super) stored: (U256, U256),
    /// Whether the account that would get money is empty.
    pub(super) is_payee_empty: bool,
}

impl Unpaid<'_> {
    /// The part that does not depend on operands.
    pub(super) const fn constant(&self) -> u64 {
        match self.op {
            // All of it is dynamic there.
            SLOAD | SSTORE | EXP | LOG0..=LOG4 => 0,
            CREATE | CREATE2 => 32_000,
            _ => self.static_gas,
        }
    }

    /// What had been added up when the gas turned out not to suffice.
    pub(super) fn price(&self) -> u64 {
        let constant = self.constant();
        match self.gas.checked_sub(constant) {
            Some(rest) => constant.saturating_add(self.dynamic(rest).unwrap_or_default()),
            None => constant,
        }
    }

    /// The part that depends on operands and state; none where go-ethereum finds no number for it.
    fn dynamic(&self, rest: u64) -> Option<u64> {
        let cold = if self.is_cold { COLD_ACCOUNT } else { 0 };
        Some(match self.op {
            KECCAK256 => self.memory(&[(0, 1)])? + 6 * words(self.small(1)?),
            MLOAD | MSTORE => self.expansion(self.small(0)?.checked_add(32)?)?,
            MSTORE8 => self.expansion(self.small(0)?.checked_add(1)?)?,
            CALLDATACOPY | CODECOPY | RETURNDATACOPY => {
                self.memory(&[(0, 2)])? + 3 * words(self.small(2)?)
            }
            MCOPY => self.memory(&[(0, 2), (1, 2)])? + 3 * words(self.small(2)?),
            EXTCODECOPY => self.memory(&[(1, 3)])? + 3 * words(self.small(3)?) + cold,
            LOG0..=LOG4 => {
                let topics = u64::from(self.op - LOG0);
                self.memory(&[(0, 1)])? + 375 * (1 + topics) + 8 * self.small(1)?
            }
            RETURN | REVERT => self.memory(&[(0, 1)])?,
            CREATE => self.memory(&[(1, 2)])? + 2 * words(self.small(2)?),
            CREATE2 => self.memory(&[(1, 2)])? + 8 * words(self.small(2)?),
            EXP => 10 + 50 * self.word(1)?.byte_len() as u64,
            BALANCE | EXTCODEHASH | EXTCODESIZE => cold,
            SLOAD if self.is_cold => COLD_SLOT,
            SLOAD => WARM,
            SSTORE => self.store()?,
            SELFDESTRUCT => {
                let cold = if self.is_cold { COLD_ACCOUNT + WARM } else { 0 };
                cold + if self.is_payee_empty { 25_000 } else { 0 }
            }
            CALL | CALLCODE => self.call(rest, cold, &[(3, 4), (5, 6)])?,
            DELEGATECALL | STATICCALL => self.call(rest, cold, &[(2, 3), (4, 5)])?,
            _ => 0,
        })
    }

    /// EIP-2200 with the prices of EIP-2929.
    fn store(&self) -> Option<u64> {
        if self.gas <= STORE_SENTRY {
            return None;
        }
        let (original, current) = self.stored;
        let cold = if self.is_cold { COLD_SLOT } else { 0 };
        Some(if current == self.word(1)? || original != current {
            cold + WARM
        } else if original.is_zero() {
            cold + 20_000
        } else {
            cold + 5_000 - COLD_SLOT
        })
    }

    /// A call asks for gas of its own. What it may have is computed from what is left, without
    /// regard to there being less than nothing.
    fn call(&self, rest: u64, cold: u64, ranges: &[(usize, usize)]) -> Option<u64> {
        let left = rest.checked_sub(cold)?;
        let has_value = matches!(self.op, CALL | CALLCODE) && !self.word(2)?.is_zero();
        let mut base = self.memory(ranges)?;
        if has_value {
            base += 9_000;
        }
        if has_value && self.op == CALL && self.is_payee_empty {
            base += 25_000;
        }
        let left = left.wrapping_sub(base);
        let most = left - left / 64;
        let asked = u64::try_from(self.word(0)?).map_or(most, |asked| asked.min(most));
        base.checked_add(asked).map(|price| price.saturating_add(cold))
    }

    fn word(&self, depth: usize) -> Option<U256> {
        self.stack.len().checked_sub(depth + 1).map(|index| self.stack[index])
    }

    fn small(&self, depth: usize) -> Option<u64> {
        u64::try_from(self.word(depth)?).ok().filter(|number| *number <= MOST_MEMORY)
    }

    /// The price of the memory that these ranges, offset and length on the stack, reach to.
    fn memory(&self, ranges: &[(usize, usize)]) -> Option<u64> {
        let mut end = 0;
        for &(offset, len) in ranges {
            let len = self.small(len)?;
            if len > 0 {
                end = end.max(self.small(offset)?.checked_add(len)?);
            }
        }
        self.expansion(end)
    }

    fn expansion(&self, end: u64) -> Option<u64> {
        let cost = |words: u64| 3 * words + words * words / 512;
        let now = self.memory_len as u64 / 32;
        (end <= MOST_MEMORY).then(|| cost(words(end).max(now)) - cost(now))
    }
}

const fn words(len: u64) -> u64 {
    len.div_ceil(32)
}

/// Whether what an instruction touches is cold.
pub(super) fn is_cold(op: u8, acting: Address, stack: &[U256], ctx: &Context) -> bool {
    let journal = &ctx.journaled_state.inner;
    let word = |depth: usize| stack.len().checked_sub(depth + 1).map(|index| stack[index]);
    let account = |depth| word(depth).map(|word: U256| Address::from_word(word.into()));
    if matches!(op, SLOAD | SSTORE) {
        let Some(slot) = word(0) else { return false };
        let known = journal.state.get(&acting).and_then(|account| account.storage.get(&slot));
        return !journal.warm_addresses.is_storage_warm(&acting, &slot)
            && known.is_none_or(|word| word.is_cold_transaction_id(journal.transaction_id));
    }
    let named = match op {
        BALANCE | EXTCODECOPY | EXTCODEHASH | EXTCODESIZE | SELFDESTRUCT => account(0),
        CALL | CALLCODE | DELEGATECALL | STATICCALL => account(1),
        _ => None,
    };
    named.is_some_and(|address| {
        let known = journal.state.get(&address);
        journal.warm_addresses.is_cold(&address)
            && known.is_none_or(|account| account.is_cold_transaction_id(journal.transaction_id))
    })
}
