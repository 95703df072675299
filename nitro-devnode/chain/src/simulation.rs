//! Calls that change nothing (devnode.md 2.11).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, Bytes, TxKind, U256, aliases::U320};
use alloy_rlp::Encodable;
use devnode_arbos::{
    ArbosState, Backend, BlockContext, custom_error_text,
    pricing::l1::{self, Filler, Measure, PosterCharge},
};
use revm::context::{TxEnv, either::Either};

use crate::{
    BlockOverrides, CallError, CallRequest, SendError, StateOverrides,
    admission::SET_CODE_TYPE,
    comfort::Surroundings,
    evm::{Context, Ledger, Rules, Session, Shared, context},
    message::{Ending, Executed, Message, execute},
    refusal::Refusal,
    revert_reason::revert_reason,
    view::View,
};

/// Longest run of a call or of one attempt of an estimate.
const CALL_TIME: Duration = Duration::from_secs(5);
/// Most compute gas of a call.
pub(crate) const CALL_GAS_CAP: u64 = 50_000_000;

/// What a call runs on.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) view: View,
    pub(crate) shared: Arc<Shared>,
    pub(crate) rules: Arc<Rules>,
    /// Number, time and true base fee.
    pub(crate) block: BlockContext,
}

impl Stage {
    /// The stage with the pretended accounts and block of a call.
    pub(crate) fn pretending(mut self, state: &StateOverrides, block: &BlockOverrides) -> Self {
        self.view = self.view.with_overrides(state);
        self.block.timestamp = block.time.unwrap_or(self.block.timestamp);
        self.block.base_fee = block.base_fee.unwrap_or(self.block.base_fee);
        self.block.coinbase = block.fee_recipient.unwrap_or(self.block.coinbase);
        self
    }

    pub(crate) fn context(&self, visible_base_fee: U256, overrides: &BlockOverrides) -> Context {
        let mut session =
            Session::new(Arc::clone(&self.shared), Arc::clone(&self.rules), self.block);
        session.visible_base_fee = visible_base_fee;
        session.deadline = Some(Instant::now() + CALL_TIME);
        let mut env = self.rules.block_env(&self.block, visible_base_fee);
        env.number = overrides.number.unwrap_or(env.number);
        env.gas_limit = overrides.gas_limit.unwrap_or(env.gas_limit);
        if let Some(difficulty) = overrides.difficulty {
            // One opcode reads either, whichever the rules are.
            env.difficulty = difficulty;
            env.prevrandao = Some(difficulty.into());
        }
        context(self.view.clone(), env, session)
    }

    /// Runs a call with `gas` compute gas; the L1 part comes on top.
    ///
    /// # Errors
    ///
    /// What keeps the call from starting.
    pub(crate) fn run(
        &self,
        request: &CallRequest,
        overrides: &BlockOverrides,
        gas: GasChoice,
        measure: Measure,
    ) -> Result<Executed, Refusal> {
        let Started { ctx, message } = self.start(request, overrides, gas, measure)?;
        let gas_limit = message.tx.gas_limit;
        let (_, executed) = execute(ctx, message);
        executed.map_err(|reason| Refusal::Rule { reason, gas_limit })
    }

    /// Prepares a call, as [`run`](Self::run) does.
    ///
    /// # Errors
    ///
    /// What keeps the call from starting.
    pub(crate) fn start(
        &self,
        request: &CallRequest,
        overrides: &BlockOverrides,
        gas: GasChoice,
        measure: Measure,
    ) -> Result<Started, Refusal> {
        let fee_cap = offered_fee_cap(request)?;
        let is_free = fee_cap.is_zero();
        let visible = if is_free { U256::ZERO } else { self.block.base_fee };
        let mut ctx = self.context(visible, overrides);
        let poster = self.poster_charge(&mut ctx, request, measure);
        let limit = match gas {
            GasChoice::Compute(gas) => gas.saturating_add(poster.gas),
            GasChoice::Exactly(gas) => gas,
        };
        self.check(&mut ctx, request, fee_cap, limit)
            .map_err(|reason| Refusal::Rule { reason, gas_limit: limit })?;
        let price = if is_free { U256::ZERO } else { self.paid_price(&mut ctx, request) };
        let tx = tx_env(request, limit, price);
        let price_with_tip = price_with_tip(request, self.block.base_fee);
        let message = Message { tx, price_with_tip, poster, measure };
        Ok(Started { ctx, message })
    }

