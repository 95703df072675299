//! An entry that is a text.

use serde_json::json;

use super::base64::base64;
use super::json::text;
use super::{Account, Instant, Subject};

/// A text that stands by itself in a section.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    /// Its section.
    pub section: &'a str,
    /// Its number.
    pub seq: u32,
    /// What it says.
    pub text: &'a str,
    /// Who wrote it.
    pub author: Account,
    /// Block time.
    pub time: Instant,
}

/// A DocumentReference with the text in it: id and JSON text.
pub(super) fn document(
    note: &Note<'_>,
    subject: Subject<'_>,
    is_patient: bool,
) -> (String, String) {
    let record = subject.record;
    let id = record.uuid(&format!("note/{}/{}", note.section, note.seq));
    let author = if is_patient { subject.reference() } else { note.author.reference(None) };
    let resource = json!({
        "resourceType": "DocumentReference",
        "id": id,
        "identifier": [record.entry(note.section, note.seq)],
        "status": "current",
        "type": {"text": "Note"},
        "subject": subject.reference(),
        "date": note.time.to_string(),
        "author": [author],
        "content": [{"attachment": {
            "contentType": "text/plain; charset=utf-8",
            "data": base64(note.text.as_bytes()),
        }}],
    });
    (id, text(resource))
}
