//! `chartkey fhir`: FHIR R4 in and out.

mod chain;
mod export;
mod filing;
mod import;
mod job;
mod known;
mod map;
mod origin;
mod plan;
mod tally;

pub(super) use export::run as export;

use crate::args::Fhir;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Fhir) -> Result<Report, Error> {
    match command {
        Fhir::Import(args) => match &args.map {
            Some(map) => job::run(session, &args, map).await,
            None => import::run(session, &args).await,
        },
        Fhir::Export(args) => export(session, &args).await,
    }
}
