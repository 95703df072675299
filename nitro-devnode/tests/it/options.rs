//! What can be chosen about a node.

use alloy_primitives::{Address, hex};
use nitro_devnode::{DEV_ACCOUNT, Node, TEST_ACCOUNTS};
use serde_json::json;

use crate::rig::{Rig, number};

#[tokio::test]
async fn a_second_port_serves_where_clients_look_for_websocket() {
    let rig = Rig::with(Node::builder().ws_port(0));
    assert_ne!(rig.node.ws_url().replace("ws", "http"), rig.node.url());

    let mut socket = crate::websocket::Socket::open(&rig).await;

    assert_eq!(socket.call("eth_chainId", json!([])).await["result"], "0x64aba");
    assert_eq!(rig.call("eth_chainId", json!([])).await, "0x64aba");
}

#[tokio::test]
async fn only_the_chosen_namespaces_are_served() {
    let names = ["eth", "net"].map(str::to_owned);
    let rig = Rig::with(Node::builder().namespaces(names));

    let modules = rig.call("rpc_modules", json!([])).await;

    assert_eq!(modules, json!({ "eth": "1.0", "net": "1.0", "rpc": "1.0" }));
    assert_eq!(rig.call("net_version", json!([])).await, "412346");
    assert_eq!(rig.error("web3_clientVersion", json!([])).await.0, -32601);
}

#[tokio::test]
async fn a_node_calls_itself_what_tools_want_to_hear() {
    let rig = Rig::with(Node::builder().client_version("anvil/v1"));
    let plain = Rig::new();

    assert_eq!(rig.call("web3_clientVersion", json!([])).await, "anvil/v1");
    assert_eq!(rig.call("hardhat_metadata", json!([])).await["clientVersion"], "anvil/v1");
    let named = plain.call("web3_clientVersion", json!([])).await;
    assert!(named.as_str().unwrap().starts_with("nitro/"), "{named}");
}

#[tokio::test]
async fn a_node_with_keys_signs_for_its_accounts() {
    let rig = Rig::with(Node::builder().signing_accounts([DEV_ACCOUNT, TEST_ACCOUNTS[0]]));
    let (dev, payee) = (DEV_ACCOUNT.address, Address::repeat_byte(0xfe));

    let accounts = rig.call("eth_accounts", json!([])).await;
    let sent = json!([{ "from": dev, "to": payee, "value": "0x1" }]);
    let hash = rig.call("eth_sendTransaction", sent.clone()).await;
    let receipt = rig.call("eth_getTransactionReceipt", json!([hash])).await;
    let filled = rig.call("eth_signTransaction", sent).await;
    let hash = rig.call("eth_sendRawTransaction", json!([filled["raw"]])).await;
    let signature = rig.call("personal_sign", json!(["0x6869", dev])).await;

    assert_eq!(accounts.as_array().unwrap().len(), 2);
    assert_eq!((&receipt["status"], &receipt["from"]), (&json!("0x1"), &json!(dev)));
    assert_eq!(filled["tx"]["hash"], hash);
    let signature: alloy_primitives::Bytes = serde_json::from_value(signature).unwrap();
    let signature = alloy_primitives::Signature::from_raw(&signature).unwrap();
    assert_eq!(signature.recover_address_from_msg("hi").unwrap(), dev);
}

