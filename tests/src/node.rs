//! The node of a test: its own, or the one at `NITRO_URL`.

use std::thread;

use ethers::core::types::{Address, TransactionRequest, U256};
use ethers::middleware::SignerMiddleware;
use ethers::providers::{Http, Middleware, Provider};
use ethers::signers::{LocalWallet, Signer};
use nitro_devnode::Node;
use serde_json::{Value, json};

use crate::contracts::{ANVIL_KEYS, DEV_KEY};
use crate::turn::Turn;

/// The address of a node to run the tests against, instead of a node of its own for each.
const NITRO_URL: &str = "NITRO_URL";

/// What an account has at least when a test begins on a node that was there before, in ether.
const LEAST_ETHER: u64 = 20;

/// A node with the accounts of anvil, and money in them.
#[derive(Debug)]
pub struct TestNode {
    url: String,
    /// A node of the test's own ends with it.
    _own: Option<Node>,
    /// A node that tests share is the next one's then.
    _turn: Option<Turn>,
}

impl TestNode {
    /// The node at `NITRO_URL`, when no other test uses it; without that variable, a new one.
    ///
    /// # Panics
    ///
    /// If there is no node.
    #[must_use]
    pub fn start() -> Self {
        let Ok(url) = std::env::var(NITRO_URL) else {
            let node = Node::builder().port(0).spawn().expect("a node");
            return Self { url: node.url(), _own: Some(node), _turn: None };
        };
        let node = Self { url, _own: None, _turn: Some(Turn::take()) };
        aside(fill_up(node.url()));
        node
    }

    /// A node that a test has started by itself and uses alone.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), _own: None, _turn: None }
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// What it answers to a call.
    ///
    /// # Panics
    ///
    /// If it refuses: a test that needs what Nitro does not have is named in `own-node.txt`.
    #[must_use]
    pub fn rpc(&self, method: &str, params: &Value) -> Value {
        let reply = self.answer(method, params);
        reply.get("result").unwrap_or_else(|| panic!("{method}: {reply}")).clone()
    }

    /// The whole answer, error or result.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    #[must_use]
    pub fn answer(&self, method: &str, params: &Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let url = self.url();
        aside(async move {
            let http = reqwest::Client::builder().no_proxy().build().expect("a plain client");
            let sent = http.post(url).header("content-type", "application/json");
            let reply = sent.body(body.to_string()).send().await.expect("the node is up");
            serde_json::from_slice(&reply.bytes().await.expect("a body")).expect("JSON")
        })
    }

    /// The number of its newest block.
    ///
    /// # Panics
    ///
    /// If it has none.
    #[must_use]
    pub fn head(&self) -> u64 {
        let head = self.rpc("eth_blockNumber", &json!([]));
        let head = head.as_str().and_then(|head| head.strip_prefix("0x")).expect("a quantity");
        u64::from_str_radix(head, 16).expect("a number")
    }
}

/// Waits for a future on a thread of its own: tests are inside and outside of runtimes.
fn aside<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let wait = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(future)
    };
    thread::spawn(wait).join().expect("the thread ends well")
}

/// Gives anvil's accounts money from the dev account, where earlier tests have spent it.
async fn fill_up(url: String) {
    let provider = Provider::<Http>::try_from(url).expect("NITRO_URL is an address");
    let provider = provider.interval(std::time::Duration::from_millis(20));
    let dev: LocalWallet = DEV_KEY.parse().expect("a key");
    let dev = SignerMiddleware::new_with_provider_chain(provider, dev).await;
    let dev = dev.expect("the node at NITRO_URL answers");
    let least = U256::exp10(18) * LEAST_ETHER;
    for key in ANVIL_KEYS {
        let account: Address = key.parse::<LocalWallet>().expect("a key").address();
        if dev.get_balance(account, None).await.expect("a balance") < least {
            let money = TransactionRequest::pay(account, least);
            let sent = dev.send_transaction(money, None).await.expect("the dev account has money");
            drop(sent.await.expect("mined").expect("a receipt"));
        }
    }
}
