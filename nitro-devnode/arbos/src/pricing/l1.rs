//! What a transaction pays for its data (devnode.md section 3).

use alloy_primitives::{B256, U256, keccak256};

use super::compressed_size;
use crate::{ArbosState, address::SEQUENCER};

/// Units per compressed byte: the parent chain's gas per non-zero calldata byte.
pub const UNITS_PER_BYTE: u64 = 16;
/// Added to the units of a transaction that is not signed yet.
const ESTIMATION_PADDING_UNITS: u64 = 256;
/// Factor of the units of a transaction that is not signed yet, in basis points.
const ESTIMATION_PADDING_BIPS: u64 = 10_100;
/// Factor of the cost in estimates, in basis points.
const ESTIMATE_COST_BIPS: u64 = 11_000;

/// The L1 part of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PosterCharge {
    /// Units measured.
    pub units: u64,
    /// Gas taken from the transaction.
    pub gas: u64,
    /// The same in wei: gas times price.
    pub fee_wei: U256,
}

/// How a transaction is being run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A signed transaction in a block.
    Signed,
    /// A call: a synthetic transaction stands in for the signed one.
    Call,
    /// A gas estimate: as a call, with a reserve for a rising price.
    Estimate,
}

/// Computes the L1 part of a transaction.
///
/// `encoded` is the canonical binary form (type byte and RLP; plain RLP for legacy) of the signed
/// transaction, or of the synthetic one made with [`Filler`]. `price_wei` is the price per gas that
/// is paid, the base fee unless tips are collected; in a call without a price the true base fee of
/// the block. Types 0x64 to 0x6a pay nothing: do not call this
/// for them, nor when a call asks to skip the L1 charge.
pub fn poster_charge(
    state: &mut ArbosState<'_>,
    encoded: &[u8],
    price_wei: U256,
    measure: Measure,
) -> PosterCharge {
    // Calls and estimates assume the sequencer as poster.
    let is_sequenced = measure != Measure::Signed || state.backend().block().coinbase == SEQUENCER;
    if price_wei.is_zero() || !is_sequenced {
        return PosterCharge::default();
    }
    let level = state.brotli_level();
    let mut units = UNITS_PER_BYTE * compressed_size(encoded, level);
    if measure != Measure::Signed {
        units = (units + ESTIMATION_PADDING_UNITS) * ESTIMATION_PADDING_BIPS / 10_000;
    }
    let mut cost = state.l1_price_per_unit().saturating_mul(U256::from(units));
    let mut price = price_wei;
    if measure == Measure::Estimate {
        cost = cost.saturating_mul(U256::from(ESTIMATE_COST_BIPS)) / U256::from(10_000);
        // The price may fall until the transaction is sent; then the same fee is more gas.
        price = (price_wei * U256::from(7) / U256::from(8)).max(state.min_base_fee());
    }
    let gas = cost.checked_div(price).unwrap_or_default().saturating_to();
    PosterCharge { units, gas, fee_wei: price_wei.saturating_mul(U256::from(gas)) }
}

/// Counts the units of a transaction that enters a block (also when the price is 0).
pub fn record_units(state: &mut ArbosState<'_>, units: u64) {
    if units > 0 {
        let before = state.l1_units_since_update();
        state.set_l1_units_since_update(before.saturating_add(units));
    }
}

/// `gasEstimateForL1` of NodeInterface: the padded cost with the estimate's reserve, divided by the
/// unchanged base fee.
pub fn estimate_component_gas(
    state: &mut ArbosState<'_>,
    encoded: &[u8],
    base_fee_wei: U256,
) -> u64 {
    let units = (UNITS_PER_BYTE * compressed_size(encoded, state.brotli_level())
        + ESTIMATION_PADDING_UNITS)
        * ESTIMATION_PADDING_BIPS
        / 10_000;
    let cost = state.l1_price_per_unit().saturating_mul(U256::from(units * ESTIMATE_COST_BIPS));
    (cost / U256::from(10_000)).checked_div(base_fee_wei).unwrap_or_default().saturating_to()
}

/// Values that stand in for what a call does not say (devnode.md 3.3). The chain id is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filler {
    /// For a nonce of 0.
    pub nonce: u64,
    /// For a tip of 0.
    pub gas_tip_cap: u32,
    /// For a fee cap of 0.
    pub gas_fee_cap: u32,
    /// For a gas limit of 0, and always in estimates.
    pub gas: u32,
    /// Signature: `v`.
    pub v: u64,
    /// Signature: `r`.
    pub r: B256,
    /// Signature: `s`.
    pub s: B256,
}

impl Filler {
    /// The fixed values.
    #[must_use]
    pub fn new() -> Self {
        let first_4 = |text: &str| {
            let hash = keccak256(text);
            u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
        };
        let nonce = keccak256("Nonce");
        Self {
            nonce: u64::from_be_bytes(nonce[..8].try_into().expect("a hash has 32 bytes")),
            gas_tip_cap: first_4("GasTipCap"),
            gas_fee_cap: first_4("GasFeeCap"),
            gas: first_4("Gas"),
            v: 42_161 * 3,
            r: keccak256("R"),
            s: keccak256("S"),
        }
    }
}

impl Default for Filler {
    fn default() -> Self {
        Self::new()
    }
}
