//! Tracers for the `debug_trace…` methods (devnode.md 5.8).
//!
//! [`make`] turns a [`TraceConfig`] into a tracer that `devnode_chain::Chain` runs: one of
//! go-ethereum's by name, Arbitrum's `stylusTracer`, or a script (feature `js`). Each is bounded in
//! time and in what it keeps.

mod bounded;
mod call;
mod call_frame;
mod config;
mod erc7562;
mod flat_call;
mod four_byte;
mod go_json;
mod keccak_preimage;
mod make;
mod mux;
mod noop;
mod prestate;
mod prestate_account;
mod struct_log;
mod stylus;

#[cfg(feature = "js")]
mod js;

pub use config::{StructLogConfig, TraceConfig};
pub use make::{is_native, make};
