//! What a restored backup left in the home: another source of logs (crypto.md section 9.4).

use std::path::PathBuf;

use alloy_primitives::{Address, B256, hex};
use chartkey_crypto::{Identity, Record};

use super::backup::{Backup, PassphraseSlot};
use super::holder::Holder;
use super::logs::{KeyLog, Logs};
use crate::error::Error;
use crate::files;
use crate::session::Session;

/// The logs of a restored backup. Nothing of them is believed.
pub(super) struct Archive {
    /// Logs up to this block are in it.
    pub(super) block: u64,
    /// Its logs.
    pub(super) logs: Logs,
}

impl Archive {
    /// What was restored of a record.
    ///
    /// # Errors
    ///
    /// A file that is no backup, or one of another record.
    pub(super) fn read(session: &Session, place: &Record) -> Result<Option<Self>, Error> {
        let Some(found) = read(session, place)? else { return Ok(None) };
        Ok(Some(Self { block: found.block, logs: found.logs }))
    }
}

/// The backup of a record that was restored here.
///
/// # Errors
///
/// A file that is no backup, or one of another record.
pub(super) fn read(session: &Session, place: &Record) -> Result<Option<Backup>, Error> {
    let path = path(session, place);
    let Some(bytes) = files::read_if_there(&path)? else { return Ok(None) };
    let damaged = |reason: String| Error::Usage {
        message: format!("{}: {reason}", path.display()),
        hint: "restore the backup again: chartkey restore FILE".into(),
    };
    let found = Backup::decode(&bytes).map_err(|error| damaged(error.to_string()))?;
    if found.place == *place {
        Ok(Some(found))
    } else {
        Err(damaged("it is the backup of another record".into()))
    }
}

/// Keeps a backup as a source of logs.
///
/// # Errors
///
/// The file's own.
pub(super) fn keep(session: &Session, backup: &Backup) -> Result<(), Error> {
    let bytes = backup.encode()?;
    Ok(files::replace(&path(session, &backup.place), &bytes)?)
}

/// The records of a contract of which a backup was restored here.
pub(super) fn known(session: &Session, chain_id: u64, contract: Address) -> Vec<B256> {
    let Ok(files) = std::fs::read_dir(folder(session)) else { return Vec::new() };
    let start = format!("{chain_id}-{}-", hex::encode(contract));
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let ids =
        names.filter_map(|name| name.strip_prefix(&start)?.strip_suffix(".backup")?.parse().ok());
    ids.collect()
}

/// Sealed roots of an identity in the backups that were restored here.
///
/// # Errors
///
/// A file that is no backup.
pub(crate) fn restored_slots(
    session: &Session,
    identity: &Identity,
) -> Result<Vec<Vec<u8>>, Error> {
    let mut slots = Vec::new();
    for id in known(session, identity.chain_id, identity.contract.into()) {
        let place = Record { chain_id: identity.chain_id, contract: identity.contract, id: id.0 };
        let slot = read(session, &place)?.and_then(|backup| backup.slot);
        let fits = |slot: &PassphraseSlot| slot.identity(&place) == *identity;
        slots.extend(slot.filter(fits).map(|slot| slot.sealed));
    }
    Ok(slots)
}

/// The registration of a key in the backups that were restored here.
///
/// # Errors
///
/// A file that is no backup.
pub(super) fn key_log(
    session: &Session,
    holder: &Holder,
    account: Address,
    word: B256,
) -> Result<Option<KeyLog>, Error> {
    for id in known(session, holder.chain_id, holder.contract) {
        let keys = read(session, &holder.place(id))?.map(|backup| backup.keys).unwrap_or_default();
        let is_it = |key: &KeyLog| key.account == account && key.word == word;
        if let Some(found) = keys.into_iter().find(is_it) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn folder(session: &Session) -> PathBuf {
    session.home.data.join("archive")
}

fn path(session: &Session, place: &Record) -> PathBuf {
    let (contract, id) = (hex::encode(place.contract), hex::encode(place.id));
    folder(session).join(format!("{}-{contract}-{id}.backup", place.chain_id))
}
