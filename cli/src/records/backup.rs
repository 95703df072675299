//! The file of a backup: everything of a record that the chain's logs hold, still encrypted, so that it
//! can be read after nodes have pruned them (crypto.md section 9.4; docs/backup.md has the bytes).
//!
//! Nothing in it is believed: what is put back is verified against the words that the chain stores.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256};
use chartkey_crypto::{Account, ChainLog, Handle, Identity, Link, LinkKind, Record, State};
use sha2::{Digest, Sha256};

use super::checkpoints::Checkpoint;
use super::logs::{AccessEvent, KeyLog, Logs, Position, SectionLog};
use crate::files::MAX_INPUT;

const MAGIC: &[u8; 16] = b"chartkey-backup\n";
const VERSION: u8 = 1;
/// Longest content of an item: a list of 64 KiB, or guardian shares and blob, and what stands before it.
const MOST_ITEM: usize = 128 * 1024;
/// Bytes of a key slot (crypto.md section 5.3).
const SLOT: usize = 104;
/// Kind of a slot that a passphrase opens (crypto.md section 5.3).
const PASSPHRASE_SLOT: u8 = 2;
/// Stands for the access chain where a handle stands for a section.
const ACCESS: u8 = 0xff;

/// Why bytes are not a backup that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file starts otherwise.
    #[error("this is not a backup of chartkey")]
    NotBackup,
    /// Another version of the format.
    #[error("the backup has version {0} of the format; this program reads version {VERSION}")]
    Version(u8),
    /// The end is missing.
    #[error("the backup is cut off after {length} bytes")]
    Cut {
        /// Bytes there are.
        length: usize,
    },
    /// The sum at the end is that of other bytes.
    #[error("the backup was altered or damaged: its check sum is another one")]
    Altered,
    /// An item cannot be read.
    #[error("item {number} of the backup cannot be read: {reason}")]
    Item {
        /// Its number, from 1.
        number: u32,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More than can be read again.
    #[error("the record makes a backup of more than {} MiB", MAX_INPUT >> 20)]
    TooLarge,
}

/// A root sealed with a passphrase: another way to it, outside the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PassphraseSlot {
    /// Of whom, and which version.
    pub(crate) account: Account,
    pub(crate) version: u32,
    /// 104 sealed bytes.
    pub(crate) sealed: Vec<u8>,
}

