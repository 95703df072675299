//! What the chain may hold about an export for research (crypto.md section 13).

use crate::Fresh;
use crate::derive::{keccak, tag};

/// The salt of a commitment; whoever has it and the file can show that they belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportSalt(pub [u8; 32]);

impl From<Fresh> for ExportSalt {
    fn from(fresh: Fresh) -> Self {
        Self(*fresh.expose())
    }
}

/// The commitment to an exported file.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let sha256_of_file = [1; 32];
/// let salt = ExportSalt::from(Fresh::draw(getrandom::fill)?);
/// let commitment = export_commitment(&salt, &sha256_of_file);
/// # assert_ne!(commitment, export_commitment(&salt, &[2; 32]));
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub fn export_commitment(salt: &ExportSalt, sha256_of_file: &[u8; 32]) -> [u8; 32] {
    keccak(&[&tag("ehr1/export"), &salt.0, sha256_of_file])
}
