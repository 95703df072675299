//! Key substitution: nothing is sealed to a key that was not checked (crypto.md section 7.3).

use chartkey_crypto::*;

use crate::{all, array, bytes, person, record};

#[test]
fn a_key_served_in_place_of_the_registered_one_is_found() {
    let all = all();
    let (clinician, lab) = (person(&all, "clinician"), person(&all, "lab"));
    let account = array(&clinician["account"]);
    let registered = RegisteredKey { id: KeyId(array(&clinician["key_id"])), version: 1 };
    let key = |of: &serde_json::Value| PublicKey::from_bytes(&bytes(&of["public_key"])).unwrap();

    let right = Candidate::new(&record(&all), account, registered, key(clinician)).unwrap();
    let swapped = Candidate::new(&record(&all), account, registered, key(lab));
    let version = RegisteredKey { version: 2, ..registered };
    let later = Candidate::new(&record(&all), account, version, key(clinician));
    let other = Candidate::new(&record(&all), array(&lab["account"]), registered, key(clinician));

    assert_eq!(right.fingerprint(), KeyId(array(&clinician["key_id"])).fingerprint());
    for refused in [swapped, later, other] {
        assert_eq!(refused, Err(Error::RegistryDisagreement));
    }
}

#[test]
fn a_key_that_is_not_the_confirmed_one_is_a_stop() {
    let all = all();
    let clinician = person(&all, "clinician");
    let registered = RegisteredKey { id: KeyId(array(&clinician["key_id"])), version: 1 };
    let key = PublicKey::from_bytes(&bytes(&clinician["public_key"])).unwrap();
    let account = array(&clinician["account"]);
    let candidate = Candidate::new(&record(&all), account, registered, key).unwrap();

    let recipient = candidate.clone().pinned(registered.id).unwrap();
    let changed = candidate.pinned(KeyId([1; 28]));

    assert_eq!(recipient.key_id(), registered.id);
    assert_eq!(recipient.account(), account);
    assert_eq!(changed, Err(Error::ReaderKeyChanged));
}

#[test]
fn endpoints_must_agree_on_a_key_that_exists() {
    let key = RegisteredKey { id: KeyId([7; 28]), version: 3 };
    let word = key.to_word();
    let other = RegisteredKey { version: 4, ..key }.to_word();

    assert_eq!(RegisteredKey::agreed(word, word, &[word]), Ok(key));
    assert_eq!(RegisteredKey::agreed(word, other, &[]), Err(Error::RegistryDisagreement));
    assert_eq!(RegisteredKey::agreed([0; 32], [0; 32], &[]), Err(Error::KeyNotRegistered));
}

#[test]
fn bytes_that_are_no_public_key_are_refused() {
    assert_eq!(PublicKey::from_bytes(&[0; 1_215]), Err(Error::BadPublicKey));
    // Coefficients of ML-KEM are below 3,329 (FIPS 203, section 7.2).
    assert_eq!(PublicKey::from_bytes(&[0xff; 1_216]), Err(Error::BadPublicKey));
}
