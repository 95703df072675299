//! Prints how long activating, compiling and running programs takes, as medians.
//!
//! `cargo run --release -p devnode-stylus --example timings [module.wasm or module.wat …]`
//!
//! Without arguments it measures built-in modules: the smallest program, one that asks its chain,
//! and a large one.

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
use devnode_stylus::{
    ActivationConfig, ApiError, CallRequest, CallResult, CreateRequest, CreateResult, Engine,
    EngineConfig, EvmApi, Pages, RunContext, SlotRead, SlotState, activate, run,
};

const TRIVIAL: &str = r#"(module
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;

const TEN_LOADS: &str = r#"(module
    (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) (local $i i32)
        loop
            (i32.store (i32.const 0) (local.get $i))
            (call $load (i32.const 0) (i32.const 32))
            (local.tee $i (i32.add (local.get $i) (i32.const 1)))
            (br_if 0 (i32.lt_u (i32.const 10)))
        end
        i32.const 0))"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut modules = vec![
        ("trivial".to_owned(), wat::parse_str(TRIVIAL)?),
        ("ten storage loads".to_owned(), wat::parse_str(TEN_LOADS)?),
        ("1000 functions of 20 blocks".to_owned(), wat::parse_str(large())?),
    ];
    for path in std::env::args().skip(1) {
        modules.push((path.clone(), wat::parse_file(path)?));
    }
    println!(
        "{:<40} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "module", "bytes", "machine", "activate", "compile", "run"
    );
    for (name, module) in &modules {
        if let Err(error) = measure(name, module) {
            println!("{name:<40} {error}");
        }
    }
    Ok(())
}

fn measure(name: &str, module: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new(EngineConfig::default())?;
    let config = ActivationConfig {
        arbos_version: 51,
        stylus_version: 2,
        debug_chain: true,
        page_limit: 128,
        code_hash: B256::ZERO,
    };
    let (activating, activation) = median(5, || activate(module, &config, &mut u64::MAX.clone()));
    let activation = activation?;
    let (compiling, program) = median(5, || engine.compile(&activation.program));
    let program = program?;
    let context = RunContext::dev();
    let (running, outcome) =
        median(501, || run(&program, &[0; 4], 30_000_000, &context, &mut EmptyChain));
    outcome?;
    println!(
        "{name:<40} {:>8} {:>10} {:>10.1?} {:>10.1?} {:>10.1?}",
        module.len(),
        program.code_len(),
        activating,
        compiling,
        running
    );
    Ok(())
}

fn median<R>(times: usize, mut work: impl FnMut() -> R) -> (Duration, R) {
    let mut durations = Vec::with_capacity(times);
    let mut last = work();
    for _ in 0..times {
        let start = Instant::now();
        last = work();
        durations.push(start.elapsed());
    }
    durations.sort_unstable();
    (durations[times / 2], last)
}

fn large() -> String {
    let mut text = String::from(
        "(module (memory (export \"memory\") 1 1)
         (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0)",
    );
    for _ in 0..1000 {
        text += "(func (param i32) (result i32) (local i32 i64)";
        for i in 0..20 {
            text += &format!(
                "local.get 0 i32.const {i} i32.add local.set 1
                 local.get 1 if local.get 1 local.get 0 i32.store offset=8 end "
            );
        }
        text += "local.get 1)";
    }
    text + ")"
}

/// A chain that holds nothing.
struct EmptyChain;

impl EvmApi for EmptyChain {
    fn storage_load(&mut self, _slot: B256) -> Result<SlotRead, ApiError> {
        Ok(SlotRead { value: B256::ZERO, was_cold: true })
    }

    fn storage_store(&mut self, _slot: B256, _value: B256) -> Result<SlotState, ApiError> {
        Ok(SlotState { original: B256::ZERO, current: B256::ZERO, was_cold: true })
    }

    fn transient_load(&mut self, _slot: B256) -> Result<B256, ApiError> {
        Ok(B256::ZERO)
    }

    fn transient_store(&mut self, _slot: B256, _value: B256) -> Result<(), ApiError> {
        Ok(())
    }

    fn warm_account(&mut self, _address: Address) -> Result<bool, ApiError> {
        Ok(true)
    }

    fn account_is_empty(&mut self, _address: Address) -> Result<bool, ApiError> {
        Ok(true)
    }

    fn account_balance(&mut self, _address: Address) -> Result<U256, ApiError> {
        Ok(U256::ZERO)
    }

    fn account_code_hash(&mut self, _address: Address) -> Result<B256, ApiError> {
        Ok(B256::ZERO)
    }

    fn account_code(&mut self, _address: Address) -> Result<Bytes, ApiError> {
        Ok(Bytes::new())
    }

    fn call(&mut self, request: CallRequest) -> Result<CallResult, ApiError> {
        Ok(CallResult { success: true, gas_left: request.gas, return_data: Bytes::new() })
    }

    fn create(&mut self, request: CreateRequest) -> Result<CreateResult, ApiError> {
        Ok(CreateResult { address: None, gas_left: request.gas, return_data: Bytes::new() })
    }

    fn emit_log(&mut self, _topics: Vec<B256>, _data: Bytes) -> Result<(), ApiError> {
        Ok(())
    }

    fn add_refund(&mut self, _gas: i64) {}

    fn pages(&self) -> Pages {
        Pages { open: 1, ever: 1 }
    }

    fn set_pages(&mut self, _pages: Pages) {}
}
