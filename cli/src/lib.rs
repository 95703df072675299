//! Chartkey's command line as a library: keys, chain access, records, and one module per command.

pub mod amount;
pub mod args;
pub mod commands;
pub mod dates;
pub mod error;
pub mod files;
pub mod identity;
pub mod keystore;
pub mod output;
pub mod process;
pub mod progress;
pub mod records;
pub mod refusal;
pub mod rpc;
pub mod session;
pub mod settings;
pub mod signer;
pub mod stays;
pub mod text;
pub mod transact;
