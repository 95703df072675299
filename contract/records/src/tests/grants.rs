//! Grants: terms, replacement, revocation, expiry, delegation.

use chartkey_abi::{Terms, access_kind};

use super::*;

fn write_as(chain: &mut Chain, author: Address, record: B256) -> Result<B256, Refused> {
    let state = chain.state(record, HANDLE);
    chain.call(author, &append(record, state, 1))
}

fn expire(record: B256, grantee: Address) -> IRecords::expireCall {
    IRecords::expireCall { record, grantee }
}

fn revoke(record: B256, grantee: Address) -> IRecords::revokeCall {
    IRecords::revokeCall { record, grantee }
}

#[test]
fn a_grant_is_stored_linked_and_logged() {
    let (mut chain, record) = Chain::with_record();
    let call = grant(record, BOB, permission::READ | permission::WRITE);

    chain.call(ALICE, &call).expect("granted");

    let terms = Terms::from_word(chain.grant_word(record, BOB));
    assert_eq!((terms.permissions, terms.handles), (3, 1 << HANDLE));
    assert_eq!((terms.expiry, terms.purpose), (NOW + 10 * DAY, purpose::TREAT));
    let bodies = access_bodies(access_kind::GRANT, BOB, terms.word(), &[]);
    let genesis = chain::access_genesis(place(), record);
    let word = chain::append_access(genesis, ALICE, NOW, &bodies[0]);
    assert_eq!(chain.access(record), word);
    assert_eq!(chain.replayed_access(record), word);
}

#[test]
fn a_grant_with_a_delivery_is_two_links_in_one_event() {
    let (mut chain, record) = Chain::with_record();
    chain.register(BOB);
    let keys = chain.keys(&[BOB]);
    let call = IRecords::grantCall { keys, list: direct(&[BOB]).into(), ..grant(record, BOB, 1) };

    chain.call(ALICE, &call).expect("granted");

    assert_eq!(chain.access(record)[28..], [0, 0, 0, 2]);
    assert_eq!(chain.replayed_access(record), chain.access(record));
    assert_eq!(chain.access_kinds(record), [1]);
}

#[test]
fn terms_without_sense_are_refused() {
    let (mut chain, record) = Chain::with_record();
    let sound = grant(record, BOB, FULL);
    for unsound in [
        IRecords::grantCall { permissions: 1 << 7, ..sound.clone() },
        IRecords::grantCall { handles: 0, ..sound.clone() },
        IRecords::grantCall { expiry: NOW, ..sound.clone() },
        IRecords::grantCall { purpose: 0, ..sound.clone() },
    ] {
        let error = IRecords::GrantTerms {
            permissions: unsound.permissions,
            handles: unsound.handles,
            expiry: unsound.expiry,
            purpose: unsound.purpose,
        };
        assert_eq!(chain.call(ALICE, &unsound), refusal(error));
    }
    for account in [Address::ZERO, ALICE] {
        let call = IRecords::grantCall { grantee: account, ..sound.clone() };
        assert_eq!(chain.call(ALICE, &call), refusal(IRecords::AccountUnfit { account }));
    }
    assert_eq!(chain.call(CAROL, &sound), not_owner(record, CAROL));
}

#[test]
fn each_permission_gives_its_own_power_only() {
    let state_of = |chain: &Chain, record| chain.state(record, HANDLE);
    for (permissions, writes, rotates) in [
        (permission::READ, false, false),
        (permission::WRITE, true, false),
        (permission::ROTATE, false, true),
        (permission::GRANT, false, false),
        (permission::HISTORY, false, false),
        (permission::CUSTODIAN, false, false),
    ] {
        let (mut chain, record) = Chain::with_provider(permissions);
        let written = write_as(&mut chain, BOB, record);
        assert_eq!(written.is_ok(), writes, "permission {permissions} writes");
        let state = state_of(&chain, record);
        let rotated = chain.call(BOB, &open(record, HANDLE, state));
        assert_eq!(rotated.is_ok(), rotates, "permission {permissions} rotates");
        if !writes {
            let error = IRecords::NotGranted {
                record,
                grantee: BOB,
                handles: 1 << HANDLE,
                permission: permission::WRITE,
            };
            assert_eq!(written, refusal(error));
        }
    }
}

#[test]
fn a_grant_ends_at_its_second() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    chain.at(NOW + 10 * DAY - 1);
    assert!(write_as(&mut chain, BOB, record).is_ok());
    let holds = IRecords::GrantHolds { record, grantee: BOB, expiry: NOW + 10 * DAY };
    assert_eq!(chain.call(DAVE, &expire(record, BOB)), refusal(holds));
    chain.at(NOW + 10 * DAY);

    let ended = IRecords::GrantExpired { record, grantee: BOB, expiry: NOW + 10 * DAY };
    assert_eq!(write_as(&mut chain, BOB, record), refusal(ended));
    assert!(write_as(&mut chain, ALICE, record).is_ok(), "expiry alone stops nobody else");
    chain.call(DAVE, &expire(record, BOB)).expect("anybody may");

    assert_eq!(chain.dirty(record), 1 << HANDLE);
    assert_eq!(chain.grant_word(record, BOB), B256::ZERO);
    let none = IRecords::NoGrant { record, grantee: BOB };
    assert_eq!(chain.call(DAVE, &expire(record, BOB)), refusal(none));
    assert_eq!(chain.access_kinds(record), [1, 2]);
    assert_eq!(chain.replayed_access(record), chain.access(record));
}

