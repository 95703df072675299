//! Recovery by guardians, and the sharing under it (crypto.md section 12).

use chartkey_crypto::*;
use serde_json::Value;

use crate::{all, array, bytes, fresh, given, identity, number, person};

fn shares(all: &Value) -> Vec<RecoveryShare> {
    let vector = &all["recovery"];
    let threshold = u16::try_from(number(&vector["threshold"])).unwrap();
    let share = |row: &Value| {
        let x = u16::try_from(number(&row[0])).unwrap();
        RecoveryShare::from_parts(threshold << 8 | x, &array(&row[1])).unwrap()
    };
    vector["shares"].as_array().unwrap().iter().map(share).collect()
}

#[test]
fn blob_and_shares_are_those_of_the_vectors() {
    let all = all();
    let vector = &all["recovery"];
    let patient = person(&all, "patient");
    let identity = identity(&all, patient);
    let secret = RecoverySecret::from_bytes(array(&vector["secret"]));
    let root = Root::from_bytes(array(&patient["root"]));
    let coefficients = vector["coefficients"].as_array().unwrap().iter().map(fresh).collect();

    let blob = seal_recovery(&identity, &secret, &root, fresh(&vector["rnd"]));
    let made = split(&secret, coefficients, 5).unwrap();

    assert_eq!(blob, bytes(&vector["blob"]));
    for (made, expected) in made.iter().zip(shares(&all)) {
        assert_eq!((made.number(), made.expose()), (expected.number(), expected.expose()));
    }
}

#[test]
fn any_three_of_five_recover_and_two_do_not() {
    let all = all();
    let patient = person(&all, "patient");
    let (identity, blob) = (identity(&all, patient), bytes(&all["recovery"]["blob"]));
    let shares = shares(&all);
    for first in 0..5 {
        for second in first + 1..5 {
            for third in second + 1..5 {
                let three = [&shares[third], &shares[first], &shares[second]];
                let recovered = recover(&identity, &blob, &three).unwrap();
                assert_eq!(recovered.root.expose()[..], bytes(&patient["root"]));
                assert_eq!((recovered.good, recovered.wrong), (vec![0, 1, 2], vec![]));
            }
            let two = recover(&identity, &blob, &[&shares[first], &shares[second]]);
            assert_eq!(two.err(), Some(Error::BadShares("fewer than the threshold")));
        }
    }
}

#[test]
fn wrong_shares_are_found_out_and_named_by_position() {
    let all = all();
    let patient = person(&all, "patient");
    let (identity, blob) = (identity(&all, patient), bytes(&all["recovery"]["blob"]));
    let shares = shares(&all);
    let wrong = RecoveryShare::from_parts(0x0302, &[7; 32]).unwrap();
    let other_threshold = RecoveryShare::from_parts(0x0204, &[7; 32]).unwrap();

    let given = [&wrong, &shares[0], &other_threshold, &shares[2], &shares[4]];
    let recovered = recover(&identity, &blob, &given).unwrap();

    assert_eq!((recovered.good, recovered.wrong), (vec![1, 3, 4], vec![0, 2]));
    let hopeless = recover(&identity, &blob, &[&wrong, &shares[0], &shares[2]]);
    assert_eq!(hopeless.err(), Some(Error::CommitmentMismatch));
    let elsewhere = identity.rotated().unwrap();
    let other = recover(&elsewhere, &blob, &[&shares[1], &shares[0], &shares[2]]);
    assert_eq!(other.err(), Some(Error::CommitmentMismatch), "the blob is of one key version");
}

#[test]
fn shares_that_cannot_be_are_refused() {
    let secret = RecoverySecret::from_bytes([1; 32]);
    let split =
        |k: u8, n: u8| split(&secret, (1..k).map(|byte| given([byte; 32])).collect(), n).err();
    let refused = Error::BadShares("a threshold that is not from 2 to the number of shares");
    assert_eq!(split(1, 5), Some(refused));
    assert_eq!(split(3, 2), Some(refused));
    assert_eq!(split(2, 255), None);
    let zero = RecoveryShare::from_parts(0x0300, &[1; 32]).err();
    assert_eq!(zero, Some(Error::BadShares("shares count from 1")));
    let single = RecoveryShare::from_parts(0x0101, &[1; 32]).err();
    assert_eq!(single, Some(Error::BadShares("a threshold below 2")));
    let share = |number| RecoveryShare::from_parts(number, &[1; 32]).unwrap();
    let (one, two, three) = (share(0x0201), share(0x0202), share(0x0303));
    assert_eq!(combine(&[&one, &one]).err(), Some(Error::BadShares("one appears twice")));
    assert_eq!(combine(&[&one, &three]).err(), Some(Error::BadShares("of different thresholds")));
    assert_eq!(combine(&[&one]).err(), Some(Error::BadShares("fewer or more than the threshold")));
    assert!(combine(&[&one, &two]).is_ok());
}
