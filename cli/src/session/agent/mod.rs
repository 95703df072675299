//! An unlocked session: opened keys in the memory of one process, until a time (`unlock`, `lock`).
//!
//! `unlock` starts the agent, a process of the same program. It keeps what it is given in memory that
//! is wiped, hands it to processes of the same user over a Unix socket, and ends at the time it was
//! told, at `lock`, or when its socket is gone. Nothing of it is on disk (crypto.md section 18).

mod client;
mod message;
mod server;

use alloy_primitives::{Keccak256, keccak256};
use chartkey_crypto::Identity;

pub(crate) use client::Agent;
pub(crate) use server::serve;

/// What a held secret is for. It tells nothing about the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Id([u8; 32]);

impl Id {
    /// The key in a keystore with exactly this content: another file, or a changed one, is asked for
    /// its password.
    pub(crate) fn of_keystore(content: &[u8]) -> Self {
        let mut hash = Keccak256::new();
        hash.update(b"chartkey/session/keystore");
        hash.update(content);
        Self(hash.finalize().0)
    }

    /// The root of an identity.
    pub(crate) fn of_root(identity: &Identity) -> Self {
        let Identity { chain_id, contract, account, version } = identity;
        let (chain_id, version) = (chain_id.to_be_bytes(), version.to_be_bytes());
        let parts = [&b"chartkey/session/root"[..], &chain_id, contract, account, &version];
        Self(keccak256(parts.concat()).0)
    }
}
