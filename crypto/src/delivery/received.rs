//! What came out of a delivery (crypto.md section 7.2).

use alloc::vec::Vec;

use super::{Item, Sender, decode_items};
use crate::Error;

/// The items of an opened delivery.
pub struct Delivered {
    /// Accepted from this sender. Seeds and content keys are to be compared with their epoch record.
    pub items: Vec<Item>,
    /// Kinds that this version does not know; a client warns of them.
    pub unknown_kinds: Vec<u8>,
    /// Number of items that this sender may not deliver; a client warns of them.
    pub refused: usize,
}

impl Delivered {
    pub(crate) fn sorted(
        bytes: zeroize::Zeroizing<Vec<u8>>,
        sender: Sender,
    ) -> Result<Self, Error> {
        let mut sorted = Self { items: Vec::new(), unknown_kinds: Vec::new(), refused: 0 };
        for item in decode_items(&bytes)? {
            match item {
                Item::Unknown { kind } => sorted.unknown_kinds.push(kind),
                item if item.is_accepted_from(sender) => sorted.items.push(item),
                _ => sorted.refused += 1,
            }
        }
        Ok(sorted)
    }
}
