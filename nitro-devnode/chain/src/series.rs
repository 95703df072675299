//! Blocks of calls that never happen (`eth_simulateV1`, devnode.md 5.1).

use alloy_consensus::{Header, SignableTransaction, TxEip1559, TxEnvelope};
use alloy_primitives::{Address, Bytes, Log, Signature, TxKind, U256, address, logs_bloom};
use devnode_arbos::{pricing::l1::Measure, programs::BlockProgramCache};
use revm::{primitives::hardfork::SpecId, state::EvmState};
use thiserror::Error;

use crate::{
    AccountOverride, Block, BlockOverrides, CallError, CallRequest, Chain, Receipt, SendError,
    StateOverrides, Transaction,
    evm::end_transaction,
    message::{Ending, execute},
    production::seal,
    refusal::Refusal,
    simulation::{CALL_GAS_CAP, GasChoice, Stage, Started, output_of},
};

/// Seconds between blocks that name no time.
const BLOCK_SECONDS: u64 = 12;
/// Most blocks from the base to the last one, those in between included.
const MOST_BLOCKS: u64 = 256;
/// Where logs of value transfers come from (ERC-7528).
const ETHER: Address = address!("EeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE");
/// Where the machine says they come from (EIP-7708).
const MACHINE_ETHER: Address = revm::primitives::eip7708::ETH_TRANSFER_LOG_ADDRESS;

/// One block of a series.
#[derive(Debug, Clone, Default)]
pub struct SeriesBlock {
    /// Number of the block in its header.
    pub number: Option<u64>,
    /// What else the block says.
    pub environment: BlockOverrides,
    /// Accounts that are pretended from here on.
    pub state: StateOverrides,
    /// The calls, one transaction each.
    pub calls: Vec<CallRequest>,
}

/// How a series runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeriesOptions {
    /// Nonces and prices must be those of real transactions.
    pub is_validated: bool,
    /// Value transfers appear as logs (ERC-7528).
    pub has_transfer_logs: bool,
}

/// What became of one block.
#[derive(Debug)]
pub struct SimulatedBlock {
    /// The block, without a state root of its own.
    pub block: Block,
    /// One for each call.
    pub calls: Vec<SimulatedCall>,
}

/// What became of one call.
#[derive(Debug, Clone)]
pub struct SimulatedCall {
    /// Return or revert data.
    pub output: Bytes,
    /// Gas used, refunds deducted.
    pub gas_used: u64,
    /// Gas used before refunds.
    pub peak_gas: u64,
    /// Why it failed, if it did.
    pub error: Option<CallError>,
}

/// Why a series is refused; each has the code of `eth_simulateV1`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SeriesError {
    /// The JSON-RPC code.
    pub code: i32,
    /// The text.
    pub message: String,
}

fn refuse<T>(code: i32, message: impl Into<String>) -> Result<T, SeriesError> {
    Err(SeriesError { code, message: message.into() })
}

impl Chain {
    /// Runs blocks of calls on top of the state after `base`, each seeing what those before it did.
    ///
    /// # Errors
    ///
    /// A series that contradicts itself, and calls that could not be transactions.
    pub fn simulate(
        &self,
        base: u64,
        blocks: Vec<SeriesBlock>,
        options: SeriesOptions,
    ) -> Result<Vec<SimulatedBlock>, SeriesError> {
        let Some(parent) = self.block(base) else { return refuse(-32_000, "header not found") };
        let blocks = completed(&parent.header, blocks)?;
        let mut series = Series {
            stage: self.stage(&parent),
            changes: StateOverrides::new(),
            gas_left: CALL_GAS_CAP,
            options,
        };
        let mut parent = parent.header.clone();
        let mut hash = self.block(base).map(|block| block.hash).unwrap_or_default();
        let mut done = Vec::with_capacity(blocks.len());
        for (number, timestamp, block) in blocks {
            let draft = Header {
                number,
                timestamp,
                beneficiary: series.stage.block.coinbase,
                parent_hash: hash,
                state_root: parent.state_root,
                mix_hash: parent.mix_hash,
                extra_data: parent.extra_data.clone(),
                ..Header::default()
            };
            let simulated = series.block(draft, block)?;
            parent = simulated.block.header.clone();
            hash = simulated.block.hash;
            done.push(simulated);
        }
        Ok(done)
    }
}

/// Number and time of every block, with the empty ones in the gaps.
fn completed(
    base: &Header,
    blocks: Vec<SeriesBlock>,
) -> Result<Vec<(u64, u64, SeriesBlock)>, SeriesError> {
    let (mut number, mut time) = (base.number, base.timestamp);
    let mut complete = Vec::new();
    for block in blocks {
        let wanted = block.number.unwrap_or(number + 1);
        if wanted <= number {
            return refuse(
                -38_020,
                format!("block numbers must be in order: {wanted} <= {number}"),
            );
        }
        if wanted - base.number > MOST_BLOCKS {
            return refuse(-38_026, "too many blocks");
        }
        while number + 1 < wanted {
            (number, time) = (number + 1, time.saturating_add(BLOCK_SECONDS));
            complete.push((number, time, SeriesBlock::default()));
        }
        let next_time = block.environment.time.unwrap_or(time.saturating_add(BLOCK_SECONDS));
        if next_time <= time {
            return refuse(
                -38_021,
                format!("block timestamps must be in order: {next_time} <= {time}"),
            );
        }
        (number, time) = (wanted, next_time);
        complete.push((number, time, block));
    }
    Ok(complete)
}

