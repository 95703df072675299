//! One module per command.

mod access;
mod appointment;
mod audit;
mod backup;
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

use crate::args::{Appointment, Cli, Command, Config, RecordCommand, Wallet};
use crate::error::Error;
use crate::output::{Report, Screen};
use crate::session::Session;
use crate::settings::Home;

/// Said by every command that reads with one endpoint (crypto.md section 9.4).
const ONE_ENDPOINT: &str = "read from one endpoint: alone it could hide what is newest; give \
                            --rpc-url twice to compare";

/// Runs the command of a command line.
///
/// # Errors
///
/// Whatever the command meets; see [`Error`].
pub async fn run(cli: Cli, screen: Screen) -> Result<Report, Error> {
    match &cli.command {
        // Packagers run this where there are no settings at all.
        Command::Generate(command) => return generate::run(command),
        // Mends settings that cannot be read.
        Command::Config(Config::Trust { folder }) => {
            return config::trust(&Home::find(&cli.global)?, folder);
        }
        _ => {}
    }
    let session = Session::open(cli.global, screen)?;
    let is_reading = reads(&cli.command);
    let mut report = execute(&session, cli.command).await?;
    session.settle_journal();
    if is_reading && session.is_alone() {
        report.warnings.push(ONE_ENDPOINT.to_owned());
    }
    Ok(report)
}

async fn execute(session: &Session, command: Command) -> Result<Report, Error> {
    match command {
        Command::Wallet(command) => wallet::run(session, command).await,
        Command::Node(arguments) => node::run(&arguments),
        Command::Deploy(arguments) => deploy::run(session, &arguments).await,
        Command::Record(command) => record::run(session, command).await,
        Command::Access(command) => access::run(session, command).await,
        Command::Audit(command) => audit::run(session, command).await,
        Command::Backup(arguments) => backup::save(session, &arguments).await,
        Command::Restore(arguments) => backup::restore(session, &arguments).await,
        Command::Fhir(command) => fhir::run(session, command).await,
        Command::Clinic(command) => clinic::run(session, command).await,
        Command::Appointment(command) => appointment::run(session, command).await,
        Command::Payment(command) => payment::run(session, command).await,
        Command::Tx(command) => tx::run(session, command).await,
        Command::Config(command) => config::run(session, &command),
        Command::Generate(command) => generate::run(&command),
    }
}

/// Whether a command believes what an endpoint says about the chain.
const fn reads(command: &Command) -> bool {
    match command {
        Command::Record(command) => !matches!(command, RecordCommand::Create),
        Command::Appointment(command) => {
            !matches!(command, Appointment::Quote(_) | Appointment::Request(_))
        }
        Command::Wallet(command) => matches!(command, Wallet::Balance { .. }),
        Command::Access(_)
        | Command::Audit(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Fhir(_)
        | Command::Payment(_)
        | Command::Tx(_) => true,
        Command::Clinic(_)
        | Command::Node(_)
        | Command::Deploy(_)
        | Command::Config(_)
        | Command::Generate(_) => false,
    }
}
