//! The node from outside: every test has a node and a port of its own.

mod acceptance;
mod binary;
mod calls;
mod envelope;
mod extras;
mod fees;
mod hostile;
mod http;
mod inspect;
mod lifecycle;
mod logs;
mod options;
mod parameters;
mod proofs;
mod rig;
mod sending;
mod shapes;
mod signer;
mod stylus;
mod trace_calls;
mod trace_errors;
mod trace_frames;
mod trace_rig;
mod trace_scripts;
mod trace_stylus;
mod websocket;
