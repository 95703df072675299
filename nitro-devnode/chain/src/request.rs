//! Calls that change nothing, and what they may pretend (devnode.md 2.11).

use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, U256};

/// A call or an estimate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallRequest {
    /// The sender; the zero address by default.
    pub from: Address,
    /// The callee; `None` creates a contract.
    pub to: Option<Address>,
    /// Gas limit; absent or 0 means as much as is allowed.
    pub gas: Option<u64>,
    /// Price in wei in the old style.
    pub gas_price: Option<u128>,
    /// Fee cap in wei.
    pub max_fee_per_gas: Option<u128>,
    /// Tip in wei.
    pub max_priority_fee_per_gas: Option<u128>,
    /// Value in wei.
    pub value: U256,
    /// The nonce, which only an estimate of the L1 part looks at.
    pub nonce: Option<u64>,
    /// Calldata or init code.
    pub input: Bytes,
    /// What is warm from the start (EIP-2930).
    pub access_list: AccessList,
    /// Delegations to set (EIP-7702).
    pub authorization_list: Vec<SignedAuthorization>,
    /// Leaves the L1 part out.
    pub skip_l1_charging: bool,
}

/// Changes to accounts, for one call only.
pub type StateOverrides = Vec<(Address, AccountOverride)>;

/// Changes to one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountOverride {
    /// The balance in wei.
    pub balance: Option<U256>,
    /// The nonce.
    pub nonce: Option<u64>,
    /// The code, also of a Stylus program.
    pub code: Option<Bytes>,
    /// The whole storage: all other slots are zero.
    pub state: Option<Vec<(U256, B256)>>,
    /// Single slots; not together with `state`.
    pub state_diff: Option<Vec<(U256, B256)>>,
    /// Where the precompile of this address is found instead.
    pub move_precompile_to: Option<Address>,
    /// Whether a precompile stays at this address; otherwise an override, whatever it changes,
    /// takes it off.
    pub keeps_precompile: bool,
}

/// Changes to the block that a call sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockOverrides {
    /// What the NUMBER opcode answers.
    pub number: Option<U256>,
    /// The timestamp in seconds.
    pub time: Option<u64>,
    /// The gas limit.
    pub gas_limit: Option<u64>,
    /// The coinbase.
    pub fee_recipient: Option<Address>,
    /// The difficulty.
    pub difficulty: Option<U256>,
    /// The base fee in wei.
    pub base_fee: Option<U256>,
}
