//! Bad input and bad clients: an answer each time, and nobody else notices (issue 4, "Bad input").

use std::sync::Arc;
use std::time::{Duration, Instant};

use nitro_devnode::Node;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rig::Rig;
use crate::signer::Signer;
use crate::stylus::activation;

/// Methods that take parameters, by namespace; subscriptions need a connection.
const METHODS: &str = "arb: findBatchContainingBlock getL1Confirmations getRawBlockMetadata
arbdebug: pricingModel timeoutQueue timeoutQueueHistory
debug: accountRange codeByHash dbGet dumpBlock getModifiedAccountsByHash getModifiedAccountsByNumber
 getRawBlock getRawHeader getRawReceipts getRawTransaction intermediateRoots preimage printBlock
 storageRangeAt
erigon: getHeaderByNumber
trace: block filter transaction
eth: call coinbase createAccessList estimateGas feeHistory fillTransaction getBalance getBlockByHash
 getAccount getAccountInfo getTransactionBySenderAndNonce getBlockByNumber getBlockReceipts getBlockTransactionCountByHash getBlockTransactionCountByNumber
 getCode getFilterChanges getFilterLogs getHeaderByHash getHeaderByNumber getLogs
 getRawTransactionByBlockHashAndIndex getRawTransactionByBlockNumberAndIndex
 getRawTransactionByHash getStorageAt getTransactionByBlockHashAndIndex
 getTransactionByBlockNumberAndIndex getTransactionByHash getTransactionCount
 getTransactionReceipt getUncleByBlockHashAndIndex getUncleByBlockNumberAndIndex
 getUncleCountByBlockHash getUncleCountByBlockNumber newFilter sendRawTransaction
 sendRawTransactionConditional sendTransaction sendUnsignedTransaction sign signTransaction
 simulateV1 subscribe uninstallFilter unsubscribe
personal: sign
web3: sha3
evm: mine increaseTime setNextBlockTimestamp setTime snapshot revert setAccountNonce
anvil: addBalance dealERC20 dropTransaction impersonateAccount loadState mine mine_detailed nodeInfo
 metadata removePoolTransactions reorg rollback setBalance setBlockGasLimit setBlockTimestampInterval
 setCode setERC20Allowance setMinGasPrice setNextBlockBaseFeePerGas setNonce setStorageAt";

fn methods() -> Vec<String> {
    let mut all = Vec::new();
    let mut namespace = "";
    for word in METHODS.split_whitespace() {
        match word.strip_suffix(':') {
            Some(name) => namespace = name,
            None => all.push(format!("{namespace}_{word}")),
        }
    }
    all
}

/// Parameters that have hurt somebody somewhere.
fn nasty() -> Vec<Value> {
    let word = format!("0x{}", "ff".repeat(32));
    let account = format!("0x{}", "ee".repeat(20));
    let program = json!({ "to": account, "data": "0x00", "from": account, "value": word, "gas": "0xffffffffffffffff" });
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("0x"),
        json!("0x0"),
        json!("0xffffffffffffffff"),
        json!("0x10000000000000000"),
        json!("latest"),
        json!("pending"),
        json!("\u{0}\u{ffff}"),
        json!(word),
        json!(account),
        json!("0xef00"),
        json!("0xeff00000"),
        json!("0x02c0"),
        json!("0x04f8"),
        json!("0xf86c"),
        json!([]),
        json!([[[[[[]]]]]]),
        json!([word, word]),
        json!([20, 50]),
        json!({}),
        json!({ "": {} }),
        json!({ "fromBlock": "0xffffffffffffffff", "toBlock": "earliest", "topics": [null, [word]] }),
        json!({ "blockHash": word, "address": [account] }),
        json!({ account.clone(): { "balance": word, "nonce": "0xffffffffffffffff", "code": "0xfe" } }),
        json!({ account.clone(): { "code": "0x5b5f56", "state": { word.clone(): word } } }),
        json!({ "time": "0xffffffffffffffff", "number": word, "baseFeePerGas": word }),
        json!({ "blockStateCalls": [{ "calls": [program] }], "validation": true }),
        json!({ "blockStateCalls": [{ "blockOverrides": { "time": "0xffffffffffffffff" } }, {}] }),
        json!({ "timestamp": u64::MAX, "blocks": 3 }),
        json!({ "gasPrice": word, "maxFeePerGas": word }),
        json!({ "from": account, "gas": "0x0", "maxFeePerGas": word, "maxPriorityFeePerGas": word }),
        program,
    ]
}

