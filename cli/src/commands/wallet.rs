//! `chartkey wallet`: an account key and an unlock key, each in its keystore (crypto.md 5.1).

use serde_json::json;

use super::coin;
use crate::args::Wallet;
use crate::error::Error;
use crate::files;
use crate::keystore::{self, Secret};
use crate::output::Report;
use crate::session::{Session, checked_name};
use crate::signer::{address_of, keys_of_phrase, new_phrase, new_secret};
use crate::text::printable;

pub(super) async fn run(session: &Session, command: Wallet) -> Result<Report, Error> {
    match command {
        Wallet::New { name, mnemonic } => new(session, &name_of(session, name)?, mnemonic),
        Wallet::Import { name } => import(session, &name_of(session, name)?),
        Wallet::List => list(session),
        Wallet::Balance { address } => coin::balance(session, address).await,
        Wallet::Send { to, amount } => coin::send(session, to, &amount).await,
    }
}

fn name_of(session: &Session, name: Option<String>) -> Result<String, Error> {
    let account = || session.global.account.clone();
    let name = name.or_else(account).ok_or_else(|| Error::Usage {
        message: "the wallet needs a name".into(),
        hint: "chartkey wallet new NAME".into(),
    })?;
    checked_name(&name)
}

fn new(session: &Session, name: &str, is_phrase: bool) -> Result<Report, Error> {
    refuse_taken(session, name)?;
    if !is_phrase {
        return store(session, name, &new_secret()?, &new_secret()?, None);
    }
    let phrase = new_phrase()?;
    let (account, unlock) = keys_of_phrase(&phrase, session.global.mnemonic_index)?;
    store(session, name, &account, &unlock, Some(&phrase))
}

fn import(session: &Session, name: &str) -> Result<Report, Error> {
    refuse_taken(session, name)?;
    let account = session.named_secret()?.ok_or_else(|| Error::Usage {
        message: "nothing to import".into(),
        hint: "give --mnemonic-file, --key-file or --keystore".into(),
    })?;
    let unlock = match session.phrase_unlock_secret()? {
        Some(unlock) => unlock,
        // A single key has no phrase to derive the second from: the unlock key is a new one.
        None => new_secret()?,
    };
    store(session, name, &account, &unlock, None)
}

pub(super) fn refuse_taken(session: &Session, name: &str) -> Result<(), Error> {
    for path in [session.home.keystore(name), session.home.unlock_keystore(name)] {
        if path.exists() {
            return Err(Error::Usage {
                message: format!("{} exists; a keystore is never replaced", path.display()),
                hint: "choose another name".into(),
            });
        }
    }
    Ok(())
}

pub(super) fn store(
    session: &Session,
    name: &str,
    account: &Secret,
    unlock: &Secret,
    phrase: Option<&str>,
) -> Result<Report, Error> {
    let password = session.new_password()?;
    session.screen.doing("deriving keys from the password");
    let (path, unlock_path) = (session.home.keystore(name), session.home.unlock_keystore(name));
    let address = address_of(account)?;
    keystore::write(&unlock_path, unlock, address_of(unlock)?, password)?;
    if let Err(error) = keystore::write(&path, account, address, password) {
        // Half a wallet would hold the name for ever.
        files::remove(&unlock_path)?;
        return Err(error.into());
    }
    let mut text = format!(
        "{name}  {address}\naccount key  {}\nunlock key   {}\nWhoever loses both files and the \
         phrase loses the records.",
        path.display(),
        unlock_path.display()
    );
    if let Some(phrase) = phrase {
        text = format!("{text}\nphrase, shown this once: {phrase}");
    }
    let data = json!({
        "name": name,
        "address": address.to_checksum(None),
        "keystore": path,
        "unlockKeystore": unlock_path,
        "mnemonic": phrase,
    });
    Ok(Report::new(data, text))
}

fn list(session: &Session) -> Result<Report, Error> {
    let folder = session.home.data.join("keystores");
    let mut names: Vec<String> = match std::fs::read_dir(&folder) {
        Ok(files) => files
            .flatten()
            .filter_map(|file| {
                file.file_name().into_string().ok()?.strip_suffix(".json").map(Into::into)
            })
            .collect(),
        Err(_) => Vec::new(),
    };
    names.sort();
    let mut wallets = Vec::new();
    let mut text = String::new();
    for name in names {
        let file = keystore::document(&session.home.keystore(&name));
        let shown = match &file {
            Ok(file) => file.address().map(|address| address.to_checksum(None)),
            Err(_) => None,
        };
        let told = match (&file, &shown) {
            (Err(error), _) => format!("({error})"),
            (Ok(_), Some(address)) => address.clone(),
            (Ok(_), None) => "(no address in the file)".to_owned(),
        };
        text.push_str(&format!("{}  {}\n", printable(&name), printable(&told)));
        wallets.push(json!({"name": name, "address": shown}));
    }
    Ok(Report::new(json!({ "wallets": wallets }), text))
}
