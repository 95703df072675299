//! How far somebody has followed the chain (devnode.md sections 5.6 and 5.7).

use std::sync::Arc;

use devnode_chain::{Block, Progress};

/// What a filter or a subscription has reported.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// Number of the newest block that has been reported.
    pub(crate) seen: u64,
    /// How many returns to older blocks are accounted for.
    pub(crate) turns: usize,
}

impl Position {
    /// Whoever is here has reported all that there is.
    pub(crate) const fn at(progress: &Progress) -> Self {
        Self { seen: progress.head, turns: progress.turn_count }
    }

    /// Goes back with the chain; the reported blocks that are gone, oldest first in each return.
    pub(crate) fn turn(&mut self, progress: Progress) -> Vec<Arc<Block>> {
        self.turns = progress.turn_count;
        let mut gone = Vec::new();
        for turn in progress.turns {
            let seen = self.seen;
            gone.extend(turn.gone.into_iter().filter(|block| block.header.number <= seen));
            self.seen = seen.min(turn.to);
        }
        self.seen = self.seen.min(progress.head);
        gone
    }
}

#[cfg(test)]
mod tests {
    use devnode_chain::Turn;

    use super::*;

    #[test]
    fn a_position_goes_back_where_the_chain_did() {
        let mut position = Position { seen: 10, turns: 1 };
        let turns = [7, 9].map(|to| Turn { to, gone: Vec::new() }).to_vec();

        position.turn(Progress { head: 12, turns, turn_count: 3 });

        assert_eq!((position.seen, position.turns), (7, 3));
    }
}
