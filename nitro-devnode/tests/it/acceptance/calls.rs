//! D. Calls, estimates, fees.

use alloy_primitives::{Address, U256, hex};
use nitro_devnode::DEV_ACCOUNT;
use serde_json::{Value, json};

use crate::rig::{Rig, number, reverting, store, store_contract};
use crate::signer::Signer;

const ANYWHERE: &str = "0x4141414141414141414141414141414141414141";

const fn precompile(last: u8) -> Address {
    Address::with_last_byte(last)
}

/// Runs code that is there for this call only; the whole answer.
async fn run(rig: &Rig, code: &str) -> Value {
    let overrides = json!({ ANYWHERE: { "code": code } });
    rig.raw_call("eth_call", json!([{ "to": ANYWHERE }, "latest", overrides])).await
}

#[tokio::test]
async fn item_49_an_unknown_selector_of_a_precompile_reverts_without_data() {
    let rig = Rig::new();

    let call = json!([{ "to": precompile(0x64), "data": "0xdeadbeef" }, "latest"]);
    let answer = rig.raw_call("eth_call", call).await;

    let expected = json!({ "code": 3, "message": "execution reverted", "data": "0x" });
    assert_eq!(answer["error"], expected);
}

#[tokio::test]
async fn item_50_a_custom_error_of_a_precompile_is_named_with_its_arguments() {
    let rig = Rig::new();
    let head = number(&rig.call("eth_blockNumber", json!([])).await);
    let input = format!("0x2b407a82{:064x}", 999_999);

    let call = json!([{ "to": precompile(0x64), "data": input }, "latest"]);
    let error = rig.raw_call("eth_call", call).await["error"].clone();

    assert_eq!(error["code"], 3, "{error}");
    let text = format!("execution reverted: error InvalidBlockNumber(999999, {head})");
    assert_eq!(error["message"], text);
    assert!(error["data"].as_str().unwrap().starts_with("0xd5dc642d"), "{error}");
}

#[tokio::test]
async fn item_51_who_owns_nothing_may_not_set_anything() {
    let rig = Rig::new();
    let input = format!("0x4d7a060d{:064x}", 1);

    let call = json!([{ "from": ANYWHERE, "to": precompile(0x70), "data": input }, "latest"]);
    let refused = rig.error("eth_call", call).await;

    let text = "unauthorized caller to access-controlled method";
    assert_eq!(refused, (-32000, text.to_owned()));
}

#[tokio::test]
async fn item_52_solidity_errors_are_told_in_the_message() {
    let rig = Rig::new();
    // Error("x"), Panic(1), and an error of somebody's own.
    let reason = format!("08c379a0{:064x}{:064x}78{}", 32, 1, "0".repeat(62));
    let assertion = format!("4e487b71{:064x}", 1);
    let own = format!("cafebabe{:064x}", 42);

    for (data, message) in [
        (reason, "execution reverted: x"),
        (assertion, "execution reverted: assert(false)"),
        (own, "execution reverted"),
    ] {
        let error = run(&rig, &reverting(&hex::decode(&data).unwrap())).await["error"].clone();

        let expected = json!({ "code": 3, "message": message, "data": format!("0x{data}") });
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn item_53_an_endless_loop_runs_out_of_gas() {
    let rig = Rig::new();

    let answer = run(&rig, "0x5b5f56").await;

    assert_eq!(answer["error"], json!({ "code": -32000, "message": "out of gas" }));
}

#[tokio::test]
async fn item_54_every_part_of_an_account_can_be_pretended_for_one_call() {
    let rig = Rig::new();
    let (zero, seven) = (format!("0x{:064x}", 0), format!("0x{:064x}", 7));
    // PUSH0 SLOAD / SELFBALANCE, then PUSH0 MSTORE PUSH1 32 PUSH0 RETURN.
    let (sload, balance) = ("0x5f545f5260205ff3", "0x475f5260205ff3");
    let cases = [
        json!({ "code": sload, "state": { &zero: &seven } }),
        json!({ "code": sload, "stateDiff": { &zero: &seven } }),
        json!({ "code": balance, "balance": "0x7" }),
        // CREATE of nothing at nonce 7: the address tells the nonce.
        json!({ "code": "0x5f5f5ff05f5260205ff3", "nonce": "0x7" }),
    ];
    let created: Address = ANYWHERE.parse::<Address>().unwrap().create(7);
    let expected = [
        seven.clone(),
        seven.clone(),
        seven.clone(),
        json!(created.into_word()).as_str().unwrap().to_owned(),
    ];
    for (account, expected) in cases.into_iter().zip(expected) {
        let overrides = json!({ ANYWHERE: account });

        let answer = rig.call("eth_call", json!([{ "to": ANYWHERE }, "latest", overrides])).await;

        assert_eq!(answer, expected, "{overrides}");
    }
    let both = json!({ ANYWHERE: { "state": {}, "stateDiff": {} } });
    let refused = rig.error("eth_call", json!([{ "to": ANYWHERE }, "latest", both])).await;
    assert!(refused.1.ends_with("has both 'state' and 'stateDiff'"), "{refused:?}");
}

#[tokio::test]
async fn item_55_the_prices_are_those_of_a_quiet_chain() {
    let rig = Rig::new();

    let history = rig.call("eth_feeHistory", json!(["0x4", "latest", [20, 50]])).await;

    assert_eq!(rig.call("eth_gasPrice", json!([])).await, "0x5f5e100");
    assert_eq!(rig.call("eth_maxPriorityFeePerGas", json!([])).await, "0x0");
    assert_eq!(history["baseFeePerGas"], json!(vec!["0x5f5e100"; 5]));
    assert_eq!(history["reward"], json!(vec![["0x0", "0x0"]; 4]));
}

#[tokio::test]
async fn item_56_a_call_at_an_older_block_sees_its_state() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let first = rig.mine(&signer.call(1, contract, store(1))).await;
    rig.mine(&signer.call(2, contract, store(2))).await;
    let sload = json!({ contract.to_string(): { "code": "0x5f545f5260205ff3" } });

    let at =
        async |block: Value| rig.call("eth_call", json!([{ "to": contract }, block, sload])).await;

    assert_eq!(at(first["blockNumber"].clone()).await, format!("0x{:064x}", 1));
    assert_eq!(at(json!({ "blockHash": first["blockHash"] })).await, format!("0x{:064x}", 1));
    assert_eq!(at(json!("latest")).await, format!("0x{:064x}", 2));
    let unknown = rig.error("eth_call", json!([{ "to": contract }, "0xffff"])).await;
    assert_eq!(unknown, (-32000, "header not found".to_owned()));
}

#[tokio::test]
async fn item_57_pending_is_the_latest_block_without_its_seal() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    rig.mine(&signer.transfer(0)).await;

    let latest = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    let pending = rig.call("eth_getBlockByNumber", json!(["pending", false])).await;

    assert_eq!(pending["number"], latest["number"]);
    assert!(pending["hash"].is_null() && pending["nonce"].is_null() && pending["miner"].is_null());
    for tag in ["latest", "pending"] {
        let count = rig.call("eth_getTransactionCount", json!([signer.address, tag])).await;
        assert_eq!(count, "0x1", "{tag}");
    }
}

