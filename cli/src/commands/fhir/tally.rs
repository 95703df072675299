//! What became of each entry of the file: the counts add up to the entries that it has.

use std::collections::{BTreeMap, HashSet};

use alloy_primitives::B256;
use chartkey_fhir::{Entry, Identity, Import, Refused, Section, plain};
use serde_json::{Value, json};

use super::filing::Planned;
use super::known::Known;
use super::plan::{Cost, Load};
use crate::output::Report;
use crate::records::Appended;

/// Refusals that are printed one by one; `--json` has all of them.
const SHOWN_REFUSALS: usize = 20;

/// Counts of a section.
#[derive(Debug, Default)]
struct Counts {
    new: usize,
    corrected: usize,
    unchanged: usize,
    load: Load,
}

/// Counts of an import.
#[derive(Debug)]
pub(super) struct Tally {
    total: usize,
    sections: BTreeMap<Section, Counts>,
    refused: Vec<Refused>,
    transactions: Vec<B256>,
    counted: HashSet<usize>,
    warnings: Vec<String>,
}

/// What was read, and into what.
pub(super) struct Whose<'w> {
    /// The patient for people; several are counted.
    pub(super) patient: &'w str,
    /// The record, if it is one.
    pub(super) record: Option<B256>,
    /// Of a job: the patients by id with their records.
    pub(super) patients: Option<Value>,
}

impl Tally {
    pub(super) fn new(total: usize, refused: &[Refused], warnings: &[String]) -> Self {
        Self {
            total,
            sections: BTreeMap::new(),
            refused: refused.to_vec(),
            transactions: Vec::new(),
            counted: HashSet::new(),
            warnings: warnings.to_vec(),
        }
    }

    pub(super) fn of(import: &Import<'_>) -> Self {
        Self::new(import.total, &import.refused, &import.warnings)
    }

    fn sum(&self, count: impl Fn(&Counts) -> usize) -> usize {
        self.sections.values().map(count).sum()
    }

    pub(super) fn written(&self) -> usize {
        self.sum(|counts| counts.new + counts.corrected)
    }

