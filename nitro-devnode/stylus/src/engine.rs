//! Compiling programs.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::B256;
use parking_lot::Mutex;
use wasmtime::{
    Config, Engine as Wasm, Func, InstancePre, Linker, Module, ModuleExport, OptLevel,
    RegallocAlgorithm, Store, TypedFunc,
};

use crate::{
    ActivationError, activation, burden,
    cache::{Cache, Key},
    gate::Gate,
    host,
    instrument::{ENTRYPOINT, GLOBAL_INK_LEFT, GLOBAL_INK_STATUS, GLOBAL_STACK_LEFT, MEMORY},
    run::{Handles, RunState},
    ticker::Ticker,
};

/// Native stack of a run in bytes; memory is taken only for what a program touches.
///
/// A word of the logical stack takes at most 16 bytes here (tests measure it), except in programs
/// that hide operands in block parameters, which the model of wasm 4.2 does not count: they reach
/// about 10000 bytes a word, which 22000 words, the limit from ArbOS 50 on, do not exhaust either.
pub(crate) const NATIVE_STACK_LEN: usize = 256 << 20;
/// Native stack of a fiber beyond the program's: host functions run there.
const HOST_STACK_LEN: usize = 512 << 10;

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

/// What selects the compiled form of a module, besides what it is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LoadConfig {
    /// The Stylus version that the program was activated under.
    pub stylus_version: u16,
    /// Whether the chain has the debug flag.
    pub debug_chain: bool,
}

/// Compiles programs and remembers them. Shared by all threads; keeps nothing on disk.
pub struct Engine {
    wasm: Wasm,
    linker: Linker<RunState>,
    cache: Cache,
    /// One lock for each program that is being compiled: who needs it too waits for the result.
    compiling: Mutex<HashMap<Key, Arc<Mutex<()>>>>,
    gate: Gate,
    ticker: Arc<Ticker>,
}

/// A program ready to run. Cheap to share, immutable.
pub struct CompiledProgram {
    instance: InstancePre<RunState>,
    exports: Exports,
    code_len: usize,
    pub(crate) ticker: Arc<Ticker>,
}

/// Where the instance keeps what a run needs.
struct Exports {
    entrypoint: ModuleExport,
    memory: ModuleExport,
    ink_left: ModuleExport,
    ink_status: ModuleExport,
    stack_left: ModuleExport,
}

impl Engine {
    /// Starts an engine.
    ///
    /// # Errors
    ///
    /// When the machine offers no support for compiled WASM.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let start = |error: wasmtime::Error| EngineError::Start(format!("{error:#}"));
        let wasm = Wasm::new(&wasm_config()).map_err(start)?;
        let mut linker = Linker::new(&wasm);
        host::define(&mut linker).map_err(start)?;
        let ticker = Arc::new(Ticker::new(wasm.clone()));
        Ok(Self {
            wasm,
            linker,
            cache: Cache::new(config.cache_bytes),
            compiling: Mutex::default(),
            gate: Gate::default(),
            ticker,
        })
    }

    /// The compiled program of a module that is active already, from the cache if it is there. `id`
    /// is what the module is known by: different modules need different ones, which the code hash
    /// is not for root programs.
    ///
    /// Where decompressing the module is not free, ask [`cached`](Self::cached) first. Nobody waits
    /// for a compilation except those who need its result.
    ///
    /// # Errors
    ///
    /// When the module is not one that can have been activated, or does not compile.
    pub fn load(
        &self,
        id: B256,
        module: &[u8],
        config: LoadConfig,
    ) -> Result<Arc<CompiledProgram>, EngineError> {
        self.once((id, config), || {
            let program = activation::recompile(module, config.stylus_version, config.debug_chain)?;
            self.compile(&program)
        })
    }

    /// As [`load`](Self::load) for a module that its activation has just rewritten
    /// ([`Activation::program`](crate::Activation::program)).
    ///
    /// # Errors
    ///
    /// When the module does not compile.
    pub fn load_rewritten(
        &self,
        id: B256,
        program: &[u8],
        config: LoadConfig,
    ) -> Result<Arc<CompiledProgram>, EngineError> {
        self.once((id, config), || self.compile(program))
    }

    /// Compiles what is not in the cache, once however many ask for it.
    fn once(
        &self,
        key: Key,
        compile: impl FnOnce() -> Result<CompiledProgram, EngineError>,
    ) -> Result<Arc<CompiledProgram>, EngineError> {
        if let Some(program) = self.cache.get(&key) {
            return Ok(program);
        }
        let lock = Arc::clone(self.compiling.lock().entry(key).or_default());
        let _turn = lock.lock();
        if let Some(program) = self.cache.get(&key) {
            return Ok(program);
        }
        let compiled = compile().map(Arc::new);
        if let Ok(program) = &compiled {
            self.cache.insert(key, Arc::clone(program));
        }
        self.compiling.lock().remove(&key);
        compiled
    }

    /// The compiled program if the cache holds it.
    #[must_use]
    pub fn cached(&self, id: B256, config: LoadConfig) -> Option<Arc<CompiledProgram>> {
        self.cache.get(&(id, config))
    }

    /// Compiles a rewritten module ([`Activation::program`](crate::Activation::program)) without
    /// touching the cache. A pure function of its argument; waits while other threads compile so
    /// much that memory would run short.
    ///
    /// # Errors
    ///
    /// When the module does not compile, or would take more memory than can be spared for it.
    pub fn compile(&self, program: &[u8]) -> Result<CompiledProgram, EngineError> {
        let compile = |error: wasmtime::Error| EngineError::Compile(format!("{error:#}"));
        let bytes = burden::of(program).map_err(|error| EngineError::Compile(error.to_string()))?;
        if bytes > burden::LIMIT {
            return Err(EngineError::Burden { bytes, limit: burden::LIMIT });
        }
        let place = self.gate.enter(program.len());
        let module = Module::new(&self.wasm, program).map_err(compile)?;
        drop(place);
        let export = |name| {
            module
                .get_export_index(name)
                .ok_or_else(|| EngineError::Compile(format!("no export named {name}")))
        };
        let exports = Exports {
            entrypoint: export(ENTRYPOINT)?,
            memory: export(MEMORY)?,
            ink_left: export(GLOBAL_INK_LEFT)?,
            ink_status: export(GLOBAL_INK_STATUS)?,
            stack_left: export(GLOBAL_STACK_LEFT)?,
        };
        let instance = self.linker.instantiate_pre(&module).map_err(compile)?;
        let ticker = Arc::clone(&self.ticker);
        Ok(CompiledProgram { instance, exports, code_len: module.text().len(), ticker })
    }
}

