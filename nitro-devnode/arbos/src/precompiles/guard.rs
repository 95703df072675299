//! Precompiles that only some accounts may call (devnode.md 4.2).

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::{SolEvent, sol};

use super::{
    PrecompileCall, PrecompileOutcome, method::execute, outcome::Ending, registry::Precompile,
};
use crate::{Backend, Free, state::slots};

sol! {
    event OwnerActs(bytes4 indexed method, address indexed owner, bytes data);
}

/// `ArbOwner`: costs owners nothing and logs what they do; others lose all gas.
pub(super) fn as_owner(
    precompile: &Precompile,
    call: &PrecompileCall<'_>,
    backend: &mut dyn Backend,
    version: u64,
) -> PrecompileOutcome {
    let Ok(is_owner) = slots::root::chain_owners().contains(&mut Free(backend), call.caller);
    if !is_owner {
        let text = "unauthorized caller to access-controlled method";
        return PrecompileOutcome::failure(text.to_owned());
    }
    let mut outcome = execute(precompile, call, backend, version, true);
    if outcome.is_success() && !call.is_static {
        log_act(call, backend);
    }
    if outcome.ending != Ending::Failure {
        outcome.gas_left = call.gas;
    }
    outcome
}

fn log_act(call: &PrecompileCall<'_>, backend: &mut dyn Backend) {
    let mut method = [0; 4];
    method.copy_from_slice(&call.input[..4]);
    let act = OwnerActs {
        method: method.into(),
        owner: call.caller,
        data: Bytes::copy_from_slice(call.input),
    };
    let (topics, data): (Vec<B256>, Bytes) = act.encode_log_data().split();
    backend.emit_log(call.address, topics, data);
}

/// `ArbFilteredTransactionsManager`: costs filterers nothing.
pub(super) fn as_filterer(
    precompile: &Precompile,
    call: &PrecompileCall<'_>,
    backend: &mut dyn Backend,
    version: u64,
) -> PrecompileOutcome {
    let filterers = slots::root::transaction_filterers();
    let Ok(is_filterer) = filterers.contains(&mut Free(backend), call.caller);
    let mut outcome = execute(precompile, call, backend, version, is_filterer);
    if is_filterer && outcome.ending != Ending::Failure {
        outcome.gas_left = call.gas;
    }
    outcome
}
