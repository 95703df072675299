//! `chartkey appointment`: stays from request to settlement.

mod allow;
mod claim;
mod details;
mod event;
mod pay;
mod quote;
mod show;
mod split;
mod step;
mod watch;

use alloy_primitives::Address;
use serde_json::{Value, json};

use crate::args::Appointment;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::rpc::Receipt;
use crate::session::Session;
use crate::stays::{Credential, Entry, Snapshot};

pub(super) use show::{require_label, row};

/// Seconds in a day.
const DAY_SECS: u64 = 86_400;

pub(super) async fn run(session: &Session, command: Appointment) -> Result<Report, Error> {
    match command {
        Appointment::Request(arguments) => quote::request(session, &arguments).await,
        Appointment::Quote(arguments) => quote::quote(session, &arguments).await,
        Appointment::Pay(arguments) => pay::run(session, &arguments).await,
        Appointment::SettleClaim(arguments) => claim::settle(session, &arguments).await,
        Appointment::WithdrawClaim { stay } => claim::withdraw(session, stay).await,
        Appointment::List { whose, watching } => match watching.watch {
            false => show::list(session, &whose).await,
            true => watch::list(session, &whose, watching.from.as_deref()).await,
        },
        Appointment::Show { stay, fiat, watching } => match watching.watch {
            false => show::one(session, stay, &fiat).await,
            true => watch::one(session, stay, &fiat, watching.from.as_deref()).await,
        },
        Appointment::Details(arguments) => details::run(session, *arguments).await,
        Appointment::Calendar(arguments) => show::calendar(session, &arguments).await,
        Appointment::Step(step) => step::run(session, step).await,
    }
}

/// What every write tells.
fn written(stay: u64, receipt: &Receipt) -> Value {
    json!({
        "stay": stay.to_string(),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    })
}

fn done(stay: u64, receipt: &Receipt, text: &str) -> Result<Report, Error> {
    Ok(Report::new(written(stay, receipt), format!("stay {stay} {text}")))
}

/// Says before money is promised or sent that the stay has begun, or is over.
async fn warn_of_days(
    session: &Session,
    snapshot: &Snapshot<'_>,
    entry: &Entry,
) -> Result<(), Error> {
    let now = snapshot.time().await?;
    let (admit, discharge) = (entry.stay.admitDay, entry.stay.dischargeDay);
    let has_come = |day: u32| now >= u64::from(day) * DAY_SECS;
    if has_come(discharge) {
        session.screen.warn(&format!(
            "the stay was over on {}: the clinic may take the money soon, or at once",
            dates::format_day(discharge)
        ));
    } else if has_come(admit) {
        session.screen.warn(&format!(
            "admission was on {}: a stay that has begun cannot be cancelled by the patient",
            dates::format_day(admit)
        ));
    }
    Ok(())
}

/// Says before money is promised or sent that no registrar vouches for the clinic.
async fn warn_of_credential(
    session: &Session,
    snapshot: &Snapshot<'_>,
    clinic: Address,
) -> Result<(), Error> {
    let credential = Credential::of(session, snapshot, clinic).await?;
    if credential.is_doubtful() {
        session
            .screen
            .warn(&format!("{}: make sure that {clinic} is whom you mean", credential.line()));
    }
    Ok(())
}