/// `gasEstimateComponents(address,bool,bytes)` of NodeInterface: its four words.
async fn components(rig: &Rig) -> Vec<u64> {
    let to = DEV_ACCOUNT.address.into_word();
    let input = format!("0xc94e6eeb{}{:064x}{:064x}{:064x}", hex::encode(to), 0, 96, 0);
    let call = json!([{ "from": DEV_ACCOUNT.address, "to": precompile(0xc8), "data": input }]);
    let answer = rig.call("eth_call", call).await;
    let words = hex::decode(answer.as_str().unwrap()).unwrap();
    words.chunks(32).map(|word| U256::from_be_slice(word).to::<u64>()).collect()
}

#[tokio::test]
async fn item_58_node_interface_tells_the_l1_part_before_and_after_the_bootstrap() {
    let bare = components(&Rig::bare()).await;
    let ready = components(&Rig::new()).await;

    assert!(bare[1] > 0, "{bare:?}");
    assert_eq!(bare[2], 100_000_000);
    assert_eq!(ready[1..], [0, 100_000_000, 0]);
    assert!((21_000..25_000).contains(&ready[0]), "{ready:?}");
}

#[tokio::test]
async fn item_59_node_interface_knows_genesis_and_no_l1() {
    let rig = Rig::new();
    let block = rig.call("eth_getBlockByNumber", json!(["0x1", false])).await;
    let hash = block["hash"].as_str().unwrap().trim_start_matches("0x").to_owned();

    for input in ["93a2fe21".to_owned(), format!("6f275ef2{:064x}", 1), format!("e5ca238c{hash}")] {
        let call = json!([{ "to": precompile(0xc8), "data": format!("0x{input}") }, "latest"]);

        assert_eq!(rig.call("eth_call", call).await, format!("0x{:064x}", 0), "{input}");
    }
}

