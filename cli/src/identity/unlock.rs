//! The signatures that keys are derived from (crypto.md sections 5.1 and 5.3).

use chartkey_crypto::{Identity, UnlockSignature, keyslot_message, unlock_message};

use crate::error::Error;
use crate::signer::Signer;

/// Signs the unlock message of an identity, twice: keys that follow from a signature are lost with a
/// signer that answers differently each time.
///
/// # Errors
///
/// [`chartkey_crypto::Error::NonDeterministicSigner`]; a signer that cannot sign, or signs as
/// somebody else.
pub fn unlock(unlock_key: &Signer, identity: &Identity) -> Result<UnlockSignature, Error> {
    repeated(unlock_key, &unlock_message(identity))
}

/// Signs the text of a key slot with the wallet that it is for.
///
/// # Errors
///
/// [`chartkey_crypto::Error::BadDomain`]; as [`unlock`].
pub fn sign_keyslot(
    wallet: &Signer,
    identity: &Identity,
    domain: &str,
) -> Result<UnlockSignature, Error> {
    let signer = wallet.address().into_array();
    repeated(wallet, &keyslot_message(identity, domain, &signer)?)
}

fn repeated(signer: &Signer, text: &str) -> Result<UnlockSignature, Error> {
    let [first, second] = signer.sign_text_twice(text)?.map(|bytes| {
        let half = |at: usize| -> [u8; 32] {
            bytes[at..at + 32].try_into().expect("a signature has 65 bytes")
        };
        UnlockSignature::new(half(0), half(32))
    });
    first.require_repeated(&second)?;
    Ok(first)
}
