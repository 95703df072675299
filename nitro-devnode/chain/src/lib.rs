//! The chain of the development node: state, EVM and Stylus frames, transactions, blocks, receipts.
//!
//! [`Chain`] is the whole of it; everything lives in memory and every method takes `&self`. How the
//! parts work together:
//!
//! 1. `admission` checks a raw transaction against the rules of devnode.md 2.7;
//! 2. `production` opens a block with the start-block transaction and runs the transaction;
//! 3. `message` buys gas, pays the L1 part, runs the first frame and settles (devnode.md 2.5);
//! 4. `evm` runs frames: revm interprets EVM code, `devnode-stylus` runs programs, `devnode-arbos`
//!    answers for the precompiles, all over one journal;
//! 5. `trace` runs mined transactions again and tells a tracer what happens (devnode.md 5.8);
//! 6. `world` keeps every value with the block that wrote it, so that older blocks can be asked;
//! 7. `trie` hashes what a block has changed into the state root, which proofs start from.

mod access_list;
mod admission;
mod block;
mod bootstrap;
mod chain;
mod comfort;
mod conditional;
mod config;
mod error;
mod estimate;
mod evm;
mod inspect;
mod message;
mod node_interface;
mod prices;
mod production;
mod refusal;
mod request;
mod revert_reason;
mod rlp_fault;
mod series;
mod simulation;
mod trace;
mod trie;
mod turns;
mod view;
mod world;

pub use access_list::AccessListOutcome;
pub use block::{Block, Body, Receipt, Transaction};
pub use chain::{Chain, HeadListener};
pub use comfort::{AccountDump, BlockDump, Dump, Mining, Pooled, TimeError};
pub use conditional::Conditions;
pub use config::{Bootstrap, ChainConfig};
pub use error::{CallError, NewError, SendError};
pub use inspect::{AccountPage, ListedAccount, ListedSlot, PageOptions, StoragePage};
pub use prices::Prices;
pub use request::{AccountOverride, BlockOverrides, CallRequest, StateOverrides};
pub use revert_reason::revert_reason;
pub use series::{SeriesBlock, SeriesError, SeriesOptions, SimulatedBlock, SimulatedCall};
pub use trace::{
    Enter, Exit, FrameKind, MakeTracer, Place, StateView, Step, TraceError, TracedTransaction,
    Tracer, Transfer, TxEnd, TxStart,
};
pub use trie::{AccountProof, StorageProof};
pub use turns::{Progress, Turn};
