//! `chartkey record amend`: a new version of a statement (crypto.md section 8.6).

use std::cell::Cell;

use chartkey_crypto::{BodyType, Operation, Standing};

use super::content::{Written, refused};
use super::write::{Missing, Target, hand_over, write};
use crate::args::Content;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Draft, Opened};
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    name: &str,
    seq: u32,
    content: &Content,
) -> Result<Report, Error> {
    let written = Written::read(content)?;
    written.frame(Operation::Amend(seq))?;
    let stay = Cell::new(None);
    let entry = write(session, name, Missing::Fails, |target| {
        check(target, seq, &written)?;
        let what = match target.statements.standing(seq) {
            Some(Standing::Corrected { by }) => format!("Amend entry {seq}, now in version {by}"),
            _ => format!("Amend entry {seq}"),
        };
        let frame = written.frame(Operation::Amend(seq))?;
        stay.set(target.not_handed_over(seq));
        Ok(Draft { frame, what: format!("{what}, by {}", written.what) })
    });
    let Some(entry) = entry.await? else { return Ok(session.rehearsal()) };
    let to_do = hand_over(stay.get());
    let mut report = entry.report(&format!(", a new version of entry {seq}{to_do}"));
    report.warnings.extend(written.misplaced(entry.section.as_deref()));
    report.warnings.extend(unmarked(&written));
    Ok(report)
}

/// The rules of the statement's type, from its present version to the next.
fn check(target: &Target<'_>, seq: u32, written: &Written) -> Result<(), Error> {
    target.require_statement(seq)?;
    target.require_authorship(seq)?;
    target.require_valid(seq)?;
    let Some((number, present)) = target.statements.current(seq).and_then(fhir) else {
        // The present version is a text: anything may follow it.
        return Ok(());
    };
    if written.kind != BodyType::Fhir {
        let message = format!("entry {number} is a FHIR resource, and a text is no version of it");
        let hint = "give the whole corrected resource, or comment: chartkey record annotate";
        return Err(refused(message, hint));
    }
    chartkey_fhir::check_move(&present, &written.body).map_err(|error| {
        let hint =
            "a status changes along its arrows only: amend step by step, or retract the entry";
        refused(format!("entry {number} cannot become this: {error}"), hint)
    })
}

/// Number and text of a version that is a resource.
fn fhir(entry: &Opened) -> Option<(u32, String)> {
    let frame = entry.frame.as_ref().ok().filter(|frame| frame.body_type == BodyType::Fhir)?;
    let body = frame.body().ok()?;
    Some((entry.seq, String::from_utf8_lossy(&body).into_owned()))
}

/// A result that was final says that it is not the first version any more.
fn unmarked(written: &Written) -> Option<String> {
    let summary = chartkey_fhir::describe(&written.body);
    let is_result = matches!(summary.resource_type.as_str(), "Observation" | "DiagnosticReport");
    let is_final = summary.status.as_deref() == Some("final");
    (written.kind == BodyType::Fhir && is_result && is_final).then(|| {
        format!(
            "this {} still says final; a new version of a final one says corrected or amended",
            summary.resource_type
        )
    })
}
