//! Access to the ArbOS state, with and without gas.

use std::convert::Infallible;

use alloy_primitives::U256;
use thiserror::Error;

use crate::{Backend, address::ARBOS_STATE};

/// Gas of reading one ArbOS word. No warm/cold distinction and no refunds (devnode.md 4.1).
pub(crate) const READ_GAS: u64 = 800;
/// Gas of writing a non-zero word.
pub(crate) const WRITE_GAS: u64 = 20_000;
/// Gas of writing zero.
pub(crate) const CLEAR_GAS: u64 = 5_000;

/// The gas of a precompile call did not suffice.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("out of gas")]
pub struct OutOfGas;

/// A way to reach the words of the ArbOS state account.
pub trait StateAccess {
    /// [`Infallible`] when access is free.
    type Error;

    /// Reads a word.
    ///
    /// # Errors
    /// Metered access can run out of gas.
    fn load(&mut self, slot: U256) -> Result<U256, Self::Error>;

    /// Writes a word.
    ///
    /// # Errors
    /// Metered access can run out of gas.
    fn store(&mut self, slot: U256, value: U256) -> Result<(), Self::Error>;
}

/// Access that costs nothing: block building, fee accounting, genesis, program calls.
pub struct Free<'a>(pub &'a mut dyn Backend);

impl std::fmt::Debug for Free<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Free")
    }
}

impl StateAccess for Free<'_> {
    type Error = Infallible;

    fn load(&mut self, slot: U256) -> Result<U256, Infallible> {
        Ok(self.0.storage(ARBOS_STATE, slot))
    }

    fn store(&mut self, slot: U256, value: U256) -> Result<(), Infallible> {
        self.0.set_storage(ARBOS_STATE, slot, value);
        Ok(())
    }
}

/// Access at the flat prices of precompiles.
pub struct Metered<'a> {
    /// The chain.
    pub backend: &'a mut dyn Backend,
    /// Gas that remains.
    pub gas_left: u64,
    /// Whether charges are waived (chain owners calling `ArbOwner`).
    pub is_free: bool,
}

impl std::fmt::Debug for Metered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metered")
            .field("gas_left", &self.gas_left)
            .field("is_free", &self.is_free)
            .finish_non_exhaustive()
    }
}

impl Metered<'_> {
    /// Takes `gas`; when too little is left nothing is left.
    ///
    /// # Errors
    /// [`OutOfGas`].
    pub const fn burn(&mut self, gas: u64) -> Result<(), OutOfGas> {
        if self.is_free {
            return Ok(());
        }
        if let Some(rest) = self.gas_left.checked_sub(gas) {
            self.gas_left = rest;
            Ok(())
        } else {
            self.gas_left = 0;
            Err(OutOfGas)
        }
    }

    /// Keccak-256 at ArbOS' price: 30 gas and 6 per word.
    ///
    /// # Errors
    /// [`OutOfGas`].
    pub fn keccak(&mut self, bytes: &[u8]) -> Result<alloy_primitives::B256, OutOfGas> {
        self.burn(30 + 6 * words(bytes.len()))?;
        Ok(alloy_primitives::keccak256(bytes))
    }
}

impl StateAccess for Metered<'_> {
    type Error = OutOfGas;

    fn load(&mut self, slot: U256) -> Result<U256, OutOfGas> {
        self.burn(READ_GAS)?;
        Ok(self.backend.storage(ARBOS_STATE, slot))
    }

    fn store(&mut self, slot: U256, value: U256) -> Result<(), OutOfGas> {
        self.burn(if value.is_zero() { CLEAR_GAS } else { WRITE_GAS })?;
        self.backend.set_storage(ARBOS_STATE, slot, value);
        Ok(())
    }
}

/// 32-byte words that `bytes` occupy, rounded up.
pub(crate) const fn words(bytes: usize) -> u64 {
    bytes.div_ceil(32) as u64
}
