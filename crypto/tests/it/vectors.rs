//! One test per block of `crypto.json`.

use crate::{all, array, bytes, epoch, fresh, number, record, section};
use chartkey_crypto::*;

#[test]
fn a_record_has_the_identity_and_context_of_the_vectors() {
    let all = all();
    let record = record(&all);
    let creator = array(&all["identities"][0]["account"]);

    let id = record_id(record.chain_id, &record.contract, &creator, &array(&all["record_nonce"]));

    assert_eq!(id, record.id);
    assert_eq!(record.context(), bytes(&all["context"]));
}

#[test]
fn sealing_gives_the_bytes_of_the_vector() {
    let all = all();
    let vector = &all["seal"];
    let key = SealKey::from_bytes(array(&vector["key"]));
    let (aad, plaintext) = (bytes(&vector["aad"]), bytes(&vector["plaintext"]));

    let sealed = seal(&key, Label::Entry, &aad, &plaintext, fresh(&vector["rnd"]));

    assert_eq!(sealed, bytes(&vector["output"]));
    assert_eq!(*open(&key, Label::Entry, &aad, &sealed).unwrap(), plaintext);
}

#[test]
fn every_negative_vector_is_rejected() {
    for vector in all()["negative"].as_array().unwrap() {
        let key = SealKey::from_bytes(array(&vector["key"]));
        assert_eq!(vector["label"], "entry");

        let opened = open(&key, Label::Entry, &bytes(&vector["aad"]), &bytes(&vector["sealed"]));

        assert!(
            matches!(opened, Err(Error::CommitmentMismatch | Error::TagMismatch)),
            "{}",
            vector["name"]
        );
    }
}

#[test]
fn a_ciphertext_for_two_keys_opens_under_one() {
    let all = all();
    let vector = &all["equivocation"];
    let (aad, sealed) = (bytes(&vector["aad"]), bytes(&vector["sealed"]));
    let open_with =
        |key: &str| open(&SealKey::from_bytes(array(&vector[key])), Label::Entry, &aad, &sealed);

    assert_eq!(*open_with("key_a").unwrap(), bytes(&vector["plaintext_a"]));
    assert_eq!(open_with("key_b").unwrap_err(), Error::CommitmentMismatch);
}

#[test]
fn frames_are_padded_as_the_table_says() {
    for row in all()["padding"]["rows"].as_array().unwrap() {
        let number = |index: usize| usize::try_from(row[index].as_u64().unwrap()).unwrap();
        assert_eq!(bucket(number(0)), number(1), "bucket of {}", number(0));
        assert_eq!(padme(number(0)), number(2), "padme of {}", number(0));
    }
}

#[test]
fn section_keys_follow_from_the_seed_and_match_the_epoch_records() {
    let all = all();
    let section = section(&all);
    let mut names = Vec::new();
    for vector in all["section"]["epochs"].as_array().unwrap() {
        let at = section.at(epoch(vector));
        let seed = EpochSeed::from_bytes(array(&vector["seed"]));

        let keys = seed.keys(&at);
        let record = EpochRecord::parse(&bytes(&vector["record_blob"])).unwrap();

        assert_eq!(keys.content.expose()[..], bytes(&vector["content_key"]));
        assert_eq!(keys.history.expose()[..], bytes(&vector["history_key"]));
        assert_eq!(keys.commitment[..], bytes(&vector["commitment"]));
        assert!(record.accept(&section, &seed).is_ok());
        names.push(record.name(&section, &keys).unwrap());
    }
    assert_eq!(names[0], names[1], "the section keeps its name");
}

#[test]
fn the_back_link_opens_the_epoch_before() {
    let all = all();
    let section = section(&all);
    let epochs = &all["section"]["epochs"];
    let second = EpochRecord::parse(&bytes(&epochs[1]["record_blob"])).unwrap();
    let keys = EpochSeed::from_bytes(array(&epochs[1]["seed"])).keys(&section.at(second.epoch));

    let before = second.seed_before(&section, &keys).unwrap().expect("epoch 2 has a past");

    assert_eq!(before.expose()[..], bytes(&epochs[0]["seed"]));
}

#[test]
fn a_seed_of_another_epoch_is_refused() {
    let all = all();
    let epochs = &all["section"]["epochs"];
    let second = EpochRecord::parse(&bytes(&epochs[1]["record_blob"])).unwrap();
    let first = EpochSeed::from_bytes(array(&epochs[0]["seed"]));

    let refused = second.accept(&section(&all), &first);

    assert_eq!(refused.err(), Some(Error::EpochCommitmentMismatch));
}

#[test]
fn every_entry_is_sealed_to_the_bytes_of_the_vectors() {
    let all = all();
    let section = section(&all);
    for vector in all["section"]["entries"].as_array().unwrap() {
        let at = section.at(epoch(vector));
        let seeds = all["section"]["epochs"].as_array().unwrap();
        let seed = seeds.iter().find(|one| one["epoch"] == vector["epoch"]).unwrap();
        let keys = EpochSeed::from_bytes(array(&seed["seed"])).keys(&at);
        let author = array(&vector["author"]);
        let place = Place {
            section: at,
            anchor: array(&vector["anchor"]),
            seq: number(&vector["seq"]),
            author,
        };
        let key = keys.content.author(&at, &author);
        let frame = Frame::decode(&bytes(&vector["frame"])).unwrap();

        assert_eq!(key.expose()[..], bytes(&vector["author_key"]));
        assert_eq!(frame.encode().unwrap()[..], bytes(&vector["frame"]), "frames round-trip");
        let envelope = seal_entry(&key, &place, &frame, fresh(&vector["rnd"])).unwrap();
        assert_eq!(envelope, bytes(&vector["envelope"]));
    }
}
