//! One program call, from the first ink to the outcome.

mod console;
mod mailbox;
mod state;
mod stop;
mod storage_cache;
mod trace_buffer;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use alloy_primitives::Bytes;
use wasmtime::{Store, Trap, Val};

pub(crate) use self::{
    mailbox::Mailbox,
    state::{Handles, RunState},
    stop::Stop,
};
use crate::{
    CompiledProgram, EvmApi, HostCall, OutcomeKind, RunContext, RunError, RunOutcome,
    engine::NATIVE_STACK_LEN, ticker::ticks_until,
};

/// Native stack that must be left on the caller's side before a run starts. What the chain does
/// between two nested runs must fit into it.
const CALLER_STACK_RESERVE: usize = 1 << 20;
/// Size of the segments by which the caller's native stack grows.
const CALLER_STACK_SEGMENT: usize = 16 << 20;

/// Runs a program with `gas` gas, which is what the frame has left after the start-up charge.
///
/// The program runs on a native stack of its own. Programs that call programs nest on the thread of
/// the caller, whose stack grows as needed, so that any depth the chain allows is possible.
///
/// # Errors
///
/// When the run has no outcome: the chain behind `api` or the machine failed.
pub fn run(
    program: &CompiledProgram,
    calldata: &[u8],
    gas: u64,
    ctx: &RunContext,
    api: &mut dyn EvmApi,
) -> Result<RunOutcome, RunError> {
    run_with_ink(program, calldata, gas.saturating_mul(u64::from(ctx.ink_price)), ctx, api)
}

/// [`run`] with ink instead of gas.
///
/// # Errors
///
/// As [`run`].
pub fn run_with_ink(
    program: &CompiledProgram,
    calldata: &[u8],
    ink: u64,
    ctx: &RunContext,
    api: &mut dyn EvmApi,
) -> Result<RunOutcome, RunError> {
    stacker::maybe_grow(CALLER_STACK_RESERVE, CALLER_STACK_SEGMENT, || {
        drive(program, calldata, ink, ctx, api)
    })
}

/// Runs the program on its fiber and answers its questions.
fn drive(
    program: &CompiledProgram,
    calldata: &[u8],
    ink: u64,
    ctx: &RunContext,
    api: &mut dyn EvmApi,
) -> Result<RunOutcome, RunError> {
    let mailbox = Mailbox::default();
    let calldata = Bytes::copy_from_slice(calldata);
    let mut state = RunState::new(ctx.clone(), calldata, mailbox.clone());
    if ctx.trace {
        state.trace.push(entered(&state.calldata, ink));
    }
    let mut store = program.store(state);
    store.set_epoch_deadline(ctx.deadline.map_or(u64::MAX / 2, ticks_until));
    let _watch = ctx.deadline.map(|_| program.ticker.watch());
    let ended = {
        let mut execution = pin!(execute(program, &mut store, ink));
        let mut task = Context::from_waker(Waker::noop());
        loop {
            match execution.as_mut().poll(&mut task) {
                Poll::Ready(ended) => break ended,
                Poll::Pending if mailbox.answer(api) => {}
                Poll::Pending => {
                    return Err(RunError::Engine("suspended without a question".to_owned()));
                }
            }
        }
    };
    let outcome = judge(&mut store, ended, ctx)?;
    let state = store.into_data();
    state.trace.deliver(api);
    if ctx.trace
        && let Some(status) = outcome.status
    {
        api.trace(returned(status, outcome.outcome.ink_left));
    }
    let mut outcome = outcome.outcome;
    if matches!(outcome.kind, OutcomeKind::Success | OutcomeKind::Revert) {
        outcome.output = state.output;
    }
    Ok(outcome)
}

/// Instantiates the program, sets its meters and enters it.
async fn execute(
    program: &CompiledProgram,
    store: &mut Store<RunState>,
    ink: u64,
) -> wasmtime::Result<u32> {
    let (handles, entrypoint) = program.instantiate(&mut *store).await?;
    store.data_mut().handles = Some(handles);
    let depth = store.data().context.max_stack_depth;
    handles.ink_left.set(&mut *store, Val::I64(ink as i64))?;
    handles.stack_left.set(&mut *store, Val::I32(depth as i32))?;
    let len = u32::try_from(store.data().calldata.len()).unwrap_or(u32::MAX);
    entrypoint.call_async(&mut *store, len).await
}

