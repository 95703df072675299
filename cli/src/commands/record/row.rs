//! One entry, for people and for scripts.

use std::fmt::Write as _;

use chartkey_crypto::{BodyType, Frame, Operation, Standing};
use serde_json::{Value, json};

use crate::dates;
use crate::records::{Annotation, Opened, Outcome, SectionChart, Statements};
use crate::text::{printable, printable_lines, shortened};

/// Longest line of somebody's words, in characters.
const MOST_CHARS: usize = 100;

/// An entry with what its content says about itself.
pub(in crate::commands) struct Row<'a> {
    pub(in crate::commands) entry: &'a Opened,
    section: &'a SectionChart,
    body: Option<String>,
    /// Clinical date, as the resource has it.
    date: Option<String>,
    title: String,
    status: Option<String>,
    resource_type: Option<String>,
    pub(super) annotation: Option<Annotation>,
    standing: Option<Standing>,
}

impl<'a> Row<'a> {
    pub(in crate::commands) fn of(
        section: &'a SectionChart,
        statements: &Statements<'a>,
        entry: &'a Opened,
    ) -> Self {
        let mut row = Row {
            entry,
            section,
            body: None,
            date: None,
            title: String::new(),
            status: None,
            resource_type: None,
            annotation: None,
            standing: statements.standing(entry.seq),
        };
        match &entry.frame {
            Ok(frame) => row.read(frame),
            Err(error) => row.title = format!("entry by {}: {error}", entry.author),
        }
        // What a resource says of itself counts like a retraction: hidden from lists, kept in history.
        let is_retracted = row.status.as_deref() == Some("entered-in-error");
        if is_retracted && row.standing == Some(Standing::Current) {
            row.standing = Some(Standing::Retracted { by: entry.seq });
        }
        row
    }

    fn read(&mut self, frame: &Frame) {
        let body = frame.body().unwrap_or_default();
        let text = String::from_utf8_lossy(&body).into_owned();
        self.annotation = Annotation::of(frame);
        match (&self.annotation, frame.body_type) {
            (Some(annotation), _) => self.title = first_line(annotation.text()),
            (None, BodyType::Fhir) => {
                let summary = chartkey_fhir::describe(&text);
                self.title = summary.title;
                (self.date, self.status) = (summary.date, summary.status);
                self.resource_type = Some(summary.resource_type);
            }
            (None, BodyType::Text | BodyType::Product) => self.title = first_line(&text),
        }
        self.body = Some(text);
    }

    /// A text whole, of a resource what it is: lines for people.
    pub(in crate::commands) fn content(&self) -> String {
        match (&self.body, &self.resource_type) {
            (Some(body), None) if self.annotation.is_none() => printable_lines(body.trim_end()),
            _ => {
                let kind = self.resource_type.as_deref().map(printable).unwrap_or_default();
                format!("{kind} {}", self.title).trim().to_owned()
            }
        }
    }

    /// How it stands, where it does not simply count.
    pub(in crate::commands) fn standing_words(&self) -> Option<String> {
        match self.standing? {
            Standing::Corrected { by } => Some(format!("corrected by {by}")),
            Standing::Retracted { by } if by != self.entry.seq => {
                Some(format!("retracted by {by}"))
            }
            Standing::Retracted { .. } => Some("entered in error".to_owned()),
            Standing::About { target } => Some(format!("about {target}")),
            Standing::Current | Standing::Stray => None,
        }
    }

    /// Whether it is what counts: shown without `--all`. What cannot be read is never left out.
    pub(super) const fn is_plain(&self) -> bool {
        match self.standing {
            Some(Standing::Current | Standing::Stray) | None => true,
            Some(
                Standing::Corrected { .. } | Standing::Retracted { .. } | Standing::About { .. },
            ) => false,
        }
    }

    /// Number, clinical date, what it is, status, how it stands. An entry that cannot be opened says so,
    /// and by whom it is.
    pub(super) fn line(&self, statements: &Statements<'_>) -> String {
        let mark = if self.is_plain() { ' ' } else { '-' };
        // Without a date of its own: the day on which it was written.
        let date = self.date.clone().unwrap_or_else(|| dates::format_instant(self.entry.time));
        let day: String = date.chars().take(10).collect();
        let title = shortened(&self.title, MOST_CHARS);
        let mut line = format!("{mark}{:>5}  {day:<10}  {title}", self.entry.seq);
        if let Some(status) = &self.status {
            let _ = write!(line, "  [{status}]");
        }
        match self.standing {
            Some(Standing::Corrected { by }) => {
                let _ = write!(line, "  (corrected by {by})");
            }
            Some(Standing::Retracted { by }) if by != self.entry.seq => {
                let _ = write!(line, "  (retracted by {by})");
            }
            Some(Standing::Stray) => line.push_str("  (about no earlier entry of this section)"),
            _ => {}
        }
        if let Some(first) = self.other_author(statements) {
            let _ = write!(line, "  by {}, first said by {}", self.entry.author, first.author);
        }
        line.push('\n');
        line
    }

