//! The hooks: each tells the tracer of the session, if there is one.

use alloy_primitives::{Address, Bytes, Log, U256};
use devnode_arbos::{Backend, address::ARBOS_STATE};
use devnode_stylus::HostCall;
use revm::{
    bytecode::opcode::{SLOAD, SSTORE},
    context_interface::{ContextTr, CreateScheme, JournalTr},
    handler::FrameResult,
    interpreter::{CallInputs, CallScheme, FrameInput, InstructionResult},
};

use super::{
    Enter, Exit, FrameKind, StateView, Step, Tracer, Transfer, TxEnd, TxStart,
    host_step::{self, HostFrame},
    text::halt_text,
};
use crate::{
    evm::{Context, Ledger, nonce},
    message::{Ending, Executed},
};

/// The state as tracers read it. An instruction's own effects are hidden: go-ethereum reports it
/// before it runs.
pub(super) struct LiveState<'a> {
    pub(super) ctx: &'a mut Context,
    pub(super) hidden_word: Option<(Address, U256, U256)>,
    pub(super) hidden_balances: &'a [(Address, U256)],
}

impl StateView for LiveState<'_> {
    fn balance(&mut self, account: Address) -> U256 {
        let hidden = self.hidden_balances.iter().find(|(of, _)| *of == account);
        hidden.map_or_else(|| Ledger(self.ctx).balance(account), |(_, balance)| *balance)
    }

    fn nonce(&mut self, account: Address) -> u64 {
        nonce(self.ctx, account)
    }

    fn code(&mut self, account: Address) -> Bytes {
        Ledger(self.ctx).code(account)
    }

    fn storage(&mut self, account: Address, slot: U256) -> U256 {
        match self.hidden_word {
            Some((of, at, word)) if (of, at) == (account, slot) => word,
            _ => Ledger(self.ctx).storage(account, slot),
        }
    }

    fn exists(&mut self, account: Address) -> bool {
        !Ledger(self.ctx).code_hash(account).is_zero()
    }
}

