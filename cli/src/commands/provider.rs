//! `chartkey provider`: credentials of providers, and the registrar's post.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, credential_flag};
use serde_json::{Value, json};

use crate::args::{Credential as CredentialCommand, Provider, Registrar as RegistrarCommand};
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::refusal;
use crate::session::{Account, Credential, Session};
use crate::transact::Plan;

/// Days count from here in seconds.
const DAY_SECONDS: u64 = 86_400;

pub(super) async fn run(session: &Session, command: Provider) -> Result<Report, Error> {
    let contract = session.records().await?;
    match command {
        Provider::Credential(command) => credential(session, contract, command).await,
        Provider::Registrar(command) => registrar(session, contract, command).await,
    }
}

async fn credential(
    session: &Session,
    contract: Address,
    command: CredentialCommand,
) -> Result<Report, Error> {
    use CredentialCommand as C;
    match command {
        C::Set { address, valid_from, until, emergency } => {
            let flags = if emergency { credential_flag::EMERGENCY } else { 0 };
            let stated = Credential {
                valid_from: midnight(&valid_from)?,
                valid_until: midnight(&until)?,
                flags,
            };
            require_terms(&stated)?;
            state(session, contract, address, stated).await
        }
        C::Suspend { address } => {
            let stated = stated(session, contract, address).await?;
            let flags = stated.flags | credential_flag::SUSPENDED;
            state(session, contract, address, Credential { flags, ..stated }).await
        }
        C::Resume { address } => {
            let stated = stated(session, contract, address).await?;
            let flags = stated.flags & !credential_flag::SUSPENDED;
            state(session, contract, address, Credential { flags, ..stated }).await
        }
        C::Show { address } => {
            let account = match address {
                Some(address) => address,
                None => session.account().await?.address,
            };
            let found = session.credential(account, contract).await?;
            let text = match &found {
                Some(found) => format!("{account}  {}", described(found)),
                None => format!("{account}  no credential"),
            };
            let data = json!({
                "account": account.to_checksum(None),
                "credential": found.as_ref().map(json),
            });
            Ok(Report::new(data, text))
        }
    }
}

/// What is stated about an account, to be changed.
async fn stated(
    session: &Session,
    contract: Address,
    account: Address,
) -> Result<Credential, Error> {
    let found = session.credential(account, contract).await?;
    found.ok_or_else(|| Error::NotFound {
        message: format!("nothing is stated about {account}"),
        hint: "chartkey provider credential set ADDR --valid-from DATE --until DATE".into(),
    })
}

