//! Two nodes that get the same transactions.

use std::io::BufReader;
use std::process::ChildStdout;

use alloy_primitives::{Address, B256, Bytes, U256, address, hex, keccak256};
use nitro_devnode::chain::ChainConfig;
use nitro_devnode::{DEV_ACCOUNT, Node};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::difference::{Difference, differences};
use super::endpoint::Endpoint;
use super::history::{inherit, without_everybodys, without_module_hash};
use super::wish::Wish;
use crate::binary::Running;
use crate::rig::number;
use crate::signer::Signer;

/// The address of a Nitro node in dev mode to compare with.
const NITRO_URL: &str = "NITRO_URL";

pub(crate) const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
pub(crate) const ARB_OWNER: Address = address!("0000000000000000000000000000000000000070");

/// One ether in wei.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// Members of a receipt that two chains agree on whatever happened before.
const RECEIPT: [&str; 11] = [
    "status",
    "gasUsed",
    "cumulativeGasUsed",
    "gasUsedForL1",
    "effectiveGasPrice",
    "contractAddress",
    "from",
    "to",
    "type",
    "transactionIndex",
    "logsBloom",
];

/// The gas backlog can be set from this ArbOS version on.
const SET_BACKLOG_VERSION: u64 = 50;

/// Most differences in a message.
const SHOWN: usize = 40;

/// Tests take turns on a node that they share.
static TURN: Mutex<()> = Mutex::const_new(());

/// What our node is compared with.
enum Other {
    /// This node again, in a process of its own; it ends with the pair.
    Process { _process: Running, _output: BufReader<ChildStdout> },
    /// Whatever answers at `NITRO_URL`.
    Nitro { _turn: MutexGuard<'static, ()> },
}

/// Our node in this process, the other one, and an account that is new to both.
pub(crate) struct Pair {
    node: Node,
    other: Other,
    pub(crate) ours: Endpoint,
    pub(crate) theirs: Endpoint,
    /// The ArbOS version of the other node, and ours unless a test says otherwise.
    pub(crate) arbos_version: u64,
    /// Whether both chains had the same newest block when they met: then every block hash is compared.
    pub(crate) is_linked: bool,
    pub(crate) signer: Signer,
    /// The nonce of the signer's next transaction.
    pub(crate) nonce: u64,
    /// Makes keys and programs that the other node has not seen before.
    salt: B256,
    pub(crate) found: Vec<Difference>,
    /// How many transactions succeeded, failed, and were refused by both nodes.
    pub(crate) tally: [usize; 3],
}

/// What is compared beside the receipt of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// `eth_estimateGas` of it, before it is sent.
    Estimate,
    /// Its trace with that configuration (JSON).
    Trace(&'static str),
}

impl Pair {
    /// Our node and the one at `NITRO_URL`; without that variable, our node and the built binary.
    /// The scenario's name makes its account.
    pub(crate) async fn meet(scenario: &str) -> Self {
        match std::env::var(NITRO_URL) {
            Ok(url) => {
                let other = Other::Nitro { _turn: TURN.lock().await };
                let theirs = Endpoint::at(&url);
                let version = arbos_version(&theirs).await;
                Self::start(scenario, other, theirs, version).await
            }
            Err(_) => Self::of_versions(scenario, ChainConfig::default().arbos_version, &[]).await,
        }
    }

    /// Our node of that ArbOS version and the built binary, from genesis, with more flags.
    pub(crate) async fn of_versions(scenario: &str, arbos_version: u64, flags: &[&str]) -> Self {
        let process = Running::with(&[&["--bare", "--strict"], flags].concat());
        Self::beside(scenario, arbos_version, process).await
    }

    /// Our node of that ArbOS version and a running process.
    pub(crate) async fn beside(
        scenario: &str,
        arbos_version: u64,
        (process, output, url): (Running, BufReader<ChildStdout>, String),
    ) -> Self {
        let other = Other::Process { _process: process, _output: output };
        Self::start(scenario, other, Endpoint::at(&url), arbos_version).await
    }

    async fn start(scenario: &str, other: Other, theirs: Endpoint, arbos_version: u64) -> Self {
        let chain = ChainConfig { arbos_version, ..ChainConfig::bare() };
        let node = Node::builder().strict().port(0).chain(chain).spawn().unwrap();
        let ours = Endpoint::at(&node.url());
        let is_linked = ours.head().await["hash"] == theirs.head().await["hash"];
        if !is_linked {
            inherit(node.chain(), &theirs).await;
        }
        let (signer, salt) = newcomer(&theirs, scenario).await;
        let found = Vec::new();
        let mut pair = Self {
            node,
            other,
            ours,
            theirs,
            arbos_version,
            is_linked,
            signer,
            nonce: 0,
            salt,
            found,
            tally: [0; 3],
        };
        // At genesis every transaction pays for L1; the scripts of dev nodes begin with this, too.
        pair.as_owner("setL1PricePerUnit(uint256)", U256::ZERO).await;
        if matches!(pair.other, Other::Nitro { .. }) && arbos_version >= SET_BACKLOG_VERSION {
            // Earlier runs have raised the price with their bursts.
            pair.as_owner("setGasBacklog(uint64)", U256::ZERO).await;
        }
        let money = Wish {
            value: U256::from(2 * ETHER),
            ..Wish::call("money", pair.signer.address, Bytes::new())
        };
        pair.as_dev(&money).await;
        pair
    }

