//! Making blocks on demand, and their time (devnode.md 7.2, 7.4).

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};
use revm::{Database, state::AccountInfo};
use thiserror::Error;

use super::{Mining, Pooled};
use crate::{
    Block, Chain, SendError,
    admission::{Signed, admit},
    chain::now,
    production::Draft,
    view::View,
};

/// Why the time of a block cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Timestamp error: {asked} is lower than previous block's timestamp")]
pub struct TimeError {
    /// The time asked for, in seconds since 1970.
    pub asked: u64,
}

impl Chain {
    /// When blocks are made.
    #[must_use]
    pub fn mining(&self) -> Mining {
        *self.comfort.mining.read()
    }

    /// Sets when blocks are made. Intervals are kept by whoever runs the chain, by calling
    /// [`mine`](Self::mine). Waiting transactions are mined when mining becomes automatic.
    pub fn set_mining(&self, mining: Mining) {
        *self.comfort.mining.write() = mining;
        self.mine_ready();
    }

    /// Makes blocks, if mining is automatic, until no transaction waits but for its predecessor.
    fn mine_ready(&self) {
        let mut ready = self.ready_count();
        while self.mining().is_automatic && ready > 0 {
            self.mine();
            let left = self.ready_count();
            // An owner can leave blocks without room for anything.
            if left >= ready {
                break;
            }
            ready = left;
        }
    }

    fn ready_count(&self) -> usize {
        let head = self.head_number();
        self.comfort.pool.lock().ready_count(|account| self.nonce(account, head))
    }

    /// Makes a block with the transactions that wait, or an empty one; answers its number. Waiting
    /// transactions that cannot be included are dropped; those that find no room, and those whose
    /// predecessor is missing, wait on.
    pub fn mine(&self) -> u64 {
        let number = {
            let _turn = self.sequencer.lock();
            let head = Arc::clone(self.history.read().head());
            let timestamp = self.comfort.clock.lock().peek(head.header.timestamp, now());
            let draft = Draft::open(&self.parent(&head), timestamp);
            let waiting = self.comfort.pool.lock().take();
            let (draft, rest) = draft.fill(waiting);
            self.comfort.pool.lock().put_back(rest);
            self.adopt(draft.finish())
        };
        self.tell(number);
        number
    }

    /// Takes a transaction if `condition` of the head holds: into a block of its own, or, with
    /// automine off, among those that wait.
    pub(crate) fn submit(
        &self,
        signed: Signed,
        condition: impl Fn(u64) -> Result<(), SendError>,
    ) -> Result<B256, SendError> {
        let hash = *signed.envelope.tx_hash();
        let included = self.compiling_outside(signed, |signed| {
            let _turn = self.sequencer.lock();
            condition(self.head_number())?;
            if self.mining().is_automatic {
                return self.include(signed).map(Some);
            }
            self.enqueue(signed.patient())?;
            Ok(None)
        })?;
        if let Some(number) = included {
            self.tell(number);
            // It may have been the predecessor of one that waits from before.
            self.mine_ready();
        }
        Ok(hash)
    }

    /// Lets a transaction wait, if it could be included after those of its sender that wait.
    fn enqueue(&self, signed: Signed) -> Result<(), SendError> {
        let head = Arc::clone(self.history.read().head());
        let timestamp = self.comfort.clock.lock().peek(head.header.timestamp, now());
        let judged = Draft::open(&self.parent(&head), timestamp).judge(&signed);
        let mut pool = self.comfort.pool.lock();
        match judged {
            Err(SendError::NonceTooHigh { tx, state, .. })
                if tx <= pool.nonce_after(signed.sender, state) => {}
            judged => judged?,
        }
        pool.add(signed)
    }

    /// The transactions that wait, in the order of their arrival.
    #[must_use]
    pub fn pooled(&self) -> Vec<Pooled> {
        self.comfort.pool.lock().list()
    }