/// The engine behind all programs. Ink bounds every run, so there is no fuel, and epochs only for
/// the deadlines of calls; acceptance is decided before, so that only the default features need to
/// be known.
fn wasm_config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(NATIVE_STACK_LEN)
        .async_stack_size(NATIVE_STACK_LEN + HOST_STACK_LEN)
        // Compiles twice as fast; and merging equal computations would keep more values on the
        // native stack than the logical stack counts.
        .cranelift_opt_level(OptLevel::None)
        // The other allocator needs a minute for 300 locals in 300 loops, which are 6 kB of WASM;
        // and twice the time for ordinary programs.
        .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
        // Nobody sees where a program trapped.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false);
    config
}

impl CompiledProgram {
    /// Bytes of machine code.
    #[must_use]
    pub const fn code_len(&self) -> usize {
        self.code_len
    }

    pub(crate) fn store(&self, state: RunState) -> Store<RunState> {
        Store::new(self.instance.module().engine(), state)
    }

    /// A fresh instance with its memory and tables initialised.
    pub(crate) async fn instantiate(
        &self,
        store: &mut Store<RunState>,
    ) -> wasmtime::Result<(Handles, TypedFunc<u32, u32>)> {
        let instance = self.instance.instantiate_async(&mut *store).await?;
        let mut export = |export: &ModuleExport| instance.get_module_export(&mut *store, export);
        let entrypoint: Option<Func> =
            export(&self.exports.entrypoint).and_then(wasmtime::Extern::into_func);
        let memory = export(&self.exports.memory).and_then(wasmtime::Extern::into_memory);
        let [ink_left, ink_status, stack_left] =
            [&self.exports.ink_left, &self.exports.ink_status, &self.exports.stack_left]
                .map(|global| export(global).and_then(wasmtime::Extern::into_global));
        let missing = "a rewritten module exports entry point, memory and meters";
        let handles = Handles {
            memory: memory.expect(missing),
            ink_left: ink_left.expect(missing),
            ink_status: ink_status.expect(missing),
            stack_left: stack_left.expect(missing),
        };
        Ok((handles, entrypoint.expect(missing).typed(&*store)?))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Engine").field("cache", &self.cache).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for CompiledProgram {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CompiledProgram")
            .field("code_len", &self.code_len)
            .finish_non_exhaustive()
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
    /// Blocks and calls hand over so many values that compiling would exhaust the machine.
    #[error(
        "program is not compiled: its blocks and calls hand over so many values that this would \
         take about {bytes} bytes of memory, more than {limit}"
    )]
    Burden {
        /// About what compiling would take.
        bytes: u64,
        /// What it may take.
        limit: u64,
    },
}
