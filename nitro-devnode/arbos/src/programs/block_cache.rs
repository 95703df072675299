//! Programs called earlier in the same block start at the cached price (ArbOS 60 and later).

use alloy_primitives::B256;

use crate::version;

/// The programs of a block, most recently called first. One per block and per `eth_call` or
/// estimate; never undone by reverts.
#[derive(Clone, Debug, Default)]
pub struct BlockProgramCache {
    /// Fixed at the first visit.
    capacity: Option<usize>,
    /// At most a few dozen entries: a list is as fast as a map.
    recent: Vec<B256>,
}

impl BlockProgramCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a call that has passed [`program_gate`](super::program_gate), before its gas is
    /// checked, and tells whether the program was there already. Below ArbOS 60 never.
    /// `block_cache_size` is the parameter of that name; it counts only at the first visit.
    pub fn visit(&mut self, arbos_version: u64, block_cache_size: u16, code_hash: B256) -> bool {
        if arbos_version < version::ARBOS_60 {
            return false;
        }
        let capacity = *self.capacity.get_or_insert(usize::from(block_cache_size.max(1)));
        let known = self.recent.iter().position(|&hash| hash == code_hash);
        if let Some(position) = known {
            self.recent.remove(position);
        }
        self.recent.insert(0, code_hash);
        self.recent.truncate(capacity);
        known.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8) -> B256 {
        B256::with_last_byte(n)
    }

    #[test]
    fn second_call_in_a_block_hits_from_version_60() {
        let mut cache = BlockProgramCache::new();
        assert!(!cache.visit(60, 32, hash(1)));
        assert!(cache.visit(60, 32, hash(1)));
        assert!(!cache.visit(51, 32, hash(1)));
    }

    #[test]
    fn least_recently_called_program_is_forgotten_first() {
        let mut cache = BlockProgramCache::new();
        cache.visit(60, 2, hash(1));
        cache.visit(60, 2, hash(2));
        assert!(cache.visit(60, 2, hash(1)));
        assert!(!cache.visit(60, 2, hash(3)));
        assert!(cache.visit(60, 2, hash(1)));
        assert!(!cache.visit(60, 2, hash(2)));
    }

    #[test]
    fn capacity_is_fixed_by_the_first_call_and_zero_counts_as_one() {
        let mut cache = BlockProgramCache::new();
        cache.visit(60, 0, hash(1));
        assert!(cache.visit(60, 32, hash(1)));
        cache.visit(60, 32, hash(2));
        assert!(!cache.visit(60, 32, hash(1)));
    }
}
