//! devnode.md sections 2.7 and 2.8, acceptance 29 to 42.

use std::time::{Duration, Instant};

use alloy_consensus::{TxEip1559, TxLegacy};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use futures_util::future::join_all;
use nitro_devnode::DEV_ACCOUNT;
use serde_json::json;

use crate::rig::{Rig, number};
use crate::signer::{BASE_FEE, CHAIN_ID, Signer};

#[tokio::test]
async fn a_transfer_has_its_receipt_when_its_hash_is_returned() {
    let rig = Rig::new();

    let receipt = rig.mine(&Signer::test(0).transfer(0)).await;

    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["gasUsed"], "0x5208");
    assert_eq!(receipt["gasUsedForL1"], "0x0");
    assert_eq!(receipt["transactionIndex"], "0x1");
}

#[tokio::test]
async fn refusals_have_the_words_that_clients_match_on() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let address = signer.address;
    rig.mine(&signer.transfer(0)).await;
    let vary = |change: fn(&mut TxEip1559)| {
        let mut transaction = Signer::plain(1);
        change(&mut transaction);
        signer.sign(transaction)
    };
    let mut foreign_signature = signer.transfer(1);
    foreign_signature.replace_range(foreign_signature.len() - 64.., &"ff".repeat(32));
    let cases = [
        ("0x".to_owned(), "typed transaction too short".to_owned()),
        ("0xc0".to_owned(), "rlp: ".to_owned()),
        ("0x02c0".to_owned(), "rlp: ".to_owned()),
        (format!("{}00", signer.transfer(1)), "rlp: ".to_owned()),
        ("0x03c0".to_owned(), "transaction type not supported".to_owned()),
        ("0x6ac0".to_owned(), "transaction type not supported".to_owned()),
        ("0x7fc0".to_owned(), "transaction type not supported".to_owned()),
        (foreign_signature, "invalid sender".to_owned()),
        (
            vary(|transaction| transaction.chain_id = 1),
            format!("invalid chain id for signer: have 1 want {CHAIN_ID}"),
        ),
        (
            vary(|transaction| transaction.max_fee_per_gas = 10_u128.pow(15)),
            "tx fee (21.00 ether) exceeds the configured cap (1.00 ether)".to_owned(),
        ),
        (vary(|transaction| transaction.gas_limit = 20_000), "intrinsic gas too low".to_owned()),
        (
            vary(|transaction| transaction.input = vec![1; 100].into()),
            "intrinsic gas too low".to_owned(),
        ),
        (
            vary(|transaction| transaction.max_fee_per_gas = 1),
            format!(
                "max fee per gas less than block base fee: address {address}, maxFeePerGas: 1 \
                 baseFee: {BASE_FEE}"
            ),
        ),
        (signer.transfer(0), format!("nonce too low: address {address}, tx: 0 state: 1")),
        (
            vary(|transaction| transaction.value = U256::from(10).pow(U256::from(30))),
            format!("insufficient funds for gas * price + value: address {address} have "),
        ),
        (
            vary(|transaction| {
                transaction.input = Bytes::from(vec![0; 95_000]);
                transaction.gas_limit = 5_000_000;
            }),
            "oversized data".to_owned(),
        ),
        (
            vary(|transaction| {
                transaction.to = TxKind::Create;
                transaction.input = Bytes::from(vec![0; 49_153]);
                transaction.gas_limit = 5_000_000;
            }),
            "max initcode size exceeded: code size 49153 limit 49152".to_owned(),
        ),
    ];
    for (raw, expected) in cases {
        let (code, message) = rig.error("eth_sendRawTransaction", json!([raw])).await;

        assert_eq!(code, -32000, "{message}");
        assert!(message.starts_with(&expected), "expected: {expected}\nanswered: {message}");
    }
    let after = json!([address, "latest"]);
    assert_eq!(rig.call("eth_getTransactionCount", after).await, "0x1", "something went through");
}

#[tokio::test]
async fn an_account_without_money_is_told_what_it_has_and_wants() {
    let rig = Rig::new();
    let poor = Signer::poor();

    let (_, message) = rig.error("eth_sendRawTransaction", json!([poor.transfer(0)])).await;

    let want = 21_000 * 2 * BASE_FEE + 1;
    let address = poor.address;
    let expected =
        format!("insufficient funds for gas * price + value: address {address} have 0 want {want}");
    assert_eq!(message, expected);
}

#[tokio::test]
async fn a_nonce_gap_is_held_for_a_second_and_then_refused() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let began = Instant::now();

    let (code, message) = rig.error("eth_sendRawTransaction", json!([signer.transfer(1)])).await;

    let address = signer.address;
    assert_eq!(
        (code, message),
        (-32000, format!("nonce too high: address {address}, tx: 1 state: 0"))
    );
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(1), "only {waited:?}");
}

#[tokio::test]
async fn a_gap_that_is_filled_in_time_lets_both_through_in_order() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let second = signer.transfer(1);
    let early = rig.call("eth_sendRawTransaction", json!([second]));
    let late = async {
        tokio::task::yield_now().await;
        rig.call("eth_sendRawTransaction", json!([signer.transfer(0)])).await
    };

    let (early, late) = futures_util::future::join(early, late).await;

    let block = async |hash| {
        let receipt = rig.call("eth_getTransactionReceipt", json!([hash])).await;
        number(&receipt["blockNumber"])
    };
    assert_eq!(block(late).await + 1, block(early).await);
}

