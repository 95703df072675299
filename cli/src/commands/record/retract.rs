//! `chartkey record retract`: an entry that should never have been said (crypto.md section 8.6).

use std::cell::Cell;
use std::path::Path;

use chartkey_crypto::{BodyType, Operation};

use super::content::{frame, words};
use super::write::{Missing, hand_over, write};
use crate::error::Error;
use crate::output::Report;
use crate::records::Draft;
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    name: &str,
    seq: u32,
    reason: &Path,
) -> Result<Report, Error> {
    let reason = words(reason)?;
    let retraction = Operation::EnteredInError(seq);
    frame(retraction, BodyType::Text, &reason)?;
    let stay = Cell::new(None);
    let entry = write(session, name, Missing::Fails, |target| {
        target.require_statement(seq)?;
        target.require_authorship(seq)?;
        target.require_valid(seq)?;
        let frame = frame(retraction, BodyType::Text, &reason)?;
        stay.set(target.not_handed_over(seq));
        let rest = if target.statements.first(seq) == Some(seq) {
            "with all its versions"
        } else {
            "so that the version before it counts again"
        };
        let what =
            format!("Retract entry {seq} as entered-in-error, {rest}; it stays in the history");
        Ok(Draft { frame, what })
    });
    let Some(entry) = entry.await? else { return Ok(session.rehearsal()) };
    Ok(entry.report(&format!(
        " retracts entry {seq}; whoever could read that one still can, in the history{}",
        hand_over(stay.get())
    )))
}