    /// What the other node is, for messages.
    const fn counterpart(&self) -> &'static str {
        match self.other {
            Other::Nitro { .. } => "the node at NITRO_URL",
            Other::Process { .. } => {
                "this node in another process (NITRO_URL is not set: nothing is said about Nitro)"
            }
        }
    }

    /// A key that neither node has seen.
    pub(crate) fn key(&self, name: &str) -> B256 {
        keccak256([self.salt.as_slice(), name.as_bytes()].concat())
    }

    /// A module that neither node has seen: its custom section is new.
    pub(crate) fn salted(&self, mut module: Vec<u8>) -> Vec<u8> {
        // Section 0: size, length of the name, name, content (core specification 5.5.3).
        module.extend_from_slice(&[0, 37, 4]);
        module.extend_from_slice(b"salt");
        module.extend_from_slice(self.salt.as_slice());
        module
    }

    /// Sends a setting of ArbOwner to both nodes, by the dev account.
    pub(crate) async fn as_owner(&mut self, signature: &str, value: U256) {
        self.as_dev(&Wish::call(signature, ARB_OWNER, setting(signature, value))).await;
    }

    /// Sends a setting of ArbOwner to the other node alone.
    pub(crate) async fn as_owner_of_theirs(&self, signature: &str, value: U256) {
        let dev = Signer::of(&DEV_ACCOUNT);
        let nonce = self.theirs.nonce(dev.address).await;
        let raw = Wish::call(signature, ARB_OWNER, setting(signature, value)).signed(&dev, nonce);
        let answer = self.theirs.ask("eth_sendRawTransaction", &json!([raw])).await;
        assert!(answer.get("error").is_none(), "{signature}: {answer}");
    }

    /// Sends a transaction of the dev account, whose nonces may differ, to both nodes.
    pub(crate) async fn as_dev(&mut self, wish: &Wish) {
        let dev = Signer::of(&DEV_ACCOUNT);
        let ours = wish.signed(&dev, self.ours.nonce(dev.address).await);
        let theirs = wish.signed(&dev, self.theirs.nonce(dev.address).await);
        let answers = self.send(&ours, &theirs).await;
        for (endpoint, answer) in [&self.ours, &self.theirs].into_iter().zip(&answers) {
            let is_taken = answer.get("error").is_none();
            assert!(is_taken, "{} by the dev account at {}: {answer}", wish.step, endpoint.url);
            let receipt =
                endpoint.call("eth_getTransactionReceipt", json!([answer["result"]])).await;
            assert_eq!(receipt["status"], "0x1", "{} at {}: {answer}", wish.step, endpoint.url);
        }
    }

    /// Sends a transaction of the account to both nodes and compares all that it leaves; our receipt,
    /// or null if it was refused.
    pub(crate) async fn run(&mut self, wish: &Wish, probes: &[Probe]) -> Value {
        let step = &wish.step;
        if probes.contains(&Probe::Estimate) {
            self.compare_estimates(step, &wish.request(self.signer.address)).await;
        }
        let raw = wish.signed(&self.signer, self.nonce);
        let answers = self.send(&raw, &raw).await;
        self.note(step, "eth_sendRawTransaction", &answers[0], &answers[1]);
        let hash = answers[1]["result"].clone();
        if hash.is_null() || answers[0]["result"] != hash {
            self.tally[2] += 1;
            return Value::Null;
        }
        self.nonce += 1;
        let receipt = self.compare_receipts(step, &hash).await;
        for probe in probes {
            if let Probe::Trace(config) = probe {
                self.compare_traces(step, &hash, &serde_json::from_str(config).unwrap()).await;
            }
        }
        self.tally[usize::from(receipt["status"] != "0x1")] += 1;
        receipt
    }

    /// Sends one transaction to each node, to ours at the time of their block; both answers.
    async fn send(&self, ours: &str, theirs: &str) -> [Value; 2] {
        let answer = self.theirs.ask("eth_sendRawTransaction", &json!([theirs])).await;
        if let Some(hash) = answer.get("result") {
            let receipt = self.theirs.call("eth_getTransactionReceipt", json!([hash])).await;
            let block = json!([receipt["blockHash"], false]);
            let block = self.theirs.call("eth_getBlockByHash", block).await;
            self.node.chain().set_next_timestamp(number(&block["timestamp"])).unwrap();
        }
        [self.ours.ask("eth_sendRawTransaction", &json!([ours])).await, answer]
    }

