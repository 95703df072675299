//! The limits of wasm 9.7: the largest module that passes, and the smallest that does not.

use devnode_stylus::{ActivationConfig, ActivationError, activate};

use crate::scripted::dev_config;

const ENTRY: &str = "(func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0)";

/// A minimal module with `parts` added; imports go first.
fn module(imports: &str, parts: &str) -> Vec<u8> {
    let text = format!("(module {imports} (memory (export \"memory\") 0 0) {ENTRY} {parts})");
    wat::parse_str(text).expect("the text is a module")
}

fn check(module: &[u8], config: &ActivationConfig) -> Result<(), ActivationError> {
    activate(module, config, &mut u64::MAX.clone()).map(|_| ())
}

fn check_parts(parts: &str) -> Result<(), ActivationError> {
    check(&module("", parts), &dev_config())
}

#[track_caller]
fn assert_limit(result: Result<(), ActivationError>, item: &str) {
    match result {
        Err(ActivationError::Limit { item: found, .. }) => assert_eq!(found, item),
        other => panic!("expected the limit of {item}, found {other:?}"),
    }
}

#[test]
fn functions_are_limited() {
    assert_eq!(check_parts(&"(func)".repeat(4095)), Ok(()));
    assert_limit(check_parts(&"(func)".repeat(4096)), "functions with a body");
}

#[test]
fn locals_are_limited_without_parameters() {
    let function =
        |locals| format!("(func (param {}) (local {}))", "i32 ".repeat(50), "i64 ".repeat(locals));

    assert_eq!(check_parts(&function(348)), Ok(()));
    assert_limit(check_parts(&function(349)), "locals of a function");
    assert_limit(check_parts(&function(10_235)), "frame of a function");
}

#[test]
fn segments_are_limited_in_number() {
    let data = |count| "(data (i32.const 0) \"\")".repeat(count);
    let elements =
        |count| format!("(table 1 funcref) {}", "(elem (i32.const 0) func)".repeat(count));

    assert_eq!(check_parts(&data(128)), Ok(()));
    assert_limit(check_parts(&data(129)), "data segments");
    assert_eq!(check_parts(&elements(128)), Ok(()));
    assert_limit(check_parts(&elements(129)), "element segments");
}

#[test]
fn element_segments_are_limited_in_bytes() {
    let elements =
        |count| format!("(table 4096 funcref) (elem (i32.const 0) func {})", "0 ".repeat(count));

    assert_eq!(check_parts(&elements(4090)), Ok(()));
    assert_limit(check_parts(&elements(4091)), "bytes of all element segments");
}

#[test]
fn globals_are_limited() {
    let globals = |count| "(global i32 (i32.const 0))".repeat(count);

    assert_eq!(check_parts(&globals(32_764)), Ok(()));
    assert!(check_parts(&globals(32_765)).is_err());
}

#[test]
fn tables_are_limited_by_their_initial_size() {
    assert_eq!(check_parts("(table 4096 funcref)"), Ok(()));
    assert_limit(check_parts("(table 4097 funcref)"), "initial table entries");
    assert_eq!(check_parts("(table 1 100000 funcref)"), Ok(()));
}

#[test]
fn operators_are_limited_after_rewriting() {
    let function = |count| format!("(func {})", "nop ".repeat(count));

    assert_eq!(check_parts(&function(65_506)), Ok(()));
    assert_limit(check_parts(&function(65_507)), "operators of a function after rewriting");
}

#[test]
fn the_operand_stack_is_limited() {
    let function =
        |count| format!("(func {} {})", "i32.const 0 ".repeat(count), "drop ".repeat(count));

    assert_eq!(check_parts(&function(4096)), Ok(()));
    assert_limit(check_parts(&function(4097)), "operand stack of a function");
}

#[test]
fn imports_are_limited_from_arbos_32_on() {
    let imports = |count| "(import \"vm_hooks\" \"msg_value\" (func (param i32)))".repeat(count);
    let check = |count, arbos_version| {
        check(&module(&imports(count), ""), &ActivationConfig { arbos_version, ..dev_config() })
    };

    assert_eq!(check(513, 32), Ok(()));
    assert_limit(check(514, 32), "imports");
    assert_eq!(check(514, 31), Ok(()));
}

#[test]
fn exports_are_limited_on_debug_chains_only() {
    // The entry point and the memory are two of the declared exports.
    let exports =
        |count| (0..count).map(|i| format!("(func (export \"f{i}\"))")).collect::<String>();
    let debug = ActivationConfig { debug_chain: true, ..dev_config() };

    assert_eq!(check(&module("", &exports(1018)), &debug), Ok(()));
    assert_limit(check(&module("", &exports(1019)), &debug), "exports");
    assert_eq!(check_parts(&exports(2000)), Ok(()));
}

#[test]
fn the_start_costs_must_fit() {
    let functions = |count| format!("(func (param {}))", "i32 ".repeat(100)).repeat(count);

    assert_eq!(check_parts(&functions(500)), Ok(()));
    assert!(matches!(check_parts(&functions(600)), Err(ActivationError::Estimate { .. })));
}

#[test]
fn blocks_nest_and_branch_tables_grow_freely() {
    let nested = format!("(func {} {})", "block ".repeat(2000), "end ".repeat(2000));
    let table = format!("(func (param i32) local.get 0 br_table {} 0)", "0 ".repeat(10_000));

    assert_eq!(check_parts(&nested), Ok(()));
    assert_eq!(check_parts(&table), Ok(()));
}

#[test]
fn memory_is_limited_by_the_rewriter_and_by_the_chain() {
    let module = |pages| {
        let memory = format!("(memory (export \"memory\") {pages} {pages})");
        wat::parse_str(format!("(module {memory} {ENTRY})")).expect("a module")
    };
    let limited = |page_limit| ActivationConfig { page_limit, ..dev_config() };

    assert_eq!(check(&module(128), &limited(200)), Ok(()));
    assert_eq!(
        check(&module(129), &limited(200)),
        Err(ActivationError::MemoryPages { pages: 129, limit: 128 })
    );
    assert_eq!(
        check(&module(100), &limited(99)),
        Err(ActivationError::MemoryPages { pages: 100, limit: 99 })
    );
}

#[test]
fn other_stylus_versions_do_not_exist() {
    for stylus_version in [0, 3] {
        let config = ActivationConfig { stylus_version, ..dev_config() };

        let error = check(&module("", ""), &config);

        assert_eq!(error, Err(ActivationError::StylusVersion { version: stylus_version }));
    }
}
