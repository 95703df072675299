//! Running mined transactions again, under the eyes of a tracer.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, U256};
use devnode_arbos::{
    ArbosState,
    pricing::l1::Measure,
    start_block::{self, StartBlock},
};
use revm::{context_interface::JournalTr, state::EvmState};
use thiserror::Error;

use super::{Enter, Exit, FrameKind, Place, Tracer, TxEnd, TxStart, notify::tell};
use crate::{
    AccountOverride, Block, BlockOverrides, Body, CallRequest, Chain, SendError, StateOverrides,
    admission::{Signed, admit},
    evm::{Context, Ledger},
    message::execute,
    production::{self, Parent},
    simulation::{GasChoice, Stage},
};

/// Why there is no trace; the texts are go-ethereum's (devnode.md 5.5 and 5.8).
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceError {
    /// No transaction has this hash.
    #[error("transaction not found")]
    UnknownTransaction,
    /// No block has this number.
    #[error("block #{0} not found")]
    UnknownBlock(u64),
    /// Block 0 was not made by transactions.
    #[error("genesis is not traceable")]
    Genesis,
    /// The block has fewer transactions.
    #[error("transaction index {index} out of range for block {block}")]
    Index {
        /// The position asked for.
        index: usize,
        /// Hash of the block.
        block: B256,
    },
    /// The message could not be run.
    #[error("tracing failed: {0}")]
    Failed(String),
    /// The tracer could not be made, or has no result.
    #[error("{0}")]
    Tracer(String),
}

/// The trace of one transaction of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedTransaction {
    /// Hash of the transaction.
    pub hash: B256,
    /// The JSON text, or why there is none.
    pub result: Result<String, TraceError>,
}

/// Makes the tracer of a transaction.
pub type MakeTracer<'a> = &'a mut dyn FnMut(Place) -> Result<Box<dyn Tracer>, String>;

/// A block that is being run again.
#[derive(Debug)]
pub(crate) struct Replay {
    ctx: Context,
    block: Arc<Block>,
    parent_hash_and_time: (B256, u64),
    /// Transactions that have run.
    done: usize,
}

impl Chain {
    /// Traces a mined transaction.
    ///
    /// # Errors
    ///
    /// An unknown transaction, a tracer that cannot be made or has no result.
    pub fn trace_transaction(
        &self,
        hash: B256,
        make: MakeTracer<'_>,
    ) -> Result<String, TraceError> {
        let (block, index) = self.locate(hash).ok_or(TraceError::UnknownTransaction)?;
        with_room(|| {
            let tracer = make(place(&block, index)).map_err(TraceError::Tracer)?;
            let replay = self.replay(block)?.advance(index)?;
            replay.traced(tracer)?.1
        })
    }

    /// Traces all transactions of a block, the one that starts it included.
    ///
    /// # Errors
    ///
    /// An unknown block, the genesis block, a tracer that cannot be made.
    pub fn trace_block(
        &self,
        number: u64,
        make: MakeTracer<'_>,
    ) -> Result<Vec<TracedTransaction>, TraceError> {
        let block = self.block(number).ok_or(TraceError::UnknownBlock(number))?;
        with_room(|| {
            let mut replay = self.replay(Arc::clone(&block))?;
            let mut traces = Vec::with_capacity(block.transactions.len());
            for (index, transaction) in block.transactions.iter().enumerate() {
                let tracer = make(place(&block, index)).map_err(TraceError::Tracer)?;
                let (next, result) = replay.traced(tracer)?;
                replay = next;
                traces.push(TracedTransaction { hash: transaction.hash, result });
            }
            Ok(traces)
        })
    }

    /// Traces a call on the state after a block or, with `index`, after so many of its
    /// transactions.
    ///
    /// # Errors
    ///
    /// An unknown block or position, a call that cannot start, a tracer that has no result.
    pub fn trace_call(
        &self,
        request: &CallRequest,
        block: u64,
        index: Option<usize>,
        state: &StateOverrides,
        environment: &BlockOverrides,
        tracer: Box<dyn Tracer>,
    ) -> Result<String, TraceError> {
        let mut stage = self.stage_at(block, false).map_err(|_| TraceError::UnknownBlock(block))?;
        let mut overrides = StateOverrides::new();
        if let Some(index) = index {
            let block = self.block(block).ok_or(TraceError::UnknownBlock(block))?;
            let replay = self.replay(block)?.advance(index)?;
            stage.view = self.parent_stage(&replay.block)?.0.view;
            overrides = replay.changes();
        }
        let stage = stage.pretending(&merged(overrides, state), environment);
        let gas = GasChoice::of_call(request);
        let mut started = stage
            .start(request, environment, gas, Measure::Call)
            .map_err(|refusal| TraceError::Failed(refusal.text()))?;
        with_room(move || {
            started.ctx.chain.deadline = tracer.deadline();
            started.ctx.chain.watch.tracer = Some(tracer);
            let (mut ctx, executed) = execute(started.ctx, started.message);
            executed.map_err(|error| failed(&error))?;
            finished(&mut ctx)
        })
    }

