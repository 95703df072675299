//! `chartkey appointment`: stays from request to settlement.

mod pay;
mod quote;
mod show;
mod step;

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;
use serde_json::{Value, json};

use crate::args::Appointment;
use crate::error::Error;
use crate::output::Report;
use crate::rpc::Receipt;
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Appointment) -> Result<Report, Error> {
    match command {
        Appointment::Request(arguments) => quote::request(session, &arguments).await,
        Appointment::Quote(arguments) => quote::quote(session, &arguments).await,
        Appointment::Pay { stay, amount } => pay::run(session, stay, amount.as_deref()).await,
        Appointment::List { role } => show::list(session, role).await,
        Appointment::Show { stay } => show::one(session, stay).await,
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

/// Asks the program something about a stay.
async fn ask<C: SolCall>(
    session: &Session,
    stays: Address,
    stay: u64,
    call: &C,
) -> Result<C::Return, Error> {
    let data: Bytes = call.abi_encode().into();
    let output =
        session.view(stays, data, "the stay").await.map_err(|error| refused(error, stay))?;
    C::abi_decode_returns(&output)
        .map_err(|_| session.rpc.unexpected("eth_call", "not a stay").into())
}

async fn stay_of(
    session: &Session,
    stays: Address,
    stay: u64,
) -> Result<IStays::stayOfReturn, Error> {
    ask(session, stays, stay, &IStays::stayOfCall { stay }).await
}

async fn terms_of(
    session: &Session,
    stays: Address,
    stay: u64,
) -> Result<IStays::termsOfReturn, Error> {
    ask(session, stays, stay, &IStays::termsOfCall { stay }).await
}

fn refused(error: Error, stay: u64) -> Error {
    match error {
        Error::Reverted { refusal, .. } if refusal.name == "NoStay" => Error::NotFound {
            message: format!("there is no stay {stay}"),
            hint: "chartkey appointment list".into(),
        },
        other => other,
    }
}
