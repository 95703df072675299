//! Changes to the state outside of any block, and how they are undone (devnode.md 7.2).

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use devnode_arbos::{ArbosState, Backend};
use revm::{
    context_interface::JournalTr,
    state::{Account, AccountInfo, EvmState, EvmStorageSlot, TransactionId},
};

use crate::{
    Chain,
    evm::{Ledger, Session, context},
    production::commit,
    world::{Info, World},
};

/// What one edit overwrote.
#[derive(Debug)]
pub(crate) struct Undo {
    /// The block at which it was made.
    block: u64,
    accounts: Vec<Overwritten>,
}

#[derive(Debug)]
struct Overwritten {
    address: Address,
    info: Option<Info>,
    storage: Vec<(U256, U256)>,
}

impl Undo {
    /// What committing `state` will overwrite.
    fn of(world: &World, state: &EvmState, block: u64) -> Self {
        let touched = state.iter().filter(|(_, account)| account.is_touched());
        let accounts = touched
            .map(|(&address, account)| Overwritten {
                address,
                info: world.info(address, block),
                storage: account
                    .storage
                    .keys()
                    .map(|&slot| (slot, world.storage(address, slot, block)))
                    .collect(),
            })
            .collect();
        Self { block, accounts }
    }

    /// The state that restores what was.
    fn state(self, world: &World) -> EvmState {
        let accounts = self.accounts.into_iter().map(|old| {
            let info = old.info.map(|info| {
                let code = world.code(info.code_hash);
                AccountInfo::new(info.balance, info.nonce, info.code_hash, code)
            });
            (old.address, whole_account(info.unwrap_or_default(), old.storage))
        });
        accounts.collect()
    }
}

/// All edits since the start, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Edits(Vec<Undo>);

impl Edits {
    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Forgets all, without undoing them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Undoes what came after the first `kept` edits, in a world whose head is `head`: edits at
    /// later blocks went with these.
    pub(crate) fn undo(&mut self, world: &mut World, kept: usize, head: u64) {
        while self.0.len() > kept {
            let Some(undo) = self.0.pop() else { return };
            if undo.block <= head {
                let block = undo.block;
                let state = undo.state(world);
                write(world, &state, block);
            }
        }
    }

    /// Forgets those at blocks after `head`, which are gone.
    pub(crate) fn forget_after(&mut self, head: u64) {
        self.0.retain(|undo| undo.block <= head);
    }
}

impl Chain {
    /// Sets a balance in wei.
    pub fn set_balance(&self, account: Address, wei: U256) {
        self.edit(|ledger| {
            let before = ledger.balance(account);
            let is_taken = ledger.burn(account, before);
            debug_assert!(is_taken, "an account has its balance");
            ledger.mint(account, wei);
        });
    }

    /// Sets a nonce.
    pub fn set_nonce(&self, account: Address, nonce: u64) {
        self.edit(|ledger| ledger.set_nonce(account, nonce));
    }

    /// Sets the code of an account. Stylus code is active only if a program with the same code is.
    pub fn set_code(&self, account: Address, code: Bytes) {
        self.edit(|ledger| ledger.set_code(account, code));
    }

    /// Sets a word of storage.
    pub fn set_storage(&self, account: Address, slot: U256, value: U256) {
        self.edit(|ledger| ledger.set_storage(account, slot, value));
    }

    /// Sets the base fee of the next block, in wei; later ones follow the price model again.
    pub fn set_next_base_fee(&self, wei: U256) {
        self.edit(|ledger| ArbosState::open(ledger).set_base_fee(wei));
    }

    /// Sets the least base fee, in wei.
    pub fn set_min_base_fee(&self, wei: U256) {
        self.edit(|ledger| ArbosState::open(ledger).set_min_base_fee(wei));
    }

    /// Sets the compute gas of one block.
    pub fn set_block_gas_limit(&self, gas: u64) {
        self.edit(|ledger| ArbosState::open(ledger).set_per_block_gas_limit(gas));
    }

    /// Changes the state of the head block.
    fn edit(&self, change: impl FnOnce(&mut Ledger<'_>)) {
        let _turn = self.sequencer.lock();
        let head = Arc::clone(self.history.read().head());
        let stage = self.stage(&head);
        let env = stage.rules.block_env(&stage.block, stage.block.base_fee);
        let session = Session::new(stage.shared, stage.rules, stage.block);
        let mut ctx = context(stage.view, env, session);
        change(&mut Ledger(&mut ctx));
        ctx.journaled_state.commit_tx();
        self.commit_edit(&ctx.journaled_state.finalize(), head.header.number);
    }

    /// Writes a changed state and remembers what it overwrites; the caller holds the sequencer.
    pub(crate) fn commit_edit(&self, state: &EvmState, block: u64) {
        let mut world = self.world.write();
        let undo = Undo::of(&world, state, block);
        write(&mut world, state, block);
        self.comfort.edits.lock().0.push(undo);
    }
}

/// Writes a changed state. An account with storage and nothing else does not exist after a block,
/// but here it keeps its words until its code or balance is set.
fn write(world: &mut World, state: &EvmState, block: u64) {
    commit(world, state, block);
    for (&address, account) in state.iter().filter(|(_, account)| account.is_empty()) {
        for (&slot, word) in &account.storage {
            if world.storage(address, slot, block) != word.present_value {
                world.write_storage(address, slot, block, word.present_value);
            }
        }
    }
}

/// An account as it is written into the state in one piece.
pub(crate) fn whole_account(
    info: AccountInfo,
    storage: impl IntoIterator<Item = (U256, U256)>,
) -> Account {
    let mut account = Account::from(info);
    account.mark_touch();
    let words = storage.into_iter();
    account.storage = words
        .map(|(slot, value)| (slot, EvmStorageSlot::new(value, TransactionId::ZERO)))
        .collect();
    account
}