/// An outcome with the status that the program ended with, if it did by itself.
struct Judged {
    outcome: RunOutcome,
    status: Option<u32>,
}

/// Turns the end of a run into its outcome, with the priorities of wasm 8.2.
fn judge(
    store: &mut Store<RunState>,
    ended: wasmtime::Result<u32>,
    ctx: &RunContext,
) -> Result<Judged, RunError> {
    let Some(handles) = store.data().handles else {
        let reason = ended.err().map_or_else(String::new, |error| format!("{error:#}"));
        return Err(RunError::Engine(reason));
    };
    let ink_left = handles.ink_left.get(&mut *store).i64().expect("the meter is an i64") as u64;
    let status = handles.ink_status.get(&mut *store).i32().expect("the status is an i32");
    let stack_left = handles.stack_left.get(&mut *store).i32().expect("the depth is an i32") as u32;
    let end = match ended {
        Ok(status) => End::Status(status),
        Err(error) => end_of(error, stack_left, ctx)?,
    };
    let (kind, program_status) = match end {
        End::Status(0) => (OutcomeKind::Success, Some(0)),
        End::Status(status) => (OutcomeKind::Revert, Some(status)),
        End::Abnormal(_) if stack_left == 0 => (OutcomeKind::OutOfStack, None),
        End::Abnormal(_) if status != 0 => (OutcomeKind::OutOfInk, None),
        End::Abnormal(Some(0)) => (OutcomeKind::Success, Some(0)),
        End::Abnormal(Some(status)) => (OutcomeKind::Revert, Some(status)),
        End::Abnormal(None) => (OutcomeKind::Failure, None),
    };
    let exhausted = matches!(kind, OutcomeKind::OutOfInk | OutcomeKind::OutOfStack);
    let kept = if exhausted { 0 } else { ink_left };
    let outcome = RunOutcome {
        kind,
        ink_left: kept,
        gas_left: kept / u64::from(ctx.ink_price),
        output: Vec::new(),
        stack_left,
        metered_ink_left: ink_left,
    };
    Ok(Judged { outcome, status: program_status })
}

/// How the entry point ended.
enum End {
    /// It returned.
    Status(u32),
    /// It was stopped; by `exit_early` if there is a status.
    Abnormal(Option<u32>),
}

fn end_of(error: wasmtime::Error, stack_left: u32, ctx: &RunContext) -> Result<End, RunError> {
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match trap {
            Trap::StackOverflow => Err(RunError::NativeStack {
                available: NATIVE_STACK_LEN,
                stack_left,
                limit: ctx.max_stack_depth,
            }),
            Trap::Interrupt => Err(RunError::Deadline),
            _ => Ok(End::Abnormal(None)),
        };
    }
    match error.downcast::<Stop>() {
        Ok(Stop::OutOfInk | Stop::Failure(_)) => Ok(End::Abnormal(None)),
        Ok(Stop::Exit(status)) => Ok(End::Abnormal(Some(status))),
        Ok(Stop::Chain(error)) => Err(RunError::Chain(error)),
        Err(error) => Err(RunError::Engine(format!("{error:#}"))),
    }
}

/// The tracer's record of the entry.
fn entered(calldata: &Bytes, ink: u64) -> HostCall {
    let len = u32::try_from(calldata.len()).unwrap_or(u32::MAX);
    HostCall {
        name: "user_entrypoint",
        args: Bytes::copy_from_slice(&len.to_be_bytes()),
        outs: Bytes::new(),
        start_ink: ink,
        end_ink: ink,
        target: None,
    }
}

/// The tracer's record of the return.
fn returned(status: u32, ink: u64) -> HostCall {
    HostCall {
        name: "user_returned",
        args: Bytes::new(),
        outs: Bytes::copy_from_slice(&status.to_be_bytes()),
        start_ink: ink,
        end_ink: ink,
        target: None,
    }
}
