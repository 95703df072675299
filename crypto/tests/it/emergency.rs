//! Emergency access (crypto.md section 11).

use chartkey_crypto::*;

use crate::{all, array, bytes, fresh, given, number, person, record};

#[test]
fn the_emergency_delivery_is_that_of_the_vectors_and_needs_both_halves() {
    let all = all();
    let vector = &all["emergency"];
    let emergency = Emergency { record: record(&all), generation: number(&vector["generation"]) };
    let half_1 = EmergencyHalf1::from_bytes(array(&vector["half_1"]));
    let half_2 = EmergencyHalf2::from_bytes(array(&vector["half_2"]));
    let owner = array(&person(&all, "patient")["account"]);
    let delivery = bytes(&vector["delivery"]);
    let parsed = Delivery::parse(&delivery).unwrap();
    let key = emergency.key(&half_1, &half_2);

    let opened = key.open(owner, Sender::Owner, &parsed).unwrap();

    assert_eq!(emergency.recipient()[..], bytes(&vector["recipient"]));
    assert!(!opened.items.is_empty());
    let sealed = key.seal(owner, &opened.items, fresh(&vector["rnd"])).unwrap();
    assert_eq!(sealed, delivery);

    let refused = |one: &EmergencyHalf1, two: &EmergencyHalf2| {
        emergency.key(one, two).open(owner, Sender::Owner, &parsed).err()
    };
    let (zero_1, zero_2) =
        (EmergencyHalf1::from_bytes([0; 32]), EmergencyHalf2::from_bytes([0; 32]));
    assert_eq!(refused(&zero_1, &half_2), Some(Error::CommitmentMismatch));
    assert_eq!(refused(&half_1, &zero_2), Some(Error::CommitmentMismatch));
    let next = Emergency { generation: 2, ..emergency };
    let refused = next.key(&half_1, &half_2).open(owner, Sender::Owner, &parsed).err();
    assert_eq!(refused, Some(Error::BadDelivery("of another generation")));
}

#[test]
fn a_card_is_read_as_people_type_it() {
    let half = EmergencyHalf2::from_bytes([0x7f; 32]);
    let words = half.to_words();
    assert_eq!(words.split(' ').count(), 24);
    // BIP-39, test vectors: 32 bytes 0x7f.
    assert!(words.starts_with("legal winner thank year wave sausage worth useful"));

    let typed = format!("  {}\n", words.to_uppercase().replace(' ', "\n  "));

    assert!(EmergencyHalf2::from_words(&typed).unwrap() == half);
    let wrong = words.replacen("legal", "winner", 1);
    let refused = EmergencyHalf2::from_words(&wrong).err();
    let expected = Error::BadWords("a word is unknown or the check word does not fit");
    assert_eq!(refused, Some(expected));
    let short = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    let refused = EmergencyHalf2::from_words(short).err();
    assert_eq!(refused, Some(Error::BadWords("24 words are expected")));
}

#[test]
fn half_2_comes_back_from_shares_of_custodians() {
    let half = EmergencyHalf2::from_bytes([5; 32]);

    let shares = split(&half, vec![given([1; 32])], 3).unwrap();

    assert!(combine(&[&shares[2], &shares[0]]).unwrap() == half);
}
