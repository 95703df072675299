//! Looking into the state: `debug_…`, devnode.md section 5.1.

use alloy_primitives::{Address, B256, hex, keccak256};
use serde_json::{Value, json};

use crate::rig::{Rig, store, store_contract};
use crate::signer::Signer;

/// A contract with 7 in slot 0, and the transactions that made it so in blocks of their own.
async fn stored(rig: &Rig) -> (Address, Value) {
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let receipt = rig.mine(&signer.call(1, contract, store(7))).await;
    (contract, receipt)
}

fn text(account: Address) -> String {
    account.to_string().to_lowercase()
}

#[tokio::test]
async fn the_storage_is_shown_as_it_was_before_a_transaction() {
    let rig = Rig::new();
    let (contract, receipt) = stored(&rig).await;
    let range = |block: Value, index: u64| {
        rig.call("debug_storageRangeAt", json!([block, index, contract, "0x", 10]))
    };
    let next = rig.mine(&Signer::test(0).transfer(2)).await;

    let before = range(receipt["blockHash"].clone(), 1).await;
    let after = range(next["blockNumber"].clone(), 0).await;

    assert_eq!(before, json!({ "storage": null, "nextKey": null }));
    let key = keccak256(B256::ZERO).to_string();
    let slot = json!({ "key": B256::ZERO, "value": B256::with_last_byte(7) });
    assert_eq!(after, json!({ "storage": { key: slot }, "nextKey": null }));
}

#[tokio::test]
async fn storage_comes_in_pages_in_the_order_of_the_trie() {
    let rig = Rig::new();
    let arbos = "0xA4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf";
    rig.mine(&Signer::test(0).transfer(0)).await;
    let mut start = "0x".to_owned();
    let mut keys = Vec::new();

    loop {
        let range = rig.call("debug_storageRangeAt", json!(["latest", 0, arbos, start, 10])).await;
        let page = range["storage"].as_object().unwrap();
        assert!(page.len() <= 10);
        keys.extend(page.keys().cloned());
        for (key, slot) in page {
            let number: B256 = serde_json::from_value(slot["key"].clone()).unwrap();
            assert_eq!(*key, keccak256(number).to_string());
        }
        let Some(next) = range["nextKey"].as_str() else { break };
        start = next.to_owned();
    }

    assert!(keys.len() > 20, "{} slots", keys.len());
    assert!(keys.is_sorted(), "{keys:?}");
}

#[tokio::test]
async fn a_transaction_that_a_block_does_not_have_is_refused() {
    let rig = Rig::new();
    let (contract, receipt) = stored(&rig).await;
    let (number, hash) = (receipt["blockNumber"].clone(), receipt["blockHash"].clone());

    let beyond = rig.error("debug_storageRangeAt", json!([number, 2, contract, "0x", 10])).await;
    let genesis = rig.error("debug_storageRangeAt", json!(["0x0", 0, contract, "0x", 10])).await;
    let unknown = rig.error("debug_storageRangeAt", json!(["0xffff", 0, contract, "0x", 1])).await;

    let text = format!("transaction index 2 out of range for block {}", hash.as_str().unwrap());
    assert_eq!(beyond, (-32000, text));
    assert_eq!(genesis, (-32000, "no transaction in genesis".to_owned()));
    assert_eq!(unknown, (-32000, "block #65535 not found".to_owned()));
}

