//! What a client keeps or derives for itself.

use alloc::vec::Vec;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::derive::expand;
use crate::seal::SealKey;
use crate::{CacheKey, Error, Fresh, Label, Root, open, seal};

/// Seals content of the local cache; `purpose` names the file and binds the content to it.
#[must_use]
pub fn seal_cache(key: &CacheKey, purpose: &[u8], content: &[u8], rnd: Fresh) -> Vec<u8> {
    seal(&SealKey::from_bytes(*key.expose()), Label::Cache, purpose, content, rnd)
}

/// Opens content of the local cache.
///
/// # Errors
///
/// A wrong key or altered content.
pub fn open_cache(
    key: &CacheKey,
    purpose: &[u8],
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    open(&SealKey::from_bytes(*key.expose()), Label::Cache, purpose, blob)
}

/// The digest that stands on chain for a room's label: keyed, so that nobody can try labels.
#[must_use]
pub fn room_digest(root: &Root, label: &str) -> [u8; 32] {
    let key = Zeroizing::new(expand(root.expose(), &[b"chartkey/room"]));
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*key)
        .expect("HMAC takes keys of any length");
    mac.update(label.as_bytes());
    mac.finalize().into_bytes().into()
}