async fn state(
    session: &Session,
    contract: Address,
    account: Address,
    stated: Credential,
) -> Result<Report, Error> {
    let registrar = require_registrar(session, contract).await?;
    let call = IRecords::setCredentialCall {
        account,
        validFrom: stated.valid_from,
        validUntil: stated.valid_until,
        flags: stated.flags,
    };
    let plan = Plan {
        to: Some(contract),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!("State that {account} is a provider, {}", described(&stated)),
        public: "that this account is a provider, from when until when, and with which flags"
            .into(),
    };
    let Some(receipt) = session.send(registrar, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let mut data = json!({
        "account": account.to_checksum(None),
        "credential": json(&stated),
    });
    data["tx"] = json!(receipt.transaction_hash);
    Ok(Report::new(data, format!("{account}  {}", described(&stated))))
}

async fn registrar(
    session: &Session,
    contract: Address,
    command: RegistrarCommand,
) -> Result<Report, Error> {
    let (account, data, what, public) = match command {
        RegistrarCommand::Show => return show_registrar(session, contract).await,
        RegistrarCommand::Offer { address } => (
            require_registrar(session, contract).await?,
            IRecords::offerRegistrarCall { account: address }.abi_encode(),
            format!("Offer the registrar's post to {address}; it is yours until they take it"),
            "both accounts, and that the post was offered",
        ),
        RegistrarCommand::Accept => {
            let account = session.account().await?;
            let found = session.registrar(contract).await?;
            if found.offered_to != Some(account.address) {
                let caller = account.address;
                return Err(refusal::foreseen(&IRecords::NotOffered { caller }));
            }
            (
                account,
                IRecords::acceptRegistrarCall {}.abi_encode(),
                format!("Take the registrar's post with {}", account.address),
                "that this account is the registrar",
            )
        }
    };
    let plan = Plan {
        to: Some(contract),
        value_wei: U256::ZERO,
        data: data.into(),
        what,
        public: public.into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    Ok(Report::new(json!({"tx": receipt.transaction_hash}), "done".into()))
}

async fn show_registrar(session: &Session, contract: Address) -> Result<Report, Error> {
    let found = session.registrar(contract).await?;
    let named = |account: Option<Address>| {
        account.map_or_else(|| "nobody".to_owned(), |account| account.to_checksum(None))
    };
    let text =
        format!("registrar   {}\noffered to  {}", named(found.account), named(found.offered_to));
    let data = json!({
        "registrar": found.account.map(|account| account.to_checksum(None)),
        "offeredTo": found.offered_to.map(|account| account.to_checksum(None)),
    });
    Ok(Report::new(data, text))
}

/// The account, if it is the registrar: what the contract would refuse is not sent.
async fn require_registrar(session: &Session, contract: Address) -> Result<Account, Error> {
    let account = session.account().await?;
    if session.registrar(contract).await?.account != Some(account.address) {
        let caller = account.address;
        return Err(refusal::foreseen(&IRecords::NotRegistrar { caller }));
    }
    Ok(account)
}

fn require_terms(stated: &Credential) -> Result<(), Error> {
    let &Credential { valid_from, valid_until, flags } = stated;
    if valid_from < valid_until {
        return Ok(());
    }
    let error = IRecords::CredentialTerms { validFrom: valid_from, validUntil: valid_until, flags };
    Err(refusal::foreseen(&error))
}

fn midnight(date: &str) -> Result<u64, Error> {
    Ok(u64::from(dates::parse_day(date)?) * DAY_SECONDS)
}

/// A credential in words.
pub(super) fn described(stated: &Credential) -> String {
    let now = dates::now();
    let status = match stated {
        stated if stated.is_suspended() => "suspended",
        stated if stated.is_current(now) => "holds now",
        stated if now < stated.valid_from => "not yet",
        _ => "no more",
    };
    let emergency = if stated.is_for_emergencies() { ", for emergency claims too" } else { "" };
    format!(
        "from {} until {} (UTC): {status}{emergency}",
        dates::format_instant(stated.valid_from),
        dates::format_instant(stated.valid_until)
    )
}

/// A credential for `--json`.
pub(super) fn json(stated: &Credential) -> Value {
    json!({
        "validFrom": dates::format_instant(stated.valid_from),
        "validUntil": dates::format_instant(stated.valid_until),
        "isSuspended": stated.is_suspended(),
        "isForEmergencies": stated.is_for_emergencies(),
        "isCurrent": stated.is_current(dates::now()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_says_its_period_in_utc_and_whether_it_holds() {
        let midnight = |date| midnight(date).expect("a date");
        let stated = |from, until, flags| {
            described(&Credential {
                valid_from: midnight(from),
                valid_until: midnight(until),
                flags,
            })
        };

        assert_eq!(
            stated("2020-01-01", "2999-01-01", credential_flag::EMERGENCY),
            "from 2020-01-01T00:00:00Z until 2999-01-01T00:00:00Z (UTC): holds now, for emergency \
             claims too"
        );
        assert!(
            stated("2020-01-01", "2999-01-01", credential_flag::SUSPENDED).ends_with("suspended")
        );
        assert!(stated("2020-01-01", "2021-01-01", 0).ends_with("no more"));
        assert!(stated("2998-01-01", "2999-01-01", 0).ends_with("not yet"));
    }
}
