//! What the explorer Otterscan asks for (devnode.md section 7.1).

use alloy_primitives::{Address, U256, hex};
use nitro_devnode::Node;
use serde_json::{Value, json};

use crate::rig::{Rig, number, store, store_contract};
use crate::signer::Signer;

/// Creates a contract without code and gives 1 wei to 0x77: PUSH0 PUSH0 PUSH0 CREATE POP; PUSH0 ×4
/// PUSH1 1 PUSH1 77 GAS CALL POP; PUSH0 PUSH0 RETURN.
const GIVER: &[u8] = &hex!("5f5f5ff0505f5f5f5f600160775af1505f5ff3");

fn lower(address: Address) -> String {
    address.to_string().to_lowercase()
}

#[tokio::test]
async fn a_block_is_shown_with_its_fees_and_page_by_page() {
    let rig = Rig::new();
    let receipt = rig.mine(&Signer::test(0).transfer(0)).await;
    let height = number(&receipt["blockNumber"]);

    let details = rig.call("ots_getBlockDetails", json!([height])).await;
    let by_hash = rig.call("ots_getBlockDetailsByHash", json!([receipt["blockHash"]])).await;
    let page =
        |page: u64, size: u64| rig.call("ots_getBlockTransactions", json!([height, page, size]));
    let (first, second, beyond) = (page(0, 1).await, page(1, 1).await, page(7, 1).await);

    assert_eq!(details, by_hash);
    assert_eq!(details["block"]["transactionCount"], 2);
    assert!(details["block"].get("transactions").is_none());
    let paid = U256::from(21_000 * 100_000_000_u64);
    assert_eq!(details["totalFees"], format!("{paid:#x}"));
    assert_eq!(first["fullblock"]["transactions"][0]["type"], "0x6a");
    assert_eq!(second["fullblock"]["transactions"][0]["hash"], receipt["transactionHash"]);
    assert_eq!(second["receipts"][0]["transactionHash"], receipt["transactionHash"]);
    assert_eq!(second["receipts"][0]["timestamp"], details["block"]["timestamp"]);
    assert_eq!(beyond["receipts"], json!([]));
    assert!(rig.call("ots_getBlockDetails", json!([999])).await.is_null());
    assert_eq!(rig.call("ots_getApiLevel", json!([])).await, 8);
}

#[tokio::test]
async fn what_happened_inside_of_a_transaction_is_told() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let giver = rig.deploy(&signer, 0, GIVER).await;
    rig.call("anvil_setBalance", json!([giver, "0x5"])).await;
    let receipt = rig.mine(&signer.call(1, giver, [])).await;
    let hash = &receipt["transactionHash"];

    let operations = rig.call("ots_getInternalOperations", json!([hash])).await;
    let trace = rig.call("ots_traceTransaction", json!([hash])).await;

    let payee = format!("{:#042x}", 0x77);
    assert_eq!(operations[0]["type"], 2, "{operations}");
    assert_eq!(operations[0]["from"], lower(giver));
    let transfer = json!({ "type": 0, "from": lower(giver), "to": payee, "value": "0x1" });
    assert_eq!(operations[1], transfer);
    assert_eq!(operations.as_array().unwrap().len(), 2);
    let frames: Vec<(&str, u64)> = trace
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| (frame["type"].as_str().unwrap(), frame["depth"].as_u64().unwrap()))
        .collect();
    assert_eq!(frames, [("CALL", 0), ("CREATE", 1), ("CALL", 1)]);
    assert_eq!(trace[2]["to"], payee);
}

#[tokio::test]
async fn an_error_is_what_the_transaction_reverted_with() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    // PUSH1 2a PUSH0 MSTORE8 PUSH1 1 PUSH0 REVERT
    let reverting = rig.deploy(&signer, 0, &hex!("602a5f5360015ffd")).await;
    let failed = rig.mine(&signer.call(1, reverting, [])).await;
    let fine = rig.mine(&signer.transfer(2)).await;
    let error = |hash: Value| rig.call("ots_getTransactionError", json!([hash]));

    assert_eq!(error(failed["transactionHash"].clone()).await, "0x2a");
    assert_eq!(error(fine["transactionHash"].clone()).await, "0x");
    assert_eq!(error(json!(format!("0x{}", "11".repeat(32)))).await, "0x");
}

#[tokio::test]
async fn transactions_of_an_account_are_found_also_where_it_was_only_called() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let payee = format!("{:#042x}", 0x77);
    let giver = rig.deploy(&signer, 0, GIVER).await;
    rig.call("anvil_setBalance", json!([giver, "0x5"])).await;
    let mut hashes = Vec::new();
    for nonce in 1..4 {
        let receipt = rig.mine(&signer.call(nonce, giver, [])).await;
        hashes.push(receipt["transactionHash"].clone());
        rig.mine(&Signer::test(1).transfer(nonce - 1)).await;
    }
    let search = async |way: &str, account: String, block: u64, size: u64| {
        let method = format!("ots_searchTransactions{way}");
        rig.call(&method, json!([account, block, size])).await
    };
    let found = |page: &Value| -> Vec<Value> {
        page["txs"].as_array().unwrap().iter().map(|one| one["hash"].clone()).collect()
    };

    let newest = search("Before", payee.clone(), 0, 2).await;
    let end = number(&newest["txs"][1]["blockNumber"]);
    let older = search("Before", payee.clone(), end, 2).await;
    let oldest = search("After", payee.clone(), 0, 2).await;
    let of_sender = search("Before", lower(signer.address), 0, 100).await;

    assert_eq!(found(&newest), [hashes[2].clone(), hashes[1].clone()]);
    assert_eq!((&newest["firstPage"], &newest["lastPage"]), (&json!(true), &json!(false)));
    assert_eq!(found(&older), [hashes[0].clone()]);
    assert_eq!((&older["firstPage"], &older["lastPage"]), (&json!(false), &json!(true)));
    assert_eq!(found(&oldest), [hashes[1].clone(), hashes[0].clone()]);
    assert_eq!((&oldest["firstPage"], &oldest["lastPage"]), (&json!(false), &json!(true)));
    assert_eq!(found(&of_sender).len(), 4);
    assert_eq!(of_sender["receipts"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn creators_and_senders_are_looked_up() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let giver = rig.deploy(&signer, 0, GIVER).await;
    rig.mine(&signer.transfer(1)).await;
    let store = rig.deploy(&signer, 2, &store_contract()).await;
    rig.mine(&signer.call(3, store, self::store(7))).await;
    let creator = |account: Address| rig.call("ots_getContractCreator", json!([account]));
    let nonce =
        |nonce: u64| rig.call("ots_getTransactionBySenderAndNonce", json!([signer.address, nonce]));

    assert_eq!(
        creator(store).await,
        json!({ "hash": nonce(2).await, "creator": lower(signer.address) })
    );
    assert_eq!(creator(giver).await["hash"], nonce(0).await);
    assert!(creator(signer.address).await.is_null());
    assert!(creator(Address::with_last_byte(0x64)).await.is_null());
    assert!(nonce(9).await.is_null());
    assert_eq!(rig.call("ots_hasCode", json!([store])).await, true);
    assert_eq!(rig.call("ots_hasCode", json!([store, 1])).await, false);
    let strict = Rig::with(Node::builder().strict());
    assert_eq!(strict.error("ots_getApiLevel", json!([])).await.0, -32601);
}
