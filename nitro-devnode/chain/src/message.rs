//! One transaction or call from buying gas to paying fees (devnode.md 2.5).

use alloy_primitives::{Address, Bytes, Log, TxKind, U256};
use devnode_arbos::{
    ArbosState, TxContext,
    pricing::{
        fees::{GasBill, distribute},
        l1::{Measure, PosterCharge, record_units},
    },
};
use revm::{
    context::TxEnv,
    context_interface::{
        ContextTr, JournalTr, Transaction, cfg::gas::GasTracker,
        journaled_state::account::JournaledAccountTr, result::EVMError,
    },
    handler::{
        FrameResult, execution::create_init_frame, pre_execution::apply_auth_list,
        validation::validate_initial_tx_gas_with_gas_params,
    },
    interpreter::InstructionResult,
    primitives::{AddressMap, HashSet},
};

use crate::{
    SendError,
    evm::{Context, Ledger, Machine},
    trace::{self, Transfer, halt_text},
};

/// Gas per authorization that is refunded when its account exists already (EIP-7702).
const AUTHORIZATION_REFUND: u64 = 12_500;
/// Share of the used gas that may be refunded (EIP-3529).
const MOST_REFUND_QUOTIENT: u64 = 5;
/// From this ArbOS version on the compute gas of a transaction has its own limit.
pub(crate) const TX_LIMIT_VERSION: u64 = 50;
/// From this ArbOS version on the owner can switch the floor of EIP-7623 on.
const FLOOR_VERSION: u64 = 40;

/// A message that has been admitted.
#[derive(Debug)]
pub(crate) struct Message {
    /// Sender, target, gas limit and the rest; `gas_price` is the price paid.
    pub(crate) tx: TxEnv,
    /// Price per gas that programs see, the tip included, in wei.
    pub(crate) price_with_tip: U256,
    /// The L1 part.
    pub(crate) poster: PosterCharge,
    /// A transaction, a call or an estimate.
    pub(crate) measure: Measure,
}

/// How a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As it should.
    Success,
    /// By REVERT or a program's failure.
    Revert,
    /// By an exceptional halt, in the words of the reference.
    Halt(String),
}

/// What a message did.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) ending: Ending,
    pub(crate) output: Bytes,
    /// After refunds, the L1 part included.
    pub(crate) gas_used: u64,
    /// Before refunds.
    pub(crate) peak_gas: u64,
    pub(crate) poster_gas: u64,
    pub(crate) logs: Vec<Log>,
    pub(crate) created: Option<Address>,
}

/// Gas that a transaction costs whatever it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FixedGas {
    /// Paid before the first frame (devnode.md 2.5 step 3).
    pub(crate) intrinsic: u64,
    /// Least gas in the end (EIP-7623); 0 unless the owner has switched it on.
    pub(crate) floor: u64,
}

/// Intrinsic gas as in Ethereum, and the floor of its calldata.
pub(crate) fn fixed_gas(ctx: &mut Context, tx: &TxEnv) -> FixedGas {
    let has_floor = ctx.chain.rules.arbos_version >= FLOOR_VERSION
        && ArbosState::open(&mut Ledger(ctx)).is_calldata_price_increased();
    let unlimited = TxEnv { gas_limit: u64::MAX, ..tx.clone() };
    let gas = validate_initial_tx_gas_with_gas_params(
        &unlimited,
        ctx.cfg.spec,
        &ctx.cfg.gas_params,
        !has_floor,
        false,
        u64::MAX,
        None,
    )
    .expect("an unlimited gas limit covers every intrinsic gas");
    FixedGas { intrinsic: gas.initial_total_gas(), floor: gas.floor_gas() }
}

