//! C: what transactions do and cost.

use alloy_consensus::{TxEip1559, TxEip7702};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, TxKind, U256, address, hex};
use devnode_chain::{BlockOverrides, CallRequest, Chain, ChainConfig};

use crate::wallet::{
    ALICE, BASE_FEE, DEV, act, call, chain, deploy, init_code, precompile, send, signature, signed,
    transaction, with_receipt, word,
};

const BOB: Address = Address::repeat_byte(0xb0);
const SEQUENCER: Address = address!("A4b000000000000000000073657175656e636572");
/// JUMPDEST, PUSH1 0, JUMP
const ENDLESS: [u8; 4] = hex!("5b600056");

#[test]
fn item_31_a_plain_transfer_costs_21000() {
    let chain = chain();
    let hash = send(&chain, ALICE, TxKind::Call(BOB), 1, Vec::new()).unwrap();
    with_receipt(&chain, hash, |receipt| {
        assert_eq!((receipt.gas_used, receipt.gas_used_for_l1), (21_000, 0));
    });
    let request =
        CallRequest { from: ALICE, to: Some(BOB), value: U256::ONE, ..CallRequest::default() };
    let head = chain.head_number();
    let overrides = BlockOverrides::default();
    let estimate = chain.estimate_gas(&request, head, true, &Vec::new(), &overrides);
    assert_eq!(estimate, Ok(21_000));
}

#[test]
fn item_38_an_authorization_delegates_the_account() {
    let chain = chain();
    // Returns 7.
    let delegate = deploy(&chain, &hex!("60075f5260205ff3"));
    let authorization = Authorization {
        chain_id: U256::from(412_346),
        address: delegate,
        nonce: chain.nonce(DEV, chain.head_number()),
    };
    let by_dev = signature(DEV, authorization.signature_hash());
    let tx = TxEip7702 {
        chain_id: 412_346,
        nonce: chain.nonce(ALICE, chain.head_number()),
        gas_limit: 200_000,
        max_fee_per_gas: 2 * BASE_FEE,
        to: DEV,
        authorization_list: vec![authorization.into_signed(by_dev)],
        ..TxEip7702::default()
    };

    let hash = chain.send_raw(&signed(tx, ALICE)).unwrap();

    let head = chain.head_number();
    let designator = [&hex!("ef0100")[..], delegate.as_slice()].concat();
    assert_eq!(chain.code(DEV, head)[..], designator);
    assert_eq!(chain.nonce(DEV, head), chain.nonce(DEV, head - 1) + 1);
    assert_eq!(U256::from_be_slice(&call(&chain, DEV, b"").unwrap()), U256::from(7));
    // 21,000, 25,000 for the authorization less 12,500 as the account exists, at most a fifth; the
    // delegate of the transaction's target is warm and its code runs 3 + 2 + 6 + 3 + 2.
    with_receipt(&chain, hash, |receipt| {
        assert!(receipt.succeeded);
        let peak = 21_000 + 25_000 + 16;
        assert_eq!(receipt.gas_used, peak - peak / 5);
    });
    // A delegated account may still send.
    assert!(send(&chain, DEV, TxKind::Call(BOB), 1, Vec::new()).is_ok());
}

#[test]
fn item_38_set_code_transactions_come_with_version_40() {
    let older = Chain::new(ChainConfig { arbos_version: 32, ..ChainConfig::default() }).unwrap();
    let tx = TxEip7702 {
        chain_id: 412_346,
        nonce: older.nonce(ALICE, older.head_number()),
        gas_limit: 200_000,
        max_fee_per_gas: 2 * BASE_FEE,
        to: BOB,
        ..TxEip7702::default()
    };
    let raw = signed(tx, ALICE);

    let refused = older.send_raw(&raw).unwrap_err().to_string();
    assert_eq!(refused, "transaction type not supported");
    let refused = chain().send_raw(&raw).unwrap_err().to_string();
    assert!(refused.starts_with("EIP-7702 transaction with empty auth list"), "{refused}");
}

