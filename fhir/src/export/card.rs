//! What an export needs to know of each resource: its name in the bundle, and whom it points to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Held, RecordRef};
use crate::describe::summarize;
use crate::number;
use crate::reference::{pointers, without_version};

/// One resource of an export.
#[derive(Debug)]
pub(super) struct Card<'a> {
    pub(super) held: &'a Held<'a>,
    pub(super) kind: String,
    pub(super) id: Option<String>,
    pub(super) full_url: String,
    /// Targets of its references, without versions, contained ones left out.
    pub(super) references: BTreeSet<String>,
    /// Its patient, as it names them.
    pub(super) subject: Option<String>,
}

impl Card<'_> {
    /// `Condition/1`, or the type alone.
    pub(super) fn url(&self) -> String {
        match &self.id {
            Some(id) => format!("{}/{id}", self.kind),
            None => self.kind.clone(),
        }
    }

    /// The `fullUrl` that its patient's resource would have, and the id.
    pub(super) fn patient(&self) -> Option<(String, String)> {
        let subject = self.subject.as_deref()?;
        let id = subject.rsplit(['/', ':']).next().filter(|id| is_id(id))?.to_owned();
        let url = match subject.contains(':') {
            true => subject.to_owned(),
            false => format!("{}/{subject}", self.base()?),
        };
        Some((url, id))
    }

    /// Base of its `fullUrl`, against which its relative references are meant.
    fn base(&self) -> Option<&str> {
        self.full_url.strip_suffix(&format!("/{}", self.url()))
    }
}

/// Cards for these resources, in their order. No two statements share a `fullUrl`, and, unless versions
/// are told apart otherwise, no two resources (FHIR R4, invariant bdl-7).
pub(super) fn cards<'a>(
    held: impl IntoIterator<Item = &'a Held<'a>>,
    record: &RecordRef,
    has_versions: bool,
) -> Vec<Card<'a>> {
    let mut taken: BTreeMap<String, (String, &str)> = BTreeMap::new();
    held.into_iter()
        .filter_map(|held| {
            let resource = number::value(held.body).ok()?;
            let kind = resource["resourceType"].as_str()?.to_owned();
            let id = resource["id"].as_str().filter(|id| is_id(id)).map(str::to_owned);
            let mut full_url = match (&id, &held.origin.full_url) {
                (Some(id), _) => held.origin.shown(&kind, id),
                (None, Some(url)) => url.clone(),
                (None, None) => made_up(held, record),
            };
            let owner = (format!("{kind}/{id:?}"), held.section);
            // Versions of a statement share it; the same id in another section is another statement.
            if taken.get(&full_url).is_some_and(|first| !has_versions || *first != owner) {
                full_url = made_up(held, record);
            }
            taken.insert(full_url.clone(), owner);
            let mut references = BTreeSet::new();
            collect(&resource, &mut references);
            let pointers = pointers(&resource).unwrap_or_default();
            let subject = pointers.iter().find_map(|pointer| pointer.named_patient());
            let subject = subject.map(str::to_owned);
            Some(Card { held, kind, id, full_url, references, subject })
        })
        .collect()
}

fn made_up(held: &Held<'_>, record: &RecordRef) -> String {
    format!("urn:uuid:{}", record.uuid(&format!("{}/{}", held.section, held.seq)))
}

/// FHIR's ids: 1 to 64 of `A-Z a-z 0-9 - .`.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(target) = members.get("reference").and_then(Value::as_str)
                && !target.starts_with('#')
            {
                found.insert(without_version(target).to_owned());
            }
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// Where the references of an export lead.
#[derive(Debug)]
pub(super) struct Targets<'c> {
    by_url: BTreeMap<&'c str, usize>,
    by_name: BTreeMap<(&'c str, String), usize>,
}

impl<'c> Targets<'c> {
    pub(super) fn of(cards: &'c [Card<'_>]) -> Self {
        let by_url = cards.iter().enumerate().map(|(index, card)| (card.full_url.as_str(), index));
        let by_name = cards
            .iter()
            .enumerate()
            .map(|(index, card)| ((card.held.origin.source.as_str(), card.url()), index));
        Self { by_url: by_url.collect(), by_name: by_name.collect() }
    }

    /// The resource that a reference means: by `fullUrl` first, then relative to its own, then by name at
    /// the same source. What is not found stays unresolved.
    pub(super) fn find(&self, card: &Card<'_>, target: &str) -> Option<usize> {
        let relative = || {
            let url = format!("{}/{target}", card.base()?);
            self.by_url.get(url.as_str())
        };
        let named = || self.by_name.get(&(card.held.origin.source.as_str(), target.to_owned()));
        self.by_url.get(target).or_else(relative).or_else(named).copied()
    }
}

/// Whether a label says that the resource is sensitive (domain guide, "Consent").
pub(super) fn is_sensitive(resource: &Value) -> bool {
    const LABELS: [&str; 12] =
        ["R", "V", "ETHUD", "SUD", "HIV", "PSY", "SDV", "STD", "SEX", "GDIS", "BH", "MH"];
    let labels = resource["meta"]["security"].as_array().into_iter().flatten();
    labels.filter_map(|label| label["code"].as_str()).any(|code| LABELS.contains(&code))
}

/// Clinical date as written, then block time and number.
pub(super) type Freshness = (String, u64, u32);

pub(super) fn freshness(held: &Held<'_>, resource: &Value) -> Freshness {
    (summarize(resource).date.unwrap_or_default(), held.time.0, held.seq)
}
