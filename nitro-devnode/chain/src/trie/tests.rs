use std::collections::BTreeMap;

use alloy_trie::{HashBuilder, proof::verify_proof};
use proptest::{collection::vec, prelude::*};

use super::*;

/// The root by the builder of whole tries.
fn built(entries: &BTreeMap<B256, Vec<u8>>) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in entries {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    builder.root()
}

/// Keys that share long prefixes, so that extensions come and go.
fn key() -> impl Strategy<Value = B256> {
    (0_u8..4, 0_u8..3, 0_usize..4, any::<bool>()).prop_map(|(head, tail, at, is_spread)| {
        let mut key = B256::ZERO;
        key[[0, 1, 15, 31][at]] = head;
        key[31] = key[31].wrapping_add(tail << 4);
        if is_spread { keccak256(key) } else { key }
    })
}

proptest! {
    #[test]
    fn any_order_of_changes_gives_the_root_of_the_whole_trie(
        changes in vec((key(), vec(1_u8.., 0..40)), 0..60),
    ) {
        let (mut trie, mut entries) = (Trie::default(), BTreeMap::new());
        for (key, value) in changes {
            trie.set(key, &value);
            if value.is_empty() {
                entries.remove(&key);
            } else {
                entries.insert(key, value);
            }
            prop_assert_eq!(trie.root(), built(&entries));
        }
        for (key, value) in &entries {
            let proof = trie.proof(*key);
            let path = Nibbles::unpack(key);
            prop_assert!(verify_proof(trie.root(), path, Some(value.clone()), &proof).is_ok());
        }
    }

    #[test]
    fn the_absence_of_a_key_is_proven(present in vec(key(), 1..20), absent in key()) {
        let mut trie = Trie::default();
        present.iter().filter(|key| **key != absent).for_each(|key| trie.set(*key, b"a value"));

        let proof = trie.proof(absent);

        prop_assert!(verify_proof(trie.root(), Nibbles::unpack(absent), None, &proof).is_ok());
    }
}

#[test]
fn an_empty_trie_has_the_empty_root_and_no_proof() {
    let mut trie = Trie::default();
    trie.set(B256::ZERO, b"x");
    trie.set(B256::ZERO, b"");

    assert_eq!(trie.root(), EMPTY_ROOT_HASH);
    assert!(trie.proof(B256::ZERO).is_empty());
}

#[test]
fn a_copy_keeps_its_root_when_the_original_changes() {
    let mut trie = Trie::default();
    (0..50_u8).for_each(|n| trie.set(keccak256([n]), &[n + 1]));
    let (copy, root) = (trie.clone(), trie.root());

    (0..50_u8).for_each(|n| trie.set(keccak256([n]), b""));

    assert_eq!(copy.root(), root);
    assert_eq!(trie.root(), EMPTY_ROOT_HASH);
}
