//! E. Logs, filters, subscriptions.

use alloy_primitives::{Address, address};
use nitro_devnode::DEV_ACCOUNT;
use serde_json::{Value, json};

use crate::rig::{Rig, number, store, store_contract};
use crate::signer::Signer;
use crate::websocket::Socket;

const ARB_OWNER: Address = address!("0000000000000000000000000000000000000070");

/// `OwnerActs(bytes4 indexed, address indexed, bytes)` (devnode.md section 4.2).
const OWNER_ACTS: &str = "0x3c9e6a772755407311e3b35b3ee56799df8f87395941b3a658eee9e08a67ebda";

#[tokio::test]
async fn item_61_logs_of_the_whole_chain_are_found_by_topic_and_have_their_time() {
    let rig = Rig::new();

    let filter = json!([{ "fromBlock": "earliest", "topics": [OWNER_ACTS] }]);
    let logs = rig.call("eth_getLogs", filter).await;

    let logs = logs.as_array().unwrap();
    assert!(!logs.is_empty());
    for log in logs {
        assert_eq!(log["address"], json!(ARB_OWNER));
        assert!(number(&log["blockTimestamp"]) > 0, "{log}");
    }
    let price_set = &logs[0]["topics"];
    assert_eq!(price_set[1], format!("0x2b352fae{}", "0".repeat(56)));
    assert_eq!(price_set[2], json!(DEV_ACCOUNT.address.into_word()));
}

#[tokio::test]
async fn item_62_a_filter_tells_each_log_once() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let id = rig.call("eth_newFilter", json!([{ "address": contract }])).await;
    rig.mine(&signer.call(1, contract, store(7))).await;

    let first = rig.call("eth_getFilterChanges", json!([id])).await;
    let second = rig.call("eth_getFilterChanges", json!([id])).await;
    let unknown = rig.error("eth_getFilterChanges", json!(["0x1234"])).await;

    assert_eq!(first.as_array().unwrap().len(), 1);
    assert_eq!(second, json!([]));
    assert_eq!(unknown, (-32000, "filter not found".to_owned()));
}

#[tokio::test]
async fn item_63_filters_that_contradict_themselves_are_refused() {
    let rig = Rig::new();
    let hash = format!("0x{}", "11".repeat(32));
    let filter = async |filter: Value| rig.error("eth_getLogs", json!([filter])).await.1;

    let both = filter(json!({ "blockHash": hash, "fromBlock": "0x0" })).await;
    let topics = filter(json!({ "topics": [null, null, null, null, null] })).await;
    let many = filter(json!({ "topics": [vec![&hash; 1_001]] })).await;

    assert!(both.contains("can't specify fromBlock/toBlock with blockHash"), "{both}");
    assert_eq!(topics, "exceed max topics");
    assert_eq!(many, "exceed max addresses or topics per search position");
}

#[tokio::test]
async fn item_64_heads_and_logs_are_told_over_websocket_and_not_over_http() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let mut heads = Socket::open(&rig).await;
    let mut logs = Socket::open(&rig).await;
    let head_id = heads.subscribe(json!(["newHeads"])).await;
    let log_id = logs.subscribe(json!(["logs", { "address": contract }])).await;

    let other = rig.mine(&signer.transfer(1)).await;
    let stored = rig.mine(&signer.call(2, contract, store(9))).await;

    assert_eq!(heads.note(&head_id).await["hash"], other["blockHash"]);
    assert_eq!(heads.note(&head_id).await["hash"], stored["blockHash"]);
    assert_eq!(logs.note(&log_id).await["transactionHash"], stored["transactionHash"]);
    let over_http = rig.error("eth_subscribe", json!(["newHeads"])).await;
    assert_eq!(over_http, (-32601, "notifications not supported".to_owned()));
}
