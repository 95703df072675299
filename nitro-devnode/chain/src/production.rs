//! Building and sealing blocks (devnode.md 2.1 to 2.3).

use std::sync::Arc;

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header, Transaction as _};
use alloy_primitives::{B64, B256, Bloom, Bytes, Log, U256, logs_bloom};
use alloy_rlp::Encodable;
use alloy_trie::root::ordered_trie_root_with_encoder;
use devnode_arbos::{
    ArbosState, BlockContext, send_tree,
    start_block::{self, StartBlock},
};
use revm::{
    context_interface::JournalTr,
    state::{Account, EvmState},
};

use crate::{
    Block, Receipt, SendError, StateOverrides, Transaction,
    admission::{Signed, admit},
    comfort::Surroundings,
    evm::{Context, Ledger, Rules, Session, Shared, context, end_transaction},
    message::{Ending, Executed, TX_LIMIT_VERSION, execute},
    series::changes,
    view::View,
    world::{Info, World},
};

/// With less compute gas left a block takes no further transaction (devnode.md 2.1, rule 6).
const LEAST_GAS: u64 = 21_000;

/// A block that lacks only its state root.
pub(crate) struct Built {
    pub(crate) block: Block,
    pub(crate) state: EvmState,
}

/// What a new block is built on.
pub(crate) struct Parent<'a> {
    pub(crate) block: &'a Block,
    pub(crate) view: View,
    pub(crate) shared: Arc<Shared>,
    pub(crate) rules: Arc<Rules>,
    /// Of the new block.
    pub(crate) surroundings: Surroundings,
}

/// Builds the block that holds one transaction.
///
/// # Errors
///
/// The transaction cannot be included; there is no block then.
pub(crate) fn build(
    parent: Parent<'_>,
    signed: Signed,
    timestamp: u64,
) -> Result<Built, SendError> {
    let (draft, added) = Draft::open(&parent, timestamp).add(signed);
    added?;
    Ok(draft.finish())
}

/// A block that is being built.
pub(crate) struct Draft {
    ctx: Context,
    parent_hash: B256,
    timestamp: u64,
    transactions: Vec<Transaction>,
    receipts: Vec<Receipt>,
}

impl Draft {
    /// Opens the block after `parent` with its start-block transaction.
    pub(crate) fn open(parent: &Parent<'_>, timestamp: u64) -> Self {
        let header = &parent.block.header;
        let mut ctx = open(parent, header.number + 1, timestamp);
        let start = StartBlock {
            block_number: header.number + 1,
            l1_block_number: parent.surroundings.l1_number,
            seconds_passed: timestamp - header.timestamp,
            parent_hash: parent.block.hash,
        };
        start_block::apply(&mut ArbosState::open(&mut Ledger(&mut ctx)), &start);
        adopt_upgrade(&mut ctx);
        ctx.journaled_state.commit_tx();
        Self {
            transactions: vec![Transaction::internal(ctx.cfg.chain_id, start.calldata())],
            receipts: vec![internal_receipt(ctx.chain.block.base_fee)],
            ctx,
            parent_hash: parent.block.hash,
            timestamp,
        }
    }

    /// Runs one more transaction; a refused one leaves no trace.
    pub(crate) fn add(mut self, signed: Signed) -> (Self, Result<(), SendError>) {
        let message = match admit(&mut self.ctx, &signed) {
            Ok(message) => message,
            Err(refused) => return (self, Err(refused)),
        };
        let price = message.tx.gas_price;
        let (mut ctx, executed) = execute(self.ctx, message);
        let added = executed.map(|executed| {
            end_transaction(&mut ctx);
            let before = self.receipts.last().map_or(0, |receipt| receipt.cumulative_gas_used);
            self.receipts.push(user_receipt(executed, price, before));
            self.transactions.push(Transaction::signed(signed.envelope, signed.sender));
        });
        if added.is_err() {
            ctx.journaled_state.discard_tx();
        }
        (Self { ctx, ..self }, added)
    }

    /// What the transactions so far have changed.
    pub(crate) fn changes(&self) -> StateOverrides {
        changes(&self.ctx.journaled_state.inner.state)
    }

    /// What the next transaction is judged on.
    pub(crate) const fn context(&mut self) -> &mut Context {
        &mut self.ctx
    }

