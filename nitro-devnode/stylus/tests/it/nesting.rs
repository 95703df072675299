//! Programs that call programs, and recursion within one: the logical limits come first, never the
//! machine's stack.

use std::{sync::Arc, thread};

use alloy_primitives::{Address, B256, Bytes, U256};
use devnode_stylus::{
    ApiError, CallRequest, CallResult, CompiledProgram, CreateRequest, CreateResult, EvmApi,
    HostCall, OutcomeKind, Pages, RunContext, RunError, SlotRead, SlotState, run, run_with_ink,
};

use crate::scripted::{ScriptedChain, engine, program, traced};

/// The stack-depth parameter before ArbOS 50; the largest default.
const DEEPEST: u32 = 262_144;
const MUCH_INK: u64 = 1 << 60;

/// Functions that call themselves, each with another use of native stack per logical word.
fn recursive_shapes() -> Vec<(&'static str, String)> {
    let reload = "local.get 0 i32.const 8 i32.mul i64.load ";
    let indices = 1..=340;
    let set: String = indices.clone().map(|i| format!("{reload} local.set {i} ")).collect();
    let fold: String =
        indices.map(|i| format!("local.get {i} i64.xor ")).collect::<Vec<_>>().join("");
    let params = "i64 ".repeat(999);
    let all_params: String = (1..=999).map(|i| format!("local.get {i} ")).collect();
    let xor_params: String = (1..=999).map(|i| format!("local.get {i} i64.xor ")).collect();
    let products: String = (1..2000)
        .map(|i| format!("i32.const 8 local.get 0 i32.const {} i32.mul i32.store ", i * 7919))
        .collect();
    vec![
        ("a minimal frame", "(func $f (param i32) (call $f (local.get 0)))".to_owned()),
        (
            "locals that live across the call",
            format!(
                "(func $f (param i32) (local {}) {set} (call $f (local.get 0))
                 i32.const 0 i64.const 0 {fold} i64.store)",
                "i64 ".repeat(340)
            ),
        ),
        (
            "operands that live across the call",
            format!(
                "(func $f (param i32) i32.const 0 {} (call $f (local.get 0)) {} i64.store)",
                reload.repeat(3000),
                "i64.xor ".repeat(2999)
            ),
        ),
        (
            "parameters that live across the call",
            format!(
                "(func $f (param i32 {params}) (call $f (local.get 0) {all_params})
                 i32.const 0 i64.const 0 {xor_params} i64.store)"
            ),
        ),
        (
            "common subexpressions around the call",
            format!("(func $f (param i32) {products} (call $f (local.get 0)) {products})"),
        ),
    ]
}

fn entered_by(function: &str) -> String {
    let zeros = if function.contains("param i32 i64") {
        "(i64.const 0)".repeat(999)
    } else {
        String::new()
    };
    format!(
        "(module (memory (export \"memory\") 1 1) {function}
         (func (export \"user_entrypoint\") (param i32) (result i32)
            (call $f (local.get 0) {zeros}) i32.const 0))"
    )
}

#[test]
fn recursion_of_every_shape_ends_at_the_logical_limit() {
    let engine = engine();
    for (name, function) in recursive_shapes() {
        let (_, program) = program(&engine, &entered_by(&function));
        let context = RunContext { max_stack_depth: DEEPEST, ..RunContext::dev() };

        let outcome =
            run_with_ink(&program, &[], MUCH_INK, &context, &mut ScriptedChain::default())
                .unwrap_or_else(|error| panic!("{name}: {error}"));

        assert_eq!(outcome.kind, OutcomeKind::OutOfStack, "{name}");
        assert_eq!(outcome.stack_left, 0, "{name}");
        assert_eq!(outcome.gas_left, 0, "{name}");
    }
}

/// Native bytes that a word of the logical stack may take.
const MAX_BYTES_PER_WORD: usize = 16;

/// Values held as parameters of nested blocks do not count for the frame.
#[test]
fn operands_hidden_in_block_parameters_do_not_exhaust_the_native_stack() {
    let hide = format!("{} block (param {}) ", "global.get $g ".repeat(8), "i64 ".repeat(8));
    let reveal = format!("{} global.set $g end ", "i64.xor ".repeat(7));
    let function = format!(
        "(global $g (mut i64) (i64.const 1))
         (func $f (param i32) {} (call $f (local.get 0)) {})",
        hide.repeat(2000),
        reveal.repeat(2000)
    );
    let (_, program) = program(&engine(), &entered_by(&function));

    let outcome =
        run_with_ink(&program, &[], MUCH_INK, &RunContext::dev(), &mut ScriptedChain::default())
            .expect("the native stack suffices");

    assert_eq!(outcome.kind, OutcomeKind::OutOfStack);
}

