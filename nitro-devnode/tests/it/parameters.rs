//! devnode.md section 5.2: quantities, data, addresses and blocks are read strictly.

use serde_json::{Value, json};

use crate::rig::Rig;

const DEV: &str = "0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E";

#[tokio::test]
async fn wrong_parameters_are_named_by_position_and_reason() {
    let rig = Rig::new();
    let cases: [(&str, Value, &str); 21] = [
        ("eth_getBalance", json!([]), "missing value for required argument 0"),
        ("eth_getBalance", json!([null, "latest"]), "missing value for required argument 0"),
        (
            "eth_getBalance",
            json!(["0x12", "latest"]),
            "invalid argument 0: hex string has length 2",
        ),
        ("eth_getBalance", json!([7, "latest"]), "invalid argument 0: json: cannot unmarshal non-"),
        (
            "eth_getBalance",
            json!([DEV, "0x01"]),
            "invalid argument 1: hex number with leading zero",
        ),
        ("eth_getBalance", json!([DEV, "1"]), "invalid argument 1: hex string without 0x prefix"),
        ("eth_getBalance", json!([DEV, 1]), "invalid argument 1: hex string without 0x prefix"),
        ("eth_getBalance", json!([DEV, "latest", 1]), "too many arguments, want at most 2"),
        ("eth_chainId", json!([1]), "too many arguments, want at most 0"),
        ("eth_getBlockByNumber", json!(["latest", "yes"]), "invalid argument 1"),
        ("eth_getBlockByNumber", json!(["latest"]), "missing value for required argument 1"),
        ("eth_getBlockByHash", json!(["0x12", false]), "hex string has length 2, want 64"),
        ("eth_sendRawTransaction", json!(["0x1"]), "hex string of odd length"),
        ("eth_sendRawTransaction", json!(["f8"]), "hex string without 0x prefix"),
        ("eth_call", json!([{ "value": "0x01" }]), "leading zero digits"),
        ("eth_call", json!([{ "gas": 21000 }]), "cannot unmarshal non-string"),
        ("eth_call", json!([[]]), "invalid argument 0"),
        ("eth_getStorageAt", json!([DEV, "0xzz", "latest"]), "unable to decode storage key"),
        (
            "eth_getProof",
            json!([DEV, [format!("0x{:065}", 0)], "latest"]),
            "unable to decode storage key: hex string too long, want at most 32 bytes",
        ),
        ("eth_getBalance", json!([DEV, "0x8000000000000000"]), "block number larger than int64"),
        ("eth_newFilter", json!([{ "fromBlock": "0x5", "toBlock": "0x1" }]), "invalid block range"),
    ];
    for (method, params, reason) in cases {
        let (code, message) = rig.error(method, params.clone()).await;

        assert_eq!(code, -32602, "{method} {params}: {message}");
        assert!(message.contains(reason), "{method} {params}: {message}");
    }
}

#[tokio::test]
async fn a_block_that_is_not_there_has_no_state() {
    let rig = Rig::new();
    let unknown = json!({ "blockHash": format!("0x{}", "11".repeat(32)) });

    let by_number = rig.error("eth_getBalance", json!([DEV, "0xffff"])).await;
    let by_hash = rig.error("eth_getBalance", json!([DEV, unknown])).await;
    let call = rig.error("eth_call", json!([{ "to": DEV }, "0xffff"])).await;

    assert_eq!(by_number, (-32000, "header not found".to_owned()));
    assert_eq!(by_hash, (-32000, "header for hash not found".to_owned()));
    assert_eq!(call, (-32000, "header not found".to_owned()));
}

#[tokio::test]
async fn every_name_of_a_block_reads_the_same_state() {
    let rig = Rig::new();
    let head = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    let expected = rig.call("eth_getBalance", json!([DEV, "latest"])).await;

    for block in [
        json!("pending"),
        json!("safe"),
        json!("finalized"),
        head["number"].clone(),
        head["hash"].clone(),
        json!({ "blockHash": head["hash"], "requireCanonical": true }),
        json!({ "blockNumber": head["number"] }),
        Value::Null,
    ] {
        assert_eq!(rig.call("eth_getBalance", json!([DEV, block])).await, expected, "{block}");
    }
}

#[tokio::test]
async fn storage_slots_are_short_or_long() {
    let rig = Rig::new();
    let arbos = "0xA4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf";
    let version = "0x15fed0451499512d95f3ec5a41c878b9de55f21878b5b4e190d4667ec709b400";

    let stored = rig.call("eth_getStorageAt", json!([arbos, version, "latest"])).await;
    let empty = rig.call("eth_getStorageAt", json!([DEV, "0x0", "latest"])).await;

    assert_eq!(stored, format!("0x{:064x}", 51));
    assert_eq!(empty, format!("0x{}", "0".repeat(64)));
}
