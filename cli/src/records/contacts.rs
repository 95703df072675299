//! Whose key is whose: what a person has confirmed, and what is checked before anything is sealed to
//! somebody (crypto.md section 7.3).

use std::collections::BTreeMap;
use std::path::PathBuf;

use alloy_primitives::{Address, B256, hex};
use alloy_sol_types::SolEvent;
use chartkey_abi::IRecords;
use chartkey_crypto::{
    Candidate, Error as CryptoError, KeyId, PublicKey, Recipient, RegisteredKey,
};
use serde_json::json;

use super::access::AccessHistory;
use super::archive;
use super::holder::Holder;
use super::logs::{KeyLog, Position};
use crate::dates::format_instant;
use crate::error::Error;
use crate::files;
use crate::identity;
use crate::rpc::{LogFilter, RpcError};
use crate::session::Session;

/// Somebody whose key may be sealed to.
#[derive(Debug)]
pub struct Contact {
    /// The checked key.
    pub recipient: Recipient,
    /// The registered word, which the transaction names.
    pub word: B256,
    /// Whether the channel to it is open: a direct delivery with the present keys of both went before.
    pub has_channel: bool,
}

/// An account's registrations: the newest key, and where it was registered.
struct Registration {
    registered: RegisteredKey,
    public_key: PublicKey,
    position: Position,
}

impl Holder {
    /// Checks an account's key: the registered word of all endpoints, the key against it, and it against
    /// what was confirmed before. At first contact the user is shown the credential and the fingerprint
    /// and asked; `words` answers where nobody can be asked.
    ///
    /// # Errors
    ///
    /// [`CryptoError::KeyNotRegistered`], [`CryptoError::RegistryDisagreement`],
    /// [`CryptoError::ReaderKeyChanged`], no confirmation.
    pub async fn contact(
        &self,
        session: &Session,
        history: &AccessHistory,
        account: Address,
        words: Option<&str>,
    ) -> Result<Contact, Error> {
        let found = self.registration(session, account).await?;
        let place = self.place(B256::ZERO);
        let candidate =
            Candidate::new(&place, account.into_array(), found.registered, found.public_key)?;
        let word = B256::from(found.registered.to_word());
        // The newest direct delivery: the contract had compared the keys that it was sealed to.
        let own = self.own_registration(session).await?;
        let delivered = self.last_direct(history, account);
        let has_channel = delivered
            .is_some_and(|at| at > found.position && own.is_none_or(|registered| at > registered));
        if account == self.account.address {
            let recipient = candidate.pinned(self.own().1)?;
            return Ok(Contact { recipient, word, has_channel: false });
        }
        let mut contacts = Contacts::read(session, self)?;
        let pin = contacts.pin(account);
        let is_renewed = delivered.is_some_and(|at| at < found.position);
        let recipient = match pin {
            Some(pin) => candidate.pinned(pin)?,
            None if words.is_none() && is_renewed => {
                return Err(CryptoError::ReaderKeyChanged.into());
            }
            None if words.is_none() && has_channel => candidate.confirmed_by_user(),
            None => self.first_contact(session, account, candidate, words).await?,
        };
        if pin.is_none() && !session.global.dry_run {
            contacts.keep(session, self, account, recipient.key_id())?;
        }
        Ok(Contact { recipient, word, has_channel })
    }

    /// Confirms an account's present key in the place of the one that was confirmed before.
    ///
    /// # Errors
    ///
    /// As [`Self::contact`]; the words must be given and fit.
    pub async fn confirm_anew(
        &self,
        session: &Session,
        account: Address,
        words: &str,
    ) -> Result<KeyId, Error> {
        let found = self.registration(session, account).await?;
        let place = self.place(B256::ZERO);
        let candidate =
            Candidate::new(&place, account.into_array(), found.registered, found.public_key)?;
        check_words(account, &candidate, words)?;
        let key_id = candidate.key_id();
        if !session.global.dry_run {
            Contacts::read(session, self)?.keep(session, self, account, key_id)?;
        }
        Ok(key_id)
    }

