//! The storage cache of one program call (host 3.1).

use std::collections::BTreeMap;

use alloy_primitives::B256;

/// Loads and writes that cost nothing or little extra, and the gas beyond (host 3.2 and 3.3).
const LOAD_STEPS: [(u64, u64); 2] = [(32, 0), (128, 2)];
const WRITE_STEPS: [(u64, u64); 2] = [(8, 0), (64, 7)];
const GAS_BEYOND: u64 = 10;

#[derive(Debug, Clone, Copy)]
struct Entry {
    value: B256,
    /// What the chain is believed to hold; `None` for slots that were only written.
    known: Option<B256>,
}

/// Values that the program has loaded or written. Dirty values are lost unless they are flushed.
#[derive(Debug, Default)]
pub(crate) struct StorageCache {
    entries: BTreeMap<B256, Entry>,
    loads: u64,
    writes: u64,
}

impl StorageCache {
    /// Counts a load; returns its extra gas.
    pub(crate) fn count_load(&mut self) -> u64 {
        self.loads += 1;
        counter_gas(self.loads, LOAD_STEPS)
    }

    /// Counts a write; returns its extra gas.
    pub(crate) fn count_write(&mut self) -> u64 {
        self.writes += 1;
        counter_gas(self.writes, WRITE_STEPS)
    }

    /// The cached value of a slot.
    pub(crate) fn get(&self, slot: B256) -> Option<B256> {
        self.entries.get(&slot).map(|entry| entry.value)
    }

    /// Remembers what the chain holds.
    pub(crate) fn insert_known(&mut self, slot: B256, value: B256) {
        self.entries.insert(slot, Entry { value, known: Some(value) });
    }

    /// Changes the cached value of a slot.
    pub(crate) fn write(&mut self, slot: B256, value: B256) {
        self.entries.entry(slot).or_insert(Entry { value, known: None }).value = value;
    }

    /// Takes the dirty slots, which count as known from now on, in order of their keys.
    pub(crate) fn take_dirty(&mut self) -> Vec<(B256, B256)> {
        let mut dirty = Vec::new();
        for (slot, entry) in &mut self.entries {
            if entry.known != Some(entry.value) {
                entry.known = Some(entry.value);
                dirty.push((*slot, entry.value));
            }
        }
        dirty
    }

    /// Forgets all values; the counters stay.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

fn counter_gas(count: u64, steps: [(u64, u64); 2]) -> u64 {
    steps.iter().find(|(last, _)| count <= *last).map_or(GAS_BEYOND, |(_, gas)| *gas)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: B256 = B256::repeat_byte(1);

    #[test]
    fn a_write_without_a_load_is_dirty_even_if_it_changes_nothing() {
        let mut cache = StorageCache::default();

        cache.write(SLOT, B256::ZERO);

        assert_eq!(cache.take_dirty(), [(SLOT, B256::ZERO)]);
        assert!(cache.take_dirty().is_empty());
    }

    #[test]
    fn writing_the_loaded_value_back_is_clean() {
        let mut cache = StorageCache::default();
        cache.insert_known(SLOT, B256::repeat_byte(7));

        cache.write(SLOT, B256::repeat_byte(8));
        cache.write(SLOT, B256::repeat_byte(7));

        assert!(cache.take_dirty().is_empty());
    }

    #[test]
    fn counters_rise_in_steps_and_survive_clearing() {
        let mut cache = StorageCache::default();

        let loads: Vec<u64> = (0..130).map(|_| cache.count_load()).collect();
        cache.clear();

        assert_eq!((loads[31], loads[32], loads[127], loads[128]), (0, 2, 2, 10));
        assert_eq!(cache.count_load(), 10);
        assert_eq!(cache.count_write(), 0);
    }
}
