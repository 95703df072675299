//! Verification of a section beyond the tamper vectors (crypto.md sections 6.2, 9.1 and 9.4).

use chartkey_crypto::*;

use crate::{all, given, section, tamper};

fn here() -> Section {
    let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
    record.section(Handle::new(9).unwrap())
}

fn epoch_record(number: u32) -> Vec<u8> {
    let epoch = Epoch::new(number).unwrap();
    let keys = EpochSeed::from_bytes([4; 32]).keys(&here().at(epoch));
    EpochRecord::create(&here(), epoch, &keys, "medications", given([5; 32])).unwrap()
}

/// A chain of these blobs, each from a call of its own.
fn chain(blobs: &[(LinkKind, Vec<u8>)]) -> Vec<ChainLog> {
    let mut state = here().genesis();
    let append = |(kind, blob): &(LinkKind, Vec<u8>)| {
        let link = Link { kind: *kind, index: 0, author: [3; 20], time: 1_800_000_000 };
        state = state.append(&link, blob);
        ChainLog { state, link, blob: blob.clone() }
    };
    blobs.iter().map(append).collect()
}

fn three_links() -> Vec<ChainLog> {
    chain(&[
        (LinkKind::Epoch, epoch_record(1)),
        (LinkKind::Entry, vec![1; 585]),
        (LinkKind::Entry, vec![2; 585]),
    ])
}

#[test]
fn a_bad_rotation_locks_the_section_until_the_next_good_one() {
    let logs = chain(&[
        (LinkKind::Epoch, epoch_record(1)),
        (LinkKind::Epoch, epoch_record(7)),
        (LinkKind::Entry, vec![1; 585]),
        (LinkKind::Epoch, epoch_record(2)),
        (LinkKind::Entry, vec![1; 585]),
    ]);

    let links = verify(&here(), logs[4].state, &logs, None).unwrap();

    let epochs: Vec<_> = links.iter().map(|link| link.epoch().map(Epoch::number)).collect();
    assert_eq!(epochs, [Some(1), None, None, Some(2), Some(2)]);
    let key = AuthorKey::from_bytes([6; 32]);
    let locked = open_entry(&key, &here(), &links[2]);
    assert_eq!(locked, Err(Error::BadEpochRecord("the one before this entry")));
}

#[test]
fn two_logs_with_one_number_are_named_before_a_missing_one() {
    let mut logs = three_links();
    let end = logs[2].state;
    let mut second = logs[2].clone();
    second.blob[0] ^= 1;
    logs.push(second);
    logs.remove(1);

    assert_eq!(verify(&here(), end, &logs, None), Err(Error::Duplicate(3)));
}

#[test]
fn a_log_numbered_zero_is_no_part_of_the_chain() {
    let mut logs = three_links();
    let end = logs[2].state;
    let mut word = [9; 32];
    word[28..].fill(0);
    let state = State::from_word(word).unwrap();
    logs.push(ChainLog { state, ..logs[0].clone() });

    assert!(verify(&here(), end, &logs, None).is_ok());
}

#[test]
fn a_section_that_a_server_calls_unused_was_rolled_back() {
    let seen = three_links()[2].state;

    let unused = here().state([0; 32]);

    let rollback = Error::Rollback { checkpoint: 3, state: 0 };
    assert_eq!(verify(&here(), unused, &[], Some(seen)), Err(rollback));
}

#[test]
fn a_detached_entry_has_only_its_hash_in_the_log() {
    let envelope = vec![1; 585];
    let blobs = [(LinkKind::Epoch, epoch_record(1)), (LinkKind::Detached, envelope.clone())];
    let mut logs = chain(&blobs);
    let end = logs[1].state;

    let whole = verify(&here(), end, &logs, None);
    logs[1].blob = detached_leaf(&envelope).to_vec();
    let links = verify(&here(), end, &logs, None).unwrap();

    assert_eq!(whole, Err(Error::Altered(2)), "the log holds 32 bytes and nothing else");
    let key = AuthorKey::from_bytes([6; 32]);
    let other = open_detached(&key, &here(), &links[1], &[2; 585]);
    assert_eq!(other, Err(Error::Altered(2)));
    assert_eq!(open_entry(&key, &here(), &links[1]), Err(Error::NotAnEntry(2)));
}

#[test]
fn verification_goes_on_from_any_checkpoint_as_from_the_first_link() {
    let all = all();
    let (section, logs) = (section(&all), tamper::logs(&all));
    let end = logs.last().unwrap().state;
    let whole = verify(&section, end, &logs, None).unwrap();

    for (index, link) in whole.iter().enumerate() {
        let kept = Checkpoint::from_bytes(&link.checkpoint().to_bytes()).unwrap();
        assert_eq!(kept, link.checkpoint());

        // The older logs may be there or not.
        let rest = verify_since(&kept, end, &logs[index + 1..]).unwrap();
        let all_given = verify_since(&kept, end, &logs).unwrap();

        assert_eq!(rest, whole[index + 1..], "from number {}", link.seq());
        assert_eq!(all_given, rest);
    }
}

#[test]
fn a_forgery_after_a_checkpoint_is_found_with_its_range() {
    let logs = three_links();
    let whole = verify(&here(), logs[2].state, &logs, None).unwrap();
    let seen = whole[1].checkpoint();
    let forged = seen.state().append(&logs[2].link, b"forged");
    let log = ChainLog { state: forged, link: logs[2].link, blob: b"forged".to_vec() };

    let found = verify_since(&seen, logs[2].state, &[log]);

    assert_eq!(found, Err(Error::HeadMismatch { first: 3, last: 3 }));
    let missing = verify_since(&seen, logs[2].state, &logs[..2]);
    assert_eq!(missing, Err(Error::Missing(3)));
    let back = verify_since(&seen, logs[0].state, &logs);
    assert_eq!(back, Err(Error::Rollback { checkpoint: 2, state: 1 }));
    let mut word = logs[1].state.to_word();
    word[0] ^= 1;
    let fork = verify_since(&seen, State::from_word(word).unwrap(), &logs);
    assert_eq!(fork, Err(Error::Fork(2)));
}

#[test]
fn a_checkpoint_that_was_not_written_by_us_is_refused() {
    let mut bytes = verify(&here(), three_links()[2].state, &three_links(), None).unwrap()[2]
        .checkpoint()
        .to_bytes();
    bytes[64] = 2;
    assert_eq!(Checkpoint::from_bytes(&bytes), Err(Error::BadCheckpoint));
    assert_eq!(Checkpoint::from_bytes(&[0; 65]), Err(Error::BadCheckpoint));
}
