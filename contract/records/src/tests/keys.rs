//! The key registry.

use alloy_primitives::U256;

use super::*;

fn register(version: u32, fill: u8) -> IRecords::registerKeyCall {
    IRecords::registerKeyCall { version, publicKey: vec![fill; 1_216].into() }
}

#[test]
fn a_key_goes_to_the_log_whole_and_its_word_to_storage() {
    let mut chain = Chain::new();

    chain.call(BOB, &register(1, 0x44)).expect("registered");

    let word = chain::key_word(place(), BOB, 1, &[0x44; 1_216]);
    assert_eq!(chain.key(BOB), word);
    assert_eq!(word[28..], [0, 0, 0, 1]);
    let (topics, data) = chain.0.get_emitted_logs().pop().expect("a log");
    let event = IRecords::KeyRegistered::decode_raw_log(topics, &data).expect("its ABI");
    assert_eq!((event.account, event.key), (BOB, word));
    assert_eq!(event.publicKey, Bytes::from(vec![0x44; 1_216]));
}

#[test]
fn versions_go_up_by_one() {
    let mut chain = Chain::new();
    for (version, needed) in [(0, 1), (2, 1)] {
        let refused = chain.call(BOB, &register(version, 1));
        assert_eq!(refused, refusal(IRecords::KeyVersion { version, needed }));
    }
    chain.call(BOB, &register(1, 1)).expect("the first");

    let again = chain.call(BOB, &register(1, 1));
    chain.call(BOB, &register(2, 2)).expect("the second");

    assert_eq!(again, refusal(IRecords::KeyVersion { version: 1, needed: 2 }));
    assert_eq!(chain.key(BOB)[28..], [0, 0, 0, 2]);
    assert_eq!(chain.key(CAROL), B256::ZERO, "only the caller's own word is written");
}

#[test]
fn a_key_has_1216_bytes() {
    let mut chain = Chain::new();
    for length in [0, 1_215, 1_217] {
        let call = IRecords::registerKeyCall { version: 1, publicKey: vec![1; length].into() };
        let error = IRecords::BlobLength {
            length: U256::from(length),
            least: U256::from(1_216),
            most: U256::from(1_216),
        };
        assert_eq!(chain.call(BOB, &call), refusal(error));
    }
}

#[test]
fn a_key_slot_is_logged_for_a_registered_key_and_never_for_a_passphrase() {
    let mut chain = Chain::new();
    let slot =
        |kind: u8, length: usize| IRecords::addKeySlotCall { kind, slot: vec![6; length].into() };
    let none = IRecords::KeyNotRegistered { account: BOB };
    assert_eq!(chain.call(BOB, &slot(1, 104)), refusal(none));
    let key = chain.register(BOB);

    assert_eq!(chain.call(BOB, &slot(2, 104)), refusal(IRecords::KeySlotKind { kind: 2 }));
    assert!(chain.call(BOB, &slot(1, 103)).is_err());
    chain.call(BOB, &slot(3, 104)).expect("a passkey");

    let (topics, data) = chain.0.get_emitted_logs().pop().expect("a log");
    let event = IRecords::KeySlotAdded::decode_raw_log(topics, &data).expect("its ABI");
    assert_eq!((event.account, event.key, event.kind), (BOB, key, 3));
    assert_eq!(event.slot.len(), 104);
}
