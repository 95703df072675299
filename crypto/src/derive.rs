//! Key derivation and hashing (crypto.md section 3).

use hkdf::Hkdf;
use sha2::Sha256;
use sha3::{Digest, Keccak256};

/// `HKDF-Expand-SHA256(prk = key, info, 32)` for a uniformly random key.
pub(crate) fn expand(key: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    Hkdf::<Sha256>::from_prk(key)
        .expect("a key of 32 bytes is long enough for SHA-256")
        .expand_multi_info(info, &mut out)
        .expect("32 bytes are fewer than HKDF's limit");
    out
}

/// HKDF, extract then expand, to 32 bytes.
pub(crate) fn hkdf(salt: &[u8], ikm: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand_multi_info(info, &mut out)
        .expect("32 bytes are fewer than HKDF's limit");
    out
}

/// Keccak-256 of the concatenation.
pub(crate) fn keccak(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Keccak256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The tag `T(s)`: Keccak-256 of an ASCII string.
pub(crate) fn tag(name: &str) -> [u8; 32] {
    keccak(&[name.as_bytes()])
}

/// The first 28 bytes.
pub(crate) fn trunc28(digest: [u8; 32]) -> [u8; 28] {
    let mut head = [0; 28];
    head.copy_from_slice(&digest[..28]);
    head
}

/// The last 20 bytes.
pub(crate) fn last20(digest: [u8; 32]) -> [u8; 20] {
    let mut tail = [0; 20];
    tail.copy_from_slice(&digest[12..]);
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_of_the_vectors() {
        let all: serde_json::Value =
            serde_json::from_str(include_str!("../tests/vectors/crypto.json")).unwrap();
        for (name, expected) in all["tags"].as_object().unwrap() {
            let found = tag(&alloc::format!("ehr1/{}", name.replace('_', "-")));
            assert_eq!(hex::encode(found), expected.as_str().unwrap(), "{name}");
        }
    }
}