/// Lends the tracer out, so that it can read the state.
pub(super) fn tell(ctx: &mut Context, say: impl FnOnce(&mut dyn Tracer, &mut LiveState<'_>)) {
    let Some(mut tracer) = ctx.chain.watch.tracer.take() else { return };
    let mut state = LiveState { ctx, hidden_word: None, hidden_balances: &[] };
    say(tracer.as_mut(), &mut state);
    ctx.chain.watch.tracer = Some(tracer);
}

/// The transaction in `ctx.tx` begins.
pub(crate) fn begin(ctx: &mut Context, intrinsic_gas: u64) {
    if ctx.chain.watch.tracer.is_none() {
        return;
    }
    let (tx, rules) = (ctx.tx.clone(), std::sync::Arc::clone(&ctx.chain.rules));
    let authorities: Vec<Address> = tx
        .authorization_list
        .iter()
        .filter_map(|one| {
            one.as_ref().either(|signed| signed.recover_authority().ok(), |known| known.authority())
        })
        .collect();
    let (coinbase, visible_number) = (ctx.block.beneficiary, ctx.block.number);
    let timestamp = ctx.chain.block.timestamp;
    tell(ctx, |tracer, state| {
        let start = TxStart {
            from: tx.caller,
            to: tx.kind.to().copied(),
            input: &tx.data,
            value: tx.value,
            gas_limit: tx.gas_limit,
            gas_price: U256::from(tx.gas_price),
            intrinsic_gas,
            coinbase,
            visible_number,
            timestamp,
            authorities: &authorities,
            precompiles: &rules.warm,
        };
        tracer.tx_start(&start, state);
    });
}

/// The transaction is over.
pub(crate) fn end(ctx: &mut Context, executed: &Executed) {
    tell(ctx, |tracer, state| {
        let error = match &executed.ending {
            Ending::Success => None,
            Ending::Revert => Some("execution reverted"),
            Ending::Halt(text) => Some(text.as_str()),
        };
        tracer.tx_end(&TxEnd { gas_used: executed.gas_used, error }, state);
    });
}

/// Money moved before or after the EVM ran.
pub(crate) fn transfer(ctx: &mut Context, transfer: Transfer) {
    tell(ctx, |tracer, _| tracer.transfer(&transfer));
}

/// A frame is about to begin.
pub(crate) fn enter(ctx: &mut Context, input: &FrameInput, depth: usize) {
    if ctx.chain.watch.tracer.is_none() {
        return;
    }
    ctx.chain.watch.refunds.truncate(depth);
    match input {
        FrameInput::Call(inputs) => enter_call(ctx, inputs, depth),
        FrameInput::Create(inputs) => {
            let nonce = nonce(ctx, inputs.caller());
            let kind = match inputs.scheme() {
                CreateScheme::Create2 { .. } => FrameKind::Create2,
                _ => FrameKind::Create,
            };
            let frame = Enter {
                kind,
                depth,
                from: inputs.caller(),
                to: inputs.created_address(nonce),
                input: inputs.init_code(),
                gas: inputs.gas_limit(),
                value: Some(inputs.value()),
            };
            tell(ctx, |tracer, state| tracer.enter(&frame, state));
        }
        FrameInput::Empty => {}
    }
}

fn enter_call(ctx: &mut Context, inputs: &CallInputs, depth: usize) {
    let input = inputs.input.bytes(ctx);
    let value = inputs.value.get();
    let (kind, from, value) = match inputs.scheme {
        CallScheme::Call => (FrameKind::Call, inputs.caller, Some(value)),
        CallScheme::CallCode => (FrameKind::CallCode, inputs.target_address, Some(value)),
        CallScheme::DelegateCall => (FrameKind::DelegateCall, inputs.target_address, Some(value)),
        CallScheme::StaticCall => (FrameKind::StaticCall, inputs.caller, None),
    };
    let to = inputs.bytecode_address;
    let frame = Enter { kind, depth, from, to, input: &input, gas: inputs.gas_limit, value };
    tell(ctx, |tracer, state| tracer.enter(&frame, state));
}

/// A frame has ended.
pub(crate) fn exit(ctx: &mut Context, result: &FrameResult, depth: usize) {
    if ctx.chain.watch.tracer.is_none() {
        return;
    }
    let ended = result.interpreter_result();
    let said = ctx.chain.watch.frame_error.take();
    let kind = ended.result;
    let error = match kind {
        _ if kind.is_ok() => None,
        InstructionResult::Revert => Some("execution reverted".to_owned()),
        _ => Some(said.unwrap_or_else(|| halt_text(kind).to_owned())),
    };
    let left = if kind.is_ok_or_revert() { ended.gas.remaining() } else { 0 };
    tell(ctx, |tracer, state| {
        let exit = Exit {
            depth,
            output: &ended.output,
            gas_used: ended.gas.limit().saturating_sub(left),
            error: error.as_deref(),
            is_revert: kind == InstructionResult::Revert,
        };
        tracer.exit(&exit, state);
    });
}

/// The running frame emitted a log.
pub(crate) fn log(ctx: &mut Context, log: &Log) {
    tell(ctx, |tracer, _| tracer.log(log));
}

/// A program's host call finished: reported as it is and as the step that stands for it.
pub(crate) fn host_call(ctx: &mut Context, frame: &HostFrame, call: &HostCall) {
    tell(ctx, |tracer, state| {
        if tracer.wants_steps() {
            host_step::report(frame, call, tracer, state);
        }
        tracer.host_call(call, state);
    });
}

/// A program made more host calls than could be kept.
pub(crate) fn overflowed(ctx: &mut Context) {
    tell(ctx, |tracer, _| tracer.overflowed());
}

/// A precompile moved money while it ran: a frame of its own (devnode.md 5.8). The zero address
/// stands for money that is created or destroyed.
pub(crate) fn moved(ctx: &mut Context, from: Address, to: Address, value: U256) {
    if !ctx.chain.watch.in_precompile {
        return;
    }
    let (depth, input) = (ctx.journaled_state.depth(), Bytes::new());
    let frame =
        Enter { kind: FrameKind::Call, depth, from, to, input: &input, gas: 0, value: Some(value) };
    tell(ctx, |tracer, state| {
        tracer.enter(&frame, state);
        let exit = Exit { depth, output: &input, gas_used: 0, error: None, is_revert: false };
        tracer.exit(&exit, state);
    });
}

/// A precompile read or is about to write a word of the ArbOS state: a pseudo-step.
pub(crate) fn precompile_storage(ctx: &mut Context, slot: U256, written: Option<U256>) {
    let depth = ctx.journal().depth();
    let stack: &[U256] = &[written.unwrap_or_default(), slot];
    let (op, stack) = if written.is_some() { (SSTORE, stack) } else { (SLOAD, &stack[1..]) };
    tell(ctx, |tracer, state| {
        let step = Step {
            pc: 0,
            op,
            gas: 0,
            cost: 0,
            depth,
            refund: 0,
            address: ARBOS_STATE,
            caller: Address::ZERO,
            value: U256::ZERO,
            input: &[],
            stack,
            memory: &[],
            return_data: &[],
            error: None,
        };
        if tracer.wants_steps() {
            tracer.step(&step, state);
        }
    });
}
