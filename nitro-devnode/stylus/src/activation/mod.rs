//! Whether a module can become a program, and what that costs (wasm 1 and 7).

mod error;

use alloy_primitives::B256;

pub use self::error::ActivationError;

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
    let _ = (module, config, gas);
    unimplemented!()
}
