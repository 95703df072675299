//! What the end-to-end tests share: the built parts, the world they run in, and a lying node.
//!
//! Every test owns its node (a free port), its folder and its keys; nothing is shared between tests.

mod cli;
mod contracts;
mod liar;
mod person;
mod world;

pub use cli::{Home, Run};
pub use contracts::{DEV_KEY, anvil_key, programs};
pub use liar::LyingNode;
pub use person::Person;
pub use world::{PATIENT, World, wallet};
