//! C: transactions that are not let in.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip4844, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, TxKind, U256};
use devnode_chain::{Chain, SendError};

use crate::wallet::{ALICE, BASE_FEE, chain, send, signature, signed, transaction};

const BOB: Address = Address::repeat_byte(0xb0);

/// A transfer of 1 wei from Alice, changed.
fn transfer(chain: &Chain, change: impl FnOnce(&mut TxEip1559)) -> Vec<u8> {
    let mut tx = transaction(chain, ALICE);
    tx.to = TxKind::Call(BOB);
    tx.value = U256::ONE;
    change(&mut tx);
    signed(tx, ALICE)
}

/// The words with which a changed transfer is refused.
#[track_caller]
fn refusal(change: impl FnOnce(&mut TxEip1559)) -> String {
    let chain = chain();
    let head = chain.head_number();
    let refused = chain.send_raw(&transfer(&chain, change)).expect_err("refused");
    assert_eq!(chain.head_number(), head, "what is refused makes no block");
    refused.to_string()
}

#[test]
fn item_32_a_used_nonce_is_too_low() {
    let chain = chain();
    let raw = transfer(&chain, |_| ());
    chain.send_raw(&raw).unwrap();

    let refused = chain.send_raw(&raw).expect_err("mined already").to_string();

    assert_eq!(refused, format!("nonce too low: address {ALICE}, tx: 0 state: 1"));
}

#[test]
fn item_33_a_nonce_with_a_gap_is_too_high_until_the_gap_is_closed() {
    let chain = chain();
    let [first, second] = [0, 1].map(|nonce| transfer(&chain, |tx| tx.nonce = nonce));

    let early = chain.send_raw(&second).expect_err("its predecessor is missing");

    assert_eq!(early, SendError::NonceTooHigh { address: ALICE, tx: 1, state: 0 });
    assert_eq!(early.to_string(), format!("nonce too high: address {ALICE}, tx: 1 state: 0"));
    chain.send_raw(&first).unwrap();
    chain.send_raw(&second).unwrap();
}

#[test]
fn item_34_twenty_nonces_in_any_order_from_many_threads_are_all_included() {
    let chain = chain();
    let before = chain.head_number();
    std::thread::scope(|threads| {
        for nonce in (0..20).rev() {
            let raw = transfer(&chain, |tx| tx.nonce = nonce);
            let chain = &chain;
            threads.spawn(move || {
                // The server waits for the next head; here the next attempt follows at once.
                while let Err(refused) = chain.send_raw(&raw) {
                    assert!(matches!(refused, SendError::NonceTooHigh { .. }), "{refused}");
                    std::thread::yield_now();
                }
            });
        }
    });
    assert_eq!(chain.nonce(ALICE, chain.head_number()), 20);
    assert_eq!(chain.balance(BOB, chain.head_number()), U256::from(20));
    assert!(chain.head_number() > before);
}

#[test]
fn item_35_a_fee_cap_below_the_base_fee_is_refused() {
    let expected = format!(
        "max fee per gas less than block base fee: address {ALICE}, maxFeePerGas: 99999999 \
         baseFee: 100000000"
    );
    assert_eq!(refusal(|tx| tx.max_fee_per_gas = BASE_FEE - 1), expected);
}

#[test]
fn item_36_a_balance_must_cover_value_and_all_gas() {
    let chain = chain();
    let have = chain.balance(ALICE, chain.head_number());
    let want = have + U256::from(10_000_000 * 2 * BASE_FEE);
    let expected = format!(
        "insufficient funds for gas * price + value: address {ALICE} have {have} want {want}"
    );
    assert_eq!(refusal(|tx| tx.value = have), expected);
}

#[test]
fn item_37_gas_must_cover_21000_and_the_fee_stay_below_one_ether() {
    assert_eq!(refusal(|tx| tx.gas_limit = 20_000), "intrinsic gas too low");
    assert_eq!(refusal(|tx| tx.gas_limit = 20_999), "intrinsic gas too low");
    let fee = refusal(|tx| tx.max_fee_per_gas = 123_000_000_000_000_000_000 / 100_000_000);
    assert_eq!(fee, "tx fee (12.30 ether) exceeds the configured cap (1.00 ether)");
    let fee = refusal(|tx| (tx.gas_limit, tx.max_fee_per_gas) = (1_000_000, 1_230_000_000_000));
    assert_eq!(fee, "tx fee (1.23 ether) exceeds the configured cap (1.00 ether)");
}

