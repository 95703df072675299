//! Transactions that are not let in (devnode.md 2.7).

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxKind, U256};
use devnode_chain::SendError;

use crate::wallet::{ALICE, chain, send, signed, transaction};

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
