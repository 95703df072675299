//! An append costs the same whatever came before it.

use chartkey_abi::{records_creation_code, records_slot};
use chartkey_tests::{TestNode, anvil_key, programs};
use ethers::contract::FunctionCall;
use ethers::core::types::{Bytes, U256};

use crate::client::{Client, Records, client, deploy_records, put};
use crate::gas::gas;

const HANDLE: u16 = 7;
const RECORD: [u8; 32] = [0x5e; 32];

/// Creation code that also writes these words, as a chain has them after a long history.
fn creation_with(words: &[([u8; 32], [u8; 32])]) -> Vec<u8> {
    let mut prologue = Vec::new();
    for (slot, word) in words {
        prologue.push(0x7f); // PUSH32
        prologue.extend_from_slice(word);
        prologue.push(0x7f);
        prologue.extend_from_slice(slot);
        prologue.push(0x55); // SSTORE
    }
    let mut creation = records_creation_code(&programs::records());
    // The program's place in the creation code moves by the prologue: PUSH1 becomes PUSH2.
    let at = creation.iter().position(|byte| *byte == 0x60 + 0x20).expect("DUP1") + 1;
    let code = creation.split_off(at + 2);
    let place = u16::try_from(prologue.len() + at + 3 + 4).expect("short").to_be_bytes();
    creation.truncate(at);
    creation.extend_from_slice(&[0x61, place[0], place[1]]);
    // What follows the place: RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN, then the program.
    [prologue, creation, code].concat()
}

/// Gas of one append without what its calldata costs, which varies with zero bytes of the head.
async fn execution_gas(records: &Records<Client>, state: [u8; 32]) -> u64 {
    let envelope = Bytes::from(vec![2; 585]);
    let call: FunctionCall<_, _, [u8; 32]> = records.append(RECORD, HANDLE, state, envelope);
    let data = call.calldata().expect("encodes");
    let calldata: u64 = data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    gas(&call.send().await.expect("sent").await.expect("mined").expect("a receipt")) - calldata
}

#[tokio::test(flavor = "multi_thread")]
async fn the_100_000th_append_costs_what_the_first_costs() {
    let node = TestNode::start();
    let alice = client(&node.url(), &anvil_key(0)).await;
    deploy_records(&alice).await;
    let mut costs = Vec::new();
    for number in [1_u32, 99_999] {
        let mut state = [0x77; 32];
        state[28..].copy_from_slice(&number.to_be_bytes());
        let mut owner = [0; 32];
        owner[12..].copy_from_slice(alice.address().as_bytes());
        let words = [
            (records_slot::record(RECORD.into()).0, owner),
            (records_slot::state(RECORD.into(), HANDLE).0, state),
        ];
        let creation = put(&alice, creation_with(&words)).await;
        let program = creation.contract_address.expect("a creation");
        let records = Records::new(program, alice.clone());
        assert_eq!(records.owner_of(RECORD).call().await.expect("a view"), alice.address());

        costs.push(execution_gas(&records, state).await);

        let after = records.state_of(RECORD, HANDLE).call().await.expect("a view");
        assert_eq!(U256::from_big_endian(&after[28..]), U256::from(number + 1));
    }
    assert_eq!(costs[0], costs[1]);
}
