//! What developers know from anvil outside of its own namespaces, `anvil_reorg`, and moved
//! precompiles (devnode.md sections 7.1 and 2.11).

use nitro_devnode::Node;
use serde_json::{Value, json};

use crate::rig::{Rig, number, store, store_contract};
use crate::signer::Signer;

const ARB_SYS: &str = "0x0000000000000000000000000000000000000064";
const SHA256: &str = "0x0000000000000000000000000000000000000002";
const ELSEWHERE: &str = "0x00000000000000000000000000000000000c0de0";

#[tokio::test]
async fn an_account_is_shown_with_its_roots_and_its_code() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    rig.mine(&signer.call(1, contract, store(7))).await;
    let proof = rig.call("eth_getProof", json!([contract, [], "latest"])).await;

    let account = rig.call("eth_getAccount", json!([contract, "latest"])).await;
    let info = rig.call("eth_getAccountInfo", json!([contract, "latest"])).await;

    let expected = json!({
        "nonce": "0x1", "balance": "0x0",
        "storageRoot": proof["storageHash"], "codeHash": proof["codeHash"],
    });
    assert_eq!(account, expected);
    let code = rig.call("eth_getCode", json!([contract, "latest"])).await;
    assert_eq!(info, json!({ "nonce": "0x1", "balance": "0x0", "code": code }));
}

#[tokio::test]
async fn a_transaction_is_found_by_its_sender_and_nonce() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let mut hashes = Vec::new();
    for nonce in 0..5 {
        rig.mine(&Signer::test(1).transfer(nonce)).await;
        hashes.push(rig.mine(&signer.transfer(nonce)).await["transactionHash"].clone());
    }
    let find = |nonce: &'static str| {
        rig.call("eth_getTransactionBySenderAndNonce", json!([signer.address, nonce]))
    };

    assert_eq!(find("0x0").await["hash"], hashes[0]);
    assert_eq!(find("0x3").await["hash"], hashes[3]);
    assert_eq!(find("0x4").await["hash"], hashes[4]);
    assert!(find("0x5").await.is_null());
}

#[tokio::test]
async fn small_questions_have_anvil_s_answers_and_strict_nodes_none() {
    let rig = Rig::new();
    let strict = Rig::with(Node::builder().strict());
    let sequencer = "0xa4b000000000000000000073657175656e636572";

    assert_eq!(rig.call("eth_coinbase", json!([])).await, sequencer);
    assert_eq!(rig.call("eth_hashrate", json!([])).await, "0x0");
    assert_eq!(rig.call("eth_protocolVersion", json!([])).await, 1);
    let header = rig.call("erigon_getHeaderByNumber", json!(["latest"])).await;
    assert_eq!(header, rig.call("eth_getHeaderByNumber", json!(["latest"])).await);
    for method in ["eth_coinbase", "eth_getAccount", "trace_block", "erigon_getHeaderByNumber"] {
        assert_eq!(strict.error(method, json!([])).await.0, -32601, "{method}");
    }
    for method in ["anvil_getBlobByHash", "anvil_getBlobsByTransactionHash"] {
        let hash = format!("0x{}", "11".repeat(32));
        assert!(rig.call(method, json!([hash])).await.is_null(), "{method}");
    }
    let (code, message) = rig.error("anvil_setChainId", json!([1])).await;
    assert!(code == -32000 && message.contains("chain id"), "{message}");
}

#[tokio::test]
async fn a_transaction_without_signature_is_answered_with_its_receipt() {
    let rig = Rig::new();
    let sender = Signer::test(0).address;
    let call = json!([{ "from": sender, "to": ELSEWHERE, "value": "0x1" }]);
    let unknown = rig.error("eth_sendTransactionSync", call.clone()).await;
    rig.call("anvil_impersonateAccount", json!([sender])).await;

    let receipt = rig.call("eth_sendTransactionSync", call).await;

    assert_eq!(unknown, (-32000, "unknown account".to_owned()));
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["from"], sender.to_string().to_lowercase());
}

#[tokio::test]
async fn traces_in_parity_s_shape_are_found_by_transaction_block_and_account() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let receipt = rig.mine(&signer.call(1, contract, store(7))).await;

    let one = rig.call("trace_transaction", json!([receipt["transactionHash"]])).await;
    let block = rig.call("trace_block", json!([receipt["blockNumber"]])).await;
    let filter = |filter: Value| rig.call("trace_filter", json!([filter]));
    let to_contract = filter(json!({ "fromBlock": "0x0", "toAddress": [contract] })).await;
    let nothing = filter(json!({ "toAddress": [contract], "after": 1 })).await;
    let first = filter(json!({ "fromBlock": "earliest", "count": 1 })).await;

    assert_eq!(one[0]["action"]["to"], contract.to_string().to_lowercase());
    assert_eq!(one[0]["type"], "call");
    assert_eq!(block.as_array().unwrap().len(), 2);
    assert_eq!(block[1], one[0]);
    assert_eq!(to_contract, one);
    assert_eq!(nothing, json!([]));
    assert_eq!(first.as_array().unwrap().len(), 1);
    let unknown = format!("0x{}", "11".repeat(32));
    assert!(rig.call("trace_transaction", json!([unknown])).await.is_null());
    assert_eq!(rig.call("trace_block", json!(["0x0"])).await, json!([]));
}

