//! devnode.md sections 2.11, 2.12 and 5.4, acceptance D.

use alloy_primitives::{Address, hex};
use serde_json::{Value, json};

use crate::rig::{Rig, number, store, store_contract};
use crate::signer::Signer;

const ANYWHERE: &str = "0x00000000000000000000000000000000000c0de0";

/// Runs code that stands at an address only for this call.
async fn run(rig: &Rig, code: &str) -> Value {
    let overrides = json!({ ANYWHERE: { "code": code } });
    rig.raw_call("eth_call", json!([{ "to": ANYWHERE }, "latest", overrides])).await
}

#[tokio::test]
async fn a_revert_has_code_3_and_its_data_as_text() {
    let rig = Rig::new();
    // MSTOREs the words from offset 0 and reverts with `length` bytes.
    let revert = |words: &[&str], length: usize| {
        let mut code = String::from("0x");
        for (index, word) in words.iter().enumerate() {
            code.push_str(&format!("7f{word:0<64}60{:02x}52", 32 * index));
        }
        code + &format!("60{length:02x}5ffd")
    };
    let text = format!("08c379a0{:064x}{:064x}{}", 0x20, 1, hex::encode("x"));
    let (first, rest) = text.split_at(64);
    let (second, third) = rest.split_at(64);
    let panic = format!("4e487b71{:064x}", 1);
    let (panic_head, panic_tail) = panic.split_at(64);

    let empty = run(&rig, "0x5f5ffd").await;
    let error = run(&rig, &revert(&[first, second, third], 100)).await;
    let assertion = run(&rig, &revert(&[panic_head, panic_tail], 36)).await;
    let custom = run(&rig, &revert(&["deadbeef"], 4)).await;

    let expected = json!({ "code": 3, "message": "execution reverted", "data": "0x" });
    assert_eq!(empty["error"], expected);
    assert_eq!(error["error"]["message"], "execution reverted: x");
    assert!(error["error"]["data"].as_str().unwrap().starts_with("0x08c379a0"));
    assert_eq!(assertion["error"]["message"], "execution reverted: assert(false)");
    let expected = json!({ "code": 3, "message": "execution reverted", "data": "0xdeadbeef" });
    assert_eq!(custom["error"], expected);
}

#[tokio::test]
async fn item_70_a_program_that_is_not_there_is_named_not_activated() {
    let rig = Rig::new();
    let wasm = "0x0000000000000000000000000000000000000071";
    // codehashVersion(0x11…11)
    let input = format!("0xd70c0ca7{}", "11".repeat(32));

    let answer = rig.raw_call("eth_call", json!([{ "to": wasm, "data": input }])).await;

    let error = &answer["error"];
    assert_eq!(error["code"], 3, "{answer}");
    assert_eq!(error["message"], "execution reverted: error ProgramNotActivated()");
    assert_eq!(error["data"], "0x6f809c4e");
}

#[tokio::test]
async fn other_failures_have_their_text_and_no_data() {
    let rig = Rig::new();
    for (code, text) in [
        ("0x5b5f56", "out of gas"),
        ("0xfe", "invalid opcode"),
        ("0x01", "stack underflow"),
        ("0x600356", "invalid jump destination"),
        // KECCAK256 of 2^256 - 1 bytes
        ("0x5f195f20", "gas uint64 overflow"),
    ] {
        let answer = run(&rig, code).await;

        let error = &answer["error"];
        assert_eq!(error["code"], -32000, "{code}: {answer}");
        assert!(error["message"].as_str().unwrap().starts_with(text), "{code}: {answer}");
        assert!(error.get("data").is_none(), "{answer}");
    }
}

#[tokio::test]
async fn a_call_changes_nothing_and_a_historical_one_sees_its_block() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let first = rig.mine(&signer.call(1, contract, store(1))).await;
    rig.mine(&signer.call(2, contract, store(2))).await;
    let input = hex::encode_prefixed(store(9));

    let answer = rig.call("eth_call", json!([{ "to": contract, "input": input }])).await;

    assert_eq!(answer, format!("0x{:064x}", 9));
    let slot =
        async |block: Value| rig.call("eth_getStorageAt", json!([contract, "0x0", block])).await;
    assert_eq!(slot(json!("latest")).await, format!("0x{:064x}", 2));
    assert_eq!(slot(first["blockNumber"].clone()).await, format!("0x{:064x}", 1));
    let before = number(&first["blockNumber"]) - 2;
    let code = rig.call("eth_getCode", json!([contract, format!("{before:#x}")])).await;
    assert_eq!(code, "0x");
}

