//! The state in the order of its tries, page by page, and what else tools for finding faults ask of
//! it (`debug_…`, devnode.md section 5.1; the rules are go-ethereum's).

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use crate::{
    Chain, TraceError,
    production::is_gone,
    trace::with_room,
    trie::{StateTrie, hashed, storage_root},
    world::World,
};

/// Which accounts are listed, and what of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageOptions {
    /// Hash of an address: accounts before it are left out.
    pub start: B256,
    /// Accounts of one page.
    pub most: usize,
    /// Whether the code is wanted.
    pub with_code: bool,
    /// Whether the storage is wanted.
    pub with_storage: bool,
}

/// Some accounts of a state, in the order of the hashes of their addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPage {
    /// The state root.
    pub root: B256,
    /// The accounts.
    pub accounts: Vec<ListedAccount>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<B256>,
}

/// An account of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// The account.
    pub address: Address,
    /// Hash of the address.
    pub key: B256,
    /// Its balance in wei.
    pub balance: U256,
    /// Its nonce.
    pub nonce: u64,
    /// Root of its storage trie.
    pub storage_root: B256,
    /// Hash of its code.
    pub code_hash: B256,
    /// Its code; empty where it has none, or was not wanted.
    pub code: Bytes,
    /// Its slots and their words, in no order; `None` where they were not wanted.
    pub storage: Option<Vec<(U256, U256)>>,
}

/// Some slots of an account, in the order of the hashes of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoragePage {
    /// The slots.
    pub slots: Vec<ListedSlot>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<B256>,
}

/// A slot of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedSlot {
    /// Hash of the slot's number.
    pub key: B256,
    /// The slot.
    pub slot: U256,
    /// What it holds.
    pub word: U256,
}

impl Chain {
    /// A page of the accounts after a block; `None` for an unknown block.
    #[must_use]
    pub fn accounts_page(&self, block: u64, options: &PageOptions) -> Option<AccountPage> {
        let root = self.block(block)?.header.state_root;
        let world = self.world.read();
        let mut keys: Vec<(B256, Address)> = world
            .keys()
            .map(|(address, _)| (keccak256(address), address))
            .filter(|(key, address)| *key >= options.start && world.info(*address, block).is_some())
            .collect();
        keys.sort_unstable();
        let next = keys.get(options.most).map(|(key, _)| *key);
        keys.truncate(options.most);
        let accounts = keys
            .into_iter()
            .filter_map(|(key, address)| listed(&world, address, key, block, options))
            .collect();
        Some(AccountPage { root, accounts, next })
    }

    /// A page of an account's storage before the transaction of a block at `index` runs; `None`
    /// where the account has none.
    ///
    /// # Errors
    ///
    /// An unknown block, the genesis block, a position that the block does not have.
    pub fn storage_page(
        &self,
        block: u64,
        index: usize,
        account: Address,
        start: B256,
        most: usize,
    ) -> Result<Option<StoragePage>, TraceError> {
        let block = self.block(block).ok_or(TraceError::UnknownBlock(block))?;
        if index >= block.transactions.len() && block.header.number > 0 {
            return Err(TraceError::Index { index, block: block.hash });
        }
        let words = with_room(|| self.words_within(block, index, account))?;
        if words.is_empty() {
            return Ok(None);
        }
        let mut slots: Vec<ListedSlot> = words
            .into_iter()
            .map(|(slot, word)| ListedSlot { key: hashed(slot), slot, word })
            .filter(|listed| listed.key >= start)
            .collect();
        slots.sort_unstable_by_key(|listed| listed.key);
        let next = slots.get(most).map(|listed| listed.key);
        slots.truncate(most);
        Ok(Some(StoragePage { slots, next }))
    }

    /// The words of an account that are not zero after so many transactions of a block.
    fn words_within(
        &self,
        block: Arc<crate::Block>,
        count: usize,
        account: Address,
    ) -> Result<BTreeMap<U256, U256>, TraceError> {
        let parent = block.header.number.checked_sub(1).ok_or(TraceError::Genesis)?;
        let replay = self.replay(block)?.advance(count)?;
        let mut words: BTreeMap<_, _> =
            self.world.read().words(account, parent).into_iter().collect();
        let touched = replay.state().get(&account).filter(|account| account.is_touched());
        if touched.is_some_and(is_gone) {
            return Ok(BTreeMap::new());
        }
        for (&slot, word) in touched.iter().flat_map(|account| &account.storage) {
            words.insert(slot, word.present_value);
        }
        words.retain(|_, word| !word.is_zero());
        Ok(words)
    }

    /// The state root after each transaction of a block.
    ///
    /// # Errors
    ///
    /// An unknown block, the genesis block.
    pub fn intermediate_roots(&self, block: u64) -> Result<Vec<B256>, TraceError> {
        let block = self.block(block).ok_or(TraceError::UnknownBlock(block))?;
        let parent = block.header.number.checked_sub(1).ok_or(TraceError::Genesis)?;
        let mut trie = StateTrie::at(&self.world.read(), parent);
        with_room(|| {
            let mut replay = self.replay(Arc::clone(&block))?;
            let mut roots = Vec::with_capacity(block.transactions.len());
            for count in 1..=block.transactions.len() {
                replay = replay.advance(count)?;
                roots.push(trie.apply(replay.state()));
            }
            Ok(roots)
        })
    }

    /// The address or the slot with that hash, if it was ever in the state.
    #[must_use]
    pub fn preimage(&self, hash: B256) -> Option<Bytes> {
        let world = self.world.read();
        world.keys().find_map(|(address, mut slots)| {
            if keccak256(address) == hash {
                return Some(Bytes::copy_from_slice(address.as_slice()));
            }
            let slot = slots.find(|slot| hashed(*slot) == hash)?;
            Some(Bytes::copy_from_slice(&slot.to_be_bytes::<32>()))
        })
    }

    /// Code by its hash, if it was ever there.
    #[must_use]
    pub fn code_by_hash(&self, hash: B256) -> Option<Bytes> {
        let world = self.world.read();
        world.knows_code(hash).then(|| world.code(hash).original_bytes())
    }

    /// Whether a precompile is at that address now.
    #[must_use]
    pub fn is_precompile(&self, address: Address) -> bool {
        let head = Arc::clone(self.history.read().head());
        self.rules_of(&head).warm.contains(&address)
    }

    /// The accounts that are not after block `to` what they were after block `from`, in the order
    /// of the hashes of their addresses.
    #[must_use]
    pub fn modified_accounts(&self, from: u64, to: u64) -> Vec<Address> {
        let mut modified = self.world.read().modified(from, to);
        modified.sort_by_cached_key(|address| keccak256(address));
        modified
    }
}

fn listed(
    world: &World,
    address: Address,
    key: B256,
    block: u64,
    options: &PageOptions,
) -> Option<ListedAccount> {
    let info = world.info(address, block)?;
    let words = world.words(address, block);
    let code = options.with_code.then(|| world.code(info.code_hash).original_bytes());
    Some(ListedAccount {
        address,
        key,
        balance: info.balance,
        nonce: info.nonce,
        storage_root: storage_root(&words),
        code_hash: info.code_hash,
        code: code.unwrap_or_default(),
        storage: options.with_storage.then_some(words),
    })
}
