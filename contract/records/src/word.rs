//! Words of storage, packed and read; layouts as published in `chartkey_abi::records_slot`.

use alloy_primitives::{Address, B256};

/// The record word: `u32 0 || u64 dirty || owner(20)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordWord {
    /// Account in charge; zero while there is no record.
    pub(crate) owner: Address,
    /// Bit `h` is set while section `h` must be rotated before the next entry.
    pub(crate) dirty: u64,
}

impl RecordWord {
    pub(crate) fn from_word(word: B256) -> Self {
        Self { owner: Address::from_word(word), dirty: u64_at(word, 4) }
    }

    pub(crate) fn word(self) -> B256 {
        let mut word = self.owner.into_word();
        word[4..12].copy_from_slice(&self.dirty.to_be_bytes());
        word
    }
}

/// A big-endian `u64` at `offset` of a word.
pub(crate) fn u64_at(word: B256, offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&word[offset..offset + 8]);
    u64::from_be_bytes(bytes)
}

/// A big-endian `u32` at `offset` of a word.
pub(crate) fn u32_at(word: B256, offset: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&word[offset..offset + 4]);
    u32::from_be_bytes(bytes)
}

/// A big-endian `u16` at `offset` of a word.
pub(crate) fn u16_at(word: B256, offset: usize) -> u16 {
    u16::from_be_bytes([word[offset], word[offset + 1]])
}

/// The account at `offset` of a word.
pub(crate) fn account_at(word: B256, offset: usize) -> Address {
    Address::from_slice(&word[offset..offset + 20])
}

/// The parts side by side from the left, the rest zero.
///
/// # Panics
///
/// If the parts are longer than a word, which no layout is.
pub(crate) fn packed(parts: &[&[u8]]) -> B256 {
    let mut word = B256::ZERO;
    let mut at = 0;
    for part in parts {
        word[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    word
}

/// A number as an ABI word.
pub(crate) fn abi_word(number: u64) -> B256 {
    let mut word = B256::ZERO;
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}
