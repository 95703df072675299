//! The access chain of a record: who was given what in the owner's name (crypto.md section 9.3).

mod action;
mod chain;
mod grants;

pub use action::{Action, Grant};
pub use chain::{AccessLog, AccessState, VerifiedAccess, verify_access, verify_access_since};
pub use grants::Grants;
