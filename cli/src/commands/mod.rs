//! One module per command.

mod appointment;
mod clinic;
mod coin;
mod config;
mod deploy;
mod fhir;
mod generate;
mod node;
mod payment;
mod record;
mod tx;
mod wallet;

use crate::args::{Cli, Command};
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

/// Runs the command of a command line.
///
/// # Errors
///
/// Whatever the command meets; see [`Error`].
pub async fn run(cli: Cli) -> Result<Report, Error> {
    // Packagers run this where there are no settings at all.
    if let Command::Generate(command) = &cli.command {
        return generate::run(command);
    }
    let session = Session::open(cli.global)?;
    match cli.command {
        Command::Wallet(command) => wallet::run(&session, command).await,
        Command::Node(arguments) => node::run(&arguments),
        Command::Deploy(arguments) => deploy::run(&session, &arguments).await,
        Command::Record(command) => record::run(&session, command).await,
        Command::Fhir(command) => fhir::run(&session, command).await,
        Command::Clinic(command) => clinic::run(&session, command).await,
        Command::Appointment(command) => appointment::run(&session, command).await,
        Command::Payment(command) => payment::run(&session, command).await,
        Command::Tx(command) => tx::run(&session, command).await,
        Command::Config(command) => config::run(&session, command),
        Command::Generate(command) => generate::run(&command),
    }
}
