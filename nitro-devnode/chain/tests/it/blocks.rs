//! Blocks, receipts and money.

use alloy_primitives::{Address, B256, TxKind, U256, address, keccak256};
use alloy_rlp::Encodable;
use devnode_chain::{Body, Chain, ChainConfig};

use crate::wallet::{ALICE, BASE_FEE, DEV, chain, send, with_receipt};

const BOB: Address = address!("00000000000000000000000000000000000b0b00");

#[test]
fn a_transfer_costs_21000_gas_and_pays_the_base_fee_to_nobody() {
    let chain = chain();
    let before = chain.balance(ALICE, chain.head_number());
    let collected = chain.balance(Address::ZERO, chain.head_number());

    let hash = send(&chain, ALICE, TxKind::Call(BOB), 5, Vec::new()).unwrap();

    let head = chain.head_number();
    with_receipt(&chain, hash, |receipt| {
        assert!(receipt.succeeded);
        assert_eq!((receipt.gas_used, receipt.gas_used_for_l1), (21_000, 0));
        assert_eq!(receipt.effective_gas_price, BASE_FEE);
    });
    let fee = U256::from(21_000 * BASE_FEE);
    assert_eq!(chain.balance(BOB, head), U256::from(5));
    assert_eq!(chain.balance(ALICE, head), before - fee - U256::from(5));
    assert_eq!(chain.balance(Address::ZERO, head), collected + fee, "the network fee account");
    assert_eq!(chain.balance(BOB, head - 1), U256::ZERO, "history is kept");
}

#[test]
fn each_block_starts_with_the_internal_transaction() {
    let chain = chain();

    let hash = send(&chain, ALICE, TxKind::Call(BOB), 5, Vec::new()).unwrap();

    let (block, index) = chain.locate(hash).unwrap();
    assert_eq!((block.transactions.len(), index), (2, 1));
    let first = &block.transactions[0];
    assert_eq!(first.type_byte(), 0x6a);
    let Body::Internal { data } = &first.body else { panic!("internal") };
    assert_eq!(data[..4], [0x6b, 0xf6, 0xa4, 0x2d]);
    let parent = chain.block(block.header.number - 1).unwrap();
    let passed = block.header.timestamp - parent.header.timestamp;
    assert_eq!(U256::from_be_slice(&data[data.len() - 32..]), U256::from(passed));
    assert_eq!(block.header.parent_hash, parent.hash);
}

#[test]
fn the_hash_is_that_of_the_sixteen_header_fields() {
    let chain = chain();
    send(&chain, ALICE, TxKind::Call(BOB), 5, Vec::new()).unwrap();
    let block = chain.block(chain.head_number()).unwrap();

    let mut rlp = Vec::new();
    block.header.encode(&mut rlp);

    assert_eq!(keccak256(&rlp), block.hash);
    assert_eq!(block.header.mix_hash[16..24], 51_u64.to_be_bytes());
    assert_eq!(block.header.gas_limit, 1 << 50);
    assert_eq!(block.header.extra_data[..], [0; 32]);
}

#[test]
fn the_bootstrap_leaves_the_state_of_the_stock_script() {
    let chain = chain();
    let head = chain.head_number();

    assert_eq!(head, 7);
    assert_eq!(chain.nonce(DEV, head), 6);
    let factory = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
    let runtime = keccak256(chain.code(factory, head));
    assert_eq!(
        runtime,
        alloy_primitives::b256!("2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989")
    );
}

#[test]
fn a_bare_chain_is_the_genesis_of_the_reference() {
    let chain = Chain::new(ChainConfig::bare()).unwrap();
    let block = chain.block(0).unwrap();

    assert_eq!(chain.head_number(), 0);
    assert_eq!(block.header.base_fee_per_gas, Some(100_000_000));
    assert_eq!(block.header.mix_hash[23], 51);
    assert_eq!(chain.balance(ALICE, 0), U256::ZERO);
    let precompile = address!("0000000000000000000000000000000000000064");
    assert_eq!(chain.code(precompile, 0)[..], [0xfe]);
    assert!(chain.block(1).is_none() && chain.locate(B256::ZERO).is_none());
}

#[test]
fn on_a_bare_chain_a_transaction_pays_for_its_data() {
    let chain = Chain::new(ChainConfig::bare()).unwrap();

    let hash = send(&chain, DEV, TxKind::Call(BOB), 5, Vec::new()).unwrap();

    with_receipt(&chain, hash, |receipt| {
        assert!(receipt.succeeded);
        assert!(receipt.gas_used_for_l1 > 500_000, "{}", receipt.gas_used_for_l1);
        assert_eq!(receipt.gas_used, 21_000 + receipt.gas_used_for_l1);
    });
}

#[test]
fn rewinding_forgets_blocks_receipts_and_balances() {
    let chain = chain();
    let start = chain.head_number();
    let hash = send(&chain, ALICE, TxKind::Call(BOB), 5, Vec::new()).unwrap();

    assert!(chain.rewind(start));

    assert_eq!(chain.head_number(), start);
    assert_eq!(chain.balance(BOB, start), U256::ZERO);
    assert!(chain.locate(hash).is_none());
    assert!(!chain.rewind(start + 1), "that block is gone");
    assert_eq!(
        send(&chain, ALICE, TxKind::Call(BOB), 5, Vec::new()),
        Ok(hash),
        "its nonce is free"
    );
}
