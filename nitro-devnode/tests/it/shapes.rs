//! devnode.md sections 2.2, 2.3 and 2.9, acceptance 13 to 28: blocks, transactions, receipts.

use std::collections::BTreeSet;

use alloy_primitives::{B256, hex, keccak256};
use serde_json::{Value, json};

use crate::rig::{Rig, number};
use crate::signer::Signer;

fn members(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

const HEADER: [&str; 20] = [
    "number",
    "hash",
    "parentHash",
    "nonce",
    "mixHash",
    "sha3Uncles",
    "logsBloom",
    "stateRoot",
    "miner",
    "difficulty",
    "extraData",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "transactionsRoot",
    "receiptsRoot",
    "baseFeePerGas",
    "l1BlockNumber",
    "sendCount",
    "sendRoot",
];

#[tokio::test]
async fn the_bare_genesis_is_the_references() {
    let rig = Rig::bare();
    let block = rig.call("eth_getBlockByNumber", json!(["0x0", false])).await;

    assert_eq!(rig.call("eth_blockNumber", json!([])).await, "0x0");
    let expected = json!({
        "gasLimit": "0x4000000000000", "baseFeePerGas": "0x5f5e100", "timestamp": "0x0",
        "nonce": "0x0000000000000001", "difficulty": "0x1", "transactions": [], "uncles": [],
        "sendCount": "0x0", "l1BlockNumber": "0x0", "gasUsed": "0x0", "number": "0x0",
    });
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(&block[member], value, "{member}");
    }
    let dev = nitro_devnode::DEV_ACCOUNT.address;
    assert_eq!(rig.call("eth_getBalance", json!([dev, "latest"])).await, "0x3635c9adc5dea00000");
    for (address, code) in
        [(0x64, "0xfe"), (0x71, "0xfe"), (0xff, "0xfe"), (0x6a, "0x"), (0xc8, "0x")]
    {
        let account = format!("{address:#042x}");
        assert_eq!(rig.call("eth_getCode", json!([account, "latest"])).await, code, "{account}");
    }
}

#[tokio::test]
async fn a_block_has_ethereums_members_and_arbitrums() {
    let rig = Rig::new();
    let receipt = rig.mine(&Signer::test(0).transfer(0)).await;
    let hash = &receipt["blockHash"];

    let block = rig.call("eth_getBlockByHash", json!([hash, false])).await;
    let header = rig.call("eth_getHeaderByHash", json!([hash])).await;
    let same_header = rig.call("eth_getHeaderByNumber", json!([block["number"]])).await;

    assert_eq!(members(&header), BTreeSet::from(HEADER));
    let body = ["size", "transactions", "uncles"];
    assert_eq!(members(&block), BTreeSet::from(HEADER).into_iter().chain(body).collect());
    assert_eq!(header, same_header);
    assert_eq!(rig.call("eth_getBlockByNumber", json!([block["number"], false])).await, block);
    assert_eq!(block["miner"], "0xa4b000000000000000000073657175656e636572");
    assert_eq!(block["extraData"], block["sendRoot"]);
    assert_eq!(block["transactions"].as_array().unwrap().len(), 2);
    assert_eq!(block["transactions"][1], receipt["transactionHash"]);
    assert_eq!(block["gasUsed"], "0x5208");
    assert_eq!(block["baseFeePerGas"], receipt["effectiveGasPrice"]);
}

#[tokio::test]
async fn the_block_hash_is_the_hash_of_the_header_as_shown() {
    let rig = Rig::new();
    rig.mine(&Signer::test(0).transfer(0)).await;
    let block = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    let word = |name: &str| serde_json::from_value::<B256>(block[name].clone()).unwrap();
    let bytes = |name: &str| hex::decode(block[name].as_str().unwrap()).unwrap();
    let header = alloy_consensus::Header {
        parent_hash: word("parentHash"),
        ommers_hash: word("sha3Uncles"),
        beneficiary: serde_json::from_value(block["miner"].clone()).unwrap(),
        state_root: word("stateRoot"),
        transactions_root: word("transactionsRoot"),
        receipts_root: word("receiptsRoot"),
        logs_bloom: serde_json::from_value(block["logsBloom"].clone()).unwrap(),
        difficulty: serde_json::from_value(block["difficulty"].clone()).unwrap(),
        number: number(&block["number"]),
        gas_limit: number(&block["gasLimit"]),
        gas_used: number(&block["gasUsed"]),
        timestamp: number(&block["timestamp"]),
        extra_data: bytes("extraData").into(),
        mix_hash: word("mixHash"),
        nonce: serde_json::from_value(block["nonce"].clone()).unwrap(),
        base_fee_per_gas: Some(number(&block["baseFeePerGas"])),
        ..Default::default()
    };

    assert_eq!(header.hash_slow(), word("hash"));
}

