//! The serialized chain configuration that ArbOS keeps.

use alloy_primitives::{B256, U256};

use super::Space;
use crate::StateAccess;

/// Bytes in a space: offset 0 holds the length, 32-byte chunks follow, the last one right-aligned.
#[derive(Clone, Copy, Debug)]
pub struct ChainConfigText {
    space: Space,
}

impl ChainConfigText {
    pub(crate) const fn new(space: Space) -> Self {
        Self { space }
    }

    /// Reads the text.
    ///
    /// # Errors
    /// As the access.
    pub fn get<S: StateAccess>(&self, state: &mut S) -> Result<Vec<u8>, S::Error> {
        let length = self.space.slot::<u64>(0).get(state)? as usize;
        let mut text = Vec::new();
        let mut offset = 1;
        while text.len() < length {
            let chunk = self.space.slot::<B256>(offset).get(state)?;
            let take = (length - text.len()).min(32);
            text.extend_from_slice(&chunk[32 - take..]);
            offset += 1;
        }
        Ok(text)
    }

    /// Replaces the text.
    ///
    /// # Errors
    /// As the access.
    pub fn set<S: StateAccess>(&self, state: &mut S, text: &[u8]) -> Result<(), S::Error> {
        let old_words = self.space.slot::<u64>(0).get(state)?.div_ceil(32);
        let mut offset = 1;
        for chunk in text.chunks(32) {
            self.space.slot::<U256>(offset).set(state, U256::from_be_slice(chunk))?;
            offset += 1;
        }
        for stale in offset..=old_words {
            self.space.slot::<U256>(stale).set(state, U256::ZERO)?;
        }
        self.space.slot::<u64>(0).set(state, text.len() as u64)
    }
}
