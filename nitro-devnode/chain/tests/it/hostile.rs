//! What must not harm the node: programs and code that ask for more than there is.

use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use devnode_chain::{AccountOverride, BlockOverrides, CallError, CallRequest, Chain, ChainConfig};

use crate::{
    programs::{ECHO, FEE_AND_MORE, activate, activation, compressed, program},
    wallet::{ALICE, act, call, chain, deploy, precompile, send, with_receipt},
};

fn failed(text: &str) -> Result<Bytes, CallError> {
    Err(CallError::Failed(text.to_owned()))
}

/// Others are still served.
#[track_caller]
fn assert_alive(chain: &Chain) {
    let bob = Address::repeat_byte(0xb0);
    assert!(send(chain, ALICE, TxKind::Call(bob), 1, Vec::new()).is_ok());
}

#[test]
fn an_endless_program_is_stopped_by_its_gas() {
    let chain = chain();
    let endless = program(
        &chain,
        r#"(module (memory (export "memory") 0 0)
            (func (export "user_entrypoint") (param i32) (result i32) (loop (br 0)) unreachable))"#,
    );

    assert_eq!(call(&chain, endless, b""), failed("out of gas"));
    let hash = send(&chain, ALICE, TxKind::Call(endless), 0, Vec::new()).unwrap();

    with_receipt(&chain, hash, |receipt| {
        assert!(!receipt.succeeded);
        assert_eq!(receipt.gas_used, 10_000_000, "all that was given");
    });
    assert_alive(&chain);
}

#[test]
fn recursion_inside_a_program_ends_at_the_stack_limit_of_the_chain() {
    for arbos_version in [40, 51] {
        let chain = Chain::new(ChainConfig { arbos_version, ..ChainConfig::default() }).unwrap();
        let recursive = program(
            &chain,
            r#"(module (memory (export "memory") 0 0)
                (func $deep (param i32) (result i32) (call $deep (local.get 0)))
                (func (export "user_entrypoint") (param i32) (result i32)
                    (call $deep (local.get 0))))"#,
        );
        assert_eq!(call(&chain, recursive, b""), failed("max call depth exceeded"));
        assert_alive(&chain);
    }
}

/// Calls itself with all its gas and returns how deep that went, as 32 bytes.
const SELF_CALLER: &str = r#"(module
    (import "vm_hooks" "contract_address" (func $self (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "read_return_data" (func $back (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "call_contract"
        (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $self (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 96) (i64.const -1)
            (i32.const 128)))
        (drop (call $back (i32.const 160) (i32.const 0) (i32.const 32)))
        (i32.store (i32.const 160) (i32.add (i32.load (i32.const 160)) (i32.const 1)))
        (call $write (i32.const 160) (i32.const 32))
        (i32.const 0)))"#;

#[test]
fn programs_that_call_themselves_go_as_deep_as_their_gas_reaches_from_many_threads_at_once() {
    let chain = chain();
    let program = program(&chain, SELF_CALLER);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let depth = call(&chain, program, b"").expect("it returns")[0];
                assert!(depth > 0, "many programs were open at once");
            });
        }
    });
    let answer = call(&chain, program, b"").unwrap();
    let depth = u32::from_le_bytes(answer[..4].try_into().unwrap());
    // Each program has one page of memory: their price grows exponentially (stylus-host.md 6.3).
    assert!((100..128).contains(&depth), "{depth}");
    assert_alive(&chain);
}

/// Grows its memory by as many pages as calldata has bytes, and returns what came of it.
const GROWER: &str = r#"(module
    (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (i32.store (i32.const 0) (memory.grow (local.get $len)))
        (call $write (i32.const 0) (i32.const 4))
        (i32.const 0)))"#;

#[test]
fn memory_grows_to_128_pages_and_no_further() {
    let chain = chain();
    let grower = program(&chain, GROWER);
    let grown = |pages| call(&chain, grower, &vec![0; pages]);

    assert_eq!(grown(0).unwrap()[..], 1_u32.to_le_bytes());
    assert_eq!(grown(127).unwrap()[..], 1_u32.to_le_bytes(), "31,999,998 gas");
    assert_eq!(grown(128), failed("out of gas"));
    assert_eq!(grown(65_535), failed("out of gas"));
    assert_alive(&chain);
}

