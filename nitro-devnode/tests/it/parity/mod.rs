//! This node beside another one: the same transactions and questions to both, every answer compared
//! (devnode.md section 8 H).
//!
//! The other node is the one at `NITRO_URL`, a Nitro node in dev mode. Without that variable it is the
//! built binary, in a process of its own: that shows that this comparison works and that the node does
//! the same twice, and says nothing about Nitro.
//!
//! Each test has an account that the other node has not seen, with money from the dev account, and
//! programs that it has not seen; so the other chain may have a past. From its side nothing is asked
//! that Nitro does not have.

mod base_fees;
mod bytecode;
mod calldata;
mod cast;
mod detection;
mod difference;
mod endpoint;
mod estimates;
mod failures;
mod generated;
mod history;
mod l1_gas;
mod pair;
mod plot;
mod precompiles;
mod random;
mod refusals;
mod rows;
mod traces;
mod transactions;
mod wish;
