//! C: blocks, receipts and their hashes.

use std::sync::Arc;

use alloy_consensus::{Eip658Value, ReceiptWithBloom};
use alloy_primitives::{Address, B256, TxKind, U256, address, b256, keccak256};
use alloy_rlp::{BufMut, Encodable};
use alloy_trie::root::ordered_trie_root_with_encoder;
use devnode_chain::{Block, Body, Chain, ChainConfig};

use crate::wallet::{
    ALICE, BASE_FEE, DEV, act, ask, calldata, chain, deploy, precompile, send, with_receipt, word,
};

const ACTOR: Address = address!("00000000000000000000000000000000000a4b05");
const SEQUENCER: Address = address!("A4b000000000000000000073657175656e636572");
const BOB: Address = Address::repeat_byte(0xb0);

/// The block of the first transaction on a bare chain.
fn first_block() -> (Chain, Arc<Block>) {
    let chain = Chain::new(ChainConfig::bare()).unwrap();
    let hash = act(&chain, precompile(0xff), "becomeChainOwner()", &[]);
    let (block, index) = chain.locate(hash).unwrap();
    assert_eq!(index, 1);
    (chain, block)
}

#[test]
fn item_24_the_first_receipt_of_a_bare_chain_has_an_l1_part() {
    let (_, block) = first_block();

    let receipt = &block.receipts[1];
    assert!(receipt.succeeded);
    assert_eq!(block.transactions[1].type_byte(), 2);
    assert!(receipt.gas_used_for_l1 > 0);
    assert_eq!(receipt.effective_gas_price, BASE_FEE);
    assert_eq!(block.header.base_fee_per_gas, Some(100_000_000));
    assert_eq!(block.header.mix_hash[8..16], [0; 8], "the L1 block number");
}

#[test]
fn item_25_each_block_starts_with_the_internal_transaction() {
    let (chain, block) = first_block();
    let parent = chain.block(0).unwrap();

    let first = &block.transactions[0];
    assert_eq!((block.transactions.len(), first.type_byte(), first.from), (2, 0x6a, ACTOR));
    let Body::Internal { data } = &first.body else { panic!("it is internal") };
    assert_eq!(data[..4], [0x6b, 0xf6, 0xa4, 0x2d]);
    let passed = block.header.timestamp - parent.header.timestamp;
    assert_eq!(U256::from_be_slice(&data[100..]), U256::from(passed));
    let receipt = &block.receipts[0];
    assert!(receipt.succeeded && receipt.logs.is_empty());
    assert_eq!((receipt.gas_used, receipt.gas_used_for_l1), (0, 0));
    assert_eq!(receipt.effective_gas_price, BASE_FEE);
}

#[test]
fn item_26_the_hash_of_the_internal_transaction_can_be_recomputed() {
    let (_, block) = first_block();
    let Body::Internal { data } = &block.transactions[0].body else { panic!("it is internal") };

    let mut payload = Vec::new();
    412_346_u64.encode(&mut payload);
    data.encode(&mut payload);
    let mut raw = vec![0x6a];
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut raw);
    raw.extend_from_slice(&payload);

    assert_eq!(block.transactions[0].hash, keccak256(&raw));
    assert_eq!(block.transactions[0].encoded()[..], raw);
}

#[test]
fn item_27_the_header_has_the_members_of_arbitrum() {
    let (_, block) = first_block();
    assert_eq!(block.header.beneficiary, SEQUENCER);
    assert_eq!(block.header.extra_data[..], [0; 32]);
    assert_eq!(block.header.mix_hash[..16], [0; 16]);
    assert_eq!(block.header.mix_hash[16..24], 51_u64.to_be_bytes());
    assert_eq!(block.header.mix_hash[24..], [0; 8]);
    assert!(block.header.withdrawals_root.is_none() && block.header.blob_gas_used.is_none());
}

