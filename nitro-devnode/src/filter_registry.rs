//! Filters that clients poll (devnode.md section 5.6).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::filter::LogFilter;
use crate::position::Position;

/// A filter that nobody polls for this long is forgotten (devnode.md section 5.6).
const EXPIRES_AFTER: Duration = Duration::from_secs(5 * 60);

/// What a filter collects.
#[derive(Debug, Clone)]
pub(crate) enum FilterKind {
    /// Logs.
    Logs(Box<LogFilter>),
    /// Hashes of new blocks.
    Blocks,
    /// Hashes of included transactions.
    Transactions,
}

#[derive(Debug)]
struct Entry {
    kind: FilterKind,
    position: Position,
    polled: Instant,
}

/// All filters of a node.
#[derive(Debug, Default)]
pub(crate) struct FilterRegistry {
    entries: Mutex<HashMap<String, Entry>>,
}

impl FilterRegistry {
    /// Installs a filter that reports what comes after that position.
    pub(crate) fn install(&self, id: String, kind: FilterKind, position: Position) {
        let now = Instant::now();
        let mut entries = self.entries.lock();
        entries.retain(|_, entry| now.duration_since(entry.polled) < EXPIRES_AFTER);
        entries.insert(id, Entry { kind, position, polled: now });
    }

    /// The filter, and what `report` makes of its position, which it moves to where the filter is
    /// from now on.
    pub(crate) fn poll<T>(
        &self,
        id: &str,
        report: impl FnOnce(&mut Position) -> T,
    ) -> Option<(FilterKind, T)> {
        let now = Instant::now();
        let mut entries = self.entries.lock();
        let entry =
            entries.get_mut(id).filter(|entry| now.duration_since(entry.polled) < EXPIRES_AFTER)?;
        entry.polled = now;
        Some((entry.kind.clone(), report(&mut entry.position)))
    }

    /// The filter, without moving its position.
    pub(crate) fn look(&self, id: &str) -> Option<FilterKind> {
        self.entries.lock().get(id).map(|entry| entry.kind.clone())
    }

    /// Forgets a filter; false where there is none.
    pub(crate) fn uninstall(&self, id: &str) -> bool {
        self.entries.lock().remove(id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Position = Position { seen: 3, turns: 0 };

    #[test]
    fn each_poll_starts_where_the_last_one_ended() {
        let filters = FilterRegistry::default();
        filters.install("a".to_owned(), FilterKind::Blocks, START);
        let move_to = |head| {
            let report = |position: &mut Position| std::mem::replace(&mut position.seen, head);
            filters.poll("a", report).unwrap().1
        };

        assert_eq!((move_to(5), move_to(5), move_to(2)), (3, 5, 5));
    }

    #[test]
    fn an_uninstalled_filter_is_gone() {
        let filters = FilterRegistry::default();
        filters.install("a".to_owned(), FilterKind::Blocks, START);

        assert!(filters.uninstall("a"));
        assert!(!filters.uninstall("a"));
        assert!(filters.poll("a", |_| ()).is_none());
    }
}
