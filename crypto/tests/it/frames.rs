//! Frames and their extensions (crypto.md section 8.1).

use chartkey_crypto::*;
use zeroize::Zeroizing;

fn extension(kind: u16, value: &[u8]) -> Extension {
    Extension { kind, value: Zeroizing::new(value.to_vec()) }
}

#[test]
fn bytes_after_the_compressed_body_are_refused() {
    let frame = Frame::create(BodyType::Text, 0, vec![b'a'; 400]).unwrap();
    let mut bytes = frame.encode().unwrap().to_vec();
    let length = u32::from_be_bytes(bytes[16..20].try_into().unwrap());
    bytes[16..20].copy_from_slice(&(length + 1).to_be_bytes());
    bytes[24 + length as usize] = 7;

    let refused = Frame::decode(&bytes);

    assert_eq!(refused, Err(Error::BadFrame("bytes after the compressed body")));
}

#[test]
fn unknown_extensions_are_kept() {
    let frame = Frame::create(BodyType::Fhir, 7, b"{}".to_vec()).unwrap();
    let frame = frame.with_extension(extension(3, b"Practitioner/1"));
    let frame = frame.with_extension(extension(999, b""));

    let read = Frame::decode(&frame.encode().unwrap()).unwrap();

    assert_eq!(read, frame);
    assert_eq!(read.extensions[1].kind, 999);
}

#[test]
fn every_malformed_header_is_refused_by_its_reason() {
    let frame = Frame::create(BodyType::Text, 7, b"text".to_vec()).unwrap();
    let good = frame.encode().unwrap().to_vec();
    let cases: [(usize, u8, Error); 8] = [
        (0, 2, Error::UnsupportedVersion(2)),
        (1, 5, Error::BadFrame("no target")),
        (1, 2, Error::BadFrame("no target")),
        (2, 2, Error::BadFrame("unknown flags")),
        (3, 2, Error::BadFrame("unknown body type")),
        (7, 1, Error::BadFrame("a new entry with a target")),
        (23, 1, Error::BadFrame("extension beyond its end")),
        (511, 1, Error::BadFrame("padding that is not zero")),
    ];
    for (at, value, expected) in cases {
        let mut bytes = good.clone();
        bytes[at] = value;
        assert_eq!(Frame::decode(&bytes), Err(expected), "byte {at}");
    }
    let mut longer = good.clone();
    longer.resize(1_024, 0);
    assert_eq!(Frame::decode(&longer), Err(Error::BadFrame("not padded to its bucket")));
    assert_eq!(Frame::decode(&good[..23]), Err(Error::BadFrame("shorter than its header")));
}

#[test]
fn a_frame_with_too_many_extensions_is_refused_when_written() {
    let frame = Frame::create(BodyType::Text, 7, b"text".to_vec()).unwrap();
    let frame = frame.with_extension(extension(4, &[0; 16_384]));
    let length = 24 + 4 + 6 + 16_384;
    assert_eq!(frame.encode(), Err(Error::TooLarge { length, most: 16_384 }));
}

#[test]
fn every_body_that_is_accepted_can_be_read_again_up_to_the_limit() {
    let most = 1 << 20;
    for length in [16_383, 16_384, 16_385, 32_768, 65_536, most - 1, most] {
        for period in [1, 2, 3, 7, 256, 257, 258, 259, 1_000] {
            let body: Vec<u8> = (0..length).map(|at| (at % period) as u8).collect();
            let Ok(frame) = Frame::create(BodyType::Text, 0, body.clone()) else { continue };
            let read = Frame::decode(&frame.encode().unwrap()).unwrap();
            assert!(*read.body().unwrap() == body, "{length} bytes of period {period}");
        }
    }
}
