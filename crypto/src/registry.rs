//! Whose key it is: the checks before anything is sealed to somebody (crypto.md section 7.3).

use alloc::string::String;

use crate::endpoints::Word;
use crate::{Account, Error, Identity, KeyId, PublicKey, Record, agreed};

/// The registered key of an account: the word `key_id(28) ‖ u32 version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegisteredKey {
    /// The id.
    pub id: KeyId,
    /// Its version, from 1.
    pub version: u32,
}

/// A key that is the registered one, but that no person has vouched for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    account: Account,
    registered: RegisteredKey,
    public_key: PublicKey,
}

/// Somebody whose key was checked. Only these can be sealed to.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let reader = Identity { chain_id: 412_346, contract: [1; 20], account: [2; 20], version: 1 };
/// # let served = Root::from_bytes([9; 32]).kem_seed().public_key();
/// # let id = KeyId::of(&reader, &served);
/// # let word = RegisteredKey { id, version: 1 }.to_word();
/// # let (from_one, from_other) = (word, word);
/// let record = Record { chain_id: 412_346, contract: [1; 20], id: [3; 32] };
/// // The account's registry word from two independent endpoints, the key from its log.
/// let registered = RegisteredKey::agreed(from_one, from_other, &[])?;
/// let candidate = Candidate::new(&record, [2; 20], registered, served)?;
///
/// // First contact: the user compares the words by voice or in person, then says yes.
/// println!("{}", candidate.fingerprint());
/// let pin = candidate.key_id();
/// let recipient = candidate.clone().confirmed_by_user();
///
/// // Every later time: the key must still be that one.
/// let recipient = candidate.pinned(pin)?;
/// # Ok::<(), Error>(())
/// ```
///
/// A key that was not checked is not enough:
///
/// ```compile_fail,E0308
/// use chartkey_crypto::*;
///
/// fn careless(record: &Record, key: &PublicKey, items: &[Item], rnd: Fresh<64>) {
///     seal_direct(record, key, [1; 20], items, rnd);
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    account: Account,
    key_id: KeyId,
    public_key: PublicKey,
}

impl RegisteredKey {
    /// The key that all endpoints name.
    ///
    /// # Errors
    ///
    /// [`Error::RegistryDisagreement`], [`Error::KeyNotRegistered`]
    pub fn agreed(first: Word, second: Word, more: &[Word]) -> Result<Self, Error> {
        let word = agreed(first, second, more).map_err(|_| Error::RegistryDisagreement)?;
        Self::proven(word)
    }

    /// The key in a word that a storage proof shows, or that the user takes from one endpoint alone
    /// after having been told what that endpoint could do.
    ///
    /// # Errors
    ///
    /// [`Error::KeyNotRegistered`]
    pub fn proven(word: Word) -> Result<Self, Error> {
        let version = u32::from_be_bytes([word[28], word[29], word[30], word[31]]);
        if version == 0 {
            return Err(Error::KeyNotRegistered);
        }
        let mut id = [0; 28];
        id.copy_from_slice(&word[..28]);
        Ok(Self { id: KeyId(id), version })
    }

    /// The storage word.
    #[must_use]
    pub fn to_word(self) -> Word {
        let mut word = [0; 32];
        word[..28].copy_from_slice(&self.id.0);
        word[28..].copy_from_slice(&self.version.to_be_bytes());
        word
    }
}

impl Candidate {
    /// Compares the key that was served with the registered one.
    ///
    /// # Errors
    ///
    /// [`Error::RegistryDisagreement`] if it is another one.
    pub fn new(
        record: &Record,
        account: Account,
        registered: RegisteredKey,
        public_key: PublicKey,
    ) -> Result<Self, Error> {
        let identity = Identity {
            chain_id: record.chain_id,
            contract: record.contract,
            account,
            version: registered.version,
        };
        if KeyId::of(&identity, &public_key) != registered.id {
            return Err(Error::RegistryDisagreement);
        }
        Ok(Self { account, registered, public_key })
    }

    /// The words to be compared by voice or in person.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.registered.id.fingerprint()
    }

    /// The id, to be pinned.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.registered.id
    }

    /// First contact: the user has seen credential and fingerprint, and said yes.
    #[must_use]
    pub fn confirmed_by_user(self) -> Recipient {
        let Self { account, registered, public_key } = self;
        Recipient { account, key_id: registered.id, public_key }
    }

    /// Afterwards: the key is the one that was confirmed before.
    ///
    /// # Errors
    ///
    /// [`Error::ReaderKeyChanged`], which is a stop and not a question.
    pub fn pinned(self, pin: KeyId) -> Result<Recipient, Error> {
        if self.registered.id != pin {
            return Err(Error::ReaderKeyChanged);
        }
        Ok(self.confirmed_by_user())
    }
}

impl Recipient {
    /// The account.
    #[must_use]
    pub const fn account(&self) -> Account {
        self.account
    }

    /// The id of its key, which the transaction names.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    pub(crate) fn public_key(&self) -> &[u8] {
        self.public_key.as_bytes()
    }
}
