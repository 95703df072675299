//! Entries beyond the vectors: sharing one, rotation, moved states (crypto.md sections 7.2, 8.3, 8.5).

use chartkey_crypto::*;

use crate::{all, array, bytes, given, number, section, tamper};

fn verified(section: &Section, logs: &[ChainLog]) -> Vec<VerifiedLink> {
    verify(section, logs.last().unwrap().state, logs, None).unwrap()
}

#[test]
fn a_shared_entry_opens_alone() {
    let all = all();
    let section = section(&all);
    let links = verified(&section, &tamper::logs(&all));
    let vector = &all["section"]["entries"][0];
    let author = AuthorKey::from_bytes(array(&vector["author_key"]));

    let key = share_entry(&author, &links[1], None).unwrap();

    assert_eq!(key.expose()[..], bytes(&vector["message_key"]));
    let frame = open_shared(&key, &section, &links[1], None).unwrap();
    assert_eq!(frame.encode().unwrap()[..], bytes(&vector["frame"]));
    assert_eq!(open_shared(&key, &section, &links[2], None), Err(Error::CommitmentMismatch));
    assert_eq!(share_entry(&author, &links[0], None).err(), Some(Error::NotAnEntry(1)));
}

#[test]
fn a_detached_entry_is_shared_with_its_envelope_from_the_store() {
    let all = all();
    let section = section(&all);
    let mut logs = tamper::logs(&all);
    logs.truncate(2);
    let envelope = logs[1].blob.clone();
    logs[1].link.kind = LinkKind::Detached;
    logs[1].blob = detached_leaf(&envelope).to_vec();
    logs[1].state = logs[0].state.append(&logs[1].link, &envelope);
    let links = verified(&section, &logs);
    let author = AuthorKey::from_bytes(array(&all["section"]["entries"][0]["author_key"]));

    let key = share_entry(&author, &links[1], Some(&envelope)).unwrap();

    let shared = open_shared(&key, &section, &links[1], Some(&envelope)).unwrap();
    assert_eq!(shared, open_detached(&author, &section, &links[1], &envelope).unwrap());
    assert_eq!(open_shared(&key, &section, &links[1], Some(b"other")), Err(Error::Altered(2)));
    assert_eq!(open_shared(&key, &section, &links[1], None), Err(Error::NotAnEntry(2)));
}

#[test]
fn a_rotation_gives_the_bytes_of_the_vector_up_to_its_randomness() {
    let all = all();
    let section = section(&all);
    let epochs = &all["section"]["epochs"];
    let seed = |index: usize| EpochSeed::from_bytes(array(&epochs[index]["seed"]));
    let first = EpochRecord::parse(&bytes(&epochs[0]["record_blob"])).unwrap();
    let expected = EpochRecord::parse(&bytes(&epochs[1]["record_blob"])).unwrap();

    let rnd = [given([1; 32]), given([2; 32])];
    let rotated = first.rotate(&section, &seed(0), &seed(1), rnd).unwrap();

    let rotated = EpochRecord::parse(&rotated).unwrap();
    let keys = rotated.accept(&section, &seed(1)).unwrap();
    assert_eq!(rotated.commitment, expected.commitment);
    assert_eq!(rotated.epoch, expected.epoch);
    assert_eq!(rotated.name(&section, &keys), expected.name(&section, &keys));
    assert!(rotated.seed_before(&section, &keys).unwrap() == Some(seed(0)));
}

#[test]
fn a_seed_is_not_used_for_two_epochs() {
    let all = all();
    let section = section(&all);
    let epochs = &all["section"]["epochs"];
    let seed = EpochSeed::from_bytes(array(&epochs[0]["seed"]));
    let first = EpochRecord::parse(&bytes(&epochs[0]["record_blob"])).unwrap();
    let rnd = || [given([1; 32]), given([2; 32])];

    assert_eq!(first.rotate(&section, &seed, &seed, rnd()), Err(Error::SeedReused));
    let other = EpochSeed::from_bytes([7; 32]);
    let refused = first.rotate(&section, &other, &seed, rnd());
    assert_eq!(refused, Err(Error::EpochCommitmentMismatch));
    let elsewhere = section.record.section(Handle::new(4).unwrap());
    assert_eq!(first.accept(&elsewhere, &seed).err(), Some(Error::EpochCommitmentMismatch));
}

