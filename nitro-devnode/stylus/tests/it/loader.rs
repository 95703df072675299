//! Hostile and damaged input, and the cache of compiled programs.

use std::{io::Write, sync::Arc, time::Instant};

use alloy_primitives::{Address, B256};
use devnode_stylus::{
    ActivationConfig, CompiledProgram, Engine, EngineConfig, LoadConfig, OutcomeKind, RunContext,
    RunError, activate,
    code::{self, CodeError, CodeKind, RootCode, StylusCode},
    run_with_ink,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::scripted::{ScriptedChain, dev_config, engine};

const DEV: LoadConfig = LoadConfig { stylus_version: 2, debug_chain: true };

/// The modules of the activation vectors and of the random programs, as seeds to damage.
fn seeds() -> Vec<Vec<u8>> {
    let parse = |json| -> Vec<Value> { serde_json::from_str(json).expect("vectors are JSON") };
    let activation = parse(include_str!("../vectors/wasm-activation.json"));
    let random = parse(include_str!("../vectors/wasm-ink-random.json"));
    let hex_of =
        |vector: &Value| hex::decode(vector["wasm_hex"].as_str().expect("hex")).expect("hex");
    let wat_of =
        |vector: &Value| wat::parse_str(vector["wat"].as_str().expect("text")).expect("a module");
    activation.iter().map(hex_of).chain(random.iter().map(wat_of)).collect()
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut stream, 4096, 5, 22);
    writer.write_all(bytes).expect("memory takes everything");
    drop(writer);
    stream
}

fn classic(module: &[u8]) -> Vec<u8> {
    let mut code = vec![0xEF, 0xF0, 0x00, 0x00];
    code.extend(compress(module));
    code
}

/// Activates, and where that works compiles and runs with little ink.
fn exercise(engine: &Engine, module: &[u8], config: &ActivationConfig) {
    let Ok(activation) = activate(module, config, &mut u64::MAX.clone()) else { return };
    let program = engine.compile(&activation.program).expect("what activates must compile");
    let context = RunContext { max_stack_depth: 2000, ..RunContext::dev() };
    let mut chain = ScriptedChain::with_pages(activation.footprint);
    run_with_ink(&program, &[1, 2, 3], 2_000_000, &context, &mut chain)
        .expect("a run has an outcome");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn damaged_modules_are_rejected_or_run(
        seed in any::<prop::sample::Index>(),
        // Flipped bits of constants, operators and indices often leave a valid module.
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..8), 1..3),
        cut in prop::option::weighted(0.1, any::<prop::sample::Index>()),
        arbos_version in prop::sample::select(vec![0_u64, 30, 51, 60]),
        debug_chain in any::<bool>(),
    ) {
        thread_local! {
            static SEEDS: Vec<Vec<u8>> = seeds();
            static ENGINE: Engine = engine();
        }
        let mut module = SEEDS.with(|seeds| seed.get(seeds).clone());
        for (position, bit) in flips {
            if !module.is_empty() {
                let position = position.index(module.len());
                module[position] ^= 1 << bit;
            }
        }
        if let Some(cut) = cut && !module.is_empty() {
            module.truncate(cut.index(module.len()));
        }
        let config = ActivationConfig { arbos_version, debug_chain, ..dev_config() };

        ENGINE.with(|engine| exercise(engine, &module, &config));
    }

    #[test]
    fn decompression_never_exceeds_its_limit(
        stream in prop::collection::vec(any::<u8>(), 0..300),
        max_len in 0_u32..5000,
    ) {
        if let Ok(module) = code::decompress(&stream, 0, max_len) {
            prop_assert!(module.len() <= max_len as usize);
        }
    }

    #[test]
    fn any_code_can_be_taken_apart(code in prop::collection::vec(any::<u8>(), 0..60), kind in 0_u8..4) {
        let mut code = code;
        code.splice(0..0, [0xEF, 0xF0, kind]);

        let parsed = code::parse(&code);

        prop_assert_eq!(parsed.is_err(), CodeKind::of(&code).is_none()
            || (kind == 2 && (code.len() < 8 || !(code.len() - 8).is_multiple_of(20))));
        let _ = code::classic_module(&code, 1000);
    }

    #[test]
    fn compressed_modules_come_back(module in prop::collection::vec(any::<u8>(), 0..2000)) {
        let code = classic(&module);

        prop_assert_eq!(code::classic_module(&code, module.len() as u32), Ok(module));
    }
}

