//! devnode.md section 5.6, acceptance 61 to 63.

use serde_json::{Value, json};

use crate::rig::{Rig, store, store_contract};
use crate::signer::Signer;

fn word(value: u64) -> String {
    format!("0x{value:064x}")
}

/// Two contracts; the first logs 1 and 2, the second 1; the receipt of the first log.
async fn chain_with_logs(rig: &Rig) -> (Value, Value, Value) {
    let signer = Signer::test(0);
    let first = rig.deploy(&signer, 0, &store_contract()).await;
    let second = rig.deploy(&signer, 1, &store_contract()).await;
    let receipt = rig.mine(&signer.call(2, first, store(1))).await;
    rig.mine(&signer.call(3, first, store(2))).await;
    rig.mine(&signer.call(4, second, store(1))).await;
    (json!(first), json!(second), receipt)
}

async fn count(rig: &Rig, filter: Value) -> usize {
    rig.call("eth_getLogs", json!([filter])).await.as_array().unwrap().len()
}

#[tokio::test]
async fn a_log_names_its_place() {
    let rig = Rig::new();
    let (first, _, receipt) = chain_with_logs(&rig).await;

    let filter = json!([{ "blockHash": receipt["blockHash"] }]);
    let logs = rig.call("eth_getLogs", filter).await;

    let block = rig.call("eth_getBlockByHash", json!([receipt["blockHash"], false])).await;
    let expected = json!([{
        "address": first, "topics": [word(1)], "data": word(1),
        "blockNumber": receipt["blockNumber"], "blockHash": receipt["blockHash"],
        "blockTimestamp": block["timestamp"], "transactionHash": receipt["transactionHash"],
        "transactionIndex": "0x1", "logIndex": "0x0", "removed": false,
    }]);
    assert_eq!(logs, expected);
    assert_eq!(logs, receipt["logs"]);
}

