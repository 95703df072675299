//! One program call, from the first ink to the outcome.

use crate::{CompiledProgram, EvmApi, RunContext, RunError, RunOutcome};

/// Runs a program with `gas` gas, which is what the frame has left after the start-up charge.
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
    let _ = (program, calldata, ink, ctx, api);
    unimplemented!()
}