#[tokio::test]
async fn twenty_transactions_at_once_in_any_order_all_go_through() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    // 7 and 20 share no factor: every nonce once, in a scattered order.
    let raws: Vec<_> = (0..20).map(|index| signer.transfer(index * 7 % 20)).collect();

    let sending = raws.iter().map(|raw| rig.call("eth_sendRawTransaction", json!([raw])));
    join_all(sending).await;

    let count = rig.call("eth_getTransactionCount", json!([signer.address, "latest"])).await;
    assert_eq!(count, "0x14");
}

#[tokio::test]
async fn many_senders_at_once_do_not_disturb_each_other() {
    let rig = Rig::new();
    let signers: Vec<_> = (0..10).map(Signer::test).collect();
    let before = number(&rig.call("eth_blockNumber", json!([])).await);

    join_all(signers.iter().map(|signer| async {
        for nonce in 0..10 {
            assert_eq!(rig.mine(&signer.transfer(nonce)).await["status"], "0x1");
        }
    }))
    .await;

    assert_eq!(number(&rig.call("eth_blockNumber", json!([])).await), before + 100);
}

#[tokio::test]
async fn a_legacy_transaction_is_taken_with_and_without_chain_id() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    for (nonce, chain_id) in [(0, Some(CHAIN_ID)), (1, None)] {
        let transaction = TxLegacy {
            chain_id,
            nonce,
            gas_price: 3 * BASE_FEE,
            gas_limit: 21_000,
            to: TxKind::Call(Address::repeat_byte(1)),
            value: U256::ONE,
            input: Bytes::new(),
        };

        let receipt = rig.mine(&signer.sign_legacy(transaction)).await;

        let hash = &receipt["transactionHash"];
        let shown = rig.call("eth_getTransactionByHash", json!([hash])).await;
        assert_eq!(receipt["type"], "0x0");
        assert_eq!(receipt["effectiveGasPrice"], format!("{BASE_FEE:#x}"));
        assert_eq!(shown["gasPrice"], format!("{:#x}", 3 * BASE_FEE));
        assert_eq!(shown.get("chainId").is_some(), chain_id.is_some(), "{shown}");
        assert!(shown.get("yParity").is_none());
        let v = number(&shown["v"]);
        let smallest = chain_id.map_or(27, |id| 35 + 2 * id);
        assert!((smallest..=smallest + 1).contains(&v), "{v}");
    }
}

#[tokio::test]
async fn a_tip_is_taken_but_not_charged() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let balance = async || {
        let answer = rig.call("eth_getBalance", json!([signer.address, "latest"])).await;
        serde_json::from_value::<U256>(answer).unwrap()
    };
    let before = balance().await;
    let transaction = TxEip1559 {
        max_fee_per_gas: 100 * BASE_FEE,
        max_priority_fee_per_gas: 50 * BASE_FEE,
        ..Signer::plain(0)
    };

    let receipt = rig.mine(&signer.sign(transaction)).await;

    let paid = U256::from(21_000) * U256::from(BASE_FEE) + U256::ONE;
    assert_eq!(before - balance().await, paid);
    assert_eq!(receipt["effectiveGasPrice"], format!("{BASE_FEE:#x}"));
    let hash = &receipt["transactionHash"];
    let shown = rig.call("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(shown["gasPrice"], format!("{:#x}", 51 * BASE_FEE));
}

#[tokio::test]
async fn a_transaction_that_reverts_is_included() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let contract = rig.deploy(&signer, 0, &crate::rig::store_contract()).await;

    let receipt = rig.mine(&signer.call(1, contract, Bytes::new())).await;

    assert_eq!(receipt["status"], "0x0");
    assert_eq!(receipt["logs"], json!([]));
    assert!(number(&receipt["gasUsed"]) > 21_000);
}

#[tokio::test]
async fn sending_and_waiting_is_one_call() {
    let rig = Rig::new();
    let signer = Signer::of(&DEV_ACCOUNT);
    let nonce = rig.call("eth_getTransactionCount", json!([signer.address, "pending"])).await;
    let raw = signer.transfer(number(&nonce));

    let receipt = rig.call("eth_sendRawTransactionSync", json!([raw, 5_000])).await;

    let hash = receipt["transactionHash"].clone();
    assert_eq!(rig.call("eth_getTransactionReceipt", json!([hash])).await, receipt);
}

#[tokio::test]
async fn waiting_shorter_than_the_hold_ends_with_code_4_and_the_hash() {
    let rig = Rig::new();
    let raw = Signer::test(0).transfer(1);

    let answer = rig.raw_call("eth_sendRawTransactionSync", json!([raw, 50])).await;

    let bytes = alloy_primitives::hex::decode(&raw).unwrap();
    assert_eq!(answer["error"]["code"], 4);
    assert_eq!(answer["error"]["data"], json!(alloy_primitives::keccak256(bytes)));
}

#[tokio::test]
async fn the_node_signs_for_nobody() {
    let rig = Rig::new();

    let account = Signer::test(0).address;
    for (method, params) in [
        ("eth_sendTransaction", json!([{ "from": account }])),
        ("eth_sign", json!([account, "0x"])),
        ("eth_signTransaction", json!([{ "from": account }])),
        ("personal_sign", json!(["0x", account])),
    ] {
        let refused = rig.error(method, params).await;
        assert_eq!(refused, (-32000, "unknown account".to_owned()), "{method}");
    }
}