impl PassphraseSlot {
    /// The identity that it is bound to.
    pub(crate) const fn identity(&self, place: &Record) -> Identity {
        Identity {
            chain_id: place.chain_id,
            contract: place.contract,
            account: self.account,
            version: self.version,
        }
    }
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Backup {
    /// The record.
    pub(crate) place: Record,
    /// The block at which it was read.
    pub(crate) block: u64,
    /// That block's time in Unix seconds.
    pub(crate) time: u64,
    /// All logs up to it.
    pub(super) logs: Logs,
    /// Words that were verified, of final blocks.
    pub(super) checkpoint: Checkpoint,
    /// Confirmed keys of others by account, each sealed with the cache key of the account that
    /// confirmed them: nobody else can add one.
    pub(crate) contacts: BTreeMap<Account, Vec<u8>>,
    /// Public keys of readers, as their logs tell them: what is sealed to one is sealed after comparing it
    /// with the word that the account has registered.
    pub(super) keys: Vec<KeyLog>,
    /// A way to the root, if it was asked for.
    pub(crate) slot: Option<PassphraseSlot>,
}

/// Items by their tag. Numbers are part of the format.
mod tag {
    pub(super) const PLACE: u8 = 1;
    pub(super) const SECTION_LOG: u8 = 2;
    pub(super) const ACCESS_EVENT: u8 = 3;
    pub(super) const CHECKPOINT: u8 = 4;
    pub(super) const CONTACTS: u8 = 5;
    pub(super) const KEY_SLOT: u8 = 6;
    pub(super) const KEY_LOG: u8 = 7;
    pub(super) const END: u8 = 0xff;
}

impl Backup {
    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// [`BackupError::TooLarge`]
    pub(crate) fn encode(&self) -> Result<Vec<u8>, BackupError> {
        let mut file = Writer { bytes: [&MAGIC[..], &[VERSION]].concat(), items: 0 };
        let place = &self.place;
        file.item(
            tag::PLACE,
            &[
                &place.chain_id.to_be_bytes()[..],
                &place.contract,
                &place.id,
                &self.block.to_be_bytes(),
                &self.time.to_be_bytes(),
            ],
        );
        for (handle, logs) in &self.logs.sections {
            for log in logs {
                let (link, [block, index]) = (&log.log.link, position(log.position));
                file.item(
                    tag::SECTION_LOG,
                    &[
                        &[*handle][..],
                        &block,
                        &index,
                        log.transaction.as_slice(),
                        &log.log.state.to_word(),
                        &[link.kind.number()],
                        &link.index.to_be_bytes(),
                        &link.author,
                        &link.time.to_be_bytes(),
                        &log.log.blob,
                    ],
                );
            }
        }
        for event in &self.logs.access {
            let [block, index] = position(event.position);
            file.item(
                tag::ACCESS_EVENT,
                &[
                    &block[..],
                    &index,
                    event.transaction.as_slice(),
                    event.state.as_slice(),
                    &[event.kind],
                    event.actor.as_slice(),
                    event.subject.as_slice(),
                    &event.time.to_be_bytes(),
                    event.terms.as_slice(),
                    &event.payload,
                ],
            );
        }
        if let Some(word) = self.checkpoint.access {
            file.item(tag::CHECKPOINT, &[&[ACCESS], word.as_slice()]);
        }
        for (handle, word) in &self.checkpoint.sections {
            file.item(tag::CHECKPOINT, &[&[*handle], word.as_slice()]);
        }
        for (account, sealed) in &self.contacts {
            file.item(tag::CONTACTS, &[account, sealed]);
        }
        for key in &self.keys {
            let [block, index] = position(key.position);
            file.item(
                tag::KEY_LOG,
                &[key.account.as_slice(), &block, &index, key.word.as_slice(), &key.public_key],
            );
        }
        if let Some(slot) = &self.slot {
            let version = slot.version.to_be_bytes();
            file.item(tag::KEY_SLOT, &[&slot.account, &version, &[PASSPHRASE_SLOT], &slot.sealed]);
        }
        let digest = Sha256::digest(&file.bytes);
        let items = file.items.to_be_bytes();
        file.item(tag::END, &[&items, &digest]);
        if file.bytes.len() as u64 > MAX_INPUT {
            Err(BackupError::TooLarge)
        } else {
            Ok(file.bytes)
        }
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`BackupError`]
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, BackupError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(BackupError::NotBackup)?;
        let cut = BackupError::Cut { length: bytes.len() };
        let (&version, mut rest) = rest.split_first().ok_or_else(|| cut.clone())?;
        if version != VERSION {
            return Err(BackupError::Version(version));
        }
        let mut found: Option<Self> = None;
        let mut number = 0_u32;
        loop {
            let before = bytes.len() - rest.len();
            let (tag, content, after) = next_item(rest, number + 1, &cut)?;
            rest = after;
            let item = |reason| BackupError::Item { number: number + 1, reason };
            let mut fields = Fields(content);
            match (tag, &mut found) {
                (tag::END, Some(_)) => {
                    let items: [u8; 4] = fields.take().map_err(item)?;
                    let digest: [u8; 32] = fields.take().map_err(item)?;
                    fields.end().map_err(item)?;
                    let is_same = Sha256::digest(&bytes[..before])[..] == digest;
                    if !is_same || u32::from_be_bytes(items) != number {
                        return Err(BackupError::Altered);
                    }
                    if !rest.is_empty() {
                        return Err(item("there are bytes after the end"));
                    }
                    return found.ok_or_else(|| item("the record is not named"));
                }
                (tag::PLACE, None) => found = Some(place(&mut fields).map_err(item)?),
                (tag::PLACE, Some(_)) => return Err(item("a second record")),
                (_, None) => return Err(item("the record is not named first")),
                (tag, Some(backup)) => backup.take(tag, &mut fields).map_err(item)?,
            }
            number += 1;
        }
    }

