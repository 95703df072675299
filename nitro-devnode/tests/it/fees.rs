//! devnode.md section 2.10, acceptance 55.

use nitro_devnode::Node;
use serde_json::json;

use crate::rig::Rig;
use crate::signer::Signer;

#[tokio::test]
async fn the_price_is_the_base_fee_and_tips_are_not_wanted() {
    let rig = Rig::new();

    assert_eq!(rig.call("eth_gasPrice", json!([])).await, "0x5f5e100");
    assert_eq!(rig.call("eth_maxPriorityFeePerGas", json!([])).await, "0x0");
}

#[tokio::test]
async fn a_chosen_base_fee_is_the_price_from_the_start() {
    let rig = Rig::with(Node::builder().min_base_fee(2_000_000_000));
    assert_eq!(rig.call("eth_gasPrice", json!([])).await, "0x77359400");

    rig.call("anvil_reset", json!([])).await;

    assert_eq!(rig.call("eth_gasPrice", json!([])).await, "0x77359400");
    let head = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(head["baseFeePerGas"], "0x77359400");
    // The default takes no block.
    let plain = Rig::with(Node::builder().min_base_fee(100_000_000));
    assert_eq!(plain.call("eth_blockNumber", json!([])).await, "0x7");
}

#[tokio::test]
async fn the_fee_history_covers_the_blocks_and_the_one_after() {
    let rig = Rig::new();
    for nonce in 0..5 {
        rig.mine(&Signer::test(0).transfer(nonce)).await;
    }

    let history = rig.call("eth_feeHistory", json!(["0x4", "latest", [20, 50]])).await;
    let by_number = rig.call("eth_feeHistory", json!([4, "latest", [20.0, 50.0]])).await;
    let by_text = rig.call("eth_feeHistory", json!(["4", "latest", [20.0, 50.0]])).await;
    let without = rig.call("eth_feeHistory", json!(["0x4", "latest", []])).await;
    let whole = rig.call("eth_feeHistory", json!(["0x400", "latest", null])).await;

    assert_eq!(history["baseFeePerGas"], json!(vec!["0x5f5e100"; 5]));
    assert_eq!(history["reward"], json!(vec![["0x0", "0x0"]; 4]));
    let ratios = history["gasUsedRatio"].as_array().unwrap();
    assert_eq!(ratios.len(), 4);
    assert!(ratios.iter().all(|ratio| (0.0..=1.0).contains(&ratio.as_f64().unwrap())));
    assert_eq!(history, by_number);
    assert_eq!(history, by_text);
    assert!(without.get("reward").is_none());
    assert_eq!(whole["oldestBlock"], "0x0");
}

#[tokio::test]
async fn percentiles_must_rise() {
    let rig = Rig::new();

    for percentiles in [json!([50, 20]), json!([101]), json!([-1])] {
        let (_, message) = rig.error("eth_feeHistory", json!(["0x1", "latest", percentiles])).await;

        assert!(message.starts_with("invalid reward percentile"), "{message}");
    }
}
