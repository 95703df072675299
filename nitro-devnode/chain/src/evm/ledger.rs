//! ArbOS's way to the journal: free of gas, and leaving warm and cold as it found them.

use std::convert::Infallible;

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use devnode_arbos::{Backend, BlockContext, CodeRead, TxContext};
use devnode_stylus::{Activation, ActivationConfig, ActivationError};
use revm::context_interface::{JournalTr, journaled_state::account::JournaledAccountTr};

use super::Context;
use crate::{trace, view::bytecode};

/// A context as ArbOS sees it.
pub(crate) struct Ledger<'a>(pub(crate) &'a mut Context);

/// Reading state in memory cannot fail.
fn read<T>(result: Result<T, Infallible>) -> T {
    let Ok(value) = result;
    value
}

impl Ledger<'_> {
    /// Makes sure that an account is in the journal, without making it warm.
    fn present(&mut self, account: Address) {
        let journal = &mut self.0.journaled_state;
        let was_cold = read(journal.load_account_with_code(account)).is_cold;
        if was_cold && let Some(loaded) = journal.inner.state.get_mut(&account) {
            loaded.mark_cold();
        }
    }

    fn change(&mut self, account: Address, change: impl FnOnce(&mut dyn Change)) {
        let journal = &mut self.0.journaled_state;
        let was_cold = {
            let mut loaded = read(journal.load_account_mut(account));
            change(&mut loaded.data);
            loaded.is_cold
        };
        if was_cold && let Some(loaded) = journal.inner.state.get_mut(&account) {
            loaded.mark_cold();
        }
    }

    fn take(&mut self, account: Address, amount: U256) -> bool {
        let mut is_done = false;
        self.change(account, |account| is_done = account.take(amount));
        is_done
    }

    fn loaded(&mut self, account: Address) -> &revm::state::Account {
        self.present(account);
        self.0.journaled_state.inner.account(account)
    }

    /// Code of an account as the interpreter takes it, with its hash.
    pub(super) fn bytecode(&mut self, account: Address) -> (B256, revm::bytecode::Bytecode) {
        let info = &self.loaded(account).info;
        (info.code_hash, info.code.clone().unwrap_or_default())
    }
}

/// Nonce of an account, without making it warm.
pub(crate) fn nonce(ctx: &mut Context, account: Address) -> u64 {
    Ledger(ctx).loaded(account).info.nonce
}

/// What ArbOS changes about accounts.
trait Change {
    fn set_nonce(&mut self, nonce: u64);
    fn set_code(&mut self, code: Bytes);
    fn add(&mut self, amount: U256);
    fn take(&mut self, amount: U256) -> bool;
}

impl<T: JournaledAccountTr> Change for T {
    fn set_nonce(&mut self, nonce: u64) {
        self.touch();
        JournaledAccountTr::set_nonce(self, nonce);
    }

    fn set_code(&mut self, code: Bytes) {
        self.touch();
        self.set_code_and_hash_slow(bytecode(code));
    }

    fn add(&mut self, amount: U256) {
        let sum = self.balance().saturating_add(amount);
        self.touch();
        self.set_balance(sum);
    }

    fn take(&mut self, amount: U256) -> bool {
        let Some(rest) = self.balance().checked_sub(amount) else { return false };
        self.touch();
        self.set_balance(rest);
        true
    }
}

impl Backend for Ledger<'_> {
    fn block(&self) -> BlockContext {
        self.0.chain.block
    }

    fn tx(&self) -> TxContext {
        self.0.chain.tx
    }

    fn max_code_size(&self) -> u64 {
        self.0.chain.rules.priced_code_size()
    }

    fn l2_block_hash(&mut self, number: u64) -> B256 {
        self.0.chain.shared.block_hash(number)
    }

    fn storage(&mut self, account: Address, slot: U256) -> U256 {
        if self.0.chain.watch.in_precompile {
            trace::precompile_storage(self.0, slot, None);
        }
        self.present(account);
        let journal = &mut self.0.journaled_state;
        let word = read(journal.sload(account, slot));
        let (value, was_cold) = (word.data, word.is_cold);
        if was_cold {
            self.chill(account, slot);
        }
        value
    }

    fn set_storage(&mut self, account: Address, slot: U256, value: U256) {
        if self.0.chain.watch.in_precompile {
            trace::precompile_storage(self.0, slot, Some(value));
        }
        self.present(account);
        let was_cold = read(self.0.journaled_state.sstore(account, slot, value)).is_cold;
        if was_cold {
            self.chill(account, slot);
        }
        self.0.journaled_state.touch_account(account);
    }

    fn code(&mut self, account: Address) -> Bytes {
        let code = self.loaded(account).info.code.as_ref();
        code.map(revm::bytecode::Bytecode::original_bytes).unwrap_or_default()
    }

    fn code_hash(&mut self, account: Address) -> B256 {
        let loaded = self.loaded(account);
        if loaded.is_loaded_as_not_existing() && !loaded.is_touched() {
            return B256::ZERO;
        }
        loaded.info.code_hash
    }

    fn set_code(&mut self, account: Address, code: Bytes) {
        self.change(account, |account| account.set_code(code));
    }

    fn set_nonce(&mut self, account: Address, nonce: u64) {
        self.change(account, |account| account.set_nonce(nonce));
    }

    fn load_code_warming(&mut self, account: Address) -> CodeRead {
        let code = read(self.0.journaled_state.code(account));
        CodeRead { was_cold: code.is_cold, code: code.data }
    }

    fn balance(&mut self, account: Address) -> U256 {
        self.loaded(account).info.balance
    }

    fn mint(&mut self, account: Address, amount: U256) {
        self.change(account, |account| account.add(amount));
        trace::moved(self.0, Address::ZERO, account, amount);
    }

    fn burn(&mut self, account: Address, amount: U256) -> bool {
        let is_done = self.take(account, amount);
        if is_done {
            trace::moved(self.0, account, Address::ZERO, amount);
        }
        is_done
    }

    fn transfer(&mut self, from: Address, to: Address, amount: U256) -> bool {
        let is_done = self.take(from, amount);
        if is_done {
            self.change(to, |account| account.add(amount));
            trace::moved(self.0, from, to, amount);
        }
        is_done
    }

    fn is_self_destructed(&mut self, account: Address) -> bool {
        self.loaded(account).is_selfdestructed()
    }

    fn emit_log(&mut self, address: Address, topics: Vec<B256>, data: Bytes) {
        let log = Log { address, data: LogData::new_unchecked(topics, data) };
        trace::log(self.0, &log);
        self.0.journaled_state.log(log);
    }

    fn open_pages(&self) -> u16 {
        self.0.chain.pages.open
    }

    fn activate_module(
        &mut self,
        module: &[u8],
        config: &ActivationConfig,
        gas: &mut u64,
    ) -> Result<Activation, ActivationError> {
        self.0.chain.shared.clone().activate(module, config, gas)
    }
}

impl Ledger<'_> {
    /// Makes a slot cold again that ArbOS was the first to look at.
    fn chill(&mut self, account: Address, slot: U256) {
        let state = &mut self.0.journaled_state.inner.state;
        if let Some(word) = state.get_mut(&account).and_then(|one| one.storage.get_mut(&slot)) {
            word.mark_cold();
        }
    }
}
