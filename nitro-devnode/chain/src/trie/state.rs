//! The trie of all accounts and the tries of their storage.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::Encodable;
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
use parking_lot::RwLock;
use revm::state::EvmState;

use super::Trie;
use crate::{
    production::is_gone,
    world::{Changes, Identity, NEWEST, World},
};

/// A state as Ethereum hashes it.
#[derive(Debug, Default)]
pub(crate) struct StateTrie {
    accounts: Trie,
    storage: HashMap<Address, Trie>,
    /// The world that it follows.
    followed: Option<Identity>,
}

/// A proof of an account and some of its slots (EIP-1186).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProof {
    /// The account.
    pub address: Address,
    /// Its balance in wei.
    pub balance: U256,
    /// Its nonce.
    pub nonce: u64,
    /// Hash of its code; the hash of nothing if there is none.
    pub code_hash: B256,
    /// Root of its storage trie.
    pub storage_root: B256,
    /// Nodes from the state root to the account, or to where it would be.
    pub proof: Vec<Bytes>,
    /// One for each slot that was asked for, in their order.
    pub storage: Vec<StorageProof>,
}

/// A proof of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageProof {
    /// The slot.
    pub slot: U256,
    /// What it holds.
    pub value: U256,
    /// Nodes from the storage root to the slot, or to where it would be.
    pub proof: Vec<Bytes>,
}

impl StateTrie {
    /// The state after a block, from all that the world remembers of it.
    pub(crate) fn at(world: &World, block: u64) -> Self {
        let mut trie = Self::default();
        trie.change(world, block, &world.everything());
        trie
    }

    /// Takes over what transactions have changed on top of the state of this trie; returns the
    /// root.
    pub(crate) fn apply(&mut self, state: &EvmState) -> B256 {
        for (address, account) in state.iter().filter(|(_, account)| account.is_touched()) {
            if is_gone(account) {
                self.storage.remove(address);
                self.accounts.set(keccak256(address), &[]);
                continue;
            }
            let storage = self.storage.entry(*address).or_default();
            for (&slot, word) in &account.storage {
                storage.set(hashed(slot), &encoded(word.present_value));
            }
            let account = TrieAccount {
                nonce: account.info.nonce,
                balance: account.info.balance,
                storage_root: storage.root(),
                code_hash: account.info.code_hash,
            };
            self.accounts.set(keccak256(address), &alloy_rlp::encode(account));
        }
        self.accounts.root()
    }

    /// Takes over what has been written into the world since the last time, or all of it if
    /// another world has taken its place; returns the root.
    pub(crate) fn catch_up(&mut self, world: &RwLock<World>) -> B256 {
        let mut changes = world.write().take_changes();
        let world = world.read();
        let identity = world.identity();
        if self.followed.as_ref().is_none_or(|followed| !Arc::ptr_eq(followed, &identity)) {
            *self = Self { followed: Some(identity), ..Self::default() };
            changes = world.everything();
        }
        self.change(&world, NEWEST, &changes);
        self.accounts.root()
    }

    fn change(&mut self, world: &World, block: u64, changes: &Changes) {
        for (&address, slots) in changes {
            if !slots.is_empty() {
                let storage = self.storage.entry(address).or_default();
                for &slot in slots {
                    storage.set(hashed(slot), &encoded(world.storage(address, slot, block)));
                }
            }
            let account = self.account(world, address, block);
            let encoded = account.map(alloy_rlp::encode).unwrap_or_default();
            self.accounts.set(keccak256(address), &encoded);
        }
    }

    fn account(&self, world: &World, address: Address, block: u64) -> Option<TrieAccount> {
        let info = world.info(address, block)?;
        let storage_root = self.storage.get(&address).map_or(EMPTY_ROOT_HASH, Trie::root);
        Some(TrieAccount {
            nonce: info.nonce,
            balance: info.balance,
            storage_root,
            code_hash: info.code_hash,
        })
    }

    /// Proves an account; `block` is the one that this trie belongs to.
    pub(crate) fn prove(
        &self,
        world: &World,
        address: Address,
        slots: &[U256],
        block: u64,
    ) -> AccountProof {
        let account = self.account(world, address, block).unwrap_or_default();
        let storage = self.storage.get(&address);
        let slots = slots.iter().map(|&slot| StorageProof {
            slot,
            value: world.storage(address, slot, block),
            proof: storage.map(|storage| storage.proof(hashed(slot))).unwrap_or_default(),
        });
        AccountProof {
            address,
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            storage_root: account.storage_root,
            proof: self.accounts.proof(keccak256(address)),
            storage: slots.collect(),
        }
    }
}

/// The root of the storage that holds these words.
pub(crate) fn storage_root(words: &[(U256, U256)]) -> B256 {
    let mut storage = Trie::default();
    for &(slot, word) in words {
        storage.set(hashed(slot), &encoded(word));
    }
    storage.root()
}

/// The key of a slot in the trie of its account.
pub(crate) fn hashed(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}

/// A word as its trie holds it: zero is not there at all.
fn encoded(word: U256) -> Vec<u8> {
    let mut rlp = Vec::new();
    if !word.is_zero() {
        word.encode(&mut rlp);
    }
    rlp
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Info;

    fn world(accounts: &[u8]) -> World {
        let mut world = World::default();
        for &n in accounts {
            let account = Address::repeat_byte(n);
            let info = Info { balance: U256::from(n), nonce: 0, code_hash: B256::ZERO };
            world.write_info(account, 0, Some(info));
            world.write_storage(account, U256::from(n), 0, U256::from(n));
        }
        world
    }

    #[test]
    fn a_world_that_takes_the_place_of_another_is_hashed_anew() {
        let place = RwLock::new(world(&[1, 2, 3]));
        let mut trie = StateTrie::default();
        let before = trie.catch_up(&place);

        *place.write() = world(&[3, 4]);

        let after = trie.catch_up(&place);
        assert_ne!(after, before);
        assert_eq!(after, StateTrie::default().catch_up(&RwLock::new(world(&[3, 4]))));
    }

    #[test]
    fn an_account_that_is_removed_leaves_no_trace() {
        let place = RwLock::new(world(&[1, 2]));
        let mut trie = StateTrie::default();
        trie.catch_up(&place);

        place.write().write_info(Address::repeat_byte(2), 1, None);

        let root = trie.catch_up(&place);
        assert_eq!(root, StateTrie::default().catch_up(&RwLock::new(world(&[1]))));
    }
}
