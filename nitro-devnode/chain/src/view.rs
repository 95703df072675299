//! The state of one block as the EVM reads it, with the overrides of a call.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use alloy_primitives::{Address, B256, U256};
use parking_lot::RwLock;
use revm::{
    Database,
    bytecode::Bytecode,
    primitives::{StorageKey, StorageValue},
    state::AccountInfo,
};

use crate::{AccountOverride, StateOverrides, series::merge, world::World};

/// The state as of a block.
#[derive(Debug, Clone)]
pub(crate) struct View {
    world: Arc<RwLock<World>>,
    block: u64,
    overrides: Arc<HashMap<Address, AccountOverride>>,
    /// Where precompiles were moved to, and from where.
    moved: Arc<HashMap<Address, Address>>,
}

impl View {
    /// The state after `block`.
    pub(crate) fn of(world: Arc<RwLock<World>>, block: u64) -> Self {
        Self { world, block, overrides: Arc::default(), moved: Arc::default() }
    }

    /// The same with the pretended accounts of a call, which lie over those that it has already.
    pub(crate) fn with_overrides(mut self, overrides: &StateOverrides) -> Self {
        let mut all = overrides.clone();
        if !self.overrides.is_empty() {
            let below = self.overrides.iter();
            all = below.map(|(address, change)| (*address, change.clone())).collect();
            merge(&mut all, overrides.clone());
        }
        self.overrides = Arc::new(all.into_iter().collect());
        let moved = overrides
            .iter()
            .filter_map(|(from, change)| change.move_precompile_to.map(|to| (to, *from)));
        self.moved = Arc::new(moved.collect());
        self
    }

    /// The address whose precompile answers here, if there is one: another one's where it was
    /// moved, none where the account is pretended (devnode.md section 2.11).
    pub(crate) fn precompile_at(&self, address: Address) -> Option<Address> {
        if let Some(from) = self.moved.get(&address) {
            return Some(*from);
        }
        let change = self.overrides.get(&address);
        change.is_none_or(|change| change.keeps_precompile).then_some(address)
    }

    fn stored(&self, address: Address) -> Option<AccountInfo> {
        let world = self.world.read();
        let info = world.info(address, self.block)?;
        // The code comes along: one lock instead of two, and cloning it counts a reference.
        let code = world.code(info.code_hash);
        Some(AccountInfo::new(info.balance, info.nonce, info.code_hash, code))
    }
}

impl Database for View {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let stored = self.stored(address);
        let Some(change) = self.overrides.get(&address) else {
            return Ok(stored);
        };
        let mut info = stored.unwrap_or_default();
        if let Some(balance) = change.balance {
            info.balance = balance;
        }
        if let Some(nonce) = change.nonce {
            info.nonce = nonce;
        }
        if let Some(code) = &change.code {
            info.set_code(bytecode(code.clone()));
        }
        Ok(Some(info))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.world.read().code(hash))
    }

    fn storage(&mut self, address: Address, slot: StorageKey) -> Result<StorageValue, Infallible> {
        if let Some(change) = self.overrides.get(&address) {
            let words = change.state.as_ref().or(change.state_diff.as_ref());
            let word = words.and_then(|words| words.iter().find(|(key, _)| *key == slot));
            if let Some((_, value)) = word {
                return Ok(U256::from_be_bytes(value.0));
            }
            if change.state.is_some() {
                return Ok(U256::ZERO);
            }
        }
        Ok(self.world.read().storage(address, slot, self.block))
    }

    fn block_hash(&mut self, _number: u64) -> Result<B256, Infallible> {
        // BLOCKHASH asks for L1 blocks, of which there are none (devnode.md 1.7).
        Ok(B256::ZERO)
    }
}

/// Code as the interpreter takes it. Stylus code is kept as it is; a delegation designator
/// (EIP-7702) is recognised.
pub(crate) fn bytecode(code: alloy_primitives::Bytes) -> Bytecode {
    Bytecode::new_raw_checked(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code))
}
