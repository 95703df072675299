//! J. Comfort methods.

use std::time::Duration;

use alloy_primitives::{Address, hex};
use nitro_devnode::{DEV_ACCOUNT, Node};
use serde_json::{Value, json};

use crate::rig::{Rig, init_code, number, store, store_contract};
use crate::signer::Signer;
use crate::stylus::{activation, echo};

const PAYEE: Address = Address::repeat_byte(0xfe);

async fn balance(rig: &Rig, account: Address) -> Value {
    rig.call("eth_getBalance", json!([account, "latest"])).await
}

async fn head(rig: &Rig) -> Value {
    rig.call("eth_getBlockByNumber", json!(["latest", true])).await
}

#[tokio::test]
async fn item_101_a_snapshot_brings_the_balance_back_once() {
    let rig = Rig::new();
    let before = balance(&rig, PAYEE).await;

    let id = rig.call("evm_snapshot", json!([])).await;
    rig.mine(&Signer::test(0).transfer(0)).await;
    let between = balance(&rig, PAYEE).await;
    let reverted = rig.call("evm_revert", json!(["0x0"])).await;
    let again = rig.call("evm_revert", json!(["0x0"])).await;

    assert_eq!(id, "0x0");
    assert_ne!(between, before);
    assert_eq!((reverted, again), (json!(true), json!(false)));
    assert_eq!(balance(&rig, PAYEE).await, before);
    assert_eq!(rig.call("evm_snapshot", json!([])).await, "0x1");
}

#[tokio::test]
async fn item_102_time_moves_and_an_empty_block_shows_it() {
    let rig = Rig::new();
    let before = number(&head(&rig).await["timestamp"]);

    let shift = rig.call("evm_increaseTime", json!([3_600])).await;
    let mined = rig.call("evm_mine", json!([])).await;

    let block = head(&rig).await;
    assert_eq!((shift, mined), (json!(3_600), json!("0x0")));
    assert!(number(&block["timestamp"]) >= before + 3_600);
    let transactions = block["transactions"].as_array().unwrap();
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0]["type"], "0x6a");
    let input = transactions[0]["input"].as_str().unwrap();
    let passed = u64::from_str_radix(&input[input.len() - 16..], 16).unwrap();
    assert!(passed >= 3_600, "{passed} seconds passed");
}

#[tokio::test]
async fn item_103_accounts_are_as_they_are_set_at_once() {
    let rig = Rig::new();
    let account = Address::repeat_byte(0x71);
    let seven = format!("0x{:064x}", 7);

    assert!(rig.call("anvil_setBalance", json!([account, "0x123"])).await.is_null());
    assert!(rig.call("anvil_setNonce", json!([account, "0x5"])).await.is_null());
    assert!(rig.call("anvil_setCode", json!([account, "0x6001"])).await.is_null());
    assert_eq!(rig.call("anvil_setStorageAt", json!([account, "0x0", seven])).await, true);

    let at = json!([account, "latest"]);
    assert_eq!(rig.call("eth_getBalance", at.clone()).await, "0x123");
    assert_eq!(rig.call("eth_getTransactionCount", at.clone()).await, "0x5");
    assert_eq!(rig.call("eth_getCode", at).await, "0x6001");
    assert_eq!(rig.call("eth_getStorageAt", json!([account, "0x0", "latest"])).await, seven);
}

#[tokio::test]
async fn item_104_a_contract_sends_when_it_is_impersonated() {
    let rig = Rig::new();
    let contract = rig.deploy(&Signer::test(0), 0, &store_contract()).await;
    let call = json!([{ "from": contract, "to": PAYEE, "value": "0x1" }]);

    let before = rig.error("eth_sendTransaction", call.clone()).await;
    rig.call("anvil_impersonateAccount", json!([contract])).await;
    rig.call("anvil_setBalance", json!([contract, "0xde0b6b3a7640000"])).await;
    let hash = rig.call("eth_sendTransaction", call.clone()).await;
    let receipt = rig.call("eth_getTransactionReceipt", json!([hash])).await;
    let shown = rig.call("eth_getTransactionByHash", json!([hash])).await;
    rig.call("anvil_stopImpersonatingAccount", json!([contract])).await;
    let after = rig.error("eth_sendTransaction", call).await;

    assert_eq!(before, (-32000, "unknown account".to_owned()));
    assert_eq!((&receipt["status"], &receipt["from"]), (&json!("0x1"), &json!(contract)));
    assert_eq!(shown["from"], json!(contract));
    assert_eq!(after, before);
}

