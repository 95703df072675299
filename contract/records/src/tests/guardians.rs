//! Guardians, recovery of control, handing over.

use super::*;

const GUARDIANS: [Address; 3] = [BOB, CAROL, DAVE];
const NEW: Address = Address::repeat_byte(0x2e);
const DELAY: u64 = 48 * 3_600;

fn packed(accounts: &[Address]) -> Bytes {
    accounts.iter().flat_map(|account| account.0.0).collect::<Vec<u8>>().into()
}

fn shares(guardians: &[Address]) -> Bytes {
    let mut shares = direct(guardians);
    shares.resize(shares.len() + 104, 0xbb);
    shares.into()
}

fn set(chain: &Chain, record: B256) -> IRecords::setGuardiansCall {
    IRecords::setGuardiansCall {
        record,
        version: 1,
        threshold: 2,
        delayHours: 48,
        keys: chain.keys(&GUARDIANS),
        shares: shares(&GUARDIANS),
    }
}

fn approve(record: B256, candidate: Address) -> IRecords::approveRecoveryCall {
    IRecords::approveRecoveryCall {
        record,
        candidate,
        guardians: packed(&GUARDIANS),
        keys: B256::ZERO,
        list: Bytes::new(),
    }
}

/// Two of Bob, Carol and Dave recover Alice's record after 48 hours; the candidate has a key.
fn prepared() -> (Chain, B256) {
    let (mut chain, record) = Chain::with_record();
    for account in GUARDIANS.into_iter().chain([NEW]) {
        chain.register(account);
    }
    chain.call(ALICE, &set(&chain, record)).expect("set");
    (chain, record)
}

fn finish(record: B256) -> IRecords::finishRecoveryCall {
    IRecords::finishRecoveryCall { record }
}

fn owner(chain: &mut Chain, record: B256) -> Address {
    chain.call(BOB, &IRecords::ownerOfCall { record }).expect("a view")
}

fn not_ready<T>(
    record: B256,
    candidate: Address,
    approvals: u8,
    ready_at: u64,
) -> Result<T, Refused> {
    refusal(IRecords::RecoveryNotReady { record, candidate, approvals, readyAt: ready_at })
}

#[test]
fn guardians_recover_control_after_the_delay() {
    let (mut chain, record) = prepared();
    chain.call(BOB, &approve(record, NEW)).expect("the first");
    assert_eq!(chain.call(NEW, &finish(record)), not_ready(record, NEW, 1, 0));
    chain.at(NOW + 60);
    chain.call(DAVE, &approve(record, NEW)).expect("the second");
    let ready_at = NOW + 60 + DELAY;
    chain.at(ready_at - 1);
    assert_eq!(chain.call(NEW, &finish(record)), not_ready(record, NEW, 2, ready_at));
    chain.at(ready_at);
    assert_eq!(chain.call(BOB, &finish(record)), not_ready(record, BOB, 0, 0));

    chain.call(NEW, &finish(record)).expect("the delay is over");

    assert_eq!(owner(&mut chain, record), NEW);
    assert_eq!(chain.dirty(record), u64::MAX, "the old owner knows every key");
    assert_eq!(chain.access_kinds(record), [6, 8, 8, 7]);
    assert_eq!(chain.replayed_access(record), chain.access(record));
    assert!(chain.call(BOB, &approve(record, ALICE)).is_err(), "the new owner has no guardians");
}

#[test]
fn the_set_is_in_storage_as_published() {
    let (chain, record) = prepared();

    let word = chain.word(slot::of_record(slot::GUARDIANS, record));

    assert_eq!(word[..24], keccak256(packed(&GUARDIANS))[..24]);
    assert_eq!(word[24..], [0, 0, 0, 1, 2, 3, 0, 48]);
    let mut body = vec![6, 0, 0, 0, 1];
    body.extend_from_slice(keccak256(shares(&GUARDIANS)).as_slice());
    let genesis = chain::access_genesis(place(), record);
    assert_eq!(chain.access(record), chain::append_access(genesis, ALICE, NOW, &body));
}

