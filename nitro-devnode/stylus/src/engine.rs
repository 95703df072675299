//! Compiled programs and their cache.

use std::sync::Arc;

use alloy_primitives::B256;

use crate::ActivationError;

/// Settings of an [`Engine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineConfig {
    /// Bytes of machine code that the cache holds at most. Programs in use are not counted once
    /// they are evicted.
    pub cache_bytes: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { cache_bytes: 256 << 20 }
    }
}

/// What selects the compiled form of a module, besides its code hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LoadConfig {
    /// The Stylus version that the program was activated under.
    pub stylus_version: u16,
    /// Whether the chain has the debug flag.
    pub debug_chain: bool,
}

/// Compiles programs and remembers them. Shared by all threads; holds nothing on disk.
#[derive(Debug)]
pub struct Engine {}

/// A program ready to run. Cheap to share, immutable.
#[derive(Debug)]
pub struct CompiledProgram {}

impl Engine {
    /// Starts an engine.
    ///
    /// # Errors
    ///
    /// When the machine offers no support for compiled WASM.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let _ = config;
        unimplemented!()
    }

    /// The compiled program of a module that is active already, from the cache if it is there.
    ///
    /// `module` is asked for the decompressed bytes only if the cache does not hold the program. No
    /// lock is held while it is compiled.
    ///
    /// # Errors
    ///
    /// When the module is not one that can have been activated, or does not compile.
    pub fn load(
        &self,
        code_hash: B256,
        module: &[u8],
        config: LoadConfig,
    ) -> Result<Arc<CompiledProgram>, EngineError> {
        let _ = (code_hash, module, config);
        unimplemented!()
    }

    /// The compiled program if the cache holds it; spares the decompression of its code.
    #[must_use]
    pub fn cached(&self, code_hash: B256, config: LoadConfig) -> Option<Arc<CompiledProgram>> {
        let _ = (code_hash, config);
        unimplemented!()
    }

    /// Compiles a rewritten module ([`Activation::program`](crate::Activation)) without touching
    /// the cache. A pure function of its argument.
    ///
    /// # Errors
    ///
    /// When the module does not compile.
    pub fn compile(&self, program: &[u8]) -> Result<CompiledProgram, EngineError> {
        let _ = program;
        unimplemented!()
    }

    /// Puts a compiled program into the cache, for instance right after its activation.
    pub fn insert(&self, code_hash: B256, config: LoadConfig, program: Arc<CompiledProgram>) {
        let _ = (code_hash, config, program);
        unimplemented!()
    }
}

/// Why a program cannot be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The engine does not start on this machine.
    #[error("webassembly engine cannot start: {0}")]
    Start(String),
    /// The module breaks a rule of activation.
    #[error("module cannot be a stylus program: {0}")]
    Module(#[from] ActivationError),
    /// The engine refuses the rewritten module.
    #[error("program cannot be compiled: {0}")]
    Compile(String),
}