#[test]
fn a_reader_with_the_content_key_alone_sees_the_name_and_no_past() {
    let all = all();
    let section = section(&all);
    let vector = &all["section"]["epochs"][1];
    let record = EpochRecord::parse(&bytes(&vector["record_blob"])).unwrap();
    let key = ContentKey::from_bytes(array(&vector["content_key"]));

    assert_eq!(record.accept_content(&section, &key), Ok(()));
    assert!(!record.name_by_content(&section, &key).unwrap().is_empty());
    let other = ContentKey::from_bytes([1; 32]);
    assert_eq!(record.accept_content(&section, &other), Err(Error::EpochCommitmentMismatch));
}

#[test]
fn what_was_sealed_for_a_state_is_not_sent_after_it_moved() {
    let all = all();
    let logs = tamper::logs(&all);
    let vector = &all["section"]["entries"][2];
    let place = Place {
        section: section(&all).at(Epoch::FIRST),
        anchor: array(&vector["anchor"]),
        seq: number(&vector["seq"]),
        author: array(&vector["author"]),
    };

    assert_eq!(place.require_current(logs[1].state, 1), Ok(()));
    assert_eq!(place.require_current(logs[1].state, 0), Err(Error::StateMoved));
    assert_eq!(place.require_current(logs[2].state, 0), Err(Error::StateMoved));
}

#[test]
fn a_later_format_of_an_entry_is_named_and_hides_nothing() {
    let all = all();
    let section = section(&all);
    let mut logs = tamper::logs(&all);
    logs.truncate(3);
    logs[1].blob[0] = 2;
    for index in 1..3 {
        logs[index].state = logs[index - 1].state.append(&logs[index].link, &logs[index].blob);
    }

    let links = verified(&section, &logs);

    let key = AuthorKey::from_bytes([1; 32]);
    assert_eq!(open_entry(&key, &section, &links[1]), Err(Error::UnsupportedVersion(2)));
    assert_eq!(links.len(), 3);
}

/// An entry at number 2 of a section whose keys are known, sealed for `place`.
fn opened_after_sealing_for(change: impl FnOnce(&mut Place)) -> Result<Frame, Error> {
    let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
    let section = record.section(Handle::new(9).unwrap());
    let (at, author) = (section.at(Epoch::FIRST), [3; 20]);
    let keys = EpochSeed::from_bytes([4; 32]).keys(&at);
    let first =
        EpochRecord::create(&section, Epoch::FIRST, &keys, "letters", given([5; 32])).unwrap();
    let link = |kind| Link { kind, index: 0, author, time: 1_800_000_000 };
    let state = section.genesis().append(&link(LinkKind::Epoch), &first);
    let mut place = Place { section: at, anchor: state.head(), seq: 2, author };
    change(&mut place);
    let frame = Frame::create(BodyType::Text, 0, b"letter".to_vec()).unwrap();
    let key = keys.content.author(&at, &author);
    let envelope = seal_entry(&key, &place, &frame, given([6; 32])).unwrap();
    let after = state.append(&link(LinkKind::Entry), &envelope);
    let logs = [
        ChainLog { state, link: link(LinkKind::Epoch), blob: first },
        ChainLog { state: after, link: link(LinkKind::Entry), blob: envelope },
    ];
    let links = verify(&section, after, &logs, None).unwrap();
    open_entry(&key, &section, &links[1])
}

#[test]
fn an_entry_sealed_for_any_other_place_does_not_open() {
    assert!(opened_after_sealing_for(|_| {}).is_ok());
    let changes: [fn(&mut Place); 8] = [
        |place| place.section.section.record.chain_id += 1,
        |place| place.section.section.record.contract[19] ^= 1,
        |place| place.section.section.record.id[0] ^= 1,
        |place| place.section.section.handle = Handle::new(8).unwrap(),
        |place| place.section.epoch = Epoch::new(2).unwrap(),
        |place| place.anchor[27] ^= 1,
        |place| place.seq = 3,
        |place| place.author[0] ^= 1,
    ];
    for (field, change) in changes.into_iter().enumerate() {
        let opened = opened_after_sealing_for(change);
        assert_eq!(opened, Err(Error::CommitmentMismatch), "field {field}");
    }
}