    /// The entry whose author said first what somebody else has amended here.
    fn other_author(&self, statements: &Statements<'a>) -> Option<&'a Opened> {
        let is_amendment = matches!(self.operation(), Some(Operation::Amend(_)));
        let first = statements.entry(statements.first(self.entry.seq)?)?;
        (is_amendment && first.author != self.entry.author).then_some(first)
    }

    /// The line of a remark under its statement.
    pub(super) fn remark(&self, statements: &Statements<'_>) -> String {
        let kind = match (&self.annotation, self.operation()) {
            (Some(Annotation::Answer { request, outcome, .. }), _) => {
                format!("answer to {request}, {}", outcome.name())
            }
            (Some(annotation), _) => annotation.kind().to_owned(),
            (None, _) => "retraction".to_owned(),
        };
        let day = dates::format_instant(self.entry.time);
        let mut line = format!(
            "       {:>5}  {}  {kind} by {}: {}",
            self.entry.seq,
            &day[..day.len().min(10)],
            self.entry.author,
            shortened(&self.title, MOST_CHARS)
        );
        if let Some(state) = self.request_state(statements) {
            let _ = write!(line, "  ({state})");
        }
        line.push('\n');
        line
    }

    /// What became of a request, for people.
    fn request_state(&self, statements: &Statements<'_>) -> Option<String> {
        let requests = statements.requests(self.entry.seq);
        let request = requests.iter().find(|one| one.entry.seq == self.entry.seq)?;
        Some(match request.answer {
            Some((outcome, by)) => format!("{} by {by}", outcome.name()),
            None => {
                let due = dates::format_instant(request.due);
                let extended = if request.is_extended { ", extended once" } else { "" };
                format!("no answer yet, due {}{extended}", &due[..due.len().min(10)])
            }
        })
    }

    /// What the entry did, to which one: `amend of 2`.
    pub(super) fn deed(&self) -> String {
        match self.operation() {
            None => "unreadable".to_owned(),
            Some(operation) => match target(operation) {
                None => word(operation).to_owned(),
                Some(target) => format!("{} of {target}", word(operation)),
            },
        }
    }

    fn operation(&self) -> Option<Operation> {
        self.entry.frame.as_ref().ok().map(|frame| frame.operation)
    }

    pub(in crate::commands) fn json(&self, statements: &Statements<'_>) -> Value {
        let frame = self.entry.frame.as_ref().ok();
        let (standing, by) = match self.standing {
            None => ("unreadable", None),
            Some(Standing::Current) => ("current", None),
            Some(Standing::Corrected { by }) => ("corrected", Some(by)),
            Some(Standing::Retracted { by }) => ("retracted", Some(by)),
            Some(Standing::About { target }) => ("about", Some(target)),
            Some(Standing::Stray) => ("stray", None),
        };
        let is_replaced = matches!(standing, "corrected" | "retracted");
        let operation = self.operation();
        let target = operation.and_then(target);
        let target_author = target.and_then(|target| statements.entry(target));
        json!({
            "seq": self.entry.seq,
            "section": self.section.name,
            "author": self.entry.author.to_checksum(None),
            "time": dates::format_instant(self.entry.time),
            "tx": self.entry.transaction,
            "current": !is_replaced,
            "standing": standing,
            "standingEntry": by,
            "operation": operation.map(word),
            "target": target,
            "targetAuthor": target_author.map(|entry| entry.author.to_checksum(None)),
            "authoredAt": frame.map(|frame| dates::format_instant(frame.authored_at)),
            "bodyType": frame.map(|frame| kind(frame.body_type)),
            "resourceType": self.resource_type,
            "title": self.title,
            "date": self.date,
            "status": self.status,
            "body": self.body,
            "annotation": self.annotation_json(statements),
            "error": self.entry.frame.as_ref().err().map(chartkey_crypto::Error::code),
        })
    }

    fn annotation_json(&self, statements: &Statements<'_>) -> Value {
        let Some(annotation) = &self.annotation else { return Value::Null };
        let (outcome, request) = match annotation {
            Annotation::Answer { outcome, request, .. } => (Some(outcome.name()), Some(*request)),
            _ => (None, None),
        };
        let requests = statements.requests(self.entry.seq);
        let asked = requests.iter().find(|one| one.entry.seq == self.entry.seq);
        let answer = asked.and_then(|one| one.answer);
        json!({
            "kind": annotation.kind(),
            "text": annotation.text(),
            "outcome": outcome,
            "request": request,
            "due": asked.map(|one| dates::format_instant(one.due)),
            "extended": asked.map(|one| one.is_extended),
            "answer": answer.map(|(outcome, by)| json!({"outcome": Outcome::name(outcome), "seq": by})),
        })
    }
}

fn first_line(text: &str) -> String {
    printable(text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default())
}

const fn target(operation: Operation) -> Option<u32> {
    match operation {
        Operation::Create => None,
        Operation::Amend(target)
        | Operation::EnteredInError(target)
        | Operation::Annotate(target) => Some(target),
    }
}

const fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Amend(_) => "amend",
        Operation::EnteredInError(_) => "entered-in-error",
        Operation::Annotate(_) => "annotate",
    }
}

const fn kind(body_type: BodyType) -> &'static str {
    match body_type {
        BodyType::Fhir => "fhir",
        BodyType::Text => "text",
        BodyType::Product => "product",
    }
}
