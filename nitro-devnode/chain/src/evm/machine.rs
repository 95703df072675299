//! The loop that runs frames until the first one ends.

use std::{convert::Infallible, sync::Arc, time::Instant};

use alloy_primitives::Bytes;
use devnode_arbos::{Backend, programs::ProgramError};
use devnode_stylus::code::{CodeKind, is_executable};
use revm::{
    context::{BlockEnv, CfgEnv, Context as RevmContext, Evm, Journal, LocalContext, TxEnv},
    context_interface::{ContextTr, FrameStack, JournalTr, LocalContextTr, context::ContextError},
    handler::{
        EthFrame, EvmTr, FrameData, FrameInitOrResult, FrameResult, FrameTr, ItemOrResult,
        evm::{ContextDbError, FrameInitResult},
        instructions::EthInstructions,
    },
    interpreter::{
        CallScheme, FrameInput, InstructionContext, InstructionExecResult, InstructionResult,
        InterpreterAction, InterpreterResult, SharedMemory,
        instructions::{Instruction, host},
        interpreter::EthInterpreter,
        interpreter_action::FrameInit,
        interpreter_types::InputsTr,
    },
};

use super::{Ledger, Session, absent, halt, precompiles::Precompiles, session::OpenFrame};
use crate::{trace, view::View};

/// The EVM's context over a view of the state, with the session as its chain part.
pub(crate) type Context =
    RevmContext<BlockEnv, TxEnv, CfgEnv, View, Journal<View>, Session, LocalContext>;

type Instructions = EthInstructions<EthInterpreter, Context>;
type Inner = Evm<Context, (), Instructions, Precompiles, EthFrame<EthInterpreter>>;

/// Opcode BLOBBASEFEE (EIP-7516).
pub(super) const BLOBBASEFEE: u8 = 0x4a;
/// Opcode SELFDESTRUCT.
const SELFDESTRUCT: u8 = 0xff;

/// A context whose journal is fresh.
pub(crate) fn context(view: View, block: BlockEnv, session: Session) -> Context {
    let cfg = session.rules.cfg();
    let mut journaled_state: Journal<View> = Journal::new(view);
    journaled_state.set_spec_id(cfg.spec);
    journaled_state.set_eip7708_config(true, true);
    RevmContext {
        block,
        tx: TxEnv::default(),
        cfg,
        journaled_state,
        chain: session,
        local: LocalContext::default(),
        error: Ok(()),
    }
}

/// Runs frames.
pub(crate) struct Machine {
    inner: Inner,
}

impl Machine {
    pub(crate) fn new(ctx: Context) -> Self {
        let mut instruction = Instructions::new_mainnet_with_spec(ctx.cfg.spec);
        // "BLOBBASEFEE is not supported on Arbitrum" (devnode.md 1.7).
        instruction.insert_instruction(BLOBBASEFEE, Instruction::new(not_activated), 2);
        let gas = instruction.gas_table()[usize::from(SELFDESTRUCT)];
        instruction.insert_instruction(SELFDESTRUCT, Instruction::new(selfdestruct), gas);
        let precompiles = Precompiles::new(Arc::clone(&ctx.chain.rules));
        let frame_stack = FrameStack::new();
        Self { inner: Evm { ctx, inspector: (), instruction, precompiles, frame_stack } }
    }

    pub(crate) fn into_context(self) -> Context {
        self.inner.ctx
    }

    /// Runs a frame and all frames inside it.
    ///
    /// # Errors
    ///
    /// When the machine cannot go on, for instance for want of memory: the message has no outcome
    /// then, and the journal is in the middle of it.
    pub(crate) fn run(
        &mut self,
        frame_input: FrameInput,
        depth: usize,
    ) -> Result<FrameResult, String> {
        let memory =
            SharedMemory::new_with_buffer(self.inner.ctx.local().shared_memory_buffer().clone());
        self.run_loop(FrameInit { depth, memory, frame_input }).map_err(|error| match error {
            ContextError::Custom(reason) => reason,
            ContextError::Db(never) => match never {},
        })
    }

    fn run_loop(&mut self, first: FrameInit) -> Result<FrameResult, ContextError<Infallible>> {
        if let ItemOrResult::Result(result) = self.frame_init(first)? {
            return Ok(result);
        }
        loop {
            let result = match self.frame_run()? {
                ItemOrResult::Item(init) => match self.frame_init(init)? {
                    ItemOrResult::Item(_) => continue,
                    ItemOrResult::Result(result) => result,
                },
                ItemOrResult::Result(result) => result,
            };
            if let Some(result) = self.frame_return_result(result)? {
                return Ok(result);
            }
        }
    }
}

const fn not_activated(
    _: InstructionContext<'_, Context, EthInterpreter>,
) -> InstructionExecResult {
    Err(InstructionResult::NotActivated)
}

/// SELFDESTRUCT, which a program cannot execute by delegating to code that does (devnode.md 1.7).
fn selfdestruct(context: InstructionContext<'_, Context, EthInterpreter>) -> InstructionExecResult {
    let acting = context.interpreter.input.target_address();
    let version = context.host.chain.rules.arbos_version;
    if is_executable(&Ledger(context.host).code(acting), version) {
        return Err(InstructionResult::NotActivated);
    }
    host::selfdestruct(context)
}

