//! Documents and their attachments (crypto.md section 10.1).

use chartkey_crypto::*;
use sha2::{Digest, Sha256};

use crate::{all, array, bytes, fresh, given};

/// The long document of the vectors.
fn long() -> Vec<u8> {
    (0..150_000_usize).map(|i| (31 * i + (i >> 8)) as u8).collect()
}

#[test]
fn documents_are_those_of_the_vectors_and_open() {
    let all = all();
    let vector = &all["document"];

    let (stored, attachment) = seal_document(fresh(&vector["key"]), "text/plain", &long()).unwrap();

    assert_eq!(stored.len() as u64, vector["ciphertext_len"].as_u64().unwrap());
    assert_eq!(attachment.ciphertext_length, stored.len() as u64);
    assert_eq!(attachment.sha256[..], bytes(&vector["ciphertext_sha256"]));
    assert_eq!(Sha256::digest(&stored)[..], attachment.sha256);
    assert!(*open_document(&attachment, &stored).unwrap() == long());

    let (small, attachment) =
        seal_document(fresh(&vector["key"]), "text/plain", &bytes(&vector["small_plaintext"]))
            .unwrap();
    assert_eq!(small, bytes(&vector["small_ciphertext"]));
    assert_eq!(attachment.key.expose()[..], array::<32>(&vector["key"]));
}

#[test]
fn a_stream_is_never_held_whole() {
    let mut largest = 0;
    let mut stored = Vec::new();
    let sink = |part: &[u8]| -> Result<(), Error> {
        largest = largest.max(part.len());
        stored.extend_from_slice(part);
        Ok(())
    };
    let mut writer = DocumentWriter::new(given([1; 32]), sink);
    for part in long().chunks(777) {
        writer.write(part).unwrap();
    }
    let attachment = writer.finish("application/octet-stream").unwrap();
    assert_eq!(largest, 65_536 + 16);

    let mut check = DocumentCheck::new(&attachment);
    stored.chunks(1_000).for_each(|part| check.read(part).unwrap());
    let (mut shown, mut largest) = (Vec::new(), 0);
    let sink = |part: &[u8]| -> Result<(), Error> {
        largest = largest.max(part.len());
        shown.extend_from_slice(part);
        Ok(())
    };
    let mut reader = check.finish().unwrap().reader(sink);
    stored.chunks(1_000).for_each(|part| reader.read(part).unwrap());
    reader.finish().unwrap();
    assert_eq!(largest, 65_536);
    assert!(shown == long());
}

/// What somebody who knows the key could store: chunks sealed well, but not the document's.
pub(crate) fn with_hash_of(stored: &[u8], mut attachment: Attachment) -> Attachment {
    attachment.sha256 = Sha256::digest(stored).into();
    attachment.ciphertext_length = stored.len() as u64;
    attachment
}

#[test]
fn a_document_that_is_not_whole_is_refused() {
    let sealed = || seal_document(given([1; 32]), "text/plain", &long()).unwrap();
    let (stored, attachment) = sealed();
    let refused = |stored: &[u8]| open_document(&attachment, stored).err();

    let short = &stored[..stored.len() - 1];
    assert_eq!(refused(short), Some(Error::BadDocument("shorter than said")));
    let longer = [&stored[..], &[0]].concat();
    assert_eq!(refused(&longer), Some(Error::BadDocument("longer than said")));
    let mut other = stored.clone();
    other[7] ^= 1;
    assert_eq!(refused(&other), Some(Error::BadDocument("its hash is another one")));

    // With an entry that names these bytes: the chunks themselves refuse.
    let first_two = &stored[..2 * (65_536 + 16)];
    let cut = with_hash_of(first_two, sealed().1);
    assert_eq!(open_document(&cut, first_two).err(), Some(Error::TagMismatch), "no last chunk");
    let exchanged =
        [&stored[65_552..2 * 65_552], &stored[..65_552], &stored[2 * 65_552..]].concat();
    let exchanged_attachment = with_hash_of(&exchanged, sealed().1);
    let opened = open_document(&exchanged_attachment, &exchanged).err();
    assert_eq!(opened, Some(Error::TagMismatch), "chunks out of order");
    let empty = with_hash_of(&[], sealed().1);
    assert_eq!(open_document(&empty, &[]).err(), Some(Error::TagMismatch));
}

#[test]
fn lengths_that_lie_are_refused() {
    let (stored, mut attachment) =
        seal_document(given([1; 32]), "text/plain", b"twelve bytes").unwrap();
    attachment.plaintext_length = 11;
    let opened = open_document(&attachment, &stored).err();
    assert_eq!(opened, Some(Error::BadDocument("padding that is not zero")));
    attachment.plaintext_length = 13;
    let opened = open_document(&attachment, &stored).err();
    assert_eq!(opened, Some(Error::BadDocument("not padded as its length asks")));
    let parsed = Attachment::parse(&attachment.to_extension().unwrap()).err();
    assert_eq!(parsed, Some(Error::BadDocument("its lengths do not belong together")));
}

#[test]
fn bytes_exchanged_between_check_and_reading_are_found() {
    let (_, attachment) = seal_document(given([1; 32]), "text/plain", b"one").unwrap();
    let (one, _) = seal_document(given([1; 32]), "text/plain", b"one").unwrap();
    // Another document under the same key, as a reader with the key could make it.
    let (two, _) = seal_document(given([1; 32]), "text/plain", b"two").unwrap();
    let mut check = DocumentCheck::new(&attachment);
    check.read(&one).unwrap();
    let mut reader = check.finish().unwrap().reader(|_: &[u8]| -> Result<(), Error> { Ok(()) });

    reader.read(&two).unwrap();

    assert_eq!(reader.finish(), Err(Error::BadDocument("its hash is another one")));
}

#[test]
fn an_empty_document_is_one_empty_chunk() {
    let (stored, attachment) = seal_document(given([1; 32]), "text/plain", b"").unwrap();
    assert_eq!((stored.len(), attachment.plaintext_length), (16, 0));
    assert!(open_document(&attachment, &stored).unwrap().is_empty());
}

fn attachment() -> Attachment {
    let (_, mut attachment) = seal_document(given([1; 32]), "application/dicom", b"scan").unwrap();
    attachment.locators = vec!["https://store.example/a".into(), "ipfs://b".into()];
    attachment
}

#[test]
fn an_attachment_is_written_and_read_to_its_last_byte() {
    let extension = attachment().to_extension().unwrap();
    let length = 32 + 8 + 8 + 32 + 1 + 17 + 1 + 2 + 23 + 2 + 8;
    assert_eq!(extension.value.len(), length);

    let read = Attachment::parse(&extension).unwrap();

    assert_eq!((read.media_type.as_str(), read.locators.len()), ("application/dicom", 2));
    assert!(read.to_extension().unwrap() == extension);
    for cut in 0..length {
        let value = zeroize::Zeroizing::new(extension.value[..cut].to_vec());
        let cut = Attachment::parse(&Extension { kind: 1, value }).err();
        assert_eq!(cut, Some(Error::BadFrame("an attachment that is not whole")));
    }
    let mut longer = extension.clone();
    longer.value.push(0);
    assert_eq!(
        Attachment::parse(&longer).err(),
        Some(Error::BadFrame("bytes after an attachment"))
    );
    let other = Extension { kind: 2, ..extension };
    let refused = Attachment::parse(&other).err();
    assert_eq!(refused, Some(Error::BadFrame("the extension is no attachment")));
}
