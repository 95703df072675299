//! What blocks say of the world around them can be set (devnode.md sections 7.1 and 7.4, rule 4), and
//! so can whom ecrecover finds.

use alloy_primitives::{Address, hex};
use nitro_devnode::Node;
use serde_json::{Value, json};

use crate::rig::{Rig, number};
use crate::signer::Signer;

/// Answers with NUMBER and COINBASE, and stores both.
const ANSWERS: &[u8] = &hex!("435f5541600155435f524160205260405ff3");

fn word(number: u64) -> String {
    format!("{number:064x}")
}

async fn call(rig: &Rig, to: Address, block: &str) -> String {
    let answer = rig.call("eth_call", json!([{ "to": to }, block])).await;
    answer.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_l1_block_number_is_what_contracts_blocks_and_receipts_report() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, ANSWERS).await;
    let before = rig.call("eth_blockNumber", json!([])).await;

    assert!(rig.call("arb_setL1BlockNumber", json!([77])).await.is_null());
    let pending = call(&rig, contract, "pending").await;
    let unchanged = call(&rig, contract, "latest").await;
    let receipt = rig.mine(&signer.call(1, contract, [])).await;
    rig.mine(&signer.call(2, contract, [])).await;

    assert!(pending.starts_with(&format!("0x{}", word(77))), "{pending}");
    assert!(unchanged.starts_with(&format!("0x{}", word(0))), "{unchanged}");
    assert_eq!(receipt["l1BlockNumber"], "0x4d");
    let stored = rig.call("eth_getStorageAt", json!([contract, "0x0", "latest"])).await;
    assert_eq!(stored, format!("0x{}", word(77)));
    let block = rig.call("eth_getBlockByNumber", json!([receipt["blockNumber"], true])).await;
    assert_eq!(block["l1BlockNumber"], "0x4d");
    // startBlock(uint256 l1BaseFee, uint64 l1BlockNumber, …)
    let start = block["transactions"][0]["input"].as_str().unwrap();
    assert_eq!(&start[10 + 64..10 + 128], word(77));
    let head = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(head["l1BlockNumber"], "0x4d", "it stays");
    assert!(call(&rig, contract, "latest").await.starts_with(&format!("0x{}", word(77))));
    let older = call(&rig, contract, before.as_str().unwrap()).await;
    assert!(older.starts_with(&format!("0x{}", word(0))), "{older}");
    // A trace runs the transaction with what its block said.
    let trace = rig.call("debug_traceTransaction", json!([receipt["transactionHash"]])).await;
    let returned = trace["returnValue"].as_str().unwrap().trim_start_matches("0x");
    assert!(returned.starts_with(&word(77)), "{trace}");
    // NodeInterface.blockL1Num
    let data = format!("0x6f275ef2{}", word(number(&receipt["blockNumber"])));
    let interface = "0x00000000000000000000000000000000000000c8";
    let told = rig.call("eth_call", json!([{ "to": interface, "data": data }, "latest"])).await;
    assert_eq!(told, format!("0x{}", word(77)));
}

#[tokio::test]
async fn l1_does_not_go_back_but_for_a_snapshot() {
    let rig = Rig::new();
    let id = rig.call("evm_snapshot", json!([])).await;
    rig.call("arb_setL1BlockNumber", json!(["0x10"])).await;

    let lower = rig.error("arb_setL1BlockNumber", json!([15])).await;
    rig.call("evm_mine", json!([])).await;
    let mined = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    rig.call("evm_revert", json!([id])).await;
    rig.call("evm_mine", json!([])).await;
    let reverted = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    rig.call("arb_setL1BlockNumber", json!([15])).await;
    rig.call("anvil_reset", json!([])).await;
    rig.call("evm_mine", json!([])).await;
    let reset = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;

    assert_eq!(lower.0, -32602);
    assert_eq!(mined["l1BlockNumber"], "0x10");
    assert_eq!(reverted["l1BlockNumber"], "0x0");
    assert_eq!(reset["l1BlockNumber"], "0x0");
    let strict = Rig::with(Node::builder().strict());
    assert_eq!(strict.error("arb_setL1BlockNumber", json!([1])).await.0, -32601);
}

#[tokio::test]
async fn the_coinbase_is_what_contracts_and_blocks_report() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, ANSWERS).await;
    let miner = "0x00000000000000000000000000000000000c0de0";

    assert!(rig.call("hardhat_setCoinbase", json!([miner])).await.is_null());
    let receipt = rig.mine(&signer.call(1, contract, [])).await;

    let block = rig.call("eth_getBlockByNumber", json!([receipt["blockNumber"], false])).await;
    assert_eq!(block["miner"], miner);
    let stored = rig.call("eth_getStorageAt", json!([contract, "0x1", "latest"])).await;
    assert_eq!(stored, format!("0x{}", word(0xc0de0)));
    assert_eq!(receipt["status"], "0x1");
    let hash = rig.call("eth_getBlockByHash", json!([block["hash"], false])).await;
    assert_eq!(hash, block);
    assert_eq!(rig.call("eth_coinbase", json!([])).await, miner);
}

#[tokio::test]
async fn a_signature_can_be_anybody_s() {
    let rig = Rig::new();
    let (r, s) = ("11".repeat(32), "22".repeat(32));
    let account = "0x00000000000000000000000000000000000c0de0";
    let recover = async |v: u64| -> Value {
        let data = format!("0x{}{}{r}{s}", "33".repeat(32), word(v));
        let to = "0x0000000000000000000000000000000000000001";
        rig.call("eth_call", json!([{ "to": to, "data": data }, "latest"])).await
    };
    let honest = (recover(27).await, recover(28).await);

    rig.call("anvil_impersonateSignature", json!([format!("0x{r}{s}1b"), account])).await;
    rig.call("anvil_impersonateSignature", json!([[format!("0x{r}{s}05"), account]])).await;

    let pretended = format!("0x{}", word(0xc0de0));
    assert_ne!(honest.0, pretended);
    assert_eq!(recover(27).await, pretended);
    assert_eq!(recover(28).await, honest.1);
    assert_eq!(recover(5).await, pretended);
    let short = rig.error("anvil_impersonateSignature", json!(["0x1234", account])).await;
    assert_eq!(short.0, -32602);
    rig.call("anvil_reset", json!([])).await;
    assert_eq!(recover(27).await, honest.0);
}