#[test]
fn item_28_block_hash_and_roots_can_be_recomputed() {
    let (_, block) = first_block();

    let mut header = Vec::new();
    block.header.encode(&mut header);
    let transactions = ordered_trie_root_with_encoder(&block.transactions, |one, out| {
        out.put_slice(&one.encoded());
    });
    let typed = block.transactions.iter().zip(&block.receipts).collect::<Vec<_>>();
    let receipts = ordered_trie_root_with_encoder(&typed, |(transaction, receipt), out| {
        out.put_u8(transaction.type_byte());
        let logs_bloom = receipt.bloom;
        let receipt = alloy_consensus::Receipt {
            status: Eip658Value::Eip658(receipt.succeeded),
            cumulative_gas_used: receipt.cumulative_gas_used,
            logs: receipt.logs.clone(),
        };
        ReceiptWithBloom { receipt, logs_bloom }.encode(out);
    });

    assert_eq!(block.hash, keccak256(header));
    assert_eq!(block.header.transactions_root, transactions);
    assert_eq!(block.header.receipts_root, receipts);
}

#[test]
fn item_29_the_receipt_is_there_when_the_hash_is() {
    let chain = chain();
    let hash = send(&chain, ALICE, TxKind::Call(BOB), 1, Vec::new()).unwrap();
    assert!(chain.locate(hash).is_some());
}

#[test]
fn item_30_what_owners_do_is_logged() {
    let chain = Chain::new(ChainConfig::bare()).unwrap();
    let hash = act(&chain, precompile(0x70), "setL1PricePerUnit(uint256)", &[U256::ZERO]);
    with_receipt(&chain, hash, |receipt| {
        let [log] = &receipt.logs[..] else { panic!("one log") };
        let mut method = B256::ZERO;
        method[..4].copy_from_slice(&[0x2b, 0x35, 0x2f, 0xae]);
        let topic = b256!("3c9e6a772755407311e3b35b3ee56799df8f87395941b3a658eee9e08a67ebda");
        assert_eq!(log.topics(), [topic, method, word(DEV).into()]);
        assert_eq!(receipt.bloom, alloy_primitives::logs_bloom(&receipt.logs));
    });
}

#[test]
fn item_44_arb_block_number_is_the_number_of_the_block() {
    let chain = chain();
    // Stores what ArbSys answers at slot 0.
    let code = alloy_primitives::hex!("63a3b1b31d5f5260205f6004601c60645afa505f515f55");
    let contract = deploy(&chain, &code);

    let hash = send(&chain, ALICE, TxKind::Call(contract), 0, Vec::new()).unwrap();

    let number = chain.locate(hash).unwrap().0.header.number;
    assert_eq!(chain.storage(contract, U256::ZERO, number), U256::from(number));
}

#[test]
fn item_45_time_never_goes_back() {
    let chain = chain();
    for _ in 0..20 {
        send(&chain, ALICE, TxKind::Call(BOB), 1, Vec::new()).unwrap();
    }
    let times: Vec<u64> =
        (0..=chain.head_number()).map(|n| chain.block(n).unwrap().header.timestamp).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(times.last().unwrap() - times[1] < 60, "the clock is the wall's");
}

#[test]
fn item_86_an_upgrade_scheduled_for_time_0_is_done_at_the_next_block() {
    let chain = chain();
    let schedule = [U256::from(60), U256::ZERO];
    act(&chain, precompile(0x70), "scheduleArbOSUpgrade(uint64,uint64)", &schedule);
    let before = chain.block(chain.head_number()).unwrap();
    assert_eq!(before.header.mix_hash[23], 51);

    send(&chain, ALICE, TxKind::Call(BOB), 1, Vec::new()).unwrap();

    let after = chain.block(chain.head_number()).unwrap();
    assert_eq!(after.header.mix_hash[23], 60, "the header shows the version after the block");
    assert_eq!(ask(&chain, precompile(0x64), "arbOSVersion()", &[]), [U256::from(115)]);
    let fragments = ask(&chain, precompile(0x6b), "getMaxStylusContractFragments()", &[]);
    assert_eq!(fragments, [U256::from(2)]);
    assert!(chain.rewind(before.header.number), "and it can be undone");
    assert_eq!(ask(&chain, precompile(0x64), "arbOSVersion()", &[]), [U256::from(106)]);
    let method = calldata("getMaxStylusContractFragments()", &[]);
    assert!(crate::wallet::call(&chain, precompile(0x6b), &method).is_err());
    assert!(chain.code(precompile(0x74), chain.head_number()).is_empty());
}