#[test]
fn a_module_may_have_exactly_the_length_of_the_limit() {
    let code = classic(&[7; 1000]);

    assert_eq!(code::classic_module(&code, 1000).map(|module| module.len()), Ok(1000));
    assert_eq!(code::classic_module(&code, 999), Err(CodeError::TooLong { max_len: 999 }));
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let bomb = classic(&vec![0; 64 << 20]);
    assert!(bomb.len() < 1000);

    let error = code::classic_module(&bomb, 131_072);

    assert_eq!(error, Err(CodeError::TooLong { max_len: 131_072 }));
}

#[test]
fn truncated_streams_are_errors_and_trailing_bytes_are_not() {
    let mut code = classic(b"some module, some module");
    code.extend([1, 2, 3]);
    assert!(code::classic_module(&code, 100).is_ok());

    code.truncate(code.len() - 6);

    assert!(matches!(code::classic_module(&code, 100), Err(CodeError::Stream { .. })));
    assert!(matches!(code::classic_module(&code[..4], 100), Err(CodeError::Stream { .. })));
}

#[test]
fn streams_with_a_large_window_are_refused() {
    // The header of the extension: the pattern that the standard reserves, then 30 window bits.
    let stream = [0x11, 30, 0x03];

    let error = code::decompress(&stream, 0, 100);

    assert!(matches!(error, Err(CodeError::Stream { .. })), "{error:?}");
}

#[test]
fn only_dictionary_0_is_supported() {
    let mut code = classic(b"module");
    code[3] = 1;

    assert_eq!(code::classic_module(&code, 100), Err(CodeError::Dictionary { dictionary: 1 }));
}

#[test]
fn prefixes_decide_what_may_be_deployed_and_run() {
    let classic = [0xEF, 0xF0, 0x00, 0x00];
    let fragment = [0xEF, 0xF0, 0x01, 0x00];
    let root = [0xEF, 0xF0, 0x02, 0x00];

    assert!(code::is_executable(&classic, 30) && !code::is_executable(&classic, 29));
    assert!(!code::is_executable(&root, 51) && code::is_executable(&root, 60));
    assert!(!code::is_executable(&fragment, 60));
    assert!(CodeKind::Fragment.is_deployable(60) && !CodeKind::Fragment.is_deployable(59));
    assert_eq!(CodeKind::of(&classic[..3]), None);
    assert_eq!(CodeKind::of(&[0xEF, 0xF0, 0x03, 0x00]), None);
}

#[test]
fn a_root_joins_its_fragments() {
    let module = b"a module in two pieces, a module in two pieces".to_vec();
    let stream = compress(&module);
    let (first, second) = stream.split_at(stream.len() / 2);
    let fragments = [first, second].map(|part| [&[0xEF, 0xF0, 0x01], part].concat());
    let mut code = vec![0xEF, 0xF0, 0x02, 0x00];
    code.extend((module.len() as u32).to_be_bytes());
    code.extend([[1; 20], [2; 20]].concat());

    let Ok(StylusCode::Root(root)) = code::parse(&code) else { panic!("not a root") };

    assert_eq!(root.fragments, [Address::repeat_byte(1), Address::repeat_byte(2)]);
    let parts = || fragments.iter().map(Vec::as_slice);
    assert_eq!(root.module(parts(), 1000).as_ref(), Ok(&module));
    assert_eq!(root.module(parts(), 10), Err(CodeError::TooLong { max_len: 10 }));
    assert_eq!(root.module([module.as_slice()], 1000), Err(CodeError::NotFragment { index: 0 }));
    let longer = RootCode { module_len: 47, ..root };
    assert_eq!(
        longer.module(parts(), 1000),
        Err(CodeError::WrongLength { expected: 47, found: 46 })
    );
}

const PROGRAM: &str = "(module (memory (export \"memory\") 0 0)
    (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0))";

#[test]
fn loading_twice_compiles_once() {
    let engine = engine();
    let module = wat::parse_str(PROGRAM).expect("a module");
    let hash = B256::repeat_byte(1);
    assert!(engine.cached(hash, DEV).is_none());

    let first = engine.load(hash, &module, DEV).expect("it loads");
    // The cache does not look at the module again.
    let second = engine.load(hash, b"", DEV).expect("it is cached");

    assert!(Arc::ptr_eq(&first, &second));
    assert!(engine.cached(hash, LoadConfig { stylus_version: 1, ..DEV }).is_none());
}

