//! The state of all accounts, with its history.
//!
//! Every value remembers the block that wrote it. Reading the newest is one look-up; reading an
//! older one is a binary search among the writes of that value. The cost of a block depends on what
//! it writes, never on how long the chain is.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy_primitives::{Address, B256, U256};
use revm::{bytecode::Bytecode, state::AccountInfo};

/// The writes of one value, in the order of blocks.
#[derive(Debug, Clone)]
struct Versions<T>(Vec<(u64, T)>);

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Versions<T> {
    fn at(&self, block: u64) -> Option<&T> {
        let after = match self.0.last() {
            Some((newest, _)) if *newest <= block => self.0.len(),
            _ => self.0.partition_point(|(number, _)| *number <= block),
        };
        after.checked_sub(1).map(|index| &self.0[index].1)
    }

    fn write(&mut self, block: u64, value: T) {
        match self.0.last_mut() {
            Some((newest, old)) if *newest == block => *old = value,
            Some(_) => self.0.push((block, value)),
            // Most values are written once: no room is taken for more.
            None => self.0 = vec![(block, value)],
        }
    }

    /// Whether there was anything to forget.
    fn forget_after(&mut self, block: u64) -> bool {
        let kept = self.0.partition_point(|(number, _)| *number <= block);
        let is_changed = kept < self.0.len();
        self.0.truncate(kept);
        is_changed
    }
}

/// What an account is besides its storage; the code is found by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) balance: U256,
    pub(crate) nonce: u64,
    pub(crate) code_hash: B256,
}

impl From<&AccountInfo> for Info {
    fn from(info: &AccountInfo) -> Self {
        Self { balance: info.balance, nonce: info.nonce, code_hash: info.code_hash }
    }
}

#[derive(Debug, Clone, Default)]
struct Entry {
    info: Versions<Option<Info>>,
    storage: HashMap<U256, Versions<U256>>,
}

impl Entry {
    /// The words that are not zero at a block.
    fn words(&self, block: u64) -> Vec<(U256, U256)> {
        let words = self.storage.iter().filter_map(|(&slot, word)| {
            let value = *word.at(block)?;
            (!value.is_zero()).then_some((slot, value))
        });
        words.collect()
    }
}

/// All accounts and code, at every block. Not to be cloned: [`World::identity`] tells worlds apart.
#[derive(Debug, Default)]
pub(crate) struct World {
    accounts: HashMap<Address, Entry>,
    code: HashMap<B256, Bytecode>,
    /// Accounts, and slots of them, that changed since [`World::take_changes`] was last called.
    changes: Changes,
    identity: Identity,
}

/// Tells one world from another that takes its place.
pub(crate) type Identity = Arc<()>;

/// Accounts that changed, each with the slots that did.
pub(crate) type Changes = HashMap<Address, HashSet<U256>>;

/// The block number under which the newest values are found.
pub(crate) const NEWEST: u64 = u64::MAX;

impl World {
    /// An account at a block, if it exists there.
    pub(crate) fn info(&self, address: Address, block: u64) -> Option<Info> {
        *self.accounts.get(&address)?.info.at(block)?
    }

    /// A storage word at a block; zero if never written.
    pub(crate) fn storage(&self, address: Address, slot: U256, block: u64) -> U256 {
        let word = || self.accounts.get(&address)?.storage.get(&slot)?.at(block).copied();
        word().unwrap_or_default()
    }

    /// Code by its hash; empty for the hash of nothing.
    pub(crate) fn code(&self, hash: B256) -> Bytecode {
        self.code.get(&hash).cloned().unwrap_or_default()
    }

    /// Keeps code under its hash.
    pub(crate) fn keep_code(&mut self, hash: B256, code: Bytecode) {
        self.code.entry(hash).or_insert(code);
    }

    /// Writes what an account is from `block` on; `None` removes it and its storage.
    pub(crate) fn write_info(&mut self, address: Address, block: u64, info: Option<Info>) {
        let entry = self.accounts.entry(address).or_default();
        let changed = self.changes.entry(address).or_default();
        if info.is_none() {
            for (slot, word) in &mut entry.storage {
                word.write(block, U256::ZERO);
                changed.insert(*slot);
            }
        }
        entry.info.write(block, info);
    }

