//! An account's keys with the records program, checked against what is registered (crypto.md
//! sections 5.1 and 5.4).

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{
    Error as CryptoError, Identity, Passphrase, PassphraseCost, RegisteredKey, Root,
    stretch_passphrase,
};

use super::agent::Id;
use super::{Account, Session};
use crate::error::Error;
use crate::identity::{By, Registration, Restored, Slot, Ways, restore, shown};
use crate::rpc::Receipt;
use crate::transact::{Plan, logged};

/// An account's keys with the records program, checked against what is registered.
#[expect(missing_debug_implementations, reason = "holds a root (crypto.md section 18)")]
pub struct OwnIdentity {
    /// The account, the program, and the version of the key.
    pub identity: Identity,
    /// What the account has registered; `None` if it never has.
    pub registered: Option<RegisteredKey>,
    /// The root of all its keys. Its key is the registered one, where there is one.
    pub root: Root,
}

impl Session {
    /// The identity of an account as it is registered, by the first of these that gives its key:
    /// the unlocked session, the unlock key, passphrase, key slots, and the account key where the
    /// user has asked for it. Version 1 of the unlock key if none is registered yet.
    ///
    /// # Errors
    ///
    /// [`CryptoError::WrongUnlockKey`] if none of them gives the registered key; no key to try, a
    /// wrong password, endpoints that disagree.
    pub async fn identity(
        &self,
        account: Address,
        contract: Address,
    ) -> Result<OwnIdentity, Error> {
        Ok(self.identity_and_way(account, contract, Held::Taken).await?.0)
    }

    /// The same, and what gave the registered key.
    pub(crate) async fn identity_and_way(
        &self,
        account: Address,
        contract: Address,
        held: Held,
    ) -> Result<(OwnIdentity, Option<By>), Error> {
        let registered = self.registered_key(account, contract).await?;
        let version = registered.map_or(1, |key| key.version);
        let identity = self.identity_named(account, contract, version).await?;
        let Some(key) = registered else {
            let root = self.registration(identity, Mode::AsGiven)?.root;
            return Ok((OwnIdentity { identity, registered, root }, None));
        };
        let Restored { root, by } = self.root_of(&identity, key, held).await?;
        self.screen.doing("working");
        Ok((OwnIdentity { identity, registered, root }, Some(by)))
    }

    /// What names a version of an account's key.
    pub(crate) async fn identity_named(
        &self,
        account: Address,
        contract: Address,
        version: u32,
    ) -> Result<Identity, Error> {
        Ok(Identity {
            chain_id: self.chain_id().await?,
            contract: contract.into_array(),
            account: account.into_array(),
            version,
        })
    }

