//! The interpreter's loop with a tracer that looks on.

use alloy_primitives::{Address, Bytes, U256};
use devnode_arbos::Backend;
use revm::{
    bytecode::opcode,
    context_interface::JournalTr,
    interpreter::{
        FrameInput, InstructionResult, Interpreter, InterpreterAction,
        instructions::{GasTable, InstructionTable},
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, LoopControl},
    },
};

use super::{
    Enter, Exit, FrameKind, Step,
    fault_cost::{self, Unpaid},
    notify::LiveState,
    text::{halt_text_at, is_found_early},
};
use crate::evm::{Context, Ledger};

/// Runs a frame until it ends or opens another one, and reports what it does.
pub(crate) fn run_watched(
    interpreter: &mut Interpreter<EthInterpreter>,
    instructions: &InstructionTable<EthInterpreter, Context>,
    gas_table: &GasTable,
    ctx: &mut Context,
) -> InterpreterAction {
    let tracer = ctx.chain.watch.tracer.as_ref();
    let wants_steps = tracer.is_some_and(|tracer| tracer.wants_steps());
    let input = if wants_steps { interpreter.input.input.bytes(ctx) } else { Bytes::new() };
    while !interpreter.bytecode.is_end() {
        if ctx.chain.watch.tracer.as_mut().is_some_and(|tracer| tracer.is_stopped()) {
            interpreter.halt(InstructionResult::Stop);
            break;
        }
        let mut before = Before::of(interpreter, ctx, gas_table, wants_steps);
        let logs = ctx.journaled_state.inner.logs.len();
        let fault = match interpreter.step(instructions, gas_table, ctx) {
            Err(kind) => {
                if interpreter.bytecode.action().is_none() {
                    interpreter.halt(kind);
                }
                (!kind.is_ok() && kind != InstructionResult::Suspend).then_some(kind)
            }
            Ok(()) => None,
        };
        if let Some(kind) = fault
            && kind != InstructionResult::Revert
        {
            before.error = Some(halt_text_at(kind, before.op, before.stack_len));
        }
        if wants_steps {
            before.report(interpreter, ctx, fault, &input);
        }
        report_logs(ctx, logs);
        if before.op == opcode::SELFDESTRUCT && fault.is_none() {
            before.report_self_destruct(interpreter, ctx);
        }
        if let Some(error) = before.error {
            ctx.chain.watch.explain(error);
        }
    }
    remember_refund(interpreter, ctx);
    interpreter.take_next_action()
}

/// Refunds of the frames around the running one.
fn outer_refund(ctx: &Context) -> i64 {
    let outer = ctx.journaled_state.depth().saturating_sub(1);
    ctx.chain.watch.refunds.iter().take(outer).sum()
}

fn remember_refund(interpreter: &Interpreter<EthInterpreter>, ctx: &mut Context) {
    let depth = ctx.journaled_state.depth();
    let refunds = &mut ctx.chain.watch.refunds;
    refunds.resize(depth.saturating_sub(1), 0);
    refunds.push(interpreter.gas.refunded());
}

fn report_logs(ctx: &mut Context, from: usize) {
    if ctx.journaled_state.inner.logs.len() > from {
        let new = ctx.journaled_state.inner.logs[from..].to_vec();
        new.iter().for_each(|log| super::log(ctx, log));
    }
}

/// What the instruction is about to change, as it was before.
#[derive(Debug)]
struct Before {
    pc: usize,
    op: u8,
    static_gas: u64,
    gas: u64,
    refund: u64,
    stack_len: usize,
    stack: Vec<U256>,
    memory_len: usize,
    /// Only where the instruction writes memory.
    memory: Option<Vec<u8>>,
    /// Whether the account or the slot that it touches is cold.
    is_cold: bool,
    hidden_word: Option<(Address, U256, U256)>,
    hidden_balances: Vec<(Address, U256)>,
    error: Option<String>,
}

impl Before {
    fn of(
        interpreter: &Interpreter<EthInterpreter>,
        ctx: &mut Context,
        gas_table: &GasTable,
        wants_steps: bool,
    ) -> Self {
        let op = interpreter.bytecode.opcode();
        let stack = interpreter.stack.data();
        let mut before = Self {
            pc: interpreter.bytecode.pc(),
            op,
            static_gas: gas_table[usize::from(op)].into(),
            gas: interpreter.gas.remaining(),
            refund: 0,
            stack_len: stack.len(),
            stack: Vec::new(),
            memory_len: interpreter.memory.len(),
            memory: None,
            is_cold: false,
            hidden_word: None,
            hidden_balances: Vec::new(),
            error: None,
        };
        let acting = interpreter.input.target_address;
        if op == opcode::SELFDESTRUCT
            && let Some(beneficiary) = stack.last()
        {
            let beneficiary = Address::from_word((*beneficiary).into());
            let balances = [acting, beneficiary];
            before.hidden_balances =
                balances.map(|account| (account, Ledger(ctx).balance(account))).to_vec();
        }
        if !wants_steps {
            return before;
        }
        let refund = outer_refund(ctx) + interpreter.gas.refunded();
        before.refund = u64::try_from(refund).unwrap_or_default();
        before.stack = stack.to_vec();
        before.is_cold = fault_cost::is_cold(op, acting, stack, ctx);
        if writes_memory(op) {
            before.memory = Some(interpreter.memory.context_memory().to_vec());
        }
        if op == opcode::SSTORE
            && let Some(&slot) = stack.last()
        {
            before.hidden_word = Some((acting, slot, Ledger(ctx).storage(acting, slot)));
        }
        before
    }