#[tokio::test]
async fn item_105_without_automine_a_transaction_waits_for_a_block() {
    let rig = Rig::new();
    let signer = Signer::test(0);

    rig.call("evm_setAutomine", json!([false])).await;
    let hash = rig.call("eth_sendRawTransaction", json!([signer.transfer(0)])).await;
    let second = rig.call("eth_sendRawTransaction", json!([signer.transfer(1)])).await;
    let early = rig.call("eth_getTransactionReceipt", json!([hash])).await;
    let status = rig.call("txpool_status", json!([])).await;
    let count = async |tag| rig.call("eth_getTransactionCount", json!([signer.address, tag])).await;
    let counts = (count("latest").await, count("pending").await);
    let shown = rig.call("eth_getTransactionByHash", json!([hash])).await;
    let pending = rig.call("eth_getBlockByNumber", json!(["pending", false])).await;
    rig.call("evm_mine", json!([])).await;
    let late = rig.call("eth_getTransactionReceipt", json!([hash])).await;

    assert!(early.is_null());
    assert_eq!(status["pending"], "0x2");
    assert_eq!(counts, (json!("0x0"), json!("0x2")));
    assert!(shown["blockHash"].is_null() && shown["nonce"] == "0x0", "{shown}");
    assert_eq!(pending["transactions"].as_array().unwrap()[1..], [hash, second]);
    assert_eq!(late["status"], "0x1");
    assert_eq!(late["transactionIndex"], "0x1");
    assert_eq!(head(&rig).await["transactions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn item_106_blocks_come_by_the_clock() {
    let rig = Rig::new();
    let mut heads = crate::websocket::Socket::open(&rig).await;
    let id = heads.subscribe(json!(["newHeads"])).await;

    rig.call("evm_setIntervalMining", json!([1])).await;
    let automine = rig.call("anvil_getAutomine", json!([])).await;
    let interval = rig.call("anvil_getIntervalMining", json!([])).await;
    let first = number(&heads.note(&id).await["number"]);
    let second = number(&heads.note(&id).await["number"]);
    rig.call("evm_setIntervalMining", json!([0])).await;

    assert_eq!((automine, interval), (json!(false), json!(1)));
    assert_eq!(second, first + 1);
    assert!(rig.call("anvil_getIntervalMining", json!([])).await.is_null());
}

#[tokio::test]
async fn item_107_a_program_is_still_callable_after_dump_restart_and_load() {
    let (dump, program, receipt) = {
        let rig = Rig::new();
        let signer = Signer::test(0);
        let program = rig.deploy(&signer, 0, &echo()).await;
        let receipt = rig.mine(&activation(&signer, 1, program)).await;
        (rig.call("anvil_dumpState", json!([])).await, program, receipt)
    };

    let rig = Rig::new();
    let loaded = rig.call("anvil_loadState", json!([dump])).await;

    assert_eq!(loaded, true);
    let call = json!([{ "to": program, "data": "0x2a2b" }, "latest"]);
    assert_eq!(rig.call("eth_call", call).await, "0x2a2b");
    let hash = &receipt["transactionHash"];
    assert_eq!(rig.call("eth_getTransactionReceipt", json!([hash])).await, receipt);
    let next = rig.mine(&Signer::test(0).transfer(2)).await;
    assert_eq!(number(&next["blockNumber"]), number(&receipt["blockNumber"]) + 1);
}

#[tokio::test]
async fn item_108_a_program_expires_after_a_year() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let program = rig.deploy(&signer, 0, &echo()).await;
    rig.mine(&activation(&signer, 1, program)).await;

    rig.call("evm_increaseTime", json!([366 * 86_400])).await;
    rig.call("evm_mine", json!([])).await;
    let (code, message) = rig.error("eth_call", json!([{ "to": program, "data": "0x2a" }])).await;

    assert_eq!(code, -32000);
    assert!(message.starts_with("error ProgramExpired("), "{message}");
}

#[tokio::test]
async fn item_109_node_info_and_metadata_have_anvils_shapes() {
    let rig = Rig::new();
    rig.call("evm_snapshot", json!([])).await;

    let info = rig.call("anvil_nodeInfo", json!([])).await;
    let metadata = rig.call("anvil_metadata", json!([])).await;

    let head = head(&rig).await;
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(info["currentBlockNumber"], head["number"]);
    assert_eq!(info["currentBlockTimestamp"], number(&head["timestamp"]));
    assert_eq!(info["currentBlockHash"], head["hash"]);
    assert!(info["hardFork"].is_string() && info["transactionOrder"] == "fifo");
    assert_eq!(info["environment"]["chainId"], 412_346);
    assert_eq!(keys(&info["environment"]), ["baseFee", "chainId", "gasLimit", "gasPrice"]);
    assert_eq!(keys(&info["forkConfig"]), ["forkBlockNumber", "forkRetryBackoff", "forkUrl"]);
    assert!(metadata["clientVersion"].is_string() && metadata["instanceId"].is_string());
    assert_eq!(metadata["chainId"], 412_346);
    assert_eq!(metadata["latestBlockNumber"], number(&head["number"]));
    assert!(metadata["forkedNetwork"].is_null());
    let expected = json!({ "0x0": [number(&head["number"]), head["hash"]] });
    assert_eq!(metadata["snapshots"], expected);
}

#[tokio::test]
async fn a_snapshot_undoes_edits_of_its_own_block_and_of_later_ones() {
    let rig = Rig::new();
    let dev = DEV_ACCOUNT.address;
    let before = balance(&rig, dev).await;
    let id = rig.call("evm_snapshot", json!([])).await;

    rig.call("hardhat_setBalance", json!([dev, "0x1"])).await;
    rig.call("evm_mine", json!([])).await;
    rig.call("hardhat_setBalance", json!([dev, "0x2"])).await;
    rig.call("hardhat_setCode", json!([PAYEE, "0x60"])).await;
    rig.call("evm_revert", json!([id])).await;

    assert_eq!(balance(&rig, dev).await, before);
    assert_eq!(rig.call("eth_getCode", json!([PAYEE, "latest"])).await, "0x");
}

#[tokio::test]
async fn a_reset_leads_back_to_the_start() {
    let rig = Rig::new();
    let start = number(&rig.call("eth_blockNumber", json!([])).await);
    rig.mine(&Signer::test(0).transfer(0)).await;
    rig.call("anvil_setBalance", json!([PAYEE, "0x5"])).await;
    rig.call("evm_setAutomine", json!([false])).await;

    assert!(rig.call("anvil_reset", json!([])).await.is_null());

    assert_eq!(number(&rig.call("eth_blockNumber", json!([])).await), start);
    assert_eq!(balance(&rig, PAYEE).await, "0x0");
    assert_eq!(rig.mine(&Signer::test(0).transfer(0)).await["status"], "0x1");
    let fork = json!([{ "forking": { "jsonRpcUrl": "http://localhost:1" } }]);
    assert!(rig.error("hardhat_reset", fork).await.1.contains("does not fork"));
}

#[tokio::test]
async fn the_time_of_a_block_is_exact_where_it_is_asked_for_and_never_runs_backwards() {
    let rig = Rig::new();
    let now = number(&head(&rig).await["timestamp"]);

    rig.call("evm_setNextBlockTimestamp", json!([now + 1_000])).await;
    rig.mine(&Signer::test(0).transfer(0)).await;
    let exact = number(&head(&rig).await["timestamp"]);
    let back = rig.error("evm_setNextBlockTimestamp", json!([now])).await;
    rig.call("anvil_mine", json!(["0x3", 60])).await;
    let spaced = number(&head(&rig).await["timestamp"]);
    rig.call("evm_mine", json!([{ "timestamp": spaced + 500, "blocks": 2 }])).await;

    assert_eq!(exact, now + 1_000);
    let text = format!("Timestamp error: {now} is lower than previous block's timestamp");
    assert_eq!(back, (-32602, text));
    assert!(spaced >= exact + 180, "{spaced} {exact}");
    assert!(number(&head(&rig).await["timestamp"]) >= spaced + 500);
}

#[tokio::test]
async fn the_base_fee_is_what_it_is_set_to() {
    let rig = Rig::new();

    rig.call("anvil_setNextBlockBaseFeePerGas", json!(["0x8f0d180"])).await;
    rig.mine(&Signer::test(0).transfer(0)).await;
    let once = head(&rig).await;
    rig.call("anvil_setMinGasPrice", json!(["0x7735940"])).await;
    rig.call("evm_mine", json!([])).await;
    rig.call("evm_mine", json!([])).await;

    assert_eq!(once["baseFeePerGas"], "0x8f0d180");
    assert_eq!(head(&rig).await["baseFeePerGas"], "0x7735940");
}

#[tokio::test]
async fn a_waiting_transaction_can_be_dropped_or_replaced() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    rig.call("anvil_setAutomine", json!([false])).await;
    let first = rig.call("eth_sendRawTransaction", json!([signer.transfer(0)])).await;

    let same = rig.error("eth_sendRawTransaction", json!([signer.transfer(0)])).await;
    let dropped = rig.call("anvil_dropTransaction", json!([first])).await;
    let again = rig.call("anvil_dropTransaction", json!([first])).await;
    rig.call("evm_mine", json!([])).await;

    assert_eq!(same, (-32000, "replacement transaction underpriced".to_owned()));
    assert_eq!((dropped, again), (first.clone(), Value::Null));
    assert!(rig.call("eth_getTransactionReceipt", json!([first])).await.is_null());
}

