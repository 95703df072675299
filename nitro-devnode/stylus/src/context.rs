//! The values that stay fixed during a run.

use std::time::Instant;

use alloy_primitives::{Address, U256};

use crate::PageParams;

/// Parameters of the chain and context of block, transaction and frame.
///
/// The parameters are read from state at the start of every program call and stay fixed during it
/// (host 2), so that one value describes a whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunContext {
    /// The ArbOS version; 30 is the first with Stylus.
    pub arbos_version: u64,
    /// Ink per gas, 1 to 2^24 − 1; 10000 by default.
    pub ink_price: u32,
    /// Words of the stack-depth counter at the start; 22000 by default from ArbOS 50 on.
    pub max_stack_depth: u32,
    /// Prices of memory pages.
    pub pages: PageParams,
    /// Limit for deployed code in bytes, 24576 by default; scales the price of code reads (host
    /// 4.8).
    pub max_code_size: u64,

    /// The acting address.
    pub contract_address: Address,
    /// The caller as in the EVM.
    pub msg_sender: Address,
    /// The call value in wei as in the EVM: inherited under DELEGATECALL, 0 under STATICCALL.
    pub msg_value: U256,
    /// Whether this frame or an ancestor was entered through STATICCALL.
    pub is_static: bool,
    /// What `msg_reentrant` answers: the acting address is open more than once (host 4.6).
    pub is_reentrant: bool,

    /// The sender of the transaction.
    pub tx_origin: Address,
    /// Effective gas price of the message in wei, the tip included (host 1.5).
    pub tx_gas_price: U256,

    /// Low 64 bits of the chain id.
    pub chain_id: u64,
    /// The L1 block number as ArbOS recorded it at the start of the L2 block.
    pub l1_block_number: u64,
    /// Timestamp of the L2 block in seconds.
    pub block_timestamp: u64,
    /// Gas limit of the header; 2^50 on Arbitrum.
    pub block_gas_limit: u64,
    /// Base fee in wei; 0 for calls without a gas price.
    pub block_basefee: U256,
    /// Coinbase of the header.
    pub block_coinbase: Address,

    /// When the run is given up with [`RunError::Deadline`](crate::RunError::Deadline). Only calls
    /// that change nothing may have one.
    pub deadline: Option<Instant>,
    /// Whether finished host calls are reported to [`EvmApi::trace`](crate::EvmApi::trace).
    pub trace: bool,
}

impl RunContext {
    /// A context with the dev-mode parameters of ArbOS 51 and zero everywhere else.
    #[must_use]
    pub const fn dev() -> Self {
        Self {
            arbos_version: 51,
            ink_price: 10_000,
            max_stack_depth: 22_000,
            pages: PageParams::DEFAULT,
            max_code_size: 24_576,
            contract_address: Address::ZERO,
            msg_sender: Address::ZERO,
            msg_value: U256::ZERO,
            is_static: false,
            is_reentrant: false,
            tx_origin: Address::ZERO,
            tx_gas_price: U256::ZERO,
            chain_id: 0,
            l1_block_number: 0,
            block_timestamp: 0,
            block_gas_limit: 0,
            block_basefee: U256::ZERO,
            block_coinbase: Address::ZERO,
            deadline: None,
            trace: false,
        }
    }
}
