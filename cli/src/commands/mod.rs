//! One module per command.

mod access;
mod appointment;
mod audit;
mod backup;
mod clinic;
mod coin;
mod config;
mod deploy;
mod emergency;
mod fhir;
mod generate;
mod guardian;
mod identity;
mod lock;
mod node;
mod payment;
mod provider;
mod record;
mod recover;
mod sent;
mod transfer;
mod tx;
mod wallet;

use crate::args::{
    Appointment, Cli, Command, Config, Credential, Identity, Provider, RecordCommand, Registrar,
    Wallet,
};
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
        Command::Emergency(command) => emergency::run(session, command).await,
        Command::Guardian(command) => guardian::run(session, command).await,
        Command::Recover(command) => recover::run(session, command).await,
        Command::Transfer(command) => transfer::run(session, command).await,
        Command::Audit(command) => audit::run(session, command).await,
        Command::Backup(arguments) => backup::save(session, &arguments).await,
        Command::Restore(arguments) => backup::restore(session, &arguments).await,
        Command::Fhir(command) => fhir::run(session, command).await,
        Command::Clinic(command) => clinic::run(session, command).await,
        Command::Appointment(command) => appointment::run(session, command).await,
        Command::Payment(command) => payment::run(session, command).await,
        Command::Tx(command) => tx::run(session, command).await,
        Command::Identity(command) => identity::run(session, command).await,
        Command::Provider(command) => provider::run(session, command).await,
        Command::Unlock(arguments) => lock::unlock(session, &arguments).await,
        Command::Lock => lock::lock(session),
        Command::Config(command) => config::run(session, &command),
        Command::Generate(command) => generate::run(&command),
        Command::Agent(_) => Err(Error::Internal("the agent is a process of its own".into())),
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
        Command::Emergency(_)
        | Command::Guardian(_)
        | Command::Recover(_)
        | Command::Transfer(_) => true,
        Command::Identity(command) => matches!(
            command,
            Identity::Show { .. } | Identity::Fingerprint { .. } | Identity::Restore { .. }
        ),
        Command::Provider(command) => matches!(
            command,
            Provider::Credential(Credential::Show { .. }) | Provider::Registrar(Registrar::Show)
        ),
        Command::Access(_)
        | Command::Audit(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Fhir(_)
        | Command::Payment(_)
        | Command::Tx(_) => true,
        Command::Clinic(_)
        | Command::Unlock(_)
        | Command::Lock
        | Command::Agent(_)
        | Command::Node(_)
        | Command::Deploy(_)
        | Command::Config(_)
        | Command::Generate(_) => false,
    }
}
