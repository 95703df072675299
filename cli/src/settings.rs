//! What holds for this run, and where each value comes from.
//!
//! Order: flag > environment > project file > user file > built in (guides/cli.md section 4).

mod file;
mod home;

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256};

use crate::args::Global;
use crate::error::Error;

pub use file::{File, Profile, Trust};
pub use home::Home;

/// Where a local node listens.
const DEFAULT_RPC: &str = "http://127.0.0.1:8547";
/// Name of the profile when none is named.
const DEFAULT_PROFILE: &str = "default";
/// Name of the file that a project may bring.
const PROJECT_FILE: &str = "chartkey.toml";

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Flag, environment variable or file.
    pub source: String,
}

/// A program and the code it should have.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its address.
    pub address: Sourced<Address>,
    /// Keccak-256 of its code, where a profile says it.
    pub code_hash: Option<B256>,
}

/// What holds for this run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the profile.
    pub profile_name: Sourced<String>,
    /// Endpoints, one or two.
    pub rpc_urls: Sourced<Vec<String>>,
    /// The chain that the profile is on.
    pub chain_id: Option<Sourced<u64>>,
    /// First block that can hold logs of the records program.
    pub from_block: Option<u64>,
    /// The records program.
    pub records: Option<Program>,
    /// The stays program.
    pub stays: Option<Program>,
    /// Keystore name.
    pub account: Option<Sourced<String>>,
    /// File with the password.
    pub password_file: Option<Sourced<PathBuf>>,
    /// The project's file, and whether it is trusted.
    pub project: Option<(PathBuf, bool)>,
    /// Whether the user's own file has the profile.
    pub is_profile_taken: bool,
    /// What a person should know before anything else happens.
    pub warnings: Vec<String>,
}

/// The files that say something about the profile, strongest first.
struct Layers {
    project: Option<(PathBuf, Profile)>,
    user: (PathBuf, Profile),
    name: String,
}

impl Layers {
    /// The first of them that `field` finds something in.
    fn find<T>(&self, field: impl Fn(&Profile) -> Option<T>) -> Option<Sourced<T>> {
        let project = self.project.as_ref().map(|(path, profile)| (path, profile));
        let layers = project.into_iter().chain([(&self.user.0, &self.user.1)]);
        layers.into_iter().find_map(|(path, profile)| {
            let source = format!("profile {} in {}", self.name, path.display());
            field(profile).map(|value| Sourced { value, source })
        })
    }
}

impl Settings {
    /// Reads everything that decides this run.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for an unreadable file or an unreadable environment variable.
    pub fn resolve(global: &Global, home: &Home) -> Result<Self, Error> {
        let user = File::read(&home.config_file())?;
        let project = Project::find(home)?;
        let mut warnings = Vec::new();
        let profile_name = profile_name(global, home, &user, project.as_ref());
        let name = &profile_name.value;
        let user_profile = user.profiles.get(name).cloned();
        let layers = Layers {
            project: project.as_ref().and_then(|project| project.profile(name, &mut warnings)),
            user: (home.config_file(), user_profile.clone().unwrap_or_default()),
            name: name.clone(),
        };
        Ok(Self {
            rpc_urls: rpc_urls(global, &layers),
            chain_id: layers.find(|profile| profile.chain_id),
            from_block: layers.find(|profile| profile.records_block).map(|found| found.value),
            records: program(
                global.records,
                ("--records", "CHARTKEY_RECORDS"),
                &layers,
                |profile| Some((profile.records?, profile.records_code_hash)),
            )?,
            stays: program(global.stays, ("--stays", "CHARTKEY_STAYS"), &layers, |profile| {
                Some((profile.stays?, profile.stays_code_hash))
            })?,
            account: flag(&global.account, "--account")
                .or_else(|| env_text(&["CHARTKEY_ACCOUNT", "ETH_KEYSTORE_ACCOUNT"]))
                .or_else(|| layers.find(|profile| profile.account.clone())),
            // In cast ETH_PASSWORD is the path of a password file; the same here.
            password_file: flag(&global.password_file, "--password-file").or_else(|| {
                let found = env_text(&["CHARTKEY_PASSWORD_FILE", "ETH_PASSWORD"])?;
                Some(Sourced { value: found.value.into(), source: found.source })
            }),
            project: project.map(|project| (project.path, project.is_trusted)),
            is_profile_taken: user_profile.is_some_and(|profile| profile.records.is_some()),
            profile_name,
            warnings,
        })
    }
}

