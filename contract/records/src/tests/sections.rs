//! Creating, opening, appending.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent};
use chartkey_abi::{IStays, permission};

use super::*;

#[test]
fn creating_a_record_opens_its_first_section() {
    let (mut chain, record) = Chain::with_record();

    assert_eq!(record, chain::record_id(place(), ALICE, B256::repeat_byte(9)));
    assert_eq!(chain.call(BOB, &IRecords::ownerOfCall { record }), Ok(ALICE));
    let genesis = chain::genesis(place(), record, HANDLE);
    let state = folded(genesis, 2, ALICE, &[epoch(1)]);
    assert_eq!(chain.call(BOB, &IRecords::stateOfCall { record, handle: HANDLE }), Ok(state));
    let logs = chain.0.get_emitted_logs();
    assert_eq!(logs[0].0[0], IRecords::RecordCreated::SIGNATURE_HASH);
    assert_eq!(logs.len(), 2);
    assert_eq!(chain.access(record), chain::access_genesis(place(), record));
}

#[test]
fn the_event_carries_the_whole_ciphertext() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);

    let after = chain.call(ALICE, &append(record, state, 0xee)).expect("appended");

    let (topics, data) = chain.0.get_emitted_logs().pop().expect("a log");
    let event = IRecords::HealthRecordUpdated::decode_raw_log(topics, &data).expect("its ABI");
    assert_eq!((event.record, event.handle, event.author), (record, HANDLE, ALICE));
    assert_eq!((event.state, event.link), (after, link(1, 0, ALICE).word()));
    assert_eq!(event.blob, envelope(0xee));
}

#[test]
fn a_batch_is_one_append_after_the_other() {
    let (mut chain, record) = Chain::with_record();
    let start = chain.state(record, HANDLE);
    let envelopes: Vec<Bytes> = (0..3).map(|fill| Bytes::from(vec![fill; 600])).collect();
    let batch = IRecords::appendBatchCall {
        record,
        handle: HANDLE,
        expectedState: start,
        envelopes: envelopes.clone(),
    };

    let state = chain.call(ALICE, &batch).expect("appended");

    assert_eq!(state, folded(start, 1, ALICE, &envelopes));
    assert_eq!(state[28..], [0, 0, 0, 4], "the epoch record and three entries");
    assert_eq!(chain.0.get_emitted_logs().len(), 2 + 3);
}

#[test]
fn a_detached_entry_leaves_only_its_hash() {
    let (mut chain, record) = Chain::with_record();
    let start = chain.state(record, HANDLE);
    let leaf = keccak256(envelope(5));
    let call = IRecords::appendDetachedCall { record, handle: HANDLE, expectedState: start, leaf };

    let state = chain.call(ALICE, &call).expect("appended");

    assert_eq!(state, chain::append(start, link(3, 0, ALICE), leaf));
    let (topics, data) = chain.0.get_emitted_logs().pop().expect("a log");
    let event = IRecords::HealthRecordUpdated::decode_raw_log(topics, &data).expect("its ABI");
    assert_eq!(event.blob[..], leaf[..]);
    assert!(chain.call(ALICE, &call).is_err(), "the second time the state has moved");
    assert_eq!(
        chain.call(BOB, &IRecords::appendDetachedCall { expectedState: state, ..call }),
        not_owner(record, BOB)
    );
}

#[test]
fn a_repeat_does_not_record_twice() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    let once = append(record, state, 1);
    let after = chain.call(ALICE, &once).expect("the first time");

    let again = chain.call(ALICE, &once);

    let moved = IRecords::StateMoved { record, handle: HANDLE, expected: state, actual: after };
    assert_eq!(again, refusal(moved));
    assert_eq!(chain.state(record, HANDLE), after);
}

#[test]
fn a_stranger_writes_nothing() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);

    assert_eq!(chain.call(BOB, &append(record, state, 1)), not_owner(record, BOB));
    assert_eq!(chain.call(BOB, &open(record, 8, B256::ZERO)), not_owner(record, BOB));
    assert_eq!(chain.state(record, HANDLE), state);
}

#[test]
fn only_the_owner_opens_a_section() {
    let (mut chain, record) = Chain::with_record();
    chain.licence(BOB, 0);
    let wide = IRecords::grantCall { handles: u64::MAX, ..grant(record, BOB, FULL) };
    chain.call(ALICE, &wide).expect("granted");

    assert_eq!(chain.call(BOB, &open(record, 8, B256::ZERO)), not_owner(record, BOB));
    assert!(chain.call(ALICE, &open(record, 8, B256::ZERO)).is_ok());
    let opened = chain.state(record, 8);
    assert!(chain.call(BOB, &open(record, 8, opened)).is_ok(), "ROTATE is enough from then on");
}

