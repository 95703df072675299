//! End-to-end: node, deployed WASM, the built CLI, and a client that is not ours.

mod attacks;
mod bad_input;
mod client;
mod ethers_client;
mod gas;
mod lying_node;
mod main_job;
mod market;
mod schema;
mod secrets;
mod stays_gas;
mod tokens;
