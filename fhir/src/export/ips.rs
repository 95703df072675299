//! The International Patient Summary (ISO 27269, HL7 IPS) as a `document` Bundle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::bundle::Writer;
use super::card::{Card, Freshness, Targets, cards, freshness, is_sensitive};
use super::json::text;
use super::parts::{Part, part, sameness};
use super::systems::{LOINC, concept};
use super::{About, Account, Exported, Held, Standing, Subject, narrative};
use crate::number;

/// Who makes the summary.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// The patient.
    Patient,
    /// Somebody else, by account.
    Account {
        /// The account.
        account: Account,
        /// Name for people.
        display: Option<&'a str>,
    },
}

/// What is listed, by section: places of cards, newest first.
type Lists = BTreeMap<Part, Vec<usize>>;

/// A summary of the current resources: Composition first, then the Patient, then what is listed, then
/// what these refer to.
///
/// Problems, medications and allergies are there even if empty, with the reason; of results, vital signs
/// and social history the newest value of each kind is listed. The resources have the bytes that came in.
#[must_use]
pub fn summary(held: &[Held<'_>], about: &About<'_>, author: Author<'_>) -> Exported {
    let current = held.iter().filter(|one| one.standing == Standing::Current);
    let cards = cards(current, &about.record, false);
    let patient = newest_patient(&cards);
    let (lists, is_restricted) = listed(&cards);
    let order = included(&cards, &lists, patient);
    let id = about.record.uuid(&format!("summary/{}", about.at.0));
    let identifier = json!({"system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{id}")});
    let mut writer = Writer::new("document", about.at, Some(&identifier));
    let (patient_url, stand_in) = match patient {
        Some(index) => (cards[index].full_url.clone(), None),
        None => {
            let (url, id) = stand_in(&cards, about);
            (url, Some(id))
        }
    };
    let subject = Subject { record: about.record, patient: Some(&patient_url) };
    let composition = Composition { about, author, subject, lists: &lists, cards: &cards };
    let composition_id = about.record.uuid(&format!("composition/{}", about.at.0));
    let url = format!("urn:uuid:{composition_id}");
    writer.made(&url, &composition.text(&composition_id, is_restricted));
    if let Some(id) = stand_in {
        writer.made(&patient_url, &unknown_patient(&id, about));
    }
    order.iter().for_each(|index| writer.held(&cards[*index], None));
    let included: Vec<Card<'_>> = cards
        .into_iter()
        .enumerate()
        .filter_map(|(index, card)| order.contains(&index).then_some(card))
        .collect();
    writer.linkage(&included, about);
    writer.remarks(&included, about);
    let all = held.iter().filter(|one| one.standing == Standing::Current).count();
    let exported = writer.end(order.len());
    Exported { left_out: all - order.len(), ..exported }
}