#[tokio::test]
async fn each_block_starts_with_the_internal_transaction() {
    let rig = Rig::new();
    rig.mine(&Signer::test(0).transfer(0)).await;
    let block = rig.call("eth_getBlockByNumber", json!(["latest", true])).await;
    let parent = rig.call("eth_getBlockByHash", json!([block["parentHash"], false])).await;

    let internal = &block["transactions"][0];
    let receipt = rig.call("eth_getTransactionReceipt", json!([internal["hash"]])).await;

    let arbos = "0x00000000000000000000000000000000000a4b05";
    assert_eq!((&internal["from"], &internal["to"]), (&json!(arbos), &json!(arbos)));
    assert_eq!((&internal["type"], &internal["gas"]), (&json!("0x6a"), &json!("0x0")));
    assert_eq!(
        (&internal["v"], &internal["r"], &internal["s"]),
        (&json!("0x0"), &json!("0x0"), &json!("0x0"))
    );
    assert_eq!(internal["chainId"], "0x64aba");
    assert!(internal.get("yParity").is_none());
    let input = internal["input"].as_str().unwrap();
    let passed = number(&block["timestamp"]) - number(&parent["timestamp"]);
    assert!(input.starts_with("0x6bf6a42d"));
    assert!(input.ends_with(&format!("{passed:064x}")), "{input}");
    assert_eq!((&receipt["status"], &receipt["gasUsed"]), (&json!("0x1"), &json!("0x0")));
    let raw = rig.call("eth_getRawTransactionByHash", json!([internal["hash"]])).await;
    let raw = hex::decode(raw.as_str().unwrap()).unwrap();
    assert_eq!(json!(keccak256(raw)), internal["hash"]);
}

#[tokio::test]
async fn a_receipt_has_arbitrums_members_and_none_of_the_blobs() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let receipt = rig.mine(&signer.transfer(0)).await;

    let expected = BTreeSet::from([
        "blockHash",
        "blockNumber",
        "transactionHash",
        "transactionIndex",
        "from",
        "to",
        "type",
        "status",
        "gasUsed",
        "cumulativeGasUsed",
        "effectiveGasPrice",
        "contractAddress",
        "logs",
        "logsBloom",
        "gasUsedForL1",
        "l1BlockNumber",
        "timeboosted",
    ]);
    assert_eq!(members(&receipt), expected);
    assert_eq!(receipt["type"], "0x2");
    assert_eq!(receipt["l1BlockNumber"], "0x0");
    assert_eq!(receipt["timeboosted"], false);
    assert_eq!(receipt["contractAddress"], Value::Null);
    assert_eq!(receipt["from"], json!(signer.address));
    let of_block = rig.call("eth_getBlockReceipts", json!([receipt["blockHash"]])).await;
    assert_eq!(of_block[1], receipt);
    assert_eq!(of_block.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_transaction_is_found_by_hash_and_by_position() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let raw = signer.transfer(0);
    let receipt = rig.mine(&raw).await;
    let (hash, block, number) =
        (&receipt["transactionHash"], &receipt["blockHash"], &receipt["blockNumber"]);

    let shown = rig.call("eth_getTransactionByHash", json!([hash])).await;

    let by_hash = "eth_getTransactionByBlockHashAndIndex";
    let by_number = "eth_getTransactionByBlockNumberAndIndex";
    assert_eq!(rig.call(by_hash, json!([block, "0x1"])).await, shown);
    assert_eq!(rig.call(by_number, json!([number, "0x1"])).await, shown);
    assert_eq!(rig.call(by_number, json!([number, "0x2"])).await, Value::Null);
    assert_eq!(rig.call("eth_getRawTransactionByHash", json!([hash])).await, raw);
    let raw_by_number = "eth_getRawTransactionByBlockNumberAndIndex";
    assert_eq!(rig.call(raw_by_number, json!([number, "0x1"])).await, raw);
    assert_eq!(rig.call(raw_by_number, json!([number, "0x2"])).await, "0x");
    assert_eq!(shown["yParity"], shown["v"]);
    assert_eq!(shown["accessList"], json!([]));
    assert_eq!(shown["chainId"], "0x64aba");
    assert!(shown.get("blockTimestamp").is_none());
}

#[tokio::test]
async fn what_does_not_exist_is_null() {
    let rig = Rig::new();
    let unknown = format!("0x{}", "11".repeat(32));

    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0xffff", true])),
        ("eth_getBlockByHash", json!([unknown, true])),
        ("eth_getHeaderByHash", json!([unknown])),
        ("eth_getBlockReceipts", json!(["0xffff"])),
        ("eth_getTransactionByHash", json!([unknown])),
        ("eth_getTransactionReceipt", json!([unknown])),
        ("eth_getBlockTransactionCountByHash", json!([unknown])),
        ("eth_getUncleByBlockNumberAndIndex", json!(["latest", "0x0"])),
        ("eth_blobBaseFee", json!([])),
    ] {
        assert_eq!(rig.call(method, params).await, Value::Null, "{method}");
    }
    assert_eq!(rig.call("eth_getBlockTransactionCountByNumber", json!(["latest"])).await, "0x2");
    assert_eq!(rig.call("eth_getUncleCountByBlockNumber", json!(["latest"])).await, "0x0");
}

#[tokio::test]
async fn a_pending_block_is_the_latest_unsealed() {
    let rig = Rig::new();

    let pending = rig.call("eth_getBlockByNumber", json!(["pending", false])).await;
    let latest = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;

    let header = rig.call("eth_getHeaderByNumber", json!(["pending"])).await;
    assert_eq!(pending["number"], latest["number"]);
    for member in ["hash", "nonce", "miner"] {
        assert_eq!(pending[member], Value::Null, "{member}");
        assert_eq!(header[member], Value::Null, "{member}");
    }
}
