//! Folders, the settings file and its profiles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::args::Global;
use crate::error::Error;
use crate::files;

/// Where a local node listens.
const DEFAULT_RPC: &str = "http://127.0.0.1:8547";
/// Name of the profile when none is named.
const DEFAULT_PROFILE: &str = "default";

/// The user's folders.
#[derive(Debug, Clone)]
pub struct Home {
    /// Settings.
    pub config: PathBuf,
    /// Keystores, sealed key caches.
    pub data: PathBuf,
    /// Journal of sent transactions.
    pub state: PathBuf,
}

impl Home {
    /// `--home`, `CHARTKEY_HOME`, or the XDG folders.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if there is no home folder at all.
    pub fn find(global: &Global) -> Result<Self, Error> {
        let named = global.home.clone().or_else(|| env_path("CHARTKEY_HOME"));
        if let Some(folder) = named {
            return Ok(Self { config: folder.clone(), data: folder.clone(), state: folder });
        }
        let home = env_path("HOME");
        let xdg = |name: &str, below: &str| {
            env_path(name)
                .or_else(|| home.as_ref().map(|home| home.join(below)))
                .map(|folder| folder.join("chartkey"))
        };
        let folders = (
            xdg("XDG_CONFIG_HOME", ".config"),
            xdg("XDG_DATA_HOME", ".local/share"),
            xdg("XDG_STATE_HOME", ".local/state"),
        );
        let (Some(config), Some(data), Some(state)) = folders else {
            return Err(Error::Usage {
                message: "there is no home folder".into(),
                hint: "give --home DIR or set CHARTKEY_HOME".into(),
            });
        };
        Ok(Self { config, data, state })
    }

    /// The settings file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The keystore of `name`.
    #[must_use]
    pub fn keystore(&self, name: &str) -> PathBuf {
        self.data.join("keystores").join(format!("{name}.json"))
    }

    /// The keystore of the unlock key of `name`.
    #[must_use]
    pub fn unlock_keystore(&self, name: &str) -> PathBuf {
        self.data.join("unlock").join(format!("{name}.json"))
    }

    /// The sealed key cache of an account with a records program.
    #[must_use]
    pub fn key_cache(&self, chain_id: u64, records: Address, account: Address) -> PathBuf {
        self.data.join("keys").join(format!("{chain_id}-{records:x}-{account:x}.sealed"))
    }

    /// What was sent, written before it is sent.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal.jsonl")
    }
}

fn env_path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn env_text(names: &[&'static str]) -> Option<(String, String)> {
    names.iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some((value, format!("environment {name}")))
    })
}

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
    /// [`Error::Usage`] with the line that cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let Some(bytes) = files::read_if_there(path)? else { return Ok(Self::default()) };
        toml::from_str(&String::from_utf8_lossy(&bytes)).map_err(|error| Error::Usage {
            message: format!("{}: {}", path.display(), error.message()),
            hint: format!("correct or remove {}", path.display()),
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

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Flag, environment variable or file.
    pub source: String,
}

/// What holds for this run: flag > environment > settings file > built in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the profile.
    pub profile_name: Sourced<String>,
    /// The profile as the file has it.
    pub profile: Profile,
    /// Endpoints, one or two.
    pub rpc_urls: Sourced<Vec<String>>,
    /// The records program.
    pub records: Option<Sourced<Address>>,
    /// The stays program.
    pub stays: Option<Sourced<Address>>,
    /// Keystore name.
    pub account: Option<Sourced<String>>,
}

impl Settings {
    /// Reads everything that decides this run.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for an unreadable file or a profile that does not exist.
    pub fn resolve(global: &Global, home: &Home) -> Result<Self, Error> {
        let path = home.config_file();
        let file = File::read(&path)?;
        let in_file = |what: &str| format!("{} ({what})", path.display());
        let flag = |name: &str| format!("flag {name}");
        let profile_name = global
            .profile
            .clone()
            .map(|name| (name, flag("--profile")))
            .or_else(|| env_text(&["CHARTKEY_PROFILE"]))
            .or_else(|| file.default_profile.clone().map(|name| (name, in_file("default_profile"))))
            .unwrap_or_else(|| (DEFAULT_PROFILE.to_owned(), "built in".to_owned()));
        let profile = file.profiles.get(&profile_name.0).cloned().unwrap_or_default();
        let of_profile = format!("profile {}", profile_name.0);
        let urls = if global.rpc_url.is_empty() {
            let one = env_text(&["CHARTKEY_RPC_URL"])
                .or_else(|| profile.rpc_url.clone().map(|url| (url, of_profile.clone())))
                .or_else(|| env_text(&["ETH_RPC_URL"]))
                .unwrap_or_else(|| (DEFAULT_RPC.to_owned(), "built in".to_owned()));
            (vec![one.0], one.1)
        } else {
            (global.rpc_url.clone(), flag("--rpc-url"))
        };
        let address = |given: Option<Address>, name: &str, saved: Option<Address>| {
            given
                .map(|value| Sourced { value, source: flag(name) })
                .or_else(|| saved.map(|value| Sourced { value, source: of_profile.clone() }))
        };
        let account = global
            .account
            .clone()
            .map(|name| (name, flag("--account")))
            .or_else(|| env_text(&["CHARTKEY_ACCOUNT"]))
            .or_else(|| profile.account.clone().map(|name| (name, of_profile.clone())))
            .or_else(|| env_text(&["ETH_KEYSTORE_ACCOUNT"]));
        Ok(Self {
            records: address(global.records, "--records", profile.records),
            stays: address(global.stays, "--stays", profile.stays),
            account: account.map(|(value, source)| Sourced { value, source }),
            rpc_urls: Sourced { value: urls.0, source: urls.1 },
            profile_name: Sourced { value: profile_name.0, source: profile_name.1 },
            profile,
        })
    }
}
