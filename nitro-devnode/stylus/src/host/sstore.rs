//! The price of storage writes (host 3.4 step 5: EIP-2200, EIP-2929, EIP-3529).

use alloy_primitives::B256;

use super::price;
use crate::{ApiError, EvmApi, SlotState};

/// Turning zero into something.
const SET_GAS: u64 = 20_000;
/// Changing something, less the access.
const RESET_GAS: u64 = 2900;
/// Refund for clearing a slot.
const CLEAR_REFUND: i64 = 4800;
/// Refund for restoring a slot that was zero.
const RESTORE_ZERO_REFUND: i64 = 19_900;
/// Refund for restoring another slot.
const RESTORE_REFUND: i64 = 2800;

/// Writes all slots and returns the gas. Refunds count only if the gas is within `limit`: otherwise
/// the frame is undone.
pub(super) fn store_all(
    api: &mut dyn EvmApi,
    slots: &[(B256, B256)],
    limit: u64,
) -> Result<u64, ApiError> {
    let mut gas = 0_u64;
    let mut refund = 0_i64;
    for (slot, value) in slots {
        let state = api.storage_store(*slot, *value)?;
        gas = gas.saturating_add(gas_of(state, *value));
        refund += refund_of(state, *value);
    }
    if gas <= limit && refund != 0 {
        api.add_refund(refund);
    }
    Ok(gas)
}

fn gas_of(SlotState { original, current, was_cold }: SlotState, new: B256) -> u64 {
    let access = if was_cold { price::COLD_SLOAD_GAS } else { 0 };
    let write = if new == current || current != original {
        price::WARM_ACCESS_GAS
    } else if original.is_zero() {
        SET_GAS
    } else {
        RESET_GAS
    };
    access + write
}

fn refund_of(SlotState { original, current, .. }: SlotState, new: B256) -> i64 {
    if new == current {
        return 0;
    }
    if current == original {
        return if !original.is_zero() && new.is_zero() { CLEAR_REFUND } else { 0 };
    }
    let mut refund = 0;
    if !original.is_zero() {
        if current.is_zero() {
            refund -= CLEAR_REFUND;
        } else if new.is_zero() {
            refund += CLEAR_REFUND;
        }
    }
    if new == original {
        refund += if original.is_zero() { RESTORE_ZERO_REFUND } else { RESTORE_REFUND };
    }
    refund
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(value: u8) -> B256 {
        B256::with_last_byte(value)
    }

    /// Original, current, new; gas of the warm slot; refund. The table of EIP-3529 for a slot that
    /// is not restored twice.
    const CASES: [(u8, u8, u8, u64, i64); 12] = [
        (0, 0, 0, 100, 0),
        (0, 0, 1, 20_000, 0),
        (0, 1, 0, 100, 19_900),
        (0, 1, 2, 100, 0),
        (1, 1, 1, 100, 0),
        (1, 1, 0, 2900, 4800),
        (1, 1, 2, 2900, 0),
        (1, 0, 1, 100, 2800 - 4800),
        (1, 0, 2, 100, -4800),
        (1, 2, 0, 100, 4800),
        (1, 2, 1, 100, 2800),
        (1, 2, 3, 100, 0),
    ];

    #[test]
    fn gas_and_refund_follow_the_eips() {
        for (original, current, new, gas, refund) in CASES {
            let state =
                SlotState { original: word(original), current: word(current), was_cold: false };

            assert_eq!(gas_of(state, word(new)), gas, "{original} {current} {new}");
            assert_eq!(refund_of(state, word(new)), refund, "{original} {current} {new}");
            let cold = SlotState { was_cold: true, ..state };
            assert_eq!(gas_of(cold, word(new)), gas + 2100, "{original} {current} {new}");
        }
    }
}