    /// Writes a storage word from `block` on.
    pub(crate) fn write_storage(&mut self, address: Address, slot: U256, block: u64, value: U256) {
        let entry = self.accounts.entry(address).or_default();
        entry.storage.entry(slot).or_default().write(block, value);
        self.changes.entry(address).or_default().insert(slot);
    }

    /// The words of an account that are not zero at a block, in no order.
    pub(crate) fn words(&self, address: Address, block: u64) -> Vec<(U256, U256)> {
        self.accounts.get(&address).map(|entry| entry.words(block)).unwrap_or_default()
    }

    /// Whether code of that hash was ever there.
    pub(crate) fn knows_code(&self, hash: B256) -> bool {
        self.code.contains_key(&hash)
    }

    /// The accounts that were ever there, and the slots that were ever written.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (Address, impl Iterator<Item = U256>)> {
        self.accounts.iter().map(|(address, entry)| (*address, entry.storage.keys().copied()))
    }

    /// The accounts that are not at `to` what they were at `from`, in no order.
    pub(crate) fn modified(&self, from: u64, to: u64) -> Vec<Address> {
        let differs = |entry: &Entry| {
            let mut words = entry.storage.values();
            let word = |word: &Versions<U256>, block| word.at(block).copied().unwrap_or_default();
            entry.info.at(from).copied().flatten() != entry.info.at(to).copied().flatten()
                || words.any(|versions| word(versions, from) != word(versions, to))
        };
        let modified = self.accounts.iter().filter(|(_, entry)| differs(entry));
        modified.map(|(address, _)| *address).collect()
    }

    /// The accounts that exist at a block, with their words that are not zero, in no order.
    pub(crate) fn accounts_at(
        &self,
        block: u64,
    ) -> impl Iterator<Item = (Address, Info, Vec<(U256, U256)>)> + '_ {
        self.accounts.iter().filter_map(move |(&address, entry)| {
            let info = (*entry.info.at(block)?)?;
            Some((address, info, entry.words(block)))
        })
    }

    /// Undoes everything that blocks after `block` wrote.
    pub(crate) fn forget_after(&mut self, block: u64) {
        for (address, entry) in &mut self.accounts {
            let words = entry.storage.iter_mut();
            let slots: HashSet<U256> = words
                .filter_map(|(slot, word)| word.forget_after(block).then_some(*slot))
                .collect();
            if entry.info.forget_after(block) || !slots.is_empty() {
                self.changes.entry(*address).or_default().extend(slots);
            }
        }
    }

    /// What changed since the last time.
    pub(crate) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    /// Differs between worlds that were made apart from each other.
    pub(crate) fn identity(&self) -> Identity {
        Arc::clone(&self.identity)
    }

    /// Everything that was ever written, as if it had changed.
    pub(crate) fn everything(&self) -> Changes {
        let slots = |entry: &Entry| entry.storage.keys().copied().collect();
        self.accounts.iter().map(|(address, entry)| (*address, slots(entry))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_it_was_at_any_block() {
        let (account, slot) = (Address::repeat_byte(1), U256::from(7));
        let mut world = World::default();
        world.write_storage(account, slot, 2, U256::from(20));
        world.write_storage(account, slot, 5, U256::from(50));
        world.write_storage(account, slot, 5, U256::from(51));

        let read = |block| world.storage(account, slot, block).to::<u64>();

        assert_eq!([read(1), read(2), read(4), read(5), read(9)], [0, 20, 20, 51, 51]);
    }

    #[test]
    fn forgetting_restores_the_older_block() {
        let account = Address::repeat_byte(1);
        let info = Info { balance: U256::ONE, nonce: 3, code_hash: B256::ZERO };
        let mut world = World::default();
        world.write_info(account, 1, Some(info));
        world.write_storage(account, U256::ONE, 1, U256::from(9));
        world.write_info(account, 2, None);

        assert_eq!(world.info(account, 2), None);
        assert_eq!(world.storage(account, U256::ONE, 2), U256::ZERO);
        world.forget_after(1);

        assert_eq!(world.info(account, 2), Some(info));
        assert_eq!(world.storage(account, U256::ONE, 2), U256::from(9));
    }
}
