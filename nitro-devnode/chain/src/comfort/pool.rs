//! Transactions that wait for a block while automine is off (devnode.md 7.4, rule 8).

use std::{collections::BTreeSet, time::Duration};

use alloy_consensus::Transaction as _;
use alloy_primitives::Address;

use crate::{SendError, Transaction, admission::Signed};

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mining {
    /// Each transaction gets a block at once.
    pub is_automatic: bool,
    /// Besides or instead, a block after each such time.
    pub interval: Option<Duration>,
}

impl Default for Mining {
    fn default() -> Self {
        Self { is_automatic: true, interval: None }
    }
}

/// A transaction that waits.
pub type Pooled = Transaction;

/// The transactions that wait, in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    waiting: Vec<Signed>,
}

impl Pool {
    /// The first nonce from `nonce` on that no transaction of that account has.
    pub(crate) fn nonce_after(&self, account: Address, nonce: u64) -> u64 {
        let own = self.waiting.iter().filter(|one| one.sender == account);
        let taken: BTreeSet<_> = own.map(|one| one.envelope.nonce()).collect();
        let behind = taken.range(nonce..).zip(nonce..).take_while(|(have, want)| **have == *want);
        nonce.saturating_add(behind.count() as u64)
    }

    /// How many could be included now, given the nonce of each account.
    pub(crate) fn ready_count(&self, nonce: impl Fn(Address) -> u64) -> usize {
        let is_ready =
            |one: &&Signed| one.envelope.nonce() < self.nonce_after(one.sender, nonce(one.sender));
        self.waiting.iter().filter(is_ready).count()
    }

    /// Adds a transaction, or puts it in the place of one with the same sender and nonce that
    /// pays less.
    ///
    /// # Errors
    ///
    /// The one in its place does not pay less.
    pub(crate) fn add(&mut self, signed: Signed) -> Result<(), SendError> {
        let same = |one: &&mut Signed| {
            one.sender == signed.sender && one.envelope.nonce() == signed.envelope.nonce()
        };
        match self.waiting.iter_mut().find(same) {
            Some(old) if old.envelope.max_fee_per_gas() >= signed.envelope.max_fee_per_gas() => {
                Err(SendError::Underpriced)
            }
            Some(old) => {
                *old = signed;
                Ok(())
            }
            None => {
                self.waiting.push(signed);
                Ok(())
            }
        }
    }

    /// Takes all out.
    pub(crate) fn take(&mut self) -> Vec<Signed> {
        std::mem::take(&mut self.waiting)
    }

    /// Puts those back that found no room.
    pub(crate) fn put_back(&mut self, rest: Vec<Signed>) {
        self.waiting.splice(0..0, rest);
    }

    /// Drops those that are asked for; answers whether there were any.
    pub(crate) fn drop_where(&mut self, mut is_asked_for: impl FnMut(&Signed) -> bool) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|one| !is_asked_for(one));
        self.waiting.len() < before
    }

    /// Copies of all, to be tried out.
    pub(crate) fn copies(&self) -> Vec<Signed> {
        self.waiting.clone()
    }

    /// All of them.
    pub(crate) fn list(&self) -> Vec<Pooled> {
        let all = self.waiting.iter();
        all.map(|one| Transaction::signed(one.envelope.clone(), one.sender)).collect()
    }
}
