//! Whether a program may run, and what starting it costs (stylus-host.md 6.1 and 6.2).

use alloy_primitives::B256;
use thiserror::Error;

use super::{ProgramRecord, StylusParams, params::SCALAR_UNIT_PERCENT};
use crate::ArbosState;

/// Why a program cannot be used. The texts are those that RPC answers show.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProgramError {
    /// There is no record for the code hash.
    #[error("error ProgramNotActivated()")]
    NotActivated,
    /// The record belongs to another Stylus version.
    #[error("error ProgramNeedsUpgrade({version}, {current})")]
    NeedsUpgrade {
        /// Version of the record.
        version: u16,
        /// Version of the chain.
        current: u16,
    },
    /// The activation is too long ago.
    #[error("error ProgramExpired({age_seconds})")]
    Expired {
        /// Seconds since activation.
        age_seconds: u64,
    },
}

impl ProgramRecord {
    /// Checks the record at block time `now`.
    ///
    /// # Errors
    /// The first rule that the record breaks.
    pub const fn check(&self, params: &StylusParams, now: u64) -> Result<(), ProgramError> {
        if self.version == 0 {
            return Err(ProgramError::NotActivated);
        }
        if self.version != params.version {
            return Err(ProgramError::NeedsUpgrade {
                version: self.version,
                current: params.version,
            });
        }
        if self.is_expired(params, now) {
            return Err(ProgramError::Expired { age_seconds: self.age_seconds(now) });
        }
        Ok(())
    }
}

/// Reads parameters and record of the running code and checks them, free of gas. `now` is the block
/// time in seconds. On an error the frame ends as a failure that consumes all gas.
///
/// # Errors
/// The program cannot run.
pub fn program_gate(
    state: &mut ArbosState<'_>,
    code_hash: B256,
    now: u64,
) -> Result<(StylusParams, ProgramRecord), ProgramError> {
    let params = state.stylus_params();
    let record = state.program(code_hash);
    record.check(&params, now)?;
    Ok((params, record))
}

/// The two parts of a program's start-up gas; memory pages come on top (stylus-host.md 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitGas {
    /// Paid when the program is not cached.
    pub init: u64,
    /// Paid always (Stylus version 1: only when cached).
    pub cached: u64,
    stylus_version: u16,
}

impl InitGas {
    /// Computes both parts from a record.
    #[must_use]
    pub fn of(params: &StylusParams, record: &ProgramRecord) -> Self {
        let scaled = |cost: u16, units: u8| {
            (u64::from(cost) * u64::from(units) * SCALAR_UNIT_PERCENT).div_ceil(100)
        };
        Self {
            init: params.min_init_gas() + scaled(record.init_cost, params.init_cost_scalar_units),
            cached: params.min_cached_init_gas()
                + scaled(record.cached_cost, params.cached_cost_scalar_units),
            stylus_version: params.version,
        }
    }

    /// Gas charged for a call. `is_hit`: the record's cached flag is set, or the same-block cache
    /// ([`BlockProgramCache`](super::BlockProgramCache)) has the program.
    #[must_use]
    pub const fn charge(&self, is_hit: bool) -> u64 {
        match (is_hit, self.stylus_version) {
            (true, _) => self.cached,
            (false, 1) => self.init,
            (false, _) => self.init + self.cached,
        }
    }
}