#[test]
fn a_native_overflow_is_an_error_and_far_beyond_the_logical_limit() {
    let engine = engine();
    // The last shape computes much and uses little stack.
    for (name, function) in recursive_shapes().into_iter().take(4) {
        let (_, program) = program(&engine, &entered_by(&function));
        let context = RunContext { max_stack_depth: u32::MAX, ..RunContext::dev() };

        let error = run_with_ink(&program, &[], MUCH_INK, &context, &mut ScriptedChain::default())
            .expect_err("no machine has so much stack");

        let RunError::NativeStack { available, stack_left, limit } = error else {
            panic!("{name}: {error}");
        };
        let bytes_per_word = available / (limit - stack_left) as usize;
        println!("{name}: {bytes_per_word} bytes per word");
        assert!(bytes_per_word <= MAX_BYTES_PER_WORD, "{name}: {bytes_per_word}");
    }
}

/// A chain on which every call runs the same program again, as deep as the EVM allows.
struct NestingChain {
    program: Arc<CompiledProgram>,
    context: RunContext,
    depth: usize,
    deepest: usize,
    /// Each level's own outcome, innermost first.
    ended: Vec<OutcomeKind>,
    trace: Vec<HostCall>,
}

const DEPTH_LIMIT: usize = 1024;

impl NestingChain {
    fn new(program: CompiledProgram, context: RunContext) -> Self {
        let program = Arc::new(program);
        Self { program, context, depth: 0, deepest: 0, ended: Vec::new(), trace: Vec::new() }
    }

    fn enter(&mut self, input: &[u8], gas: u64) -> Result<(bool, u64, Bytes), RunError> {
        let (program, context) = (Arc::clone(&self.program), self.context.clone());
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        // A frame of the EVM between two programs needs native stack as well.
        let frame = std::hint::black_box([0_u8; 32 << 10]);
        let outcome = run(&program, input, gas, &context, self);
        std::hint::black_box(frame);
        self.depth -= 1;
        let outcome = outcome?;
        self.ended.push(outcome.kind);
        let success = outcome.kind == OutcomeKind::Success;
        Ok((success, outcome.gas_left, outcome.output.into()))
    }
}

impl EvmApi for NestingChain {
    fn call(&mut self, request: CallRequest) -> Result<CallResult, ApiError> {
        if self.depth >= DEPTH_LIMIT {
            let gas_left = request.gas;
            return Ok(CallResult { success: false, gas_left, return_data: Bytes::new() });
        }
        let (success, gas_left, return_data) = self.enter(&request.input, request.gas)?;
        Ok(CallResult { success, gas_left, return_data })
    }

    fn warm_account(&mut self, _address: Address) -> Result<bool, ApiError> {
        Ok(false)
    }

    fn trace(&mut self, call: HostCall) {
        self.trace.push(call);
    }

    fn storage_load(&mut self, _slot: B256) -> Result<SlotRead, ApiError> {
        panic!("the chain has a bug")
    }

    fn storage_store(&mut self, _slot: B256, _value: B256) -> Result<SlotState, ApiError> {
        Err("not part of this chain".into())
    }

    fn transient_load(&mut self, _slot: B256) -> Result<B256, ApiError> {
        Err("not part of this chain".into())
    }

    fn transient_store(&mut self, _slot: B256, _value: B256) -> Result<(), ApiError> {
        Err("not part of this chain".into())
    }

