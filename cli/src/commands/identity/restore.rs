//! `identity restore`: an account on a new machine, from its phrase or keystores and the chain
//! (crypto.md section 5.4). Nothing is sent.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, hex};
use alloy_sol_types::SolEvent;
use chartkey_abi::{IRecords, records_slot};
use serde_json::json;

use super::super::wallet;
use super::show::named;
use crate::error::Error;
use crate::identity::{By, shown};
use crate::output::Report;
use crate::rpc::Call;
use crate::session::{Held, Session, checked_name};
use crate::signer::{address_of, new_secret};

pub(super) async fn run(session: &Session, name: Option<String>) -> Result<Report, Error> {
    let name = name.or_else(|| session.global.account.clone()).ok_or_else(|| Error::Usage {
        message: "the wallet needs a name".into(),
        hint: "chartkey identity restore NAME --mnemonic-file FILE".into(),
    })?;
    let name = checked_name(&name)?;
    wallet::refuse_taken(session, &name)?;
    let secret = session.named_secret()?.ok_or_else(|| Error::Usage {
        message: "nothing to restore from".into(),
        hint: "give --mnemonic-file FILE, or --keystore FILE and --unlock-keystore FILE".into(),
    })?;
    let account = address_of(&secret)?;
    let contract = session.records().await?;
    // Compared before anything is written: WrongUnlockKey leaves the folder as it was.
    let (own, way) = session.identity_and_way(account, contract, Held::Taken).await?;
    let (Some(key), Some(by)) = (own.registered, way) else {
        return Err(Error::NotFound {
            message: format!(
                "{account} has registered no key here; there is nothing to compare with"
            ),
            hint: format!("take the keys over with: chartkey wallet import {name}"),
        });
    };
    let unlock = match (session.named_unlock_secret()?, by) {
        (Some(unlock), _) => unlock,
        // The unlock key is no way to this identity; each wallet has one all the same.
        (None, By::KeySlot | By::AccountKey) => new_secret()?,
        (None, _) => return Err(session.no_unlock_key()),
    };
    let stored = wallet::store(session, &name, &secret, &unlock, None)?;
    let records = owned_records(session, account, contract).await?;
    let listed: String = records.iter().map(|record| format!("\n  {record}")).collect();
    let text = format!(
        "{}\n\nversion {} of the key of {account} is here, by {}; fingerprint:\n{}\nrecords of this \
         account: {}{listed}",
        stored.text,
        key.version,
        named(by),
        shown(&key.id),
        records.len(),
    );
    let data = json!({
        "name": name,
        "account": account.to_checksum(None),
        "keystore": stored.data["keystore"],
        "unlockKeystore": stored.data["unlockKeystore"],
        "keyId": hex::encode_prefixed(key.id.0),
        "version": key.version,
        "fingerprint": key.id.fingerprint(),
        "by": named(by),
        "records": records,
    });
    Ok(Report::new(data, text))
}

/// The records that the account is in charge of now: those that it created or took over, as the
/// logs name them, and whose word names it.
async fn owned_records(
    session: &Session,
    account: Address,
    contract: Address,
) -> Result<Vec<B256>, Error> {
    session.screen.doing("looking for records");
    let topics = |event: B256| vec![vec![event], Vec::new(), vec![account.into_word()]];
    let mut candidates = BTreeSet::new();
    for event in [IRecords::RecordCreated::SIGNATURE_HASH, IRecords::AccessChanged::SIGNATURE_HASH]
    {
        let logs = session.logs_from_start(contract, topics(event)).await?;
        candidates.extend(logs.iter().filter_map(|log| log.topics.get(1).copied()));
    }
    let candidates: Vec<_> = candidates.into_iter().collect();
    let block = session.common_block().await?;
    let word = |record: &B256| {
        Call::new("eth_getStorageAt", json!([contract, records_slot::record(*record), block]))
    };
    let calls: Vec<_> = candidates.iter().map(word).collect();
    let answers = session.agreed(&calls, |index| format!("record {}", candidates[index])).await?;
    let mut owned = Vec::new();
    for (record, answer) in candidates.iter().zip(answers) {
        let word: B256 = session.rpc.typed("eth_getStorageAt", answer)?;
        if Address::from_word(word) == account {
            owned.push(*record);
        }
    }
    session.screen.doing("working");
    Ok(owned)
}