    fn report(
        &self,
        interpreter: &mut Interpreter<EthInterpreter>,
        ctx: &mut Context,
        fault: Option<InstructionResult>,
        input: &Bytes,
    ) {
        let cost = match fault {
            Some(kind) if is_found_early(kind) => {
                self.unpaid(kind, interpreter.input.target_address, ctx)
            }
            _ => self.gas.saturating_sub(interpreter.gas.remaining()),
        };
        // What a creation gives its frame is not part of its price; what a call gives is.
        let forwarded = match interpreter.bytecode.action() {
            Some(InterpreterAction::NewFrame(FrameInput::Create(inputs))) => inputs.gas_limit(),
            _ => 0,
        };
        let Some(mut tracer) = ctx.chain.watch.tracer.take() else { return };
        let live = self.memory.is_none().then(|| interpreter.memory.context_memory());
        let memory = match (&self.memory, &live) {
            (Some(copy), _) => copy.as_slice(),
            (None, Some(live)) => &live[..self.memory_len.min(live.len())],
            (None, None) => &[],
        };
        let is_early = fault.is_some_and(is_found_early);
        let step = Step {
            pc: self.pc as u64,
            op: self.op,
            gas: self.gas,
            cost: cost.saturating_sub(forwarded),
            depth: ctx.journaled_state.depth(),
            refund: self.refund,
            address: interpreter.input.target_address,
            caller: interpreter.input.caller_address,
            value: interpreter.input.call_value,
            input,
            stack: &self.stack,
            memory,
            return_data: interpreter.return_data.0.as_ref(),
            error: self.error.as_deref().filter(|_| is_early),
        };
        let mut state = LiveState {
            ctx,
            hidden_word: self.hidden_word,
            hidden_balances: &self.hidden_balances,
        };
        tracer.step(&step, &mut state);
        if let Some(kind) = fault
            && !is_early
        {
            let reverted = (kind == InstructionResult::Revert).then_some("execution reverted");
            let error = self.error.as_deref().or(reverted);
            tracer.fault(&Step { error, ..step }, &mut state);
        }
        drop(live);
        ctx.chain.watch.tracer = Some(tracer);
    }

    /// The price that go-ethereum reports of an instruction that it refuses beforehand.
    fn unpaid(&self, kind: InstructionResult, acting: Address, ctx: &mut Context) -> u64 {
        let word = |depth: usize| {
            let index = self.stack.len().checked_sub(depth + 1);
            index.map_or(U256::ZERO, |index| self.stack[index])
        };
        let payee = Address::from_word(match self.op {
            opcode::CALL => word(1).into(),
            _ => word(0).into(),
        });
        let is_paying = match self.op {
            opcode::CALL => !word(2).is_zero(),
            opcode::SELFDESTRUCT => !Ledger(ctx).balance(acting).is_zero(),
            _ => false,
        };
        let unpaid = Unpaid {
            op: self.op,
            static_gas: self.static_gas,
            gas: self.gas,
            stack: &self.stack,
            memory_len: self.memory_len,
            is_cold: self.is_cold,
            stored: self.hidden_word.map_or(
                (U256::ZERO, U256::ZERO),
                |(account, slot, current)| {
                    (original(ctx, account, slot).unwrap_or(current), current)
                },
            ),
            is_payee_empty: is_paying && Ledger(ctx).code_hash(payee).is_zero(),
        };
        match kind {
            InstructionResult::StackUnderflow
            | InstructionResult::StackOverflow
            | InstructionResult::InvalidOperandOOG => unpaid.constant(),
            _ => unpaid.price(),
        }
    }

    /// SELFDESTRUCT is a frame for tracers.
    fn report_self_destruct(&self, interpreter: &Interpreter<EthInterpreter>, ctx: &mut Context) {
        let Some((beneficiary, _)) = self.hidden_balances.last() else { return };
        let (from, value) = self.hidden_balances[0];
        debug_assert_eq!(from, interpreter.input.target_address);
        let (to, depth, input) = (*beneficiary, ctx.journaled_state.depth(), Bytes::new());
        super::notify::tell(ctx, |tracer, state| {
            let kind = FrameKind::SelfDestruct;
            let frame = Enter { kind, depth, from, to, input: &input, gas: 0, value: Some(value) };
            tracer.enter(&frame, state);
            let exit = Exit { depth, output: &input, gas_used: 0, error: None, is_revert: false };
            tracer.exit(&exit, state);
        });
    }
}

/// What a slot held before the transaction.
fn original(ctx: &Context, account: Address, slot: U256) -> Option<U256> {
    let known = ctx.journaled_state.inner.state.get(&account)?.storage.get(&slot)?;
    let is_of_another = known.transaction_id != ctx.journaled_state.inner.transaction_id;
    Some(if is_of_another { known.present_value } else { known.original_value })
}

const fn writes_memory(op: u8) -> bool {
    matches!(
        op,
        opcode::MSTORE
            | opcode::MSTORE8
            | opcode::MCOPY
            | opcode::CALLDATACOPY
            | opcode::CODECOPY
            | opcode::EXTCODECOPY
            | opcode::RETURNDATACOPY
    )
}
