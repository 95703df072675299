//! One run of a command: settings, connection, keys.

use std::io::Read;
use std::path::PathBuf;

use alloy_primitives::{Address, B256, keccak256};
use chartkey_crypto::{Identity, Root, UnlockSignature, unlock_message};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::args::Global;
use crate::error::Error;
use crate::files;
use crate::keystore::{self, Secret};
use crate::output::Screen;
use crate::rpc::Rpc;
use crate::settings::{Home, Settings, Sourced};
use crate::signer::{Signer, keys_of_phrase, parse_secret};

/// Everything that a command works with.
#[derive(Debug)]
pub struct Session {
    /// The flags.
    pub global: Global,
    /// Where messages go.
    pub screen: Screen,
    /// The user's folders.
    pub home: Home,
    /// What holds for this run.
    pub settings: Settings,
    /// The endpoint.
    pub rpc: Rpc,
    chain_id: OnceCell<u64>,
    /// Read once: a descriptor or a pipe cannot be read twice.
    password: std::cell::OnceCell<Zeroizing<String>>,
}

impl Session {
    /// Reads settings; nothing is sent and no secret is asked for yet.
    ///
    /// # Errors
    ///
    /// Unusable settings.
    pub fn open(global: Global) -> Result<Self, Error> {
        let home = Home::find(&global)?;
        let settings = Settings::resolve(&global, &home)?;
        let url = settings.rpc_urls.value.first().cloned().unwrap_or_default();
        let rpc = Rpc::new(&url, global.insecure_http)?;
        let screen = Screen::new(&global);
        Ok(Self {
            global,
            screen,
            home,
            settings,
            rpc,
            chain_id: OnceCell::new(),
            password: std::cell::OnceCell::new(),
        })
    }

    /// The node's chain, which must be the profile's.
    ///
    /// # Errors
    ///
    /// [`Error::WrongChain`], or the node's own.
    pub async fn chain_id(&self) -> Result<u64, Error> {
        let found = *self.chain_id.get_or_try_init(|| self.rpc.chain_id()).await?;
        match self.settings.profile.chain_id {
            Some(expected) if expected != found => Err(Error::WrongChain { expected, found }),
            _ => Ok(found),
        }
    }

    /// The records program, after checking that it is the one in the profile.
    ///
    /// # Errors
    ///
    /// No address, no contract, another contract.
    pub async fn records(&self) -> Result<Address, Error> {
        self.program(&self.settings.records, "--records", self.settings.profile.records_code_hash)
            .await
    }

    /// The stays program, after checking that it is the one in the profile.
    ///
    /// # Errors
    ///
    /// No address, no contract, another contract.
    pub async fn stays(&self) -> Result<Address, Error> {
        self.program(&self.settings.stays, "--stays", self.settings.profile.stays_code_hash).await
    }

    async fn program(
        &self,
        address: &Option<Sourced<Address>>,
        flag: &str,
        code_hash: Option<B256>,
    ) -> Result<Address, Error> {
        let Some(Sourced { value: address, source }) = address.clone() else {
            return Err(Error::Usage {
                message: format!("no address of the program; expected {flag} or a profile"),
                hint: format!("deploy with: chartkey deploy, or give {flag} ADDR"),
            });
        };
        self.chain_id().await?;
        let code = self.rpc.code(address).await?;
        if code.is_empty() {
            return Err(Error::NoContract { address });
        }
        let is_saved = source.starts_with("profile");
        if is_saved && code_hash.is_some_and(|expected| expected != keccak256(&code)) {
            return Err(Error::CodeChanged { address });
        }
        Ok(address)
    }

    /// The account's signer.
    ///
    /// # Errors
    ///
    /// No key, a wrong password.
    pub fn signer(&self) -> Result<Signer, Error> {
        Ok(Signer::from_secret(&self.account_secret()?)?)
    }

    fn account_secret(&self) -> Result<Secret, Error> {
        if let Some(file) = &self.global.mnemonic_file {
            return Ok(self.phrase_keys(file)?.0);
        }
        if let Some(file) = &self.global.key_file {
            return Ok(parse_secret(&text_of(files::read_private(file)?)?)?);
        }
        let path = match (&self.global.keystore, &self.settings.account) {
            (Some(path), _) => path.clone(),
            (None, Some(name)) => self.home.keystore(&checked_name(&name.value)?),
            (None, None) => {
                return Err(Error::NoKey {
                    message: "no account to sign with".into(),
                    hint: "give --account NAME; make one with: chartkey wallet new NAME".into(),
                });
            }
        };
        Ok(keystore::open(&path, self.password()?)?)
    }

    fn phrase_keys(&self, file: &std::path::Path) -> Result<(Secret, Secret), Error> {
        let phrase = text_of(files::read_input(file)?)?;
        Ok(keys_of_phrase(&phrase, self.global.mnemonic_index)?)
    }

