//! Calldata for a method signature, with random arguments.

use alloy_primitives::{Address, U256, keccak256};

use super::random::Random;

/// The types of a signature's parameters, at the top level.
fn parameters(signature: &str) -> Vec<&str> {
    let (_, list) = signature.split_once('(').unwrap();
    let list = list.strip_suffix(')').unwrap();
    let (mut depth, mut start, mut types) = (0_usize, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                types.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !list.is_empty() {
        types.push(&list[start..]);
    }
    types
}

/// A call with arguments of the right types; addresses are some of these.
pub(crate) fn random_call(signature: &str, addresses: &[Address], random: &mut Random) -> Vec<u8> {
    let types = parameters(signature);
    let mut head = keccak256(signature)[..4].to_vec();
    let mut tail = Vec::new();
    for kind in &types {
        match *kind {
            "bytes" | "string" => {
                let offset = U256::from(32 * types.len() + tail.len());
                head.extend_from_slice(&offset.to_be_bytes::<32>());
                let length = random.index(100);
                tail.extend_from_slice(&U256::from(length).to_be_bytes::<32>());
                // Printable, for strings; padded to words.
                tail.extend((0..length).map(|_| b'a' + random.byte() % 26));
                tail.resize(tail.len().next_multiple_of(32), 0);
            }
            kind if kind.ends_with(']') => {
                let offset = U256::from(32 * types.len() + tail.len());
                head.extend_from_slice(&offset.to_be_bytes::<32>());
                // A list of so many triples; what wants more than that cannot decode it.
                let length = random.below(3);
                tail.extend_from_slice(&U256::from(length).to_be_bytes::<32>());
                for _ in 0..3 * length {
                    tail.extend_from_slice(&U256::from(random.below(1_000)).to_be_bytes::<32>());
                }
            }
            kind => head.extend_from_slice(&word(kind, addresses, random).to_be_bytes::<32>()),
        }
    }
    [head, tail].concat()
}

fn word(kind: &str, addresses: &[Address], random: &mut Random) -> U256 {
    match kind {
        "address" => random.pick(addresses).into_word().into(),
        "bool" => U256::from(random.below(2)),
        "bytes32" => U256::from_be_slice(&random.bytes(32)),
        // Numbers that mean something, and some that are too large for most types.
        _ if random.one_in(6) => U256::from(random.next()),
        _ => U256::from(random.below(300)),
    }
}

#[test]
fn parameters_of_nested_types_are_told_apart() {
    let signature = "set(((uint8,uint64)[],uint32)[],address,bytes)";
    assert_eq!(parameters(signature), ["((uint8,uint64)[],uint32)[]", "address", "bytes"]);
    assert!(parameters("size()").is_empty());
}