#[test]
fn a_brotli_bomb_is_not_unpacked() {
    let chain = chain();
    let bomb = deploy(&chain, &compressed(&vec![0; 64 << 20]));

    let refused = CallRequest {
        from: ALICE,
        to: Some(precompile(0x71)),
        value: U256::from(FEE_AND_MORE),
        input: activation(bomb).into(),
        ..CallRequest::default()
    };
    let none = BlockOverrides::default();
    let refused = chain.call(&refused, chain.head_number(), false, &Vec::new(), &none);

    let message = "execution reverted".to_owned();
    assert_eq!(refused, Err(CallError::Reverted { message, data: Bytes::new() }));
    assert_eq!(call(&chain, bomb, b""), failed("error ProgramNotActivated()"));
    assert_alive(&chain);
}

#[test]
fn garbage_behind_a_prefix_is_deployed_and_never_runs() {
    let chain = Chain::new(ChainConfig { arbos_version: 60, ..ChainConfig::default() }).unwrap();
    let root_of_nothing = [&hex!("eff0020000000085")[..], &[7; 40]].concat();
    let codes: [&[u8]; 7] = [
        &hex!("eff00000"),
        &hex!("eff00000ffffffffffff"),
        &hex!("eff0000100"),
        &hex!("eff000ff00"),
        &hex!("eff00200"),
        &hex!("eff00200ffffffff"),
        &root_of_nothing,
    ];
    for code in codes {
        let deployed = deploy(&chain, code);
        assert_eq!(call(&chain, deployed, b""), failed("error ProgramNotActivated()"));
        let input = activation(deployed);
        let hash =
            send(&chain, ALICE, TxKind::Call(precompile(0x71)), FEE_AND_MORE, input).unwrap();
        with_receipt(&chain, hash, |receipt| assert!(!receipt.succeeded, "{code:02x?}"));
    }
    let fragment = deploy(&chain, &hex!("eff001aabb"));
    assert!(matches!(call(&chain, fragment, b""), Err(CallError::Failed(_))));
    assert_alive(&chain);
}

#[test]
fn code_that_starts_with_ef_and_is_no_program_halts() {
    let chain = chain();
    let account = Address::repeat_byte(9);
    for code in [&hex!("ef")[..], &hex!("ef00"), &hex!("eff0"), &hex!("eff000"), &hex!("eff00200")]
    {
        let change = AccountOverride {
            code: Some(Bytes::copy_from_slice(code)),
            ..AccountOverride::default()
        };
        let request = CallRequest { from: ALICE, to: Some(account), ..CallRequest::default() };
        let overrides = vec![(account, change)];
        let none = BlockOverrides::default();
        let answer = chain.call(&request, chain.head_number(), false, &overrides, &none);
        assert!(
            matches!(&answer, Err(CallError::Failed(text)) if text.starts_with("invalid opcode")),
            "{code:02x?}: {answer:?}"
        );
    }
}

#[test]
fn init_code_that_is_a_program_is_not_activated() {
    let chain = chain();
    let create = CallRequest { from: ALICE, input: ECHO.into(), ..CallRequest::default() };
    let none = BlockOverrides::default();
    let answer = chain.call(&create, chain.head_number(), false, &Vec::new(), &none);
    assert_eq!(answer, failed("error ProgramNotActivated()"), "stylus-host.md 5.1");
}

#[test]
fn what_is_active_stays_callable_when_the_owner_lowers_the_size_limit() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    activate(&chain, echo);
    act(&chain, precompile(0x70), "setWasmMaxSize(uint32)", &[U256::from(100)]);

    assert_eq!(call(&chain, echo, b"hello"), Ok(Bytes::from_static(b"hello")));
    let other = deploy(&chain, &crate::programs::code_of(GROWER));
    let hash = send(&chain, ALICE, TxKind::Call(precompile(0x71)), FEE_AND_MORE, activation(other))
        .unwrap();
    with_receipt(&chain, hash, |receipt| assert!(!receipt.succeeded));
}

