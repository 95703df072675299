//! What was said about an entry: a comment, a disagreement, a request for amendment and its answer.

use serde_json::json;

use super::json::text;
use super::{Account, Instant, Subject};

/// A text about an entry.
#[derive(Debug, Clone, Copy)]
pub struct Remark<'a> {
    /// Section of both.
    pub section: &'a str,
    /// Number of the entry that it is about.
    pub target: u32,
    /// Its own number.
    pub seq: u32,
    /// What was said.
    pub text: &'a str,
    /// Who said it.
    pub author: Account,
    /// Block time.
    pub time: Instant,
}

/// A Communication about the resource at `url`: id and JSON text.
pub(super) fn communication(
    remark: &Remark<'_>,
    subject: Subject<'_>,
    url: &str,
    is_patient: bool,
) -> (String, String) {
    let record = subject.record;
    let id = record.uuid(&format!("remark/{}/{}", remark.section, remark.seq));
    let sender = if is_patient { subject.reference() } else { remark.author.reference(None) };
    let resource = json!({
        "resourceType": "Communication",
        "id": id,
        "identifier": [record.entry(remark.section, remark.seq)],
        "status": "completed",
        "subject": subject.reference(),
        "about": [{"reference": url}],
        "sent": remark.time.to_string(),
        "sender": sender,
        "payload": [{"contentString": remark.text}],
    });
    (id, text(resource))
}