#[tokio::test]
async fn a_transaction_waits_for_its_dropped_predecessor() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    rig.call("anvil_setAutomine", json!([false])).await;
    let mut hashes = Vec::new();
    for nonce in 0..3 {
        hashes.push(rig.call("eth_sendRawTransaction", json!([signer.transfer(nonce)])).await);
    }
    let nonce =
        async || rig.call("eth_getTransactionCount", json!([signer.address, "pending"])).await;

    rig.call("anvil_dropTransaction", json!([hashes[1]])).await;
    let (gap, status) = (nonce().await, rig.call("txpool_status", json!([])).await);
    rig.call("evm_mine", json!([])).await;
    let content = rig.call("txpool_content", json!([])).await;
    rig.call("eth_sendRawTransaction", json!([signer.transfer(1)])).await;
    let filled = nonce().await;
    rig.call("evm_mine", json!([])).await;

    assert_eq!((gap, filled), (json!("0x1"), json!("0x3")));
    assert_eq!(status, json!({ "pending": "0x1", "queued": "0x1" }));
    assert_eq!(content["pending"], json!({}));
    assert_eq!(content["queued"].as_object().unwrap().len(), 1);
    let last = rig.call("eth_getTransactionReceipt", json!([hashes[2]])).await;
    assert_eq!(last["status"], "0x1");
}