#[test]
fn a_revoked_account_is_a_stranger() {
    let (mut chain, record) = Chain::with_provider(FULL);

    assert_eq!(chain.call(CAROL, &revoke(record, BOB)), not_owner(record, CAROL));
    assert_eq!(chain.call(BOB, &revoke(record, BOB)), not_owner(record, BOB));
    chain.call(ALICE, &revoke(record, BOB)).expect("revoked");

    assert_eq!(write_as(&mut chain, BOB, record), not_owner(record, BOB));
    let none = IRecords::NoGrant { record, grantee: BOB };
    assert_eq!(chain.call(ALICE, &revoke(record, BOB)), refusal(none));
}

#[test]
fn a_section_that_a_new_grant_leaves_out_must_be_rotated() {
    let (mut chain, record) = Chain::with_record();
    let wide = IRecords::grantCall { handles: 0b11 << HANDLE, ..grant(record, BOB, 1) };
    chain.call(ALICE, &wide).expect("granted");

    chain.call(ALICE, &grant(record, BOB, 1)).expect("replaced");

    assert_eq!(chain.dirty(record), 0b10 << HANDLE);
}

#[test]
fn a_delegate_gives_no_more_than_it_has_nor_longer_nor_further() {
    let (mut chain, record) = Chain::with_provider(FULL);
    let sound = grant(record, CAROL, permission::READ | permission::WRITE);
    for too_wide in [
        IRecords::grantCall { permissions: permission::GRANT, ..sound.clone() },
        IRecords::grantCall { permissions: permission::CUSTODIAN, ..sound.clone() },
        IRecords::grantCall { permissions: permission::DEVICE, ..sound.clone() },
        IRecords::grantCall { expiry: sound.expiry + 1, ..sound.clone() },
        IRecords::grantCall { purpose: purpose::HRESCH, ..sound.clone() },
    ] {
        let error = IRecords::GrantTooWide { record, grantor: BOB };
        assert_eq!(chain.call(BOB, &too_wide), refusal(error));
    }
    let elsewhere = IRecords::grantCall { handles: 1, ..sound.clone() };
    let error =
        IRecords::NotGranted { record, grantee: BOB, handles: 1, permission: permission::GRANT };
    assert_eq!(chain.call(BOB, &elsewhere), refusal(error));

    let itself = IRecords::grantCall { grantee: BOB, ..sound.clone() };
    assert_eq!(chain.call(BOB, &itself), not_owner(record, BOB), "its own is the owner's");

    chain.call(BOB, &sound).expect("within");
    chain.licence(CAROL, 0);
    assert!(write_as(&mut chain, CAROL, record).is_ok());
}

#[test]
fn a_delegate_cannot_touch_a_grant_of_the_owner() {
    let (mut chain, record) = Chain::with_provider(FULL);
    chain.call(ALICE, &grant(record, CAROL, permission::READ)).expect("granted");

    let replace = grant(record, CAROL, permission::READ | permission::WRITE);

    assert_eq!(chain.call(BOB, &replace), not_owner(record, BOB));
    assert_eq!(chain.call(BOB, &revoke(record, CAROL)), not_owner(record, BOB));
}

#[test]
fn what_a_delegate_gave_ends_with_what_it_had() {
    let (mut chain, record) = Chain::with_provider(FULL);
    chain.licence(CAROL, 0);
    chain.call(BOB, &grant(record, CAROL, permission::WRITE)).expect("delegated");
    let longer = IRecords::grantCall { expiry: NOW + 20 * DAY, ..grant(record, BOB, FULL) };
    chain.call(ALICE, &longer).expect("prolonged");
    assert!(write_as(&mut chain, CAROL, record).is_ok(), "nothing was taken from the delegate");

    let narrower = grant(record, BOB, FULL & !permission::HISTORY);
    chain.call(ALICE, &narrower).expect("replaced");

    let none = IRecords::NoGrant { record, grantee: BOB };
    assert_eq!(write_as(&mut chain, CAROL, record), refusal(none));
    chain.call(DAVE, &expire(record, CAROL)).expect("it has no ground any more");
    assert_eq!(chain.dirty(record), 1 << HANDLE);
}

#[test]
fn a_new_grant_to_a_revoked_delegate_revives_nothing() {
    let (mut chain, record) = Chain::with_provider(FULL);
    chain.licence(CAROL, 0);
    chain.call(BOB, &grant(record, CAROL, permission::WRITE)).expect("delegated");
    let state = chain.state(record, HANDLE);
    let call = IRecords::rotateCall { revoked: BOB, ..rotate(record, state) };
    chain.call(ALICE, &call).expect("revoked and rotated");
    chain.call(ALICE, &grant(record, BOB, FULL)).expect("granted again");

    let none = IRecords::NoGrant { record, grantee: BOB };
    assert_eq!(write_as(&mut chain, CAROL, record), refusal(none));
}

#[test]
fn a_delegate_takes_back_what_it_gave() {
    let (mut chain, record) = Chain::with_provider(FULL);
    chain.call(BOB, &grant(record, CAROL, permission::READ)).expect("delegated");

    chain.call(BOB, &revoke(record, CAROL)).expect("its own");

    assert_eq!(chain.dirty(record), 1 << HANDLE);
    assert_eq!(chain.replayed_access(record), chain.access(record));
}
