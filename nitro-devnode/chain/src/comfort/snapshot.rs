//! Taking the chain back to where it was (devnode.md 7.2).

use std::collections::BTreeMap;

use alloy_primitives::B256;

use super::{clock::Clock, surroundings::Wished};
use crate::{Chain, NewError, Turn};

/// The snapshots that can be returned to.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    next: u64,
    taken: BTreeMap<u64, Snapshot>,
}

impl Snapshots {
    /// Forgets all; the count goes on.
    pub(crate) fn forget(&mut self) {
        self.taken.clear();
    }
}

/// A place in the history; blocks and edits after it can be undone.
#[derive(Debug, Clone, Copy)]
struct Snapshot {
    head: u64,
    hash: B256,
    /// How many edits had been made.
    edits: usize,
    clock: Clock,
    wished: Wished,
}

impl Chain {
    /// Remembers the state, the blocks, the clock and what was wished for the next blocks; answers the id, counted from 0.
    pub fn snapshot(&self) -> u64 {
        let _turn = self.sequencer.lock();
        let head = self.history.read().head().clone();
        let taken = Snapshot {
            head: head.header.number,
            hash: head.hash,
            edits: self.comfort.edits.lock().count(),
            clock: *self.comfort.clock.lock(),
            wished: *self.comfort.wished.lock(),
        };
        let mut snapshots = self.comfort.snapshots.lock();
        let id = snapshots.next;
        snapshots.next += 1;
        snapshots.taken.insert(id, taken);
        id
    }

    /// Returns to a snapshot, which is used up with all later ones; false if there is none of that
    /// id. Transactions that wait are dropped.
    pub fn revert(&self, id: u64) -> bool {
        let Some(taken) = self.comfort.snapshots.lock().taken.split_off(&id).remove(&id) else {
            return false;
        };
        {
            let _turn = self.sequencer.lock();
            // A test that starts over is no reorganization: nobody hears of the lost logs.
            if !self.unwind(taken.head, false) {
                return false;
            }
            let mut world = self.world.write();
            self.comfort.edits.lock().undo(&mut world, taken.edits, taken.head);
            *self.comfort.clock.lock() = taken.clock;
            *self.comfort.wished.lock() = taken.wished;
        }
        self.comfort.pool.lock().take();
        self.tell(taken.head);
        true
    }

    /// The snapshots: id, number and hash of the block they were taken at.
    #[must_use]
    pub fn snapshots(&self) -> Vec<(u64, u64, B256)> {
        let snapshots = self.comfort.snapshots.lock();
        snapshots.taken.iter().map(|(&id, one)| (id, one.head, one.hash)).collect()
    }

    /// Undoes every block after `number`, which becomes the head; false if there is no such block.
    /// Followers hear that the logs of these blocks are gone.
    pub fn rewind(&self, number: u64) -> bool {
        {
            let _turn = self.sequencer.lock();
            if !self.unwind(number, true) {
                return false;
            }
            self.comfort.edits.lock().forget_after(number);
            self.comfort.snapshots.lock().taken.retain(|_, one| one.head <= number);
        }
        self.tell(number);
        true
    }

    /// Starts anew, as configured: genesis, bootstrap, nothing else. Snapshots, waiting
    /// transactions, impersonation and the clock go with the rest.
    ///
    /// # Errors
    ///
    /// As [`Chain::new`].
    pub fn reset(&self) -> Result<(), NewError> {
        let fresh = Self::new(self.config.clone())?;
        {
            let _turn = self.sequencer.lock();
            self.restore(
                std::mem::take(&mut *fresh.world.write()),
                std::mem::take(&mut *fresh.history.write()),
            );
            *self.comfort.impersonated.write() = super::Impersonated::default();
            self.shared.forget_signers();
            *self.comfort.clock.lock() = *fresh.comfort.clock.lock();
        }
        self.tell(self.head_number());
        Ok(())
    }

    /// Takes the blocks after `number` away; the caller holds the sequencer.
    fn unwind(&self, number: u64, is_told: bool) -> bool {
        let Some(head) = self.block(number) else { return false };
        {
            let mut history = self.history.write();
            let gone = history.truncate(number);
            history.turns.add(Turn { to: number, gone: if is_told { gone } else { Vec::new() } });
        }
        self.shared.forget_blocks_after(number);
        self.world.write().forget_after(number);
        let rules = self.rules_of(&head);
        *self.rules.write() = rules;
        true
    }
}
