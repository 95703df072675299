//! Whether a module can become a program, and what that costs (wasm 1 and 7).

mod error;
mod estimate;
mod rules;
mod view;

use alloy_primitives::{B256, Keccak256};

pub use self::error::ActivationError;
use self::estimate::Quantities;
pub(crate) use self::view::ModuleView;
use crate::instrument::{self, FunctionPlan};

/// The rules that an activation follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationConfig {
    /// The ArbOS version; 30 is the first with Stylus. 0 stands for the recompilation of a program
    /// that is active already: every feature is allowed and no gas is charged (wasm 1.1).
    pub arbos_version: u64,
    /// The Stylus version: 1 or 2.
    pub stylus_version: u16,
    /// Whether the chain has the debug flag; imports of `console` and a start function are legal
    /// then.
    pub debug_chain: bool,
    /// Most initial memory pages: the chain parameter less the pages open in the transaction.
    pub page_limit: u16,
    /// Hash of the deployed code; it goes into the module hash.
    pub code_hash: B256,
}

/// What an activation yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Initial memory in pages.
    pub footprint: u16,
    /// Units of the start-up charge of a program that is not cached (host 6.2).
    pub init_cost: u16,
    /// Units of the start-up charge of a cached program.
    pub cached_init_cost: u16,
    /// Estimated size of the compiled program in bytes; the data fee depends on it.
    pub asm_estimate: u32,
    /// A commitment to code hash, Stylus version and module. Not Nitro's value (wasm 7.3).
    pub module_hash: B256,
    /// The rewritten module, which meters itself; for [`Engine::compile`](crate::Engine::compile).
    pub program: Vec<u8>,
    /// Operators of each function after rewriting.
    pub operator_counts: Vec<u32>,
}

/// Checks, prices and rewrites a decompressed module. Deducts the activation gas from `gas`.
///
/// # Errors
///
/// The rule that failed. The chain takes all gas of the activation then, whatever `gas` says.
pub fn activate(
    module: &[u8],
    config: &ActivationConfig,
    gas: &mut u64,
) -> Result<Activation, ActivationError> {
    if !matches!(config.stylus_version, 1 | 2) {
        return Err(ActivationError::StylusVersion { version: config.stylus_version });
    }
    rules::validate(module, config)?;
    let view = ModuleView::parse(module)?;
    rules::check_names(&view)?;
    let footprint = rules::check_memory(&view, config)?;
    let plans = plan_functions(&view)?;
    rules::check_entrypoint(&view)?;
    let quantities = Quantities::of(&view, &plans, footprint);
    let estimates = quantities.estimates(config.stylus_version)?;
    rules::check_limits(&view, &plans, config)?;
    if config.arbos_version != RECOMPILATION {
        quantities.charge(config.arbos_version, gas)?;
    }
    rules::check_linking(&view, &plans, config)?;
    let program = instrument::rewrite(&view, &plans)
        .map_err(|error| ActivationError::in_function(0, error))?;
    Ok(Activation {
        footprint,
        init_cost: estimates.init_cost,
        cached_init_cost: estimates.cached_init_cost,
        asm_estimate: estimates.asm_estimate,
        module_hash: module_hash(module, config.code_hash, config.stylus_version),
        program,
        operator_counts: plans.iter().map(|plan| plan.operators as u32).collect(),
    })
}

/// The ArbOS version that stands for recompilation.
const RECOMPILATION: u64 = 0;

/// Rewrites a module that is active already, under the rules that any activation ever had (wasm
/// 1.1).
pub(crate) fn recompile(
    module: &[u8],
    stylus_version: u16,
    debug_chain: bool,
) -> Result<Vec<u8>, ActivationError> {
    let config = ActivationConfig {
        arbos_version: RECOMPILATION,
        stylus_version,
        debug_chain,
        page_limit: u16::MAX,
        code_hash: B256::ZERO,
    };
    activate(module, &config, &mut 0).map(|activation| activation.program)
}

fn plan_functions(view: &ModuleView<'_>) -> Result<Vec<FunctionPlan>, ActivationError> {
    let signatures = view.signatures();
    let pays_growth = view.growth_payment().is_some();
    view.bodies
        .iter()
        .enumerate()
        .map(|(function, body)| {
            instrument::plan(body, &signatures, pays_growth)
                .map_err(|error| ActivationError::in_function(function, error))
        })
        .collect()
}

/// What an activation says of the module that it activated ([`Activation::module_hash`]).
///
/// Nitro commits to the translation for its proving machine; a node without one needs only a value
/// that depends on the same inputs (wasm 7.3).
#[must_use]
pub fn module_hash(module: &[u8], code_hash: B256, stylus_version: u16) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(b"devnode-stylus module");
    hasher.update(code_hash);
    hasher.update(stylus_version.to_be_bytes());
    hasher.update(module);
    hasher.finalize()
}
