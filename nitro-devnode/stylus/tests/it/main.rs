//! Stylus programs against the measured vectors of the specification, and against what no vector
//! says: nesting, caching, hostile input.

mod activation;
mod branch_tables;
mod host_costs;
mod host_functions;
mod host_runs;
mod ink;
mod limits;
mod loader;
mod name_section;
mod nesting;
mod scripted;
