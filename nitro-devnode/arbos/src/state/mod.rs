//! The ArbOS state: where each value lives (devnode.md appendix A) and typed access to it.

mod chain_config;
mod layout;
mod view;

pub mod slots;

pub use chain_config::ChainConfigText;
pub use layout::{Slot, Space, Word};
pub use view::ArbosState;
