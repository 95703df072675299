//! What a section holds already.
//!
//! Read from the chain, so that a second import changes nothing even from another machine, and kept up
//! while a file is planned, so that a file which says a thing twice is filed once.

use std::collections::{HashMap, HashSet};

use alloy_primitives::{B256, keccak256};
use chartkey_crypto::{BodyType, Operation, Standing, standings};
use chartkey_fhir::{Entry, Identity};

use super::origin;
use crate::records::SectionChart;

/// Bodies and identities of a section.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Who said what, by digest of the body.
    said: HashMap<B256, Vec<Identity>>,
    /// Newest version of each statement that stands.
    newest: HashMap<Identity, u32>,
    /// Statements that were retracted, and are not amended any more.
    retracted: HashSet<Identity>,
    /// Number of the next entry.
    next: u32,
}

impl Known {
    pub(super) fn of(section: &SectionChart) -> Self {
        let mut known = Self { next: section.state.seq() + 1, ..Self::default() };
        let opened = || {
            let entries = section.entries.iter();
            entries.filter_map(|entry| Some((entry.seq, entry.frame.as_ref().ok()?)))
        };
        let standing = standings(opened().map(|(seq, frame)| (seq, frame.operation)));
        for (seq, frame) in opened().filter(|(_, frame)| frame.body_type == BodyType::Fhir) {
            let Ok(body) = frame.body() else { continue };
            let Ok(text) = std::str::from_utf8(&body) else { continue };
            let Some(identity) = origin::identity(frame, text) else { continue };
            match standing.get(&seq) {
                Some(Standing::Current | Standing::Corrected { .. }) => {
                    known.newest.insert(identity.clone(), seq);
                }
                Some(Standing::Retracted { .. }) => drop(known.retracted.insert(identity.clone())),
                // Comments, reasons, and what changes nothing.
                _ => continue,
            }
            known.said.entry(keccak256(&body)).or_default().push(identity);
        }
        known
    }

    /// `None` for content that is there already.
    pub(super) fn operation(&self, entry: &Entry<'_>) -> Option<Operation> {
        let said = self.said.get(&keccak256(entry.body.as_bytes())).into_iter().flatten();
        if said.into_iter().any(|earlier| may_be_one(earlier, &entry.identity)) {
            return None;
        }
        Some(
            self.newest
                .get(&entry.identity)
                .map_or(Operation::Create, |seq| Operation::Amend(*seq)),
        )
    }

    /// Whether this would say again, in other words, what was retracted.
    pub(super) fn is_retracted(&self, entry: &Entry<'_>) -> bool {
        self.retracted.contains(&entry.identity) && !self.newest.contains_key(&entry.identity)
    }

    /// The entry is planned as the next one.
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        let digest = keccak256(entry.body.as_bytes());
        self.said.entry(digest).or_default().push(entry.identity.clone());
        self.newest.insert(entry.identity.clone(), self.next);
        self.next += 1;
    }

    /// Patients that the section holds.
    pub(super) fn patients(&self) -> impl Iterator<Item = &Identity> {
        self.newest.keys().filter(|identity| identity.resource_type == "Patient")
    }
}

/// Whether two resources with the very same bytes are one statement: of one source, or of a source that
/// is not known for one of them; not if two different URLs were given.
fn may_be_one(a: &Identity, b: &Identity) -> bool {
    let is_url = |identity: &Identity| identity.id.contains(':');
    let same_source = a.source == b.source || a.source.is_empty() || b.source.is_empty();
    same_source && (a.id == b.id || !(is_url(a) && is_url(b)))
}
