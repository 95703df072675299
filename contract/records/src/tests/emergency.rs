//! Emergency access: set-up, claims, custodians, the end of a claim.

use chartkey_abi::{CLAIM_SECONDS, credential_flag};

use super::*;

/// Carol may claim; Bob is custodian; section 7 is the summary.
fn prepared() -> (Chain, B256) {
    let (mut chain, record) = Chain::with_provider(permission::CUSTODIAN);
    chain.register(CAROL);
    chain.register(DAVE);
    chain.licence(CAROL, credential_flag::EMERGENCY);
    chain.call(ALICE, &set(&chain, record, 1)).expect("set up");
    (chain, record)
}

fn set(chain: &Chain, record: B256, generation: u32) -> IRecords::setEmergencyCall {
    IRecords::setEmergencyCall {
        record,
        handle: HANDLE,
        generation,
        keys: chain.keys(&[CAROL, BOB]),
        list: direct(&[CAROL, BOB]).into(),
    }
}

fn claim(record: B256) -> IRecords::claimEmergencyCall {
    IRecords::claimEmergencyCall { record, cosigner: BOB, reason: 0x0102, note: vec![7; 90].into() }
}

fn close(record: B256) -> IRecords::closeEmergencyCall {
    IRecords::closeEmergencyCall { record, claimant: CAROL }
}

fn half(chain: &Chain, record: B256, to: Address) -> IRecords::deliverCall {
    deliver(record, chain.keys(&[to]), direct(&[to]))
}

#[test]
fn a_claim_lets_a_custodian_deliver_to_the_claimant_for_a_day() {
    let (mut chain, record) = prepared();
    let to_carol = half(&chain, record, CAROL);
    let error = IRecords::RecipientNotAllowed { record, recipient: CAROL };
    assert_eq!(chain.call(BOB, &to_carol), refusal(error.clone()), "nobody claimed yet");

    chain.call(CAROL, &claim(record)).expect("claimed");

    chain.call(BOB, &to_carol).expect("the claim is open");
    let other = half(&chain, record, DAVE);
    let not_dave = IRecords::RecipientNotAllowed { record, recipient: DAVE };
    assert_eq!(chain.call(BOB, &other), refusal(not_dave));
    chain.at(NOW + CLAIM_SECONDS);
    assert_eq!(chain.call(BOB, &to_carol), refusal(error), "hours, not days");
    assert_eq!(chain.access_kinds(record), [1, 5, 4, 3]);
    assert_eq!(chain.replayed_access(record), chain.access(record));
}

#[test]
fn a_claim_says_who_why_and_with_whom() {
    let (mut chain, record) = prepared();
    let before = chain.access(record);

    chain.call(CAROL, &claim(record)).expect("claimed");

    let mut body = vec![4];
    body.extend_from_slice(CAROL.as_slice());
    body.extend_from_slice(&[1, 2]);
    body.extend_from_slice(keccak256([7; 90]).as_slice());
    assert_eq!(chain.access(record), chain::append_access(before, CAROL, NOW, &body));
    let word = chain.word(slot::of_member(slot::CLAIMS, record, CAROL));
    assert_eq!(word[..8], (NOW + CLAIM_SECONDS).to_be_bytes());
    assert_eq!(word[8..12], [0, 0, 0, 1]);
    assert_eq!(word[12..], BOB[..]);
}

#[test]
fn a_claim_needs_an_emergency_credential_a_set_up_and_a_cosigner() {
    let (mut chain, record) = prepared();
    let plain = chain.call(BOB, &IRecords::claimEmergencyCall { cosigner: CAROL, ..claim(record) });
    let error = IRecords::CredentialNotCurrent {
        account: BOB,
        validFrom: NOW,
        validUntil: NOW + 30 * DAY,
        flags: 0,
    };
    assert_eq!(plain, refusal(error));
    for account in [Address::ZERO, CAROL] {
        let alone = IRecords::claimEmergencyCall { cosigner: account, ..claim(record) };
        assert_eq!(chain.call(CAROL, &alone), refusal(IRecords::AccountUnfit { account }));
    }
    for length in [71, 4_097] {
        let note = vec![1; length].into();
        assert!(
            chain.call(CAROL, &IRecords::claimEmergencyCall { note, ..claim(record) }).is_err()
        );
    }

    let (mut bare, record) = Chain::with_record();
    bare.licence(CAROL, credential_flag::EMERGENCY);
    assert_eq!(bare.call(CAROL, &claim(record)), refusal(IRecords::NoEmergency { record }));
}

#[test]
fn a_claimant_claims_once_at_a_time() {
    let (mut chain, record) = prepared();
    chain.call(CAROL, &claim(record)).expect("claimed");

    let until = NOW + CLAIM_SECONDS;
    let open = IRecords::ClaimOpen { record, claimant: CAROL, until };
    assert_eq!(chain.call(CAROL, &claim(record)), refusal(open));
    chain.at(until);
    assert!(chain.call(CAROL, &claim(record)).is_ok());
}

#[test]
fn closing_a_claim_makes_the_summary_due_for_rotation() {
    let (mut chain, record) = prepared();
    let none = IRecords::NoClaim { record, claimant: CAROL };
    assert_eq!(chain.call(ALICE, &close(record)), refusal(none));
    chain.call(CAROL, &claim(record)).expect("claimed");
    let until = NOW + CLAIM_SECONDS;
    let open = IRecords::ClaimOpen { record, claimant: CAROL, until };
    assert_eq!(chain.call(DAVE, &close(record)), refusal(open));

    chain.call(ALICE, &close(record)).expect("the owner may");

    assert_eq!(chain.dirty(record), 1 << HANDLE);
    assert!(chain.call(BOB, &half(&chain, record, CAROL)).is_err());
    assert_eq!(chain.replayed_access(record), chain.access(record));
}

#[test]
fn the_claimant_closes_and_anybody_once_the_claim_ran_out() {
    for (closer, time) in [(CAROL, NOW), (DAVE, NOW + CLAIM_SECONDS)] {
        let (mut chain, record) = prepared();
        chain.call(CAROL, &claim(record)).expect("claimed");
        chain.at(time);
        assert!(chain.call(closer, &close(record)).is_ok(), "{closer} at {time}");
    }
}

#[test]
fn a_new_generation_ends_the_claims_of_the_old_one() {
    let (mut chain, record) = prepared();
    chain.call(CAROL, &claim(record)).expect("claimed");
    for (generation, needed) in [(1, 2), (3, 2)] {
        let call = set(&chain, record, generation);
        let error = IRecords::EmergencyGeneration { generation, needed };
        assert_eq!(chain.call(ALICE, &call), refusal(error));
    }
    let next = set(&chain, record, 2);
    assert_eq!(chain.call(BOB, &next), not_owner(record, BOB));
    chain.call(ALICE, &next).expect("set up again");

    assert!(chain.call(BOB, &half(&chain, record, CAROL)).is_err());
    chain.call(DAVE, &close(record)).expect("it is over");
    assert_eq!(chain.dirty(record), 0, "the summary was rotated with the new generation");
}
