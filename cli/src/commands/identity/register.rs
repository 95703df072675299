//! `identity register`, `identity rotate` and `identity slot add`: what puts a key on chain.

use alloy_primitives::{Address, hex};
use chartkey_abi::IRecords;
use chartkey_crypto::{Identity, RegisteredKey};
use serde_json::{Value, json};

use crate::args::Source;
use crate::error::Error;
use crate::identity::{By, Registration, shown};
use crate::output::Report;
use crate::refusal;
use crate::rpc::Receipt;
use crate::session::{Account, Held, Mode, Session};

/// What a rotation does and what it does not.
const ROTATED: &str = "\
What was sealed before stays readable to whoever has the old root.
Rotate your record now: chartkey record rotate
Where this account reads, each owner has to deliver again.
Was the unlock key itself stolen? The thief derives this version too: rotate again with --passphrase
or --random-root.";

pub(super) async fn register(session: &Session, source: Source) -> Result<Report, Error> {
    let contract = session.records().await?;
    let account = session.account().await?;
    let registered = session.registered_key(account.address, contract).await?;
    let identity = session.identity_named(account.address, contract, 1).await?;
    let made = match registered {
        None => session.registration(identity, mode(source))?,
        Some(key) => {
            let found = match key.version {
                1 => session.interrupted_registration(account, identity, mode(source)).await?,
                _ => None,
            };
            if found.is_none() && source.random_root {
                warn_of_missing_slot(session, &identity, key).await?;
            }
            let needed = key.version.saturating_add(1);
            found.ok_or_else(|| refusal::foreseen(&IRecords::KeyVersion { version: 1, needed }))?
        }
    };
    let Some((receipt, slot)) = send(session, account, &made, source).await? else {
        return Ok(session.rehearsal());
    };
    let text = described(&made, &receipt);
    Ok(Report::new(data(&made, &receipt, slot.as_ref()), text))
}

pub(super) async fn rotate(session: &Session, source: Source) -> Result<Report, Error> {
    let contract = session.records().await?;
    let account = session.account().await?;
    // The old key must be here: a key that is lost is not repaired by a new one. An unlocked session
    // would not tell whether it takes a passphrase.
    let (own, way) = session.identity_and_way(account.address, contract, Held::Passed).await?;
    let Some(by) = way else { return Err(not_registered(account.address)) };
    let mode = match mode(source) {
        Mode::AsGiven if by == By::KeySlot => return Err(weaker("a random root", "--random-root")),
        // Given by flag or asked for: the new key is not weaker than the old one.
        Mode::AsGiven if by == By::Passphrase => Mode::Passphrase,
        mode => mode,
    };
    let found = match own.identity.version {
        // A registration that was interrupted is no rotation.
        1 => None,
        _ => session.interrupted_registration(account, own.identity, mode).await?,
    };
    let made = match found {
        Some(made) => made,
        None => session.registration(own.identity.rotated()?, mode)?,
    };
    let Some((receipt, slot)) = send(session, account, &made, source).await? else {
        return Ok(session.rehearsal());
    };
    let text = format!("{}\n{ROTATED}", described(&made, &receipt));
    Ok(Report::new(data(&made, &receipt, slot.as_ref()), text))
}

pub(super) async fn add_slot(session: &Session) -> Result<Report, Error> {
    let contract = session.records().await?;
    let account = session.account().await?;
    let own = session.identity(account.address, contract).await?;
    if own.registered.is_none() {
        return Err(not_registered(account.address));
    }
    let slot = session.sealed_slot(&own.identity, &own.root)?;
    let Some(receipt) = session.publish_slot(account, contract, &slot).await? else {
        return Ok(session.rehearsal());
    };
    let text = format!(
        "version {} of the key of {} has one more slot; its wallet and --slot-domain open it",
        own.identity.version, account.address
    );
    let data = json!({
        "account": account.address.to_checksum(None),
        "version": own.identity.version,
        "kind": 1,
        "slot": hex::encode_prefixed(&slot),
        "tx": receipt.transaction_hash,
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, text))
}

/// An earlier run may have been killed between key and slot: our copy is all there is then.
async fn warn_of_missing_slot(
    session: &Session,
    identity: &Identity,
    key: RegisteredKey,
) -> Result<(), Error> {
    if session.kept_slot(identity)?.is_none() {
        return Ok(());
    }
    let slots = session.key_slots(identity.account.into(), identity.contract.into()).await?;
    if !slots.iter().any(|slot| slot.key.0 == key.to_word()) {
        session.screen.warn(
            "the key slot of this random root is in this home only; publish it: chartkey identity \
             slot add",
        );
    }
    Ok(())
}

const fn mode(source: Source) -> Mode {
    match source {
        Source { random_root: true, .. } => Mode::Random,
        Source { passphrase: true, .. } => Mode::Passphrase,
        _ => Mode::AsGiven,
    }
}

/// Registers, and publishes the slot that a random root needs; `None` after `--dry-run`.
async fn send(
    session: &Session,
    account: Account,
    made: &Registration,
    source: Source,
) -> Result<Option<(Receipt, Option<Receipt>)>, Error> {
    let contract = Address::from(made.identity.contract);
    let slot = match source.random_root {
        true => Some(session.sealed_slot(&made.identity, &made.root)?),
        false => None,
    };
    let keep = || match &slot {
        // Before the key is on chain: between the two transactions it is the only way back.
        Some(slot) => session.keep_slot(&made.identity, slot),
        None => Ok(()),
    };
    let Some(receipt) = session.register(account, made, keep).await? else {
        return Ok(None);
    };
    let published = match &slot {
        Some(slot) => session.publish_slot(account, contract, slot).await?,
        None => None,
    };
    Ok(Some((receipt, published)))
}

fn described(made: &Registration, receipt: &Receipt) -> String {
    let account = Address::from(made.identity.account);
    format!(
        "version {} of the key of {account} is registered ({} gas)\n\nFingerprint, for people who are to \
         seal to you; read it to them, or show it:\n{}\nPublic for ever: the public half of the \
         key, its id, its version and when. Not public: the unlock key and its address.",
        made.identity.version,
        receipt.gas_used,
        shown(&made.key_id),
    )
}

fn data(made: &Registration, receipt: &Receipt, slot: Option<&Receipt>) -> Value {
    json!({
        "account": Address::from(made.identity.account).to_checksum(None),
        "keyId": hex::encode_prefixed(made.key_id.0),
        "version": made.identity.version,
        "fingerprint": made.key_id.fingerprint(),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
        "slotTx": slot.map(|receipt| receipt.transaction_hash),
    })
}

fn not_registered(account: Address) -> Error {
    Error::NotFound {
        message: format!("{account} has registered no key here"),
        hint: "chartkey identity register".into(),
    }
}

fn weaker(had: &str, flag: &str) -> Error {
    Error::Usage {
        message: format!(
            "this identity has {had}, and the new key would follow from the unlock key"
        ),
        hint: format!("add {flag}, or --passphrase"),
    }
}
