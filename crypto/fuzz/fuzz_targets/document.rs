//! Documents by somebody who knows their key, with lengths that lie and chunks moved about: what
//! opens is the document, in parts of any size.

#![no_main]

use chartkey_crypto::*;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

/// How a stored document is spoilt: bytes cut, bytes added, a byte changed, chunks exchanged.
type Spoilt = (u16, Vec<u8>, Option<(u32, u8)>, bool);

fuzz_target!(|input: (Vec<u8>, u8, Option<u64>, u16, Spoilt)| {
    let (text, repeat, length, part, (cut, added, changed, is_exchanged)) = input;
    let text = text.repeat(usize::from(repeat) * 8 + 1);
    if text.len() > 1 << 20 {
        return;
    }
    let fill = |out: &mut [u8]| -> Result<(), ()> {
        out.fill(7);
        Ok(())
    };
    let key = Fresh::draw(fill).expect("the bytes are there");
    let (whole, mut attachment) = seal_document(key, "text/plain", &text).expect("it is short");
    let mut stored = whole.clone();
    if is_exchanged && stored.len() > 2 * 65_552 {
        stored.rotate_left(65_552);
    }
    stored.truncate(stored.len().saturating_sub(cut.into()));
    stored.extend_from_slice(&added);
    if let Some((at, flip)) = changed {
        let at = at as usize % stored.len().max(1);
        stored.get_mut(at).into_iter().for_each(|byte| *byte ^= flip);
    }
    attachment.sha256 = Sha256::digest(&stored).into();
    attachment.ciphertext_length = stored.len() as u64;
    attachment.plaintext_length = length.unwrap_or(attachment.plaintext_length);

    let mut check = DocumentCheck::new(&attachment);
    check.read(&stored).expect("the length is right");
    let mut shown = Vec::new();
    let sink = |bytes: &[u8]| -> Result<(), Error> {
        assert!(bytes.len() <= 65_536);
        shown.extend_from_slice(bytes);
        Ok(())
    };
    let mut reader = check.finish().expect("the hash is right").reader(sink);
    let read = stored.chunks(usize::from(part).max(64)).try_for_each(|part| reader.read(part));
    if read.and_then(|()| reader.finish()).is_ok() {
        assert_eq!(stored, whole, "only what was sealed opens");
        let kept = shown.len().min(text.len());
        assert_eq!(shown[..kept], text[..kept]);
        assert!(text[kept..].iter().all(|byte| *byte == 0), "only zeros can pass as padding");
    }
});
