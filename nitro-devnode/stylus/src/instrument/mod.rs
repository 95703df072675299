//! Rewriting a module so that it meters itself (wasm 2 to 6).
//!
//! Two passes over each function: [`plan`] computes prices, frame size and counts from the original
//! operators, [`function`] copies the operators byte for byte and inserts the metering between them.
//! [`module`] puts the sections together again. No index of the original changes.

mod branch_table;
mod effect;
mod function;
mod height;
mod module;
mod plan;
mod price;

pub(crate) use self::{
    module::{ENTRYPOINT, GLOBAL_INK_LEFT, GLOBAL_INK_STATUS, GLOBAL_STACK_LEFT, MEMORY, rewrite},
    plan::{FunctionPlan, PlanError, Signatures, plan},
};
