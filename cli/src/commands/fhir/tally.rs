//! What became of each entry of the file: the counts add up to the entries that it has.

use std::collections::HashSet;

use alloy_primitives::B256;
use chartkey_fhir::{Entry, Import, Section, plain};
use serde_json::{Value, json};

use super::{Known, Planned};
use crate::output::Report;
use crate::records::Appended;

/// Counts of an import.
#[derive(Debug)]
pub(super) struct Tally {
    new: usize,
    corrected: usize,
    unchanged: usize,
    unmapped: usize,
    refused: Vec<Value>,
    transactions: Vec<B256>,
    counted: HashSet<usize>,
    patient: String,
    warnings: Vec<String>,
}

impl Tally {
    pub(super) fn new(import: &Import) -> Self {
        let refused = import
            .refused
            .iter()
            .map(|one| json!({"position": one.position, "what": one.what, "reason": one.reason}))
            .collect();
        let unmapped = import.entries.iter().filter(|entry| entry.section == Section::Unmapped);
        Self {
            new: 0,
            corrected: 0,
            unchanged: 0,
            unmapped: unmapped.count(),
            refused,
            transactions: Vec::new(),
            counted: HashSet::new(),
            patient: import.patient.id.clone(),
            warnings: import.warnings.clone(),
        }
    }

    pub(super) const fn written(&self) -> usize {
        self.new + self.corrected
    }

    pub(super) fn is_counted(&self, position: usize) -> bool {
        self.counted.contains(&position)
    }

    pub(super) fn unchanged(&mut self, position: usize) {
        self.counted.insert(position);
        self.unchanged += 1;
    }

    pub(super) fn refuse(&mut self, entry: &Entry, error: &chartkey_crypto::Error) {
        self.counted.insert(entry.position);
        self.refused.push(json!({
            "position": entry.position,
            "what": plain(&entry.source_key),
            "reason": error.to_string(),
        }));
    }

    /// These were written, by these transactions.
    pub(super) fn add(&mut self, written: &[Planned], appended: &Appended) {
        for one in written {
            self.counted.insert(one.position);
            if one.is_amendment {
                self.corrected += 1;
            } else {
                self.new += 1;
            }
        }
        let hashes = appended.receipts.iter().map(|receipt| receipt.transaction_hash);
        self.transactions.extend(hashes);
    }

    /// A record of somebody else is a mistake that nobody can take back.
    pub(super) fn compare_patient(&mut self, known: &Known) {
        let ours = format!("Patient/{}", self.patient);
        let mut others = known.patients().filter(|patient| *patient != ours).peekable();
        if others.peek().is_some() && !known.patients().any(|patient| patient == ours) {
            let others: Vec<_> = others.map(plain).collect();
            self.warnings.push(format!(
                "the record holds {}, and this file is of {}: check that they are one person",
                others.join(", "),
                plain(&ours)
            ));
        }
    }

    pub(super) fn report(
        mut self,
        record: B256,
        import: &Import,
        rehearsal: Option<Report>,
    ) -> Report {
        self.refused.sort_by_key(|one| one["position"].as_u64());
        let mut text = String::new();
        if self.unmapped > 0 {
            text.push_str(&format!(
                "{} have no section of their own and are kept in unmapped\n",
                self.unmapped
            ));
        }
        for one in &self.refused {
            let part = |name: &str| plain(one[name].as_str().unwrap_or_default());
            text.push_str(&format!(
                "refused  entry {} ({}): {}\n",
                one["position"],
                part("what"),
                part("reason")
            ));
        }
        // Last, where a person who reads only one line looks.
        text.push_str(&format!(
            "{} of {}: {} new, {} corrected, {} unchanged, {} refused, in {} transactions\n",
            import.total,
            import.patient.display,
            self.new,
            self.corrected,
            self.unchanged,
            self.refused.len(),
            self.transactions.len()
        ));
        let mut data = json!({
            "record": record,
            "patient": import.patient.display,
            "total": import.total,
            "new": self.new,
            "corrected": self.corrected,
            "unchanged": self.unchanged,
            "unmapped": self.unmapped,
            "refused": self.refused,
            "transactions": self.transactions,
        });
        if let Some(rehearsal) = rehearsal {
            text = format!("{}\n{text}", rehearsal.text);
            data["dryRun"] = true.into();
            data["rehearsal"] = rehearsal.data["transactions"].clone();
        }
        Report { warnings: self.warnings, ..Report::new(data, text) }
    }
}
