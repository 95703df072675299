//! Calls that the interpreter does not run: Ethereum's precompiles, ArbOS's, and Stylus programs.

use std::sync::Arc;

use alloy_primitives::{Address, Bytes};
use devnode_arbos::{Ending, PrecompileCall, run_precompile};
use revm::{
    context::LocalContext,
    context_interface::{ContextTr, JournalTr},
    handler::{PrecompileProvider, precompile_output_to_interpreter_result},
    interpreter::{CallInputs, CallScheme, Gas, InstructionResult, InterpreterResult},
    primitives::{AddressSet, hardfork::SpecId},
};

use super::{Context, Ledger, Rules, program};
use crate::view::View;

const ECRECOVER: Address = Address::with_last_byte(1);

/// Decides who runs a call.
#[derive(Debug)]
pub(crate) struct Precompiles {
    rules: Arc<Rules>,
}

impl Precompiles {
    pub(super) const fn new(rules: Arc<Rules>) -> Self {
        Self { rules }
    }

    /// The address under which the precompile is known that answers at `address`.
    pub(super) fn at(&self, view: &View, address: Address) -> Option<Address> {
        let is_known = |address: &Address| {
            self.rules.ethereum.get(address).is_some()
                || devnode_arbos::is_precompile(*address, self.rules.arbos_version)
        };
        view.precompile_at(address).filter(is_known)
    }
}

impl PrecompileProvider<Context> for Precompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, _: SpecId) -> bool {
        false
    }

    fn run(
        &mut self,
        ctx: &mut Context,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        if let Some(address) = self.at(ctx.journaled_state.db(), inputs.bytecode_address) {
            let Some(precompile) = self.rules.ethereum.get(&address) else {
                return run_arbos(ctx, inputs, address).map(Some);
            };
            let input = inputs.input.bytes(ctx);
            let mut output = precompile
                .execute(&input, inputs.gas_limit, inputs.reservoir)
                .map_err(|error| error.to_string())?;
            if address == ECRECOVER
                && output.is_success()
                && let Some(signer) = ctx.chain.shared.pretended_signer(&input)
            {
                output.bytes = Bytes::copy_from_slice(signer.into_word().as_slice());
            }
            return Ok(Some(precompile_output_to_interpreter_result(output, inputs.gas_limit)));
        }
        let code = inputs.known_bytecode.1.original_byte_slice();
        if devnode_stylus::code::is_executable(code, self.rules.arbos_version) {
            return program::run(ctx, inputs).map(Some);
        }
        Ok(None)
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.rules.warm
    }
}

/// Runs the precompile of `address`, which is somewhere else where it was moved.
fn run_arbos(
    ctx: &mut Context,
    inputs: &CallInputs,
    address: Address,
) -> Result<InterpreterResult, String> {
    let is_direct = inputs.target_address == inputs.bytecode_address;
    let input = inputs.input.bytes_local::<LocalContext>(ctx.local());
    let depth = ctx.journaled_state.depth();
    let call = PrecompileCall {
        address,
        acting: if is_direct { address } else { inputs.target_address },
        caller: inputs.caller,
        callers_caller: ctx.chain.open.last().map(|frame| frame.caller),
        value: inputs.value.get(),
        input: &input,
        gas: inputs.gas_limit,
        is_static: inputs.is_static,
        depth,
    };
    ctx.chain.watch.in_precompile = ctx.chain.watch.tracer.is_some();
    let outcome = run_precompile(&call, &mut Ledger(ctx));
    ctx.chain.watch.in_precompile = false;
    if let Some(text) = outcome.error_text {
        ctx.chain.conclude(depth, text);
    }
    let result = match outcome.ending {
        Ending::Success => InstructionResult::Return,
        Ending::Revert => InstructionResult::Revert,
        Ending::Failure => InstructionResult::PrecompileError,
        Ending::Crash => return Err("a precompile was asked to crash".to_owned()),
    };
    Ok(ended(result, inputs.gas_limit, outcome.gas_left, outcome.output))
}

/// The end of a frame that had `limit` gas and leaves `left`.
pub(super) const fn ended(
    result: InstructionResult,
    limit: u64,
    left: u64,
    output: Bytes,
) -> InterpreterResult {
    let mut gas = Gas::new(limit);
    gas.set_remaining(left);
    InterpreterResult { result, output, gas }
}

/// How a call differs from a plain one.
pub(super) const fn is_delegated(scheme: CallScheme) -> bool {
    matches!(scheme, CallScheme::DelegateCall | CallScheme::CallCode)
}
