//! Documents: content too large for an entry, sealed for a store (crypto.md section 10.1).
//!
//! Both ways work on a stream and hold one chunk of 64 KiB at a time, however long the document is.

mod attachment;
mod open;
mod seal;

pub use attachment::Attachment;
pub use open::{DocumentCheck, DocumentReader, VerifiedDocument, open_document};
pub use seal::{DocumentWriter, seal_document};

use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use zeroize::Zeroizing;

use crate::derive::expand;
use crate::secret::random_secret;

random_secret! {
    /// The random key of one document.
    DocumentKey
}

/// Plaintext bytes of a chunk.
const CHUNK: usize = 65_536;
/// Bytes of a chunk's tag.
const TAG: usize = 16;

impl DocumentKey {
    fn cipher(&self) -> ChaCha20Poly1305 {
        let key = Zeroizing::new(expand(self.expose(), &[b"ehr1/doc"]));
        ChaCha20Poly1305::new_from_slice(&*key).expect("32 bytes are a key")
    }
}

/// `0^3 ‖ u64 i ‖ u8 last`: unique, since each key seals one document.
fn nonce(index: u64, is_last: bool) -> Nonce {
    let mut nonce = Nonce::default();
    nonce[3..11].copy_from_slice(&index.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

/// Padmé for a length of 64 bits (crypto.md section 8.1).
fn padded_length(length: u64) -> Option<u64> {
    if length < 2 {
        return Some(length);
    }
    let exponent = length.ilog2();
    let significant = exponent.checked_ilog2().map_or(1, |bits| bits + 1);
    let mask = (1_u64 << exponent.saturating_sub(significant)) - 1;
    Some(length.checked_add(mask)? & !mask)
}

/// Bytes of the ciphertext of so many bytes of text; `None` beyond 64 bits.
fn sealed_length(length: u64) -> Option<u64> {
    let padded = padded_length(length)?;
    let chunks = padded.div_ceil(CHUNK as u64).max(1);
    padded.checked_add(chunks.checked_mul(TAG as u64)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_padded_as_those_of_frames() {
        for length in (0..5_000).chain([65_535, 65_536, 65_537, 1_000_000, 10_000_000]) {
            let expected = crate::padme(usize::try_from(length).unwrap());
            assert_eq!(padded_length(length), Some(expected as u64), "{length}");
        }
        assert_eq!(sealed_length(0), Some(16));
        assert_eq!(sealed_length(65_536), Some(65_552), "a full chunk can be the last one");
        assert_eq!(sealed_length(u64::MAX), None);
    }
}