    /// Takes transactions in their order while the block has room (devnode.md 2.1, rule 6); those
    /// that find none come back, and those that come before their predecessor, unless it follows.
    /// A refused transaction is dropped (rule 4).
    pub(crate) fn fill(mut self, mut waiting: Vec<Signed>) -> (Self, Vec<Signed>) {
        loop {
            let (mut early, before) = (Vec::new(), self.transactions.len());
            let mut rest = waiting.into_iter();
            while let Some(next) = rest.as_slice().first() {
                let is_early = self.is_ahead_of_its_nonce(next);
                if !is_early && !self.has_room_for(next) {
                    early.extend(rest);
                    return (self, early);
                }
                let next = rest.next().expect("it has been looked at");
                if is_early {
                    early.push(next);
                } else {
                    (self, _) = self.add(next);
                }
            }
            // What came in may have been what others waited for.
            if early.is_empty() || self.transactions.len() == before {
                return (self, early);
            }
            waiting = early;
        }
    }

    fn is_ahead_of_its_nonce(&mut self, signed: &Signed) -> bool {
        signed.envelope.nonce() > crate::evm::nonce(&mut self.ctx, signed.sender)
    }

    /// Before ArbOS 50 all that a transaction may use has to fit, unless it is the first.
    fn has_room_for(&mut self, next: &Signed) -> bool {
        let used: u64 =
            self.receipts.iter().map(|receipt| receipt.gas_used - receipt.gas_used_for_l1).sum();
        let budget = ArbosState::open(&mut Ledger(&mut self.ctx)).per_block_gas_limit();
        let left = budget.saturating_sub(used);
        let is_first = self.receipts.len() == 1;
        if left < LEAST_GAS || is_first || self.ctx.chain.rules.arbos_version >= TX_LIMIT_VERSION {
            return left >= LEAST_GAS;
        }
        // What is refused takes no room.
        admit(&mut self.ctx, next).map_or(true, |message| {
            let most = message.tx.gas_limit - message.poster.gas;
            most.max(LEAST_GAS) <= left
        })
    }

    /// Computes what the header says of the block.
    pub(crate) fn finish(mut self) -> Built {
        let (mix_hash, send_root) = (mix_hash(&mut self.ctx), send_root(&mut self.ctx));
        let block = self.ctx.chain.block;
        let state = self.ctx.journaled_state.finalize();
        let draft = Header {
            parent_hash: self.parent_hash,
            number: block.number,
            timestamp: self.timestamp,
            base_fee_per_gas: Some(block.base_fee.saturating_to()),
            beneficiary: block.coinbase,
            mix_hash,
            extra_data: send_root,
            ..Header::default()
        };
        Built { block: seal(draft, self.transactions, self.receipts), state }
    }
}

/// A context on top of the parent's state for the block `number`.
pub(crate) fn open(parent: &Parent<'_>, number: u64, timestamp: u64) -> Context {
    let Surroundings { l1_number, coinbase } = parent.surroundings;
    let block = BlockContext { number, l1_number, timestamp, base_fee: U256::ZERO, coinbase };
    let session = Session::new(Arc::clone(&parent.shared), Arc::clone(&parent.rules), block);
    let env = parent.rules.block_env(&block, U256::ZERO);
    let mut ctx = context(parent.view.clone(), env, session);
    // The header's base fee is the one that the parent's start-block transaction left.
    let base_fee = ArbosState::open(&mut Ledger(&mut ctx)).base_fee();
    ctx.chain.block.base_fee = base_fee;
    ctx.chain.visible_base_fee = base_fee;
    ctx.block.basefee = base_fee.saturating_to();
    ctx
}

/// Goes on with the rules of the version that the start-block transaction switched to.
pub(crate) fn adopt_upgrade(ctx: &mut Context) {
    let version = ArbosState::open(&mut Ledger(ctx)).version();
    if version != ctx.chain.rules.arbos_version {
        let rules = ctx.chain.rules.at(version);
        ctx.cfg = rules.cfg();
        ctx.journaled_state.set_spec_id(rules.spec);
        ctx.chain.rules = Arc::new(rules);
    }
}

