//! ArbOS against an in-memory chain, with the exact numbers of devnode.md section 4 and
//! stylus-host.md sections 7 and 9.

mod activation;
mod cache;
mod chain;
mod genesis;
mod messages;
mod money;
mod node_interface;
mod owners;
mod prices;
mod properties;
mod rules;
mod small_contracts;
mod upgrades;