#[tokio::test]
async fn automatic_mining_includes_what_waited_for_the_transaction() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    rig.call("anvil_setAutomine", json!([false])).await;
    let first = rig.call("eth_sendRawTransaction", json!([signer.transfer(0)])).await;
    let second = rig.call("eth_sendRawTransaction", json!([signer.transfer(1)])).await;
    rig.call("anvil_dropTransaction", json!([first])).await;
    let before = rig.call("eth_blockNumber", json!([])).await;

    rig.call("anvil_setAutomine", json!([true])).await;
    let unchanged = rig.call("eth_blockNumber", json!([])).await;
    rig.mine(&signer.transfer(0)).await;

    assert_eq!(unchanged, before, "nothing could be mined");
    let receipt = rig.call("eth_getTransactionReceipt", json!([second])).await;
    assert_eq!(receipt["status"], "0x1");
}

#[tokio::test]
async fn pending_shows_what_waiting_transactions_change() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    rig.call("anvil_setAutomine", json!([false])).await;
    let code = store_contract();
    let contract = signer.address.create(0);
    for raw in [signer.create(0, init_code(&code)), signer.call(1, contract, store(7))] {
        rig.call("eth_sendRawTransaction", json!([raw])).await;
    }
    rig.call("eth_sendRawTransaction", json!([signer.transfer(2)])).await;
    let (slot, call) = ("0x0", json!({ "to": contract, "input": hex::encode_prefixed(store(8)) }));

    for (method, params, pending) in [
        ("eth_getBalance", json!([PAYEE]), json!("0x1")),
        ("eth_getCode", json!([contract]), json!(hex::encode_prefixed(&code))),
        ("eth_getStorageAt", json!([contract, slot]), json!(format!("0x{:064x}", 7))),
        ("eth_call", json!([call]), json!(format!("0x{:064x}", 8))),
    ] {
        let at = |tag: &str| {
            let mut params = params.clone();
            params.as_array_mut().unwrap().push(json!(tag));
            params
        };
        assert_eq!(rig.call(method, at("pending")).await, pending, "{method}");
        assert_ne!(rig.call(method, at("latest")).await, pending, "{method}");
    }
    // The slot holds a word already: cheaper than the first store.
    let estimate = number(&rig.call("eth_estimateGas", json!([call])).await);
    assert!(estimate < 40_000, "{estimate}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_is_answered_without_a_sign() {
    let rig = Rig::new();
    let before = number(&head(&rig).await["timestamp"]);

    let answer = rig.call("evm_setTime", json!([5])).await;
    rig.call("evm_mine", json!([])).await;

    assert_eq!(answer, 0);
    assert!(number(&head(&rig).await["timestamp"]) >= before);
}

