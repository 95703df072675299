//! An account that has keys to records: its identity, and what it sends.

use std::fs::File;

use alloy_primitives::{Address, B256, U256};
use chartkey_crypto::{DeliveryContext, Identity, KeyId, OwnChannel, Record, Root};

use crate::error::Error;
use crate::files;
use crate::rpc::Receipt;
use crate::session::{Account, OwnIdentity, Session};
use crate::transact::{Plan, Recovered};

/// An account with its keys at the records program.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct Holder {
    /// Signs transactions.
    pub account: Account,
    /// The records program.
    pub contract: Address,
    /// The chain.
    pub chain_id: u64,
    /// What interrupted runs of this account have done.
    pub recovered: Vec<Recovered>,
    /// Newest version first: deliveries made before a change of keys open with the key of their time.
    roots: Vec<(Identity, KeyId, Root)>,
    /// Whether others can deliver to this account.
    pub is_registered: bool,
    /// Held while this run may write: two runs would double entries.
    _lock: Option<File>,
}

impl Holder {
    /// Opens the account's keys for reading.
    ///
    /// # Errors
    ///
    /// No key, a wrong password, no contract, keys that are not the registered ones.
    pub async fn open(session: &Session) -> Result<Self, Error> {
        Self::open_with(session, false).await
    }

    /// The same for writing: waits for other runs of the account, and looks up what interrupted ones
    /// have sent.
    ///
    /// # Errors
    ///
    /// As [`Self::open`]; another run that does not end within `--timeout`.
    pub async fn open_to_write(session: &Session) -> Result<Self, Error> {
        Self::open_with(session, !session.global.dry_run).await
    }

    async fn open_with(session: &Session, is_writing: bool) -> Result<Self, Error> {
        let contract = session.records().await?;
        let chain_id = session.chain_id().await?;
        let account = session.account().await?;
        let own = session.identity(account.address, contract).await?;
        let (mut lock, mut recovered) = (None, Vec::new());
        if is_writing {
            let path = session.home.record_lock(chain_id, contract, account.address);
            session.screen.doing("waiting for another run of this account");
            lock = Some(files::lock_within(&path, session.deadline()).await?);
            session.screen.doing("working");
            recovered = session.recover(account.address).await?;
        }
        let mut holder = Self {
            account,
            contract,
            chain_id,
            recovered,
            roots: Vec::new(),
            is_registered: false,
            _lock: lock,
        };
        holder.take_identity(session, own).await?;
        Ok(holder)
    }

    /// Registers the account's key if none is registered: without it nobody can deliver to the account,
    /// and nothing tells later whether the right key is at hand.
    ///
    /// # Errors
    ///
    /// As [`Session::ensure_registered`].
    pub async fn register(&mut self, session: &Session) -> Result<(), Error> {
        if !self.is_registered {
            let own = session.ensure_registered(self.account, self.contract).await?;
            self.take_identity(session, own).await?;
        }
        Ok(())
    }

    /// Takes the identity's keys, older versions included.
    async fn take_identity(&mut self, session: &Session, own: OwnIdentity) -> Result<(), Error> {
        let mut roots = Vec::new();
        for version in (1..own.identity.version).rev() {
            let identity = Identity { version, ..own.identity };
            if let Some(root) = session.older_root(&own, version).await? {
                roots.push((identity, root.key_id(&identity), root));
            }
        }
        self.is_registered = own.registered.is_some();
        let key_id = own.root.key_id(&own.identity);
        roots.insert(0, (own.identity, key_id, own.root));
        self.roots = roots;
        Ok(())
    }

    /// The account as format `ehr1` names it.
    #[must_use]
    pub const fn id(&self) -> chartkey_crypto::Account {
        self.account.address.into_array()
    }

    /// The present identity, its key id and root.
    #[must_use]
    pub fn own(&self) -> &(Identity, KeyId, Root) {
        self.roots.first().expect("`open` puts the present identity first")
    }

    /// All identities whose root is at hand, newest first.
    pub fn roots(&self) -> impl Iterator<Item = &(Identity, KeyId, Root)> {
        self.roots.iter()
    }

    /// Takes the keys of another account that guardians gave back: what was delivered to it opens from
    /// now on. They are kept nowhere.
    pub fn adopt(&mut self, identity: Identity, root: Root) {
        let key = root.key_id(&identity);
        self.roots.push((identity, key, root));
    }

    /// What a delivery under one of the keys that are at hand is bound to.
    #[must_use]
    pub const fn context(
        record: Record,
        recipient: chartkey_crypto::Account,
        key: KeyId,
        sender: Address,
    ) -> DeliveryContext {
        DeliveryContext { record, recipient, recipient_key: key, sender: sender.into_array() }
    }

    /// The channel to a reader of an own record. Its generation is the version of the own key: a change
    /// of keys opens new channels (crypto.md section 5.5).
    #[must_use]
    pub fn channel(&self, record: Record, reader: Address, reader_key: KeyId) -> OwnChannel {
        let (identity, _, root) = self.own();
        let reader = reader.into_array();
        OwnChannel::new(root, identity.version, record, self.id(), reader, reader_key)
    }

    /// The record as format `ehr1` names it.
    #[must_use]
    pub const fn place(&self, record: B256) -> Record {
        Record { chain_id: self.chain_id, contract: self.contract.into_array(), id: record.0 }
    }

    /// Sends a call to the records program. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub async fn send(
        &self,
        session: &Session,
        data: Vec<u8>,
        what: String,
        public: &str,
    ) -> Result<Option<Receipt>, Error> {
        let plan = Plan {
            to: Some(self.contract),
            value_wei: U256::ZERO,
            data: data.into(),
            what,
            public: public.to_owned(),
        };
        session.send(self.account, &plan).await
    }
}