    /// The block before this one, with what the chain was then.
    fn parent_stage(&self, block: &Block) -> Result<(Stage, Arc<Block>), TraceError> {
        let number = block.header.number.checked_sub(1).ok_or(TraceError::Genesis)?;
        let unknown = TraceError::UnknownBlock(number);
        let parent = self.block(number).ok_or_else(|| unknown.clone())?;
        let stage = self.stage_at(number, false).map_err(|_| unknown)?;
        Ok((stage, parent))
    }

    pub(crate) fn replay(&self, block: Arc<Block>) -> Result<Replay, TraceError> {
        let (stage, parent) = self.parent_stage(&block)?;
        let parent =
            Parent { block: &parent, view: stage.view, shared: stage.shared, rules: stage.rules };
        let parent_hash_and_time = (parent.block.hash, parent.block.header.timestamp);
        let (number, timestamp) = (block.header.number, block.header.timestamp);
        let ctx = production::open(&parent, number, timestamp);
        Ok(Replay { ctx, block, parent_hash_and_time, done: 0 })
    }
}

/// Native stack for a trace in bytes; memory is taken only for what is touched.
const STACK_LEN: usize = 64 << 20;

/// Runs a trace where a tree of a thousand calls can be walked and dropped.
pub(crate) fn with_room<T>(trace: impl FnOnce() -> T) -> T {
    stacker::grow(STACK_LEN, trace)
}

fn place(block: &Block, index: usize) -> Place {
    Place {
        transaction: Some(block.transactions[index].hash),
        index,
        block_hash: block.hash,
        block_number: block.header.number,
    }
}

/// Takes the result out of the tracer of a run that is over.
fn finished(ctx: &mut Context) -> Result<String, TraceError> {
    let tracer = ctx.chain.watch.tracer.take();
    let mut tracer = tracer.expect("a hook that borrows the tracer puts it back");
    tracer.result().map_err(TraceError::Tracer)
}

impl Replay {
    /// Runs transactions until `count` are done.
    pub(crate) fn advance(mut self, count: usize) -> Result<Self, TraceError> {
        if count > self.block.transactions.len() {
            return Err(TraceError::Index { index: count, block: self.block.hash });
        }
        while self.done < count {
            self = self.step()?;
        }
        Ok(self)
    }

    /// Runs the next transaction under a tracer; the inner result is the tracer's.
    fn traced(
        mut self,
        tracer: Box<dyn Tracer>,
    ) -> Result<(Self, Result<String, TraceError>), TraceError> {
        self.ctx.chain.deadline = tracer.deadline();
        self.ctx.chain.watch.tracer = Some(tracer);
        let mut after = self.step()?;
        after.ctx.chain.deadline = None;
        let result = finished(&mut after.ctx);
        Ok((after, result))
    }

    /// Runs the next transaction.
    fn step(mut self) -> Result<Self, TraceError> {
        let block = Arc::clone(&self.block);
        let transaction = &block.transactions[self.done];
        match &transaction.body {
            Body::Internal { data } => self.start_block(data),
            Body::Signed(envelope) => {
                let signed = Signed::known(
                    envelope.as_ref().clone(),
                    transaction.from,
                    transaction.encoded().to_vec(),
                );
                let mut ctx = self.ctx;
                let message = admit(&mut ctx, &signed)
                    .map_err(|error| TraceError::Failed(error.to_string()))?;
                let (ctx, executed) = execute(ctx, message);
                executed.map_err(|error| failed(&error))?;
                self.ctx = ctx;
            }
        }
        self.ctx.journaled_state.commit_tx();
        self.done += 1;
        Ok(self)
    }

    /// The transaction that starts the block runs no code: one empty frame for tracers.
    fn start_block(&mut self, data: &Bytes) {
        let (parent_hash, parent_time) = self.parent_hash_and_time;
        let header = &self.block.header;
        let start = StartBlock {
            block_number: header.number,
            l1_block_number: 0,
            seconds_passed: header.timestamp - parent_time,
            parent_hash,
        };
        tell_start_of_block(&mut self.ctx, data);
        start_block::apply(&mut ArbosState::open(&mut Ledger(&mut self.ctx)), &start);
        production::adopt_upgrade(&mut self.ctx);
        tell(&mut self.ctx, |tracer, state| {
            tracer.tx_end(&TxEnd { gas_used: 0, error: None }, state);
        });
    }