    /// The root of the account's keys, by a signature of its unlock key (crypto.md section 5.1).
    ///
    /// # Errors
    ///
    /// No unlock key, a wrong password, a signer that answers differently each time.
    pub async fn root(&self, account: Address, contract: Address) -> Result<Root, Error> {
        let identity = Identity {
            chain_id: self.chain_id().await?,
            contract: contract.into_array(),
            account: account.into_array(),
            version: 1,
        };
        let unlock = Signer::from_secret(&self.unlock_secret()?)?;
        let [first, second] = unlock.sign_text_twice(&unlock_message(&identity))?;
        if first != second {
            return Err(chartkey_crypto::Error::NonDeterministicSigner.into());
        }
        let half = |at: usize| -> [u8; 32] {
            first[at..at + 32].try_into().expect("a signature has 65 bytes")
        };
        Ok(Root::derive(&identity, &UnlockSignature::new(half(0), half(32)), None))
    }

    fn unlock_secret(&self) -> Result<Secret, Error> {
        if self.global.unlock_with_account_key {
            self.screen.note(
                "warning: the account's public key is on chain; a future quantum computer could \
                 derive it and read every record that it unlocks",
            );
            return self.account_secret();
        }
        if let Some(file) = &self.global.mnemonic_file {
            return Ok(self.phrase_keys(file)?.1);
        }
        let path = match (&self.global.unlock_keystore, &self.settings.account) {
            (Some(path), _) => path.clone(),
            (None, Some(name)) => self.home.unlock_keystore(&checked_name(&name.value)?),
            (None, None) => {
                return Err(Error::NoKey {
                    message: "no unlock key".into(),
                    hint: "give --account NAME, --unlock-keystore FILE or --mnemonic-file FILE"
                        .into(),
                });
            }
        };
        Ok(keystore::open(&path, self.password()?)?)
    }

    /// The password, from wherever the flags say, else asked on the terminal.
    ///
    /// # Errors
    ///
    /// A source that cannot be read; nobody to ask.
    pub fn password(&self) -> Result<&str, Error> {
        if let Some(password) = self.password.get() {
            return Ok(password);
        }
        let password = self.read_password()?;
        Ok(self.password.get_or_init(|| password))
    }

    fn read_password(&self) -> Result<Zeroizing<String>, Error> {
        let from_environment = ["CHARTKEY_PASSWORD_FILE", "ETH_PASSWORD"]
            .iter()
            .find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        let file =
            self.global.password_file.clone().or_else(|| from_environment.map(PathBuf::from));
        if let Some(number) = self.global.password_fd {
            let mut bytes = Vec::new();
            let path = format!("/dev/fd/{number}");
            let read = std::fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes));
            read.map_err(|_| Error::NoKey {
                message: format!("cannot read the password from file descriptor {number}"),
                hint: "open it in the shell, e.g. --password-fd 3 3< FILE".into(),
            })?;
            return one_line(bytes);
        }
        if let Some(command) = &self.global.password_command {
            return password_of_command(command);
        }
        if let Some(file) = file {
            return one_line(files::read(&file)?);
        }
        if !self.screen.can_ask() {
            return Err(Error::NoKey {
                message: "a password is needed, and there is no terminal to ask on".into(),
                hint: "give --password-file, --password-fd or --password-command".into(),
            });
        }
        rpassword::prompt_password("Password: ").map(Zeroizing::new).map_err(|_| Error::NoKey {
            message: "no password was entered".into(),
            hint: "give --password-file, --password-fd or --password-command".into(),
        })
    }
}

/// Runs without a shell: words are split at white space.
fn password_of_command(command: &str) -> Result<Zeroizing<String>, Error> {
    let refused = |message: String| Error::NoKey {
        message,
        hint: "the command must print the password and end with 0".into(),
    };
    let mut words = command.split_whitespace();
    let program = words.next().ok_or_else(|| refused("--password-command is empty".into()))?;
    let output = std::process::Command::new(program)
        .args(words)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| refused(format!("{program} cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(refused(format!("{program} ended with {}", output.status)));
    }
    one_line(output.stdout)
}

/// One trailing newline is removed, nothing else.
fn one_line(bytes: Vec<u8>) -> Result<Zeroizing<String>, Error> {
    let mut text = text_of(bytes)?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

fn text_of(bytes: Vec<u8>) -> Result<Zeroizing<String>, Error> {
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        Error::NoKey { message: "the secret is not UTF-8 text".into(), hint: String::new() }
    })
}

/// Names are file names.
///
/// # Errors
///
/// [`Error::Usage`] for anything but letters, digits, `.`, `_` and `-`, or a leading dot.
pub fn checked_name(name: &str) -> Result<String, Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(Error::Usage {
            message: "this cannot be a name; expected letters, digits, '.', '_' and '-'".into(),
            hint: "choose another name".into(),
        });
    }
    Ok(name.to_owned())
}