/// A series on its way.
struct Series {
    stage: Stage,
    /// What has happened so far, on top of the base.
    changes: StateOverrides,
    gas_left: u64,
    options: SeriesOptions,
}

impl Series {
    fn block(&mut self, draft: Header, block: SeriesBlock) -> Result<SimulatedBlock, SeriesError> {
        merge(&mut self.changes, block.state);
        let mut environment = block.environment;
        environment.time = Some(draft.timestamp);
        let mut stage = self.stage.clone();
        stage.block.number = draft.number;
        // Without validation nobody pays: the base fee is 0 unless it is asked for.
        if !self.options.is_validated && environment.base_fee.is_none() {
            environment.base_fee = Some(U256::ZERO);
        }
        let gas_limit = environment.gas_limit.unwrap_or(1 << 50);
        let mut taken = Taken::default();
        for request in &block.calls {
            self.call(&stage, &environment, request, gas_limit, &mut taken)?;
        }
        let base_fee = environment.base_fee.unwrap_or(stage.block.base_fee);
        let draft = Header { base_fee_per_gas: Some(base_fee.saturating_to()), ..draft };
        let mut block = seal(draft, taken.transactions, taken.receipts);
        block.header.gas_limit = gas_limit;
        if let Some(coinbase) = environment.fee_recipient {
            block.header.beneficiary = coinbase;
        }
        block.hash = block.header.hash_slow();
        Ok(SimulatedBlock { block, calls: taken.calls })
    }

    fn call(
        &mut self,
        stage: &Stage,
        environment: &BlockOverrides,
        request: &CallRequest,
        gas_limit: u64,
        taken: &mut Taken,
    ) -> Result<(), SeriesError> {
        let stage = stage.clone().pretending(&self.changes, environment);
        let nonce = stage.nonce(request.from);
        if self.options.is_validated {
            check(request, nonce, stage.block.base_fee)?;
        }
        let used: u64 = taken.receipts.last().map_or(0, |receipt| receipt.cumulative_gas_used);
        let room = gas_limit.saturating_sub(used);
        let gas = request.gas.unwrap_or_else(|| room.min(self.gas_left));
        if gas > room {
            return refuse(-38_015, format!("block gas limit reached: {used} >= {gas_limit}"));
        }
        let choice = GasChoice::Compute(gas.min(self.gas_left));
        let Started { mut ctx, message } = stage
            .start(request, environment, choice, Measure::Call)
            .map_err(|refusal| not_started(&refusal))?;
        if self.options.has_transfer_logs {
            // The journal writes these logs from Amsterdam on; nothing else of it changes.
            ctx.journaled_state.inner.cfg.spec = SpecId::AMSTERDAM;
            ctx.journaled_state.inner.cfg.eip7708_disabled = false;
        }
        let price = message.tx.gas_price;
        ctx.chain.program_cache = std::mem::take(&mut taken.program_cache);
        let (mut ctx, executed) = execute(ctx, message);
        taken.program_cache = std::mem::take(&mut ctx.chain.program_cache);
        let executed =
            executed.map_err(|error| SeriesError { code: -38_013, message: error.to_string() })?;
        self.gas_left = self.gas_left.saturating_sub(executed.gas_used);
        end_transaction(&mut ctx);
        let state = ctx.journaled_state.finalize();
        merge(&mut self.changes, changes(&state));
        let chain_id = ctx.cfg.chain_id;
        taken.add(chain_id, request, nonce, gas, price, executed);
        Ok(())
    }
}

/// The rules of real transactions.
fn check(request: &CallRequest, state: u64, base_fee: U256) -> Result<(), SeriesError> {
    let address = request.from;
    if let Some(tx) = request.nonce.filter(|tx| *tx < state) {
        return refuse(
            -38_010,
            format!("nonce too low: address {address}, tx: {tx} state: {state}"),
        );
    }
    if let Some(tx) = request.nonce.filter(|tx| *tx > state) {
        return refuse(
            -38_011,
            format!("nonce too high: address {address}, tx: {tx} state: {state}"),
        );
    }
    let offered = request.gas_price.or(request.max_fee_per_gas).unwrap_or(0);
    if U256::from(offered) < base_fee {
        return refuse(
            -38_012,
            format!(
                "max fee per gas less than block base fee: address {address}, maxFeePerGas: \
                 {offered}, baseFee: {base_fee}"
            ),
        );
    }
    Ok(())
}

