//! The settings file, its profiles, and the folders that are trusted to bring one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::Home;
use crate::error::Error;
use crate::files;

/// One deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Endpoint.
    pub rpc_url: Option<String>,
    /// Chain.
    pub chain_id: Option<u64>,
    /// The records program.
    pub records: Option<Address>,
    /// Keccak-256 of its code.
    pub records_code_hash: Option<B256>,
    /// Block in which it was created: no log is older.
    pub records_block: Option<u64>,
    /// The stays program.
    pub stays: Option<Address>,
    /// Keccak-256 of its code.
    pub stays_code_hash: Option<B256>,
    /// Account to use when none is named.
    pub account: Option<String>,
}

/// The settings file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Profile to use when none is named.
    pub default_profile: Option<String>,
    /// Deployments by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

impl File {
    /// Reads the settings; a missing file is an empty one.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] with what cannot be read, and where.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let Some(bytes) = files::read_if_there(path)? else { return Ok(Self::default()) };
        let text = String::from_utf8_lossy(&bytes);
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            Error::Usage {
                message: format!("{}, line {line}: {}", path.display(), error.message()),
                hint: format!("correct or remove {}", path.display()),
            }
        })
    }

    /// Puts a profile into the file at `path`, whatever else it holds.
    ///
    /// # Errors
    ///
    /// The file's own error.
    pub fn save_profile(path: &Path, name: &str, profile: Profile) -> Result<(), Error> {
        let _held = files::lock(&path.with_extension("lock"))?;
        let mut file = Self::read(path)?;
        file.profiles.insert(name.to_owned(), profile);
        file.default_profile.get_or_insert_with(|| name.to_owned());
        let text = toml::to_string(&file).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(files::replace(path, text.as_bytes())?)
    }
}

/// Folders whose `chartkey.toml` may set endpoint and account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trust(BTreeSet<PathBuf>);

impl Trust {
    /// Reads the list; a missing file is an empty one.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a file that is no list of folders.
    pub fn read(home: &Home) -> Result<Self, Error> {
        let path = home.trust_file();
        let Some(bytes) = files::read_if_there(&path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).map_err(|_| Error::Usage {
            message: format!("{} is not a list of folders", path.display()),
            hint: format!("correct or remove {}", path.display()),
        })
    }

    /// Whether this folder was trusted.
    #[must_use]
    pub fn holds(&self, folder: &Path) -> bool {
        folder.canonicalize().is_ok_and(|folder| self.0.contains(&folder))
    }

    /// Trusts a folder from now on; returns its full path.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a folder that is not there, or the file's own error.
    pub fn add(home: &Home, folder: &Path) -> Result<PathBuf, Error> {
        let full = folder.canonicalize().ok().filter(|folder| folder.is_dir());
        let full = full.ok_or_else(|| Error::NotFound {
            message: format!("there is no folder {}", folder.display()),
            hint: "give the folder that holds chartkey.toml".into(),
        })?;
        let path = home.trust_file();
        let _held = files::lock(&path.with_extension("lock"))?;
        let mut trust = Self::read(home)?;
        trust.0.insert(full.clone());
        let text =
            serde_json::to_vec(&trust).map_err(|error| Error::Internal(error.to_string()))?;
        files::replace(&path, &text)?;
        Ok(full)
    }
}
