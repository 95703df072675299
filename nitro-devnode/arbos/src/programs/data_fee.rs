//! The price of keeping compiled code (stylus-host.md 7.4).

use alloy_primitives::U256;

use crate::{StateAccess, pricing::approximate_exponential, state::slots};

/// Terms of the exponential.
const ACCURACY: u64 = 12;

/// State of the data-fee model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataFeeModel {
    /// Bytes in demand.
    pub demand: u32,
    /// Bytes per second by which demand falls.
    pub bytes_per_second: u32,
    /// Time of the last update in seconds.
    pub last_update: u64,
    /// Smallest price in wei per byte.
    pub min_price_wei: u32,
    /// Inertia of the price in bytes.
    pub inertia: u32,
}

impl DataFeeModel {
    /// State at genesis.
    pub const INITIAL: Self = Self {
        demand: 0,
        bytes_per_second: 34_865,
        last_update: super::ARBITRUM_EPOCH,
        min_price_wei: 82_928_201,
        inertia: 21_360_419,
    };

    /// Adds `bytes` at time `now` and returns the fee in wei.
    pub fn add(&mut self, bytes: u32, now: u64) -> U256 {
        let passed = u32::try_from(now.saturating_sub(self.last_update)).unwrap_or(u32::MAX);
        let credit = self.bytes_per_second.saturating_mul(passed);
        self.demand = self.demand.saturating_sub(credit).saturating_add(bytes);
        self.last_update = now;
        let exponent_bips = 10_000 * u64::from(self.demand) / u64::from(self.inertia.max(1));
        let multiplier_bips = approximate_exponential(exponent_bips, ACCURACY);
        let price = u64::from(self.min_price_wei).saturating_mul(multiplier_bips) / 10_000;
        U256::from(price.saturating_mul(u64::from(bytes)))
    }
}

/// Updates the stored model with `bytes` at time `now` and returns the fee in wei: five reads, then
/// demand and time are written.
///
/// # Errors
/// As the access.
pub(crate) fn data_fee<S: StateAccess>(
    state: &mut S,
    bytes: u32,
    now: u64,
) -> Result<U256, S::Error> {
    use slots::programs as slot;

    let mut model = DataFeeModel {
        demand: slot::data_demand().get(state)?,
        bytes_per_second: slot::data_bytes_per_second().get(state)?,
        last_update: slot::data_last_update().get(state)?,
        min_price_wei: slot::data_min_price().get(state)?,
        inertia: slot::data_inertia().get(state)?,
    };
    let fee = model.add(bytes, now);
    slot::data_demand().set(state, model.demand)?;
    slot::data_last_update().set(state, model.last_update)?;
    Ok(fee)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fee_from_zero(bytes: u32) -> U256 {
        let now = DataFeeModel::INITIAL.last_update;
        DataFeeModel::INITIAL.clone().add(bytes, now)
    }

    #[test]
    fn examples_of_the_specification_hold() {
        // devnode.md 4.9.
        assert_eq!(fee_from_zero(20_480), U256::from(1_699_898_081_280_u64));
        assert_eq!(fee_from_zero(102_400), U256::from(8_531_759_411_200_u64));
        assert_eq!(fee_from_zero(524_288), U256::from(44_556_521_308_160_u64));
        // stylus-host.md 9 number 37.
        assert_eq!(fee_from_zero(513_850), U256::from(43_643_882_122_550_u64));
    }

    #[test]
    fn second_program_pays_for_the_demand_of_the_first() {
        let mut model = DataFeeModel::INITIAL;
        let start = 1_800_000_000;
        model.add(513_850, start);

        let fee = model.add(513_850, start + 10);

        assert_eq!(model.demand, 679_050);
        assert_eq!(fee, U256::from(43_984_783_572_650_u64));
    }

    #[test]
    fn high_demand_multiplies_the_price() {
        let mut model = DataFeeModel { demand: 20_000_000, ..DataFeeModel::INITIAL };
        let now = model.last_update;

        assert_eq!(model.add(1_000_000, now), U256::from(221_633_909_000_000_u64));
    }

    #[test]
    fn extreme_values_saturate_instead_of_overflowing() {
        let mut model = DataFeeModel { demand: u32::MAX, inertia: 1, ..DataFeeModel::INITIAL };
        let now = model.last_update;

        assert_eq!(model.add(u32::MAX, now), U256::from(u64::MAX));
    }
}
