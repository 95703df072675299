//! Compiled programs in memory, least recently used ones evicted.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::B256;
use parking_lot::Mutex;

use crate::{CompiledProgram, LoadConfig};

/// What compiled programs are found by.
pub(crate) type Key = (B256, LoadConfig);

/// A cache bounded by the machine code it holds.
#[derive(Debug)]
pub(crate) struct Cache {
    max_bytes: usize,
    programs: Mutex<Programs>,
}

#[derive(Debug, Default)]
struct Programs {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    /// Counts accesses; orders the entries.
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    program: Arc<CompiledProgram>,
    used: u64,
}

/// What a program occupies besides its machine code, about: metadata and whole pages.
const OVERHEAD_LEN: usize = 16 << 10;

impl Cache {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, programs: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<CompiledProgram>> {
        let mut programs = self.programs.lock();
        programs.clock += 1;
        let now = programs.clock;
        let entry = programs.entries.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.program))
    }

    /// Adds a program, unless it alone is over the limit.
    pub(crate) fn insert(&self, key: Key, program: Arc<CompiledProgram>) {
        let len = len_of(&program);
        if len > self.max_bytes {
            return;
        }
        let mut programs = self.programs.lock();
        programs.remove(&key);
        while programs.bytes + len > self.max_bytes {
            programs.evict();
        }
        programs.clock += 1;
        programs.bytes += len;
        let used = programs.clock;
        programs.entries.insert(key, Entry { program, used });
    }
}

impl Programs {
    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= len_of(&entry.program);
        }
    }

    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.remove(&key);
        }
    }
}

const fn len_of(program: &CompiledProgram) -> usize {
    program.code_len() + OVERHEAD_LEN
}