#[test]
fn a_crash_that_is_asked_for_ends_only_its_transaction() {
    let chain = chain();
    let head = chain.head_number();
    let input = alloy_primitives::keccak256("panic()")[..4].to_vec();

    let refused = send(&chain, ALICE, TxKind::Call(precompile(0xff)), 0, input.clone());

    let text = refused.unwrap_err().to_string();
    assert!(text.starts_with("sequencer internal error"), "{text}");
    assert_eq!(chain.head_number(), head, "devnode.md 4.11");
    assert!(call(&chain, precompile(0xff), &input).is_err());
    assert_alive(&chain);
}

#[test]
fn item_87_a_module_of_more_than_131072_bytes_is_not_activated() {
    let chain = chain();
    // A custom section fills the module up.
    let module = |len: usize| {
        let mut module = wat::parse_str(
            r#"(module (memory (export "memory") 0 0)
                (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#,
        )
        .unwrap();
        let mut size = len - module.len() - 4;
        module.push(0);
        for last in [false, false, true] {
            module.push(u8::try_from(size & 0x7f).unwrap() | if last { 0 } else { 0x80 });
            size >>= 7;
        }
        module.resize(len, 0);
        module
    };
    let is_activated = |len| {
        let code = deploy(&chain, &compressed(&module(len)));
        let input = activation(code);
        let hash =
            send(&chain, ALICE, TxKind::Call(precompile(0x71)), FEE_AND_MORE, input).unwrap();
        with_receipt(&chain, hash, |receipt| receipt.succeeded)
    };
    assert!(is_activated(131_072));
    assert!(!is_activated(131_073));
}

/// As many locals in as many loops: what a register allocator likes least.
fn knotted(size: usize) -> String {
    let changes: String = (1..=size)
        .map(|n| format!("(local.set {n} (i32.add (local.get {n}) (i32.const 1)))"))
        .collect();
    let uses: String = (1..=size).map(|n| format!("(drop (local.get {n}))")).collect();
    let (open, close) = ("(loop ".repeat(size), "(br_if 0 (i32.const 0)))".repeat(size));
    format!(
        r#"(module (memory (export "memory") 0 0)
            (func (export "user_entrypoint") (param i32) (result i32) (local {})
                {open} {changes} {close} {uses} i32.const 0))"#,
        "i32 ".repeat(size)
    )
}

#[test]
fn a_module_that_is_hard_to_compile_is_compiled_in_bounded_time() {
    let chain = chain();
    // With an allocator whose time is not linear these 6 kB take more than a minute.
    let knotted = program(&chain, &knotted(300));
    let hash = send(&chain, ALICE, TxKind::Call(knotted), 0, Vec::new()).unwrap();
    with_receipt(&chain, hash, |receipt| assert!(receipt.succeeded));
}

#[test]
fn programs_are_compiled_between_two_attempts_to_build_a_block() {
    let chain = chain();
    let programs: Vec<Address> = (0..3)
        .map(|n| {
            let status = format!(
                r#"(module (memory (export "memory") 0 0)
                    (func (export "user_entrypoint") (param i32) (result i32) i32.const {n}))"#
            );
            program(&chain, &status)
        })
        .collect();
    // Calls the three addresses in calldata one after the other.
    let caller = deploy(
        &chain,
        &hex!("5f5f5f5f5f5f355af1505f5f5f5f5f6020355af1505f5f5f5f5f6040355af15f5260205ff3"),
    );
    let input: Vec<u8> = programs.iter().flat_map(|one| one.into_word()).collect();

    let hash = send(&chain, ALICE, TxKind::Call(caller), 0, input).unwrap();

    with_receipt(&chain, hash, |receipt| assert!(receipt.succeeded));
}