#[test]
fn item_40_a_tip_may_be_given_and_is_not_charged() {
    let chain = chain();
    let (gwei, head) = (1_000_000_000, chain.head_number());
    let tx = TxEip1559 {
        to: TxKind::Call(BOB),
        gas_limit: 100_000,
        max_fee_per_gas: 10 * gwei,
        max_priority_fee_per_gas: 5 * gwei,
        ..transaction(&chain, ALICE)
    };

    let hash = chain.send_raw(&signed(tx, ALICE)).unwrap();

    let fee = U256::from(21_000 * BASE_FEE);
    with_receipt(&chain, hash, |receipt| assert_eq!(receipt.effective_gas_price, BASE_FEE));
    assert_eq!(chain.balance(ALICE, head + 1), chain.balance(ALICE, head) - fee);
    let collected = chain.balance(Address::ZERO, head) + fee;
    assert_eq!(chain.balance(Address::ZERO, head + 1), collected);
}

#[test]
fn tips_are_charged_from_version_60_on_where_the_owner_collects_them() {
    let config = ChainConfig { arbos_version: 60, ..ChainConfig::default() };
    let chain = Chain::new(config).unwrap();
    act(&chain, precompile(0x70), "setCollectTips(bool)", &[U256::ONE]);
    let head = chain.head_number();
    assert_eq!(chain.block(head).unwrap().header.mix_hash[25], 1);
    // GASPRICE at slot 0.
    let contract = deploy(&chain, &hex!("3a5f55"));
    let before = chain.balance(ALICE, chain.head_number());
    let tx = TxEip1559 {
        to: TxKind::Call(contract),
        gas_limit: 100_000,
        max_fee_per_gas: 3 * BASE_FEE,
        max_priority_fee_per_gas: BASE_FEE,
        ..transaction(&chain, ALICE)
    };

    let hash = chain.send_raw(&signed(tx, ALICE)).unwrap();

    let head = chain.head_number();
    with_receipt(&chain, hash, |receipt| {
        assert_eq!(receipt.effective_gas_price, 2 * BASE_FEE);
        let paid = U256::from(u128::from(receipt.gas_used) * 2 * BASE_FEE);
        assert_eq!(chain.balance(ALICE, head), before - paid);
    });
    assert_eq!(chain.storage(contract, U256::ZERO, head), U256::from(2 * BASE_FEE));
}

#[test]
fn item_41_a_transaction_that_reverts_is_included_and_pays() {
    let chain = chain();
    // PUSH0, PUSH0, REVERT
    let reverter = deploy(&chain, &hex!("5f5ffd"));
    let hash = send(&chain, ALICE, TxKind::Call(reverter), 0, Vec::new()).unwrap();
    with_receipt(&chain, hash, |receipt| {
        assert!(!receipt.succeeded);
        assert_eq!(receipt.gas_used, 21_004);
    });
}

#[test]
fn item_43_opcodes_see_the_values_of_arbitrum() {
    let chain = chain();
    // NUMBER, BLOCKHASH(0), PREVRANDAO, BASEFEE, GASPRICE, COINBASE at slots 0 to 5.
    let code = hex!("435f555f4060015544600255486003553a60045541600555");
    let contract = deploy(&chain, &code);
    let tx = TxEip1559 {
        to: TxKind::Call(contract),
        gas_limit: 1_000_000,
        max_fee_per_gas: 10 * BASE_FEE,
        max_priority_fee_per_gas: BASE_FEE,
        ..transaction(&chain, ALICE)
    };

    chain.send_raw(&signed(tx, ALICE)).unwrap();

    let slot = |n: u64| chain.storage(contract, U256::from(n), chain.head_number());
    assert_eq!([slot(0), slot(1), slot(2)], [0, 0, 1].map(U256::from));
    assert_eq!([slot(3), slot(4)], [U256::from(BASE_FEE); 2]);
    assert_eq!(slot(5), word(SEQUENCER));
}

#[test]
fn item_46_an_endless_loop_ends_at_the_compute_limit_and_the_rest_is_given_back() {
    // From 50 on the limit counts intrinsic gas, before it does not.
    for (version, most) in [(51, 32_000_000), (60, 32_000_000), (40, 32_021_000), (32, 32_021_000)]
    {
        let config = ChainConfig { arbos_version: version, ..ChainConfig::default() };
        let chain = Chain::new(config).unwrap();
        let endless = deploy(&chain, &ENDLESS);
        let before = chain.balance(ALICE, chain.head_number());
        let tx = TxEip1559 {
            to: TxKind::Call(endless),
            gas_limit: 100_000_000,
            ..transaction(&chain, ALICE)
        };

        let hash = chain.send_raw(&signed(tx, ALICE)).unwrap();

        with_receipt(&chain, hash, |receipt| {
            assert!(!receipt.succeeded);
            assert_eq!(receipt.gas_used, most, "at {version}");
            let base_fee = receipt.effective_gas_price;
            let paid = U256::from(u128::from(receipt.gas_used) * base_fee);
            assert_eq!(chain.balance(ALICE, chain.head_number()), before - paid);
        });
    }
}