#[tokio::test]
async fn strict_mode_has_none_of_it() {
    let rig = Rig::with(Node::builder().strict());

    for method in ["evm_snapshot", "anvil_setBalance", "hardhat_mine", "eth_requestAccounts"] {
        assert_eq!(rig.error(method, json!([])).await.0, -32601, "{method}");
    }
    let blockless = rig.error("eth_getBalance", json!([PAYEE])).await;
    assert_eq!(blockless, (-32602, "missing value for required argument 1".to_owned()));
    let safe = rig.error("eth_getBlockByNumber", json!(["safe", false])).await;
    let finalized = rig.error("eth_getBalance", json!([PAYEE, "finalized"])).await;
    assert_eq!(safe, (-32000, "safe block not found".to_owned()));
    assert_eq!(finalized, (-32000, "finalized block not found".to_owned()));
}

#[tokio::test]
async fn a_file_keeps_the_chain_from_one_run_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let builder = || Node::builder().load_state(&file).dump_state(&file);
    let receipt = {
        let rig = Rig::with(builder());
        rig.mine(&Signer::test(0).transfer(0)).await
    };

    let rig = Rig::with(builder());

    let hash = &receipt["transactionHash"];
    assert_eq!(rig.call("eth_getTransactionReceipt", json!([hash])).await, receipt);
    let block = json!([receipt["blockHash"], true]);
    assert_eq!(rig.call("eth_getBlockByHash", block).await["number"], receipt["blockNumber"]);
}

#[tokio::test]
async fn blocks_can_be_kept_apart_as_nitro_does() {
    let rig = Rig::with(Node::builder().block_spacing(Duration::from_millis(250)));
    let began = std::time::Instant::now();

    for nonce in 0..3 {
        rig.mine(&Signer::test(0).transfer(nonce)).await;
    }

    assert!(began.elapsed() >= Duration::from_millis(500));
}
