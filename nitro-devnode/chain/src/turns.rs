//! Returns to older blocks, for those who follow the chain (devnode.md 5.6, 5.7, 7.2).
//!
//! A head number alone does not tell whether the blocks below it are still the ones that were
//! reported: a chain may go back and forth between two looks at it.

use std::sync::Arc;

use crate::Block;

/// Returns that keep the blocks they took away; older ones keep their target only.
const MOST_WITH_BLOCKS: usize = 32;

/// A return to an older block.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The number of the block that became the head.
    pub to: u64,
    /// The blocks that went, oldest first, where followers are to hear of it.
    pub gone: Vec<Arc<Block>>,
}

/// All returns so far.
#[derive(Debug, Default)]
pub(crate) struct Turns(Vec<Turn>);

impl Turns {
    pub(crate) fn add(&mut self, turn: Turn) {
        self.0.push(turn);
        let kept = self.0.len().saturating_sub(MOST_WITH_BLOCKS);
        if let Some(old) = kept.checked_sub(1) {
            self.0[old].gone = Vec::new();
        }
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn since(&self, count: usize) -> &[Turn] {
        self.0.get(count..).unwrap_or_default()
    }
}

/// What has happened to the chain since somebody looked.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Number of the newest block.
    pub head: u64,
    /// The returns since then, in their order.
    pub turns: Vec<Turn>,
    /// How many returns there have been at all.
    pub turn_count: usize,
}
