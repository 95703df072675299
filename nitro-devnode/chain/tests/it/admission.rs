//! Transactions that are not let in (devnode.md 2.7).

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxKind, U256, U512, keccak256};
use alloy_rlp::{Encodable, Header};
use devnode_chain::SendError;

use crate::wallet::{
    ALICE, BASE_FEE, act, chain, precompile, send, signature, signed, transaction,
};

const BOB: Address = Address::repeat_byte(0xb0);

/// The refusal of a transfer after a change.
fn refusal(change: impl FnOnce(TxEip1559) -> TxEip1559) -> String {
    let chain = chain();
    let plain = TxEip1559 { to: TxKind::Call(BOB), ..transaction(&chain, ALICE) };
    let head = chain.head_number();
    let refused = chain.send_raw(&signed(change(plain), ALICE)).expect_err("refused").to_string();
    assert_eq!(chain.head_number(), head, "a refused transaction makes no block");
    refused
}

#[test]
fn refusals_have_the_words_that_clients_match_on() {
    let alice = ALICE.to_string();
    let cases: [(String, String); 7] = [
        (
            refusal(|tx| TxEip1559 { chain_id: 1, ..tx }),
            "invalid chain id for signer: have 1 want 412346".into(),
        ),
        (refusal(|tx| TxEip1559 { gas_limit: 20_000, ..tx }), "intrinsic gas too low".into()),
        (
            refusal(|tx| TxEip1559 { max_fee_per_gas: 1, ..tx }),
            format!(
                "max fee per gas less than block base fee: address {alice}, maxFeePerGas: 1 baseFee: 100000000"
            ),
        ),
        (
            refusal(|tx| TxEip1559 { nonce: 3, ..tx }),
            format!("nonce too high: address {alice}, tx: 3 state: 0"),
        ),
        (
            refusal(|tx| TxEip1559 { value: U256::from(10).pow(U256::from(30)), ..tx }),
            format!(
                "insufficient funds for gas * price + value: address {alice} have 10000000000000000000000 want 1000000000000002000000000000000"
            ),
        ),
        (
            refusal(|tx| TxEip1559 { max_fee_per_gas: 1 << 60, ..tx }),
            "tx fee (11529215.05 ether) exceeds the configured cap (1.00 ether)".into(),
        ),
        (refusal(|tx| TxEip1559 { input: vec![0; 96_000].into(), ..tx }), "oversized data".into()),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_used_nonce_is_too_low() {
    let chain = chain();
    let raw = signed(TxEip1559 { to: TxKind::Call(BOB), ..transaction(&chain, ALICE) }, ALICE);
    chain.send_raw(&raw).unwrap();

    let again = chain.send_raw(&raw);

    assert_eq!(again, Err(SendError::NonceTooLow { address: ALICE, tx: 0, state: 1 }));
}

#[test]
fn bytes_that_are_no_transaction_are_refused() {
    let chain = chain();
    for raw in [&[][..], &[0x02], &[0x02, 0xc0], &[0x03, 0xc0], &[0xf8, 0xff], &[0x7f; 40], b"junk"]
    {
        assert!(chain.send_raw(raw).is_err(), "{raw:?}");
    }
    assert!(send(&chain, ALICE, TxKind::Call(BOB), 1, Vec::new()).is_ok(), "others are served");
}

#[test]
fn a_loop_without_end_is_stopped_at_the_compute_limit() {
    let chain = chain();
    // JUMPDEST, PUSH1 0, JUMP
    let endless = crate::wallet::deploy(&chain, &[0x5b, 0x60, 0x00, 0x56]);
    let tx = TxEip1559 {
        to: TxKind::Call(endless),
        gas_limit: 100_000_000,
        ..transaction(&chain, ALICE)
    };

    let hash = chain.send_raw(&signed(tx, ALICE)).unwrap();

    crate::wallet::with_receipt(&chain, hash, |receipt| {
        assert!(!receipt.succeeded);
        assert_eq!(receipt.gas_used, 32_000_000);
    });
}

#[test]
fn gas_for_more_than_a_block_is_not_to_be_had() {
    // At a base fee of 0 the cap of 1 ether stops nobody.
    let chain = chain();
    act(&chain, precompile(0x70), "setMinimumL2BaseFee(uint256)", &[U256::ZERO]);
    act(&chain, precompile(0x70), "setL2BaseFee(uint256)", &[U256::ZERO]);
    let with_gas = |gas_limit| {
        let free = TxEip1559 { max_fee_per_gas: 0, gas_limit, ..transaction(&chain, ALICE) };
        chain.send_raw(&signed(TxEip1559 { to: TxKind::Call(BOB), ..free }, ALICE))
    };

    assert!(with_gas(1 << 50).is_ok());
    for gas_limit in [(1 << 50) + 1, u64::MAX] {
        assert_eq!(with_gas(gas_limit).unwrap_err().to_string(), "gas limit reached");
    }
}

#[test]
fn the_last_nonce_cannot_be_used() {
    let chain = chain();
    chain.set_nonce(ALICE, u64::MAX);

    let refused = send(&chain, ALICE, TxKind::Call(BOB), 0, Vec::new()).unwrap_err().to_string();

    assert_eq!(refused, format!("nonce has max value: address {ALICE}, nonce: {}", u64::MAX));
}

/// A transfer of type 2 with numbers of 256 bits, which no Rust type of a transaction holds.
fn wide(chain_id: U256, tip: U256, fee_cap: U256) -> Vec<u8> {
    let mut unsigned = Vec::new();
    let encode = |out: &mut Vec<u8>| {
        chain_id.encode(out);
        0_u64.encode(out);
        tip.encode(out);
        fee_cap.encode(out);
        21_000_u64.encode(out);
        BOB.encode(out);
        U256::ZERO.encode(out);
        out.extend_from_slice(&[0x80, 0xc0]);
    };
    encode(&mut unsigned);
    let list = |payload: Vec<u8>| {
        let mut out = vec![2];
        Header { list: true, payload_length: payload.len() }.encode(&mut out);
        [out, payload].concat()
    };
    let signature = signature(ALICE, keccak256(list(unsigned.clone())));
    signature.v().encode(&mut unsigned);
    signature.r().encode(&mut unsigned);
    signature.s().encode(&mut unsigned);
    list(unsigned)
}

#[test]
fn numbers_beyond_what_fits_are_refused_by_the_rules_too() {
    let (own, one) = (U256::from(412_346), U256::ONE);
    let refusal = |raw: Vec<u8>| chain().send_raw(&raw).unwrap_err().to_string();

    let above_cap = refusal(wide(own, one, one << 130));
    assert!(above_cap.starts_with("tx fee (28583718"), "{above_cap}");
    assert!(above_cap.ends_with(".00 ether) exceeds the configured cap (1.00 ether)"));
    let other_chain = "invalid chain id for signer: have 18446744073709551616 want 412346";
    assert_eq!(refusal(wide(one << 64, one, U256::from(BASE_FEE))), other_chain);
}

#[test]
fn all_that_is_missing_is_told_however_much() {
    let fees = U256::from(10_000_000_u64) * U256::from(2 * BASE_FEE);
    let want = U512::from(U256::MAX) + U512::from(fees);

    let refused = refusal(|tx| TxEip1559 { value: U256::MAX, ..tx });

    assert!(refused.ends_with(&format!(" want {want}")), "{refused}");
}