    /// The rules of transactions that hold for calls too: all but nonce and sender's code
    /// (devnode.md 2.11), in go-ethereum's order.
    fn check(
        &self,
        ctx: &mut Context,
        request: &CallRequest,
        fee_cap: U256,
        limit: u64,
    ) -> Result<(), SendError> {
        check_fees(request, self.block.base_fee)?;
        if request.to.is_none() && !request.authorization_list.is_empty() {
            return Err(SendError::SetCodeCreates(request.from));
        }
        check_funds(ctx, request, fee_cap, limit)?;
        let most = self.rules.max_init_code_size();
        if request.to.is_none() && request.input.len() > most {
            return Err(SendError::InitCode { size: request.input.len(), limit: most });
        }
        Ok(())
    }

    /// The price per gas that is paid (devnode.md 2.5 step 2); of a call that offers none the L1 part
    /// is still measured by the base fee.
    fn paid_price(&self, ctx: &mut Context, request: &CallRequest) -> U256 {
        let offered = price_with_tip(request, self.block.base_fee);
        let pays_tip = !offered.is_zero() && ArbosState::open(&mut Ledger(ctx)).collect_tips();
        if pays_tip { offered } else { self.block.base_fee }
    }

    /// The L1 part of a transaction that nobody has signed yet.
    pub(crate) fn poster_charge(
        &self,
        ctx: &mut Context,
        request: &CallRequest,
        measure: Measure,
    ) -> PosterCharge {
        if request.skip_l1_charging {
            return PosterCharge::default();
        }
        let price = self.paid_price(ctx, request);
        let mut ledger = Ledger(ctx);
        let mut state = ArbosState::open(&mut ledger);
        if state.l1_price_per_unit().is_zero() {
            return PosterCharge::default();
        }
        let encoded = synthetic(request, measure);
        l1::poster_charge(&mut state, &encoded, price, measure)
    }

    /// Gas of the L1 part of an estimate.
    pub(crate) fn estimate_poster_gas(&self, request: &CallRequest) -> u64 {
        let mut ctx = self.context(self.block.base_fee, &BlockOverrides::default());
        self.poster_charge(&mut ctx, request, Measure::Estimate).gas
    }

    /// Balance of an account as the call sees it.
    pub(crate) fn balance(&self, account: Address) -> U256 {
        let mut ctx = self.context(self.block.base_fee, &BlockOverrides::default());
        Ledger(&mut ctx).balance(account)
    }

    /// Nonce of an account as the call sees it.
    pub(crate) fn nonce(&self, account: Address) -> u64 {
        let mut ctx = self.context(self.block.base_fee, &BlockOverrides::default());
        crate::evm::nonce(&mut ctx, account)
    }

    /// Whether an account has code as the call sees it.
    pub(crate) fn has_code(&self, account: Address) -> bool {
        let mut ctx = self.context(self.block.base_fee, &BlockOverrides::default());
        !Ledger(&mut ctx).code(account).is_empty()
    }
}

/// A call that is ready to run.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) ctx: Context,
    pub(crate) message: Message,
}

/// How much gas a run gets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GasChoice {
    /// This much, and the L1 part on top.
    Compute(u64),
    /// This much in all.
    Exactly(u64),
}

impl GasChoice {
    /// What a call asks for, up to the cap that holds for calls; 0 asks for nothing (devnode.md 2.11).
    pub(crate) fn of_call(request: &CallRequest) -> Self {
        let asked = request.gas.filter(|gas| *gas != 0).unwrap_or(CALL_GAS_CAP);
        Self::Compute(asked.min(CALL_GAS_CAP))
    }
}

/// The result of a call as RPC answers it.
///
/// # Errors
///
/// Reverts and halts.
pub(crate) fn output_of(executed: Executed) -> Result<Bytes, CallError> {
    match executed.ending {
        Ending::Success => Ok(executed.output),
        Ending::Revert => Err(CallError::Reverted {
            message: revert_text(&executed.output),
            data: executed.output,
        }),
        Ending::Halt(text) => Err(CallError::Failed(text)),
    }
}

/// `execution reverted`, and the reason where the data tell one (devnode.md 5.4).
fn revert_text(data: &Bytes) -> String {
    revert_reason(data).or_else(|| custom_error_text(data)).map_or_else(
        || "execution reverted".to_owned(),
        |reason| format!("execution reverted: {reason}"),
    )
}

