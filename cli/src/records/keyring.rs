//! The seeds of an account's sections, sealed on disk with the account's cache key.
//!
//! Until seeds are delivered on chain this file is the only place that has them: without it, and
//! without a backup of it, the entries cannot be opened.

use std::collections::BTreeMap;
use std::path::Path;

use alloy_primitives::{B256, hex};
use chartkey_crypto::{
    CacheKey, EpochKeys, EpochRecord, EpochSeed, Section, open_cache, seal_cache,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::fresh;
use crate::error::Error;
use crate::files;

/// Binds the sealed bytes to their use.
const PURPOSE: &[u8] = b"chartkey/keyring/1";

/// Keys by record and section.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct Keyring {
    records: BTreeMap<B256, BTreeMap<u8, Held>>,
}

/// What is kept of a section.
struct Held {
    name: String,
    /// Newest last; one that was never confirmed on chain matches no epoch record.
    seeds: Vec<EpochSeed>,
}

/// The form on disk, before it is sealed.
#[derive(Serialize, Deserialize)]
struct Line {
    record: B256,
    handle: u8,
    name: String,
    seeds: Vec<String>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.seeds.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl Keyring {
    /// Reads a keyring; a missing file is an empty one.
    ///
    /// # Errors
    ///
    /// The wrong unlock key, an altered file.
    pub fn read(path: &Path, key: &CacheKey) -> Result<Self, Error> {
        let Some(sealed) = files::read_if_there(path)? else { return Ok(Self::default()) };
        let plain = open_cache(key, PURPOSE, &sealed)
            .map_err(|_| chartkey_crypto::Error::WrongUnlockKey)?;
        let malformed = || Error::Internal(format!("{} does not hold keys", path.display()));
        let lines: Vec<Line> = serde_json::from_slice(&plain).map_err(|_| malformed())?;
        let mut keyring = Self::default();
        for line in &lines {
            for seed in &line.seeds {
                let mut bytes = [0; 32];
                hex::decode_to_slice(seed, &mut bytes).map_err(|_| malformed())?;
                keyring.add(line.record, line.handle, &line.name, EpochSeed::from_bytes(bytes));
                bytes.zeroize();
            }
        }
        Ok(keyring)
    }

    pub(super) fn write(&self, path: &Path, key: &CacheKey) -> Result<(), Error> {
        let mut lines = Vec::new();
        for (&record, sections) in &self.records {
            for (&handle, held) in sections {
                let seeds = held.seeds.iter().map(|seed| hex::encode(seed.expose())).collect();
                lines.push(Line { record, handle, name: held.name.clone(), seeds });
            }
        }
        let plain = Zeroizing::new(
            serde_json::to_vec(&lines).map_err(|error| Error::Internal(error.to_string()))?,
        );
        let sealed = seal_cache(key, PURPOSE, &plain, fresh()?);
        Ok(files::replace(path, &sealed)?)
    }

    /// Keeps a seed.
    pub fn add(&mut self, record: B256, handle: u8, name: &str, seed: EpochSeed) {
        let sections = self.records.entry(record).or_default();
        let held = sections
            .entry(handle)
            .or_insert_with(|| Held { name: name.to_owned(), seeds: Vec::new() });
        held.seeds.push(seed);
    }

    /// The records that have keys here.
    #[must_use]
    pub fn records(&self) -> Vec<B256> {
        self.records.keys().copied().collect()
    }

    /// The handles of sections with this name; several after an interrupted opening.
    #[must_use]
    pub fn handles(&self, record: B256, name: &str) -> Vec<u8> {
        let sections = self.records.get(&record).into_iter().flatten();
        sections.filter(|(_, held)| held.name == name).map(|(handle, _)| *handle).collect()
    }

    /// Whether a handle is in use.
    #[must_use]
    pub fn has(&self, record: B256, handle: u8) -> bool {
        self.records.get(&record).is_some_and(|sections| sections.contains_key(&handle))
    }

    /// The name of a section.
    #[must_use]
    pub fn name(&self, record: B256, handle: u8) -> Option<&str> {
        Some(self.records.get(&record)?.get(&handle)?.name.as_str())
    }

    /// The keys of an epoch: of the seed that matches its public record.
    #[must_use]
    pub fn keys(&self, section: &Section, epoch: &EpochRecord) -> Option<EpochKeys> {
        let held =
            self.records.get(&B256::from(section.record.id))?.get(&section.handle.number())?;
        held.seeds.iter().find_map(|seed| epoch.accept(section, seed).ok())
    }
}