#[test]
fn too_few_guardians_recover_nothing() {
    let (mut chain, record) = prepared();
    chain.call(BOB, &approve(record, NEW)).expect("one");
    chain.call(BOB, &approve(record, NEW)).expect("the same once more");
    chain.at(NOW + 10 * DELAY);

    assert_eq!(chain.call(NEW, &finish(record)), not_ready(record, NEW, 1, 0));
}

#[test]
fn the_old_owner_vetoes() {
    let (mut chain, record) = prepared();
    chain.call(BOB, &approve(record, NEW)).expect("one");
    chain.call(CAROL, &approve(record, NEW)).expect("two");
    let veto = IRecords::vetoRecoveryCall { record };
    assert_eq!(chain.call(BOB, &veto), not_owner(record, BOB));

    chain.call(ALICE, &veto).expect("vetoed");

    chain.at(NOW + DELAY);
    assert_eq!(chain.call(NEW, &finish(record)), not_ready(record, NEW, 0, 0));
    chain.call(BOB, &approve(record, NEW)).expect("the set is the same, the count begins anew");
    assert_eq!(chain.call(NEW, &finish(record)), not_ready(record, NEW, 1, 0));
    assert_eq!(chain.replayed_access(record), chain.access(record));
}

#[test]
fn a_vote_for_another_takes_the_first_back() {
    let (mut chain, record) = prepared();
    chain.register(Address::repeat_byte(0x66));
    let other = Address::repeat_byte(0x66);
    chain.call(BOB, &approve(record, NEW)).expect("one");
    chain.call(CAROL, &approve(record, NEW)).expect("two");

    chain.call(BOB, &approve(record, other)).expect("changed its mind");

    chain.at(NOW + DELAY);
    assert_eq!(chain.call(NEW, &finish(record)), not_ready(record, NEW, 1, NOW + DELAY));
    assert_eq!(chain.call(other, &finish(record)), not_ready(record, other, 1, 0));
}

#[test]
fn only_guardians_of_this_set_approve() {
    let (mut chain, record) = prepared();
    let foreign = chain.call(NEW, &approve(record, NEW));
    let with_mallory = [BOB, CAROL, DAVE, NEW];
    let forged =
        IRecords::approveRecoveryCall { guardians: packed(&with_mallory), ..approve(record, NEW) };
    let forged = chain.call(NEW, &forged);

    assert_eq!(foreign, refusal(IRecords::NotGuardian { record, caller: NEW }));
    assert_eq!(forged, refusal(IRecords::NotGuardian { record, caller: NEW }));
    for account in [Address::ZERO, ALICE] {
        let call = approve(record, account);
        assert_eq!(chain.call(BOB, &call), refusal(IRecords::AccountUnfit { account }));
    }
    let (mut bare, record) = Chain::with_record();
    let none = IRecords::approveRecoveryCall { guardians: Bytes::new(), ..approve(record, NEW) };
    assert_eq!(bare.call(BOB, &none), refusal(IRecords::NotGuardian { record, caller: BOB }));
}

#[test]
fn a_policy_is_two_or_more_within_a_day_to_a_year() {
    let (mut chain, record) = prepared();
    for (threshold, delay_hours) in [(1, 48), (4, 48), (2, 23), (2, 8_761)] {
        let call = IRecords::setGuardiansCall {
            threshold,
            delayHours: delay_hours,
            ..set(&chain, record)
        };
        let error = IRecords::GuardianPolicy { threshold, count: 3, delayHours: delay_hours };
        assert_eq!(chain.call(ALICE, &call), refusal(error));
    }
    let unlisted = IRecords::setGuardiansCall {
        keys: B256::ZERO,
        shares: shares(&[Address::ZERO, Address::ZERO]),
        ..set(&chain, record)
    };
    let unfit = IRecords::AccountUnfit { account: Address::ZERO };
    assert_eq!(chain.call(ALICE, &unlisted), refusal(unfit));
    assert_eq!(chain.call(BOB, &set(&chain, record)), not_owner(record, BOB));
}