    /// The id of an account's registered key, which nobody has compared yet.
    ///
    /// # Errors
    ///
    /// [`Error::KeyNotRegistered`], [`CryptoError::RegistryDisagreement`]
    pub async fn registered_key(
        &self,
        session: &Session,
        account: Address,
    ) -> Result<KeyId, Error> {
        let found = self.registration(session, account).await?;
        let place = self.place(B256::ZERO);
        let account = account.into_array();
        Ok(Candidate::new(&place, account, found.registered, found.public_key)?.key_id())
    }

    async fn first_contact(
        &self,
        session: &Session,
        account: Address,
        candidate: Candidate,
        words: Option<&str>,
    ) -> Result<Recipient, Error> {
        if let Some(words) = words {
            check_words(account, &candidate, words)?;
            return Ok(candidate.confirmed_by_user());
        }
        let credential = self.credential(session, account).await?;
        let shown = identity::shown(&candidate.key_id());
        let shown = format!(
            "First contact with {account}: {credential}.\nFingerprint of its key; compare it by voice or \
             in person:\n{shown}"
        );
        if session.global.dry_run {
            session.screen.note(&shown);
        } else {
            session.screen.confirm_contact(&shown)?;
        }
        Ok(candidate.confirmed_by_user())
    }

    /// What the registrar states about an account, for people.
    ///
    /// # Errors
    ///
    /// Transport errors, endpoints that disagree.
    pub async fn credential(&self, session: &Session, account: Address) -> Result<String, Error> {
        Ok(match session.credential(account, self.contract).await? {
            None => "no credential".to_owned(),
            Some(stated) if stated.is_suspended() => "a credential that is suspended".to_owned(),
            Some(stated) => format!(
                "a credential from {} until {}",
                format_instant(stated.valid_from),
                format_instant(stated.valid_until)
            ),
        })
    }

    async fn registration(
        &self,
        session: &Session,
        account: Address,
    ) -> Result<Registration, Error> {
        let registered = session.registered_key(account, self.contract).await?;
        let registered = registered.ok_or(Error::KeyNotRegistered { account })?;
        let word = B256::from(registered.to_word());
        let log = match self.key_logs(session, &[account]).await {
            Ok(logs) => logs.into_iter().rev().find(|log| log.word == word),
            // A node that has pruned its logs; a backup may have this one.
            Err(Error::Rpc(RpcError::Node { .. })) => None,
            Err(error) => return Err(error),
        };
        let log = match log {
            Some(log) => Some(log),
            None => archive::key_log(session, self, account, word)?,
        };
        let log = log.ok_or(CryptoError::RegistryDisagreement)?;
        Ok(Registration {
            registered,
            public_key: PublicKey::from_bytes(&log.public_key)?,
            position: log.position,
        })
    }

    /// What accounts have registered, as the logs of all endpoints say, in their order.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`], if no endpoint gives logs.
    pub(super) async fn key_logs(
        &self,
        session: &Session,
        accounts: &[Address],
    ) -> Result<Vec<KeyLog>, Error> {
        let newest = session.newest_common_block().await?;
        let accounts: Vec<B256> = accounts.iter().map(|account| account.into_word()).collect();
        let filter = LogFilter {
            address: self.contract,
            topics: vec![vec![IRecords::KeyRegistered::SIGNATURE_HASH], accounts],
            from_block: session.first_block(self.contract, newest),
            to_block: newest,
        };
        let (mut found, mut refused) = (Vec::new(), None);
        for endpoint in session.endpoints() {
            match endpoint.logs(&filter).await {
                Ok(logs) => found.extend(logs.iter().filter_map(KeyLog::of)),
                Err(error) => refused = Some(error),
            }
        }
        match refused.filter(|_| found.is_empty()) {
            Some(error) => Err(error.into()),
            None => Ok(found),
        }
    }

    async fn own_registration(&self, session: &Session) -> Result<Option<Position>, Error> {
        if !self.is_registered {
            return Ok(None);
        }
        Ok(Some(self.registration(session, self.account.address).await?.position))
    }