fn flag<T: Clone>(value: &Option<T>, name: &str) -> Option<Sourced<T>> {
    value.clone().map(|value| Sourced { value, source: format!("flag {name}") })
}

fn env_text(names: &[&'static str]) -> Option<Sourced<String>> {
    names.iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some(Sourced { value, source: format!("environment {name}") })
    })
}

fn profile_name(
    global: &Global,
    home: &Home,
    user: &File,
    project: Option<&Project>,
) -> Sourced<String> {
    let in_file = |file: &File, path: &Path| {
        let value = file.default_profile.clone()?;
        Some(Sourced { value, source: format!("default_profile in {}", path.display()) })
    };
    flag(&global.profile, "--profile")
        .or_else(|| env_text(&["CHARTKEY_PROFILE"]))
        // Choosing one of the user's profiles chooses its endpoint and account.
        .or_else(|| {
            project
                .filter(|project| project.is_trusted)
                .and_then(|project| in_file(&project.file, &project.path))
        })
        .or_else(|| in_file(user, &home.config_file()))
        .unwrap_or_else(|| Sourced {
            value: DEFAULT_PROFILE.to_owned(),
            source: "built in".to_owned(),
        })
}

fn rpc_urls(global: &Global, layers: &Layers) -> Sourced<Vec<String>> {
    if !global.rpc_url.is_empty() {
        return Sourced { value: global.rpc_url.clone(), source: "flag --rpc-url".to_owned() };
    }
    let one = env_text(&["CHARTKEY_RPC_URL", "ETH_RPC_URL"])
        .or_else(|| layers.find(|profile| profile.rpc_url.clone()))
        .unwrap_or_else(|| Sourced {
            value: DEFAULT_RPC.to_owned(),
            source: "built in".to_owned(),
        });
    Sourced { value: vec![one.value], source: one.source }
}

/// An address and the hash that belongs to it: both from the same file.
fn program(
    given: Option<Address>,
    (name, variable): (&str, &'static str),
    layers: &Layers,
    field: impl Fn(&Profile) -> Option<(Address, Option<B256>)>,
) -> Result<Option<Program>, Error> {
    let saved = layers.find(field);
    let hash_of = |address: Address| {
        saved.as_ref().filter(|saved| saved.value.0 == address).and_then(|saved| saved.value.1)
    };
    let named = match flag(&given, name) {
        Some(named) => Some(named),
        None => env_text(&[variable])
            .map(|found| match found.value.parse() {
                Ok(value) => Ok(Sourced { value, source: found.source }),
                Err(_) => Err(Error::Usage {
                    message: format!("{variable} is not an address"),
                    hint: format!("write 0x and 40 hex digits, or unset {variable}"),
                }),
            })
            .transpose()?,
    };
    Ok(match (named, &saved) {
        (Some(address), _) => {
            let code_hash = hash_of(address.value);
            Some(Program { address, code_hash })
        }
        (None, Some(saved)) => Some(Program {
            address: Sourced { value: saved.value.0, source: saved.source.clone() },
            code_hash: saved.value.1,
        }),
        (None, None) => None,
    })
}

/// The nearest `chartkey.toml` upwards.
struct Project {
    path: PathBuf,
    file: File,
    is_trusted: bool,
}

impl Project {
    fn find(home: &Home) -> Result<Option<Self>, Error> {
        let Ok(start) = std::env::current_dir() else { return Ok(None) };
        let Some(path) =
            start.ancestors().map(|folder| folder.join(PROJECT_FILE)).find(|path| path.is_file())
        else {
            return Ok(None);
        };
        let folder = path.parent().unwrap_or(&start);
        let is_trusted = Trust::read(home)?.holds(folder);
        Ok(Some(Self { file: File::read(&path)?, path, is_trusted }))
    }

    /// The profile as far as the file may set it: the folder may have come by mail.
    fn profile(&self, name: &str, warnings: &mut Vec<String>) -> Option<(PathBuf, Profile)> {
        let mut profile = self.file.profiles.get(name)?.clone();
        if !self.is_trusted && (profile.rpc_url.take().is_some() | profile.account.take().is_some())
        {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            warnings.push(format!(
                "endpoint and account in {} are ignored; to use them: chartkey config trust {}",
                self.path.display(),
                folder.display()
            ));
        }
        Some((self.path.clone(), profile))
    }
}
