//! Encrypted key files: Web3 Secret Storage v3, as geth, ethers and cast read and write them.

mod cipher;
mod document;
mod scrypt;

use std::path::Path;

use alloy_primitives::Address;
use zeroize::Zeroizing;

pub use document::Document;

use crate::files;

/// Why a keystore cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// Not a version 3 keystore, or parameters outside what is safe to compute.
    #[error("not a usable keystore: {0}")]
    Malformed(String),
    /// The password does not open the file.
    #[error("wrong password for this keystore")]
    WrongPassword,
    /// The file says another address than its key has.
    #[error("the keystore says address {said}, but its key is that of {found}")]
    OtherAddress {
        /// What the file says.
        said: Address,
        /// What the key gives.
        found: Address,
    },
    /// The key is no private key of the curve.
    #[error("the keystore holds no valid private key")]
    NotAKey,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    RandomnessUnavailable,
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] files::FileError),
}

/// A private key, wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// Reads the key in the keystore at `path`.
///
/// # Errors
///
/// [`KeystoreError::WrongPassword`], [`KeystoreError::Malformed`], or the file's own error.
pub fn open(path: &Path, password: &str) -> Result<Secret, KeystoreError> {
    document(path)?.open(password)
}

/// Reads the keystore at `path` without opening it.
///
/// # Errors
///
/// [`KeystoreError::Malformed`] or the file's own error.
pub fn document(path: &Path) -> Result<Document, KeystoreError> {
    Document::parse(&files::read_input(path)?)
}

/// Writes `secret` to a new file at `path`, mode 0600; an existing file is never replaced.
///
/// # Errors
///
/// [`KeystoreError::File`] if `path` exists or cannot be written.
pub fn write(
    path: &Path,
    secret: &Secret,
    address: Address,
    password: &str,
) -> Result<(), KeystoreError> {
    let document = Document::seal(secret, address, password)?;
    Ok(files::create(path, document.to_json().as_bytes())?)
}
