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
//! 5. `world` keeps every value with the block that wrote it, so that older blocks can be asked.
//!
//! Block bodies, receipts and their roots are Ethereum's. The state root is not: it is a running
//! Keccak commitment over the changes of each block (see [`Block`]), so state proofs do not exist.

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
mod message;
mod node_interface;
mod prices;
mod production;
mod request;
mod series;
mod simulation;
mod view;
mod world;

pub use access_list::AccessListOutcome;
pub use block::{Block, Body, Receipt, Transaction};
pub use chain::{Chain, HeadListener};
pub use comfort::{AccountDump, BlockDump, Dump, Mining, Pooled, TimeError};
pub use conditional::Conditions;
pub use config::{Bootstrap, ChainConfig};
pub use error::{CallError, NewError, SendError};
pub use prices::Prices;
pub use request::{AccountOverride, BlockOverrides, CallRequest, StateOverrides};
pub use series::{SeriesBlock, SeriesError, SeriesOptions, SimulatedBlock, SimulatedCall};
