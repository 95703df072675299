//! Statements of a section: which versions belong together, which of them counts, what was said about
//! them (crypto.md section 8.6).

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::Address;
use chartkey_crypto::{Frame, Operation, Standing, standings};

use super::annotation::{Annotation, Outcome};
use super::section::{Opened, SectionChart};

/// How long an answer to a request may take, and by how much it may be extended once, in seconds (domain
/// guide section "Amendments": 60 and 30 days).
const ANSWER_SECS: u64 = 60 * 86_400;
const EXTENSION_SECS: u64 = 30 * 86_400;

/// The entries of a section that could be opened, by statement.
#[derive(Debug)]
pub struct Statements<'a> {
    entries: BTreeMap<u32, &'a Opened>,
    standings: BTreeMap<u32, Standing>,
    /// First entry of the statement that an entry is a version of or speaks about.
    firsts: BTreeMap<u32, u32>,
    /// Entries of a statement in order, by its first one.
    groups: BTreeMap<u32, Vec<u32>>,
}

/// A request for an amendment, and what became of it.
#[derive(Debug)]
pub struct Request<'a> {
    /// The entry.
    pub entry: &'a Opened,
    /// When an answer is due, in Unix seconds.
    pub due: u64,
    /// Whether that time was extended.
    pub is_extended: bool,
    /// Accepted or denied, and the entry that says so.
    pub answer: Option<(Outcome, u32)>,
}

impl<'a> Statements<'a> {
    /// Those of a section; with a time, in Unix seconds, as they were then.
    #[must_use]
    pub fn of(section: &'a SectionChart, until: Option<u64>) -> Self {
        let is_then = |entry: &&Opened| until.is_none_or(|until| entry.time <= until);
        Self::among(section.entries.iter().filter(is_then))
    }

    /// Those of a section without some of its entries.
    #[must_use]
    pub fn without(section: &'a SectionChart, numbers: &[u32]) -> Self {
        Self::among(section.entries.iter().filter(|entry| !numbers.contains(&entry.seq)))
    }

    pub(super) fn among(entries: impl Iterator<Item = &'a Opened>) -> Self {
        let entries: BTreeMap<u32, &Opened> = entries.map(|entry| (entry.seq, entry)).collect();
        let operations = || {
            let opened = entries.iter().filter_map(|(seq, entry)| Some((*seq, frame(entry)?)));
            opened.map(|(seq, frame)| (seq, frame.operation))
        };
        let standings = standings(operations());
        let mut firsts = BTreeMap::new();
        for (seq, operation) in operations() {
            let first = match operation {
                Operation::Create => Some(seq),
                Operation::Amend(target)
                | Operation::EnteredInError(target)
                | Operation::Annotate(target) => {
                    let is_stray = standings.get(&seq) == Some(&Standing::Stray);
                    firsts.get(&target).copied().filter(|_| !is_stray)
                }
            };
            firsts.extend(first.map(|first| (seq, first)));
        }
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (seq, first) in &firsts {
            groups.entry(*first).or_default().push(*seq);
        }
        Self { entries, standings, firsts, groups }
    }

    /// All entries in order, those that cannot be read included.
    pub fn entries(&self) -> impl Iterator<Item = &'a Opened> {
        self.entries.values().copied()
    }

    /// An entry by its number.
    #[must_use]
    pub fn entry(&self, seq: u32) -> Option<&'a Opened> {
        self.entries.get(&seq).copied()
    }

    /// How an entry stands; `None` for one that cannot be read.
    #[must_use]
    pub fn standing(&self, seq: u32) -> Option<Standing> {
        self.standings.get(&seq).copied()
    }

    /// Whether a newer version or a retraction stands against an entry.
    #[must_use]
    pub fn is_replaced(&self, seq: u32) -> bool {
        matches!(self.standing(seq), Some(Standing::Corrected { .. } | Standing::Retracted { .. }))
    }

    /// First entry of the statement that this one is a version of or speaks about.
    #[must_use]
    pub fn first(&self, seq: u32) -> Option<u32> {
        self.firsts.get(&seq).copied()
    }

    /// The versions of a statement in order: by the number of any entry of it.
    pub fn versions(&self, seq: u32) -> impl Iterator<Item = &'a Opened> {
        self.group(seq).filter(|entry| is_version(entry))
    }

    /// What was said about a statement, retractions included, in order.
    pub fn remarks(&self, seq: u32) -> impl Iterator<Item = &'a Opened> {
        self.group(seq).filter(|entry| !is_version(entry))
    }

    /// Whether an entry speaks about a statement: a comment or a retraction.
    #[must_use]
    pub fn is_remark(&self, seq: u32) -> bool {
        matches!(self.standing(seq), Some(Standing::About { .. }))
    }

    /// Versions of a statement and remarks about it, in order; none for an entry of no statement.
    pub fn group(&self, seq: u32) -> impl Iterator<Item = &'a Opened> {
        let group = self.first(seq).and_then(|first| self.groups.get(&first));
        group.into_iter().flatten().filter_map(|seq| self.entry(*seq))
    }

    /// The version of a statement that counts; `None` if it was retracted.
    #[must_use]
    pub fn current(&self, seq: u32) -> Option<&'a Opened> {
        self.versions(seq).find(|entry| self.standing(entry.seq) == Some(Standing::Current))
    }

    /// The retraction of a statement, or else of this version of it.
    #[must_use]
    pub fn retraction(&self, seq: u32) -> Option<u32> {
        match self.standing(seq)? {
            Standing::Retracted { by } => Some(by),
            _ => None,
        }
    }

    /// Who wrote versions of a statement.
    #[must_use]
    pub fn authors(&self, seq: u32) -> BTreeSet<Address> {
        self.versions(seq).map(|entry| entry.author).collect()
    }

    /// The requests for an amendment of a statement, with what became of each. An answer counts if it is
    /// by an author of the statement and not by who asked.
    #[must_use]
    pub fn requests(&self, seq: u32) -> Vec<Request<'a>> {
        let authors = self.authors(seq);
        let mut requests: Vec<Request<'a>> = Vec::new();
        for entry in self.remarks(seq) {
            match frame(entry).and_then(Annotation::of) {
                Some(Annotation::Request { .. }) => {
                    let due = entry.time.saturating_add(ANSWER_SECS);
                    requests.push(Request { entry, due, is_extended: false, answer: None });
                }
                Some(Annotation::Answer { request, outcome, .. }) => {
                    let asked = requests.iter_mut().find(|asked| {
                        asked.entry.seq == request
                            && asked.answer.is_none()
                            && authors.contains(&entry.author)
                            && asked.entry.author != entry.author
                    });
                    if let Some(asked) = asked {
                        asked.take(outcome, entry);
                    }
                }
                Some(Annotation::Statement { .. } | Annotation::Disagreement { .. }) | None => {}
            }
        }
        requests
    }
}

