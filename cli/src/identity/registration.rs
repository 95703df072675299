//! What an account registers (crypto.md sections 5.1, 5.2 and 5.5).

use chartkey_crypto::{Identity, KeyId, Passphrase, PublicKey, RegisteredKey, Root};

use super::unlock;
use crate::error::Error;
use crate::records::fresh;
use crate::signer::Signer;

/// A root, and the key that is registered for it. Nothing is sent here.
#[expect(missing_debug_implementations, reason = "holds a root (crypto.md section 18)")]
pub struct Registration {
    /// For whom, and which version of the key.
    pub identity: Identity,
    /// The root of the account's keys.
    pub root: Root,
    /// The key that others deliver to: it becomes public.
    pub public_key: PublicKey,
    /// Its id, which the contract computes too.
    pub key_id: KeyId,
}

impl Registration {
    /// From a signature of the unlock key: mode 0, or mode 1 with a stretched passphrase.
    ///
    /// # Errors
    ///
    /// [`chartkey_crypto::Error::NonDeterministicSigner`]: offer [`random`](Self::random) instead.
    pub fn derived(
        identity: Identity,
        unlock_key: &Signer,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, Error> {
        let signature = unlock(unlock_key, &identity)?;
        Ok(Self::of(identity, Root::derive(&identity, &signature, passphrase)))
    }

    /// Mode 2: a random root, which only key slots and guardians give back.
    ///
    /// # Errors
    ///
    /// No randomness.
    pub fn random(identity: Identity) -> Result<Self, Error> {
        Ok(Self::of(identity, Root::from(fresh()?)))
    }

    /// Of a root that is known.
    #[must_use]
    pub fn of(identity: Identity, root: Root) -> Self {
        let public_key = root.kem_seed().public_key();
        let key_id = KeyId::of(&identity, &public_key);
        Self { identity, root, public_key, key_id }
    }

    /// What the registry says once this is registered.
    #[must_use]
    pub const fn registered(&self) -> RegisteredKey {
        RegisteredKey { id: self.key_id, version: self.identity.version }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::vectors::{patient, unlock_key};

    #[test]
    fn the_patient_of_the_vectors_registers_the_key_of_the_vectors() {
        let patient = patient();

        let made = Registration::derived(patient.identity, &unlock_key(), None).unwrap();

        assert_eq!(made.key_id, patient.key_id);
        assert_eq!(made.public_key, PublicKey::from_bytes(&patient.public_key).unwrap());
    }

    #[test]
    fn random_roots_are_all_different() {
        let identity = patient().identity;
        let one = Registration::random(identity).unwrap();
        let other = Registration::random(identity).unwrap();
        assert_ne!(one.key_id, other.key_id);
    }
}