/// The price per gas that programs see: base fee and tip up to the fee cap; 0 where none is offered.
fn price_with_tip(request: &CallRequest, base_fee: U256) -> U256 {
    let fee_cap = request.gas_price.or(request.max_fee_per_gas).unwrap_or(0);
    let tip = request.gas_price.or(request.max_priority_fee_per_gas).unwrap_or(0);
    U256::from(fee_cap).min(base_fee.saturating_add(U256::from(tip)))
}

/// The highest price that the caller offers, 0 if none.
fn offered_fee_cap(request: &CallRequest) -> Result<U256, Refusal> {
    let dynamic = request.max_fee_per_gas.or(request.max_priority_fee_per_gas);
    if request.gas_price.is_some() && dynamic.is_some() {
        let text = "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified";
        return Err(Refusal::Request(text));
    }
    Ok(U256::from(request.gas_price.or(request.max_fee_per_gas).unwrap_or(0)))
}

/// Fees are free to be absent; given ones must fit each other and the base fee.
fn check_fees(request: &CallRequest, base_fee: U256) -> Result<(), SendError> {
    let address = request.from;
    let fee_cap = request.gas_price.or(request.max_fee_per_gas).unwrap_or(0);
    let tip = request.gas_price.or(request.max_priority_fee_per_gas).unwrap_or(0);
    if tip > fee_cap {
        return Err(SendError::TipAboveFeeCap { address, tip, fee_cap });
    }
    if fee_cap != 0 && U256::from(fee_cap) < base_fee {
        return Err(SendError::FeeBelowBase { address, fee_cap, base_fee });
    }
    Ok(())
}

fn check_funds(
    ctx: &mut Context,
    request: &CallRequest,
    fee_cap: U256,
    limit: u64,
) -> Result<(), SendError> {
    let address = request.from;
    let have = Ledger(ctx).balance(address);
    // A price has 128 bits at most and the limit 64.
    let want = U320::from(fee_cap * U256::from(limit)) + U320::from(request.value);
    if U320::from(have) < want { Err(SendError::Funds { address, have, want }) } else { Ok(()) }
}

fn tx_env(request: &CallRequest, gas_limit: u64, price: U256) -> TxEnv {
    let authorizations = request.authorization_list.iter().cloned().map(Either::Left);
    TxEnv {
        tx_type: if request.authorization_list.is_empty() { 2 } else { SET_CODE_TYPE },
        caller: request.from,
        gas_limit,
        gas_price: price.saturating_to(),
        kind: request.to.map_or(TxKind::Create, TxKind::Call),
        value: request.value,
        data: request.input.clone(),
        access_list: request.access_list.clone(),
        authorization_list: authorizations.collect(),
        ..TxEnv::default()
    }
}

/// A type-2 transaction in the place of the one that will be signed (devnode.md 3.3).
pub(crate) fn synthetic(request: &CallRequest, measure: Measure) -> Vec<u8> {
    let filler = Filler::new();
    let or =
        |given: Option<u128>, filler: u32| given.filter(|one| *one != 0).unwrap_or(filler.into());
    let gas = match request.gas {
        Some(gas) if gas != 0 && measure != Measure::Estimate => gas,
        _ => filler.gas.into(),
    };
    let fee_cap = request.max_fee_per_gas.or(request.gas_price);
    let tip = request.max_priority_fee_per_gas.or(request.gas_price);
    let mut payload = Vec::with_capacity(request.input.len() + 256);
    0_u64.encode(&mut payload);
    request.nonce.filter(|nonce| *nonce != 0).unwrap_or(filler.nonce).encode(&mut payload);
    or(tip, filler.gas_tip_cap).encode(&mut payload);
    or(fee_cap, filler.gas_fee_cap).encode(&mut payload);
    gas.encode(&mut payload);
    request.to.map_or(TxKind::Create, TxKind::Call).encode(&mut payload);
    request.value.encode(&mut payload);
    request.input.encode(&mut payload);
    request.access_list.encode(&mut payload);
    filler.v.encode(&mut payload);
    U256::from_be_bytes(filler.r.0).encode(&mut payload);
    U256::from_be_bytes(filler.s.0).encode(&mut payload);
    let mut encoded = vec![2];
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut encoded);
    encoded.extend_from_slice(&payload);
    encoded
}

/// The block that a call with tag `pending` runs on is the next one.
pub(crate) fn pending(head: BlockContext, now: u64, next: Surroundings) -> BlockContext {
    BlockContext {
        number: head.number + 1,
        timestamp: now.max(head.timestamp),
        l1_number: next.l1_number,
        coinbase: next.coinbase,
        ..head
    }
}