    async fn compare_receipts(&mut self, step: &str, hash: &Value) -> Value {
        let method = "eth_getTransactionReceipt";
        let ours = self.ours.call(method, json!([hash])).await;
        let theirs = self.theirs.call(method, json!([hash])).await;
        if self.is_linked {
            // The block hash covers state, receipts and transactions.
            self.note(step, "receipt", &ours, &theirs);
            return ours;
        }
        for member in RECEIPT {
            self.note(step, &format!("receipt.{member}"), &ours[member], &theirs[member]);
        }
        let logs = |receipt: &Value| {
            let logs = receipt["logs"].as_array().unwrap().iter().map(|log| {
                let [address, topics, data] = ["address", "topics", "data"].map(|name| &log[name]);
                json!({ "address": address, "topics": topics, "data": data })
            });
            without_module_hash(logs.collect())
        };
        self.note(step, "receipt.logs", &logs(&ours), &logs(&theirs));
        ours
    }

    async fn compare_traces(&mut self, step: &str, hash: &Value, config: &Value) {
        let tracer = config["tracer"].as_str().unwrap();
        let params = json!([hash, config]);
        let [mut ours, mut theirs] = self.ask_both("debug_traceTransaction", &params).await;
        if tracer == "prestateTracer" && !self.is_linked {
            for answer in [&mut ours, &mut theirs] {
                answer["result"] = without_everybodys(answer["result"].take());
            }
        }
        self.note(step, tracer, &ours, &theirs);
    }

    /// Asks both nodes the same: our answer and theirs.
    pub(crate) async fn ask_both(&self, method: &str, params: &Value) -> [Value; 2] {
        [self.ours.ask(method, params).await, self.theirs.ask(method, params).await]
    }

    /// Estimates may differ by 1.5 % (devnode.md acceptance item 93), errors may not.
    async fn compare_estimates(&mut self, step: &str, request: &Value) {
        let params = json!([request, "latest"]);
        let [ours, theirs] = self.ask_both("eth_estimateGas", &params).await;
        if let (Some(_), Some(_)) = (ours.get("result"), theirs.get("result")) {
            let [mine, yours] = [number(&ours["result"]), number(&theirs["result"])];
            if mine.abs_diff(yours) * 1000 <= yours * 15 {
                return;
            }
        }
        self.note(step, "eth_estimateGas", &ours, &theirs);
    }

    /// Notes where two values differ.
    pub(crate) fn note(&mut self, step: &str, field: &str, ours: &Value, theirs: &Value) {
        self.found.extend(differences(step, field, ours, theirs));
    }

    /// Ends the comparison: there must be no difference.
    #[track_caller]
    pub(crate) fn agrees(self) {
        match self.verdict() {
            Ok(said) => println!("{said}"),
            Err(why) => panic!("{why}"),
        }
    }

    /// What was compared, or where the nodes differ.
    pub(crate) fn verdict(&self) -> Result<String, String> {
        if !self.found.is_empty() {
            let told: Vec<_> = self.found.iter().take(SHOWN).map(ToString::to_string).collect();
            return Err(format!("{} differences:\n{}", self.found.len(), told.join("\n")));
        }
        let [succeeded, failed, refused] = self.tally;
        let hashes = if self.is_linked { "compared" } else { "not compared (another past)" };
        Ok(format!(
            "compared with {}: {succeeded} transactions succeeded, {failed} failed, {refused} were \
             refused; block hashes {hashes}",
            self.counterpart()
        ))
    }
}

fn setting(signature: &str, value: U256) -> Bytes {
    [&keccak256(signature)[..4], &value.to_be_bytes::<32>()].concat().into()
}

/// The ArbOS version of a node: `arbOSVersion()` answers it plus 55.
async fn arbos_version(theirs: &Endpoint) -> u64 {
    let answer = theirs.view(ARB_SYS, hex!("051038f2").into()).await;
    U256::from_be_slice(&answer).to::<u64>() - 55
}

/// The first account of a scenario that the other node has not seen, and what made it.
async fn newcomer(theirs: &Endpoint, scenario: &str) -> (Signer, B256) {
    for run in 0_u64.. {
        let salt =
            keccak256([b"chartkey parity", scenario.as_bytes(), &run.to_be_bytes()].concat());
        let signer = Signer::with_key(keccak256(salt));
        if theirs.nonce(signer.address).await == 0 {
            return (signer, salt);
        }
    }
    unreachable!("no node has seen all of them")
}
