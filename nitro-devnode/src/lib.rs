//! A local Nitro-compatible development node that runs real Stylus WASM: JSON-RPC over HTTP and
//! WebSocket on one port, state in memory, no Docker.
//!
//! ```
//! let node = nitro_devnode::Node::builder().port(0).spawn()?;
//! assert!(node.url().starts_with("http://127.0.0.1:"));
//! // The node ends when the value is dropped.
//! # Ok::<(), nitro_devnode::StartError>(())
//! ```

mod accounts;
mod builder;
mod connection;
mod context;
mod filter;
mod filter_registry;
mod interval;
mod json;
mod methods;
mod node;
mod position;
mod rpc;
mod rpc_server;
mod server;
mod state_file;
mod subscription;

pub use accounts::{DEV_ACCOUNT, DevAccount, TEST_ACCOUNTS, TEST_PHRASE};
pub use builder::NodeBuilder;
pub use connection::Connection;
pub use devnode_chain as chain;
pub use node::{Node, StartError};