fn not_started(refusal: &Refusal) -> SeriesError {
    let code = match refusal {
        Refusal::Rule { reason: SendError::Funds { .. }, .. } => -38_014,
        Refusal::Rule { reason: SendError::FeeBelowBase { .. }, .. } => -38_012,
        Refusal::Rule { reason: SendError::InitCode { .. }, .. } => -38_025,
        Refusal::Rule { reason: SendError::TipAboveFeeCap { .. }, .. } => -32_602,
        refusal if refusal.is_for_gas() => -38_013,
        _ => -32_000,
    };
    SeriesError { code, message: refusal.text() }
}

/// What a block holds so far.
#[derive(Default)]
struct Taken {
    transactions: Vec<Transaction>,
    receipts: Vec<Receipt>,
    calls: Vec<SimulatedCall>,
    /// The programs that its calls have run.
    program_cache: BlockProgramCache,
}

impl Taken {
    fn add(
        &mut self,
        chain_id: u64,
        request: &CallRequest,
        nonce: u64,
        gas: u64,
        price: u128,
        executed: crate::message::Executed,
    ) {
        let transaction = TxEip1559 {
            chain_id,
            nonce: request.nonce.unwrap_or(nonce),
            gas_limit: gas,
            max_fee_per_gas: request.max_fee_per_gas.or(request.gas_price).unwrap_or(0),
            max_priority_fee_per_gas: request.max_priority_fee_per_gas.unwrap_or(0),
            to: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value,
            access_list: request.access_list.clone(),
            input: request.input.clone(),
        };
        let unsigned = Signature::new(U256::ZERO, U256::ZERO, false);
        let envelope = TxEnvelope::from(transaction.into_signed(unsigned));
        self.transactions.push(Transaction::signed(envelope, request.from));
        let before = self.receipts.last().map_or(0, |receipt| receipt.cumulative_gas_used);
        let succeeded = executed.ending == Ending::Success;
        let logs: Vec<Log> =
            if succeeded { executed.logs.iter().map(shown).collect() } else { Vec::new() };
        self.receipts.push(Receipt {
            succeeded,
            gas_used: executed.gas_used,
            gas_used_for_l1: executed.poster_gas,
            cumulative_gas_used: before + executed.gas_used,
            contract_address: executed.created,
            effective_gas_price: price,
            bloom: logs_bloom(&logs),
            logs,
        });
        let (gas_used, peak_gas) = (executed.gas_used, executed.peak_gas);
        let revert_data = executed.output.clone();
        let (output, error) = match output_of(executed) {
            Ok(output) => (output, None),
            Err(error) => (revert_data, Some(error)),
        };
        self.calls.push(SimulatedCall { output, gas_used, peak_gas, error });
    }
}

fn shown(log: &Log) -> Log {
    let address = if log.address == MACHINE_ETHER { ETHER } else { log.address };
    Log { address, data: log.data.clone() }
}

/// What calls or transactions changed, as overrides for the next.
pub(crate) fn changes(state: &EvmState) -> StateOverrides {
    let touched = state.iter().filter(|(_, account)| account.is_touched());
    let change = |(address, account): (&Address, &revm::state::Account)| {
        let code = account.info.code.as_ref();
        let words = account.storage.iter();
        let change = if account.is_empty() {
            AccountOverride {
                balance: Some(U256::ZERO),
                nonce: Some(0),
                code: Some(Bytes::new()),
                state: Some(Vec::new()),
                keeps_precompile: true,
                ..AccountOverride::default()
            }
        } else {
            AccountOverride {
                balance: Some(account.info.balance),
                nonce: Some(account.info.nonce),
                code: code
                    .filter(|code| !code.is_empty())
                    .map(revm::bytecode::Bytecode::original_bytes),
                state_diff: Some(
                    words.map(|(slot, word)| (*slot, word.present_value.into())).collect(),
                ),
                keeps_precompile: true,
                ..AccountOverride::default()
            }
        };
        (*address, change)
    };
    touched.map(change).collect()
}

/// Puts overrides on top of others.
pub(crate) fn merge(below: &mut StateOverrides, above: StateOverrides) {
    for (address, change) in above {
        let Some((_, merged)) = below.iter_mut().find(|(other, _)| *other == address) else {
            below.push((address, change));
            continue;
        };
        merged.balance = change.balance.or(merged.balance);
        merged.nonce = change.nonce.or(merged.nonce);
        merged.move_precompile_to = change.move_precompile_to.or(merged.move_precompile_to);
        merged.keeps_precompile &= change.keeps_precompile;
        merged.code = change.code.or_else(|| merged.code.take());
        if change.state.is_some() {
            (merged.state, merged.state_diff) = (change.state, None);
            continue;
        }
        // The words go where the older ones are, the first match counts.
        let older = merged.state.as_mut().or(merged.state_diff.as_mut());
        match (older, change.state_diff) {
            (Some(older), Some(newer)) => drop(older.splice(0..0, newer)),
            (None, newer) => merged.state_diff = newer,
            (Some(_), None) => {}
        }
    }
}
