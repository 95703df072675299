//! The internal transaction that opens each block (devnode.md 2.3).

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, sol};

use crate::{
    ArbosState,
    address::{ARBOS_ACTOR, PARENT_HASH_HISTORY},
    genesis, pricing, version,
};

sol! {
    function startBlock(uint256 l1BaseFee, uint64 l1BlockNumber, uint64 l2BlockNumber, uint64 timePassed);
}

/// Type byte of the transaction.
pub const TX_TYPE: u8 = 0x6a;
/// Sender and target.
pub const SENDER: Address = ARBOS_ACTOR;
/// Entries of the parent-hash ring.
const HISTORY_LENGTH: u64 = 393_168;

/// What the transaction tells ArbOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartBlock {
    /// Number of the block that begins.
    pub block_number: u64,
    /// L1 block number; 0 in dev mode.
    pub l1_block_number: u64,
    /// Timestamp of the block less that of its parent, in seconds.
    pub seconds_passed: u64,
    /// Hash of the parent block.
    pub parent_hash: B256,
}

impl StartBlock {
    /// Calldata of the transaction. Its hash is `keccak(0x6a ‖ rlp([chain id, calldata]))`.
    #[must_use]
    pub fn calldata(&self) -> Bytes {
        startBlockCall {
            l1BaseFee: U256::ZERO,
            l1BlockNumber: self.l1_block_number,
            l2BlockNumber: self.block_number,
            timePassed: self.seconds_passed,
        }
        .abi_encode()
        .into()
    }
}

/// Carries out the transaction. The backend's block context is that of the block that begins; the
/// header's base fee must have been read from the state before.
pub fn apply(state: &mut ArbosState<'_>, start: &StartBlock) {
    if state.version() >= version::PARENT_HASH_HISTORY {
        let slot = start.block_number.saturating_sub(1) % HISTORY_LENGTH;
        state.backend().set_storage(
            PARENT_HASH_HISTORY,
            U256::from(slot),
            start.parent_hash.into(),
        );
    }
    pricing::l2::update(state, start.seconds_passed);
    upgrade_if_due(state);
}

fn upgrade_if_due(state: &mut ArbosState<'_>) {
    let scheduled = state.upgrade_version();
    let now = state.backend().block().timestamp;
    let is_due = scheduled > state.version() && state.upgrade_timestamp() <= now;
    // A version this node does not know stays scheduled; the reference would stop.
    if is_due && scheduled <= version::NEWEST {
        genesis::upgrade(state, scheduled);
    }
}