    /// The newest direct delivery of this account, as owner, to another.
    fn last_direct(&self, history: &AccessHistory, to: Address) -> Option<Position> {
        let since = history.in_charge_since();
        let own = history
            .links
            .iter()
            .rev()
            .filter(|link| link.proven.actor() == self.id() && link.proven.seq() > since);
        let mut direct = own.filter(|link| {
            let listed = link.list().and_then(|list| chartkey_crypto::parse_list(list).ok());
            listed.into_iter().flatten().any(|one| {
                let is_direct = matches!(
                    chartkey_crypto::Delivery::parse(one.delivery),
                    Ok(chartkey_crypto::Delivery::Direct { .. })
                );
                one.recipient == to.into_array() && is_direct
            })
        });
        direct.next().map(|link| link.event.position)
    }
}

fn check_words(account: Address, candidate: &Candidate, words: &str) -> Result<(), Error> {
    if identity::words(words) == candidate.fingerprint() {
        return Ok(());
    }
    Err(Error::FingerprintMismatch { account })
}

/// The keys that were confirmed, by account. Not secret, but whoever changes them could have another
/// key taken for the right one: the file is the user's only.
#[derive(Debug, Default)]
struct Contacts {
    pins: BTreeMap<Address, String>,
}

impl Contacts {
    fn read(session: &Session, holder: &Holder) -> Result<Self, Error> {
        let path = path(session, holder);
        let Some(bytes) = files::read_if_there(&path)? else { return Ok(Self::default()) };
        let pins = serde_json::from_slice(&bytes).map_err(|_| Error::Usage {
            message: format!("{} does not hold confirmed keys", path.display()),
            hint: "restore it from a backup; if there is none, remove it and compare the fingerprints \
                   again"
                .into(),
        })?;
        Ok(Self { pins })
    }

    fn pin(&self, account: Address) -> Option<KeyId> {
        let mut id = [0; 28];
        hex::decode_to_slice(self.pins.get(&account)?, &mut id).ok()?;
        Some(KeyId(id))
    }

    fn keep(
        &mut self,
        session: &Session,
        holder: &Holder,
        account: Address,
        key: KeyId,
    ) -> Result<(), Error> {
        self.pins.insert(account, hex::encode(key.0));
        Ok(files::replace(&path(session, holder), json!(self.pins).to_string().as_bytes())?)
    }
}

/// The confirmed keys as they are kept, for a backup.
///
/// # Errors
///
/// The file's own.
pub(super) fn saved(session: &Session, holder: &Holder) -> Result<Option<Vec<u8>>, Error> {
    let contacts = Contacts::read(session, holder)?;
    let is_empty = contacts.pins.is_empty();
    Ok((!is_empty).then(|| json!(contacts.pins).to_string().into_bytes()))
}

/// Adds confirmed keys of a backup; one that is confirmed here already stays. Says how many were added.
///
/// # Errors
///
/// Bytes that are no confirmed keys, the file's own.
pub(super) fn restore(session: &Session, holder: &Holder, pins: &[u8]) -> Result<usize, Error> {
    let mut contacts = Contacts::read(session, holder)?;
    let before = contacts.pins.len();
    let saved: BTreeMap<Address, String> = serde_json::from_slice(pins)
        .map_err(|_| Error::Internal("a backup was sealed with other contents".into()))?;
    for (account, key) in saved {
        contacts.pins.entry(account).or_insert(key);
    }
    let added = contacts.pins.len() - before;
    if added > 0 && !session.global.dry_run {
        let content = json!(contacts.pins).to_string();
        files::replace(&path(session, holder), content.as_bytes())?;
    }
    Ok(added)
}

fn path(session: &Session, holder: &Holder) -> PathBuf {
    let name =
        format!("{}-{:x}-{:x}.json", holder.chain_id, holder.contract, holder.account.address);
    session.home.data.join("contacts").join(name)
}
