//! One test per block of `crypto.json`.

use chartkey_crypto::*;
use serde_json::Value;

use crate::{all, array, bytes, record};

#[test]
fn a_record_has_the_identity_and_context_of_the_vectors() {
    let all = all();
    let record = record(&all);
    let creator = array(&all["identities"][0]["account"]);

    let id = record_id(record.chain_id, &record.contract, &creator, &array(&all["record_nonce"]));

    assert_eq!(id, record.id);
    assert_eq!(record.context(), bytes(&all["context"]));
}

fn identity(all: &Value, vector: &Value) -> Identity {
    let record = record(all);
    Identity {
        chain_id: record.chain_id,
        contract: record.contract,
        account: array(&vector["account"]),
        version: u32::try_from(vector["key_version"].as_u64().unwrap()).unwrap(),
    }
}

#[test]
fn every_identity_follows_from_its_unlock_signature() {
    let all = all();
    for vector in all["identities"].as_array().unwrap() {
        let name = vector["name"].as_str().unwrap();
        let identity = identity(&all, vector);
        let signature = UnlockSignature::new(array(&vector["r"]), array(&vector["s"]));

        let root = Root::derive(&identity, &signature, None);

        assert_eq!(unlock_message(&identity), vector["unlock_message"].as_str().unwrap(), "{name}");
        assert_eq!(root.expose()[..], bytes(&vector["root"]), "{name}: root");
        let seed = root.kem_seed();
        assert_eq!(seed.expose()[..], bytes(&vector["kem_seed"]), "{name}: kem seed");
        let public_key = seed.public_key();
        assert_eq!(public_key, bytes(&vector["public_key"]), "{name}: public key");
        let key_id = KeyId::of(&identity, &public_key);
        assert_eq!(key_id.0[..], bytes(&vector["key_id"]), "{name}: key id");
        assert_eq!(key_id.fingerprint().split(' ').count(), 12, "{name}: fingerprint");
        let channel = root.channel_root(1);
        assert_eq!(channel.expose()[..], bytes(&vector["channel_root_gen1"]), "{name}: channel");
        assert_eq!(root.cache_key().expose()[..], bytes(&vector["cache_key"]), "{name}: cache");
    }
}

#[test]
fn a_high_s_gives_the_same_root_as_its_low_form() {
    let all = all();
    let vector = &all["identities"][0];
    let identity = identity(&all, vector);
    let (r, low) = (array(&vector["r"]), array::<32>(&vector["s"]));
    // order - s, by hand: big-endian subtraction.
    let order = hex::decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let mut high = [0; 32];
    let mut borrow = 0;
    for (index, digit) in order.unwrap().iter().enumerate().rev() {
        let value = i16::from(*digit) - i16::from(low[index]) - borrow;
        borrow = i16::from(value < 0);
        high[index] = value.rem_euclid(256) as u8;
    }

    let root = Root::derive(&identity, &UnlockSignature::new(r, high), None);

    assert_eq!(root.expose()[..], bytes(&vector["root"]));
}

#[test]
fn a_key_slot_holds_the_root() {
    let all = all();
    let (vector, patient) = (&all["keyslot"], &all["identities"][0]);
    let identity = identity(&all, patient);
    let signature = UnlockSignature::new(array(&vector["r"]), array(&vector["s"]));
    let text = vector["message"].as_str().unwrap();
    let signer = text.lines().nth(1).unwrap();

    let key = SlotKey::of_signature(&identity, &signature);
    let root = Root::from_bytes(array(&patient["root"]));
    let slot = key.seal(&identity, &root, &array(&vector["rnd"]));

    assert_eq!(keyslot_message(&identity, "records.example", signer), text);
    assert_eq!(slot, bytes(&vector["blob"]));
    assert_eq!(key.open(&identity, &slot).unwrap(), root);
    let other = Identity { version: 2, ..identity };
    assert!(key.open(&other, &slot).is_err(), "a slot belongs to one key version");
}

#[cfg(feature = "passphrase")]
#[test]
fn a_passphrase_changes_the_root() {
    let all = all();
    let (vector, patient) = (&all["passphrase"], &all["identities"][0]);
    let identity = identity(&all, patient);
    let signature = UnlockSignature::new(array(&patient["r"]), array(&patient["s"]));
    let cost = PassphraseCost { memory_kib: 65_536, passes: 3 };
    let text = vector["passphrase"].as_str().unwrap();

    let stretched = stretch_passphrase(&identity, text.as_bytes(), cost).unwrap();
    let root = Root::derive(&identity, &signature, Some(&stretched));

    assert_eq!(stretched.expose()[..], bytes(&vector["output"]));
    assert_eq!(root.expose()[..], bytes(&vector["root"]));
}

#[test]
fn sealing_gives_the_bytes_of_the_vector() {
    let all = all();
    let vector = &all["seal"];
    let key = SealKey::from_bytes(array(&vector["key"]));
    let (aad, plaintext) = (bytes(&vector["aad"]), bytes(&vector["plaintext"]));

    let sealed = seal(&key, Label::Entry, &aad, &plaintext, &array(&vector["rnd"]));

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

/// The vectors' section with its epochs' seeds.
fn section(all: &Value) -> Section {
    let handle = u16::try_from(all["section"]["section"].as_u64().unwrap()).unwrap();
    record(all).section(Handle::new(handle).unwrap())
}

fn epoch(vector: &Value) -> Epoch {
    Epoch::new(u32::try_from(vector["epoch"].as_u64().unwrap()).unwrap()).unwrap()
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

    assert_eq!(refused.unwrap_err(), Error::EpochCommitmentMismatch);
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
            seq: u32::try_from(vector["seq"].as_u64().unwrap()).unwrap(),
            author,
        };
        let key = keys.content.author(&at, &author);
        let frame = Frame::decode(&bytes(&vector["frame"])).unwrap();

        assert_eq!(key.expose()[..], bytes(&vector["author_key"]));
        assert_eq!(frame.encode().unwrap()[..], bytes(&vector["frame"]), "frames round-trip");
        let envelope = seal_entry(&key, &place, &frame, &array(&vector["rnd"])).unwrap();
        assert_eq!(envelope, bytes(&vector["envelope"]));
    }
}