#[test]
fn empty_shares_leave_the_record_without_guardians() {
    let (mut chain, record) = prepared();
    chain.call(BOB, &approve(record, NEW)).expect("one");
    let call = IRecords::setGuardiansCall {
        keys: B256::ZERO,
        shares: Bytes::new(),
        ..set(&chain, record)
    };

    chain.call(ALICE, &call).expect("none any more");

    let gone = IRecords::NotGuardian { record, caller: CAROL };
    assert_eq!(chain.call(CAROL, &approve(record, NEW)), refusal(gone));
    chain.at(NOW + DELAY);
    assert_eq!(chain.call(NEW, &finish(record)), not_ready(record, NEW, 0, 0));
}

#[test]
fn a_guardian_delivers_its_share_to_its_candidate_only() {
    let (mut chain, record) = prepared();
    let to = |chain: &Chain, account: Address| {
        deliver(record, chain.keys(&[account]), direct(&[account]))
    };
    assert_eq!(chain.call(BOB, &to(&chain, NEW)), not_owner(record, BOB));
    let with_share = IRecords::approveRecoveryCall {
        keys: chain.keys(&[NEW]),
        list: direct(&[NEW]).into(),
        ..approve(record, NEW)
    };
    chain.call(CAROL, &with_share).expect("approval and share in one call");
    chain.call(BOB, &approve(record, NEW)).expect("approved");

    chain.call(BOB, &to(&chain, NEW)).expect("the share, later");
    let error = IRecords::RecipientNotAllowed { record, recipient: DAVE };
    assert_eq!(chain.call(BOB, &to(&chain, DAVE)), refusal(error));
    chain.call(ALICE, &IRecords::vetoRecoveryCall { record }).expect("vetoed");
    assert_eq!(chain.call(BOB, &to(&chain, NEW)), not_owner(record, BOB));
    assert_eq!(chain.replayed_access(record), chain.access(record));
}

#[test]
fn an_owner_hands_the_record_over_in_two_steps() {
    let (mut chain, record) = Chain::with_record();
    let accept = IRecords::acceptRecordCall { record };
    let offer = IRecords::offerRecordCall { record, account: NEW };
    assert_eq!(chain.call(NEW, &offer), not_owner(record, NEW));
    chain.call(ALICE, &grant(record, NEW, FULL)).expect("the seeds come before");
    chain.call(ALICE, &offer).expect("offered");
    assert_eq!(owner(&mut chain, record), ALICE);

    assert_eq!(chain.call(BOB, &accept), refusal(IRecords::NotOffered { caller: BOB }));
    let no_key = IRecords::KeyNotRegistered { account: NEW };
    assert_eq!(chain.call(NEW, &accept), refusal(no_key));
    chain.register(NEW);
    chain.call(NEW, &accept).expect("accepted");

    assert_eq!(owner(&mut chain, record), NEW);
    assert_eq!(chain.dirty(record), u64::MAX);
    assert_eq!(chain.grant_word(record, NEW), B256::ZERO, "an owner needs no grant");
    let state = chain.state(record, HANDLE);
    assert_eq!(chain.call(ALICE, &append(record, state, 1)), not_owner(record, ALICE));
    let due = IRecords::RotationDue { record, handle: HANDLE };
    assert_eq!(chain.call(NEW, &append(record, state, 1)), refusal(due));
    assert_eq!(chain.call(NEW, &accept), refusal(IRecords::NotOffered { caller: NEW }));
    assert_eq!(chain.access_kinds(record), [1, 11, 7]);
    assert_eq!(chain.replayed_access(record), chain.access(record));
}

#[test]
fn an_offer_can_be_taken_back() {
    let (mut chain, record) = Chain::with_record();
    chain.register(NEW);
    chain.call(ALICE, &IRecords::offerRecordCall { record, account: NEW }).expect("offered");

    let none = IRecords::offerRecordCall { record, account: Address::ZERO };
    chain.call(ALICE, &none).expect("taken back");

    let accept = chain.call(NEW, &IRecords::acceptRecordCall { record });
    assert_eq!(accept, refusal(IRecords::NotOffered { caller: NEW }));
    let itself = IRecords::offerRecordCall { record, account: ALICE };
    let error = IRecords::AccountUnfit { account: ALICE };
    assert_eq!(chain.call(ALICE, &itself), refusal(error));
}