    /// The block that the waiting transactions would make now, without its state root; the head if
    /// none waits.
    #[must_use]
    pub fn pending_block(&self) -> Option<Arc<Block>> {
        let waiting = self.comfort.pool.lock().copies();
        let head = Arc::clone(self.history.read().head());
        if waiting.is_empty() {
            return Some(head);
        }
        let timestamp = self.comfort.clock.lock().peek(head.header.timestamp, now());
        let (draft, _) = Draft::open(&self.parent(&head), timestamp).fill(waiting);
        Some(Arc::new(draft.finish().block))
    }

    /// The state after a block, with what the waiting transactions would change of it: `approve`
    /// has to count for the estimate of `transferFrom` before there is a block (devnode.md 7.4).
    pub(crate) fn pending_view(&self, head: &Block) -> View {
        let view = View::of(Arc::clone(&self.world), head.header.number);
        let waiting = self.comfort.pool.lock().copies();
        if waiting.is_empty() {
            return view;
        }
        let timestamp = self.comfort.clock.lock().peek(head.header.timestamp, now());
        let (draft, _) = Draft::open(&self.parent(head), timestamp).fill(waiting);
        view.with_overrides(&draft.changes())
    }

    fn pending_account(&self, account: Address) -> AccountInfo {
        let head = Arc::clone(self.history.read().head());
        let Ok(info) = self.pending_view(&head).basic(account);
        info.unwrap_or_default()
    }

    /// Balance in wei, with what the waiting transactions would change.
    #[must_use]
    pub fn pending_balance(&self, account: Address) -> U256 {
        self.pending_account(account).balance
    }

    /// Deployed code, with what the waiting transactions would deploy.
    #[must_use]
    pub fn pending_code(&self, account: Address) -> Bytes {
        let info = self.pending_account(account);
        info.code.map(|code| code.original_bytes()).unwrap_or_default()
    }

    /// A storage word, with what the waiting transactions would change.
    #[must_use]
    pub fn pending_storage(&self, account: Address, slot: U256) -> U256 {
        let head = Arc::clone(self.history.read().head());
        let Ok(word) = self.pending_view(&head).storage(account, slot);
        word
    }

    /// Nonce of the next transaction of an account, behind those that wait.
    #[must_use]
    pub fn pending_nonce(&self, account: Address) -> u64 {
        let nonce = self.nonce(account, self.head_number());
        self.comfort.pool.lock().nonce_after(account, nonce)
    }

    /// Drops one waiting transaction; false if there is none.
    pub fn drop_pooled(&self, hash: B256) -> bool {
        self.comfort.pool.lock().drop_where(|one| *one.envelope.tx_hash() == hash)
    }

    /// Drops all waiting transactions, or those of one sender.
    pub fn drop_all_pooled(&self, sender: Option<Address>) {
        self.comfort.pool.lock().drop_where(|one| sender.is_none_or(|asked| one.sender == asked));
    }

    /// What the chain's clock shows, in seconds since 1970.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.comfort.clock.lock().shown(now())
    }

    /// Shifts the clock by seconds; answers the whole shift.
    pub fn increase_time(&self, seconds: i64) -> i64 {
        self.comfort.clock.lock().shift(seconds)
    }

    /// Sets the clock; answers by how many seconds it now differs from the wall clock.
    pub fn set_time(&self, time: u64) -> i64 {
        let mut clock = self.comfort.clock.lock();
        let difference = i128::from(time) - i128::from(clock.shown(now()));
        clock.shift(i64::try_from(difference).unwrap_or(i64::MAX))
    }

    /// Sets the exact time of the next block; later blocks follow from there.
    ///
    /// # Errors
    ///
    /// The time is before the head's.
    pub fn set_next_timestamp(&self, time: u64) -> Result<(), TimeError> {
        if time < self.history.read().head().header.timestamp {
            return Err(TimeError { asked: time });
        }
        self.comfort.clock.lock().set_next(time);
        Ok(())
    }

    /// Sets the seconds between blocks, whatever the wall clock says; `None` ends that. Answers
    /// what held before.
    pub fn set_block_interval(&self, seconds: Option<u64>) -> Option<u64> {
        self.comfort.clock.lock().set_interval(seconds)
    }
}

impl Draft {
    /// Whether a transaction may be included next, without including it.
    fn judge(mut self, signed: &Signed) -> Result<(), SendError> {
        admit(self.context(), signed).map(drop)
    }
}
