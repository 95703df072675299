//! Sealing, frames, names.

use chartkey_crypto::*;
use proptest::prelude::*;

use crate::given;

fn section() -> Section {
    let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
    record.section(Handle::new(9).unwrap())
}

proptest! {
    #[test]
    fn what_was_sealed_opens(key: [u8; 32], aad: Vec<u8>, text: Vec<u8>, rnd in prop::array::uniform32(1_u8..)) {
        let key = SealKey::from_bytes(key);
        let sealed = seal(&key, Label::Entry, &aad, &text, given(rnd));
        prop_assert_eq!(sealed.len(), text.len() + 72);
        prop_assert_eq!(&*open(&key, Label::Entry, &aad, &sealed).unwrap(), &text);
    }

    #[test]
    fn any_changed_bit_is_rejected(text: Vec<u8>, rnd in prop::array::uniform32(1_u8..), place: prop::sample::Index, bit in 0_u8..8) {
        let key = SealKey::from_bytes([3; 32]);
        let mut sealed = seal(&key, Label::Entry, b"aad", &text, given(rnd));
        let at = place.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        prop_assert!(open(&key, Label::Entry, b"aad", &sealed).is_err());
    }

    #[test]
    fn repeated_randomness_still_gives_another_nonce(one: Vec<u8>, two: Vec<u8>) {
        prop_assume!(one != two);
        let key = SealKey::from_bytes([3; 32]);
        let seal = |text: &[u8]| seal(&key, Label::Entry, b"", text, given([1; 32]));
        prop_assert_ne!(&seal(&one)[..24], &seal(&two)[..24]);
    }

    #[test]
    fn another_label_or_context_is_rejected(text: Vec<u8>, aad: Vec<u8>, other: Vec<u8>) {
        prop_assume!(aad != other);
        let key = SealKey::from_bytes([3; 32]);
        let sealed = seal(&key, Label::Entry, &aad, &text, given([1; 32]));
        prop_assert!(open(&key, Label::Cache, &aad, &sealed).is_err());
        prop_assert!(open(&key, Label::Entry, &other, &sealed).is_err());
    }

    #[test]
    fn frames_round_trip(body in prop::collection::vec(any::<u8>(), 0..9_000), time: u64, target in 1_u32..) {
        let frame = Frame::new(Operation::Amend(target), BodyType::Fhir, time, body.clone()).unwrap();
        let bytes = frame.encode().unwrap();
        prop_assert_eq!(bytes.len(), bucket(bytes.len()));
        let read = Frame::decode(&bytes).unwrap();
        prop_assert_eq!(&*read.body().unwrap(), &body);
        prop_assert_eq!(read, frame);
    }

    #[test]
    fn decoders_survive_anything(bytes: Vec<u8>) {
        let _ = Frame::decode(&bytes);
        let _ = EpochRecord::parse(&bytes);
        let _ = open(&SealKey::from_bytes([1; 32]), Label::Entry, b"", &bytes);
    }

    #[test]
    fn headers_that_lie_are_refused(mut header: [u8; 24], rest: Vec<u8>) {
        header[0] = 1;
        let mut bytes = header.to_vec();
        bytes.extend(rest);
        bytes.resize(bucket(bytes.len()), 0);
        if let Ok(frame) = Frame::decode(&bytes) {
            prop_assert_eq!(&frame.encode().unwrap()[..], &bytes[..]);
        }
    }

    #[test]
    fn names_come_back(name in "\\PC{0,11}", rnd in prop::array::uniform32(1_u8..), seed: [u8; 32]) {
        let seed = EpochSeed::from_bytes(seed);
        let keys = seed.keys(&section().at(Epoch::FIRST));
        let bytes = EpochRecord::create(&section(), Epoch::FIRST, &keys, &name, given(rnd)).unwrap();
        let record = EpochRecord::parse(&bytes).unwrap();
        prop_assert_eq!(record.name(&section(), &keys).unwrap(), name);
    }
}

#[test]
fn a_body_that_inflates_beyond_a_mebibyte_is_refused() {
    let long = Frame::create(BodyType::Text, 0, vec![0; (1 << 20) + 1]);
    assert_eq!(long, Err(Error::TooLarge { length: (1 << 20) + 1, most: 1 << 20 }));
    let most = Frame::create(BodyType::Text, 0, vec![0; 1 << 20]).unwrap();
    assert_eq!(most.body().unwrap().len(), 1 << 20);
}

#[test]
fn an_entry_is_never_printed() {
    let frame = Frame::create(BodyType::Text, 0, b"amlodipine".to_vec()).unwrap();
    let value = zeroize::Zeroizing::new(vec![171; 32]);
    let frame = frame.with_extension(Extension { kind: 1, value });
    let shown = format!("{frame:?} {:?}", frame.extensions);
    assert!(!shown.contains("109") && !shown.contains("171"), "{shown}");
}
