//! `eth_getProof` (devnode.md 5.1).

use serde_json::{Value, json};

use crate::rig::Rig;

const DEV: &str = "0x3f1eae7d46d88f08fc2f8ed27fcb2ab183eb2d0e";
const ARBOS_STATE: &str = "0xa4b05fffffffffffffffffffffffffffffffffff";
/// Slot of the ArbOS version (devnode.md appendix A).
const VERSION: &str = "0x15fed0451499512d95f3ec5a41c878b9de55f21878b5b4e190d4667ec709b400";

#[tokio::test]
async fn a_proof_starts_at_the_state_root_and_shows_account_and_slots() {
    let rig = Rig::new();

    let proof = rig.call("eth_getProof", json!([ARBOS_STATE, [VERSION, "0x0"], "latest"])).await;

    assert_eq!(proof["address"], ARBOS_STATE);
    assert_eq!((&proof["nonce"], &proof["balance"]), (&json!("0x1"), &json!("0x0")));
    let [version, other] = proof["storageProof"].as_array().unwrap().as_slice() else {
        panic!("two slots: {proof}")
    };
    assert_eq!((&version["key"], &version["value"]), (&json!(VERSION), &json!("0x33")));
    assert_eq!((&other["key"], &other["value"]), (&json!("0x0"), &json!("0x0")));
    let root = |node: &Value| {
        let node = alloy_primitives::hex::decode(node.as_str().unwrap()).unwrap();
        json!(alloy_primitives::keccak256(node))
    };
    let block = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(root(&proof["accountProof"][0]), block["stateRoot"]);
    assert_eq!(root(&version["proof"][0]), proof["storageHash"]);
    let genesis = rig.call("eth_getProof", json!([DEV, [], "0x0"])).await;
    assert_eq!(genesis["balance"], "0x3635c9adc5dea00000");
    let block = rig.call("eth_getBlockByNumber", json!(["0x0", false])).await;
    assert_eq!(root(&genesis["accountProof"][0]), block["stateRoot"]);
}

#[tokio::test]
async fn proofs_that_make_no_sense_are_refused() {
    let rig = Rig::new();
    assert_eq!(rig.error("eth_getProof", json!([DEV, ["0xzz"], "latest"])).await.0, -32602);
    assert_eq!(
        rig.error("eth_getProof", json!([DEV, vec!["0x1"; 1025], "latest"])).await.0,
        -32602
    );
    assert_eq!(rig.error("eth_getProof", json!([DEV])).await.0, -32602);
    let unknown = rig.error("eth_getProof", json!([DEV, [], "0xffff"])).await;
    assert_eq!(unknown, (-32000, "header not found".to_owned()));
}
