//! Rotation: several sections in one call, dirty bits, revocation on the way.

use super::*;

#[test]
fn a_rotation_starts_epochs_of_several_sections_and_delivers_once() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    let second = chain.call(ALICE, &open(record, 9, B256::ZERO)).expect("opened");
    let first = chain.state(record, HANDLE);
    let list = channel(&[ALICE, CAROL]);
    let call = IRecords::rotateCall {
        record,
        revoked: BOB,
        handles: vec![HANDLE, 9],
        expectedStates: vec![first, second],
        epochRecords: vec![epoch(2), Bytes::from(vec![3; 261])],
        keys: B256::ZERO,
        list: list.into(),
    };

    chain.call(ALICE, &call).expect("rotated");

    let leaf = keccak256([3; 261]);
    assert_eq!(chain.state(record, HANDLE), folded(first, 2, ALICE, &[epoch(2)]));
    assert_eq!(chain.state(record, 9), chain::append(second, link(2, 1, ALICE), leaf));
    assert_eq!(chain.dirty(record), 0, "set by the revocation, cleared by the epoch");
    assert_eq!(chain.grant_word(record, BOB), B256::ZERO);
    assert_eq!(chain.access_kinds(record), [1, 2]);
    assert_eq!(chain.access(record), chain.replayed_access(record));
    assert_eq!(chain.access(record)[28..], [0, 0, 0, 3], "grant, revocation, delivery");
}

#[test]
fn all_of_a_rotation_is_done_or_nothing() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    let first = chain.state(record, HANDLE);
    let before = (chain.access(record), first, chain.grant_word(record, BOB));
    let stale = IRecords::rotateCall {
        revoked: BOB,
        handles: vec![HANDLE, HANDLE],
        expectedStates: vec![first, first],
        epochRecords: vec![epoch(2), epoch(3)],
        ..rotate(record, first)
    };

    assert!(chain.call(ALICE, &stale).is_err(), "the section moved within the call");

    let after = (chain.access(record), chain.state(record, HANDLE), chain.grant_word(record, BOB));
    assert_eq!(after, before);
}

#[test]
fn a_dirty_section_takes_no_entry_until_it_is_rotated() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    let state = chain.state(record, HANDLE);
    let other = chain.call(ALICE, &open(record, 9, B256::ZERO)).expect("opened");
    chain.call(ALICE, &IRecords::revokeCall { record, grantee: BOB }).expect("revoked");

    let due = IRecords::RotationDue { record, handle: HANDLE };
    assert_eq!(chain.call(ALICE, &append(record, state, 1)), refusal(due.clone()));
    let detached = IRecords::appendDetachedCall {
        record,
        handle: HANDLE,
        expectedState: state,
        leaf: B256::repeat_byte(1),
    };
    assert_eq!(chain.call(ALICE, &detached), refusal(due));
    let elsewhere = IRecords::appendCall { handle: 9, ..append(record, other, 1) };
    assert!(chain.call(ALICE, &elsewhere).is_ok(), "other sections go on");

    let state = chain.call(ALICE, &open(record, HANDLE, state)).expect("a new epoch");
    assert_eq!(chain.dirty(record), 0);
    assert!(chain.call(ALICE, &append(record, state, 1)).is_ok());
}

#[test]
fn rotating_one_section_leaves_the_others_dirty() {
    let (mut chain, record) = Chain::with_record();
    let wide = IRecords::grantCall { handles: 0b1001 << HANDLE, ..grant(record, BOB, 1) };
    chain.call(ALICE, &wide).expect("granted");
    let state = chain.state(record, HANDLE);
    let call = IRecords::rotateCall { revoked: BOB, ..rotate(record, state) };

    chain.call(ALICE, &call).expect("rotated");

    assert_eq!(chain.dirty(record), 0b1000 << HANDLE);
}

#[test]
fn a_holder_of_rotate_rotates_what_it_holds_and_delivers_direct() {
    let (mut chain, record) = Chain::with_provider(permission::ROTATE);
    chain.register(CAROL);
    let state = chain.state(record, HANDLE);
    let other = chain.call(ALICE, &open(record, 9, B256::ZERO)).expect("opened");
    let elsewhere = IRecords::rotateCall { handles: vec![9], ..rotate(record, other) };
    let through_channel =
        IRecords::rotateCall { list: channel(&[CAROL]).into(), ..rotate(record, state) };
    let sound = IRecords::rotateCall {
        keys: chain.keys(&[CAROL]),
        list: direct(&[CAROL]).into(),
        ..rotate(record, state)
    };

    let refused = IRecords::NotGranted {
        record,
        grantee: BOB,
        handles: 1 << 9,
        permission: permission::ROTATE,
    };
    assert_eq!(chain.call(BOB, &elsewhere), refusal(refused));
    let direct_only = IRecords::DirectOnly { record, caller: BOB };
    assert_eq!(chain.call(BOB, &through_channel), refusal(direct_only));
    chain.call(BOB, &sound).expect("rotated");
    assert_eq!(chain.state(record, HANDLE), folded(state, 2, BOB, &[epoch(2)]));
}

#[test]
fn a_rotator_cannot_revoke() {
    let (mut chain, record) = Chain::with_provider(permission::ROTATE);
    chain.call(ALICE, &grant(record, CAROL, 1)).expect("granted");
    let state = chain.state(record, HANDLE);

    let call = IRecords::rotateCall { revoked: CAROL, ..rotate(record, state) };

    assert_eq!(chain.call(BOB, &call), not_owner(record, BOB));
}

#[test]
fn a_custodian_cannot_deliver_through_a_rotation_of_nothing() {
    let (mut chain, record) = Chain::with_provider(permission::CUSTODIAN);
    chain.register(CAROL);
    let call = IRecords::rotateCall {
        handles: Vec::new(),
        expectedStates: Vec::new(),
        epochRecords: Vec::new(),
        keys: chain.keys(&[CAROL]),
        list: direct(&[CAROL]).into(),
        ..rotate(record, B256::ZERO)
    };

    let expected = IRecords::RecipientNotAllowed { record, recipient: CAROL };
    assert_eq!(chain.call(BOB, &call), refusal(expected));
}

#[test]
fn a_section_without_its_state_word_is_no_rotation() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    let shape = |handles: u8, states: u8, epoch_records: u8| IRecords::RotationShape {
        handles: alloy_primitives::U256::from(handles),
        states: alloy_primitives::U256::from(states),
        epochRecords: alloy_primitives::U256::from(epoch_records),
    };

    let stateless = IRecords::rotateCall { expectedStates: Vec::new(), ..rotate(record, state) };
    let epochless = IRecords::rotateCall { epochRecords: Vec::new(), ..rotate(record, state) };

    assert_eq!(chain.call(ALICE, &stateless), refusal(shape(1, 0, 1)));
    assert_eq!(chain.call(ALICE, &epochless), refusal(shape(1, 1, 0)));
}