/// Runs a message. The context comes back with the changes in its journal.
///
/// # Errors
///
/// [`SendError::IntrinsicGasOf`] when the gas limit does not cover the intrinsic gas,
/// [`SendError::IntrinsicGas`] when the rest does not cover the L1 part,
/// [`SendError::FloorDataGas`] for the floor; nothing has happened then. [`SendError::Internal`]
/// when the machine fails and [`SendError::NotCompiled`] when it has to wait, [`SendError::Timeout`] for calls: the context is of no
/// use then.
pub(crate) fn execute(
    mut ctx: Context,
    message: Message,
) -> (Context, Result<Executed, SendError>) {
    let Message { tx, price_with_tip, poster, measure } = message;
    let (limit, price) = (tx.gas_limit, U256::from(tx.gas_price));
    let fixed = fixed_gas(&mut ctx, &tx);
    let Some(after_intrinsic) = limit.checked_sub(fixed.intrinsic) else {
        return (ctx, Err(SendError::IntrinsicGasOf { have: limit, want: fixed.intrinsic }));
    };
    let Some(after_fixed) = after_intrinsic.checked_sub(poster.gas) else {
        return (ctx, Err(SendError::IntrinsicGas));
    };
    if limit < fixed.floor {
        return (ctx, Err(SendError::FloorDataGas { have: limit, want: fixed.floor }));
    }
    ctx.chain.begin(
        TxContext {
            origin: tx.caller,
            gas_price: price,
            poster_fee: poster.fee_wei,
            is_mutating: measure == Measure::Signed,
            ..TxContext::default()
        },
        price_with_tip,
    );
    ctx.tx = tx;
    trace::begin(&mut ctx, fixed.intrinsic);
    if measure == Measure::Signed {
        record_units(&mut ArbosState::open(&mut Ledger(&mut ctx)), poster.units);
    }
    buy_gas(&mut ctx, limit, price);
    warm_up(&mut ctx);
    let authorization_refund = authorize(&mut ctx);

    let run_gas = after_fixed.min(compute_limit(&mut ctx, measure, fixed.intrinsic));
    let held = after_fixed - run_gas;
    let mut tracker = GasTracker::new(limit, run_gas, 0);
    let frame = create_init_frame(&mut ctx, &mut tracker)
        .expect("reading the state in memory cannot fail")
        .expect("charges of this step exist from Amsterdam on");
    let mut machine = Machine::new(ctx);
    let result = machine.run(frame, 0);
    let mut ctx = machine.into_context();
    let result = match result {
        Ok(result) => result,
        Err(reason) => {
            let deferred = ctx.chain.deferred.take();
            return (
                ctx,
                Err(deferred.map_or(SendError::Internal(reason), SendError::NotCompiled)),
            );
        }
    };

    let mut executed = settled(&mut ctx, &result, limit, held, poster, authorization_refund);
    executed.gas_used = executed.gas_used.max(fixed.floor);
    executed.logs = ctx.journaled_state.take_logs();
    give_back(&mut ctx, limit - executed.gas_used, price);
    let bill = GasBill { gas_used: executed.gas_used, poster_gas: poster.gas, price_wei: price };
    let payments = distribute(&mut ArbosState::open(&mut Ledger(&mut ctx)), &bill);
    for payment in payments {
        let (to, value) = (Some(payment.to), payment.wei);
        trace::transfer(&mut ctx, transfer(false, "feeCollection", None, to, value));
    }
    trace::end(&mut ctx, &executed);
    (ctx, Ok(executed))
}

/// Takes the price of all gas from the sender and uses up its nonce; a creation's frame does the
/// latter itself.
fn buy_gas(ctx: &mut Context, limit: u64, price: U256) {
    let (tx, journal) = ctx.tx_journal_mut();
    let mut sender = journal
        .load_account_mut(tx.caller())
        .expect("reading the state in memory cannot fail")
        .data;
    let rest = sender.balance().saturating_sub(U256::from(limit).saturating_mul(price));
    sender.touch();
    sender.set_balance(rest);
    if tx.kind().is_call() {
        sender.bump_nonce();
    }
    let (from, value) = (Some(ctx.tx.caller), U256::from(limit).saturating_mul(price));
    trace::transfer(ctx, transfer(true, "feePayment", from, None, value));
}

