//! Identities: unlock message, root, keys, fingerprints, slots (crypto.md section 5).

use chartkey_crypto::*;

use crate::{all, array, bytes, fresh, given, identity, person};

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
        assert_eq!(public_key.as_bytes(), bytes(&vector["public_key"]), "{name}: public key");
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
    let (vector, patient) = (&all["keyslot"], person(&all, "patient"));
    let identity = identity(&all, patient);
    let signature = UnlockSignature::new(array(&vector["r"]), array(&vector["s"]));
    let signer = array(&vector["signer"]);

    let key = SlotKey::of_wallet(&identity, &signature);
    let root = Root::from_bytes(array(&patient["root"]));
    let slot = key.seal(&identity, &root, fresh(&vector["rnd"]));

    let text = keyslot_message(&identity, "records.example", &signer).unwrap();
    assert_eq!(text, vector["message"].as_str().unwrap());
    assert_eq!(slot, bytes(&vector["blob"]));
    assert!(key.open(&identity, &slot).unwrap() == root);
    let other = Identity { version: 2, ..identity };
    assert!(key.open(&other, &slot).is_err(), "a slot belongs to one key version");
}

#[cfg(feature = "passphrase")]
#[test]
fn a_passphrase_changes_the_root() {
    let all = all();
    let (vector, patient) = (&all["passphrase"], person(&all, "patient"));
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
fn a_domain_cannot_smuggle_lines_into_the_text() {
    let all = all();
    let identity = identity(&all, person(&all, "patient"));
    for domain in ["", "records.example\n", "a b", "records.example/path", "user@records.example"] {
        assert_eq!(
            keyslot_message(&identity, domain, &[1; 20]),
            Err(Error::BadDomain),
            "{domain:?}"
        );
    }
    assert!(keyslot_message(&identity, "localhost:8080", &[1; 20]).is_ok());
}

#[test]
fn slots_of_a_passphrase_and_of_a_passkey_hold_the_root() {
    let all = all();
    let identity = identity(&all, person(&all, "patient"));
    let root = Root::from_bytes([7; 32]);
    let passkey = SlotKey::of_passkey(&identity, &[8; 32]);
    let passphrase = SlotKey::of_passphrase(&Passphrase::from_bytes([8; 32]));

    let slot = passkey.seal(&identity, &root, given([9; 32]));

    assert_eq!(slot.len(), 104);
    assert!(passkey.open(&identity, &slot).unwrap() == root);
    assert_eq!(passphrase.open(&identity, &slot).err(), Some(Error::CommitmentMismatch));
    let slot = passphrase.seal(&identity, &root, given([9; 32]));
    assert!(passphrase.open(&identity, &slot).unwrap() == root);
}

#[test]
fn a_fingerprint_is_that_of_the_reference_list() {
    // BIP-39, test vectors: 16 bytes 0x7f.
    let mut id = [0x7f; 28];
    id[16..].fill(0);
    let words = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    assert_eq!(KeyId(id).fingerprint(), words);
}

#[test]
fn changed_keys_are_another_version_of_the_same_account() {
    let all = all();
    let patient = person(&all, "patient");
    let old = identity(&all, patient);

    let new = old.rotated().unwrap();

    assert_eq!((new.account, new.version), (old.account, 2));
    let signature = UnlockSignature::new(array(&patient["r"]), array(&patient["s"]));
    let (before, after) =
        (Root::derive(&old, &signature, None), Root::derive(&new, &signature, None));
    assert!(before != after, "even the same signature gives another root");
    assert!(unlock_message(&new).ends_with("Key version: 2"));
    let last = Identity { version: u32::MAX, ..old };
    assert_eq!(last.rotated(), Err(Error::TooManyVersions));
}

#[test]
fn a_restored_identity_is_compared_with_the_registered_one() {
    let all = all();
    let patient = person(&all, "patient");
    let identity = identity(&all, patient);
    let registered = KeyId(array(&patient["key_id"]));

    let right = Root::from_bytes(array(&patient["root"])).key_id(&identity);
    let wrong = Root::from_bytes([1; 32]).key_id(&identity);

    assert_eq!(right.require(registered), Ok(()));
    assert_eq!(wrong.require(registered), Err(Error::WrongUnlockKey));
}

#[test]
fn a_signer_that_answers_differently_is_refused_at_registration() {
    let first = UnlockSignature::new([1; 32], [2; 32]);
    assert_eq!(first.require_repeated(&UnlockSignature::new([1; 32], [2; 32])), Ok(()));
    let second = UnlockSignature::new([1; 32], [3; 32]);
    assert_eq!(first.require_repeated(&second), Err(Error::NonDeterministicSigner));
}

#[test]
fn a_slot_of_any_other_identity_does_not_open() {
    let all = all();
    let good = identity(&all, person(&all, "patient"));
    let key =
        |identity: &Identity| SlotKey::of_wallet(identity, &UnlockSignature::new([1; 32], [2; 32]));
    let slot = key(&good).seal(&good, &Root::from_bytes([7; 32]), given([9; 32]));
    let changes: [fn(&mut Identity); 4] = [
        |identity| identity.chain_id += 1,
        |identity| identity.contract[0] ^= 1,
        |identity| identity.account[0] ^= 1,
        |identity| identity.version += 1,
    ];
    for change in changes {
        let mut other = good;
        change(&mut other);
        assert_ne!(unlock_message(&other), unlock_message(&good));
        assert_eq!(key(&good).open(&other, &slot).err(), Some(Error::CommitmentMismatch));
        assert_eq!(key(&other).open(&other, &slot).err(), Some(Error::CommitmentMismatch));
    }
}
