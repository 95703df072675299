//! From deployed code to the module that is activated (stylus-host.md 7.2 steps 4 to 7, 7.3).

use alloy_primitives::{Address, B256, Bytes};
use devnode_stylus::{
    Activation, ActivationConfig, ActivationError,
    code::{self, CodeKind, RootCode, StylusCode},
};
use thiserror::Error;

use super::StylusParams;
use crate::{Metered, OutOfGas, metering::words, version};

/// Gas of reading a fragment whose address is warm.
const WARM_READ_GAS: u64 = 100;
/// Gas of reading a fragment whose address is cold.
const COLD_READ_GAS: u64 = 2600;

/// Why a program was not activated.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ActivateError {
    #[error("out of gas")]
    OutOfGas,
    #[error("the account has no wasm")]
    NotWasm,
    #[error("the code is no program")]
    BadCode,
    /// The module breaks a rule; consumes all gas.
    #[error("program activation failed: {0}")]
    Refused(ActivationError),
}

impl From<OutOfGas> for ActivateError {
    fn from(_: OutOfGas) -> Self {
        Self::OutOfGas
    }
}

/// The decompressed module of an account's code.
pub(crate) fn module_of(
    state: &mut Metered<'_>,
    program: Address,
    params: &StylusParams,
    arbos_version: u64,
) -> Result<Vec<u8>, ActivateError> {
    let deployed = state.backend.code(program);
    if deployed.is_empty() {
        return Err(ActivateError::NotWasm);
    }
    let has_fragments = arbos_version >= version::ARBOS_60;
    match CodeKind::of(&deployed) {
        Some(CodeKind::Classic) => code::classic_module(&deployed, params.max_wasm_size)
            .map_err(|_| ActivateError::BadCode),
        Some(CodeKind::Root) if has_fragments => joined_module(state, &deployed, params),
        Some(CodeKind::Fragment) if has_fragments => Err(ActivateError::BadCode),
        _ if has_fragments => Err(ActivateError::NotWasm),
        _ => Err(ActivateError::BadCode),
    }
}

fn joined_module(
    state: &mut Metered<'_>,
    deployed: &Bytes,
    params: &StylusParams,
) -> Result<Vec<u8>, ActivateError> {
    let Ok(StylusCode::Root(root)) = code::parse(deployed) else {
        return Err(ActivateError::BadCode);
    };
    let is_count_allowed =
        (1..=usize::from(params.max_fragment_count)).contains(&root.fragments.len());
    if root.module_len > params.max_wasm_size || !is_count_allowed {
        return Err(ActivateError::BadCode);
    }
    let codes = read_fragments(state, &root)?;
    root.module(codes.iter().map(AsRef::as_ref), params.max_wasm_size)
        .map_err(|_| ActivateError::BadCode)
}

/// Reads the fragments in order. The gas must cover a fragment of the largest size before its true
/// size is known (stylus-host.md 7.3).
fn read_fragments(state: &mut Metered<'_>, root: &RootCode) -> Result<Vec<Bytes>, ActivateError> {
    let max_words = state.backend.max_code_size().div_ceil(32);
    let mut codes = Vec::with_capacity(root.fragments.len());
    for &fragment in &root.fragments {
        let read = state.backend.load_code_warming(fragment);
        let access = if read.was_cold { COLD_READ_GAS } else { WARM_READ_GAS };
        if state.gas_left < access + 3 * max_words {
            state.gas_left = 0;
            return Err(ActivateError::OutOfGas);
        }
        state.burn(access + 3 * words(read.code.len()))?;
        if CodeKind::of(&read.code) != Some(CodeKind::Fragment) {
            return Err(ActivateError::BadCode);
        }
        codes.push(read.code);
    }
    Ok(codes)
}

/// Validates, rewrites and prices the module out of the gas that is left.
pub(crate) fn activate_module(
    state: &mut Metered<'_>,
    module: &[u8],
    code_hash: B256,
    params: &StylusParams,
    arbos_version: u64,
) -> Result<Activation, ActivateError> {
    let config = ActivationConfig {
        arbos_version,
        stylus_version: params.version,
        debug_chain: state.backend.debug_precompiles_allowed(),
        page_limit: params.page_limit.saturating_sub(state.backend.open_pages()),
        code_hash,
    };
    let activation = state.backend.activate_module(module, &config, &mut state.gas_left);
    activation.map_err(|error| {
        state.gas_left = 0;
        match error {
            ActivationError::OutOfGas { .. } => ActivateError::OutOfGas,
            refusal => ActivateError::Refused(refusal),
        }
    })
}