#[test]
fn what_does_not_exist_is_refused_by_name() {
    let (mut chain, record) = Chain::with_record();
    let nowhere = B256::repeat_byte(0xdd);

    let no_record = chain.call(ALICE, &append(nowhere, B256::ZERO, 1));
    let closed = IRecords::appendCall { handle: 8, ..append(record, B256::ZERO, 1) };
    let closed = chain.call(ALICE, &closed);
    let taken = chain.call(ALICE, &create(9));

    assert_eq!(no_record, refusal(IRecords::NoRecord { record: nowhere }));
    assert_eq!(closed, refusal(IRecords::SectionNotOpen { record, handle: 8 }));
    assert_eq!(taken, refusal(IRecords::RecordExists { record }));
}

#[test]
fn lengths_and_handles_are_checked() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    for (length, is_allowed) in [(584, false), (585, true), (16_457, true), (16_458, false)] {
        let before = chain.0.snapshot();
        let call =
            IRecords::appendCall { envelope: vec![1; length].into(), ..append(record, state, 1) };
        assert_eq!(chain.call(ALICE, &call).is_ok(), is_allowed, "an envelope of {length}");
        chain.0 = TestVM::from(before);
    }
    for (length, is_allowed) in [(156, false), (157, true), (158, false), (261, true), (262, false)]
    {
        let before = chain.0.snapshot();
        let blob: Bytes = vec![1; length].into();
        let call = IRecords::appendEpochCall { epochRecord: blob, ..open(record, HANDLE, state) };
        assert_eq!(chain.call(ALICE, &call).is_ok(), is_allowed, "an epoch record of {length}");
        chain.0 = TestVM::from(before);
    }
    let short = IRecords::appendCall { envelope: vec![1; 584].into(), ..append(record, state, 1) };
    let expected = IRecords::BlobLength {
        length: U256::from(584),
        least: U256::from(585),
        most: U256::from(16_457),
    };
    assert_eq!(chain.call(ALICE, &short), refusal(expected));
    let high = IRecords::HandleOutOfRange { handle: 64 };
    assert_eq!(chain.call(BOB, &create(64)), refusal(high.clone()));
    let beyond = IRecords::appendCall { handle: 64, ..append(record, state, 1) };
    assert_eq!(chain.call(ALICE, &beyond), refusal(high));
    assert!(chain.call(BOB, &create(63)).is_ok());
    let empty = IRecords::appendBatchCall {
        record,
        handle: HANDLE,
        expectedState: state,
        envelopes: Vec::new(),
    };
    assert_eq!(chain.call(ALICE, &empty), refusal(IRecords::EmptyBatch {}));
}

#[test]
fn no_function_takes_money() {
    let mut chain = Chain::new();
    chain.0.set_value(U256::ONE);

    assert_eq!(chain.call(ALICE, &create(HANDLE)), Err(Vec::new()));
    let key = IRecords::registerKeyCall { version: 1, publicKey: vec![1; 1_216].into() };
    assert_eq!(chain.call(ALICE, &key), Err(Vec::new()));
}

#[test]
fn words_are_where_the_published_slots_say() {
    let (mut chain, record) = Chain::with_provider(permission::WRITE);
    let owner = chain.word(slot::record(record));
    assert_eq!(owner, ALICE.into_word());
    chain.call(ALICE, &IRecords::revokeCall { record, grantee: BOB }).expect("revoked");

    let word = chain.word(slot::record(record));

    assert_eq!(word[12..], ALICE[..]);
    assert_eq!(word[4..12], (1_u64 << HANDLE).to_be_bytes());
    assert_eq!(word[..4], [0; 4]);
    let state = chain.state(record, HANDLE);
    assert_eq!(chain.call(BOB, &IRecords::stateOfCall { record, handle: HANDLE }), Ok(state));
}

#[test]
fn no_two_functions_share_a_selector() {
    let of = |abi: alloy_json_abi::JsonAbi| {
        abi.functions().map(|function| function.selector()).collect::<Vec<_>>()
    };
    let mut all = of(chartkey_abi::records_json_abi());
    all.extend(of(chartkey_abi::stays_json_abi()));
    let count = all.len();
    all.sort();
    all.dedup();

    assert_eq!(all.len(), count);
    assert_eq!(IStays::payCall::SELECTOR.len(), 4);
}