#[tokio::test]
async fn accounts_come_in_pages_and_agree_with_their_proofs() {
    let rig = Rig::new();
    let (contract, _) = stored(&rig).await;
    let head = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    let range = |start: Value, most: i64, bare: bool| {
        rig.call("debug_accountRange", json!(["latest", start, most, bare, bare, false]))
    };

    let all = range(json!("0x"), 0, false).await;
    let first = range(json!("0x"), 3, true).await;
    let second = range(first["next"].clone(), 3, true).await;
    let dump = rig.call("debug_dumpBlock", json!(["latest"])).await;

    assert_eq!(all, dump);
    assert_eq!(format!("0x{}", all["root"].as_str().unwrap()), head["stateRoot"]);
    assert!(all.get("next").is_none(), "{}", all["next"]);
    let shown = &all["accounts"][contract.to_string()];
    let proof = rig.call("eth_getProof", json!([contract, [], "latest"])).await;
    assert_eq!(shown["root"], proof["storageHash"]);
    assert_eq!(shown["codeHash"], proof["codeHash"]);
    assert_eq!(shown["nonce"], 1);
    assert_eq!(shown["balance"], "0");
    assert_eq!(shown["code"], hex::encode_prefixed(store_contract()));
    assert_eq!(shown["storage"], json!({ B256::ZERO.to_string(): "07" }));
    assert_eq!(shown["key"], keccak256(contract).to_string());
    let keys = |page: &Value| {
        let accounts = page["accounts"].as_object().unwrap().values();
        let mut keys: Vec<String> =
            accounts.map(|one| one["key"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    };
    let pages = [keys(&first), keys(&second)].concat();
    assert_eq!(pages, keys(&all)[..6]);
    let bare = first["accounts"].as_object().unwrap().values().next().unwrap().clone();
    assert!(bare.get("code").is_none() && bare.get("storage").is_none(), "{bare}");
}

#[tokio::test]
async fn the_last_intermediate_root_is_the_block_s() {
    let rig = Rig::new();
    let (_, receipt) = stored(&rig).await;
    let block = rig.call("eth_getBlockByHash", json!([receipt["blockHash"], false])).await;
    let genesis = rig.call("eth_getBlockByNumber", json!(["0x0", false])).await;

    let roots = rig.call("debug_intermediateRoots", json!([receipt["blockHash"]])).await;
    let refused = rig.error("debug_intermediateRoots", json!([genesis["hash"]])).await;

    assert_eq!(roots.as_array().unwrap().len(), 2);
    assert_ne!(roots[0], roots[1]);
    assert_eq!(roots[1], block["stateRoot"]);
    assert_eq!(refused, (-32000, "genesis is not traceable".to_owned()));
}

#[tokio::test]
async fn hashes_of_addresses_slots_and_codes_are_looked_up() {
    let rig = Rig::new();
    let (contract, _) = stored(&rig).await;
    let code = store_contract();
    let preimage = |hash: B256| rig.call("debug_preimage", json!([hash]));
    let key = format!("0x63{}", hex::encode(keccak256(&code)));

    assert_eq!(preimage(keccak256(contract)).await, text(contract));
    assert_eq!(preimage(keccak256(B256::ZERO)).await, B256::ZERO.to_string());
    let unknown = rig.error("debug_preimage", json!([B256::repeat_byte(9)])).await;
    assert_eq!(unknown, (-32000, "unknown preimage".to_owned()));
    let found = rig.call("debug_codeByHash", json!([keccak256(&code)])).await;
    assert_eq!(found, hex::encode_prefixed(&code));
    assert_eq!(rig.call("debug_dbGet", json!([key])).await, found);
    let missing = rig.call("debug_codeByHash", json!([B256::repeat_byte(9)])).await;
    assert_eq!(missing, "0x");
    let printed = rig.call("debug_printBlock", json!([1])).await;
    assert!(printed.as_str().unwrap().contains("stateRoot"), "{printed}");
}

#[tokio::test]
async fn modified_accounts_are_those_that_differ() {
    let rig = Rig::new();
    let (contract, receipt) = stored(&rig).await;
    let number = u64::from_str_radix(&receipt["blockNumber"].as_str().unwrap()[2..], 16).unwrap();
    let by_number = |params: Value| rig.call("debug_getModifiedAccountsByNumber", params);

    let one = by_number(json!([number])).await;
    let by_hash = rig.call("debug_getModifiedAccountsByHash", json!([receipt["blockHash"]])).await;
    let range = by_number(json!([number - 1, number])).await;
    let wrong = rig.error("debug_getModifiedAccountsByNumber", json!([number, number - 1])).await;

    assert_eq!((&one, &one), (&by_hash, &range));
    let list: Vec<String> = serde_json::from_value(one).unwrap();
    assert!(list.contains(&text(contract)), "{list:?}");
    assert!(list.contains(&text(Signer::test(0).address)), "{list:?}");
    assert!(!list.contains(&text(Signer::test(1).address)), "{list:?}");
    let reason = format!(
        "start block height ({number}) must be less than end block height ({})",
        number - 1
    );
    assert_eq!(wrong, (-32000, reason));
}