#[tokio::test]
async fn item_60_simulated_blocks_see_each_other_and_have_geths_shape() {
    let rig = Rig::new();
    let head = rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    let (sender, payee) = (Signer::test(0).address, Address::repeat_byte(0x61));
    let contract: Address = "0x6262626262626262626262626262626262626262".parse().unwrap();
    let store_call =
        json!({ "from": sender, "to": contract, "input": hex::encode_prefixed(store(7)) });
    let blocks = json!([
        {
            "stateOverrides": { contract.to_string(): { "code": hex::encode_prefixed(store_contract()) } },
            "calls": [
                { "from": sender, "to": payee, "value": "0x5" },
                store_call,
                { "from": sender, "to": contract },
            ],
        },
        { "blockOverrides": { "number": format!("{:#x}", number(&head["number"]) + 3) }, "calls": [
            { "from": payee, "to": sender, "value": "0x5" },
        ] },
    ]);

    let wish = json!({ "blockStateCalls": blocks, "traceTransfers": true });
    let done = rig.call("eth_simulateV1", json!([wish, "latest"])).await;

    let done = done.as_array().unwrap();
    assert_eq!(done.len(), 3, "one block fills the gap");
    let calls = done[0]["calls"].as_array().unwrap();
    assert_eq!(done[0]["parentHash"], head["hash"]);
    assert_eq!(done[1]["parentHash"], done[0]["hash"]);
    assert_eq!(done[0]["transactions"].as_array().unwrap().len(), 3);
    assert_eq!((&calls[0]["status"], &calls[0]["gasUsed"]), (&json!("0x1"), &json!("0x5208")));
    let transfer = &calls[0]["logs"][0];
    assert_eq!(transfer["address"], "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
    assert_eq!(transfer["topics"][2], json!(payee.into_word()));
    assert_eq!(calls[1]["returnData"], format!("0x{:064x}", 7));
    assert_eq!(calls[1]["logs"][0]["topics"][0], format!("0x{:064x}", 7));
    assert_eq!((&calls[2]["status"], &calls[2]["error"]["code"]), (&json!("0x0"), &json!(3)));
    assert_eq!(done[2]["calls"][0]["status"], "0x1", "the money of the first block is there");
    let balance = rig.call("eth_getBalance", json!([payee, "latest"])).await;
    assert_eq!(balance, "0x0", "a simulation changed the chain");
}

#[tokio::test]
async fn a_series_that_contradicts_itself_is_refused_with_the_codes_of_its_method() {
    let rig = Rig::new();
    let sender = Signer::test(0).address;
    let refused = async |wish: Value| rig.error("eth_simulateV1", json!([wish, "latest"])).await.0;
    let numbered = |number: &str| json!({ "blockOverrides": { "number": number } });
    let call =
        |call: Value| json!({ "validation": true, "blockStateCalls": [{ "calls": [call] }] });

    assert_eq!(refused(json!({ "blockStateCalls": [numbered("0x1")] })).await, -38020);
    assert_eq!(refused(json!({ "blockStateCalls": [numbered("0xffff")] })).await, -38026);
    assert_eq!(refused(json!({ "blockStateCalls": [] })).await, -32602);
    assert_eq!(refused(call(json!({ "from": sender, "nonce": "0x9" }))).await, -38011);
    assert_eq!(refused(call(json!({ "from": sender }))).await, -38012);
    let time = json!({ "blockOverrides": { "time": "0x1" } });
    assert_eq!(refused(json!({ "blockStateCalls": [time] })).await, -38021);
}

#[tokio::test]
async fn an_access_list_names_what_a_call_touches() {
    let rig = Rig::new();
    let contract = rig.deploy(&Signer::test(0), 0, &store_contract()).await;
    let call = json!({ "to": contract, "input": hex::encode_prefixed(store(1)) });

    let found = rig.call("eth_createAccessList", json!([call, "latest"])).await;
    let failed = rig.call("eth_createAccessList", json!([{ "to": contract }])).await;

    let expected = json!([{ "address": contract, "storageKeys": [format!("0x{:064x}", 0)] }]);
    assert_eq!(found["accessList"], expected);
    assert!(number(&found["gasUsed"]) > 21_000);
    assert_eq!(
        (&failed["error"], &failed["accessList"]),
        (&json!("execution reverted"), &json!([]))
    );
}

#[tokio::test]
async fn an_access_list_names_what_reverting_frames_touch() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    // PUSH1 1, SLOAD, POP, PUSH0, PUSH0, REVERT
    let inner = rig.deploy(&signer, 0, &hex!("600154505f5ffd")).await;
    // PUSH0 ×5, PUSH20, GAS, CALL, STOP
    let call = [&hex!("5f5f5f5f5f73")[..], inner.as_slice(), &hex!("5af100")].concat();
    let outer = rig.deploy(&signer, 1, &call).await;

    for called in [inner, outer] {
        let found = rig.call("eth_createAccessList", json!([{ "to": called }, "latest"])).await;

        let expected = json!([{ "address": inner, "storageKeys": [format!("0x{:064x}", 1)] }]);
        assert_eq!(found["accessList"], expected, "{found}");
    }
}

#[tokio::test]
async fn a_simulated_transaction_is_one_of_this_chain() {
    let rig = Rig::new();
    let calls = json!([{ "from": Signer::test(0).address, "value": "0x1" }]);
    let options =
        json!({ "blockStateCalls": [{ "calls": calls }], "returnFullTransactions": true });

    let blocks = rig.call("eth_simulateV1", json!([options, "latest"])).await;

    assert_eq!(blocks[0]["transactions"][0]["chainId"], "0x64aba");
}
