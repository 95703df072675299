//! Why a module cannot be activated.

/// The rule that a module breaks; every one has the same effect on chain (wasm 1.14).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// The activation gas is not covered.
    #[error("activation needs {needed} gas for {term}, {left} is left")]
    OutOfGas {
        /// What the gas is for.
        term: &'static str,
        /// Gas of this term.
        needed: u64,
        /// Gas before it.
        left: u64,
    },
}
