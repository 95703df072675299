//! Who somebody is: root and identity keys (crypto.md sections 5.1, 5.2 and 5.5).

use alloc::string::String;
use alloc::vec::Vec;

use x_wing::{DecapsulationKey, Decapsulator, EncapsulationKey, KeyExport};
use zeroize::Zeroizing;

use crate::derive::{expand, hkdf, keccak, tag, trunc28};
use crate::secret::{random_secret, secret};
use crate::{Account, Error, Passphrase, UnlockSignature, words};

/// The suite of this format: X-Wing, HKDF-SHA256, ChaCha20-Poly1305.
const SUITE: u8 = 1;

/// The account, the contract and the key version that an identity belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The chain id.
    pub chain_id: u64,
    /// The contract.
    pub contract: Account,
    /// The account that signs transactions.
    pub account: Account,
    /// The key version, from 1.
    pub version: u32,
}

random_secret! {
    /// The root of all of an account's keys; mode 2 makes it of fresh bytes.
    Root
}
secret! {
    /// The X-Wing private key itself, in its 32-byte seed form.
    KemSeed
}
secret! {
    /// The root of the channels of one generation.
    ChannelRoot
}
secret! {
    /// The key of the optional local cache.
    CacheKey
}

/// An X-Wing public key: 1,216 bytes that encode one. Whose it is, only
/// [`Candidate`](crate::Candidate) can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

/// Identifies a public key: 28 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 28]);

impl Identity {
    /// `kctx` and `rctx`: 52 bytes.
    pub(crate) fn context(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        [&self.chain_id.to_be_bytes()[..], &self.contract, &self.account, &version].concat()
    }

    /// The identity after a change of keys (crypto.md section 5.5). Its root is derived anew, its
    /// public key registered, every section re-keyed and every channel opened again; old ciphertext
    /// stays readable to whoever has the old root.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyVersions`] after 4,294,967,295 changes.
    pub fn rotated(&self) -> Result<Self, Error> {
        let version = self.version.checked_add(1).ok_or(Error::TooManyVersions)?;
        Ok(Self { version, ..*self })
    }
}

impl Root {
    /// Mode 0, or mode 1 with a stretched passphrase.
    #[must_use]
    pub fn derive(
        identity: &Identity,
        signature: &UnlockSignature,
        passphrase: Option<&Passphrase>,
    ) -> Self {
        let mut material = Zeroizing::new(Vec::with_capacity(96));
        material.extend_from_slice(signature.bytes());
        if let Some(passphrase) = passphrase {
            material.extend_from_slice(passphrase.expose());
        }
        let mode = [u8::from(passphrase.is_some())];
        Self(hkdf(b"ehr1/root", &material, &[&identity.context(), &mode]))
    }

    /// The private key that others deliver to.
    #[must_use]
    pub fn kem_seed(&self) -> KemSeed {
        KemSeed(expand(&self.0, &[b"ehr1/id/kem-seed"]))
    }

    /// The root of the channels of a generation, from 1.
    #[must_use]
    pub fn channel_root(&self, generation: u32) -> ChannelRoot {
        ChannelRoot(expand(&self.0, &[b"ehr1/id/channel-root", &generation.to_be_bytes()]))
    }

    /// The key of the local cache.
    #[must_use]
    pub fn cache_key(&self) -> CacheKey {
        CacheKey(expand(&self.0, &[b"ehr1/id/cache"]))
    }

    /// The id of the key that this root gives: what is compared with the registered one.
    #[must_use]
    pub fn key_id(&self, identity: &Identity) -> KeyId {
        KeyId::of(identity, &self.kem_seed().public_key())
    }
}

impl KemSeed {
    /// The public key that goes with it.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(DecapsulationKey::from(self.0).encapsulation_key().to_bytes().to_vec())
    }
}

impl PublicKey {
    /// Reads the bytes of a public key.
    ///
    /// # Errors
    ///
    /// [`Error::BadPublicKey`] unless they are 1,216 bytes that encode a key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        EncapsulationKey::try_from(bytes).map_err(|_| Error::BadPublicKey)?;
        Ok(Self(bytes.to_vec()))
    }

    /// Its 1,216 bytes, to be registered.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl KeyId {
    /// The id of a public key under an identity.
    #[must_use]
    pub fn of(identity: &Identity, public_key: &PublicKey) -> Self {
        Self(trunc28(keccak(&[
            &tag("ehr1/key-id"),
            &identity.chain_id.to_be_bytes(),
            &identity.contract,
            &identity.account,
            &[SUITE],
            &identity.version.to_be_bytes(),
            public_key.as_bytes(),
        ])))
    }

    /// Twelve words of the English BIP-39 list, to be compared by voice or in person.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let head = self.0.first_chunk().expect("16 of 28 bytes");
        words::of_16(head)
    }

    /// Compares a derived identity with the registered one (crypto.md section 5.4).
    ///
    /// # Errors
    ///
    /// [`Error::WrongUnlockKey`] unless this id is the registered one.
    pub fn require(&self, registered: Self) -> Result<(), Error> {
        if *self == registered { Ok(()) } else { Err(Error::WrongUnlockKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_private_key_of_the_library_is_wiped_too() {
        const fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<DecapsulationKey>();
    }
}
