//! Acceptance item 94: transactions that are not let in (devnode.md 2.7).

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip4844, TxEip7702, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Signature, TxKind, U256, hex};
use serde_json::json;

use super::history::next_base_fee;
use super::pair::Pair;
use super::rows::{Row, compare};
use super::wish::{FEE_CAP, Wish};
use crate::signer::{CHAIN_ID, Signer};

const PAYEE: Address = Address::repeat_byte(0x77);

/// A transfer of one wei from the scenario's account, to be varied.
fn transfer(pair: &Pair) -> TxEip1559 {
    TxEip1559 { to: TxKind::Call(PAYEE), max_fee_per_gas: FEE_CAP, ..Signer::plain(pair.nonce) }
}

/// Rows 1 and 5: bytes that are no transaction, and types that nobody may send.
fn undecodable(pair: &Pair) -> Vec<Row> {
    let good = pair.signer.sign(transfer(pair));
    let blob = TxEip4844 {
        chain_id: CHAIN_ID,
        nonce: pair.nonce,
        gas_limit: 100_000,
        max_fee_per_gas: FEE_CAP,
        to: PAYEE,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..TxEip4844::default()
    };
    let signature = pair.signer.signature(blob.signature_hash());
    let blob = hex::encode_prefixed(blob.into_signed(signature).encoded_2718());
    let type_text = "transaction type not supported";
    let mut rows = vec![
        Row::refused("1: no bytes", "0x", "typed transaction too short"),
        Row::refused("1: a type alone", "0x02", "typed transaction too short"),
        Row::refused("1: an empty list", "0xc0", "").beginning("rlp: "),
        Row::refused("1: an empty type 2", "0x02c0", "").beginning("rlp: "),
        Row::refused("1: bytes after it", format!("{good}00"), "").beginning("rlp: "),
        Row::refused("5: a blob", blob, type_text),
    ];
    for kind in [0x64, 0x65, 0x66, 0x68, 0x69, 0x6a, 0x78] {
        let name = format!("5: type {kind:#x}");
        rows.push(Row::refused(&name, format!("0x{kind:x}c0"), type_text));
    }
    rows
}

/// Rows 2, 4 and 6: what needs no state.
fn malformed(pair: &Pair) -> Vec<Row> {
    let plain = || transfer(pair);
    let unsigned = plain().into_signed(Signature::new(U256::ZERO, U256::ONE, false));
    let unsigned = hex::encode_prefixed(TxEnvelope::from(unsigned).encoded_2718());
    let sign = |transaction: TxEip1559| pair.signer.sign(transaction);
    vec![
        Row::refused(
            "2: a fee of 1.23 ether",
            sign(TxEip1559 { gas_limit: 1_000_000, max_fee_per_gas: 1_230_000_000_000, ..plain() }),
            "tx fee (1.23 ether) exceeds the configured cap (1.00 ether)",
        ),
        Row::refused(
            "4: less gas than any transaction takes",
            sign(TxEip1559 { gas_limit: 20_999, ..plain() }),
            "intrinsic gas too low",
        ),
        Row::refused("6: no signature", unsigned, "invalid sender"),
        Row::refused(
            "6: another chain",
            sign(TxEip1559 { chain_id: 1, ..plain() }),
            format!("invalid chain id for signer: have 1 want {CHAIN_ID}"),
        ),
    ]
}