/// A balance move for tracers (devnode.md 5.8).
const fn transfer(
    is_before: bool,
    purpose: &'static str,
    from: Option<Address>,
    to: Option<Address>,
    value: U256,
) -> Transfer {
    Transfer { is_before, purpose, from, to, value }
}

fn give_back(ctx: &mut Context, gas: u64, price: U256) {
    let (caller, value) = (ctx.tx.caller, U256::from(gas).saturating_mul(price));
    ctx.journaled_state
        .balance_incr(caller, value)
        .expect("reading the state in memory cannot fail");
    trace::transfer(ctx, transfer(false, "gasRefund", None, Some(caller), value));
}

/// The warm set at the start of a transaction (host 3.6).
fn warm_up(ctx: &mut Context) {
    let rules = std::sync::Arc::clone(&ctx.chain.rules);
    ctx.journaled_state.warm_precompiles(&rules.warm);
    ctx.journaled_state.warm_coinbase_account(ctx.block.beneficiary);
    let mut listed: AddressMap<HashSet<_>> = AddressMap::default();
    for item in ctx.tx.access_list.iter() {
        let slots = listed.entry(item.address).or_default();
        slots.extend(item.storage_keys.iter().map(|key| U256::from_be_bytes(key.0)));
    }
    ctx.journaled_state.warm_access_list(listed);
}

/// Sets the delegations of a set-code transaction; returns the refund for existing accounts.
fn authorize(ctx: &mut Context) -> u64 {
    if ctx.tx.authorization_list.is_empty() {
        return 0;
    }
    let chain_id = ctx.cfg.chain_id;
    let (tx, journal) = ctx.tx_journal_mut();
    let refunded: Result<u64, EVMError<std::convert::Infallible>> =
        apply_auth_list(chain_id, tx.authorization_list(), journal);
    refunded.expect("authorizations that do not hold are passed over") * AUTHORIZATION_REFUND
}

/// Most compute gas; calls have no such limit (devnode.md 2.5 step 5).
fn compute_limit(ctx: &mut Context, measure: Measure, intrinsic: u64) -> u64 {
    if measure == Measure::Call {
        return u64::MAX;
    }
    let version = ctx.chain.rules.arbos_version;
    let mut ledger = Ledger(ctx);
    let mut state = ArbosState::open(&mut ledger);
    if version >= TX_LIMIT_VERSION {
        state.per_tx_gas_limit().saturating_sub(intrinsic)
    } else {
        state.per_block_gas_limit()
    }
}

fn settled(
    ctx: &mut Context,
    result: &FrameResult,
    limit: u64,
    held: u64,
    poster: PosterCharge,
    authorization_refund: u64,
) -> Executed {
    let ended = result.interpreter_result();
    let (is_ok, kind) = (ended.result.is_ok(), ended.result);
    let left = if is_ok || kind.is_revert() { ended.gas.remaining() } else { 0 };
    let peak_gas = limit - left - held;
    let counted = if is_ok { u64::try_from(ended.gas.refunded()).unwrap_or(0) } else { 0 };
    let most_refund = (peak_gas - poster.gas) / MOST_REFUND_QUOTIENT;
    let refund = (counted + authorization_refund).min(most_refund);
    let verdict = ctx.chain.verdict.take();
    let ending = match kind {
        _ if is_ok => Ending::Success,
        InstructionResult::Revert => Ending::Revert,
        _ => Ending::Halt(verdict.unwrap_or_else(|| halt_text(kind).to_owned())),
    };
    let created = match (result, ctx.tx.kind) {
        (FrameResult::Create(outcome), TxKind::Create) => outcome.address,
        _ => None,
    };
    Executed {
        output: if kind.is_ok_or_revert() { ended.output.clone() } else { Bytes::new() },
        ending,
        gas_used: peak_gas - refund,
        peak_gas,
        poster_gas: poster.gas,
        logs: Vec::new(),
        created,
    }
}
