//! The whole chain as data, to be written somewhere and read back (devnode.md 7.2).

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_primitives::{Address, Bytes, U256};
use revm::state::{AccountInfo, EvmState};

use super::{clock::Clock, edit::whole_account, surroundings::Wished};
use crate::{
    Block, Chain, Receipt, SendError, Transaction, Turn,
    chain::{History, now},
    production::{block_size, commit},
    view::bytecode,
    world::World,
};

/// Accounts of the newest block, and all blocks.
#[derive(Debug, Clone, Default)]
pub struct Dump {
    /// The accounts, sorted by address.
    pub accounts: Vec<AccountDump>,
    /// The blocks from genesis on; empty in dumps of other programs.
    pub blocks: Vec<BlockDump>,
    /// What the clock shows, in seconds since 1970.
    pub time: u64,
}

/// One account.
#[derive(Debug, Clone, Default)]
pub struct AccountDump {
    /// Where it is.
    pub address: Address,
    /// Balance in wei.
    pub balance: U256,
    /// The nonce.
    pub nonce: u64,
    /// The code, of a Stylus contract with its prefix.
    pub code: Bytes,
    /// The words that are not zero, sorted by slot.
    pub storage: Vec<(U256, U256)>,
}

/// One block.
#[derive(Debug, Clone)]
pub struct BlockDump {
    /// The header.
    pub header: Header,
    /// Canonical bytes and sender of each transaction.
    pub transactions: Vec<(Bytes, Address)>,
    /// The receipts, one for each transaction.
    pub receipts: Vec<Receipt>,
}

impl Chain {
    /// The newest state and all blocks.
    #[must_use]
    pub fn dump(&self) -> Dump {
        let _turn = self.sequencer.lock();
        let history = self.history.read();
        let world = self.world.read();
        let head = history.head().header.number;
        let mut accounts: Vec<_> = world
            .accounts_at(head)
            .map(|(address, info, mut storage)| {
                storage.sort_unstable();
                let code = world.code(info.code_hash).original_bytes();
                AccountDump { address, balance: info.balance, nonce: info.nonce, code, storage }
            })
            .collect();
        accounts.sort_unstable_by_key(|account| account.address);
        let blocks = history.blocks.iter().map(|block| BlockDump {
            header: block.header.clone(),
            transactions: block.transactions.iter().map(|one| (one.encoded(), one.from)).collect(),
            receipts: block.receipts.clone(),
        });
        Dump { accounts, blocks: blocks.collect(), time: self.time() }
    }

    /// Reads a dump: with blocks it replaces everything, without them its accounts are written over
    /// those of the newest block. Of older blocks the state is not known afterwards.
    ///
    /// # Errors
    ///
    /// A transaction of the dump cannot be read; nothing has changed then.
    pub fn load(&self, dump: Dump) -> Result<(), SendError> {
        let state: EvmState = dump.accounts.into_iter().map(AccountDump::whole).collect();
        let blocks: Vec<_> =
            dump.blocks.into_iter().map(BlockDump::restored).collect::<Result<_, _>>()?;
        {
            let _turn = self.sequencer.lock();
            match blocks.last() {
                None => {
                    let head = self.head_number();
                    self.commit_edit(&state, head);
                }
                Some(head) => {
                    let mut world = World::default();
                    commit(&mut world, &state, head.header.number);
                    let mut history = History::default();
                    blocks.into_iter().for_each(|block| history.append(Arc::new(block)));
                    self.restore(world, history);
                }
            }
            if dump.time > now() {
                *self.comfort.clock.lock() = Clock::showing(dump.time, now());
            }
        }
        self.tell(self.head_number());
        Ok(())
    }

    /// Takes over a state and its blocks; the caller holds the sequencer.
    pub(super) fn restore(&self, world: World, mut history: History) {
        self.shared.replace_blocks(history.blocks.iter().map(|block| block.hash).collect());
        let head = Arc::clone(history.head());
        *self.world.write() = world;
        {
            let mut before = self.history.write();
            history.turns = std::mem::take(&mut before.turns);
            history.turns.add(Turn { to: head.header.number, gone: Vec::new() });
            *before = history;
        }
        let rules = self.rules_of(&head);
        *self.rules.write() = rules;
        *self.comfort.wished.lock() = Wished::default();
        self.comfort.edits.lock().clear();
        self.comfort.snapshots.lock().forget();
        self.comfort.pool.lock().take();
    }
}

impl AccountDump {
    fn whole(self) -> (Address, revm::state::Account) {
        let mut info =
            AccountInfo { balance: self.balance, nonce: self.nonce, ..AccountInfo::default() };
        if !self.code.is_empty() {
            info.set_code(bytecode(self.code));
        }
        (self.address, whole_account(info, self.storage))
    }
}

impl BlockDump {
    fn restored(self) -> Result<Block, SendError> {
        let transactions: Vec<_> = self
            .transactions
            .into_iter()
            .map(|(raw, from)| Transaction::restored(&raw, from))
            .collect::<Result<_, _>>()?;
        let hash = self.header.hash_slow();
        let size = block_size(&self.header, &transactions);
        Ok(Block { header: self.header, hash, size, transactions, receipts: self.receipts })
    }
}
