//! The way back to the root on a new machine (crypto.md section 5.4).

use chartkey_crypto::{Identity, Passphrase, RegisteredKey, Root, SlotKey, UnlockSignature};

use super::{sign_keyslot, unlock};
use crate::error::Error;
use crate::signer::Signer;

/// What there is to try. Each is tried only if those before it did not give the registered key.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "holds secrets (crypto.md section 18)")]
pub struct Ways<'a> {
    /// The unlock key.
    pub unlock_key: Option<&'a Signer>,
    /// The passphrase, stretched for this identity.
    pub passphrase: Option<&'a Passphrase>,
    /// Key slots from the chain or from a backup file, with what may open them.
    pub slots: Vec<Slot<'a>>,
    /// The account key, where the user has asked for it.
    pub account_key: Option<&'a Signer>,
}

/// A key slot and what may open it.
#[expect(missing_debug_implementations, reason = "holds secrets (crypto.md section 18)")]
pub enum Slot<'a> {
    /// Kind 1: a wallet's signature.
    Wallet {
        /// The 104 bytes.
        slot: &'a [u8],
        /// The wallet.
        wallet: &'a Signer,
        /// The deployment's domain.
        domain: &'a str,
    },
    /// Kind 2, from a backup file: the passphrase of [`Ways`].
    Passphrase {
        /// The 104 bytes.
        slot: &'a [u8],
    },
    /// Kind 3: a passkey.
    Passkey {
        /// The 104 bytes.
        slot: &'a [u8],
        /// Its PRF output.
        prf_output: &'a [u8; 32],
    },
}

/// What gave the registered key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The unlock key.
    UnlockKey,
    /// The unlock key and the passphrase.
    Passphrase,
    /// A key slot.
    KeySlot,
    /// The account key: weaker, its public key is on chain.
    AccountKey,
    /// The unlocked session, which holds it since `unlock`.
    UnlockedSession,
}

/// A root whose key is the registered one.
#[expect(missing_debug_implementations, reason = "holds a root (crypto.md section 18)")]
pub struct Restored {
    /// The root.
    pub root: Root,
    /// What gave it.
    pub by: By,
}

/// Finds the root of the registered key: unlock key, passphrase, key slots, account key, in this
/// order. Nothing is ever registered to "repair" a key that does not fit.
///
/// # Errors
///
/// [`chartkey_crypto::Error::WrongUnlockKey`] if none gives the registered key; a signer that cannot
/// sign or answers differently each time.
pub fn restore(
    identity: &Identity,
    registered: RegisteredKey,
    ways: &Ways<'_>,
) -> Result<Restored, Error> {
    // The registered version is the one that the message names.
    let identity = Identity { version: registered.version, ..*identity };
    let fits = |root: &Root| root.key_id(&identity) == registered.id;
    let signature = ways.unlock_key.map(|key| unlock(key, &identity)).transpose()?;
    for (by, root) in derived(&identity, signature.as_ref(), ways.passphrase) {
        if fits(&root) {
            return Ok(Restored { root, by });
        }
    }
    for slot in &ways.slots {
        if let Some(root) = slot.open(&identity, ways.passphrase)?.filter(fits) {
            return Ok(Restored { root, by: By::KeySlot });
        }
    }
    if let Some(account_key) = ways.account_key {
        let signature = unlock(account_key, &identity)?;
        for (_, root) in derived(&identity, Some(&signature), ways.passphrase) {
            if fits(&root) {
                return Ok(Restored { root, by: By::AccountKey });
            }
        }
    }
    Err(chartkey_crypto::Error::WrongUnlockKey.into())
}

/// The roots that a signature gives, without and with the passphrase.
fn derived<'a>(
    identity: &'a Identity,
    signature: Option<&'a UnlockSignature>,
    passphrase: Option<&'a Passphrase>,
) -> impl Iterator<Item = (By, Root)> + 'a {
    let modes = std::iter::once(None).chain(passphrase.map(Some));
    signature.into_iter().flat_map(move |signature| {
        modes.clone().map(move |passphrase| {
            let by = if passphrase.is_some() { By::Passphrase } else { By::UnlockKey };
            (by, Root::derive(identity, signature, passphrase))
        })
    })
}

impl Slot<'_> {
    /// Kind of a slot that a wallet opens.
    pub const WALLET: u8 = 1;

    /// `None` if it does not open.
    fn open(
        &self,
        identity: &Identity,
        passphrase: Option<&Passphrase>,
    ) -> Result<Option<Root>, Error> {
        let (key, slot) = match self {
            Self::Wallet { slot, wallet, domain } => {
                (SlotKey::of_wallet(identity, &sign_keyslot(wallet, identity, domain)?), slot)
            }
            Self::Passphrase { slot } => match passphrase {
                Some(passphrase) => (SlotKey::of_passphrase(passphrase), slot),
                None => return Ok(None),
            },
            Self::Passkey { slot, prf_output } => (SlotKey::of_passkey(identity, prf_output), slot),
        };
        Ok(key.open(identity, slot).ok())
    }
}

