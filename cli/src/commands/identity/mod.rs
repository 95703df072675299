//! `chartkey identity`: who this account is to the records (crypto.md section 5).

mod fingerprint;
mod register;
mod restore;
mod show;

use crate::args::{Identity, Slot};
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Identity) -> Result<Report, Error> {
    match command {
        Identity::Register(source) => register::register(session, source).await,
        Identity::Rotate(source) => register::rotate(session, source).await,
        Identity::Show { address } => show::show(session, address).await,
        Identity::Fingerprint { address, compare } => {
            fingerprint::run(session, address, compare.as_deref()).await
        }
        Identity::Restore { name } => restore::run(session, name).await,
        Identity::Slot(Slot::Add) => register::add_slot(session).await,
    }
}
