//! `chartkey appointment request|quote`: a stay that is asked for, and its price.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;
use chartkey_crypto::room_digest;
use chartkey_fhir::Money;

use super::written;
use crate::args::{Quote, Request};
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::stays::{Currency, Estimate, Notes, Snapshot};
use crate::transact::{Plan, logged};

/// How long a quote under a policy is valid if nothing else is said: two weeks, in seconds.
const VALID_SECS: u64 = 14 * 86_400;

pub(super) async fn request(session: &Session, arguments: &Request) -> Result<Report, Error> {
    let (admit, discharge) = days(&arguments.admit, &arguments.discharge)?;
    let stays = session.stays().await?;
    let account = session.account().await?;
    let call =
        IStays::requestCall { clinic: arguments.clinic, admitDay: admit, dischargeDay: discharge };
    let plan = Plan {
        to: Some(stays),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!(
            "Ask clinic {} for a stay: {} to {}",
            arguments.clinic, arguments.admit, arguments.discharge
        ),
        public: "both accounts and the days".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let stay = logged::<IStays::StayRequested>(&receipt, stays)?.stay;
    let said = note(session, stays, stay, arguments.fiat).await?;
    let data = written(stay, &receipt);
    Ok(Report::new(
        data,
        format!(
            "stay {stay} is requested; the clinic answers with: chartkey appointment quote --request {stay} …\n\
             what is not for the chain, you tell it with: chartkey appointment details {stay} FILE{said}"
        ),
    ))
}

pub(super) async fn quote(session: &Session, arguments: &Quote) -> Result<Report, Error> {
    let (admit, discharge) = days(&arguments.admit, &arguments.discharge)?;
    let token = arguments.token.unwrap_or_default();
    if token.is_zero() {
        // Said before anything is asked for.
        price(&Currency::Coin, &arguments.total)?;
    }
    let snapshot = Snapshot::newest(session).await?;
    let stays = snapshot.contract;
    let account = session.account().await?;
    let currency = accepted(&snapshot, account.address, token).await?;
    let total = price(&currency, &arguments.total)?;
    let patient = patient(&snapshot, arguments).await?;
    let root = session.root(account.address, stays).await?;
    let room = room_digest(&root, &arguments.room).into();
    let call = IStays::offerCall {
        requested: arguments.request.unwrap_or_default(),
        clinic: account.address,
        patient,
        admitDay: admit,
        dischargeDay: discharge,
        room,
        totalWei: total,
        token,
        policy: arguments.policy,
        validUntil: valid_until(arguments),
        overrides: arguments.override_availability,
    };
    let plan = Plan {
        to: Some(stays),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!(
            "Quote a stay to {patient}: {} to {}, {}, policy {}{}",
            arguments.admit,
            arguments.discharge,
            currency.format(U256::from(total)),
            arguments.policy,
            arguments.fiat.map_or_else(String::new, |money| format!(
                "\n  good-faith estimate {money}: noted on this machine, tell it to the patient"
            ))
        ),
        public: "both accounts, the days, the price, the policy; not the room".into(),
    };
    let Some(receipt) = session.send(account, &plan).await? else {
        return Ok(session.rehearsal());
    };
    let stay = logged::<IStays::StayQuoted>(&receipt, stays)?.stay;
    let said = note(session, stays, stay, arguments.fiat).await?;
    let data = written(stay, &receipt);
    Ok(Report::new(
        data,
        format!(
            "stay {stay} is quoted; the patient pays with: chartkey appointment pay {stay}\n\
             room and instructions you tell with: chartkey appointment details {stay} FILE{said}"
        ),
    ))
}

/// A price above zero.
fn price(currency: &Currency, text: &str) -> Result<u128, Error> {
    match currency.parse(text)? {
        0 => Err(Error::Usage {
            message: "a stay has a price above zero".into(),
            hint: "give a --total such as 1.5eth".into(),
        }),
        total => Ok(total),
    }
}

/// Notes the good-faith estimate; what to tell about it.
async fn note(
    session: &Session,
    stays: Address,
    stay: u64,
    expected: Option<Money>,
) -> Result<String, Error> {
    let Some(money) = expected else { return Ok(String::new()) };
    let said = Estimate { expected, billed: None };
    Notes::write(session, stays, stay, said).await?;
    Ok(format!("\ngood-faith estimate {money}, noted on this machine only"))
}

/// The currency of a quote, once it is sure that the clinic takes it: before a password is asked for.
async fn accepted(
    snapshot: &Snapshot<'_>,
    clinic: Address,
    token: Address,
) -> Result<Currency, Error> {
    if !token.is_zero() {
        let call = IStays::takesTokenCall { clinic, token };
        if !snapshot.ask(call, "whether the clinic takes the token").await? {
            return Err(Error::Usage {
                message: format!("clinic {clinic} does not take token {token}"),
                hint: format!("accept it first: chartkey clinic token {token}"),
            });
        }
    }
    snapshot.currency(token).await
}

/// The patient who is named, or who asked.
async fn patient(snapshot: &Snapshot<'_>, arguments: &Quote) -> Result<Address, Error> {
    match (arguments.patient, arguments.request) {
        (Some(patient), _) => Ok(patient),
        (None, Some(stay)) => Ok(snapshot.entry(stay).await?.stay.patient),
        (None, None) => Err(Error::Usage {
            message: "no patient; expected --patient or --request".into(),
            hint: "give --patient ADDR".into(),
        }),
    }
}

fn valid_until(arguments: &Quote) -> u64 {
    let days = arguments.valid_days.map(|days| u64::from(days) * 86_400);
    match (days, arguments.policy) {
        (None, 0) => u64::MAX,
        (secs, _) => dates::now().saturating_add(secs.unwrap_or(VALID_SECS)),
    }
}

fn days(admit: &str, discharge: &str) -> Result<(u32, u32), Error> {
    let days = (dates::parse_day(admit)?, dates::parse_day(discharge)?);
    if days.1 <= days.0 {
        return Err(Error::Usage {
            message: format!("discharge {discharge} is not after admission {admit}"),
            hint: "give a --discharge after --admit".into(),
        });
    }
    Ok(days)
}