#[test]
fn item_46_the_owner_sets_the_limit_of_a_transaction() {
    for (version, most) in [(51, 1_000_000), (40, 1_021_000)] {
        let config = ChainConfig { arbos_version: version, ..ChainConfig::default() };
        let chain = Chain::new(config).unwrap();
        let endless = deploy(&chain, &ENDLESS);
        act(&chain, precompile(0x70), "setMaxTxGasLimit(uint64)", &[U256::from(1_000_000)]);

        let hash = send(&chain, ALICE, TxKind::Call(endless), 0, Vec::new()).unwrap();

        with_receipt(&chain, hash, |receipt| assert_eq!(receipt.gas_used, most));
    }
}

#[test]
fn item_47_code_may_have_24576_bytes_and_more_where_the_chain_is_started_so() {
    let receipt_of = |config: ChainConfig, len: usize| {
        let chain = Chain::new(config).unwrap();
        let tx = TxEip1559 {
            gas_limit: 25_000_000,
            input: init_code(&vec![0; len]).into(),
            ..transaction(&chain, ALICE)
        };
        let hash = chain.send_raw(&signed(tx, ALICE)).unwrap();
        with_receipt(&chain, hash, |receipt| receipt.succeeded)
    };
    let large = || ChainConfig { max_code_size: 49_152, ..ChainConfig::default() };

    assert!(receipt_of(ChainConfig::default(), 24_576));
    assert!(!receipt_of(ChainConfig::default(), 24_577));
    assert!(receipt_of(large(), 49_152));
    assert!(!receipt_of(large(), 49_153));
}

#[test]
fn item_48_only_stylus_prefixes_may_start_deployed_code_with_ef() {
    let cases: [(&[u8], u64); 6] = [
        (&hex!("ef00"), u64::MAX),
        (&hex!("ef"), u64::MAX),
        (&hex!("eff000"), u64::MAX),
        (&hex!("eff00000"), 30),
        (&hex!("eff00100"), 60),
        (&hex!("eff00200"), 60),
    ];
    for version in [32, 40, 51, 60] {
        let config = ChainConfig { arbos_version: version, ..ChainConfig::default() };
        let chain = Chain::new(config).unwrap();
        for (code, since) in cases {
            let hash = send(&chain, ALICE, TxKind::Create, 0, init_code(code)).unwrap();
            with_receipt(&chain, hash, |receipt| {
                assert_eq!(receipt.succeeded, since <= version, "{code:02x?} at {version}");
            });
        }
    }
}

#[test]
fn the_floor_of_calldata_holds_where_the_owner_switches_it_on() {
    let chain = chain();
    // 1,000 non-zero bytes: 16,000 gas, but a floor of 40,000.
    let data = || vec![1; 1_000];
    let gas_of = |hash| with_receipt(&chain, hash, |receipt| receipt.gas_used);
    let before = send(&chain, ALICE, TxKind::Call(BOB), 0, data()).unwrap();
    act(&chain, precompile(0x70), "setCalldataPriceIncrease(bool)", &[U256::ONE]);
    let after = send(&chain, ALICE, TxKind::Call(BOB), 0, data()).unwrap();
    let short = TxEip1559 {
        to: TxKind::Call(BOB),
        gas_limit: 60_999,
        input: data().into(),
        ..transaction(&chain, ALICE)
    };
    let refused = chain.send_raw(&signed(short, ALICE)).unwrap_err().to_string();

    assert_eq!((gas_of(before), gas_of(after)), (37_000, 61_000));
    assert_eq!(refused, "insufficient gas for floor data cost: have 60999, want 61000");
}

#[test]
fn a_filter_outlives_its_block() {
    let config = ChainConfig { arbos_version: 60, ..ChainConfig::default() };
    let chain = Chain::new(config).unwrap();
    let head = chain.head_number();
    let state = address!("A4B0500000000000000000000000000000000001");

    assert_eq!(chain.nonce(state, head), 1, "an empty account would lose its storage");
}
