//! `chartkey record add`, `update-history` and `update-medications`: a new statement.

use chartkey_crypto::Operation;

use super::content::Written;
use super::write::{Missing, write};
use crate::args::Content;
use crate::error::Error;
use crate::output::Report;
use crate::records::Draft;
use crate::session::Session;

pub(super) async fn run(session: &Session, name: &str, content: &Content) -> Result<Report, Error> {
    let written = Written::read_new(content)?;
    written.frame(Operation::Create)?;
    let entry = write(session, name, Missing::Opens, |_| {
        let frame = written.frame(Operation::Create)?;
        Ok(Draft { frame, what: format!("Append {}", written.what) })
    });
    let Some(entry) = entry.await? else { return Ok(session.rehearsal()) };
    let mut report = entry.report("");
    report.warnings.extend(written.misplaced(entry.section.as_deref()));
    Ok(report)
}