/// Send count ‖ L1 block number ‖ ArbOS version ‖ flags (devnode.md 2.2).
pub(crate) fn mix_hash(ctx: &mut Context) -> B256 {
    let l1_number = ctx.chain.block.l1_number;
    let mut ledger = Ledger(ctx);
    let mut state = ArbosState::open(&mut ledger);
    let Ok(send_size) = send_tree::size(state.access());
    let mut word = B256::ZERO;
    word[..8].copy_from_slice(&send_size.to_be_bytes());
    word[8..16].copy_from_slice(&l1_number.to_be_bytes());
    word[16..24].copy_from_slice(&state.version().to_be_bytes());
    word[25] = u8::from(state.collect_tips());
    word
}

/// Root of the tree of messages to L1.
pub(crate) fn send_root(ctx: &mut Context) -> Bytes {
    let mut ledger = Ledger(ctx);
    let mut state = ArbosState::open(&mut ledger);
    let Ok(partials) = send_tree::partials(state.access());
    Bytes::copy_from_slice(send_tree::root(&partials).as_slice())
}

fn internal_receipt(base_fee: U256) -> Receipt {
    Receipt {
        succeeded: true,
        gas_used: 0,
        gas_used_for_l1: 0,
        cumulative_gas_used: 0,
        contract_address: None,
        effective_gas_price: base_fee.saturating_to(),
        logs: Vec::new(),
        bloom: Bloom::ZERO,
    }
}

fn user_receipt(executed: Executed, price: u128, gas_before: u64) -> Receipt {
    let succeeded = executed.ending == Ending::Success;
    let logs: Vec<Log> = if succeeded { executed.logs } else { Vec::new() };
    Receipt {
        succeeded,
        gas_used: executed.gas_used,
        gas_used_for_l1: executed.poster_gas,
        cumulative_gas_used: gas_before + executed.gas_used,
        contract_address: executed.created,
        effective_gas_price: price,
        bloom: logs_bloom(&logs),
        logs,
    }
}

/// Computes roots, bloom, size and hash.
pub(crate) fn seal(draft: Header, transactions: Vec<Transaction>, receipts: Vec<Receipt>) -> Block {
    let transactions_root = ordered_trie_root_with_encoder(&transactions, |one, out| {
        out.extend_from_slice(&one.encoded());
    });
    let encoded: Vec<Vec<u8>> = transactions
        .iter()
        .zip(&receipts)
        .map(|(transaction, receipt)| receipt.encoded(transaction.type_byte()))
        .collect();
    let receipts_root =
        ordered_trie_root_with_encoder(&encoded, |one, out| out.extend_from_slice(one));
    let header = Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        transactions_root,
        receipts_root,
        logs_bloom: receipts.iter().fold(Bloom::ZERO, |all, one| all | one.bloom),
        difficulty: U256::ONE,
        gas_limit: 1 << 50,
        gas_used: receipts.last().map_or(0, |one| one.cumulative_gas_used),
        nonce: B64::with_last_byte(1),
        ..draft
    };
    let hash = header.hash_slow();
    let size = block_size(&header, &transactions);
    Block { header, hash, size, transactions, receipts }
}

/// Bytes of `rlp([header, transactions, uncles])`; typed transactions are strings inside.
pub(crate) fn block_size(header: &Header, transactions: &[Transaction]) -> u64 {
    let list = |payload: usize| payload + alloy_rlp::length_of_length(payload);
    let body: usize = transactions
        .iter()
        .map(|one| {
            let raw = one.encoded();
            if one.type_byte() == 0 { raw.len() } else { raw.length() }
        })
        .sum();
    list(header.length() + list(body) + 1) as u64
}

/// EIP-161 and SELFDESTRUCT: the account does not exist after the block.
pub(crate) fn is_gone(account: &Account) -> bool {
    account.is_selfdestructed() || account.is_empty()
}

/// Writes the changes of a block into the world.
pub(crate) fn commit(world: &mut World, state: &EvmState, block: u64) {
    for (&address, account) in state.iter().filter(|(_, account)| account.is_touched()) {
        if is_gone(account) {
            if world.info(address, block).is_some() {
                world.write_info(address, block, None);
            }
            continue;
        }
        let info = Info::from(&account.info);
        if world.info(address, block) != Some(info) {
            if let Some(code) = account.info.code.as_ref().filter(|code| !code.is_empty()) {
                world.keep_code(info.code_hash, code.clone());
            }
            world.write_info(address, block, Some(info));
        }
        for (&slot, word) in &account.storage {
            if world.storage(address, slot, block) != word.present_value {
                world.write_storage(address, slot, block, word.present_value);
            }
        }
    }
}