impl Request<'_> {
    const fn take(&mut self, outcome: Outcome, entry: &Opened) {
        match outcome {
            Outcome::Extended if self.is_extended || entry.time > self.due => {}
            Outcome::Extended => {
                self.is_extended = true;
                self.due = self.due.saturating_add(EXTENSION_SECS);
            }
            decided => self.answer = Some((decided, entry.seq)),
        }
    }
}

fn frame(entry: &Opened) -> Option<&Frame> {
    entry.frame.as_ref().ok()
}

pub(super) fn is_version(entry: &Opened) -> bool {
    let operation = frame(entry).map(|frame| frame.operation);
    matches!(operation, Some(Operation::Create | Operation::Amend(_)))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;
    use chartkey_crypto::{BodyType, Error as CryptoError};

    use super::*;

    const PATIENT: u8 = 1;
    const CLINICIAN: u8 = 2;

    fn entry(seq: u32, author: u8, frame: Result<Frame, CryptoError>) -> Opened {
        Opened {
            seq,
            author: Address::repeat_byte(author),
            time: 1_800_000_000 + u64::from(seq),
            transaction: B256::ZERO,
            epoch: None,
            frame,
        }
    }

    fn said(seq: u32, author: u8, operation: Operation) -> Opened {
        entry(seq, author, Frame::new(operation, BodyType::Text, 0, b"x".to_vec()))
    }

    fn noted(seq: u32, author: u8, target: u32, annotation: &Annotation) -> Opened {
        let frame = annotation.frame(target, 0).expect("short");
        entry(seq, author, Ok(frame))
    }

    fn request() -> Annotation {
        Annotation::Request { text: "it was the left knee".into() }
    }

    fn answer(request: u32, outcome: Outcome) -> Annotation {
        Annotation::Answer { request, outcome, version: None, text: "because".into() }
    }

    #[test]
    fn versions_of_a_statement_are_found_by_any_of_their_numbers() {
        let entries = [
            said(2, CLINICIAN, Operation::Create),
            said(3, CLINICIAN, Operation::Create),
            said(4, PATIENT, Operation::Amend(2)),
            said(5, PATIENT, Operation::Annotate(4)),
            entry(6, PATIENT, Err(CryptoError::TagMismatch)),
            said(7, PATIENT, Operation::Amend(6)),
        ];
        let statements = Statements::among(entries.iter());

        for seq in [2, 4, 5] {
            let versions: Vec<_> = statements.versions(seq).map(|entry| entry.seq).collect();
            assert_eq!(versions, [2, 4]);
            assert_eq!(statements.current(seq).map(|entry| entry.seq), Some(4));
        }
        assert_eq!(statements.standing(7), Some(Standing::Stray));
        assert_eq!(statements.standing(6), None);
        assert_eq!(statements.entries().count(), 6, "nothing is skipped");
        assert_eq!(statements.authors(2).len(), 2);
    }

    #[test]
    fn a_request_is_answered_by_an_author_and_not_by_who_asked() {
        let first = said(2, CLINICIAN, Operation::Create);
        let asked = noted(3, PATIENT, 2, &request());
        let by = |author| noted(4, author, 2, &answer(3, Outcome::Denied));
        let outcome = |answer: Opened| {
            let entries = [first.clone(), asked.clone(), answer];
            Statements::among(entries.iter()).requests(2)[0].answer
        };

        assert_eq!(outcome(by(CLINICIAN)), Some((Outcome::Denied, 4)));
        assert_eq!(outcome(by(PATIENT)), None);
        assert_eq!(outcome(by(9)), None);
    }

    #[test]
    fn the_time_for_an_answer_is_extended_once() {
        let entries = [
            said(2, CLINICIAN, Operation::Create),
            noted(3, PATIENT, 2, &request()),
            noted(4, CLINICIAN, 2, &answer(3, Outcome::Extended)),
            noted(5, CLINICIAN, 2, &answer(3, Outcome::Extended)),
        ];
        let statements = Statements::among(entries.iter());
        let request = &statements.requests(2)[0];

        assert_eq!(request.due, 1_800_000_003 + ANSWER_SECS + EXTENSION_SECS);
        assert!(request.is_extended && request.answer.is_none());
    }

    #[test]
    fn a_statement_can_be_seen_as_it_was() {
        let entries =
            [said(2, CLINICIAN, Operation::Create), said(3, CLINICIAN, Operation::Amend(2))];
        let then = Statements::among(entries.iter().filter(|entry| entry.time <= 1_800_000_002));

        assert_eq!(then.current(2).map(|entry| entry.seq), Some(2));
    }
}