    /// The accounts that the transactions so far have read or changed.
    pub(crate) const fn state(&self) -> &EvmState {
        &self.ctx.journaled_state.inner.state
    }

    /// What the transactions so far have changed, as overrides on the parent's state.
    fn changes(&self) -> StateOverrides {
        let touched = self.ctx.journaled_state.inner.state.iter();
        touched
            .filter(|(_, account)| account.is_touched())
            .map(|(address, account)| {
                let words = account.storage.iter();
                let changed = words.map(|(slot, word)| (*slot, word.present_value.into()));
                let code = account.info.code.as_ref().filter(|code| !code.is_empty());
                let change = AccountOverride {
                    balance: Some(account.info.balance),
                    nonce: Some(account.info.nonce),
                    code: code.map(revm::bytecode::Bytecode::original_bytes),
                    state_diff: Some(changed.collect()),
                    keeps_precompile: true,
                    ..AccountOverride::default()
                };
                (*address, change)
            })
            .collect()
    }
}

fn tell_start_of_block(ctx: &mut Context, data: &Bytes) {
    let from = start_block::SENDER;
    let (coinbase, visible_number) = (ctx.block.beneficiary, ctx.block.number);
    let (timestamp, rules) = (ctx.chain.block.timestamp, Arc::clone(&ctx.chain.rules));
    tell(ctx, |tracer, state| {
        let start = TxStart {
            from,
            to: Some(from),
            input: data,
            value: U256::ZERO,
            gas_limit: 0,
            gas_price: U256::ZERO,
            intrinsic_gas: 0,
            coinbase,
            visible_number,
            timestamp,
            authorities: &[],
            precompiles: &rules.warm,
        };
        tracer.tx_start(&start, state);
        let frame = Enter {
            kind: FrameKind::Call,
            depth: 0,
            from,
            to: from,
            input: data,
            gas: 0,
            value: Some(U256::ZERO),
        };
        tracer.enter(&frame, state);
        let output = &Bytes::new();
        let exit = Exit { depth: 0, output, gas_used: 0, error: None, is_revert: false };
        tracer.exit(&exit, state);
    });
}

/// Overrides on top of others.
fn merged(mut below: StateOverrides, above: &StateOverrides) -> StateOverrides {
    for (address, change) in above {
        let found = below.iter_mut().find(|(other, _)| other == address);
        let Some((_, merged)) = found else {
            below.push((*address, change.clone()));
            continue;
        };
        merged.balance = change.balance.or(merged.balance);
        merged.nonce = change.nonce.or(merged.nonce);
        merged.move_precompile_to = change.move_precompile_to.or(merged.move_precompile_to);
        merged.keeps_precompile &= change.keeps_precompile;
        merged.code = change.code.clone().or_else(|| merged.code.take());
        if change.state.is_some() {
            merged.state.clone_from(&change.state);
            merged.state_diff = None;
        } else if let Some(words) = &change.state_diff {
            // The first match counts.
            let older = merged.state_diff.take().unwrap_or_default();
            merged.state_diff = Some(words.iter().copied().chain(older).collect());
        }
    }
    below
}

/// A program that was still running when the tracer's time was up ends as its tracer does.
fn failed(error: &SendError) -> TraceError {
    TraceError::Failed(match error {
        SendError::Timeout => "execution timeout".to_owned(),
        error => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Address;

    use super::*;

    #[test]
    fn the_override_of_the_request_wins_over_what_transactions_changed() {
        let account = Address::repeat_byte(1);
        let word = |value| (U256::from(value), B256::with_last_byte(value));
        let below = vec![(
            account,
            AccountOverride {
                balance: Some(U256::ONE),
                nonce: Some(3),
                state_diff: Some(vec![word(1), word(2)]),
                ..AccountOverride::default()
            },
        )];
        let other = (U256::from(1), B256::with_last_byte(9));
        let above = vec![(
            account,
            AccountOverride {
                balance: Some(U256::from(5)),
                state_diff: Some(vec![other]),
                ..AccountOverride::default()
            },
        )];

        let all = merged(below, &above);

        let change = &all[0].1;
        assert_eq!((change.balance, change.nonce), (Some(U256::from(5)), Some(3)));
        assert_eq!(change.state_diff.as_ref().unwrap()[0], other);
    }
}