/// As many locals in as many loops: what a register allocator likes least; a legal program.
fn knotted(size: usize) -> Vec<u8> {
    let changes: String = (1..=size)
        .map(|n| format!("(local.set {n} (i32.add (local.get {n}) (i32.const 1)))"))
        .collect();
    let uses: String = (1..=size).map(|n| format!("(drop (local.get {n}))")).collect();
    let (open, close) = ("(loop ".repeat(size), "(br_if 0 (i32.const 0)))".repeat(size));
    let wasm = wat::parse_str(format!(
        r#"(module (memory (export "memory") 0 0)
            (func (export "user_entrypoint") (param i32) (result i32) (local {})
                {open} {changes} {close} {uses} i32.const 0))"#,
        "i32 ".repeat(size)
    ));
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut wasm.unwrap().as_slice(), &mut code, &parameters).unwrap();
    code
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_hard_to_compile_keeps_nobody_else_waiting() {
    let rig = Arc::new(Rig::new());
    let (activator, payer) = (Signer::test(0), Signer::test(1));
    let program = rig.deploy(&activator, 0, &knotted(300)).await;
    let began = Instant::now();
    let compiling = tokio::spawn({
        let rig = Arc::clone(&rig);
        async move {
            rig.mine(&activation(&activator, 1, program)).await;
            (rig.mine(&activator.call(2, program, Vec::new())).await, Instant::now())
        }
    });

    let mut slowest = Duration::ZERO;
    let mut nonce = 0;
    while !compiling.is_finished() {
        let sent = Instant::now();
        rig.mine(&payer.transfer(nonce)).await;
        slowest = slowest.max(sent.elapsed());
        nonce += 1;
    }

    let (receipt, ended) = compiling.await.unwrap();
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    let compiling = ended - began;
    assert!(slowest < compiling / 2, "{slowest:?} of {compiling:?}, {nonce} transfers");
}

#[test]
fn no_parameters_crash_a_method_or_leave_it_without_an_answer() {
    let node = Node::builder().port(0).spawn().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let call = (
        prop::sample::select(methods()),
        prop::collection::vec(prop::sample::select(nasty()), 0..4),
    );
    let mut runner = TestRunner::new(Config { cases: 4_000, ..Config::default() });

    let outcome = runner.run(&call, |(method, params)| {
        let text = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answered = runtime.block_on(node.answer(text.to_string().as_bytes()));
        let answer: Value = serde_json::from_slice(&answered.unwrap()).unwrap();
        prop_assert!(answer["error"]["code"] != -32603, "{}: {}", text, answer);
        prop_assert!(answer.get("result").is_some() || answer["error"].is_object());
        Ok(())
    });

    outcome.unwrap();
    let alive = br#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    assert!(runtime.block_on(node.answer(alive)).unwrap().ends_with(b"\"0x64aba\"}"));
}

#[test]
fn no_bytes_crash_the_decoder() {
    let node = Node::builder().port(0).spawn().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\u0000",
        "\\ud800",
        "\"jsonrpc\":\"2.0\"",
        "\"method\":\"eth_call\"",
        "\"id\":1",
        "\"id\":null",
        "\"params\":[",
        "null",
        "1e999",
        "-0",
        "\u{feff}",
        " ",
        "eth_subscribe",
    ];
    let text = prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24);
    let mut runner = TestRunner::new(Config { cases: 4_000, ..Config::default() });

    let outcome = runner.run(&text, |pieces| {
        let text = pieces.concat();
        if let Some(answered) = runtime.block_on(node.answer(text.as_bytes())) {
            prop_assert!(serde_json::from_slice::<Value>(&answered).is_ok(), "{}", text);
        }
        Ok(())
    });

    outcome.unwrap();
}

#[tokio::test]
async fn clients_that_never_finish_keep_nobody_waiting() {
    let rig = Rig::new();
    let mut slow = Vec::new();
    for sent in [
        "",
        "PO",
        "POST / HTTP/1.1\r\nhost: a\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 5000000\r\n\r\n{",
    ] {
        for _ in 0..100 {
            let mut stream = TcpStream::connect(rig.node.address()).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            slow.push(stream);
        }
    }

    let asked = rig.call("eth_chainId", json!([]));
    let answer = tokio::time::timeout(Duration::from_secs(10), asked).await.unwrap();

    assert_eq!(answer, "0x64aba");
    drop(slow);
}

#[tokio::test]
async fn two_thousand_connections_are_all_served() {
    let rig = Rig::new();
    let mut streams = Vec::new();
    for _ in 0..2_000 {
        streams.push(TcpStream::connect(rig.node.address()).await.unwrap());
    }
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );

    for stream in &mut streams {
        stream.write_all(request.as_bytes()).await.unwrap();
    }
    for stream in &mut streams {
        let mut answer = [0; 512];
        let read = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut answer));
        let length = read.await.unwrap().unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"), "{:?}", &answer[..length]);
    }
}

#[tokio::test]
async fn a_reader_that_never_reads_does_not_stop_the_chain() {
    let rig = Rig::new();
    let signer = crate::signer::Signer::test(0);
    let mut deaf = crate::websocket::Socket::open(&rig).await;
    for _ in 0..8 {
        deaf.subscribe(json!(["newPendingTransactions", true])).await;
    }

    for nonce in 0..400 {
        rig.mine(&signer.transfer(nonce)).await;
    }

    let count = rig.call("eth_getTransactionCount", json!([signer.address, "latest"])).await;
    assert_eq!(count, "0x190");
}
