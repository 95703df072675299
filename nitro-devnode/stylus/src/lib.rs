//! Stylus programs, as far as they need no EVM: which WASM modules can be activated, how they are
//! rewritten, how they run, and what every step costs in ink.
//!
//! The life of a program, in the order of the modules:
//!
//! 1. [`code`] recognises deployed code and decompresses it to a WASM module;
//! 2. [`activate`] accepts or rejects the module, charges the activation gas, and rewrites the
//!    module so that it meters itself;
//! 3. [`Engine`] compiles rewritten modules and remembers the results;
//! 4. [`run`] executes a compiled program. Whatever the program asks of its chain goes through
//!    [`EvmApi`], which the chain implements; the values that stay fixed during a run are in
//!    [`RunContext`].
//!
//! The rules are those of `spec/stylus-wasm.md` ("wasm" in comments) and `spec/stylus-host.md`
//! ("host" in comments).
//!
//! # Who charges what
//!
//! This crate buys every unit of ink of a run: operators, host functions, and the gas of storage,
//! logs, calls, creates and account reads. The chain reports facts (was the slot cold, how much gas
//! did the callee leave) and performs effects; it charges nothing on its own inside [`EvmApi`].
//! Outside a run the chain charges the start-up cost (host 6.1, with [`page_gas`] for the pages) and
//! the return-data floor (host 6.4).
//!
//! # Example
//!
//! ```
//! use alloy_primitives::B256;
//! use devnode_stylus::{ActivationConfig, Engine, EngineConfig, activate};
//!
//! let module = wat::parse_str(
//!     r#"(module (memory (export "memory") 0 0)
//!         (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#,
//! )?;
//! let config = ActivationConfig {
//!     arbos_version: 51,
//!     stylus_version: 2,
//!     debug_chain: false,
//!     page_limit: 128,
//!     code_hash: B256::ZERO,
//! };
//! let mut gas = 10_000;
//!
//! let activation = activate(&module, &config, &mut gas)?;
//! assert_eq!(gas, 10_000 - 1008);
//!
//! let program = Engine::new(EngineConfig::default())?.compile(&activation.program)?;
//! assert!(program.code_len() > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod activation;
mod api;
mod burden;
mod cache;
pub mod code;
mod context;
mod decompress;
mod engine;
mod gate;
mod host;
mod instrument;
mod outcome;
mod pages;
mod run;
mod ticker;

pub use activation::{Activation, ActivationConfig, ActivationError, activate, module_hash};
pub use api::{
    ApiError, CallKind, CallRequest, CallResult, CreateRequest, CreateResult, EvmApi, HostCall,
    Pages, SlotRead, SlotState,
};
pub use context::RunContext;
pub use engine::{CompiledProgram, Engine, EngineConfig, EngineError, LoadConfig};
pub use outcome::{OutcomeKind, RunError, RunOutcome};
pub use pages::{PAGE_EXPONENTS, PageParams, page_gas, page_ramp};
pub use run::{run, run_with_ink};
