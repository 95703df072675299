//! The key derivations and the cipher of a keystore.

use aes::cipher::{KeyIvInit, StreamCipher};
use alloy_primitives::keccak256;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KeystoreError;

type Aes128Ctr = ctr::Ctr128BE<aes::Aes128>;
/// Derived key: 16 bytes for the cipher, 16 for the authentication code.
pub(super) type Derived = Zeroizing<[u8; 32]>;

/// scrypt (RFC 7914); `n` is a power of two.
pub(super) fn scrypt(
    password: &str,
    salt: &[u8],
    n: u64,
    r: u32,
    p: u32,
) -> Result<Derived, KeystoreError> {
    let log_n = u8::try_from(n.trailing_zeros()).expect("at most 64");
    let params = scrypt::Params::new(log_n, r, p)
        .map_err(|_| KeystoreError::Malformed("scrypt does not take these parameters".into()))?;
    let mut derived = Derived::default();
    scrypt::scrypt(password.as_bytes(), salt, &params, derived.as_mut_slice())
        .map_err(|_| KeystoreError::Malformed("scrypt does not take these parameters".into()))?;
    Ok(derived)
}

/// PBKDF2 with HMAC-SHA256 (RFC 8018 section 5.2), for one block of 32 bytes.
pub(super) fn pbkdf2(password: &str, salt: &[u8], rounds: u32) -> Derived {
    let keyed = Hmac::<Sha256>::new_from_slice(password.as_bytes())
        .expect("HMAC takes keys of every length");
    let mut first = keyed.clone();
    first.update(salt);
    first.update(&1u32.to_be_bytes());
    let mut block: [u8; 32] = first.finalize().into_bytes().into();
    let mut derived = Derived::new(block);
    for _ in 1..rounds {
        let mut next = keyed.clone();
        next.update(&block);
        block = next.finalize().into_bytes().into();
        derived.iter_mut().zip(block).for_each(|(out, byte)| *out ^= byte);
    }
    derived
}

/// Encrypts or decrypts in place: AES-128 in counter mode is its own inverse.
pub(super) fn apply(derived: &Derived, iv: &[u8; 16], data: &mut [u8]) {
    let key: [u8; 16] = derived[..16].try_into().expect("half of 32 bytes");
    Aes128Ctr::new(&key.into(), iv.into()).apply_keystream(data);
}

/// The code over the ciphertext: Keccak-256 of the second half of the derived key and it.
pub(super) fn mac(derived: &Derived, ciphertext: &[u8]) -> [u8; 32] {
    let mut preimage = Zeroizing::new(derived[16..].to_vec());
    preimage.extend_from_slice(ciphertext);
    keccak256(preimage.as_slice()).0
}