    fn account_is_empty(&mut self, _address: Address) -> Result<bool, ApiError> {
        Ok(false)
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

    fn create(&mut self, _request: CreateRequest) -> Result<CreateResult, ApiError> {
        Err("not part of this chain".into())
    }

    fn emit_log(&mut self, _topics: Vec<B256>, _data: Bytes) -> Result<(), ApiError> {
        Err("not part of this chain".into())
    }

    fn add_refund(&mut self, _gas: i64) {}

    fn pages(&self) -> Pages {
        Pages { open: 1, ever: 1 }
    }

    fn set_pages(&mut self, _pages: Pages) {}
}

/// Recurses `levels` deep within itself, then calls itself through the chain.
fn recursing_caller(levels: u32) -> String {
    format!(
        "(module
            (import \"vm_hooks\" \"call_contract\"
                (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
            (memory (export \"memory\") 1 1)
            (func $f (param i32)
                local.get 0
                if
                    (call $f (i32.sub (local.get 0) (i32.const 1)))
                else
                    (drop (call $call (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 32)
                        (i64.const -1) (i32.const 64)))
                end)
            (func (export \"user_entrypoint\") (param i32) (result i32)
                (call $f (i32.const {levels})) i32.const 0))"
    )
}

#[test]
fn programs_nest_as_deep_as_the_evm_allows_on_a_small_thread() {
    let (_, program) = program(&engine(), &recursing_caller(0));
    let mut chain = NestingChain::new(program, RunContext::dev());

    // So much gas that the 63/64 of each level still reach the limit.
    let (success, ..) = on_small_thread(move || {
        let ended = chain.enter(&[], u64::MAX / 10_000).expect("it ends");
        assert_eq!(chain.deepest, DEPTH_LIMIT);
        assert!(chain.ended.iter().all(|kind| *kind == OutcomeKind::Success));
        ended
    });

    assert!(success);
}

#[test]
fn nested_programs_may_each_use_their_whole_stack() {
    let (_, program) = program(&engine(), &recursing_caller(1700));
    let context = RunContext { max_stack_depth: 22_000, ..RunContext::dev() };
    let mut chain = NestingChain::new(program, context);

    on_small_thread(move || {
        chain.enter(&[], u64::MAX / 10_000).expect("it ends");
        assert_eq!(chain.deepest, DEPTH_LIMIT);
        assert!(chain.ended.iter().all(|kind| *kind == OutcomeKind::Success));
    });
}

/// Runs on a thread whose stack alone would not hold a fraction of the nesting.
fn on_small_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(work)
        .expect("a thread starts")
        .join()
        .expect("the thread ends")
}

#[test]
fn gas_alone_ends_endless_nesting() {
    let (_, program) = program(&engine(), &recursing_caller(0));
    let mut chain = NestingChain::new(program, RunContext::dev());

    let (success, gas_left, _) = chain.enter(&[], 32_000_000).expect("it ends");

    assert!(success);
    assert!(gas_left < 32_000_000);
    assert!(chain.deepest > 100 && chain.deepest < DEPTH_LIMIT, "{}", chain.deepest);
}

#[test]
fn the_tracer_hears_of_callees_before_their_call_is_finished() {
    let (_, program) = program(&engine(), &recursing_caller(0));
    let mut chain = NestingChain::new(program, traced());
    chain.depth = DEPTH_LIMIT - 2;

    chain.enter(&[], 1_000_000).expect("it ends");

    let names: Vec<_> = chain.trace.iter().map(|call| call.name).collect();
    let inner = ["user_entrypoint", "call_contract", "user_returned"];
    assert_eq!(names[..1], inner[..1]);
    assert_eq!(names[1..4], inner);
    assert_eq!(names[4..], inner[1..]);
    assert_eq!(chain.trace[2].target, Some(Address::ZERO));
}

#[test]
fn an_endless_loop_ends_by_ink() {
    let text = "(module (memory (export \"memory\") 0 0)
        (func (export \"user_entrypoint\") (param i32) (result i32)
            loop br 0 end i32.const 0))";
    let (_, program) = program(&engine(), text);

    let outcome = run(&program, &[], 1_000_000, &RunContext::dev(), &mut ScriptedChain::default())
        .expect("it ends");

    assert_eq!(outcome.kind, OutcomeKind::OutOfInk);
    assert_eq!((outcome.ink_left, outcome.gas_left), (0, 0));
}

const LOADS: &str = "(module
    (import \"vm_hooks\" \"storage_load_bytes32\" (func $load (param i32 i32)))
    (memory (export \"memory\") 1 1)
    (func (export \"user_entrypoint\") (param i32) (result i32)
        (call $load (i32.const 0) (i32.const 0)) i32.const 0))";

#[test]
fn a_broken_chain_leaves_no_outcome() {
    let (_, program) = program(&engine(), LOADS);
    let mut chain = ScriptedChain { is_broken: true, ..ScriptedChain::default() };

    let error = run(&program, &[], 1_000_000, &RunContext::dev(), &mut chain)
        .expect_err("the chain cannot answer");

    assert!(matches!(&error, RunError::Chain(cause) if cause.to_string().contains("gone")));
}

#[test]
fn a_panic_of_the_chain_unwinds_and_spoils_nothing() {
    let (_, program) = program(&engine(), LOADS);
    let program = Arc::new(program);
    let shared = Arc::clone(&program);

    let result = thread::spawn(move || {
        let mut chain = NestingChain {
            program: shared,
            context: RunContext::dev(),
            depth: 0,
            deepest: 0,
            ended: Vec::new(),
            trace: Vec::new(),
        };
        chain.enter(&[], 1_000_000).map(|_| ())
    })
    .join();

    assert!(result.is_err());
    let outcome = run(&program, &[], 1_000_000, &RunContext::dev(), &mut ScriptedChain::default())
        .expect("the program still runs");
    assert_eq!(outcome.kind, OutcomeKind::Success);
}

#[test]
fn threads_share_a_program() {
    let (_, program) = program(&engine(), LOADS);

    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let mut chain = ScriptedChain::default();
                    let outcome = run(&program, &[], 1_000_000, &RunContext::dev(), &mut chain)
                        .expect("it runs");
                    assert_eq!(outcome.ink_left, 10_000_000_000 - 21_068_480 - 2452 - 6252);
                }
            });
        }
    });
}
