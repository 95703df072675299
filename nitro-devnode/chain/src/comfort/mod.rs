//! What developers may do to a chain besides sending transactions (devnode.md 7).

mod clock;
mod dump;
mod edit;
mod impersonation;
mod mining;
mod pool;
mod snapshot;
mod surroundings;

pub use dump::{AccountDump, BlockDump, Dump};
pub use mining::TimeError;
pub use pool::{Mining, Pooled};

use std::collections::HashSet;

use alloy_primitives::Address;
use parking_lot::{Mutex, RwLock};

use clock::Clock;
use edit::Edits;
use pool::Pool;
use snapshot::Snapshots;
pub(crate) use surroundings::Surroundings;
use surroundings::Wished;

/// The state behind the conveniences.
#[derive(Debug, Default)]
pub(crate) struct Comfort {
    pub(crate) clock: Mutex<Clock>,
    mining: RwLock<Mining>,
    pool: Mutex<Pool>,
    edits: Mutex<Edits>,
    snapshots: Mutex<Snapshots>,
    impersonated: RwLock<Impersonated>,
    wished: Mutex<Wished>,
}

/// In whose name transactions may be sent without a key.
#[derive(Debug, Default)]
struct Impersonated {
    is_everybody: bool,
    accounts: HashSet<Address>,
}

impl Comfort {
    /// The beginning; `start` is the time of the first block, if not the wall clock's.
    pub(crate) fn starting(start: Option<u64>, wall: u64) -> Self {
        let clock = start.map_or_else(Clock::default, |time| Clock::showing(time, wall));
        Self { clock: Mutex::new(clock), ..Self::default() }
    }
}
