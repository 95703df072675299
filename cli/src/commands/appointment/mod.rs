//! `chartkey appointment`: stays from request to settlement.

mod pay;
mod quote;
mod show;
mod step;

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;
use serde_json::json;

use crate::args::Appointment;
use crate::error::Error;
use crate::output::Report;
use crate::refusal::Refusal;
use crate::rpc::{Receipt, RpcError};
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

fn dry() -> Result<Report, Error> {
    Ok(Report::new(json!({"dryRun": true}), String::new()))
}

fn done(stay: u64, receipt: &Receipt, text: &str) -> Result<Report, Error> {
    let data = json!({
        "stay": stay.to_string(),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, format!("stay {stay} {text}")))
}

/// Asks the program something about a stay.
async fn ask<C: SolCall>(
    session: &Session,
    stays: Address,
    stay: u64,
    call: &C,
) -> Result<C::Return, Error> {
    let data: Bytes = call.abi_encode().into();
    let output = session.rpc.eth_call(&json!({"to": stays, "data": data})).await;
    let output = output.map_err(|error| refused(error, stay))?;
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

fn refused(error: RpcError, stay: u64) -> Error {
    match error {
        RpcError::Node { error, .. } if error.revert_data().is_some() => {
            let refusal = Refusal::decode(&error.revert_data().unwrap_or_default());
            Error::NotFound {
                message: format!("there is no stay {stay} ({})", refusal.name),
                hint: "chartkey appointment list".into(),
            }
        }
        other => other.into(),
    }
}
