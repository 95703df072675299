//! End-to-end: node, deployed WASM and clients.

mod ethers_client;
