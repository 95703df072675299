//! A node of its own for each test, and a client that shows whole answers.

use std::time::Duration;

use alloy_primitives::{Address, hex};
use nitro_devnode::chain::ChainConfig;
use nitro_devnode::{Node, NodeBuilder};
use serde_json::{Value, json};

use crate::signer::Signer;

/// A node and a client.
pub(crate) struct Rig {
    pub(crate) node: Node,
    client: reqwest::Client,
}

impl Rig {
    /// A node in the ready state.
    pub(crate) fn new() -> Self {
        Self::with(Node::builder())
    }

    /// A node at genesis.
    pub(crate) fn bare() -> Self {
        Self::with(Node::builder().chain(ChainConfig::bare()))
    }

    /// A node as configured, on a free port.
    pub(crate) fn with(builder: NodeBuilder) -> Self {
        let node = builder.port(0).spawn().unwrap();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Self { node, client }
    }

    /// A request to be varied.
    pub(crate) fn request(&self, method: reqwest::Method) -> reqwest::RequestBuilder {
        self.client.request(method, self.node.url())
    }

    /// Posts a text as JSON; the text of the answer.
    pub(crate) async fn post(&self, body: impl Into<reqwest::Body>) -> String {
        let request =
            self.request(reqwest::Method::POST).header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    /// Posts a text as JSON; the answer as JSON.
    pub(crate) async fn ask(&self, body: impl Into<reqwest::Body>) -> Value {
        serde_json::from_str(&self.post(body).await).unwrap()
    }

    /// One call; the whole answer.
    pub(crate) async fn raw_call(&self, method: &str, params: Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.ask(call.to_string()).await
    }

    /// One call that must succeed; its result.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.raw_call(method, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// One call that must fail; code and message.
    pub(crate) async fn error(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.raw_call(method, params).await;
        assert!(answer.get("result").is_none(), "{method}: {answer}");
        let error = &answer["error"];
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
    }

    /// Sends a transaction that must be accepted; its receipt, asked for without a pause.
    pub(crate) async fn mine(&self, raw: &str) -> Value {
        let hash = self.call("eth_sendRawTransaction", json!([raw])).await;
        let receipt = self.call("eth_getTransactionReceipt", json!([hash])).await;
        assert!(receipt.is_object(), "no receipt of {hash}");
        receipt
    }

    /// Deploys code as it stands; its address.
    pub(crate) async fn deploy(&self, signer: &Signer, nonce: u64, code: &[u8]) -> Address {
        let receipt = self.mine(&signer.create(nonce, init_code(code))).await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        serde_json::from_value(receipt["contractAddress"].clone()).unwrap()
    }
}

/// Init code that returns `code`: PUSH2 length, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN.
pub(crate) fn init_code(code: &[u8]) -> Vec<u8> {
    let length = u16::try_from(code.len()).unwrap().to_be_bytes();
    let mut init = vec![0x61, length[0], length[1], 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3];
    init.extend_from_slice(code);
    init
}

/// Stores the word after a 4-byte selector in slot 0, logs it as topic and data, and answers with
/// it; empty calldata reverts (the same contract as in `compat/cast.sh`).
pub(crate) fn store_contract() -> Vec<u8> {
    hex::decode("366007575f5ffd5b600435805f55805f5260205fa160205ff3").unwrap()
}

/// Calldata for [`store_contract`].
pub(crate) fn store(word: u8) -> Vec<u8> {
    let mut input = vec![0; 36];
    input[35] = word;
    input
}

/// A number out of a quantity.
pub(crate) fn number(quantity: &Value) -> u64 {
    let text = quantity.as_str().unwrap_or_else(|| panic!("not a quantity: {quantity}"));
    u64::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap()
}

/// Code that reverts with these bytes: word by word PUSH32, PUSH2, MSTORE; then REVERT.
pub(crate) fn reverting(data: &[u8]) -> String {
    let mut code = String::from("0x");
    for (index, chunk) in data.chunks(32).enumerate() {
        let mut word = [0; 32];
        word[..chunk.len()].copy_from_slice(chunk);
        code.push_str(&format!("7f{}61{:04x}52", hex::encode(word), index * 32));
    }
    code.push_str(&format!("61{:04x}5ffd", data.len()));
    code
}
