//! The values of the ArbOS state that a chain reads and writes, free of gas.

use alloy_primitives::{Address, B256, U256};

use super::{Slot, Word, slots};
use crate::{
    Backend, Free,
    programs::{ProgramRecord, StylusParams},
};

/// Declares a reader and a writer for a slot.
macro_rules! values {
    ($($(#[$doc:meta])* $get:ident, $set:ident: $word:ty = $slot:expr;)*) => {
        $($(#[$doc])*
        pub fn $get(&mut self) -> $word {
            self.read($slot)
        }

        #[doc = concat!("Writes what [`", stringify!($get), "`](Self::", stringify!($get), ") reads.")]
        pub fn $set(&mut self, value: $word) {
            self.write($slot, value);
        }
        )*
    };
}

/// The ArbOS state of a chain, for block building, fee accounting and RPC answers.
#[derive(Debug)]
pub struct ArbosState<'a> {
    access: Free<'a>,
}

impl<'a> ArbosState<'a> {
    /// Opens the state kept by a chain.
    pub fn open(backend: &'a mut dyn Backend) -> Self {
        Self { access: Free(backend) }
    }

    values! {
        /// ArbOS version.
        version, set_version: u64 = slots::root::version();
        /// Chain id.
        chain_id, set_chain_id: U256 = slots::root::chain_id();
        /// Version of a scheduled upgrade, 0 for none.
        upgrade_version, set_upgrade_version: u64 = slots::root::upgrade_version();
        /// Earliest block time of the scheduled upgrade.
        upgrade_timestamp, set_upgrade_timestamp: u64 = slots::root::upgrade_timestamp();
        /// Receiver of the compute fees.
        network_fee_account, set_network_fee_account: Address = slots::root::network_fee_account();
        /// Receiver of the minimum part of the compute fees; zero address for none.
        infra_fee_account, set_infra_fee_account: Address = slots::root::infra_fee_account();
        /// Brotli quality with which transaction sizes are measured.
        brotli_level, set_brotli_level: u64 = slots::root::brotli_level();
        /// Whether tips are charged.
        collect_tips, set_collect_tips: bool = slots::root::collect_tips();
        /// Compute gas per second that the chain sustains.
        speed_limit, set_speed_limit: u64 = slots::l2::speed_limit();
        /// Compute gas of one block.
        per_block_gas_limit, set_per_block_gas_limit: u64 = slots::l2::per_block_gas_limit();
        /// Compute gas of one transaction (from version 50).
        per_tx_gas_limit, set_per_tx_gas_limit: u64 = slots::l2::per_tx_gas_limit();
        /// Base fee of the next block in wei.
        base_fee, set_base_fee: U256 = slots::l2::base_fee();
        /// Smallest base fee in wei.
        min_base_fee, set_min_base_fee: U256 = slots::l2::min_base_fee();
        /// Gas backlog of the price model.
        backlog, set_backlog: u64 = slots::l2::backlog();
        /// Seconds of inertia of the price model.
        pricing_inertia, set_pricing_inertia: u64 = slots::l2::pricing_inertia();
        /// Seconds of backlog that do not raise the price.
        backlog_tolerance, set_backlog_tolerance: u64 = slots::l2::backlog_tolerance();
        /// Wei per L1 unit.
        l1_price_per_unit, set_l1_price_per_unit: U256 = slots::l1::price_per_unit();
        /// L1 units charged since the last update.
        l1_units_since_update, set_l1_units_since_update: u64 = slots::l1::units_since_update();
        /// Poster fees collected and not yet paid out, in wei.
        l1_fees_available, set_l1_fees_available: U256 = slots::l1::fees_available();
    }

    /// Whether the EIP-7623 calldata floor applies.
    pub fn is_calldata_price_increased(&mut self) -> bool {
        self.read(slots::features::bits()).bit(slots::features::CALLDATA_PRICE_INCREASE)
    }

    /// Parameters of Stylus programs.
    pub fn stylus_params(&mut self) -> StylusParams {
        let version = self.version();
        StylusParams::from_word(self.read(slots::programs::params()), version)
    }

    /// Replaces the parameters of Stylus programs.
    pub fn set_stylus_params(&mut self, params: &StylusParams) {
        let version = self.version();
        self.write(slots::programs::params(), params.to_word(version));
    }

    /// Record of the program with this code hash; all zero when it was never activated.
    pub fn program(&mut self, code_hash: B256) -> ProgramRecord {
        ProgramRecord::from_word(self.read(slots::programs::record(code_hash)))
    }

    /// What the activation of the program with this code hash said of its module; zero when there
    /// was none.
    pub fn module_hash(&mut self, code_hash: B256) -> B256 {
        self.read(slots::programs::module_hash(code_hash))
    }

    /// Replaces the record of a program.
    pub fn set_program(&mut self, code_hash: B256, record: &ProgramRecord) {
        self.write(slots::programs::record(code_hash), record.to_word());
    }

    /// Accounts that may call `ArbOwner`, in insertion order.
    pub fn chain_owners(&mut self) -> Vec<Address> {
        let Ok(members) = slots::root::chain_owners().members(&mut self.access);
        members
    }

    /// Whether an account may call `ArbOwner`.
    pub fn is_chain_owner(&mut self, account: Address) -> bool {
        let Ok(is_member) = slots::root::chain_owners().contains(&mut self.access, account);
        is_member
    }

    /// The serialized chain configuration.
    pub fn chain_config(&mut self) -> Vec<u8> {
        let Ok(text) = slots::root::chain_config().get(&mut self.access);
        text
    }

    /// Reads any slot.
    pub fn read<T: Word>(&mut self, slot: Slot<T>) -> T {
        let Ok(value) = slot.get(&mut self.access);
        value
    }

    /// Writes any slot.
    pub fn write<T: Word>(&mut self, slot: Slot<T>, value: T) {
        let Ok(()) = slot.set(&mut self.access, value);
    }

    /// The chain behind the state.
    pub fn backend(&mut self) -> &mut dyn Backend {
        self.access.0
    }

    /// Free access to the words, for the functions that take any [`StateAccess`](crate::StateAccess).
    pub const fn access(&mut self) -> &mut Free<'a> {
        &mut self.access
    }
}
