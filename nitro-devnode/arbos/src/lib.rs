//! ArbOS for the development node: the chain's own state, its prices, its precompiled contracts and
//! the records of Stylus programs. Independent of the EVM: the chain implements [`Backend`].
//!
//! | job | entry point |
//! |---|---|
//! | block 0 | [`genesis::initialise`] |
//! | first transaction of each block | [`start_block::apply`] |
//! | L1 part of a transaction | [`pricing::l1`] |
//! | end of a transaction | [`pricing::fees::distribute`] |
//! | call of a precompile | [`run_precompile`] |
//! | call of a Stylus program | [`programs::program_gate`], [`programs::BlockProgramCache`] |
//! | `eth_call` of NodeInterface | [`node_interface::answer`] |
//! | anything stored | [`ArbosState`] |
//!
//! Nothing here takes a snapshot or undoes anything: the chain opens a checkpoint around each call
//! frame (also a precompile's) and rolls back when the outcome is not a success.
//!
//! ```
//! use devnode_arbos::programs::{InitGas, ProgramRecord, StylusParams};
//!
//! let params = StylusParams::initial(51);
//! let echo = ProgramRecord { version: 2, init_cost: 27, cached_cost: 11, ..Default::default() };
//! let gas = InitGas::of(&params, &echo);
//! assert_eq!((gas.charge(false), gas.charge(true)), (9222, 363));
//! ```

pub mod address;
mod address_set;
mod backend;
pub mod genesis;
mod metering;
pub mod node_interface;
pub mod precompiles;
pub mod pricing;
pub mod programs;
pub mod send_tree;
pub mod start_block;
pub mod state;
pub mod version;

pub use address_set::AddressSet;
pub use backend::{Backend, BlockContext, CodeRead, TxContext, TxKind};
pub use metering::{Free, Metered, OutOfGas, StateAccess};
pub use precompiles::{
    Ending, PrecompileCall, PrecompileOutcome, active_precompiles, custom_error_text,
    is_precompile, run_precompile,
};
pub use state::ArbosState;