#[test]
fn item_38_blob_transactions_are_of_no_supported_type() {
    let chain = chain();
    let blob = TxEip4844 {
        chain_id: 412_346,
        gas_limit: 100_000,
        max_fee_per_gas: BASE_FEE,
        to: BOB,
        blob_versioned_hashes: vec![Default::default()],
        ..TxEip4844::default()
    };
    let signature = signature(ALICE, blob.signature_hash());
    let raw = blob.into_signed(signature).encoded_2718();

    assert_eq!(chain.send_raw(&raw), Err(SendError::Type));
    for kind in [0x00, 0x64, 0x65, 0x66, 0x68, 0x69, 0x6a, 0x78] {
        let refused = chain.send_raw(&[kind, 0xc0]);
        assert_eq!(refused, Err(SendError::Type), "type {kind:#x}");
    }
    for raw in [&[][..], &[0x02], &[0x6a]] {
        let refused = chain.send_raw(raw).unwrap_err().to_string();
        assert_eq!(refused, "typed transaction too short");
    }
}

#[test]
fn what_is_no_transaction_is_told_in_go_ethereums_words() {
    let chain = chain();
    // Nonce, price, gas, no target, value, data, v, r, s; v is neither 27 nor 28 nor a chain's.
    let odd_v =
        [&[0xcb, 0x01, 0x02, 0x82, 0x52, 0x08, 0x80, 0x80, 0x80][..], &[0x1d, 1, 1]].concat();
    let mut whole = signed(transaction(&chain, ALICE), ALICE);
    whole.push(0);
    let cases: [(&[u8], &str); 4] = [
        (&[0xc0], "rlp: too few elements for types.LegacyTx"),
        (&[0x02, 0xf8, 0xff], "rlp: value size exceeds available input length"),
        (&whole, "rlp: input contains more than one value"),
        (&odd_v, "invalid sender"),
    ];
    for (raw, expected) in cases {
        assert_eq!(chain.send_raw(raw).unwrap_err().to_string(), expected, "{raw:02x?}");
    }
}

#[test]
fn item_39_a_legacy_transaction_needs_no_chain_id() {
    let chain = chain();
    let legacy = |chain_id| TxLegacy {
        chain_id,
        nonce: chain.nonce(ALICE, chain.head_number()),
        gas_price: BASE_FEE,
        gas_limit: 21_000,
        to: TxKind::Call(BOB),
        value: U256::ONE,
        ..TxLegacy::default()
    };

    assert!(chain.send_raw(&signed(legacy(None), ALICE)).is_ok());
    assert!(chain.send_raw(&signed(legacy(Some(412_346)), ALICE)).is_ok());
    let other = chain.send_raw(&signed(legacy(Some(1)), ALICE));
    assert_eq!(other, Err(SendError::ChainId { have: U256::ONE, want: 412_346 }));
    assert_eq!(chain.balance(BOB, chain.head_number()), U256::from(2));
}

#[test]
fn item_42_a_transaction_of_more_than_95000_bytes_is_oversized() {
    let chain = chain();
    let sized = |input: usize| {
        transfer(&chain, |tx| {
            tx.input = vec![0; input].into();
            tx.value = U256::ZERO;
        })
    };
    let overhead = sized(90_000).len() - 90_000;

    assert_eq!(sized(95_000 - overhead).len(), 95_000);
    assert_eq!(chain.send_raw(&sized(95_001 - overhead)), Err(SendError::Oversized));
    assert_eq!(chain.send_raw(&sized(96_000)).unwrap_err().to_string(), "oversized data");
    assert!(chain.send_raw(&sized(95_000 - overhead)).is_ok());
}

#[test]
fn item_94_the_other_refusals_have_the_words_of_the_reference() {
    let tip = refusal(|tx| tx.max_priority_fee_per_gas = tx.max_fee_per_gas + 1);
    assert_eq!(
        tip,
        format!(
            "max priority fee per gas higher than max fee per gas: address {ALICE}, \
             maxPriorityFeePerGas: 200000001, maxFeePerGas: 200000000"
        )
    );
    let init_code = refusal(|tx| {
        (tx.to, tx.value) = (TxKind::Create, U256::ZERO);
        tx.input = vec![0; 49_153].into();
    });
    assert_eq!(init_code, "max initcode size exceeded: code size 49153 limit 49152");
    let other_chain = refusal(|tx| tx.chain_id = 1);
    assert_eq!(other_chain, "invalid chain id for signer: have 1 want 412346");
    let chain = chain();
    let mut broken = transfer(&chain, |_| ());
    let last = broken.len() - 33;
    broken[last - 32..].fill(0);
    assert!(chain.send_raw(&broken).is_err());
    assert!(send(&chain, ALICE, TxKind::Call(BOB), 1, Vec::new()).is_ok(), "others are served");
}
