//! End-to-end: node, deployed WASM, the built CLI, and a client that is not ours.

mod attacks;
mod bad_input;
mod billing;
mod cases;
mod client;
mod ethers_client;
mod gas;
mod hostile;
mod import;
mod lying_node;
mod main_job;
mod market;
mod records_chain;
mod records_gas;
mod records_sharing;
mod resume;
mod schema;
mod secrets;
mod settings;
mod stays_gas;
mod third_parties;
mod token_payments;
mod tokens;
mod two_endpoints;
mod walkthrough;
mod watching;
