//! Delivery lists: format, size, recipients, keys that moved.

use alloy_primitives::U256;

use super::*;

#[test]
fn a_delivery_is_hashed_into_the_access_chain_and_logged_whole() {
    let (mut chain, record) = Chain::with_record();
    chain.register(BOB);
    let mut list = direct(&[BOB]);
    list.extend(channel(&[ALICE]));
    let keys = chain.keys(&[BOB]);

    chain.call(ALICE, &deliver(record, keys, list.clone())).expect("delivered");

    let mut body = vec![3];
    body.extend_from_slice(keccak256(&list).as_slice());
    let genesis = chain::access_genesis(place(), record);
    assert_eq!(chain.access(record), chain::append_access(genesis, ALICE, NOW, &body));
    assert_eq!(chain.replayed_access(record), chain.access(record));
    let (topics, data) = chain.0.get_emitted_logs().pop().expect("a log");
    let event = IRecords::AccessChanged::decode_raw_log(topics, &data).expect("its ABI");
    assert_eq!(event.payload, Bytes::from(list));
}

#[test]
fn a_delivery_to_a_key_that_moved_is_refused() {
    let (mut chain, record) = Chain::with_record();
    chain.register(BOB);
    let sealed_to = chain.keys(&[BOB]);
    chain.register(BOB);

    let refused = chain.call(ALICE, &deliver(record, sealed_to, direct(&[BOB])));

    let actual = chain.keys(&[BOB]);
    assert_eq!(refused, refusal(IRecords::KeysMoved { expected: sealed_to, actual }));
    assert!(chain.call(ALICE, &deliver(record, actual, direct(&[BOB]))).is_ok());
}

#[test]
fn a_direct_delivery_needs_a_registered_key_and_a_named_one() {
    let (mut chain, record) = Chain::with_record();

    let unregistered = chain.call(ALICE, &deliver(record, B256::ZERO, direct(&[BOB])));
    chain.register(BOB);
    let unnamed = chain.call(ALICE, &deliver(record, B256::ZERO, direct(&[BOB])));
    let unneeded = chain.call(ALICE, &deliver(record, chain_keys(&chain), channel(&[BOB])));

    assert_eq!(unregistered, refusal(IRecords::KeyNotRegistered { account: BOB }));
    let actual = chain.keys(&[BOB]);
    assert_eq!(unnamed, refusal(IRecords::KeysMoved { expected: B256::ZERO, actual }));
    let moved = IRecords::KeysMoved { expected: actual, actual: B256::ZERO };
    assert_eq!(unneeded, refusal(moved));
}

fn chain_keys(chain: &Chain) -> B256 {
    chain.keys(&[BOB])
}

#[test]
fn an_unlisted_reader_has_no_key_to_check() {
    let (mut chain, record) = Chain::with_record();

    let call = deliver(record, B256::ZERO, direct(&[Address::ZERO, Address::ZERO]));

    assert!(chain.call(ALICE, &call).is_ok());
}

#[test]
fn a_list_is_at_most_64_kib_and_never_empty() {
    let (mut chain, record) = Chain::with_record();
    // 64 items: 22 + 78 + 64 * 39 = 2,596 bytes; 25 of them and one of 16 items and rest below.
    let mut one = CAROL.to_vec();
    one.extend_from_slice(&(78_u16 + 64 * 39).to_be_bytes());
    one.extend_from_slice(&[1, 0]);
    one.resize(2_596, 0);
    let fits = one.repeat(25);
    let too_long = one.repeat(26);

    assert!(chain.call(ALICE, &deliver(record, B256::ZERO, fits)).is_ok());
    for list in [too_long, Vec::new()] {
        let length = U256::from(list.len());
        let error = IRecords::BlobLength { length, least: U256::ONE, most: U256::from(65_536) };
        assert_eq!(chain.call(ALICE, &deliver(record, B256::ZERO, list)), refusal(error));
    }
}

#[test]
fn a_list_that_breaks_the_format_is_refused_at_its_place() {
    let (mut chain, record) = Chain::with_record();
    let sound = channel(&[BOB]);
    let broken: [(&str, usize, Vec<u8>); 6] = [
        ("cut off in the header", 139, [&sound[..], &sound[..21]].concat()),
        ("cut off in the delivery", 139, [&sound[..], &sound[..138]].concat()),
        ("version 2", 0, changed(&sound, 22, 2)),
        ("form 2", 0, changed(&sound, 23, 2)),
        ("no item", 0, [&CAROL[..], &[0, 78, 1, 0], &[0; 76]].concat()),
        ("three items", 0, [&CAROL[..], &[0, 195, 1, 0], &[0; 193]].concat()),
    ];
    for (name, at, list) in broken {
        let refused = chain.call(ALICE, &deliver(record, B256::ZERO, list));
        let error = IRecords::ListMalformed { offset: U256::from(at) };
        assert_eq!(refused, refusal(error), "{name}");
    }
}

fn changed(list: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut list = list.to_vec();
    list[at] = byte;
    list
}

#[test]
fn owner_grant_and_rotate_deliver_and_nobody_else() {
    for (permissions, delivers) in [
        (permission::READ | permission::WRITE | permission::HISTORY, false),
        (permission::GRANT, true),
        (permission::ROTATE, true),
    ] {
        let (mut chain, record) = Chain::with_provider(permissions);
        chain.register(CAROL);
        let keys = chain.keys(&[CAROL]);
        let delivered = chain.call(BOB, &deliver(record, keys, direct(&[CAROL])));
        assert_eq!(delivered.is_ok(), delivers, "permission {permissions}");
        let stranger = chain.call(DAVE, &deliver(record, keys, direct(&[CAROL])));
        assert_eq!(stranger, not_owner(record, DAVE));
    }
}

#[test]
fn nobody_but_the_owner_uses_a_channel() {
    let (mut chain, record) = Chain::with_provider(FULL);

    let refused = chain.call(BOB, &deliver(record, B256::ZERO, channel(&[CAROL])));

    assert_eq!(refused, refusal(IRecords::DirectOnly { record, caller: BOB }));
}
