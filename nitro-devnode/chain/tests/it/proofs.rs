//! State roots and proofs against them.

use alloy_primitives::{Address, B256, TxKind, U256, address, hex, keccak256};
use alloy_trie::{Nibbles, TrieAccount, proof::verify_proof};
use devnode_chain::{AccountProof, Chain, ChainConfig};

use crate::wallet::{ALICE, DEV, chain, deploy, send};

const ARBOS_STATE: Address = address!("A4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf");
const BOB: Address = Address::repeat_byte(0xb0);

/// Panics unless a proof leads from a state root to what it says.
fn verify(proof: &AccountProof, state_root: B256) {
    let account = TrieAccount {
        nonce: proof.nonce,
        balance: proof.balance,
        storage_root: proof.storage_root,
        code_hash: proof.code_hash,
    };
    let expected = (account != TrieAccount::default()).then(|| alloy_rlp::encode(account));
    let path = Nibbles::unpack(keccak256(proof.address));
    verify_proof(state_root, path, expected, &proof.proof).expect("the account");
    for slot in &proof.storage {
        let path = Nibbles::unpack(keccak256(slot.slot.to_be_bytes::<32>()));
        let expected = (!slot.value.is_zero()).then(|| alloy_rlp::encode(slot.value));
        verify_proof(proof.storage_root, path, expected, &slot.proof).expect("the slot");
    }
}

fn root(chain: &Chain, block: u64) -> B256 {
    chain.block(block).unwrap().header.state_root
}

#[test]
fn accounts_and_slots_are_proven_at_every_block() {
    let chain = chain();
    // SSTORE(CALLDATASIZE, NUMBER + CALLDATASIZE): as many zeros as it is told.
    let contract = deploy(&chain, &hex!("3643013655"));
    for n in [1, 2, 40, 1] {
        send(&chain, ALICE, TxKind::Call(contract), 0, vec![0; n]).unwrap();
    }
    let slots: Vec<U256> = [0_u64, 1, 2, 3, 40].map(U256::from).to_vec();

    for block in 0..=chain.head_number() {
        for account in [ALICE, DEV, BOB, contract, ARBOS_STATE, Address::ZERO] {
            let proof = chain.proof(account, &slots, block).expect("a known block");
            verify(&proof, root(&chain, block));
            assert_eq!(proof.balance, chain.balance(account, block));
            assert_eq!(proof.storage[1].value, chain.storage(account, slots[1], block));
        }
    }
    assert_eq!(chain.proof(ALICE, &[], chain.head_number() + 1), None);
}

#[test]
fn equal_histories_have_equal_roots_and_other_states_other_roots() {
    let (one, other) = (chain(), Chain::new(ChainConfig::bare()).unwrap());
    assert_eq!(root(&one, 0), root(&chain(), 0));
    assert_ne!(root(&one, 0), root(&other, 0));
    let before = root(&one, one.head_number());
    send(&one, ALICE, TxKind::Call(BOB), 1, Vec::new()).unwrap();
    assert_ne!(root(&one, one.head_number()), before);
}

#[test]
fn the_root_after_rewinding_is_that_of_the_block_and_grows_from_there() {
    let chain = chain();
    let start = chain.head_number();
    let contract = deploy(&chain, &hex!("3643013655"));
    send(&chain, ALICE, TxKind::Call(contract), 0, vec![0; 3]).unwrap();

    chain.rewind(start);

    verify(&chain.proof(contract, &[U256::from(3)], start).unwrap(), root(&chain, start));
    let fresh = deploy(&chain, &hex!("3643013655"));
    let head = chain.head_number();
    verify(&chain.proof(fresh, &[U256::from(3)], head).unwrap(), root(&chain, head));
    verify(&chain.proof(ALICE, &[], start).unwrap(), root(&chain, start));
}
