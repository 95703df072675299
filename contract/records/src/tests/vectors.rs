//! `crypto.json`: identities, keys and both chains as the specification has them.

use alloy_primitives::hex;
use chartkey_abi::{T_ACL_GENESIS, T_ACL_LINK, Terms};
use serde_json::Value;

use super::*;

fn vectors() -> Value {
    let text = include_str!("../../../../crypto/tests/vectors/crypto.json");
    serde_json::from_str(text).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("hex")).expect("hex")
}

fn word(value: &Value) -> B256 {
    B256::from_slice(&bytes(value))
}

fn account(value: &Value) -> Address {
    Address::from_slice(&bytes(value))
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn vector_place(vectors: &Value) -> Place {
    Place { chain_id: number(&vectors["chain_id"]), contract: account(&vectors["contract"]) }
}

#[test]
fn tags_are_hashes_of_their_names() {
    let vectors = vectors();
    for (tag, name, key) in [
        (chain::T_RECORD_ID, "ehr1/record-id", "record_id"),
        (chain::T_GENESIS, "ehr1/section-genesis", "section_genesis"),
        (chain::T_LINK, "ehr1/section-link", "section_link"),
        (chain::T_KEY_ID, "ehr1/key-id", "key_id"),
        (T_ACL_GENESIS, "ehr1/acl-genesis", "acl_genesis"),
        (T_ACL_LINK, "ehr1/acl-link", "acl_link"),
    ] {
        assert_eq!(tag, keccak256(name), "{name}");
        assert_eq!(tag, word(&vectors["tags"][key]), "{name}");
    }
}

#[test]
fn a_record_has_the_identity_of_the_specification() {
    let vectors = vectors();
    let creator = account(&vectors["identities"][0]["account"]);

    let record = chain::record_id(vector_place(&vectors), creator, word(&vectors["record_nonce"]));

    assert_eq!(record, word(&vectors["record_id"]));
}

#[test]
fn keys_have_the_identities_of_the_specification() {
    let vectors = vectors();
    let place = vector_place(&vectors);
    for identity in vectors["identities"].as_array().expect("a list") {
        let version = number(&identity["key_version"]) as u32;
        let public_key = bytes(&identity["public_key"]);
        let key = chain::key_word(place, account(&identity["account"]), version, &public_key);
        assert_eq!(key[..28], bytes(&identity["key_id"])[..], "{}", identity["name"]);
        assert_eq!(key[28..], version.to_be_bytes());
    }
}

#[test]
fn a_section_chains_as_in_the_specification() {
    let vectors = vectors();
    let section = &vectors["section"];
    let handle = number(&section["section"]) as u16;
    let mut state = chain::genesis(vector_place(&vectors), word(&vectors["record_id"]), handle);
    assert_eq!(state[..28], bytes(&section["genesis"])[..]);

    for step in section["links"].as_array().expect("a list") {
        let link = Link {
            kind: number(&step["kind"]) as u8,
            index: number(&step["index"]) as u16,
            author: account(&step["author"]),
            time: number(&step["time"]),
        };
        assert_eq!(state[..28], bytes(&step["prev_head"])[..], "link {}", step["seq"]);
        state = chain::append(state, link, word(&step["leaf"]));
        assert_eq!(state, word(&step["state_word"]), "link {}", step["seq"]);
    }
    let leaf = keccak256(bytes(&section["epochs"][0]["record_blob"]));
    assert_eq!(leaf, word(&section["links"][0]["leaf"]));
}

#[test]
fn access_chains_as_in_the_specification() {
    let vectors = vectors();
    let acl = &vectors["acl"];
    let mut access = chain::access_genesis(vector_place(&vectors), word(&vectors["record_id"]));
    assert_eq!(access[..28], bytes(&acl["genesis"])[..]);

    for step in acl["links"].as_array().expect("a list") {
        let body = bytes(&step["body"]);
        access =
            chain::append_access(access, account(&step["actor"]), number(&step["time"]), &body);
        assert_eq!(access[..28], bytes(&step["head"])[..], "link {}", step["seq"]);
        assert_eq!(access[28..], (number(&step["seq"]) as u32).to_be_bytes());
    }
}

/// The vectors' grant, delivery and revocation through the program itself.
#[test]
fn the_program_makes_the_access_chain_of_the_specification() {
    let vectors = vectors();
    let mut chain = Chain::new();
    chain.0.set_contract_address(account(&vectors["contract"]));
    let patient = account(&vectors["identities"][0]["account"]);
    let call = IRecords::createRecordCall { nonce: word(&vectors["record_nonce"]), ..create(3) };
    let record = chain.call(patient, &call).expect("created");
    assert_eq!(record, word(&vectors["record_id"]));
    let links = &vectors["acl"]["links"];
    let body = bytes(&links[0]["body"]);
    let mut terms_word = B256::ZERO;
    terms_word[..Terms::LENGTH].copy_from_slice(&body[21..]);
    let terms = Terms::from_word(terms_word);
    let granted = IRecords::grantCall {
        permissions: terms.permissions,
        handles: terms.handles,
        expiry: terms.expiry,
        purpose: terms.purpose,
        ..grant(record, Address::from_slice(&body[1..21]), 0)
    };

    chain.call(patient, &granted).expect("granted");
    assert_eq!(chain.access(record)[..28], bytes(&links[0]["head"])[..]);
    chain.at(number(&links[1]["time"]));
    let lab = &vectors["identities"][2];
    let key = IRecords::registerKeyCall { version: 1, publicKey: bytes(&lab["public_key"]).into() };
    chain.call(account(&lab["account"]), &key).expect("registered");
    // The clinician's delivery goes through a channel, the laboratory's is direct.
    let keys = chain.keys(&[account(&lab["account"])]);
    let list = bytes(&vectors["deliveries"]["list"]);
    chain.call(patient, &deliver(record, keys, list)).expect("delivered");
    assert_eq!(chain.access(record)[..28], bytes(&links[1]["head"])[..]);
}
