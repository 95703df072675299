//! Passphrases: Argon2id (crypto.md section 5.1, mode 1, and 5.3, kind 2).

use crate::secret::secret;

secret! {
    /// A passphrase after Argon2id.
    Passphrase
}

#[cfg(feature = "passphrase")]
pub use stretching::{PassphraseCost, stretch_passphrase};

#[cfg(feature = "passphrase")]
mod stretching {
    use argon2::{Algorithm, Argon2, Params, Version};
    use sha2::{Digest, Sha256};

    use super::Passphrase;
    use crate::{Error, Identity};

    /// Cost of stretching a passphrase.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct PassphraseCost {
        /// Memory in KiB.
        pub memory_kib: u32,
        /// Passes.
        pub passes: u32,
    }

    impl PassphraseCost {
        /// What the specification demands: 256 MiB, three passes.
        pub const STANDARD: Self = Self { memory_kib: 256 * 1024, passes: 3 };
    }

    /// Argon2id over a passphrase.
    ///
    /// # Errors
    ///
    /// [`Error::Passphrase`] if the cost is not possible.
    pub fn stretch_passphrase(
        identity: &Identity,
        passphrase: &[u8],
        cost: PassphraseCost,
    ) -> Result<Passphrase, Error> {
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
        Ok(Passphrase::from_bytes(out))
    }
}
