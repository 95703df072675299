//! `chartkey record annotate`: remarks, requests for an amendment, their answers, and disagreement (domain
//! guide section "Amendments").

use std::path::Path;

use super::content::{no_access, refused, words};
use super::write::{Missing, Target, write};
use crate::args::{AnnotationKind, Decision, Reply};
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Annotation, Draft, Outcome, Request};
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    name: &str,
    seq: u32,
    file: &Path,
    kind: AnnotationKind,
    reply: Reply,
) -> Result<Report, Error> {
    let decision = decision(kind, reply)?;
    let text = words(file)?;
    let entry = write(session, name, Missing::Fails, |target| {
        target.require_statement(seq)?;
        let annotation = match decision {
            Some(decision) => answer(target, seq, decision, reply.request, &text)?,
            None => said(target, seq, kind, &text)?,
        };
        let frame = annotation.frame(seq, dates::now())?;
        frame.encode()?;
        Ok(Draft { frame, what: format!("Annotate entry {seq}: {}", annotation.kind()) })
    });
    let Some(entry) = entry.await? else { return Ok(session.rehearsal()) };
    let more = match kind {
        AnnotationKind::Request => "; an answer is due within 60 days",
        AnnotationKind::Disagreement => "; every later export of the entry carries it",
        AnnotationKind::Statement | AnnotationKind::Answer => "",
    };
    Ok(entry.report(&format!(" annotates entry {seq}{more}")))
}

/// An answer needs its outcome, and nothing else has one.
fn decision(kind: AnnotationKind, reply: Reply) -> Result<Option<Decision>, Error> {
    match (kind, reply.outcome) {
        (AnnotationKind::Answer, None) => Err(refused(
            "an answer needs its outcome".into(),
            "add --outcome accepted, denied or extended",
        )),
        (AnnotationKind::Answer, outcome) => Ok(outcome),
        (_, Some(_)) => Err(refused("--outcome belongs to an answer".into(), "use --kind answer")),
        (_, None) => Ok(None),
    }
}

fn said(
    target: &Target<'_>,
    seq: u32,
    kind: AnnotationKind,
    text: &str,
) -> Result<Annotation, Error> {
    let text = text.to_owned();
    let is_owner = target.me == target.chart.owner;
    let owners = |what: &str| {
        let hint = "use --kind statement";
        no_access(format!("{what} is the patient's to make, or their guardian's"), hint)
    };
    match kind {
        AnnotationKind::Request if !is_owner => Err(owners("a request for an amendment")),
        AnnotationKind::Disagreement if !is_owner => Err(owners("a disagreement")),
        AnnotationKind::Request => {
            target.require_valid(seq)?;
            let authors = target.statements.authors(seq);
            if authors.iter().all(|author| *author == target.me) {
                let message = format!("entry {seq} is your own");
                return Err(refused(message, "amend it: chartkey record amend"));
            }
            Ok(Annotation::Request { text })
        }
        AnnotationKind::Disagreement => {
            let requests = target.statements.requests(seq);
            let is_denied = |one: &Request<'_>| matches!(one.answer, Some((Outcome::Denied, _)));
            if !requests.iter().any(is_denied) {
                let message = format!("no request to amend entry {seq} was denied");
                return Err(refused(message, "use --kind request first, or --kind statement"));
            }
            Ok(Annotation::Disagreement { text })
        }
        AnnotationKind::Statement | AnnotationKind::Answer => Ok(Annotation::Statement { text }),
    }
}

fn answer(
    target: &Target<'_>,
    seq: u32,
    decision: Decision,
    wanted: Option<u32>,
    text: &str,
) -> Result<Annotation, Error> {
    let requests = target.statements.requests(seq);
    let asked = open_request(&requests, seq, wanted)?;
    let request = asked.entry.seq;
    if asked.entry.author == target.me {
        let message = format!("request {request} is your own");
        return Err(no_access(message, "an author of the entry answers it"));
    }
    if !target.statements.authors(seq).contains(&target.me) {
        let message = format!("only an author of entry {seq} answers a request to amend it");
        return Err(no_access(message, "use --kind statement"));
    }
    let (outcome, version) = match decision {
        Decision::Accepted => {
            let done = target.statements.current(seq).map(|version| version.seq);
            let done = done.or_else(|| target.statements.retraction(seq));
            let done = done.filter(|done| *done > request).ok_or_else(|| {
                let message = format!("entry {seq} was not amended since request {request}");
                refused(message, "amend it first: chartkey record amend, or retract")
            })?;
            (Outcome::Accepted, Some(done))
        }
        Decision::Denied => (Outcome::Denied, None),
        Decision::Extended => {
            let due = dates::format_instant(asked.due);
            if asked.is_extended || target.chart.now > asked.due {
                let message = format!("the time to answer cannot be extended again: {due}");
                return Err(refused(message, "answer it: --outcome accepted or denied"));
            }
            (Outcome::Extended, None)
        }
    };
    Ok(Annotation::Answer { request, outcome, version, text: text.to_owned() })
}

/// The request that is meant, if it has no answer yet.
fn open_request<'a, 'b>(
    requests: &'b [Request<'a>],
    seq: u32,
    wanted: Option<u32>,
) -> Result<&'b Request<'a>, Error> {
    let open: Vec<_> = requests.iter().filter(|one| one.answer.is_none()).collect();
    let hint = "chartkey record history SECTION SEQ lists them";
    match (wanted, open.as_slice()) {
        (Some(wanted), open) => {
            let found = open.iter().find(|one| one.entry.seq == wanted);
            found.copied().ok_or_else(|| {
                refused(format!("entry {seq} has no request {wanted} without an answer"), hint)
            })
        }
        (None, [only]) => Ok(only),
        (None, []) => Err(refused(format!("entry {seq} has no request without an answer"), hint)),
        (None, several) => Err(refused(
            format!(
                "entry {seq} has {} requests without an answer; say which: --request",
                several.len()
            ),
            hint,
        )),
    }
}
