//! Programs and contracts to trace.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxKind, U256, address, hex};
use serde_json::{Value, json};

use crate::rig::Rig;
use crate::signer::Signer;

pub(crate) const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

/// Takes a key and a value, stores the value, loads it and returns it: the reference example of
/// devnode.md section 5.8.
pub(crate) const STORER: &str = r#"(module
    (import "vm_hooks" "pay_for_memory_grow" (func $grow (param i32)))
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $grow (i32.const 0))
        (call $read (i32.const 0))
        (call $store (i32.const 0) (i32.const 32))
        (call $flush (i32.const 0))
        (call $load (i32.const 0) (i32.const 64))
        (call $flush (i32.const 0))
        (call $write (i32.const 64) (i32.const 32))
        (i32.const 0)))"#;

/// Calls the address in the first 20 bytes of calldata with the rest and all gas, and returns or
/// reverts with what came back.
pub(crate) const CALLER: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (import "vm_hooks" "read_return_data" (func $back (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "call_contract"
        (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 2 2)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (local $status i32) (local $size i32)
        (call $read (i32.const 0))
        (local.set $status (call $call (i32.const 0) (i32.const 20)
            (i32.sub (local.get $len) (i32.const 20)) (i32.const 60000) (i64.const -1)
            (i32.const 60100)))
        (local.set $size (call $back (i32.const 65536) (i32.const 0) (i32.load (i32.const 60100))))
        (call $write (i32.const 65536) (local.get $size))
        (local.get $status)))"#;

/// Creates a contract whose init code is the calldata.
pub(crate) const CREATOR: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "create1" (func $create (param i32 i32 i32 i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        (call $read (i32.const 0))
        (call $create (i32.const 0) (local.get $len) (i32.const 1024) (i32.const 2048)
            (i32.const 2100))
        (i32.const 0)))"#;

/// Reverts with its calldata.
pub(crate) const REVERTER: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read (param i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $read (i32.const 0))
        (call $write (i32.const 0) (local.get 0))
        (i32.const 1)))"#;

/// EVM code that calls the address in the first calldata word with the rest, and returns or reverts
/// with what came back.
pub(crate) fn evm_caller() -> Vec<u8> {
    hex!("602036038060206000376000600091600060006000355af13d6000803e6024573d6000fd5b3d6000f3")
        .to_vec()
}

/// Calldata for [`CALLER`].
pub(crate) fn relay(target: Address, input: &[u8]) -> Vec<u8> {
    [target.as_slice(), input].concat()
}

/// Calldata for [`evm_caller`].
pub(crate) fn evm_relay(target: Address, input: &[u8]) -> Vec<u8> {
    [target.into_word().as_slice(), input].concat()
}

/// Calldata for [`STORER`].
pub(crate) fn key_and_value(key: u8, value: u8) -> Vec<u8> {
    [U256::from(key).to_be_bytes::<32>(), U256::from(value).to_be_bytes::<32>()].concat()
}

/// A node, an account and its nonce.
pub(crate) struct Tracing {
    pub(crate) rig: Rig,
    pub(crate) signer: Signer,
    nonce: u64,
}

impl Tracing {
    pub(crate) fn new() -> Self {
        Self { rig: Rig::new(), signer: Signer::test(0), nonce: 0 }
    }

    pub(crate) const fn next_nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce - 1
    }

    /// Deploys EVM code or a program's code.
    pub(crate) async fn deploy(&mut self, code: &[u8]) -> Address {
        let nonce = self.next_nonce();
        self.rig.deploy(&self.signer, nonce, code).await
    }

    /// Deploys and activates a program; its address and the activation's receipt.
    pub(crate) async fn activated(&mut self, wat: &str) -> (Address, Value) {
        let program = self.deploy(&program_code(wat)).await;
        let input = [&hex!("58c780c2")[..], program.into_word().as_slice()].concat();
        let nonce = self.next_nonce();
        let receipt = self
            .rig
            .mine(&self.signer.sign(TxEip1559 {
                to: TxKind::Call(ARB_WASM),
                value: U256::from(10).pow(U256::from(18)),
                gas_limit: 20_000_000,
                input: input.into(),
                ..Signer::plain(nonce)
            }))
            .await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        (program, receipt)
    }

    /// Deploys and activates a program; its address.
    pub(crate) async fn program(&mut self, wat: &str) -> Address {
        self.activated(wat).await.0
    }

    /// Mines a call with 5,000,000 gas; its receipt.
    pub(crate) async fn send(&mut self, to: Address, input: Vec<u8>) -> Value {
        let nonce = self.next_nonce();
        self.rig.mine(&self.signer.call(nonce, to, input)).await
    }

    /// Traces the transaction of a receipt.
    pub(crate) async fn trace(&self, receipt: &Value, config: Value) -> Value {
        let params = json!([receipt["transactionHash"], config]);
        self.rig.call("debug_traceTransaction", params).await
    }

    /// The error of such a trace.
    pub(crate) async fn trace_error(&self, receipt: &Value, config: Value) -> (i64, String) {
        let params = json!([receipt["transactionHash"], config]);
        self.rig.error("debug_traceTransaction", params).await
    }
}

/// Deployed code of a program.
pub(crate) fn program_code(wat: &str) -> Vec<u8> {
    let wasm = wat::parse_str(wat).unwrap();
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut wasm.as_slice(), &mut code, &parameters).unwrap();
    code
}

/// Names of steps in their order.
pub(crate) fn names(steps: &Value) -> Vec<&str> {
    steps.as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect()
}
