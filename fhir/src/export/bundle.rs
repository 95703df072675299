//! Bundles of what came in, byte for byte.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::card::{Card, cards, is_sensitive};
use super::json::{quoted, text};
use super::note::document;
use super::provenance::{Authorship, Deed, provenance};
use super::remark::communication;
use super::{About, Exported, Held, Instant, Standing, Subject};
use crate::{number, type_and_id};

/// Resources that were made here, with their `fullUrl`s.
pub type Resources = Vec<(String, String)>;

/// A `collection` Bundle of the current resources.
///
/// Each resource has the bytes that came in, and its `fullUrl` as it came in where that is known. Several
/// Patients, of several sources, are linked as the one person that the record is about.
#[must_use]
pub fn collection(held: &[Held<'_>], about: &About<'_>) -> Exported {
    let current = held.iter().filter(|one| one.standing == Standing::Current);
    let cards = cards(current, &about.record, false);
    let mut writer = Writer::new("collection", about.at, None);
    cards.iter().for_each(|card| writer.held(card, None));
    writer.linkage(&cards, about);
    writer.notes(&cards, about);
    writer.remarks(&cards, about);
    if about.has_provenance {
        writer.provenances(&cards, about);
    }
    writer.end(cards.len())
}

/// A `history` Bundle of every version, the newest first. What was retracted ends with a deletion, so that
/// no reader takes it as valid, and with a Provenance that says what it was: `entered-in-error`.
#[must_use]
pub fn history(held: &[Held<'_>], about: &About<'_>) -> Exported {
    let mut newest_first: Vec<_> = held.iter().collect();
    newest_first.sort_by_key(|one| std::cmp::Reverse((one.time, one.seq)));
    let cards = cards(newest_first, &about.record, true);
    let mut writer = Writer::new("history", about.at, None);
    let mut gone = BTreeSet::new();
    for card in cards.iter().filter(|card| card.held.standing == Standing::Retracted) {
        if gone.insert(&card.full_url) {
            writer.deletion(card);
        }
    }
    for (card, is_first) in cards.iter().zip(firsts(&cards)) {
        let (method, url, status) = match (&card.id, is_first) {
            (Some(_), false) => ("PUT", card.url(), "200"),
            (Some(_), true) => ("PUT", card.url(), "201"),
            (None, _) => ("POST", card.url(), "201"),
        };
        let version = json!({
            "request": {"method": method, "url": url},
            "response": {"status": status, "lastModified": card.held.time.to_string()},
        });
        writer.held(card, Some(&version));
    }
    writer.linkage(&cards, about);
    writer.notes(&cards, about);
    writer.remarks(&cards, about);
    if about.has_provenance {
        writer.provenances(&cards, about);
    }
    writer.end(cards.len())
}

/// Of cards that are sorted newest first: whether each is the first version of its statement.
fn firsts(cards: &[Card<'_>]) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    let mut firsts: Vec<_> = cards.iter().rev().map(|card| seen.insert(&card.full_url)).collect();
    firsts.reverse();
    firsts
}

/// A `collection` Bundle of resources that were made here.
#[must_use]
pub fn of_resources(resources: &[(String, String)], at: Instant) -> Exported {
    let mut writer = Writer::new("collection", at, None);
    resources.iter().for_each(|(url, resource)| writer.made(url, resource));
    writer.end(0)
}

/// The patient, by the newest Patient where there is one.
fn subject<'c>(cards: &'c [Card<'_>], about: &About<'_>) -> Subject<'c> {
    let patients = cards.iter().filter(|card| card.kind == "Patient");
    let newest = patients.max_by_key(|card| (card.held.time, card.held.seq));
    Subject { record: about.record, patient: newest.map(|card| card.full_url.as_str()) }
}

/// Puts a bundle together as text.
pub(super) struct Writer {
    text: String,
    kind: &'static str,
    at: Instant,
    /// `fullUrl`s that are taken.
    urls: BTreeSet<String>,
    made: usize,
    sensitive: usize,
}

impl Writer {
    pub(super) fn new(kind: &'static str, at: Instant, identifier: Option<&Value>) -> Self {
        let mut text = format!(r#"{{"resourceType":"Bundle","type":"{kind}","timestamp":"{at}""#);
        if let Some(identifier) = identifier {
            text.push_str(&format!(r#","identifier":{identifier}"#));
        }
        Self { text, kind, at, urls: BTreeSet::new(), made: 0, sensitive: 0 }
    }

    fn entry(&mut self, full_url: &str, resource: Option<&str>, rest: Option<&Value>) {
        // An empty array is no FHIR.
        self.text.push_str(if self.urls.is_empty() { ",\"entry\":[\n" } else { ",\n" });
        self.urls.insert(full_url.to_owned());
        self.text.push_str("{\"fullUrl\":");
        self.text.push_str(&quoted(full_url));
        if let Some(resource) = resource {
            self.text.push_str(",\"resource\":");
            self.text.push_str(resource);
        }
        for (name, member) in rest.and_then(Value::as_object).into_iter().flatten() {
            self.text.push_str(&format!(",{}:{member}", quoted(name)));
        }
        self.text.push('}');
    }

    /// A resource of the record: its bytes.
    pub(super) fn held(&mut self, card: &Card<'_>, rest: Option<&Value>) {
        if number::value(card.held.body).is_ok_and(|resource| is_sensitive(&resource)) {
            self.sensitive += 1;
        }
        self.entry(&card.full_url, Some(card.held.body), rest);
    }

    /// A resource that was made here, unless an earlier export of this record, which was imported again,
    /// has brought it.
    pub(super) fn made(&mut self, full_url: &str, resource: &str) {
        if self.urls.contains(full_url) {
            return;
        }
        self.made += 1;
        let rest = (self.kind == "history").then(|| {
            let kind = type_and_id(resource).map(|(kind, _)| kind);
            json!({
                "request": {"method": "POST", "url": kind},
                "response": {"status": "201", "lastModified": self.at.to_string()},
            })
        });
        self.entry(full_url, Some(resource), rest.as_ref());
    }

    fn deletion(&mut self, card: &Card<'_>) {
        let rest = json!({
            "request": {"method": "DELETE", "url": card.url()},
            "response": {"status": "204", "lastModified": self.at.to_string()},
        });
        self.entry(&card.full_url, None, Some(&rest));
    }

    /// Says of several Patients that they are one person, which the record says by holding them.
    pub(super) fn linkage(&mut self, cards: &[Card<'_>], about: &About<'_>) {
        let mut urls: Vec<&str> = Vec::new();
        for card in cards.iter().filter(|card| card.kind == "Patient") {
            if !urls.contains(&card.full_url.as_str()) {
                urls.push(&card.full_url);
            }
        }
        if urls.len() < 2 || self.kind == "history" {
            return;
        }
        let id = about.record.uuid(&format!("linkage/{}", urls.join(" ")));
        let items: Vec<_> = urls
            .iter()
            .enumerate()
            .map(|(index, url)| {
                let kind = if index + 1 == urls.len() { "source" } else { "alternate" };
                json!({"type": kind, "resource": {"reference": url}})
            })
            .collect();
        let linkage = json!({"resourceType": "Linkage", "id": id, "active": true, "item": items});
        self.made(&format!("urn:uuid:{id}"), &text(linkage));
    }

    /// Entries that are texts.
    fn notes(&mut self, cards: &[Card<'_>], about: &About<'_>) {
        let subject = subject(cards, about);
        for note in about.notes {
            let (id, resource) = document(note, subject, about.owner == Some(note.author));
            self.made(&format!("urn:uuid:{id}"), &resource);
        }
    }

    /// What was said about the entries that are here.
    pub(super) fn remarks(&mut self, cards: &[Card<'_>], about: &About<'_>) {
        let subject = subject(cards, about);
        for remark in about.remarks {
            let target = cards
                .iter()
                .find(|card| (card.held.section, card.held.seq) == (remark.section, remark.target));
            if let Some(card) = target {
                let is_patient = about.owner == Some(remark.author);
                let (id, resource) = communication(remark, subject, &card.full_url, is_patient);
                self.made(&format!("urn:uuid:{id}"), &resource);
            }
        }
    }

    fn provenances(&mut self, cards: &[Card<'_>], about: &About<'_>) {
        let subject = subject(cards, about);
        for card in cards {
            let held = card.held;
            let deed = match held.standing {
                Standing::Retracted => Deed::Nullify,
                _ if held.is_correction => Deed::Update,
                _ => Deed::Create,
            };
            let authorship = Authorship {
                subject,
                section: held.section,
                seq: held.seq,
                target: Some(&card.full_url),
                author: held.author,
                display: None,
                is_patient: about.owner == Some(held.author),
                recorded: held.time,
                deed,
                reason: None,
                transaction: held.transaction,
            };
            let (id, resource) = provenance(&authorship);
            self.made(&format!("urn:uuid:{}", about.record.uuid(&id)), &resource);
        }
    }

    pub(super) fn end(mut self, entries: usize) -> Exported {
        self.text.push_str(if self.urls.is_empty() { "}\n" } else { "\n]}\n" });
        Exported {
            text: self.text,
            entries,
            made: self.made,
            left_out: 0,
            sensitive: self.sensitive,
        }
    }
}
