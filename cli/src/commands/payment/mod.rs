//! `chartkey payment`: money released to this account, receipts and statements.

mod receipt;
mod statement;
mod withdraw;

use crate::args::Payment;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Payment) -> Result<Report, Error> {
    match command {
        Payment::Withdraw(arguments) => withdraw::run(session, &arguments).await,
        Payment::Receipt(arguments) => receipt::run(session, &arguments).await,
        Payment::Statement(arguments) => statement::run(session, &arguments).await,
    }
}

/// FHIR for people and for scripts alike.
fn fhir(resource: serde_json::Value) -> Result<Report, Error> {
    let text = serde_json::to_string_pretty(&resource)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Report::new(resource, text))
}
