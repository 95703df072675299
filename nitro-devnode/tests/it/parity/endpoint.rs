//! A node that is known by its address only.

use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

/// A client of one node. It asks for nothing but what Nitro serves.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    client: reqwest::Client,
}

impl Endpoint {
    pub(crate) fn at(url: &str) -> Self {
        // A transaction may wait for its block, a trace for its execution.
        let client = reqwest::Client::builder().timeout(Duration::from_secs(120)).build().unwrap();
        Self { url: url.to_owned(), client }
    }

    /// One call; the whole answer.
    pub(crate) async fn ask(&self, method: &str, params: &Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = self.client.post(&self.url).header("content-type", "application/json");
        let answer = match request.body(call.to_string()).send().await {
            Ok(answer) => answer.bytes().await,
            Err(error) => panic!("{method} at {}: {error}", self.url),
        };
        serde_json::from_slice(&answer.unwrap()).unwrap()
    }

    /// One call that must succeed; its result.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, &params).await;
        assert!(answer.get("error").is_none(), "{method} at {}: {answer}", self.url);
        answer["result"].take()
    }

    /// Sends a transaction that must be included.
    pub(crate) async fn send(&self, raw: &str) {
        let hash = self.call("eth_sendRawTransaction", json!([raw])).await;
        let receipt = self.call("eth_getTransactionReceipt", json!([hash])).await;
        assert!(receipt.is_object(), "no receipt of {hash} at {}", self.url);
    }

    /// The newest block.
    pub(crate) async fn head(&self) -> Value {
        self.call("eth_getBlockByNumber", json!(["latest", false])).await
    }

    /// How many transactions an account has sent.
    pub(crate) async fn nonce(&self, account: Address) -> u64 {
        let count = self.call("eth_getTransactionCount", json!([account, "latest"])).await;
        crate::rig::number(&count)
    }

    /// A word of an account's storage.
    pub(crate) async fn storage(&self, account: Address, slot: B256) -> U256 {
        let word = self.call("eth_getStorageAt", json!([account, slot, "latest"])).await;
        let word: B256 = serde_json::from_value(word).unwrap();
        word.into()
    }

    /// What a call of a contract answers.
    pub(crate) async fn view(&self, to: Address, input: Bytes) -> Bytes {
        let answer = self.call("eth_call", json!([{ "to": to, "data": input }, "latest"])).await;
        serde_json::from_value(answer).unwrap()
    }
}