#[cfg(test)]
mod tests {
    use chartkey_crypto::{Fresh, KeyId};

    use super::*;
    use crate::identity::vectors::{account_key, patient, slot_wallet, unlock_key};

    fn registered(id: KeyId) -> RegisteredKey {
        RegisteredKey { id, version: 1 }
    }

    fn key_of(root: &Root) -> RegisteredKey {
        registered(root.key_id(&patient().identity))
    }

    #[test]
    fn the_unlock_key_gives_the_registered_key_back() {
        let (patient, unlock_key) = (patient(), unlock_key());
        let ways = Ways { unlock_key: Some(&unlock_key), ..Ways::default() };

        let restored = restore(&patient.identity, registered(patient.key_id), &ways).unwrap();

        assert_eq!(restored.by, By::UnlockKey);
        assert!(restored.root == patient.root);
    }

    #[test]
    fn a_passphrase_is_tried_after_the_unlock_key_alone() {
        let (patient, unlock_key) = (patient(), unlock_key());
        let passphrase = Passphrase::from_bytes([7; 32]);
        let signature = unlock(&unlock_key, &patient.identity).unwrap();
        let root = Root::derive(&patient.identity, &signature, Some(&passphrase));
        let ways = Ways {
            unlock_key: Some(&unlock_key),
            passphrase: Some(&passphrase),
            ..Ways::default()
        };

        let with = restore(&patient.identity, key_of(&root), &ways).unwrap();
        let without = restore(&patient.identity, registered(patient.key_id), &ways).unwrap();

        assert_eq!((with.by, without.by), (By::Passphrase, By::UnlockKey));
        assert!(with.root == root);
    }

    #[test]
    fn the_key_slot_of_the_vectors_opens_for_its_wallet() {
        let (patient, wallet) = (patient(), slot_wallet());
        let slot = Slot::Wallet { slot: &patient.slot, wallet: &wallet, domain: "records.example" };
        let other = unlock_key();
        let wrong = Slot::Wallet { slot: &patient.slot, wallet: &other, domain: "records.example" };
        let ways = Ways { slots: vec![wrong, slot], ..Ways::default() };

        let restored = restore(&patient.identity, registered(patient.key_id), &ways).unwrap();

        assert_eq!(restored.by, By::KeySlot);
        assert!(restored.root == patient.root);
    }

    #[test]
    fn slots_of_passphrase_and_passkey_give_a_random_root_back() {
        let patient = patient();
        let (passphrase, prf_output) = (Passphrase::from_bytes([7; 32]), [8; 32]);
        let root = Root::from(Fresh::draw(getrandom::fill).unwrap());
        let seal = |key: SlotKey| {
            key.seal(&patient.identity, &root, Fresh::draw(getrandom::fill).unwrap())
        };
        let by_passphrase = seal(SlotKey::of_passphrase(&passphrase));
        let by_passkey = seal(SlotKey::of_passkey(&patient.identity, &prf_output));
        for (slot, passphrase) in [
            (Slot::Passphrase { slot: &by_passphrase }, Some(&passphrase)),
            (Slot::Passkey { slot: &by_passkey, prf_output: &prf_output }, None),
        ] {
            let ways = Ways { slots: vec![slot], passphrase, ..Ways::default() };

            let restored = restore(&patient.identity, key_of(&root), &ways).unwrap();

            assert!(restored.by == By::KeySlot && restored.root == root);
        }
    }

    #[test]
    fn the_account_key_is_the_last_resort() {
        let (patient, account_key, unlock_key) = (patient(), account_key(), unlock_key());
        let signature = unlock(&account_key, &patient.identity).unwrap();
        let root = Root::derive(&patient.identity, &signature, None);
        let ways = Ways {
            unlock_key: Some(&unlock_key),
            account_key: Some(&account_key),
            ..Ways::default()
        };

        let restored = restore(&patient.identity, key_of(&root), &ways).unwrap();

        assert_eq!(restored.by, By::AccountKey);
    }

    #[test]
    fn a_key_that_does_not_fit_is_named_and_nothing_else_happens() {
        let (patient, other) = (patient(), account_key());
        let ways = Ways { unlock_key: Some(&other), ..Ways::default() };
        let later = RegisteredKey { version: 2, id: patient.key_id };
        let unlock_key = unlock_key();
        let right_key = Ways { unlock_key: Some(&unlock_key), ..Ways::default() };

        let wrong_key = restore(&patient.identity, registered(patient.key_id), &ways);
        let wrong_version = restore(&patient.identity, later, &right_key);

        for refused in [wrong_key, wrong_version] {
            let expected = chartkey_crypto::Error::WrongUnlockKey;
            assert!(matches!(refused, Err(Error::Crypto(found)) if found == expected));
        }
    }
}
