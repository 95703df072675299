//! The price model as it stood after a block (devnode.md 2.4, 5.1 `arbdebug_pricingModel`).

use alloy_primitives::U256;
use devnode_arbos::ArbosState;

use crate::{
    Chain,
    evm::{Ledger, Session, context},
};

/// Values of the price model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// Compute gas per second that the chain sustains.
    pub speed_limit: u64,
    /// Compute gas of one block.
    pub per_block_gas_limit: u64,
    /// Compute gas of one transaction (from ArbOS 50).
    pub per_tx_gas_limit: u64,
    /// Least base fee in wei.
    pub min_base_fee: U256,
    /// Compute gas above the speed limit that has piled up.
    pub backlog: u64,
    /// Seconds.
    pub pricing_inertia: u64,
    /// Seconds.
    pub backlog_tolerance: u64,
    /// Wei per L1 unit.
    pub l1_price_per_unit: U256,
}

impl Chain {
    /// The price model after a block; `None` if there is no such block.
    #[must_use]
    pub fn prices(&self, block: u64) -> Option<Prices> {
        let stage = self.stage(&*self.block(block)?);
        let session = Session::new(stage.shared, stage.rules, stage.block);
        let mut ctx = context(stage.view, revm::context::BlockEnv::default(), session);
        let mut ledger = Ledger(&mut ctx);
        let mut state = ArbosState::open(&mut ledger);
        Some(Prices {
            speed_limit: state.speed_limit(),
            per_block_gas_limit: state.per_block_gas_limit(),
            per_tx_gas_limit: state.per_tx_gas_limit(),
            min_base_fee: state.min_base_fee(),
            backlog: state.backlog(),
            pricing_inertia: state.pricing_inertia(),
            backlog_tolerance: state.backlog_tolerance(),
            l1_price_per_unit: state.l1_price_per_unit(),
        })
    }

    /// The ArbOS version after the newest block.
    #[must_use]
    pub fn arbos_version(&self) -> u64 {
        self.rules.read().arbos_version
    }
}