#[tokio::test]
async fn overrides_pretend_every_part_of_an_account() {
    let rig = Rig::new();
    // SLOAD(0), MSTORE, RETURN
    let sload = "0x5f545f5260205ff3";
    // SELFBALANCE, MSTORE, RETURN
    let balance = "0x475f5260205ff3";
    let (zero, seven) = (format!("0x{:064x}", 0), format!("0x{:064x}", 7));
    let cases = [
        (json!({ "code": sload, "state": { &zero: &seven } }), 7),
        (json!({ "code": sload, "stateDiff": { &zero: &seven } }), 7),
        (json!({ "code": sload }), 0),
        (json!({ "code": balance, "balance": "0x7" }), 7),
    ];
    for (account, expected) in cases {
        let overrides = json!({ ANYWHERE: account });

        let answer = rig.call("eth_call", json!([{ "to": ANYWHERE }, "latest", overrides])).await;

        assert_eq!(answer, format!("0x{expected:064x}"), "{overrides}");
    }
    let both = json!({ ANYWHERE: { "state": {}, "stateDiff": {} } });
    let (code, message) = rig.error("eth_call", json!([{ "to": ANYWHERE }, "latest", both])).await;
    assert_eq!(code, -32000);
    assert!(message.ends_with("has both 'state' and 'stateDiff'"), "{message}");
    assert_eq!(run(&rig, balance).await["result"], zero, "an override outlived its call");
}

#[tokio::test]
async fn block_overrides_pretend_the_block() {
    let rig = Rig::new();
    // TIMESTAMP, MSTORE, RETURN
    let overrides = json!({ ANYWHERE: { "code": "0x425f5260205ff3" } });
    let block = json!({ "time": "0x1234", "prevRandao": format!("0x{:064x}", 1) });

    let answer =
        rig.call("eth_call", json!([{ "to": ANYWHERE }, "latest", overrides, block])).await;
    // DIFFICULTY, MSTORE, RETURN; prevRandao means nothing.
    let overrides = json!({ ANYWHERE: { "code": "0x445f5260205ff3" } });
    let block = json!({ "difficulty": "0x7", "prevRandao": format!("0x{:064x}", 9) });
    let difficulty =
        rig.call("eth_call", json!([{ "to": ANYWHERE }, "latest", overrides, block])).await;

    assert_eq!(answer, format!("0x{:064x}", 0x1234));
    assert_eq!(difficulty, format!("0x{:064x}", 7));
}

