//! Threats of crypto.md section 17 that the contract answers: C09, C10, C11, C12, C19.

use std::collections::BTreeSet;

use alloy_sol_types::SolInterface;

use super::*;

/// C09: what a front-runner or a sequencer copies, repeats or delays is refused.
#[test]
fn c09_stale_and_double_sends_record_nothing() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    let seen = chain.state(record, HANDLE);
    let mine = append(record, seen, 1);
    chain.call(BOB, &append(record, seen, 2)).expect("another entry came first");
    let now = chain.state(record, HANDLE);

    let moved = IRecords::StateMoved { record, handle: HANDLE, expected: seen, actual: now };
    assert_eq!(chain.call(ALICE, &mine), refusal(moved.clone()), "stale");
    assert_eq!(chain.call(BOB, &append(record, seen, 2)), refusal(moved), "sent twice");
    assert_eq!(chain.state(record, HANDLE), now);
}

/// C09: a grant copied from the mempool, by anybody but the owner, reverts.
#[test]
fn c09_a_copied_grant_is_nobodys() {
    let (mut chain, record) = Chain::with_record();
    let copied = grant(record, BOB, FULL);

    assert_eq!(chain.call(BOB, &copied), not_owner(record, BOB));
    let for_itself = IRecords::grantCall { grantee: CAROL, ..copied };
    assert_eq!(chain.call(CAROL, &for_itself), not_owner(record, CAROL));
    assert_eq!(chain.grant_word(record, BOB), B256::ZERO);
}

/// C09: the reader's key changes between sealing and inclusion.
#[test]
fn c09_a_grant_sealed_to_a_key_that_moved_is_undone_whole() {
    let (mut chain, record) = Chain::with_record();
    chain.register(BOB);
    let call = IRecords::grantCall {
        keys: chain.keys(&[BOB]),
        list: direct(&[BOB]).into(),
        ..grant(record, BOB, 1)
    };
    let access = chain.access(record);
    chain.register(BOB);

    let moved = IRecords::KeysMoved { expected: call.keys, actual: chain.keys(&[BOB]) };
    assert_eq!(chain.call(ALICE, &call), refusal(moved));
    assert_eq!((chain.grant_word(record, BOB), chain.access(record)), (B256::ZERO, access));
}

/// C10: after a revocation the reader writes nothing, and nobody else does until the rotation.
#[test]
fn c10_a_revoked_reader_writes_nothing_and_the_section_waits_for_its_rotation() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE | permission::ROTATE);
    let state = chain.state(record, HANDLE);
    chain.call(ALICE, &IRecords::revokeCall { record, grantee: BOB }).expect("revoked");

    assert_eq!(chain.call(BOB, &append(record, state, 1)), not_owner(record, BOB));
    assert_eq!(chain.call(BOB, &open(record, HANDLE, state)), not_owner(record, BOB));
    let due = IRecords::RotationDue { record, handle: HANDLE };
    assert_eq!(chain.call(ALICE, &append(record, state, 1)), refusal(due));

    chain.call(ALICE, &rotate(record, state)).expect("rotated");
    let state = chain.state(record, HANDLE);
    assert!(chain.call(ALICE, &append(record, state, 1)).is_ok());
    assert_eq!(chain.call(BOB, &append(record, state, 1)), not_owner(record, BOB));
}

/// C11: expiry stops writing at its second; the gap until the rotation can be seen, and closed.
#[test]
fn c11_expiry_stops_writing_and_anybody_can_make_the_rotation_due() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    let state = chain.state(record, HANDLE);
    let end = NOW + 10 * DAY;
    chain.at(end);

    let expired = IRecords::GrantExpired { record, grantee: BOB, expiry: end };
    assert_eq!(chain.call(BOB, &append(record, state, 1)), refusal(expired));
    assert_eq!(chain.dirty(record), 0, "the gap: granted in storage, run out by the clock");
    chain.call(CAROL, &IRecords::expireCall { record, grantee: BOB }).expect("anybody");
    let due = IRecords::RotationDue { record, handle: HANDLE };
    assert_eq!(chain.call(ALICE, &append(record, state, 1)), refusal(due));
    assert!(chain.call(ALICE, &rotate(record, state)).is_ok());
}

