//! The one port: HTTP and WebSocket (devnode.md section 1.2).

mod access;
mod http;
mod listen;
mod websocket;

pub(crate) use access::{Access, Origins};
pub(crate) use http::{Shared, serve};
pub(crate) use listen::listen;
