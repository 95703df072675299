//! Who somebody is: unlock message, root, identity keys (crypto.md section 5).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bip39::{Language, Mnemonic};
use x_wing::{DecapsulationKey, Decapsulator, KeyExport};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::derive::{expand, hkdf, keccak, tag, trunc28};
use crate::secret::secret;
use crate::{Account, Error};

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

secret! {
    /// The root of all of an account's keys.
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
secret! {
    /// A passphrase after Argon2id.
    Passphrase
}

/// `r ‖ s` of an unlock signature, `s` in its low form.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct UnlockSignature([u8; 64]);

/// Identifies a public key: 28 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 28]);

/// Half the order of secp256k1, rounded down.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];
/// The order of secp256k1.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

/// The text that an unlock key signs, and nothing else ever does.
#[must_use]
pub fn unlock_message(identity: &Identity) -> String {
    format!(
        "Health record master key\n\nSigning this message unlocks every health record of the \
         account below.\nSign it only inside the application you installed yourself.\nAnyone who \
         obtains the signature can read the records.\n\nAccount: 0x{}\nChain: {}\nContract: \
         0x{}\nKey version: {}",
        hex(&identity.account),
        identity.chain_id,
        hex(&identity.contract),
        identity.version
    )
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl core::fmt::Debug for UnlockSignature {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("UnlockSignature(secret)")
    }
}

impl UnlockSignature {
    /// Takes a signature whose signer was checked to be the unlock key; `s` above half the order is
    /// replaced by its low form.
    #[must_use]
    pub fn new(r: [u8; 32], s: [u8; 32]) -> Self {
        let mut both = [0; 64];
        both[..32].copy_from_slice(&r);
        both[32..].copy_from_slice(&if s > HALF_ORDER { negated(s) } else { s });
        Self(both)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// `order - s`
fn negated(s: [u8; 32]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = 0_i16;
    for index in (0..32).rev() {
        let digit = i16::from(ORDER[index]) - i16::from(s[index]) - borrow;
        borrow = i16::from(digit < 0);
        out[index] = u8::try_from(digit & 0xff).expect("masked to a byte");
    }
    out
}

impl Root {
    /// Mode 0, or mode 1 with a stretched passphrase.
    #[must_use]
    pub fn derive(
        identity: &Identity,
        signature: &UnlockSignature,
        passphrase: Option<&Passphrase>,
    ) -> Self {
        let mut material = Vec::with_capacity(96);
        material.extend_from_slice(signature.bytes());
        if let Some(passphrase) = passphrase {
            material.extend_from_slice(passphrase.expose());
        }
        let mode = [u8::from(passphrase.is_some())];
        let root = hkdf(
            b"ehr1/root",
            &material,
            &[
                &identity.chain_id.to_be_bytes(),
                &identity.contract,
                &identity.account,
                &identity.version.to_be_bytes(),
                &mode,
            ],
        );
        material.zeroize();
        Self(root)
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
}

impl KemSeed {
    /// The X-Wing public key: 1,216 bytes.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        DecapsulationKey::from(self.0).encapsulation_key().to_bytes().to_vec()
    }
}

impl KeyId {
    /// The id of a public key under an identity.
    #[must_use]
    pub fn of(identity: &Identity, public_key: &[u8]) -> Self {
        Self(trunc28(keccak(&[
            &tag("ehr1/key-id"),
            &identity.chain_id.to_be_bytes(),
            &identity.contract,
            &identity.account,
            &[SUITE],
            &identity.version.to_be_bytes(),
            public_key,
        ])))
    }

    /// Twelve words of the English BIP-39 list, to be compared by voice or in person.
    ///
    /// # Panics
    ///
    /// Never: 16 bytes are a length that BIP-39 knows.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Mnemonic::from_entropy_in(Language::English, &self.0[..16])
            .expect("16 bytes are a length that BIP-39 knows")
            .to_string()
    }
}

/// Cost of stretching a passphrase.
#[cfg(feature = "passphrase")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassphraseCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
}

#[cfg(feature = "passphrase")]
impl PassphraseCost {
    /// What the specification demands: 256 MiB, three passes.
    pub const STANDARD: Self = Self { memory_kib: 256 * 1024, passes: 3 };
}

/// Argon2id over a passphrase (mode 1 of the root).
///
/// # Errors
///
/// [`Error::Passphrase`] if the cost is not possible.
#[cfg(feature = "passphrase")]
pub fn stretch_passphrase(
    identity: &Identity,
    passphrase: &[u8],
    cost: PassphraseCost,
) -> Result<Passphrase, Error> {
    use argon2::{Algorithm, Argon2, Params, Version};
    use sha2::{Digest, Sha256};

    let mut salt = Sha256::new();
    salt.update(b"ehr1/passphrase");
    salt.update(identity.chain_id.to_be_bytes());
    salt.update(identity.contract);
    salt.update(identity.account);
    let salt = salt.finalize();
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32))
        .map_err(|_| Error::Passphrase("the cost parameters are out of range"))?;
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, &salt, &mut out)
        .map_err(|_| Error::Passphrase("not enough memory"))?;
    Ok(Passphrase(out))
}

/// Compares a derived identity with the registered one (crypto.md section 5.4).
impl KeyId {
    /// Fails unless this id is the registered one.
    ///
    /// # Errors
    ///
    /// [`Error::WrongUnlockKey`]
    pub fn require(&self, registered: Self) -> Result<(), Error> {
        if *self == registered { Ok(()) } else { Err(Error::WrongUnlockKey) }
    }
}
