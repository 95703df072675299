//! The ArbOS state of block 0, and version upgrades (devnode.md 1.5, 1.6).

use alloy_primitives::{Address, B256, Bytes, U256, bytes};

use crate::{
    ArbosState, address,
    programs::{DataFeeModel, StylusParams},
    state::slots,
    version,
};

/// What can be chosen about a new chain.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// ArbOS version, one of [`version::SELECTABLE`].
    pub arbos_version: u64,
    /// Chain id.
    pub chain_id: u64,
    /// Chain owners in order.
    pub chain_owners: Vec<Address>,
    /// The serialized chain configuration (JSON).
    pub chain_config: Vec<u8>,
}

impl Default for Genesis {
    /// Dev mode.
    fn default() -> Self {
        Self {
            arbos_version: version::DEFAULT,
            chain_id: 412_346,
            chain_owners: vec![Address::ZERO, address::DEV_ACCOUNT],
            chain_config: Vec::new(),
        }
    }
}

/// Base fee of block 0 and smallest base fee, in wei.
pub const INITIAL_BASE_FEE: u64 = 100_000_000;
/// L1 price per unit before the bootstrap, in wei.
pub const INITIAL_L1_PRICE: u64 = 50_000_000_000;
/// Most compute gas of a transaction, from version 50.
const PER_TX_GAS_LIMIT: u64 = 32_000_000;
/// One byte of code, so that Solidity's existence check passes.
const PRECOMPILE_CODE: Bytes = bytes!("fe");
/// Runtime code of the parent-hash history contract (Arbitrum variant, devnode.md 1.6).
const HISTORY_CODE: Bytes = bytes!(
    "3373fffffffffffffffffffffffffffffffffffffffe1460605760203603605c575f3563a3b1b31d5f5260205f6004601c60645afa15605c575f51600181038211605c57816205ffd0910311605c576205ffd09006545f5260205ff35b5f5ffd5b5f356205ffd0600163a3b1b31d5f5260205f6004601c60645afa15605c575f5103065500"
);

/// Writes the whole ArbOS state and the system contracts into an empty chain. Balances are not
/// touched.
pub fn initialise(state: &mut ArbosState<'_>, genesis: &Genesis) {
    state.backend().set_nonce(address::ARBOS_STATE, 1);
    state.set_chain_id(U256::from(genesis.chain_id));
    for &owner in &genesis.chain_owners {
        let Ok(_) = slots::root::chain_owners().add(state.access(), owner);
    }
    let Ok(()) = slots::root::chain_config().set(state.access(), &genesis.chain_config);
    initialise_l2_pricing(state);
    initialise_l1_pricing(state);
    // Versions up to 30 are one step: no chain here starts below.
    set_brotli_and_programs(state);
    install_precompile_code(state, 0, 30);
    state.set_version(30);
    upgrade(state, genesis.arbos_version);
}

/// Carries out every version step up to `target`.
pub fn upgrade(state: &mut ArbosState<'_>, target: u64) {
    let from = state.version();
    let passes = |version: u64| from < version && version <= target;
    let mut params = state.stylus_params();
    state.set_version(target);
    params.upgrade(from, target);
    state.set_stylus_params(&params);
    install_precompile_code(state, from + 1, target);
    if passes(version::PARENT_HASH_HISTORY) {
        state.backend().set_nonce(address::PARENT_HASH_HISTORY, 1);
        state.backend().set_code(address::PARENT_HASH_HISTORY, HISTORY_CODE);
    }
    if passes(version::ARBOS_60) {
        // Its storage must outlive the account being otherwise empty (EIP-161).
        state.backend().set_nonce(address::FILTERED_TRANSACTIONS, 1);
    }
    if passes(version::TX_GAS_LIMIT) {
        state.set_per_tx_gas_limit(PER_TX_GAS_LIMIT);
    }
}

fn initialise_l2_pricing(state: &mut ArbosState<'_>) {
    state.set_speed_limit(7_000_000);
    state.set_per_block_gas_limit(32_000_000);
    state.set_base_fee(U256::from(INITIAL_BASE_FEE));
    state.set_min_base_fee(U256::from(INITIAL_BASE_FEE));
    state.set_pricing_inertia(102);
    state.set_backlog_tolerance(10);
}

fn initialise_l1_pricing(state: &mut ArbosState<'_>) {
    state.set_l1_price_per_unit(U256::from(INITIAL_L1_PRICE));
    state.write(slots::l1::inertia(), 10);
    state.write(slots::l1::per_unit_reward(), 10);
    state.write(slots::l1::equilibration_units(), U256::from(160_000_000));
    state.write(slots::l1::per_batch_gas(), 210_000);
    let Ok(_) = slots::l1::batch_posters().add(state.access(), address::SEQUENCER);
    state.write(slots::l1::poster_pay_to(address::SEQUENCER), address::SEQUENCER);
}

fn set_brotli_and_programs(state: &mut ArbosState<'_>) {
    state.set_brotli_level(1);
    let params: B256 = StylusParams::initial(30).to_word(30);
    state.write(slots::programs::params(), params);
    let model = DataFeeModel::INITIAL;
    state.write(slots::programs::data_bytes_per_second(), model.bytes_per_second);
    state.write(slots::programs::data_last_update(), model.last_update);
    state.write(slots::programs::data_min_price(), model.min_price_wei);
    state.write(slots::programs::data_inertia(), model.inertia);
}

/// Puts code at the precompiles that appear from version `first` to version `last`.
fn install_precompile_code(state: &mut ArbosState<'_>, first: u64, last: u64) {
    for (account, since) in crate::precompiles::installed_code() {
        if (first..=last).contains(&since) {
            state.backend().set_code(account, PRECOMPILE_CODE);
        }
    }
}
