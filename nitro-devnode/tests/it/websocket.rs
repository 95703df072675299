//! devnode.md section 5.7, acceptance 64.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::rig::{Rig, store, store_contract};
use crate::signer::Signer;

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub(crate) async fn open(rig: &Rig) -> Self {
        let (stream, _) = tokio_tungstenite::connect_async(rig.node.ws_url()).await.unwrap();
        Self { stream }
    }

    pub(crate) async fn send(&mut self, id: u64, method: &str, params: Value) {
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.stream.send(Message::text(call.to_string())).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let waiting = tokio::time::timeout(Duration::from_secs(20), self.stream.next());
            let message = waiting.await.expect("nothing came").expect("closed").unwrap();
            if let Message::Text(text) = message {
                return serde_json::from_str(text.as_str()).unwrap();
            }
        }
    }

    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(1, method, params).await;
        self.next().await
    }

    pub(crate) async fn subscribe(&mut self, params: Value) -> Value {
        let answer = self.call("eth_subscribe", params).await;
        assert!(answer["result"].is_string(), "{answer}");
        answer["result"].clone()
    }

    /// The result of the next message, which must be a notification of that subscription.
    pub(crate) async fn note(&mut self, subscription: &Value) -> Value {
        let mut message = self.next().await;
        assert_eq!(message["method"], "eth_subscription", "{message}");
        assert_eq!(&message["params"]["subscription"], subscription);
        message["params"]["result"].take()
    }
}

#[tokio::test]
async fn calls_and_batches_work_on_the_same_port() {
    let rig = Rig::new();
    let mut socket = Socket::open(&rig).await;

    assert_eq!(socket.call("eth_chainId", json!([])).await["result"], "0x64aba");
    assert_eq!(socket.call("foo_bar", json!([])).await["error"]["code"], -32601);
    let one = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" });
    socket.stream.send(Message::text(json!([one, one]).to_string())).await.unwrap();
    assert_eq!(socket.next().await.as_array().unwrap().len(), 2);
    socket.stream.send(Message::text("{")).await.unwrap();
    assert_eq!(socket.next().await["error"]["code"], -32700);
}

#[tokio::test]
async fn new_heads_are_told_one_by_one() {
    let rig = Rig::new();
    let mut socket = Socket::open(&rig).await;
    let heads = socket.subscribe(json!(["newHeads"])).await;

    for nonce in 0..3 {
        let receipt = rig.mine(&Signer::test(0).transfer(nonce)).await;

        let head = socket.note(&heads).await;

        assert_eq!(head["hash"], receipt["blockHash"]);
        assert_eq!(head["number"], receipt["blockNumber"]);
        assert_eq!(head["withdrawalsRoot"], Value::Null);
        assert!(head.get("transactions").is_none());
    }
}

#[tokio::test]
async fn a_slow_reader_misses_no_block() {
    let rig = Rig::new();
    let mut socket = Socket::open(&rig).await;
    let heads = socket.subscribe(json!(["newHeads"])).await;
    let signer = Signer::test(0);

    // More than any queue in between holds.
    let mut numbers = BTreeSet::new();
    for nonce in 0..600 {
        numbers.insert(rig.mine(&signer.transfer(nonce)).await["blockNumber"].to_string());
    }

    for _ in 0..600 {
        let number = socket.note(&heads).await["number"].to_string();
        assert!(numbers.remove(&number), "{number} came twice");
    }
    assert!(numbers.is_empty());
}

#[tokio::test]
async fn logs_are_told_as_the_filter_says() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let mut socket = Socket::open(&rig).await;
    let filter = json!({ "address": contract, "topics": [format!("0x{:064x}", 2)] });
    let logs = socket.subscribe(json!(["logs", filter])).await;

    rig.mine(&signer.call(1, contract, store(1))).await;
    let receipt = rig.mine(&signer.call(2, contract, store(2))).await;

    assert_eq!(socket.note(&logs).await, receipt["logs"][0]);
}

#[tokio::test]
async fn transactions_and_receipts_can_be_followed() {
    let rig = Rig::new();
    let mut hashes = Socket::open(&rig).await;
    let mut receipts = Socket::open(&rig).await;
    let of_hashes = hashes.subscribe(json!(["newPendingTransactions"])).await;
    let of_receipts = receipts.subscribe(json!(["transactionReceipts"])).await;

    let receipt = rig.mine(&Signer::test(0).transfer(0)).await;

    let _internal = hashes.note(&of_hashes).await;
    assert_eq!(hashes.note(&of_hashes).await, receipt["transactionHash"]);
    assert_eq!(receipts.note(&of_receipts).await[1], receipt);
}

#[tokio::test]
async fn an_ended_subscription_is_silent() {
    let rig = Rig::new();
    let mut socket = Socket::open(&rig).await;
    let heads = socket.subscribe(json!(["newHeads"])).await;

    assert_eq!(socket.call("eth_unsubscribe", json!([heads])).await["result"], true);
    let again = socket.call("eth_unsubscribe", json!([heads])).await;
    rig.mine(&Signer::test(0).transfer(0)).await;

    assert_eq!(again["error"]["message"], "subscription not found");
    assert_eq!(socket.call("eth_chainId", json!([])).await["result"], "0x64aba");
}

#[tokio::test]
async fn a_subscription_needs_a_connection_that_lasts() {
    let rig = Rig::new();
    let mut socket = Socket::open(&rig).await;

    let over_http = rig.error("eth_subscribe", json!(["newHeads"])).await;
    let unknown = socket.call("eth_subscribe", json!(["tides"])).await;

    assert_eq!(over_http, (-32601, "notifications not supported".to_owned()));
    assert!(unknown["error"]["message"].as_str().unwrap().contains("no \"tides\" subscription"));
}

#[tokio::test]
async fn a_held_transaction_does_not_keep_its_predecessor_out() {
    let rig = Rig::new();
    let mut socket = Socket::open(&rig).await;
    let signer = Signer::test(0);

    socket.send(1, "eth_sendRawTransaction", json!([signer.transfer(1)])).await;
    socket.send(2, "eth_sendRawTransaction", json!([signer.transfer(0)])).await;

    for _ in 0..2 {
        let answer = socket.next().await;
        assert!(answer["result"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_subscription_hears_of_a_reorganization() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let mut socket = Socket::open(&rig).await;
    let logs = socket.subscribe(json!(["logs", { "address": contract }])).await;
    let mut receipt = rig.mine(&signer.call(1, contract, store(1))).await;
    socket.note(&logs).await;

    rig.call("anvil_reorg", json!([1, [[signer.call(1, contract, store(2)), 0]]])).await;

    receipt["logs"][0]["removed"] = json!(true);
    assert_eq!(socket.note(&logs).await, receipt["logs"][0]);
    let new = rig.call("eth_getLogs", json!([{ "address": contract }])).await;
    assert_eq!(socket.note(&logs).await, new[0]);
}

#[tokio::test]
async fn the_node_answers_a_closing_handshake() {
    let rig = Rig::new();
    let mut socket = Socket::open(&rig).await;

    socket.stream.send(Message::Close(None)).await.unwrap();

    let answer = tokio::time::timeout(Duration::from_secs(20), socket.stream.next()).await;
    assert!(matches!(answer, Ok(Some(Ok(Message::Close(_))))), "{answer:?}");
}
