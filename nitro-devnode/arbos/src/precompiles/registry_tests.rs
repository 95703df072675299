use alloy_primitives::{U256, keccak256};

use super::*;
use crate::precompiles::method::Kind;

/// The tables of devnode.md section 4: address, selector, signature, kind, first version.
const METHODS: &str = include_str!("../../tests/it/methods.txt");

struct Row<'a> {
    address: Address,
    selector: [u8; 4],
    signature: &'a str,
    kind: &'a str,
    versions: (u64, u64),
}

fn rows() -> Vec<Row<'static>> {
    METHODS.lines().filter(|line| !line.starts_with('#')).map(parse).collect()
}

fn parse(line: &'static str) -> Row<'static> {
    let fields: Vec<&str> = line.split(' ').collect();
    let address = u64::from_str_radix(fields[0], 16).expect("a short address");
    let (first, last) = fields[4].split_once('-').unwrap_or((fields[4], "18446744073709551615"));
    Row {
        address: Address::from_word(U256::from(address).into()),
        selector: hex::decode(fields[1]).expect("hex").try_into().expect("four bytes"),
        signature: fields[2],
        kind: fields[3],
        versions: (first.parse().expect("a version"), last.parse().expect("a version")),
    }
}

#[test]
fn every_method_of_the_specification_exists_with_its_kind_and_version() {
    for row in rows() {
        let entry = find(row.address, 60).expect("a precompile");
        let method = entry
            .methods()
            .find(|method| method.selector == row.selector)
            .unwrap_or_else(|| panic!("{} of {} is missing", row.signature, row.address));
        assert_eq!(method.signature, row.signature);
        assert_eq!(keccak256(row.signature)[..4], row.selector, "{}", row.signature);
        let kind = match method.kind {
            Kind::Pure => "pure",
            Kind::View => "view",
            Kind::Write => "write",
            Kind::Payable => "payable",
        };
        assert_eq!(kind, row.kind, "{}", row.signature);
        if row.address != address::ARBOS_ACTOR {
            assert_eq!((method.since, method.until), row.versions, "{}", row.signature);
        }
    }
}

#[test]
fn no_method_is_unknown_to_the_specification() {
    let rows = rows();
    for entry in PRECOMPILES {
        for method in entry.methods() {
            let is_listed = rows
                .iter()
                .any(|row| row.address == entry.address && row.selector == method.selector);
            assert!(is_listed, "{} of {}", method.signature, entry.address);
        }
    }
}

#[test]
fn precompiles_appear_with_their_versions() {
    assert!(!is_precompile(address::ARB_NATIVE_TOKEN_MANAGER, 40));
    assert!(is_precompile(address::ARB_NATIVE_TOKEN_MANAGER, 41));
    assert!(!is_precompile(address::ARB_FILTERED_TRANSACTIONS_MANAGER, 51));
    assert!(is_precompile(address::ARB_FILTERED_TRANSACTIONS_MANAGER, 60));
    assert!(!is_precompile(address::NODE_INTERFACE, 60));
    assert_eq!(active_precompiles(51).count(), 17);
}
