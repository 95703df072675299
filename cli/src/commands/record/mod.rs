//! `chartkey record`: the chart, what is written to it, and the keys of its sections.

mod add;
mod amend;
mod annotate;
mod content;
mod create;
mod history;
mod list;
mod open;
mod retract;
mod rotate;
mod row;
mod show;
mod write;

pub(super) use content::{Written, no_access, refused};
pub(super) use row::Row;
pub(super) use show::shown;
pub(super) use write::{Missing, once};

use crate::args::RecordCommand;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

/// The sections that every record starts with.
const HISTORY: &str = "medical history";
const MEDICATIONS: &str = "medications";
/// How often a write is prepared again after somebody else wrote (crypto.md section 8.3).
pub(super) const RETRIES: usize = 3;

pub(super) async fn run(session: &Session, command: RecordCommand) -> Result<Report, Error> {
    match command {
        RecordCommand::Create => create::run(session).await,
        RecordCommand::List => list::run(session).await,
        RecordCommand::Show { section, all, as_of } => {
            show::run(session, section.as_deref(), all, as_of).await
        }
        RecordCommand::History { section, seq } => history::run(session, &section, seq).await,
        RecordCommand::Add { section, content } => add::run(session, &section, &content).await,
        RecordCommand::Amend { section, seq, content } => {
            amend::run(session, &section, seq, &content).await
        }
        RecordCommand::Retract { section, seq, reason } => {
            retract::run(session, &section, seq, &reason).await
        }
        RecordCommand::Annotate { section, seq, file, kind, reply } => {
            annotate::run(session, &section, seq, &file, kind, reply).await
        }
        RecordCommand::Open { name, sensitive } => open::run(session, &name, sensitive).await,
        RecordCommand::Rotate { sections, all } => rotate::run(session, &sections, all).await,
        RecordCommand::UpdateHistory(update) => update_of(session, HISTORY, &update).await,
        RecordCommand::UpdateMedications(update) => update_of(session, MEDICATIONS, &update).await,
        RecordCommand::Export(export) => super::fhir::export(session, &export).await,
        RecordCommand::Verify => super::audit::verify(session).await,
    }
}

async fn update_of(
    session: &Session,
    name: &str,
    update: &crate::args::Update,
) -> Result<Report, Error> {
    match update.amends {
        Some(seq) => amend::run(session, name, seq, &update.content).await,
        None => add::run(session, name, &update.content).await,
    }
}
