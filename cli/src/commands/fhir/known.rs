//! What a section holds already.
//!
//! Read from the chain, so that a second import changes nothing even from another machine, and kept up
//! while a file is planned, so that a file which says a thing twice is filed once.

use std::collections::{HashMap, HashSet};

use alloy_primitives::{B256, keccak256};
use chartkey_crypto::Operation;
use chartkey_fhir::{Entry, identity};

use crate::records::SectionChart;

/// Bodies and identities of a section.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Digests of bodies.
    bodies: HashSet<B256>,
    /// Newest entry of each `Type/id` on the chain.
    newest: HashMap<String, u32>,
    /// Newest entry of each source in the file, which names its server as well.
    planned: HashMap<String, u32>,
    /// Number of the next entry.
    next: u32,
}

impl Known {
    pub(super) fn of(section: &SectionChart) -> Self {
        let mut known = Self { next: section.state.seq() + 1, ..Self::default() };
        for entry in &section.entries {
            let Ok(frame) = &entry.frame else { continue };
            let Ok(body) = frame.body() else { continue };
            known.bodies.insert(keccak256(&body));
            if let Some(key) = identity(&String::from_utf8_lossy(&body)) {
                known.newest.insert(key, entry.seq);
            }
        }
        known
    }

    /// `None` for content that is there already.
    pub(super) fn operation(&self, entry: &Entry) -> Option<Operation> {
        if self.bodies.contains(&keccak256(entry.body.as_bytes())) {
            return None;
        }
        let earlier = self.planned.get(&entry.source_key).copied();
        let stored = || self.newest.get(&identity(&entry.body)?).copied();
        Some(earlier.or_else(stored).map_or(Operation::Create, Operation::Amend))
    }

    /// The entry is planned as the next one.
    pub(super) fn add(&mut self, entry: &Entry) {
        self.bodies.insert(keccak256(entry.body.as_bytes()));
        self.planned.insert(entry.source_key.clone(), self.next);
        self.next += 1;
    }

    /// Identities of Patients that the section holds.
    pub(super) fn patients(&self) -> impl Iterator<Item = &str> {
        self.newest.keys().map(String::as_str).filter(|key| key.starts_with("Patient/"))
    }
}
