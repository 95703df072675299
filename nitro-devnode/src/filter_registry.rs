//! Filters that clients poll (devnode.md section 5.6).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::filter::LogFilter;

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
    /// The newest block that has been reported.
    seen: u64,
    polled: Instant,
}

/// All filters of a node.
#[derive(Debug, Default)]
pub(crate) struct FilterRegistry {
    entries: Mutex<HashMap<String, Entry>>,
}

impl FilterRegistry {
    /// Installs a filter that reports what comes after block `head`.
    pub(crate) fn install(&self, id: String, kind: FilterKind, head: u64) {
        let now = Instant::now();
        let mut entries = self.entries.lock();
        entries.retain(|_, entry| now.duration_since(entry.polled) < EXPIRES_AFTER);
        entries.insert(id, Entry { kind, seen: head, polled: now });
    }

    /// The filter, and the newest block already reported; from now on `head` is.
    ///
    /// After a return to an older state `seen` may lie above the new head: it moves back with it.
    pub(crate) fn poll(&self, id: &str, head: u64) -> Option<(FilterKind, u64)> {
        let now = Instant::now();
        let mut entries = self.entries.lock();
        let entry =
            entries.get_mut(id).filter(|entry| now.duration_since(entry.polled) < EXPIRES_AFTER)?;
        entry.polled = now;
        let seen = std::mem::replace(&mut entry.seen, head).min(head);
        Some((entry.kind.clone(), seen))
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

    #[test]
    fn each_poll_starts_where_the_last_one_ended() {
        let filters = FilterRegistry::default();
        filters.install("a".to_owned(), FilterKind::Blocks, 3);

        let first = filters.poll("a", 5).unwrap().1;
        let second = filters.poll("a", 5).unwrap().1;
        let after_revert = filters.poll("a", 2).unwrap().1;

        assert_eq!((first, second, after_revert), (3, 5, 2));
    }

    #[test]
    fn an_uninstalled_filter_is_gone() {
        let filters = FilterRegistry::default();
        filters.install("a".to_owned(), FilterKind::Blocks, 0);

        assert!(filters.uninstall("a"));
        assert!(!filters.uninstall("a"));
        assert!(filters.poll("a", 1).is_none());
    }
}
