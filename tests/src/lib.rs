//! What the end-to-end tests share: the built parts, the world they run in, and a lying node.
//!
//! Every test owns its node (a free port), its folder and its keys; nothing is shared between tests. With
//! `NITRO_URL` they take turns on the node there, each with programs of its own.

mod cli;
mod contracts;
mod liar;
mod node;
mod person;
mod turn;
mod world;

pub use cli::{Home, Run};
pub use contracts::{DEV_KEY, anvil_key, programs};
pub use liar::LyingNode;
pub use node::TestNode;
pub use person::Person;
pub use world::{PATIENT, World, wallet};
