//! Which version of a statement counts (crypto.md section 8.6).

use alloc::collections::BTreeMap;

use crate::Operation;

/// How an entry stands among those of its section. Nothing is removed: every entry has a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The newest valid version of a statement.
    Current,
    /// A newer version replaces it.
    Corrected {
        /// Number of the newest valid version.
        by: u32,
    },
    /// It should never have been said; of a retracted statement every version.
    Retracted {
        /// Number of the entry that says so.
        by: u32,
    },
    /// It speaks about another entry: a retraction or a comment.
    About {
        /// Number of that entry.
        target: u32,
    },
    /// Its target is no earlier statement of this section: it changes nothing, and is shown as such.
    Stray,
}

/// The standing of every entry of a section that could be opened, by number.
///
/// ```
/// use chartkey_crypto::{Operation, Standing, standings};
///
/// let found = standings([
///     (2, Operation::Create),
///     (3, Operation::Create),
///     (4, Operation::Amend(2)),
///     (6, Operation::EnteredInError(3)),
/// ]);
/// assert_eq!(found[&2], Standing::Corrected { by: 4 });
/// assert_eq!(found[&3], Standing::Retracted { by: 6 });
/// assert_eq!(found[&4], Standing::Current);
/// assert_eq!(found[&6], Standing::About { target: 3 });
/// ```
#[must_use]
pub fn standings(entries: impl IntoIterator<Item = (u32, Operation)>) -> BTreeMap<u32, Standing> {
    let entries: BTreeMap<u32, Operation> = entries.into_iter().collect();
    let mut found = BTreeMap::new();
    // First entry of the statement that an entry is a version of.
    let mut statements: BTreeMap<u32, u32> = BTreeMap::new();
    let mut retracted: BTreeMap<u32, u32> = BTreeMap::new();
    // Entries are met in order, so that a target which is known is an earlier one.
    for (&seq, &operation) in &entries {
        match operation {
            Operation::Create => drop(statements.insert(seq, seq)),
            Operation::Amend(target)
            | Operation::EnteredInError(target)
            | Operation::Annotate(target)
                if !statements.contains_key(&target) =>
            {
                found.insert(seq, Standing::Stray);
            }
            Operation::Amend(target) => drop(statements.insert(seq, statements[&target])),
            Operation::EnteredInError(target) => {
                retracted.entry(target).or_insert(seq);
                found.insert(seq, Standing::About { target });
            }
            Operation::Annotate(target) => drop(found.insert(seq, Standing::About { target })),
        }
    }
    let retraction = |seq: u32, first: u32| retracted.get(&first).or_else(|| retracted.get(&seq));
    let mut newest: BTreeMap<u32, u32> = BTreeMap::new();
    for (&seq, &first) in &statements {
        if retraction(seq, first).is_none() {
            newest.insert(first, seq);
        }
    }
    for (&seq, &first) in &statements {
        let standing = match (retraction(seq, first), newest.get(&first)) {
            (Some(&by), _) => Standing::Retracted { by },
            (None, Some(&by)) if by != seq => Standing::Corrected { by },
            (None, _) => Standing::Current,
        };
        found.insert(seq, standing);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Operation::{Amend, Annotate, Create, EnteredInError};
    use super::Standing::{About, Corrected, Current, Retracted, Stray};
    use super::*;

    fn of(operations: &[Operation]) -> alloc::vec::Vec<Standing> {
        let numbered = (1..).zip(operations.iter().copied());
        standings(numbered).into_values().collect()
    }

    #[test]
    fn an_amendment_of_an_amendment_is_of_the_same_statement() {
        let found = of(&[Create, Amend(1), Amend(2), Amend(1)]);
        let older = Corrected { by: 4 };
        assert_eq!(found, [older, older, older, Current]);
    }

    #[test]
    fn a_retracted_amendment_lets_the_version_before_count_again() {
        let found = of(&[Create, Amend(1), EnteredInError(2)]);
        assert_eq!(found, [Current, Retracted { by: 3 }, About { target: 2 }]);
    }

    #[test]
    fn a_retracted_statement_stays_so_in_all_versions() {
        let found = of(&[Create, Amend(1), EnteredInError(1), Amend(2)]);
        let gone = Retracted { by: 3 };
        assert_eq!(found, [gone, gone, About { target: 1 }, gone]);
    }

    #[test]
    fn targets_that_are_no_earlier_statement_change_nothing() {
        let found = of(&[Amend(2), Create, Annotate(2), Amend(3), EnteredInError(9)]);
        assert_eq!(found, [Stray, Current, About { target: 2 }, Stray, Stray]);
    }
}
