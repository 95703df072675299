//! End-to-end: node, deployed WASM, the built CLI, and a client that is not ours.

mod bad_input;
mod client;
mod ethers_client;
mod gas;
mod lying_node;
mod main_job;
mod records_chain;
mod records_gas;
mod records_sharing;
mod schema;
mod secrets;