    pub(super) fn is_counted(&self, position: usize) -> bool {
        self.counted.contains(&position)
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    pub(super) fn unchanged(&mut self, section: Section, position: usize) {
        self.counted.insert(position);
        self.sections.entry(section).or_default().unchanged += 1;
    }

    pub(super) fn refuse(&mut self, entry: &Entry<'_>, reason: &str) {
        self.refuse_line(entry.position, entry.what(), reason);
    }

    /// Refuses an entry that was not counted yet.
    pub(super) fn refuse_line(&mut self, position: usize, what: String, reason: &str) {
        if self.counted.insert(position) {
            self.refused.push(Refused { position, what, reason: reason.to_owned() });
        }
    }

    /// The transactions that a section would take.
    pub(super) fn plan(&mut self, section: Section, load: Load) {
        self.sections.entry(section).or_default().load.add(load);
    }

    /// These were written, by these transactions.
    pub(super) fn add(&mut self, section: Section, written: &[Planned], appended: &Appended) {
        let counts = self.sections.entry(section).or_default();
        for one in written {
            self.counted.insert(one.position);
            if one.is_amendment {
                counts.corrected += 1;
            } else {
                counts.new += 1;
            }
        }
        let hashes = appended.receipts.iter().map(|receipt| receipt.transaction_hash);
        self.transactions.extend(hashes);
    }

    /// What was retracted and is said again, in other words, is a statement of its own.
    pub(super) fn again(&mut self, entry: &Entry<'_>, was_retracted: bool) {
        if was_retracted {
            self.warnings.push(format!(
                "entry {} ({}): an earlier version was retracted; this one is filed as a new statement",
                entry.position,
                entry.what()
            ));
        }
    }

    /// A record of somebody else is a mistake that nobody can take back.
    pub(super) fn compare_patient(&mut self, known: &Known, entries: &[&Entry<'_>]) {
        let ours = entries.iter().filter(|entry| entry.resource_type == "Patient");
        let ours: Vec<&Identity> = ours.map(|entry| &entry.identity).collect();
        let (Some(first), false) = (ours.first(), known.patients().any(|one| ours.contains(&one)))
        else {
            return;
        };
        let name = |patient: &Identity| match patient.source.as_str() {
            "" => plain(&format!("Patient/{}", patient.id)),
            source => plain(&format!("Patient/{} of {source}", patient.id)),
        };
        let others: Vec<_> = known.patients().map(name).collect();
        if !others.is_empty() {
            let others = others.join(", ");
            let first = name(first);
            self.warnings.push(format!(
                "the record holds {others}, and this file is of {first}: check that they are one person"
            ));
        }
    }

    /// All loads together.
    pub(super) fn load(&self) -> Load {
        let mut sum = Load::default();
        self.sections.values().for_each(|counts| sum.add(counts.load));
        sum
    }

    pub(super) fn report(mut self, whose: Whose<'_>, rehearsed: Option<(Report, Cost)>) -> Report {
        self.refused.sort_by_key(|one| one.position);
        let text = self.text(&whose);
        let refused: Vec<_> = self.refused.iter().map(refusal).collect();
        let unmapped = self.sections.get(&Section::Unmapped);
        let mut data = json!({
            "record": whose.record,
            "patient": whose.patient,
            "total": self.total,
            "new": self.sum(|counts| counts.new),
            "corrected": self.sum(|counts| counts.corrected),
            "unchanged": self.sum(|counts| counts.unchanged),
            "unmapped": unmapped.map_or(0, |one| one.new + one.corrected + one.unchanged),
            "refused": refused,
            "sections": self.sections.iter().map(section_json).collect::<Vec<_>>(),
            "transactions": self.transactions,
        });
        if let Some(patients) = whose.patients {
            data["patients"] = patients;
        }
        let mut report = Report { warnings: self.warnings, ..Report::new(data, text) };
        if let Some((rehearsal, cost)) = rehearsed {
            report.text = format!("{}\n{}{}", rehearsal.text, cost.text(), report.text);
            report.data["dryRun"] = true.into();
            report.data["rehearsal"] = rehearsal.data["transactions"].clone();
            report.data["plan"] = cost.json();
        }
        report
    }

    fn text(&self, whose: &Whose<'_>) -> String {
        let mut text = String::new();
        if !self.sections.is_empty() {
            text.push_str(&format!(
                "{:<20}{:>8}{:>11}{:>11}\n",
                "section", "new", "corrected", "unchanged"
            ));
        }
        for (section, counts) in &self.sections {
            let Counts { new, corrected, unchanged, .. } = counts;
            text.push_str(&format!("{section:<20}{new:>8}{corrected:>11}{unchanged:>11}\n"));
        }
        for Refused { position, what, reason } in self.refused.iter().take(SHOWN_REFUSALS) {
            text.push_str(&format!(
                "refused  entry {position} ({}): {}\n",
                plain(what),
                plain(reason)
            ));
        }
        let more = self.refused.len().saturating_sub(SHOWN_REFUSALS);
        if more > 0 {
            text.push_str(&format!("refused  {more} more; --json lists them\n"));
        }
        // Last, where a person who reads only one line looks.
        text.push_str(&format!(
            "{} of {}: {} new, {} corrected, {} unchanged, {} refused, in {} transactions\n",
            self.total,
            whose.patient,
            self.sum(|counts| counts.new),
            self.sum(|counts| counts.corrected),
            self.sum(|counts| counts.unchanged),
            self.refused.len(),
            self.transactions.len()
        ));
        text
    }
}

fn refusal(one: &Refused) -> Value {
    json!({"position": one.position, "what": one.what, "reason": one.reason})
}

fn section_json((section, counts): (&Section, &Counts)) -> Value {
    let mut value = counts.load.json();
    value["name"] = section.name().into();
    value["new"] = counts.new.into();
    value["corrected"] = counts.corrected.into();
    value["unchanged"] = counts.unchanged.into();
    value
}
