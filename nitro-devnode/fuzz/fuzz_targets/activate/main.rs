//! Any module: activation never panics, whatever it accepts compiles, and what compiles ends with an
//! outcome and never with more ink than it got.
//!
//! An input that begins as WASM does is the module itself, which reaches the decoder and the
//! validator; any other is the seed of a valid module with every host function at hand, which
//! reaches the rules after them, the rewriting, the compiler and the run.
#![no_main]

mod chain;

use std::sync::LazyLock;

use alloy_primitives::B256;
use devnode_stylus::{
    ActivationConfig, Engine, EngineConfig, Pages, RunContext, activate, run_with_ink,
};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use wasm_smith::{Config, Module};

use chain::EmptyChain;

const INK: u64 = 3_000_000_000;

/// Gas that is not enough for most modules, so that running out of it is met at every stage.
const LITTLE_GAS: u64 = 100_000;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(EngineConfig::default()).expect("the engine starts"));

static IMPORTS: LazyLock<Vec<u8>> =
    LazyLock::new(|| wat::parse_str(include_str!("../../imports.wat")).expect("a module"));

static EXPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let shape = r#"(module (memory (export "memory") 1 1)
        (func (export "user_entrypoint") (param i32) (result i32) unreachable))"#;
    wat::parse_str(shape).expect("a module")
});

fuzz_target!(|input: &[u8]| {
    if input.starts_with(b"\0asm") {
        try_module(input);
    } else if let Ok(module) = valid_module(input) {
        try_module(&module);
    }
});

fn valid_module(seed: &[u8]) -> Result<Vec<u8>> {
    let mut seed = Unstructured::new(seed);
    let config = Config {
        available_imports: Some(IMPORTS.clone()),
        exports: Some(EXPORTS.clone()),
        allow_floats: seed.ratio(1, 8)?,
        allow_start_export: seed.ratio(1, 8)?,
        bulk_memory_enabled: seed.ratio(1, 4)?,
        multi_value_enabled: seed.ratio(1, 2)?,
        saturating_float_to_int_enabled: false,
        reference_types_enabled: false,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        exceptions_enabled: false,
        tail_call_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        extended_const_enabled: false,
        shared_everything_threads_enabled: false,
        threads_enabled: false,
        custom_page_sizes_enabled: false,
        wide_arithmetic_enabled: false,
        max_memories: 0,
        max_tables: 1,
        max_instructions: 400,
        ..Config::default()
    };
    Ok(Module::new(config, &mut seed)?.to_bytes())
}

fn try_module(module: &[u8]) {
    for arbos_version in [32, 51, 60] {
        for (debug_chain, gas) in [(true, u64::MAX), (false, LITTLE_GAS)] {
            let config = ActivationConfig {
                arbos_version,
                stylus_version: 2,
                debug_chain,
                page_limit: 128,
                code_hash: B256::ZERO,
            };
            let mut left = gas;
            let activated = activate(module, &config, &mut left);
            assert!(left <= gas);
            // Compiling takes longest: what only has more debug imports is not compiled again.
            if let (Ok(activation), true) = (activated, debug_chain) {
                run(&activation.program, activation.footprint, arbos_version);
            }
        }
    }
}

fn run(program: &[u8], footprint: u16, arbos_version: u64) {
    let program = ENGINE.compile(program).expect("what activates compiles");
    let context = RunContext { arbos_version, ..RunContext::dev() };
    let mut chain = EmptyChain::new(Pages::default().opened(footprint));
    let outcome = run_with_ink(&program, b"calldata", INK, &context, &mut chain);
    assert!(outcome.expect("a run has an outcome").ink_left <= INK);
}
