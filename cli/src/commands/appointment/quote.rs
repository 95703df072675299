//! `chartkey appointment request|quote`: a stay that is asked for, and its price.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;
use chartkey_fhir::Money;

use super::{DAY_SECS, show, written};
use crate::args::{Quote, Request};
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::rpc::Receipt;
use crate::session::Session;
use crate::stays::{Currency, Estimate, Notes, Snapshot};
use crate::transact::{Plan, Recovered, logged};

/// Most nights of a stay.
const MOST_NIGHTS: u32 = 255;
/// How long a quote under a policy is valid if nothing else is said: two weeks, in seconds.
const VALID_SECS: u64 = 14 * DAY_SECS;

pub(super) async fn request(session: &Session, arguments: &Request) -> Result<Report, Error> {
    let (admit, discharge) = days(&arguments.admit, &arguments.discharge)?;
    let snapshot = Snapshot::newest(session).await?;
    let stays = snapshot.contract;
    check_admission(&snapshot, admit).await?;
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
    let clinic = show::clinic(session, arguments.clinic).await?;
    check_discharge(session, &snapshot, (admit, discharge)).await?;
    let currency = accepted(&snapshot, clinic, token).await?;
    let total = price(&currency, &arguments.total)?;
    let patient = patient(&snapshot, arguments).await?;
    let named = (arguments.room.as_deref(), arguments.room_digest);
    let room = show::room(session, &snapshot, clinic, named).await?;
    let valid_until = valid_until(&snapshot, arguments).await?;
    if !arguments.override_availability {
        warn_of_room(session, &snapshot, (clinic, room), (admit, discharge)).await?;
    }
    let call = IStays::offerCall {
        requested: arguments.request.unwrap_or_default(),
        clinic,
        patient,
        admitDay: admit,
        dischargeDay: discharge,
        room,
        totalWei: total,
        token,
        policy: arguments.policy,
        validUntil: valid_until,
        overrides: arguments.override_availability,
    };
    let plan = Plan {
        to: Some(stays),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!(
            "Quote a stay{} to {patient}: {} to {}, {}, policy {}{}",
            on_behalf(account.address, clinic),
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
    let receipt = match quoted_before(session, account.address, stays, &call).await? {
        Some(receipt) => Some(receipt),
        None => session.send(account, &plan).await?,
    };
    let Some(receipt) = receipt else { return Ok(session.rehearsal()) };
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

/// What an interrupted run quoted. Its call had another end, counted from then, and does not tell; the event
/// does.
async fn quoted_before(
    session: &Session,
    account: Address,
    stays: Address,
    call: &IStays::offerCall,
) -> Result<Option<Receipt>, Error> {
    if session.global.dry_run {
        return Ok(None);
    }
    let is_same = |one: &Recovered| {
        let is_double = logged::<IStays::AvailabilityOverridden>(&one.receipt, stays).is_ok();
        logged::<IStays::StayQuoted>(&one.receipt, stays).is_ok_and(|quoted| {
            let of_event = (quoted.clinic, quoted.patient, quoted.admitDay, quoted.dischargeDay);
            let terms = (quoted.room, quoted.totalWei, quoted.token, quoted.policy, is_double);
            let later = call.validUntil.checked_sub(quoted.validUntil);
            of_event == (call.clinic, call.patient, call.admitDay, call.dischargeDay)
                && terms == (call.room, call.totalWei, call.token, call.policy, call.overrides)
                && (call.requested == 0 || call.requested == quoted.stay)
                && later.is_some_and(|secs| secs < DAY_SECS)
        })
    };
    session.take_recovered(account, is_same).await
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

/// Until when the quote can be accepted, by the chain's clock where that is ahead of this machine's.
async fn valid_until(snapshot: &Snapshot<'_>, arguments: &Quote) -> Result<u64, Error> {
    let days = arguments.valid_days.map(|days| u64::from(days) * DAY_SECS);
    if days.is_none() && arguments.policy == 0 {
        return Ok(u64::MAX);
    }
    let now = snapshot.time_from_now().await?;
    Ok(now.saturating_add(days.unwrap_or(VALID_SECS)))
}

fn on_behalf(account: Address, clinic: Address) -> String {
    if account == clinic { String::new() } else { format!(" of clinic {clinic}") }
}

/// The chain's day now, and the day before: it still is that day west of Greenwich.
async fn today(snapshot: &Snapshot<'_>) -> Result<(u32, u32), Error> {
    let day = u32::try_from(snapshot.time().await? / DAY_SECS).unwrap_or(u32::MAX);
    Ok((day, day.saturating_sub(1)))
}

/// A stay that is over cannot be quoted: what is paid for it, the clinic could take at once. One that has
/// begun can be, and is pointed out.
async fn check_discharge(
    session: &Session,
    snapshot: &Snapshot<'_>,
    (admit, discharge): (u32, u32),
) -> Result<(), Error> {
    let (today, yesterday) = today(snapshot).await?;
    if discharge <= yesterday {
        return Err(Error::Usage {
            message: format!("the stay was over on {}", dates::format_day(discharge)),
            hint: format!("today is {} (UTC)", dates::format_day(today)),
        });
    }
    if admit < yesterday {
        session.screen.warn(&format!(
            "admission was on {}: the patient cannot cancel this stay any more",
            dates::format_day(admit)
        ));
    }
    Ok(())
}

/// A request is for a time to come.
async fn check_admission(snapshot: &Snapshot<'_>, admit: u32) -> Result<(), Error> {
    let (today, yesterday) = today(snapshot).await?;
    if admit >= yesterday {
        return Ok(());
    }
    Err(Error::Usage {
        message: format!("admission on {} is in the past", dates::format_day(admit)),
        hint: format!("today is {} (UTC)", dates::format_day(today)),
    })
}

/// Says that a room is taken already, or was never laid out: the label may be another than is meant.
async fn warn_of_room(
    session: &Session,
    snapshot: &Snapshot<'_>,
    (clinic, room): (Address, B256),
    (admit, discharge): (u32, u32),
) -> Result<(), Error> {
    if discharge - admit > MOST_NIGHTS {
        // The contract says so.
        return Ok(());
    }
    let (nights, is_open) = show::nights(snapshot, (clinic, room), (admit, discharge)).await?;
    if !is_open {
        session.screen.warn(
            "the calendar of this room is not laid out for these days: make sure that the label is the \
             one you mean (chartkey clinic room)",
        );
    }
    if let Some((night, _)) = nights.iter().find(|(_, is_taken)| *is_taken) {
        session.screen.warn(&format!(
            "the room is taken in the night of {}: as long as it is, this quote cannot be accepted",
            dates::format_day(*night)
        ));
    }
    Ok(())
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
