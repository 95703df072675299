//! End-to-end: node, deployed WASM, the built CLI, and a client that is not ours.

mod bad_input;
mod ethers_client;
mod lying_node;
mod main_job;