    /// The root of an older version of the same account, for what was delivered to it before its
    /// keys were rotated.
    ///
    /// `None` if no key here gives it, or if the account never had that version. Without a log that
    /// says which key that version had, the unlock key's root is taken as it is: what was delivered
    /// opens with it or does not.
    ///
    /// # Errors
    ///
    /// No key to try, a wrong password, the node's own.
    pub async fn older_root(&self, own: &OwnIdentity, version: u32) -> Result<Option<Root>, Error> {
        if version == 0 || version > own.identity.version || own.registered.is_none() {
            return Ok(None);
        }
        let identity = Identity { version, ..own.identity };
        let (account, contract) = (identity.account.into(), identity.contract.into());
        let logged = self.logged_keys(account, contract).await?;
        let Some(key) = logged.into_iter().find(|key| key.version == version) else {
            let unlock_key = self.unlock_signer()?;
            let made = unlock_key.map(|key| Registration::derived(identity, &key, None));
            return Ok(made.transpose()?.map(|made| made.root));
        };
        match self.root_of(&identity, key, Held::Taken).await {
            Ok(restored) => Ok(Some(restored.root)),
            Err(Error::Crypto(CryptoError::WrongUnlockKey)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Registers the identity key if none is registered; nothing is sent with `--dry-run`.
    ///
    /// # Errors
    ///
    /// As [`Self::identity`] and [`Self::send`].
    pub async fn ensure_registered(
        &self,
        account: Account,
        contract: Address,
    ) -> Result<OwnIdentity, Error> {
        let mut own = self.identity(account.address, contract).await?;
        if own.registered.is_none() {
            let made = Registration::of(own.identity, own.root);
            let sent = self.register(account, &made, || Ok(())).await?;
            own = OwnIdentity {
                identity: made.identity,
                registered: sent.map(|_| made.registered()),
                root: made.root,
            };
        }
        Ok(own)
    }

    /// Sends a registration and tells the fingerprint; `prepare` runs once it is confirmed. `None`
    /// after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As [`Self::send`]; [`Error::ReceiptMismatch`] if the key in the log is another one.
    pub(crate) async fn register(
        &self,
        account: Account,
        made: &Registration,
        prepare: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Option<Receipt>, Error> {
        let contract = Address::from(made.identity.contract);
        let plan = registration_plan(made);
        let Some(receipt) = self.send_after(account, &plan, prepare).await? else {
            return Ok(None);
        };
        let event = logged::<IRecords::KeyRegistered>(&receipt, contract)?;
        if event.key.0 != made.registered().to_word() || event.account != account.address {
            return Err(Error::ReceiptMismatch {
                hash: receipt.transaction_hash,
                expected: "the identity key that was sent",
            });
        }
        self.screen.progress(&format!(
            "identity key of {}, fingerprint:\n{}",
            account.address,
            shown(&made.key_id).trim_end()
        ));
        Ok(Some(receipt))
    }

    /// What an interrupted run has registered for `identity`, if that follows from keys: to send it
    /// again finds its transaction.
    ///
    /// # Errors
    ///
    /// As [`Self::recover`] and [`Self::registration`].
    pub(crate) async fn interrupted_registration(
        &self,
        account: Account,
        identity: Identity,
        mode: Mode,
    ) -> Result<Option<Registration>, Error> {
        if self.global.dry_run || mode == Mode::Random {
            return Ok(None);
        }
        let recovered = self.recover(account.address).await?;
        if recovered.is_empty() {
            return Ok(None);
        }
        let made = self.registration(identity, mode)?;
        let plan = registration_plan(&made);
        Ok(recovered.iter().any(|one| one.outstanding.is(&plan)).then_some(made))
    }

    /// What would be registered for `identity`. Nothing is sent.
    ///
    /// # Errors
    ///
    /// No unlock key, no passphrase where one is asked for, a signer that answers differently each
    /// time.
    pub(crate) fn registration(
        &self,
        identity: Identity,
        mode: Mode,
    ) -> Result<Registration, Error> {
        let passphrase = match mode {
            Mode::Random => return Registration::random(identity),
            Mode::Passphrase => Some(self.new_passphrase()?),
            Mode::AsGiven => self.given_passphrase()?.map(|given| given.as_str()),
        };
        let passphrase = passphrase.map(|given| self.stretched(&identity, given)).transpose()?;
        self.screen.doing("opening the unlock key");
        let unlock_key = self.first_unlock_signer()?;
        let made = Registration::derived(identity, &unlock_key, passphrase.as_ref());
        self.screen.doing("working");
        made
    }

    /// The root whose key is `key` (crypto.md section 5.4). Each way is opened only if those before
    /// it did not give the key.
    async fn root_of(
        &self,
        identity: &Identity,
        key: RegisteredKey,
        held: Held,
    ) -> Result<Restored, Error> {
        let held = match held {
            Held::Taken => self.agent.take(Id::of_root(identity)),
            Held::Passed => None,
        };
        if let Some(root) = held.map(|held| Root::from_bytes(*held))
            && root.key_id(identity) == key.id
        {
            return Ok(Restored { root, by: By::UnlockedSession });
        }
        self.screen.doing("opening the identity");
        let unlock_key = self.unlock_signer()?;
        let passphrase;
        let mut ways = Ways { unlock_key: unlock_key.as_ref(), ..Ways::default() };
        if let Some(found) = tried(identity, key, &ways)? {
            return Ok(found);
        }
        if ways.unlock_key.is_some() || self.global.unlock_with_account_key {
            passphrase = self.passphrase_of(identity)?;
            ways.passphrase = passphrase.as_ref();
            if ways.passphrase.is_some()
                && let Some(found) = tried(identity, key, &ways)?
            {
                return Ok(found);
            }
        }
        if let Some(found) = self.root_in_slots(identity, key).await? {
            return Ok(found);
        }
        if let Some(root) = self.root_of_backup(identity, key.id)? {
            return Ok(Restored { root, by: By::KeySlot });
        }
        if self.global.unlock_with_account_key {
            self.warn_of_account_key();
            ways.account_key = Some(self.signer()?);
            return restore(identity, key, &ways);
        }
        match (ways.unlock_key, &self.global.ways.slot_wallet) {
            (None, None) => Err(self.no_unlock_key()),
            _ => Err(CryptoError::WrongUnlockKey.into()),
        }
    }

    /// The root in a key slot of `key`, from the chain or from the copy that `identity register`
    /// keeps, if the flags name a wallet.
    async fn root_in_slots(
        &self,
        identity: &Identity,
        key: RegisteredKey,
    ) -> Result<Option<Restored>, Error> {
        let Some((wallet, domain)) = self.slot_wallet()? else { return Ok(None) };
        let (account, contract) = (identity.account.into(), identity.contract.into());
        let mut slots = self.key_slots(account, contract).await?;
        slots.retain(|slot| slot.key.0 == key.to_word() && slot.kind == Slot::WALLET);
        let kept = self.kept_slot(identity)?;
        let sealed = slots.iter().map(|slot| slot.slot.as_slice()).chain(kept.as_deref());
        let ways = Ways {
            slots: sealed.map(|slot| Slot::Wallet { slot, wallet: &wallet, domain }).collect(),
            ..Ways::default()
        };
        tried(identity, key, &ways)
    }

    /// The passphrase of the flags, or asked for, stretched.
    fn passphrase_of(&self, identity: &Identity) -> Result<Option<Passphrase>, Error> {
        let Some(passphrase) = self.passphrase()? else { return Ok(None) };
        self.stretched(identity, passphrase).map(Some)
    }

    fn stretched(&self, identity: &Identity, passphrase: &str) -> Result<Passphrase, Error> {
        let salted = Identity { version: 0, ..*identity };
        if let Some((of, stretched)) = &*self.stretched.borrow()
            && *of == salted
        {
            return Ok(Passphrase::from_bytes(*stretched.expose()));
        }
        self.screen.doing("stretching the passphrase");
        let cost = PassphraseCost::STANDARD;
        let stretched = stretch_passphrase(identity, passphrase.as_bytes(), cost)?;
        self.screen.doing("working");
        let kept = Passphrase::from_bytes(*stretched.expose());
        *self.stretched.borrow_mut() = Some((salted, kept));
        Ok(stretched)
    }
}

/// The transaction that registers a key.
fn registration_plan(made: &Registration) -> Plan {
    let (identity, version) = (&made.identity, made.identity.version);
    let public_key = made.public_key.as_bytes().to_vec().into();
    Plan {
        to: Some(identity.contract.into()),
        value_wei: U256::ZERO,
        data: IRecords::registerKeyCall { version, publicKey: public_key }.abi_encode().into(),
        what: format!(
            "Register version {version} of the identity key of {}",
            Address::from(identity.account)
        ),
        public: "the public half of the identity key, its id and version, and when; neither the \
                 unlock key nor its address"
            .into(),
    }
}

/// What to do with a root that the unlocked session holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// It is the quickest way.
    Taken,
    /// It does not say what else would give it.
    Passed,
}

/// What an identity's root is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The unlock key, and the passphrase if the flags name one.
    AsGiven,
    /// The unlock key and a passphrase that is asked for.
    Passphrase,
    /// Random bytes, which only key slots give back.
    Random,
}

/// `None` if these ways do not give the key.
fn tried(
    identity: &Identity,
    key: RegisteredKey,
    ways: &Ways<'_>,
) -> Result<Option<Restored>, Error> {
    match restore(identity, key, ways) {
        Ok(found) => Ok(Some(found)),
        Err(Error::Crypto(CryptoError::WrongUnlockKey)) => Ok(None),
        Err(other) => Err(other),
    }
}
