//! The user's folders.

use std::path::PathBuf;

use alloy_primitives::Address;
use chartkey_crypto::Identity;

use crate::args::Global;
use crate::error::Error;

/// The user's folders.
#[derive(Debug, Clone)]
pub struct Home {
    /// Settings.
    pub config: PathBuf,
    /// Keystores, sealed key caches.
    pub data: PathBuf,
    /// Journal of sent transactions.
    pub state: PathBuf,
    /// Socket of an unlocked session; nobody else may enter it.
    pub runtime: PathBuf,
    /// Keystores of cast, where there is a home folder.
    pub foundry: Option<PathBuf>,
}

impl Home {
    /// `--home`, `CHARTKEY_HOME`, or the XDG folders.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if there is no home folder at all.
    pub fn find(global: &Global) -> Result<Self, Error> {
        let home = env_path("HOME");
        let foundry = home.as_ref().map(|home| home.join(".foundry/keystores"));
        let named = global.home.clone().or_else(|| env_path("CHARTKEY_HOME"));
        if let Some(folder) = named {
            return Ok(Self {
                config: folder.clone(),
                data: folder.clone(),
                runtime: folder.join("session"),
                state: folder,
                foundry,
            });
        }
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
        let runtime = env_path("XDG_RUNTIME_DIR")
            .map_or_else(|| state.join("session"), |folder| folder.join("chartkey"));
        Ok(Self { config, data, state, runtime, foundry })
    }

    /// The settings file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The folders whose project file may set endpoint and account.
    #[must_use]
    pub fn trust_file(&self) -> PathBuf {
        self.config.join("trusted.json")
    }

    /// The keystore of `name` in our own folder.
    #[must_use]
    pub fn keystore(&self, name: &str) -> PathBuf {
        self.data.join("keystores").join(format!("{name}.json"))
    }

    /// The keystore of `name`: ours, else cast's.
    #[must_use]
    pub fn find_keystore(&self, name: &str) -> PathBuf {
        let own = self.keystore(name);
        let theirs = self.foundry.as_ref().map(|folder| folder.join(name));
        match theirs.filter(|path| !own.exists() && path.is_file()) {
            Some(theirs) => theirs,
            None => own,
        }
    }

    /// The keystore of the unlock key of `name`.
    #[must_use]
    pub fn unlock_keystore(&self, name: &str) -> PathBuf {
        self.data.join("unlock").join(format!("{name}.json"))
    }

    /// Held by the one process that writes to records as an account.
    #[must_use]
    pub fn record_lock(&self, chain_id: u64, records: Address, account: Address) -> PathBuf {
        self.state.join("locks").join(format!("{chain_id}-{records:x}-{account:x}.lock"))
    }

    /// Our copy of a key slot of a random root, written before the root's key is registered.
    #[must_use]
    pub fn key_slot(&self, identity: &Identity) -> PathBuf {
        let Identity { chain_id, contract, account, version } = identity;
        let [contract, account] = [contract, account].map(Address::from);
        self.data
            .join("slots")
            .join(format!("{chain_id}-{contract:x}-{account:x}-{version}.sealed"))
    }

    /// Where caches are, each sealed with the cache key of its identity; `lock` removes them.
    #[must_use]
    pub fn caches(&self) -> PathBuf {
        self.data.join("cache")
    }

    /// Where the agent of an unlocked session listens.
    #[must_use]
    pub fn agent_socket(&self) -> PathBuf {
        self.runtime.join("agent.sock")
    }

    /// Amounts in currencies of states, noted for stays of a stays program.
    #[must_use]
    pub fn stay_notes(&self, chain_id: u64, stays: Address) -> PathBuf {
        self.data.join("stays").join(format!("{chain_id}-{stays:x}.json"))
    }

    /// What was sent, written before it is sent.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal.jsonl")
    }

    /// Transactions whose outcome is not known yet, one file each.
    #[must_use]
    pub fn outstanding(&self) -> PathBuf {
        self.state.join("outstanding")
    }

    /// Held by the one process that numbers an account's transactions.
    #[must_use]
    pub fn account_lock(&self, chain_id: u64, account: Address) -> PathBuf {
        self.state.join("locks").join(format!("{chain_id}-{account:x}.lock"))
    }
}

fn env_path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
