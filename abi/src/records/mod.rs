//! The *records* program: who may write, the hash chains of every section, and who has access.

mod access;
mod creation;
mod interface;
pub mod slots;

use alloy_primitives::B256;

pub use access::{
    CLAIM_SECONDS, T_ACL_GENESIS, T_ACL_LINK, Terms, access_bodies, access_kind, access_link,
    credential_flag, permission, purpose,
};
pub use creation::records_creation_code;
pub use interface::IRecords;

/// Whether a credential word (slot [`CREDENTIALS`](slots::CREDENTIALS)) counts at `time`, in Unix
/// seconds: from its first to before its last second, and not while it is suspended.
#[must_use]
pub fn is_credential_current(word: B256, time: u64) -> bool {
    let number = |at: usize| u64::from_be_bytes(core::array::from_fn(|index| word[at + index]));
    number(0) <= time && time < number(8) && word[16] & credential_flag::SUSPENDED == 0
}

/// Link kinds (crypto.md section 9.1).
pub mod entry_kind {
    /// A sealed entry whose envelope is in the log.
    pub const ENTRY: u8 = 1;
    /// An epoch record: a new key generation of the section.
    pub const EPOCH: u8 = 2;
    /// A sealed entry whose envelope is kept elsewhere; the log has its Keccak-256.
    pub const DETACHED: u8 = 3;
}