/// C12: a clinician writes in the sections of the grant and in no other section or record.
#[test]
fn c12_a_clinician_writes_where_granted_and_nowhere_else() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    let other = chain.call(ALICE, &open(record, 8, B256::ZERO)).expect("opened");
    let foreign = IRecords::createRecordCall { nonce: B256::repeat_byte(1), ..create(HANDLE) };
    let foreign = chain.call(DAVE, &foreign).expect("created");

    let elsewhere = IRecords::appendCall { handle: 8, ..append(record, other, 1) };
    let error = IRecords::NotGranted {
        record,
        grantee: BOB,
        handles: 1 << 8,
        permission: permission::WRITE,
    };
    assert_eq!(chain.call(BOB, &elsewhere), refusal(error));
    let state = chain.state(foreign, HANDLE);
    assert_eq!(chain.call(BOB, &append(foreign, state, 1)), not_owner(foreign, BOB));

    let state = chain.state(record, HANDLE);
    let after = chain.call(BOB, &append(record, state, 1)).expect("where granted");
    assert_eq!(after, folded(state, 1, BOB, &[envelope(1)]), "under Bob's name");
}

/// C19: there is no setter. The list is closed: a new function has to be judged here.
#[test]
fn c19_no_function_sets_a_head_an_author_a_key_or_an_owner() {
    let procedures: BTreeSet<&str> = [
        "acceptRecord",    // owner: offered by the owner
        "acceptRegistrar", // registrar: offered by the registrar
        "addKeySlot",      // log only, the caller's own
        "append",          // head: linked, author is the caller
        "appendBatch",     // the same
        "appendDetached",  // the same
        "appendEpoch",     // the same
        "approveRecovery", // a guardian's own vote
        "claimEmergency",  // the caller's own claim
        "closeEmergency",  // ends a claim
        "createRecord",    // the caller's own record
        "deliver",         // access chain: linked
        "expire",          // ends what has run out
        "finishRecovery",  // owner: guardians, delay, no veto
        "grant",           // owner or within a grant
        "offerRecord",     // owner
        "offerRegistrar",  // registrar
        "registerKey",     // the caller's own key, computed here
        "revoke",          // owner or grantor
        "rotate",          // head: linked
        "setCredential",   // registrar, no access to any record
        "setEmergency",    // owner
        "setGuardians",    // owner
        "vetoRecovery",    // owner
    ]
    .into();

    let abi = chartkey_abi::records_json_abi();
    let writing: BTreeSet<&str> = abi
        .functions()
        .filter(|function| function.state_mutability != alloy_json_abi::StateMutability::View)
        .map(|function| function.name.as_str())
        .collect();

    assert_eq!(writing, procedures);
    assert_eq!(IRecords::IRecordsCalls::COUNT, procedures.len() + 3, "and three views");
    assert!(abi.fallback.is_none() && abi.receive.is_none() && abi.constructor.is_none());
}

/// C19: the registrar, the only account with a post, has no power over a record.
#[test]
fn c19_the_registrar_has_no_power_over_a_record() {
    let (mut chain, record) = Chain::with_record();
    chain.licence(REGISTRAR, 3 & !1);
    let state = chain.state(record, HANDLE);

    let refused = [
        chain.call(REGISTRAR, &append(record, state, 1)).err(),
        chain.call(REGISTRAR, &open(record, HANDLE, state)).err(),
        chain.call(REGISTRAR, &grant(record, BOB, 1)).err(),
        chain.call(REGISTRAR, &deliver(record, B256::ZERO, channel(&[BOB]))).err(),
        chain.call(REGISTRAR, &IRecords::offerRecordCall { record, account: BOB }).err(),
        chain.call(REGISTRAR, &IRecords::vetoRecoveryCall { record }).err(),
    ];

    let error = IRecords::NotOwner { record, caller: REGISTRAR }.abi_encode();
    assert!(refused.iter().all(|refusal| refusal.as_ref() == Some(&error)), "{refused:?}");
}