#[tokio::test]
async fn a_transaction_is_filled_in_without_a_key() {
    let rig = Rig::new();
    let (dev, payee) = (DEV_ACCOUNT.address, Address::repeat_byte(0xfe));
    let count = rig.call("eth_getTransactionCount", json!([dev, "latest"])).await;

    let call = json!([{ "from": dev, "to": payee, "value": "0x1" }]);
    let filled = rig.call("eth_fillTransaction", call).await;

    let tx = &filled["tx"];
    assert_eq!((&tx["nonce"], &tx["gas"]), (&count, &json!("0x5208")));
    assert_eq!((&tx["type"], &tx["chainId"]), (&json!("0x2"), &json!("0x64aba")));
    assert_eq!(number(&tx["maxFeePerGas"]), 200_000_000);
    let raw = hex::decode(filled["raw"].as_str().unwrap()).unwrap();
    assert_eq!(raw[0], 2);
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_who_wants_it() {
    let rig = Rig::new();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockReceipts","params":["0x2"]}"#;
    let ask = || {
        let request = rig.request(reqwest::Method::POST);
        request.header("content-type", "application/json").body(call)
    };

    let plain = ask().send().await.unwrap();
    let packed = ask().header("accept-encoding", "gzip, deflate").send().await.unwrap();

    assert!(plain.headers().get("content-encoding").is_none());
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let (plain, packed) = (plain.bytes().await.unwrap(), packed.bytes().await.unwrap());
    let mut unpacked = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(packed.as_ref());
    std::io::Read::read_to_end(&mut decoder, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[tokio::test]
async fn raw_blocks_hash_to_their_hashes() {
    let rig = Rig::new();
    let block = rig.call("eth_getBlockByNumber", json!(["0x1", false])).await;
    let bytes = async |method: &str| -> alloy_primitives::Bytes {
        serde_json::from_value(rig.call(method, json!(["0x1"])).await).unwrap()
    };

    let header = bytes("debug_getRawHeader").await;
    let whole = bytes("debug_getRawBlock").await;
    let receipts = rig.call("debug_getRawReceipts", json!(["0x1"])).await;

    let hash = alloy_primitives::keccak256(&header);
    assert_eq!(json!(hash), block["hash"]);
    assert_eq!(whole.len() as u64, number(&block["size"]));
    assert_eq!(receipts.as_array().unwrap().len(), 2);
    assert!(receipts[0].as_str().unwrap().starts_with("0x6a"));
}

#[tokio::test]
async fn the_namespaces_of_arbitrum_answer() {
    let rig = Rig::new();
    let head = number(&rig.call("eth_blockNumber", json!([])).await);

    let metadata = rig.call("arb_getRawBlockMetadata", json!(["0x1", "0x2"])).await;
    let model = rig.call("arbdebug_pricingModel", json!(["0x1", "latest"])).await;

    assert_eq!(metadata[0], json!({ "blockNumber": 1, "rawMetadata": "0x0000" }));
    assert_eq!(model["baseFee"].as_array().unwrap().len() as u64, head);
    assert_eq!(
        (&model["speedLimit"], &model["perBlockGasLimit"]),
        (&json!(7_000_000), &json!(32_000_000))
    );
    assert_eq!(rig.call("arb_getL1Confirmations", json!([1])).await, 0);
    assert_eq!(rig.error("arb_findBatchContainingBlock", json!([1])).await.0, -32000);
    assert!(rig.call("arb_checkPublisherHealth", json!([])).await.is_null());
    assert!(rig.call("arbdebug_timeoutQueue", json!(["latest"])).await.is_object());
}

#[tokio::test]
async fn a_transaction_with_conditions_is_sent_only_where_they_hold() {
    let rig = Rig::new();
    let signer = crate::signer::Signer::test(0);
    let contract = rig.deploy(&signer, 0, &crate::rig::store_contract()).await;
    let (zero, one) = (format!("0x{:064x}", 0), format!("0x{:064x}", 1));
    let raw = signer.transfer(1);
    let wrong = json!([raw, { "knownAccounts": { contract.to_string(): { &zero: &one } } }]);
    let right = json!([raw, { "knownAccounts": { contract.to_string(): { &zero: &zero } }, "blockNumberMax": "0x0", "timestampMin": "0x1" }]);

    let refused = rig.error("eth_sendRawTransactionConditional", wrong).await;
    let late = rig
        .error("eth_sendRawTransactionConditional", json!([raw, { "timestampMax": "0x1" }]))
        .await;
    let proof = rig.call("eth_getProof", json!([contract, [], "latest"])).await;
    let foreign_root =
        json!([raw, { "knownAccounts": { contract.to_string(): format!("0x{:064x}", 1) } }]);
    let own_root =
        json!([raw, { "knownAccounts": { contract.to_string(): proof["storageHash"] } }]);
    let root = rig.error("eth_sendRawTransactionConditional", foreign_root).await;
    let hash = rig.call("eth_sendRawTransactionConditional", right).await;
    let passed = rig.error("eth_sendRawTransactionConditional", own_root).await;

    assert_eq!((refused.0, late.0, root.0), (-32003, -32003, -32003));
    assert!(passed.1.starts_with("nonce too low"), "the condition holds: {passed:?}");
    assert!(rig.call("eth_getTransactionReceipt", json!([hash])).await.is_object());
}

#[tokio::test]
async fn the_configuration_names_precompiles_and_system_contracts() {
    let config = Rig::new().call("eth_config", json!([])).await;

    let current = &config["current"];
    assert_eq!(current["chainId"], "0x64aba");
    assert_eq!(current["precompiles"]["P256VERIFY"], "0x0000000000000000000000000000000000000100");
    assert!(current["systemContracts"]["HISTORY_STORAGE_ADDRESS"].is_string());
    assert_eq!(current["forkId"].as_str().unwrap().len(), 10);
    assert!(config["next"].is_null() && config["last"].is_null());
}
