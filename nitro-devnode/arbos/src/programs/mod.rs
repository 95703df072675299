//! Stylus programs as ArbOS knows them: parameters, records, charges, activation
//! (stylus-host.md sections 5 to 7).

pub(crate) mod activate;
mod block_cache;
pub(crate) mod data_fee;
mod gate;
mod params;
mod record;

pub use block_cache::BlockProgramCache;
pub use data_fee::DataFeeModel;
pub use gate::{InitGas, ProgramError, program_gate};
pub use params::{PAGE_RAMP, StylusParams};
pub use record::{ProgramRecord, hours_since_epoch};

/// Seconds since 1970 at which the hours of program records start to count.
pub const ARBITRUM_EPOCH: u64 = 1_421_388_000;
