//! More ways to the same root (crypto.md section 5.3).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::derive::hkdf;
use crate::identity::hex;
use crate::seal::SealKey;
use crate::{Error, Identity, Label, Root, UnlockSignature, open, seal};

/// The key that a slot is sealed with.
#[derive(Debug)]
pub struct SlotKey(SealKey);

/// The EIP-4361 text that the wallet of a slot signs. `signer` is the wallet's address in checksum
/// form with `0x`; the times and the nonce are fixed so that the text reproduces.
#[must_use]
pub fn keyslot_message(identity: &Identity, domain: &str, signer: &str) -> String {
    format!(
        "{domain} wants you to sign in with your Ethereum account:\n{signer}\n\nUnlock the health \
         records of 0x{} (contract 0x{}, key version {}). Anyone who obtains this signature can \
         read them.\n\nURI: https://{domain}\nVersion: 1\nChain ID: {}\nNonce: \
         ehr1keyslot1\nIssued At: 2026-01-01T00:00:00Z",
        hex(&identity.account),
        hex(&identity.contract),
        identity.version,
        identity.chain_id
    )
}

impl SlotKey {
    /// The key of a wallet's signature over [`keyslot_message`].
    #[must_use]
    pub fn of_signature(identity: &Identity, signature: &UnlockSignature) -> Self {
        Self::of_secret(identity, signature.bytes())
    }

    /// The key of any other secret, such as the output of a passkey.
    #[must_use]
    pub fn of_secret(identity: &Identity, secret: &[u8]) -> Self {
        let key = hkdf(b"ehr1/keyslot", secret, &[&context(identity)]);
        Self(SealKey::from_bytes(key))
    }

    /// Seals the root: 104 bytes.
    #[must_use]
    pub fn seal(&self, identity: &Identity, root: &Root, rnd: &[u8; 32]) -> Vec<u8> {
        seal(&self.0, Label::Keyslot, &context(identity), root.expose(), rnd)
    }

    /// Opens a slot.
    ///
    /// # Errors
    ///
    /// A wrong key, or a slot that holds no root.
    pub fn open(&self, identity: &Identity, slot: &[u8]) -> Result<Root, Error> {
        let root = open(&self.0, Label::Keyslot, &context(identity), slot)?;
        let root = <[u8; 32]>::try_from(root.as_slice()).map_err(|_| Error::TagMismatch)?;
        Ok(Root::from_bytes(root))
    }
}

/// `kctx`: 52 bytes and the version.
fn context(identity: &Identity) -> Vec<u8> {
    [
        &identity.chain_id.to_be_bytes()[..],
        &identity.contract,
        &identity.account,
        &identity.version.to_be_bytes(),
    ]
    .concat()
}