/// Runs a frame of a program's making: on the same journal, with memory of its own.
///
/// # Errors
///
/// As [`Machine::run`].
pub(super) fn run_nested(
    ctx: &mut Context,
    frame_input: FrameInput,
    depth: usize,
) -> Result<FrameResult, String> {
    // The machine owns its context; a hollow one stands in its place until the frame is done.
    let hollow = hollow(ctx);
    let mut real = std::mem::replace(ctx, hollow);
    // The callers' memory is in the local buffer and must not be touched.
    let callers = std::mem::take(&mut real.local);
    let mut machine = Machine::new(real);
    let result = machine.run(frame_input, depth);
    *ctx = machine.into_context();
    ctx.local = callers;
    result
}

fn hollow(ctx: &Context) -> Context {
    let session =
        Session::new(Arc::clone(&ctx.chain.shared), Arc::clone(&ctx.chain.rules), ctx.chain.block);
    context(ctx.journaled_state.db().clone(), BlockEnv::default(), session)
}

impl EvmTr for Machine {
    type Context = Context;
    type Instructions = Instructions;
    type Precompiles = Precompiles;
    type Frame = EthFrame<EthInterpreter>;

    fn all(
        &self,
    ) -> (&Self::Context, &Self::Instructions, &Self::Precompiles, &FrameStack<Self::Frame>) {
        self.inner.all()
    }

    fn all_mut(
        &mut self,
    ) -> (
        &mut Self::Context,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<Self::Frame>,
    ) {
        self.inner.all_mut()
    }

    fn frame_init(
        &mut self,
        init: <Self::Frame as FrameTr>::FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<Self::Context>> {
        check_time(&mut self.inner.ctx)?;
        let depth = init.depth;
        trace::enter(&mut self.inner.ctx, &init.frame_input, depth);
        let absent = absent::callee(&self.inner.ctx, &self.inner.precompiles, &init.frame_input);
        let opened = match self.inner.frame_init(init)? {
            ItemOrResult::Item(frame) => Ok(open_frame(frame)),
            ItemOrResult::Result(result) => Err(result),
        };
        if let Some(callee) = absent {
            absent::leave(&mut self.inner.ctx, callee);
        }
        if let Err(result) = &opened {
            trace::exit(&mut self.inner.ctx, result, depth);
        }
        Ok(match opened {
            Ok(frame) => {
                self.inner.ctx.chain.open.push(frame);
                ItemOrResult::Item(self.inner.frame_stack.get())
            }
            Err(result) => ItemOrResult::Result(result),
        })
    }

    fn frame_run(
        &mut self,
    ) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<Self::Context>> {
        let Inner { ctx, instruction, frame_stack, .. } = &mut self.inner;
        let frame = frame_stack.get();
        let (table, gas_table) = (instruction.instruction_table(), instruction.gas_table());
        let mut action = if ctx.chain.watch.tracer.is_some() {
            trace::run_watched(&mut frame.interpreter, table, gas_table, ctx)
        } else {
            frame.interpreter.run_plain(table, gas_table, ctx)
        };
        if let InterpreterAction::Return(result) = &mut action {
            judge(frame, result, ctx);
        }
        let next = frame.process_next_action::<_, ContextError<Infallible>>(ctx, action)?;
        if let ItemOrResult::Result(result) = &next {
            trace::exit(ctx, result, frame.depth);
            frame.set_finished(true);
            ctx.chain.open.pop();
        }
        Ok(next)
    }

    fn frame_return_result(
        &mut self,
        result: FrameResult,
    ) -> Result<Option<FrameResult>, ContextDbError<Self::Context>> {
        self.inner.frame_return_result(result)
    }
}

fn open_frame(frame: &EthFrame<EthInterpreter>) -> OpenFrame {
    match (&frame.input, &frame.data) {
        (FrameInput::Call(inputs), _) => OpenFrame {
            caller: inputs.caller,
            acting: inputs.target_address,
            counts: !matches!(inputs.scheme, CallScheme::DelegateCall | CallScheme::CallCode),
        },
        (FrameInput::Create(inputs), FrameData::Create(created)) => {
            OpenFrame { caller: inputs.caller(), acting: created.created_address, counts: true }
        }
        _ => unreachable!("a frame is a call or a creation"),
    }
}

/// Ends a call whose time is over. EVM code is asked at each frame, which is often enough: between
/// two of them the gas of a call lasts for less than its time.
fn check_time(ctx: &mut Context) -> Result<(), ContextError<Infallible>> {
    if ctx.chain.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
        ctx.chain.is_late = true;
        return Err(ContextError::Custom("the call took longer than it may".to_owned()));
    }
    Ok(())
}

/// Corrects the end of a frame where the interpreter does not know Arbitrum's rules, and names it
/// for RPC.
fn judge(frame: &EthFrame<EthInterpreter>, result: &mut InterpreterResult, ctx: &mut Context) {
    let version = ctx.chain.rules.arbos_version;
    let is_creation = matches!(frame.data, FrameData::Create(_));
    if is_creation && result.result.is_ok() && !is_deployable(&result.output, version) {
        result.result = InstructionResult::CreateContractStartingWithEF;
    }
    let depth = ctx.journaled_state.depth();
    if depth != 1 || result.result.is_ok_or_revert() {
        return;
    }
    // Init code that is a program has no record: it has no code hash yet (host 5.1).
    let code = frame.interpreter.bytecode.original_byte_slice();
    if is_creation && is_executable(code, version) {
        ctx.chain.conclude(depth, ProgramError::NotActivated.to_string());
    } else if let Some(text) = halt::text(frame, result.result) {
        ctx.chain.conclude(depth, text);
    }
}

/// EIP-3541 with the exceptions for Stylus code (devnode.md 1.7).
fn is_deployable(code: &Bytes, arbos_version: u64) -> bool {
    code.first() != Some(&0xef)
        || CodeKind::of(code).is_some_and(|kind| kind.is_deployable(arbos_version))
}
