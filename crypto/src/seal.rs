//! The one symmetric construction (crypto.md section 4): committing and misuse-resistant.

use alloc::vec::Vec;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::derive::expand;
use crate::secret::secret;
use crate::{Error, Fresh};

/// Bytes of nonce and commitment in front of the ciphertext.
pub(crate) const NONCE: usize = 24;
const COMMITMENT: usize = 32;
/// Bytes that a blob has more than its plaintext.
pub(crate) const OVERHEAD: usize = NONCE + COMMITMENT + 16;

/// What a blob is for. A new use needs a new label in the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// An entry of a section.
    Entry,
    /// Keys for a reader.
    Deliver,
    /// The seed of the epoch before.
    Backlink,
    /// The name of a section.
    Descriptor,
    /// The root, under another key.
    Keyslot,
    /// The root, for recovery.
    Recovery,
    /// Keys kept on the user's machine.
    Cache,
}

impl Label {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Entry => b"entry",
            Self::Deliver => b"deliver",
            Self::Backlink => b"backlink",
            Self::Descriptor => b"descriptor",
            Self::Keyslot => b"keyslot",
            Self::Recovery => b"recovery",
            Self::Cache => b"cache",
        }
    }
}

secret! {
    /// A key for [`seal`] and [`open`], derived for one label and one context.
    ///
    /// A key of the format is not one of these by accident:
    ///
    /// ```compile_fail,E0308
    /// use chartkey_crypto::*;
    ///
    /// let key = CacheKey::from_bytes([1; 32]);
    /// let opened = open(&key, Label::Entry, b"", b"");
    /// ```
    SealKey
}
secret! {
    /// The key of one message: it opens that message and nothing else.
    MessageKey
}

/// Seals `plaintext`: 72 bytes more.
#[must_use]
pub fn seal(key: &SealKey, label: Label, aad: &[u8], plaintext: &[u8], rnd: Fresh) -> Vec<u8> {
    let nonce = nonce(key, label, aad, plaintext, rnd.expose());
    let keys = message_keys(&message_key(key, &nonce), label, aad);
    let sealed = cipher(&keys)
        .encrypt(&Nonce::default(), Payload { msg: plaintext, aad })
        .expect("plaintexts here are far below the limit of RFC 8439");
    let mut blob = Vec::with_capacity(plaintext.len() + OVERHEAD);
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(&keys[32..]);
    blob.extend_from_slice(&sealed);
    blob
}

/// Opens what [`seal`] made with the same key, label and associated data.
///
/// # Errors
///
/// [`Error::CommitmentMismatch`] before the cipher is touched, [`Error::TagMismatch`] after.
pub fn open(
    key: &SealKey,
    label: Label,
    aad: &[u8],
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (nonce, _) = blob.split_first_chunk::<NONCE>().ok_or(Error::CommitmentMismatch)?;
    open_with(&message_key(key, nonce), label, aad, blob)
}

/// Opens one message with its own key.
pub(crate) fn open_with(
    key: &MessageKey,
    label: Label,
    aad: &[u8],
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    if blob.len() < OVERHEAD {
        return Err(Error::CommitmentMismatch);
    }
    let keys = message_keys(key, label, aad);
    let is_committed: bool = blob[NONCE..NONCE + COMMITMENT].ct_eq(&keys[32..]).into();
    if !is_committed {
        return Err(Error::CommitmentMismatch);
    }
    cipher(&keys)
        .decrypt(&Nonce::default(), Payload { msg: &blob[NONCE + COMMITMENT..], aad })
        .map(Zeroizing::new)
        .map_err(|_| Error::TagMismatch)
}

/// The all-zero AEAD nonce is right only because this key is unique for each nonce of the blob.
fn cipher(keys: &[u8; 64]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new_from_slice(&keys[..32]).expect("32 bytes are a key")
}

fn nonce(key: &SealKey, label: Label, aad: &[u8], plaintext: &[u8], rnd: &[u8; 32]) -> [u8; NONCE] {
    let nonce_key = Zeroizing::new(expand(key.expose(), &[b"ehr1/nonce"]));
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*nonce_key)
        .expect("HMAC takes keys of any length");
    mac.update(rnd);
    for part in [label.name(), aad] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.update(plaintext);
    let digest = mac.finalize().into_bytes();
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&digest[..NONCE]);
    nonce
}

pub(crate) fn message_key(key: &SealKey, nonce: &[u8; NONCE]) -> MessageKey {
    let (prk, _) = Hkdf::<Sha256>::extract(Some(nonce), key.expose());
    MessageKey::from_bytes(prk.into())
}

/// Encryption key and commitment.
fn message_keys(key: &MessageKey, label: Label, aad: &[u8]) -> Zeroizing<[u8; 64]> {
    let mut keys = Zeroizing::new([0; 64]);
    Hkdf::<Sha256>::from_prk(key.expose())
        .expect("a key of 32 bytes is long enough for SHA-256")
        .expand_multi_info(&[b"ehr1/seal/", label.name(), &[0], &Sha256::digest(aad)], &mut *keys)
        .expect("64 bytes are fewer than HKDF's limit");
    keys
}
