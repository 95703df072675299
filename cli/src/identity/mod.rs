//! Who an account is to the records: its root, its registered key, and the way back to both
//! (crypto.md section 5).

mod fingerprint;
mod registration;
mod restore;
mod unlock;

pub use fingerprint::{shown, words};
pub use registration::Registration;
pub use restore::{By, Restored, Slot, Ways, restore};
pub use unlock::{sign_keyslot, unlock};

#[cfg(test)]
mod vectors;
