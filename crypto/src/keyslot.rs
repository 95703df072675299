//! More ways to the same root (crypto.md section 5.3).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::derive::{hkdf, keccak};
use crate::seal::SealKey;
use crate::unlock::hex;
use crate::{
    Account, Error, Fresh, Identity, Label, Passphrase, Root, UnlockSignature, open, seal,
};

/// The key that a slot is sealed with.
///
/// ```
/// use chartkey_crypto::*;
///
/// let identity =
///     Identity { chain_id: 412_346, contract: [1; 20], account: [2; 20], version: 1 };
/// let text = keyslot_message(&identity, "records.example", &[3; 20])?;
/// // The wallet [3; 20] signs the text; these are its `r` and `s`.
/// let signature = UnlockSignature::new([4; 32], [5; 32]);
///
/// let root = Root::from(Fresh::draw(getrandom::fill)?);
/// let key = SlotKey::of_wallet(&identity, &signature);
/// let slot = key.seal(&identity, &root, Fresh::draw(getrandom::fill)?);
/// assert!(key.open(&identity, &slot)? == root);
/// # assert!(text.starts_with("records.example wants you"));
/// # Ok::<(), Error>(())
/// ```
pub struct SlotKey(SealKey);

/// The EIP-4361 text that the wallet of a slot signs. Times and nonce are fixed so that the text
/// reproduces; `domain` is the deployment's, `signer` the wallet's account.
///
/// # Errors
///
/// [`Error::BadDomain`] unless `domain` is a host name, with a port or without.
pub fn keyslot_message(
    identity: &Identity,
    domain: &str,
    signer: &Account,
) -> Result<String, Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if domain.is_empty() || !domain.chars().all(is_plain) {
        return Err(Error::BadDomain);
    }
    Ok(format!(
        "{domain} wants you to sign in with your Ethereum account:\n{}\n\nUnlock the health \
         records of 0x{} (contract 0x{}, key version {}). Anyone who obtains this signature can \
         read them.\n\nURI: https://{domain}\nVersion: 1\nChain ID: {}\nNonce: \
         ehr1keyslot1\nIssued At: 2026-01-01T00:00:00Z",
        checksummed(signer),
        hex(&identity.account),
        hex(&identity.contract),
        identity.version,
        identity.chain_id
    ))
}

/// An address with the upper-case letters of EIP-55, which EIP-4361 demands.
fn checksummed(account: &Account) -> String {
    let plain = hex(account);
    let digest = hex(&keccak(&[plain.as_bytes()]));
    let cased = plain
        .chars()
        .zip(digest.chars())
        .map(|(letter, nibble)| if nibble >= '8' { letter.to_ascii_uppercase() } else { letter });
    core::iter::once('0').chain(core::iter::once('x')).chain(cased).collect()
}

impl SlotKey {
    /// Kind 1: the key of a wallet's signature over [`keyslot_message`].
    #[must_use]
    pub fn of_wallet(identity: &Identity, signature: &UnlockSignature) -> Self {
        Self::extracted(identity, signature.bytes())
    }

    /// Kind 2: a passphrase. Such a slot belongs into a backup file and never on chain, where it could
    /// be guessed at for ever.
    #[must_use]
    pub const fn of_passphrase(passphrase: &Passphrase) -> Self {
        Self(SealKey::from_bytes(*passphrase.expose()))
    }

    /// Kind 3: the PRF output of a WebAuthn passkey.
    #[must_use]
    pub fn of_passkey(identity: &Identity, prf_output: &[u8; 32]) -> Self {
        Self::extracted(identity, prf_output)
    }

    fn extracted(identity: &Identity, secret: &[u8]) -> Self {
        Self(SealKey::from_bytes(hkdf(b"ehr1/keyslot", secret, &[&identity.context()])))
    }

    /// Seals the root: 104 bytes.
    #[must_use]
    pub fn seal(&self, identity: &Identity, root: &Root, rnd: Fresh) -> Vec<u8> {
        seal(&self.0, Label::Keyslot, &identity.context(), root.expose(), rnd)
    }

    /// Opens a slot.
    ///
    /// # Errors
    ///
    /// A wrong key, or a slot that holds no root.
    pub fn open(&self, identity: &Identity, slot: &[u8]) -> Result<Root, Error> {
        let root = open(&self.0, Label::Keyslot, &identity.context(), slot)?;
        let root = <[u8; 32]>::try_from(root.as_slice()).map_err(|_| Error::TagMismatch)?;
        Ok(Root::from_bytes(root))
    }
}
