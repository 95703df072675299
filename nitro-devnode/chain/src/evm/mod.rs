//! Frames: revm's interpreter, Stylus programs and ArbOS's precompiles over one journal.

mod absent;
mod halt;
mod ledger;
mod machine;
mod precompiles;
mod program;
mod rules;
mod session;

pub(crate) use absent::end_transaction;
pub(crate) use ledger::{Ledger, nonce};
pub(crate) use machine::{Context, Machine, context};
pub(crate) use rules::{BLOCK_GAS_LIMIT, Rules};
pub(crate) use session::{Session, Shared};
