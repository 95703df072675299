//! Every named value of the ArbOS state (devnode.md appendix A).

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, I256, U256};

use super::{ChainConfigText, Slot, Space, Word};
use crate::AddressSet;

/// Declares functions that name the slots of one space.
macro_rules! slots {
    ($space:expr; $($(#[$doc:meta])* $name:ident: $word:ty = $offset:literal;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name() -> Slot<$word> {
            static SLOT: LazyLock<Slot<$word>> = LazyLock::new(|| $space.slot($offset));
            *SLOT
        })*
    };
}

/// Values of the root space.
pub mod root {
    use super::*;

    slots! { Space::ROOT;
        /// ArbOS version.
        version: u64 = 0;
        /// Version of a scheduled upgrade, 0 for none.
        upgrade_version: u64 = 1;
        /// Earliest block time of the scheduled upgrade.
        upgrade_timestamp: u64 = 2;
        /// Receiver of the compute fees.
        network_fee_account: Address = 3;
        /// Chain id.
        chain_id: U256 = 4;
        /// First block made by Nitro.
        genesis_block_number: u64 = 5;
        /// Receiver of the minimum part of the compute fees; zero address for none.
        infra_fee_account: Address = 6;
        /// Brotli quality with which transaction sizes are measured.
        brotli_level: u64 = 7;
        /// Time from which native tokens can be managed; 0 for never.
        native_token_from: u64 = 8;
        /// Time from which transactions can be filtered; 0 for never.
        tx_filtering_from: u64 = 9;
        /// Receiver of the funds of filtered transactions.
        filtered_funds_recipient: Address = 10;
        /// Whether tips are charged.
        collect_tips: bool = 11;
    }

    /// Accounts that may call `ArbOwner`.
    #[must_use]
    pub fn chain_owners() -> AddressSet {
        AddressSet::new(Space::ROOT.child(&[4]))
    }

    /// Accounts that may mint and burn native tokens.
    #[must_use]
    pub fn native_token_owners() -> AddressSet {
        AddressSet::new(Space::ROOT.child(&[10]))
    }

    /// Accounts that may filter transactions.
    #[must_use]
    pub fn transaction_filterers() -> AddressSet {
        AddressSet::new(Space::ROOT.child(&[11]))
    }

    /// The serialized chain configuration.
    #[must_use]
    pub fn chain_config() -> ChainConfigText {
        ChainConfigText::new(Space::ROOT.child(&[7]))
    }
}

/// L1 pricing.
pub mod l1 {
    use super::*;

    static SPACE: LazyLock<Space> = LazyLock::new(|| Space::ROOT.child(&[0]));

    slots! { SPACE;
        /// Receiver of the per-unit reward.
        rewards_recipient: Address = 0;
        /// Units over which a surplus is evened out.
        equilibration_units: U256 = 1;
        /// Inertia of the price.
        inertia: u64 = 2;
        /// Reward per unit in wei.
        per_unit_reward: u64 = 3;
        /// Time of the last price update.
        last_update_time: u64 = 4;
        /// Wei owed to the rewards recipient.
        funds_due_for_rewards: U256 = 5;
        /// Units charged since the last update.
        units_since_update: u64 = 6;
        /// Wei per unit.
        price_per_unit: U256 = 7;
        /// Surplus at the last update, as a signed 256-bit number.
        last_surplus: SignedWord = 8;
        /// Gas charged per batch.
        per_batch_gas: i64 = 9;
        /// Cap of the amortized cost in basis points.
        amortized_cost_cap_bips: u64 = 10;
        /// Poster fees collected and not yet paid out, in wei.
        fees_available: U256 = 11;
        /// Floor of the parent chain's gas per calldata token.
        gas_floor_per_token: u64 = 12;
    }

    /// The batch posters: an address set in child 0 of the table in child 0; per poster a space
    /// with the account that is paid and what is due to it. Positions are this node's choice: the
    /// specification does not name them.
    #[must_use]
    pub fn batch_posters() -> AddressSet {
        AddressSet::new(poster_table().child(&[0]))
    }

    /// Account that is paid for a batch poster.
    #[must_use]
    pub fn poster_pay_to(poster: Address) -> Slot<Address> {
        poster_table().child(&[1]).child(poster.as_slice()).slot(1)
    }

    /// Wei owed to all batch posters.
    #[must_use]
    pub fn funds_due_for_refunds() -> Slot<SignedWord> {
        poster_table().slot(0)
    }

    fn poster_table() -> Space {
        SPACE.child(&[0])
    }
}

/// L2 pricing.
pub mod l2 {
    use super::*;

    static SPACE: LazyLock<Space> = LazyLock::new(|| Space::ROOT.child(&[1]));