/// The Patient that was written last.
fn newest_patient(cards: &[Card<'_>]) -> Option<usize> {
    let patients = cards.iter().enumerate().filter(|(_, card)| card.kind == "Patient");
    patients.max_by_key(|(_, card)| (card.held.time, card.held.seq)).map(|(index, _)| index)
}

/// When it was, what it is a value of, and the place of its card.
type Listed = (Freshness, Option<String>, usize);

/// Sorts resources into sections; whether one of them is labelled as sensitive.
fn listed(cards: &[Card<'_>]) -> (Lists, bool) {
    let mut found: BTreeMap<Part, Vec<Listed>> = BTreeMap::new();
    let mut is_restricted = false;
    for (index, card) in cards.iter().enumerate() {
        let Ok(resource) = number::value(card.held.body) else { continue };
        if let Some(part) = part(&card.kind, &resource) {
            is_restricted |= is_sensitive(&resource);
            let freshness = freshness(card.held, &resource);
            found.entry(part).or_default().push((
                freshness,
                sameness(&card.kind, &resource),
                index,
            ));
        }
    }
    let mut lists = Lists::new();
    for (part, mut items) in found {
        items.sort_by(|a, b| b.0.cmp(&a.0));
        let mut kinds = BTreeSet::new();
        let shown = items.into_iter().filter(|(_, kind, _)| {
            !part.shows_newest() || kind.as_ref().is_none_or(|kind| kinds.insert(kind.clone()))
        });
        lists.insert(part, shown.map(|(_, _, index)| index).collect());
    }
    (lists, is_restricted)
}

/// The Patient, what is listed, and what these refer to, in this order.
fn included(cards: &[Card<'_>], lists: &Lists, patient: Option<usize>) -> Vec<usize> {
    let targets = Targets::of(cards);
    let mut order: Vec<usize> = Vec::new();
    let mut seen = BTreeSet::new();
    let roots = patient.into_iter().chain(lists.values().flatten().copied());
    let mut queue: VecDeque<usize> = roots.collect();
    while let Some(index) = queue.pop_front() {
        if seen.insert(index) {
            order.push(index);
            let card = &cards[index];
            queue.extend(card.references.iter().filter_map(|target| targets.find(card, target)));
        }
    }
    order
}

/// `fullUrl` and id for the Patient where the record has none: as its resources name them.
fn stand_in(cards: &[Card<'_>], about: &About<'_>) -> (String, String) {
    cards.iter().find_map(Card::patient).unwrap_or_else(|| {
        let id = about.record.uuid("patient");
        (format!("urn:uuid:{id}"), id)
    })
}

/// A Patient of whom the record says nothing: what IPS demands, marked as unknown.
fn unknown_patient(id: &str, about: &About<'_>) -> String {
    let unknown = json!([{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "unknown",
    }]);
    text(json!({
        "resourceType": "Patient",
        "id": id,
        "identifier": [about.record.identifier()],
        "name": [{"extension": unknown}],
        "_birthDate": {"extension": unknown},
    }))
}

struct Composition<'c> {
    about: &'c About<'c>,
    author: Author<'c>,
    subject: Subject<'c>,
    lists: &'c Lists,
    cards: &'c [Card<'c>],
}

impl Composition<'_> {
    fn text(&self, id: &str, is_restricted: bool) -> String {
        let author = match self.author {
            Author::Patient => json!({"reference": self.subject.patient, "type": "Patient"}),
            Author::Account { account, display } => account.reference(display),
        };
        let at = self.about.at.to_string();
        let sections: Vec<_> =
            Part::ALL.into_iter().filter_map(|part| self.section(part)).collect();
        text(json!({
            "resourceType": "Composition",
            "id": id,
            "identifier": {
                "system": "urn:ietf:rfc:3986",
                "value": format!("urn:uuid:{id}"),
            },
            "status": "final",
            "type": concept(LOINC, "60591-5", "Patient summary Document"),
            "subject": {"reference": self.subject.patient, "type": "Patient"},
            "date": at,
            "author": [author],
            "title": "International Patient Summary",
            "confidentiality": if is_restricted { "R" } else { "N" },
            "event": [{
                "code": [concept(
                    "http://terminology.hl7.org/CodeSystem/v3-ActClass",
                    "PCPR",
                    "care provision",
                )],
                "period": {"end": at},
            }],
            "section": sections,
        }))
    }

    fn section(&self, part: Part) -> Option<Value> {
        let (code, name, title) = part.names();
        let list = self.lists.get(&part).map_or(&[][..], Vec::as_slice);
        let (div, empty_reason) = match (list, part.required()) {
            ([], None) => return None,
            ([], Some(said)) => {
                let reason = concept(
                    "http://terminology.hl7.org/CodeSystem/list-empty-reason",
                    "unavailable",
                    "Unavailable",
                );
                (narrative::sentence(said), reason)
            }
            (list, _) => {
                let bodies = list.iter().map(|index| self.cards[*index].held.body);
                (narrative::table(bodies), Value::Null)
            }
        };
        let entries: Vec<_> =
            list.iter().map(|index| json!({"reference": self.cards[*index].full_url})).collect();
        Some(json!({
            "title": title,
            "code": concept(LOINC, code, name),
            "text": {"status": "generated", "div": div},
            "entry": entries,
            "emptyReason": empty_reason,
        }))
    }
}