#[tokio::test]
async fn a_reorg_replaces_the_newest_blocks() {
    let rig = Rig::new();
    let (alice, bob) = (Signer::test(0), Signer::test(1));
    let gone = rig.mine(&alice.transfer(0)).await;
    rig.mine(&alice.transfer(1)).await;
    let head = number(&rig.call("eth_blockNumber", json!([])).await);
    let raw = bob.transfer(0);
    let named = json!({ "from": alice.address, "to": ELSEWHERE, "value": "0x5" });

    let done = rig.call("anvil_reorg", json!([2, [[raw, 0], [named, 1]]])).await;

    assert!(done.is_null());
    assert_eq!(number(&rig.call("eth_blockNumber", json!([])).await), head);
    let lost = rig.call("eth_getTransactionReceipt", json!([gone["transactionHash"]])).await;
    assert!(lost.is_null());
    let block =
        |number: u64| rig.call("eth_getBlockByNumber", json!([format!("{number:#x}"), true]));
    let (first, second) = (block(head - 1).await, block(head).await);
    assert_eq!(first["transactions"][1]["from"], bob.address.to_string().to_lowercase());
    assert_eq!(second["transactions"][1]["from"], alice.address.to_string().to_lowercase());
    assert_eq!(rig.call("eth_getBalance", json!([ELSEWHERE, "latest"])).await, "0x5");
    assert_eq!(rig.call("anvil_getAutomine", json!([])).await, true);
    assert_eq!(rig.error("anvil_reorg", json!([999])).await.0, -32602);
    assert_eq!(rig.error("anvil_reorg", json!([1, [["0x00", 1]]])).await.0, -32602);
}

#[tokio::test]
async fn blocks_mined_with_zero_seconds_between_keep_the_interval_that_was_set() {
    let rig = Rig::new();
    let time = async || {
        number(&rig.call("eth_getBlockByNumber", json!(["latest", false])).await["timestamp"])
    };
    rig.call("evm_mine", json!([])).await;
    rig.call("anvil_setBlockTimestampInterval", json!([9])).await;
    let before = time().await;

    rig.call("anvil_mine", json!(["0x2", "0x0"])).await;
    let zero = time().await;
    rig.call("anvil_mine", json!(["0x2", "0x3c"])).await;

    assert_eq!(zero, before + 18);
    assert_eq!(time().await, zero + 9 + 60);
}

#[tokio::test]
async fn a_moved_precompile_answers_at_its_new_address_only() {
    let rig = Rig::new();
    let call = |to: &'static str, data: &'static str, moved: Value| {
        rig.raw_call("eth_call", json!([{ "to": to, "data": data }, "latest", moved]))
    };
    let moved = |from: &str| json!({ from: { "movePrecompileToAddress": ELSEWHERE } });
    // arbChainID()
    let chain_id = "0xd127f54a";

    let hashed = call(ELSEWHERE, "0x", moved(SHA256)).await;
    let left = call(SHA256, "0x", moved(SHA256)).await;
    let asked = call(ELSEWHERE, chain_id, moved(ARB_SYS)).await;
    let plain = call(ARB_SYS, chain_id, json!({})).await;
    let pretended = call(SHA256, "0x", json!({ SHA256: { "balance": "0x1" } })).await;

    // SHA-256 of nothing.
    let digest = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hashed["result"], digest);
    assert_eq!(left["result"], "0x");
    assert_eq!(asked["result"], plain["result"], "{asked}");
    assert_eq!(pretended["result"], "0x", "an override takes the precompile off its address");
    let traced = json!([
        { "to": ELSEWHERE, "data": "0x" },
        "latest",
        { "tracer": "callTracer", "stateOverrides": moved(SHA256) },
    ]);
    assert_eq!(rig.call("debug_traceCall", traced).await["output"], digest);
}

#[tokio::test]
async fn only_precompiles_are_moved_and_only_onto_free_accounts() {
    let rig = Rig::new();
    let call =
        |overrides: Value| rig.error("eth_call", json!([{ "to": ELSEWHERE }, "latest", overrides]));
    let target = "0x00000000000000000000000000000000000C0dE0";

    let none = call(json!({ ELSEWHERE: { "movePrecompileToAddress": SHA256 } })).await;
    let taken = call(json!({
        SHA256: { "movePrecompileToAddress": ELSEWHERE },
        ELSEWHERE: { "balance": "0x1" },
    }))
    .await;

    assert_eq!(none.0, -32000);
    assert_eq!(
        none.1.to_lowercase(),
        format!("account {target} is not a precompile").to_lowercase()
    );
    assert_eq!(
        taken.1.to_lowercase(),
        format!("account {target} is already overridden").to_lowercase()
    );
}