    fn take(&mut self, tag: u8, fields: &mut Fields<'_>) -> Result<(), &'static str> {
        match tag {
            tag::SECTION_LOG => {
                let (handle, log) = section_log(fields)?;
                self.logs.sections.entry(handle).or_default().push(log);
            }
            tag::ACCESS_EVENT => self.logs.access.push(access_event(fields)?),
            tag::CHECKPOINT => {
                let [handle] = fields.take()?;
                let word = B256::from(fields.take::<32>()?);
                fields.end()?;
                if State::from_word(word.0).is_none_or(|state| state.seq() == 0) {
                    return Err("a checkpoint of nothing");
                }
                let is_second = if handle == ACCESS {
                    self.checkpoint.access.replace(word).is_some()
                } else {
                    self.checkpoint.sections.insert(checked(handle)?, word).is_some()
                };
                if is_second {
                    return Err("a second checkpoint of one chain");
                }
            }
            tag::CONTACTS => {
                let account = fields.take()?;
                if self.contacts.insert(account, fields.rest()).is_some() {
                    return Err("a second set of confirmed keys of one account");
                }
            }
            tag::KEY_LOG => self.keys.push(KeyLog {
                account: Address::from(fields.take::<20>()?),
                position: Position { block: fields.number()?, index: fields.number()? },
                word: B256::from(fields.take::<32>()?),
                public_key: fields.rest(),
            }),
            tag::KEY_SLOT => {
                let account = fields.take()?;
                let version = u32::from_be_bytes(fields.take()?);
                let [kind] = fields.take()?;
                let sealed = fields.take::<SLOT>()?.to_vec();
                fields.end()?;
                if kind != PASSPHRASE_SLOT || version == 0 {
                    return Err("a key slot of another kind");
                }
                if self.slot.replace(PassphraseSlot { account, version, sealed }).is_some() {
                    return Err("a second key slot");
                }
            }
            _ => return Err("unknown kind of item"),
        }
        Ok(())
    }
}

struct Writer {
    bytes: Vec<u8>,
    items: u32,
}

impl Writer {
    fn item(&mut self, tag: u8, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.bytes.push(tag);
        // Logs are far shorter: nodes refuse transactions of more than 128 KiB.
        self.bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.items += 1;
    }
}

/// Tag and content of the next item, and what comes after it.
fn next_item<'a>(
    rest: &'a [u8],
    number: u32,
    cut: &BackupError,
) -> Result<(u8, &'a [u8], &'a [u8]), BackupError> {
    let (head, rest) = rest.split_first_chunk::<5>().ok_or_else(|| cut.clone())?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > MOST_ITEM {
        return Err(BackupError::Item { number, reason: "longer than any log" });
    }
    let (content, rest) = rest.split_at_checked(length).ok_or_else(|| cut.clone())?;
    Ok((head[0], content, rest))
}

const fn position(position: Position) -> [[u8; 8]; 2] {
    [position.block.to_be_bytes(), position.index.to_be_bytes()]
}

fn place(fields: &mut Fields<'_>) -> Result<Backup, &'static str> {
    let place = Record { chain_id: fields.number()?, contract: fields.take()?, id: fields.take()? };
    let (block, time) = (fields.number()?, fields.number()?);
    fields.end()?;
    Ok(Backup {
        place,
        block,
        time,
        logs: Logs::default(),
        checkpoint: Checkpoint::default(),
        contacts: BTreeMap::new(),
        keys: Vec::new(),
        slot: None,
    })
}

fn section_log(fields: &mut Fields<'_>) -> Result<(u8, SectionLog), &'static str> {
    let [handle] = fields.take()?;
    let position = Position { block: fields.number()?, index: fields.number()? };
    let transaction = B256::from(fields.take::<32>()?);
    let state = State::from_word(fields.take()?).ok_or("a link to nothing")?;
    let [kind] = fields.take()?;
    let link = Link {
        kind: LinkKind::from_number(kind),
        index: u16::from_be_bytes(fields.take()?),
        author: fields.take()?,
        time: fields.number()?,
    };
    let log = ChainLog { state, link, blob: fields.rest() };
    Ok((checked(handle)?, SectionLog { log, position, transaction }))
}

fn access_event(fields: &mut Fields<'_>) -> Result<AccessEvent, &'static str> {
    let position = Position { block: fields.number()?, index: fields.number()? };
    let transaction = B256::from(fields.take::<32>()?);
    let state = B256::from(fields.take::<32>()?);
    let [kind] = fields.take()?;
    Ok(AccessEvent {
        actor: Address::from(fields.take::<20>()?),
        subject: Address::from(fields.take::<20>()?),
        kind,
        time: fields.number()?,
        state,
        terms: B256::from(fields.take::<32>()?),
        payload: fields.rest(),
        position,
        transaction,
    })
}

fn checked(handle: u8) -> Result<u8, &'static str> {
    Handle::new(handle.into()).map(Handle::number).map_err(|_| "a section above 63")
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (field, rest) = self.0.split_first_chunk().ok_or("it ends within a field")?;
        self.0 = rest;
        Ok(*field)
    }

    fn number(&mut self) -> Result<u64, &'static str> {
        self.take().map(u64::from_be_bytes)
    }

    fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0).to_vec()
    }

    const fn end(&self) -> Result<(), &'static str> {
        if self.0.is_empty() { Ok(()) } else { Err("there are bytes after its end") }
    }
}

#[cfg(test)]
mod tests;