/// Rows 7 to 10, 12 and 13: what the state says.
async fn unacceptable(pair: &Pair) -> Vec<Row> {
    let (account, nonce) = (pair.signer.address, pair.nonce);
    let plain = || transfer(pair);
    let sign = |transaction: TxEip1559| pair.signer.sign(transaction);
    let base_fee = next_base_fee(&pair.ours).await;
    let poor = Signer::with_key(pair.key("poor"));
    let want = U256::from(21_000 * FEE_CAP) + U256::ONE;
    vec![
        Row::refused(
            "7: a price below the base fee",
            sign(TxEip1559 { max_fee_per_gas: 1, ..plain() }),
            format!(
                "max fee per gas less than block base fee: address {account}, maxFeePerGas: 1 \
                 baseFee: {base_fee}"
            ),
        ),
        Row::refused(
            "8: a used nonce",
            sign(TxEip1559 { nonce: nonce - 1, ..plain() }),
            format!("nonce too low: address {account}, tx: {} state: {nonce}", nonce - 1),
        ),
        Row::refused(
            "9: less gas than the calldata takes",
            sign(TxEip1559 { input: vec![1; 16].into(), ..plain() }),
            "",
        )
        .beginning("intrinsic gas too low"),
        Row::refused(
            "10: no money",
            poor.sign(TxEip1559 { nonce: 0, ..plain() }),
            format!(
                "insufficient funds for gas * price + value: address {} have 0 want {want}",
                poor.address
            ),
        ),
        Row::refused(
            "12: 96,000 bytes",
            sign(TxEip1559 { gas_limit: 2_000_000, input: vec![0; 96_000].into(), ..plain() }),
            "oversized data",
        ),
        Row::refused(
            "13: a nonce with a gap",
            sign(TxEip1559 { nonce: nonce + 1, ..plain() }),
            format!("nonce too high: address {account}, tx: {} state: {nonce}", nonce + 1),
        ),
    ]
}

/// Row 14: what the state transition says.
fn impossible(pair: &Pair) -> Vec<Row> {
    let account = pair.signer.address;
    let sign = |transaction: TxEip1559| pair.signer.sign(transaction);
    let mut rows = vec![
        Row::refused(
            "14: init code above the limit",
            sign(TxEip1559 {
                to: TxKind::Create,
                value: U256::ZERO,
                gas_limit: 2_000_000,
                input: vec![0; 49_153].into(),
                ..transfer(pair)
            }),
            "max initcode size exceeded: code size 49153 limit 49152",
        ),
        Row::refused(
            "14: a tip above the price",
            sign(TxEip1559 { max_priority_fee_per_gas: FEE_CAP + 1, ..transfer(pair) }),
            format!(
                "max priority fee per gas higher than max fee per gas: address {account}, \
                 maxPriorityFeePerGas: {}, maxFeePerGas: {FEE_CAP}",
                FEE_CAP + 1
            ),
        ),
    ];
    if pair.arbos_version >= 40 {
        let nobody = TxEip7702 {
            chain_id: CHAIN_ID,
            nonce: pair.nonce,
            gas_limit: 100_000,
            max_fee_per_gas: FEE_CAP,
            to: PAYEE,
            ..TxEip7702::default()
        };
        let row = Row::refused("14: nobody's authorization", pair.signer.sign_any(nobody), "");
        rows.push(row.beginning("EIP-7702 transaction with empty auth list"));
    }
    rows
}

#[tokio::test]
async fn item_94_transactions_are_refused_in_the_same_words() {
    let mut pair = Pair::meet("refusals").await;
    pair.run(&Wish::call("a transfer that uses a nonce", PAYEE, []), &[]).await;

    let mut rows = undecodable(&pair);
    rows.extend(malformed(&pair));
    rows.extend(unacceptable(&pair).await);
    rows.extend(impossible(&pair));
    compare(&mut pair, &rows).await;

    pair.agrees();
}

#[tokio::test]
async fn item_94_gas_that_does_not_cover_l1_is_too_low_and_calls_get_it_on_top() {
    let mut pair = Pair::meet("refusals at an l1 price").await;
    pair.as_owner("setL1PricePerUnit(uint256)", U256::from(100_000_000_000_u64)).await;

    let raw = pair.signer.sign(TxEip1559 { gas_limit: 50_000, ..transfer(&pair) });
    let rows = [Row::refused("11: gas for the EVM alone", raw, "intrinsic gas too low")];
    compare(&mut pair, &rows).await;
    let call = json!([{ "from": pair.signer.address, "to": PAYEE, "gasPrice": "0x1" }]);
    let [ours, theirs] = pair.ask_both("eth_call", &call).await;
    pair.note("2.11: a price below the base fee", "eth_call", &ours, &theirs);
    pair.as_owner("setL1PricePerUnit(uint256)", U256::ZERO).await;

    let message = ours["error"]["message"].as_str().unwrap();
    let (_, supplied) = message.split_once("(supplied gas ").unwrap();
    let supplied: u64 = supplied.trim_end_matches(')').parse().unwrap();
    assert!(supplied > 50_000_000, "the cap, and the L1 gas on top: {message}");
    pair.agrees();
}
