//! The precompiled contracts of ArbOS (devnode.md section 4).

mod arb_address_table;
mod arb_aggregator;
mod arb_debug;
mod arb_gas_info;
mod arb_info;
mod arb_owner;
mod arb_owner_public;
mod arb_retryable_tx;
mod arb_sys;
mod arb_wasm;
mod arb_wasm_cache;
mod call;
mod constraints;
mod error_text;
mod guard;
mod legacy;
mod method;
mod outcome;
mod registry;
mod tokens_and_filters;

pub(crate) use arb_sys::l2_alias;
pub use call::PrecompileCall;
pub use error_text::custom_error_text;
pub use outcome::{Ending, PrecompileOutcome};
pub(crate) use registry::installed_code;
pub use registry::{active_precompiles, is_precompile};

use crate::Backend;

/// Runs a call of a precompile. The chain has opened a checkpoint and moved the call's value to the
/// acting account before; it undoes both unless the outcome is a success. The caller of this
/// function has not charged anything: [`PrecompileOutcome::gas_left`] is all that remains of
/// [`PrecompileCall::gas`].
///
/// An address that is no precompile at the chain's version answers like an account without code.
pub fn run_precompile(call: &PrecompileCall<'_>, backend: &mut dyn Backend) -> PrecompileOutcome {
    method::run(call, backend)
}
