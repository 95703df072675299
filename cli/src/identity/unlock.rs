//! The signatures that keys are derived from (crypto.md sections 5.1 and 5.3).

use chartkey_crypto::{Identity, UnlockSignature, keyslot_message, unlock_message};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::signer::{Signer, SignerError};

/// Signs the unlock message of an identity, twice: keys that follow from a signature are lost with a
/// signer that answers differently each time.
///
/// # Errors
///
/// [`chartkey_crypto::Error::NonDeterministicSigner`]; a signer that cannot sign, or signs as
/// somebody else.
pub fn unlock(unlock_key: &Signer, identity: &Identity) -> Result<UnlockSignature, Error> {
    repeated(|text| unlock_key.sign_text_twice(text), &unlock_message(identity))
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
    let text = keyslot_message(identity, domain, &signer)?;
    repeated(|text| wallet.sign_text_twice(text), &text)
}

/// Takes two signatures of a text that are equal in `r` and `s`.
fn repeated(
    sign_twice: impl FnOnce(&str) -> Result<[Zeroizing<[u8; 65]>; 2], SignerError>,
    text: &str,
) -> Result<UnlockSignature, Error> {
    let [first, second] = sign_twice(text)?.map(|bytes| {
        let half = |at: usize| -> [u8; 32] {
            bytes[at..at + 32].try_into().expect("a signature has 65 bytes")
        };
        UnlockSignature::new(half(0), half(32))
    });
    first.require_repeated(&second)?;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_that_answers_differently_each_time_is_refused_and_offered_a_random_root() {
        let fresh = |_: &str| Ok([Zeroizing::new([1; 65]), Zeroizing::new([2; 65])]);

        let error = repeated(fresh, "text").err().expect("refused");

        assert_eq!((error.code(), error.exit_code()), ("NonDeterministicSigner", 4));
        assert!(error.hint().is_some_and(|hint| hint.contains("--random-root")));
    }

    #[test]
    fn the_last_byte_of_a_signature_does_not_count() {
        let mut other = [1; 65];
        other[64] = 28;
        let signed = |_: &str| Ok([Zeroizing::new([1; 65]), Zeroizing::new(other)]);

        assert!(repeated(signed, "text").is_ok());
    }
}