#[tokio::test]
async fn members_that_contradict_each_other_are_refused() {
    let rig = Rig::new();

    let two_inputs = rig.error("eth_call", json!([{ "data": "0x01", "input": "0x02" }])).await;
    let two_prices =
        rig.error("eth_call", json!([{ "gasPrice": "0x1", "maxFeePerGas": "0x1" }])).await;
    let same =
        rig.raw_call("eth_call", json!([{ "to": ANYWHERE, "data": "0x01", "input": "0x01" }]));

    assert!(two_inputs.1.starts_with("both \"data\" and \"input\" are set"), "{two_inputs:?}");
    assert_eq!(two_prices.1, "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    assert_eq!(same.await["result"], "0x");
}

#[tokio::test]
async fn a_call_keeps_the_rules_of_transactions_but_nonce_and_code() {
    let rig = Rig::new();
    let from = Signer::test(0).address;
    let long = hex::encode_prefixed(vec![0; 49_153]);
    let to = ANYWHERE;
    let tip = json!({ "from": from, "to": to, "gas": "0x5208", "maxFeePerGas": "0x5f5e100",
        "maxPriorityFeePerGas": "0x5f5e101" });
    let fee = json!({ "from": from, "to": to, "gas": "0x5208", "maxFeePerGas": "0x1" });
    let cases = [
        (
            json!({ "data": long }),
            "max initcode size exceeded: code size 49153 limit 49152".into(),
            50_000_000,
        ),
        (json!({ "to": to, "gas": "0x1" }), "intrinsic gas too low: have 1, want 21000".into(), 1),
        (
            tip,
            format!(
                "max priority fee per gas higher than max fee per gas: address {from}, \
            maxPriorityFeePerGas: 100000001, maxFeePerGas: 100000000"
            ),
            21_000,
        ),
        (
            fee,
            format!(
                "max fee per gas less than block base fee: address {from}, \
            maxFeePerGas: 1, baseFee: 100000000"
            ),
            21_000,
        ),
    ];
    for (call, reason, gas) in cases {
        let error = rig.error("eth_call", json!([call])).await;
        assert_eq!(error, (-32000, format!("err: {reason} (supplied gas {gas})")));
    }
    let other = rig.error("eth_call", json!([{ "to": to, "chainId": "0x1" }])).await;
    let text = "chainId does not match node's (have=1, want=412346)".to_owned();
    assert_eq!(other, (-32000, text));
    let own = json!([{ "to": to, "chainId": "0x64aba", "nonce": "0x99" }]);
    assert_eq!(rig.call("eth_call", own).await, "0x");
}

#[tokio::test]
async fn an_estimate_refuses_in_its_own_words() {
    let rig = Rig::new();
    let poor = Address::repeat_byte(0x77);
    let long = hex::encode_prefixed(vec![0; 49_153]);
    let value = json!([{ "from": poor, "to": ANYWHERE, "value": "0x1" }]);

    let value = rig.error("eth_estimateGas", value).await;
    let long = rig.error("eth_estimateGas", json!([{ "data": long }])).await;
    let starved = rig.error("eth_estimateGas", json!([{ "data": "0xfe", "gas": "0x5209" }])).await;

    let funds = format!("insufficient funds for gas * price + value: address {poor} have 0 want 1");
    assert_eq!(value, (-32000, format!("failed with 50000000 gas: {funds}")));
    let size = "max initcode size exceeded: code size 49153 limit 49152";
    assert_eq!(long, (-32000, format!("failed with 50000000 gas: {size}")));
    assert_eq!(starved, (-32000, "gas required exceeds allowance (21001)".to_owned()));
}

#[tokio::test]
async fn an_estimate_is_enough_and_not_far_above() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let input = hex::encode_prefixed(store(1));
    let request = json!({ "from": signer.address, "to": contract, "data": input });

    let transfer = json!([{ "from": signer.address, "to": ANYWHERE, "value": "0x1" }]);
    let estimate = number(&rig.call("eth_estimateGas", json!([request])).await);
    let receipt = rig.mine(&signer.call(1, contract, store(1))).await;

    assert_eq!(rig.call("eth_estimateGas", transfer).await, "0x5208");
    let used = number(&receipt["gasUsed"]);
    assert!(estimate >= used, "{estimate} < {used}");
    assert!(estimate < used + used / 5, "{estimate} is far above {used}");
    let with_block = json!([request, "latest"]);
    assert!(number(&rig.call("eth_estimateGas", with_block).await) > 0);
}

#[tokio::test]
async fn an_estimate_that_cannot_succeed_says_why() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &store_contract()).await;
    let poor = Address::repeat_byte(0x77);

    let reverts = rig.raw_call("eth_estimateGas", json!([{ "to": contract }])).await;
    let loops = json!([{ "to": ANYWHERE }, "latest", { ANYWHERE: { "code": "0x5b5f56" } }]);
    let loops = rig.error("eth_estimateGas", loops).await;
    let value = json!([{ "from": poor, "to": ANYWHERE, "value": "0x1" }]);
    let value = rig.error("eth_estimateGas", value).await;

    let expected = json!({ "code": 3, "message": "execution reverted", "data": "0x" });
    assert_eq!(reverts["error"], expected);
    assert!(loops.1.starts_with("gas required exceeds allowance ("), "{loops:?}");
    assert!(value.1.contains("insufficient funds"), "{value:?}");
}

#[tokio::test]
async fn other_connections_are_served_while_a_call_runs() {
    let rig = Rig::new();
    let overrides = json!({ ANYWHERE: { "code": "0x5b5f56" } });
    let endless = json!([{ "to": ANYWHERE }, "latest", overrides]);

    let running = (0..8).map(|_| rig.raw_call("eth_call", endless.clone()));
    let running = futures_util::future::join_all(running);
    let quick = async {
        for _ in 0..20 {
            assert_eq!(rig.call("eth_chainId", json!([])).await, "0x64aba");
        }
    };

    let (answers, ()) = futures_util::future::join(running, quick).await;
    for answer in answers {
        assert_eq!(answer["error"]["code"], -32000, "{answer}");
    }
}
