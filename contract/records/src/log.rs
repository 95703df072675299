//! Events, encoded by hand: a payload is copied once instead of thrice, and no event has its encoder.

use alloc::vec::Vec;

use alloy_primitives::B256;
use stylus_sdk::prelude::*;

use crate::Records;
use crate::word::abi_word;

impl Records {
    /// Emits an event: topics, then the static words of its data, then a last argument of bytes.
    #[inline(never)]
    pub(crate) fn emit(&self, topics: &[B256], words: &[B256], payload: Option<&[u8]>) {
        let blob = payload.unwrap_or_default();
        let mut log = Vec::with_capacity(32 * (topics.len() + words.len() + 3) + blob.len());
        for word in topics.iter().chain(words) {
            log.extend_from_slice(word.as_slice());
        }
        if payload.is_some() {
            let offset = 32 * (words.len() as u64 + 1);
            log.extend_from_slice(abi_word(offset).as_slice());
            log.extend_from_slice(abi_word(blob.len() as u64).as_slice());
            log.extend_from_slice(blob);
            log.resize(log.len().next_multiple_of(32), 0);
        }
        self.vm().emit_log(&log, topics.len());
    }
}