#[test]
fn loading_follows_the_rules_of_recompilation() {
    let text = "(module (memory (export \"memory\") 0 0) (type (func (result i32 i32)))
        (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0))";
    let module = wat::parse_str(text).expect("a module");
    let config = ActivationConfig { arbos_version: 60, ..dev_config() };
    assert!(activate(&module, &config, &mut u64::MAX.clone()).is_err());

    assert!(engine().load(B256::ZERO, &module, DEV).is_ok());
}

#[test]
fn the_cache_forgets_what_was_not_used_for_longest() {
    let module = wat::parse_str(PROGRAM).expect("a module");
    let hash = B256::repeat_byte;
    let probe = engine().load(hash(1), &module, DEV).expect("it loads");
    let two_programs = 2 * (probe.code_len() + (16 << 10));
    let engine = Engine::new(EngineConfig { cache_bytes: two_programs }).expect("it starts");

    engine.load(hash(1), &module, DEV).expect("it loads");
    engine.load(hash(2), &module, DEV).expect("it loads");
    engine.cached(hash(1), DEV).expect("it is cached");
    engine.load(hash(3), &module, DEV).expect("it loads");

    assert!(engine.cached(hash(1), DEV).is_some());
    assert!(engine.cached(hash(2), DEV).is_none());
    assert!(engine.cached(hash(3), DEV).is_some());
}

#[test]
fn a_cache_without_room_still_loads() {
    let module = wat::parse_str(PROGRAM).expect("a module");
    let engine = Engine::new(EngineConfig { cache_bytes: 0 }).expect("it starts");

    engine.load(B256::ZERO, &module, DEV).expect("it loads");

    assert!(engine.cached(B256::ZERO, DEV).is_none());
}

#[test]
fn an_import_can_be_the_entry_point() {
    let text = "(module
        (import \"vm_hooks\" \"account_code_size\" (func $size (param i32) (result i32)))
        (memory (export \"memory\") 1 1) (export \"user_entrypoint\" (func $size)))";
    let module = wat::parse_str(text).expect("a module");
    let program = engine().load(B256::ZERO, &module, DEV).expect("it loads");
    let mut chain = ScriptedChain::with_pages(1);

    let outcome =
        run_with_ink(&program, &[], 100_000_000, &RunContext::dev(), &mut chain).expect("it ends");

    // An account without code, cold; no operator is metered.
    assert_eq!(outcome.kind, OutcomeKind::Success);
    assert_eq!(100_000_000 - outcome.ink_left, 68_073 + 33_000_000);
}

#[test]
fn engine_and_programs_are_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}

    shared::<Engine>();
    shared::<CompiledProgram>();
}

#[test]
fn a_run_ends_at_its_deadline_whatever_its_ink() {
    // The loops of the second are in a host function and in a nested function.
    let programs = [
        "(module (memory (export \"memory\") 0 0)
            (func (export \"user_entrypoint\") (param i32) (result i32) (loop (br 0)) unreachable))",
        "(module (import \"vm_hooks\" \"evm_gas_left\" (func $gas (result i64)))
            (memory (export \"memory\") 0 0)
            (func $again (loop (drop (call $gas)) (br 0)))
            (func (export \"user_entrypoint\") (param i32) (result i32) (call $again) unreachable))",
    ];
    let engine = engine();
    for text in programs {
        let module = wat::parse_str(text).expect("a module");
        let program =
            engine.load(alloy_primitives::keccak256(text), &module, DEV).expect("it loads");
        let context = RunContext { deadline: Some(Instant::now()), ..RunContext::dev() };
        let mut chain = ScriptedChain::with_pages(0);

        let ended = run_with_ink(&program, &[], u64::MAX, &context, &mut chain);

        assert!(matches!(ended, Err(RunError::Deadline)), "{ended:?}");
    }
}

#[test]
fn many_threads_that_need_a_program_get_the_same_one() {
    let (engine, module) = (engine(), wat::parse_str(PROGRAM).expect("a module"));
    let programs: Vec<_> = std::thread::scope(|threads| {
        let load = || engine.load(B256::ZERO, &module, DEV).expect("it loads");
        let running: Vec<_> = (0..8).map(|_| threads.spawn(load)).collect();
        running.into_iter().map(|one| one.join().expect("it does not panic")).collect()
    });
    assert!(programs.iter().all(|one| Arc::ptr_eq(one, &programs[0])), "compiled once");
}