#[tokio::test]
async fn logs_are_found_by_address_topic_and_range() {
    let rig = Rig::new();
    let (first, second, receipt) = chain_with_logs(&rig).await;
    let from = receipt["blockNumber"].clone();
    let cases = [
        (json!({ "fromBlock": from }), 3),
        (json!({ "fromBlock": from, "toBlock": from }), 1),
        (json!({ "fromBlock": from, "toBlock": "0xffff" }), 3),
        (json!({ "fromBlock": from, "address": first }), 2),
        (json!({ "fromBlock": from, "address": [first, second] }), 3),
        (json!({ "fromBlock": from, "address": [] }), 3),
        (json!({ "fromBlock": from, "topics": [word(1)] }), 2),
        (json!({ "fromBlock": from, "topics": [[word(1), word(2)]] }), 3),
        (json!({ "fromBlock": from, "topics": [null] }), 3),
        (json!({ "fromBlock": from, "topics": [word(1), null] }), 0),
        (json!({ "fromBlock": from, "topics": [word(1)], "address": second }), 1),
        (json!({ "fromBlock": from, "topics": [word(9)] }), 0),
        (json!({}), 1),
        (json!({ "fromBlock": "0xffff" }), 0),
    ];
    for (filter, expected) in cases {
        assert_eq!(count(&rig, filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn filters_that_make_no_sense_are_refused() {
    let rig = Rig::new();
    let hash = word(1);
    let many: Vec<_> = (0..1_001).map(word).collect();
    let cases = [
        (json!({ "blockHash": hash, "fromBlock": "0x0" }), "can't specify fromBlock/toBlock with"),
        (json!({ "blockHash": hash }), "unknown block"),
        (json!({ "topics": [null, null, null, null, null] }), "exceed max topics"),
        (json!({ "topics": [many] }), "exceed max addresses or topics per search position"),
        (json!({ "fromBlock": "0x5", "toBlock": "0x4" }), "invalid block range params"),
        (json!({ "fromBlock": "pending" }), "pending logs are not supported"),
        (json!({ "fromBlock": 1 }), "cannot unmarshal non-string"),
        (json!({ "address": "0x12" }), "hex string has length 2, want 40"),
        (json!({ "topics": ["0x12"] }), "hex string has length 2, want 64"),
    ];
    for (filter, reason) in cases {
        let (_, message) = rig.error("eth_getLogs", json!([filter])).await;

        assert!(message.contains(reason), "{reason}: {message}");
    }
}

#[tokio::test]
async fn a_filter_tells_each_log_once() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let logs = rig.call("eth_newFilter", json!([{ "topics": [word(1)] }])).await;
    let blocks = rig.call("eth_newBlockFilter", json!([])).await;
    let transactions = rig.call("eth_newPendingTransactionFilter", json!([])).await;
    let receipt = rig.mine(&signer.call(1, contract, store(1))).await;
    rig.mine(&signer.call(2, contract, store(2))).await;
    let poll = async |id: &Value| rig.call("eth_getFilterChanges", json!([id])).await;

    let (found, hashes, sent) = (poll(&logs).await, poll(&blocks).await, poll(&transactions).await);

    assert_eq!(found, receipt["logs"]);
    assert_eq!(hashes.as_array().unwrap().len(), 2);
    assert_eq!(hashes[0], receipt["blockHash"]);
    assert!(sent.as_array().unwrap().contains(&receipt["transactionHash"]));
    for id in [&logs, &blocks, &transactions] {
        assert_eq!(poll(id).await, json!([]));
    }
    let all = json!([{ "fromBlock": "0x0", "topics": [word(1)] }]);
    let all = rig.call("eth_newFilter", all).await;
    assert_eq!(rig.call("eth_getFilterLogs", json!([all])).await, receipt["logs"]);
    assert_eq!(logs.as_str().unwrap().len(), 34);
}

#[tokio::test]
async fn a_filter_that_is_not_there_is_not_found() {
    let rig = Rig::new();
    let id = rig.call("eth_newBlockFilter", json!([])).await;

    assert_eq!(rig.call("eth_uninstallFilter", json!([id])).await, true);
    assert_eq!(rig.call("eth_uninstallFilter", json!([id])).await, false);
    let refused = rig.error("eth_getFilterChanges", json!([id])).await;
    assert_eq!(refused, (-32000, "filter not found".to_owned()));
}

/// A chain with a contract that logs, and its signer.
async fn logging(rig: &Rig) -> (Signer, alloy_primitives::Address) {
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    (signer, contract)
}

#[tokio::test]
async fn a_filter_sees_new_blocks_that_took_the_place_of_reverted_ones() {
    let rig = Rig::new();
    let (signer, contract) = logging(&rig).await;
    let id = rig.call("eth_newFilter", json!([{ "address": contract }])).await;
    let blocks = rig.call("eth_newBlockFilter", json!([])).await;
    let snapshot = rig.call("evm_snapshot", json!([])).await;
    rig.mine(&signer.call(1, contract, store(1))).await;
    rig.call("eth_getFilterChanges", json!([id])).await;
    rig.call("eth_getFilterChanges", json!([blocks])).await;

    rig.call("evm_revert", json!([snapshot])).await;
    let receipt = rig.mine(&signer.call(1, contract, store(2))).await;

    assert_eq!(rig.call("eth_getFilterChanges", json!([id])).await, receipt["logs"]);
    let hashes = rig.call("eth_getFilterChanges", json!([blocks])).await;
    assert_eq!(hashes, json!([receipt["blockHash"]]));
}

#[tokio::test]
async fn a_filter_hears_of_the_logs_that_a_reorganization_removes() {
    let rig = Rig::new();
    let (signer, contract) = logging(&rig).await;
    let id = rig.call("eth_newFilter", json!([{ "address": contract }])).await;
    let unread = rig.call("eth_newFilter", json!([{ "address": contract }])).await;
    let mut receipt = rig.mine(&signer.call(1, contract, store(1))).await;
    rig.call("eth_getFilterChanges", json!([id])).await;

    rig.call("anvil_reorg", json!([1, [[signer.call(1, contract, store(2)), 0]]])).await;

    let new = rig.call("eth_getLogs", json!([{ "address": contract }])).await;
    receipt["logs"][0]["removed"] = json!(true);
    let expected = json!([receipt["logs"][0], new[0]]);
    assert_eq!(rig.call("eth_getFilterChanges", json!([id])).await, expected);
    assert_eq!(rig.call("eth_getFilterChanges", json!([unread])).await, new);
}