    slots! { SPACE;
        /// Compute gas per second that the chain sustains.
        speed_limit: u64 = 0;
        /// Compute gas of one block.
        per_block_gas_limit: u64 = 1;
        /// Base fee of the next block in wei.
        base_fee: U256 = 2;
        /// Smallest base fee in wei.
        min_base_fee: U256 = 3;
        /// Gas backlog of the price model.
        backlog: u64 = 4;
        /// Seconds of inertia of the price model.
        pricing_inertia: u64 = 5;
        /// Seconds of backlog that do not raise the price.
        backlog_tolerance: u64 = 6;
        /// Compute gas of one transaction (from version 50).
        per_tx_gas_limit: u64 = 7;
    }

    /// Where the single-gas constraints are kept.
    #[must_use]
    pub fn constraints() -> Space {
        SPACE.child(&[0])
    }

    /// Where the multi-gas constraints are kept.
    #[must_use]
    pub fn multi_gas_constraints() -> Space {
        SPACE.child(&[1])
    }

    /// Where the multi-gas base fees are kept.
    #[must_use]
    pub fn multi_gas_base_fees() -> Space {
        SPACE.child(&[2])
    }

    /// Key of the space (a check value of the specification).
    #[must_use]
    pub fn space() -> Space {
        *SPACE
    }
}

/// Stylus programs.
pub mod programs {
    use super::*;

    static SPACE: LazyLock<Space> = LazyLock::new(|| Space::ROOT.child(&[8]));
    static PARAMS: LazyLock<Space> = LazyLock::new(|| SPACE.child(&[0]));
    static RECORDS: LazyLock<Space> = LazyLock::new(|| SPACE.child(&[1]));
    static MODULE_HASHES: LazyLock<Space> = LazyLock::new(|| SPACE.child(&[2]));
    static DATA_PRICER: LazyLock<Space> = LazyLock::new(|| SPACE.child(&[3]));
    static ACTIVATION_GAS: LazyLock<Space> = LazyLock::new(|| SPACE.child(&[5]));

    slots! { PARAMS;
        /// The packed parameters.
        params: B256 = 0;
    }
    slots! { DATA_PRICER;
        /// Bytes in demand.
        data_demand: u32 = 0;
        /// Bytes per second by which demand falls.
        data_bytes_per_second: u32 = 1;
        /// Time of the last update.
        data_last_update: u64 = 2;
        /// Smallest price in wei per byte.
        data_min_price: u32 = 3;
        /// Inertia of the price.
        data_inertia: u32 = 4;
    }
    slots! { ACTIVATION_GAS;
        /// Extra gas of each activation (from version 60).
        activation_gas: u64 = 0;
    }

    /// Record of a program.
    #[must_use]
    pub fn record(code_hash: B256) -> Slot<B256> {
        RECORDS.slot_of(code_hash)
    }

    /// Module hash of a program.
    #[must_use]
    pub fn module_hash(code_hash: B256) -> Slot<B256> {
        MODULE_HASHES.slot_of(code_hash)
    }

    /// Accounts that may change cached flags.
    #[must_use]
    pub fn cache_managers() -> AddressSet {
        AddressSet::new(SPACE.child(&[4]))
    }

    /// The space itself (a check value of the specification).
    #[must_use]
    pub fn space() -> Space {
        *SPACE
    }

    /// The records' space (a check value of the specification).
    #[must_use]
    pub fn records() -> Space {
        *RECORDS
    }

    /// The module hashes' space (a check value of the specification).
    #[must_use]
    pub fn module_hashes() -> Space {
        *MODULE_HASHES
    }
}

/// Switchable features.
pub mod features {
    use super::*;

    static SPACE: LazyLock<Space> = LazyLock::new(|| Space::ROOT.child(&[9]));

    slots! { SPACE;
        /// Bit 0: EIP-7623 calldata floor.
        bits: U256 = 0;
    }

    /// Bit of the EIP-7623 calldata floor in [`bits`].
    pub const CALLDATA_PRICE_INCREASE: usize = 0;
}

/// Spaces that the outside does not read slot by slot. Their inner positions are this node's
/// choice.
pub mod others {
    use super::*;

    /// Addresses with short indices.
    #[must_use]
    pub fn address_table() -> Space {
        Space::ROOT.child(&[3])
    }

    /// The tree of messages to L1.
    #[must_use]
    pub fn send_tree() -> Space {
        Space::ROOT.child(&[5])
    }
}

/// A signed 256-bit number in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedWord(pub I256);

impl Word for SignedWord {
    fn from_word(word: U256) -> Self {
        Self(I256::from_raw(word))
    }
    fn into_word(self) -> U256 {
        self.0.into_raw()
    }
}
