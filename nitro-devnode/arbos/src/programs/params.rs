//! The parameters of Stylus programs, packed in one word (stylus-host.md 6.5).

use alloy_primitives::B256;

use crate::version;

/// Gas of one unit of `min_init_gas_units`.
pub(crate) const MIN_INIT_UNIT: u64 = 128;
/// Gas of one unit of `min_cached_init_gas_units`.
pub(crate) const MIN_CACHED_UNIT: u64 = 32;
/// Percent of one unit of the scalars.
pub(crate) const SCALAR_UNIT_PERCENT: u64 = 2;

/// Largest decompressed module before the size became a parameter, and its first value after.
const INITIAL_MAX_WASM_SIZE: u32 = 131_072;
/// Stack depth from version 50 on, when it was higher before.
const DEPTH_CAP_FROM_50: u32 = 22_000;

/// The parameters that apply to all Stylus programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StylusParams {
    /// Stylus version; programs activated under another one must be activated again.
    pub version: u16,
    /// Ink per gas, 1 to 2^24 − 1.
    pub ink_price: u32,
    /// Largest WASM stack depth in words.
    pub max_stack_depth: u32,
    /// Memory pages that cost nothing.
    pub free_pages: u16,
    /// Linear gas per page beyond the free ones.
    pub page_gas: u16,
    /// Most pages a module may start with.
    pub page_limit: u16,
    /// Least start-up charge of a program that is not cached, in units of 128 gas.
    pub min_init_gas_units: u8,
    /// Least start-up charge of any program, in units of 32 gas.
    pub min_cached_init_gas_units: u8,
    /// Scale of the records' init cost, in units of 2 percent.
    pub init_cost_scalar_units: u8,
    /// Scale of the records' cached cost, in units of 2 percent.
    pub cached_cost_scalar_units: u8,
    /// Days after which a program must be activated again.
    pub expiry_days: u16,
    /// Days before which a program cannot be kept alive.
    pub keepalive_days: u16,
    /// Programs remembered within a block (from version 60).
    pub block_cache_size: u16,
    /// Largest decompressed module in bytes (stored from version 40).
    pub max_wasm_size: u32,
    /// Most fragments of a program (from version 60; 0 before).
    pub max_fragment_count: u8,
}

/// Rate at which the page price rises; informational, the table of page prices is fixed.
pub const PAGE_RAMP: u64 = 620_674_314;

impl StylusParams {
    /// Parameters of a chain that starts with this ArbOS version (at least 30).
    #[must_use]
    pub fn initial(arbos_version: u64) -> Self {
        let mut params = Self {
            version: 1,
            ink_price: 10_000,
            max_stack_depth: 262_144,
            free_pages: 2,
            page_gas: 1000,
            page_limit: 128,
            min_init_gas_units: 72,
            min_cached_init_gas_units: 11,
            init_cost_scalar_units: 50,
            cached_cost_scalar_units: 50,
            expiry_days: 365,
            keepalive_days: 31,
            block_cache_size: 32,
            max_wasm_size: INITIAL_MAX_WASM_SIZE,
            max_fragment_count: 0,
        };
        params.upgrade(30, arbos_version);
        params
    }

    /// Applies the changes of every version after `from` up to `to`.
    pub(crate) fn upgrade(&mut self, from: u64, to: u64) {
        let passes = |version: u64| from < version && version <= to;
        if passes(31) {
            self.version = 2;
            self.min_init_gas_units = 69;
        }
        if passes(version::WASM_SIZE_PARAMETER) {
            self.max_wasm_size = INITIAL_MAX_WASM_SIZE;
        }
        if passes(50) {
            self.max_stack_depth = self.max_stack_depth.min(DEPTH_CAP_FROM_50);
        }
        if passes(version::ARBOS_60) {
            self.max_fragment_count = 2;
        }
    }

    /// Unpacks the stored word.
    #[must_use]
    pub fn from_word(word: B256, arbos_version: u64) -> Self {
        let b = word.0;
        let u16_at = |i: usize| u16::from_be_bytes([b[i], b[i + 1]]);
        let u32_at = |i: usize| u32::from_be_bytes([b[i], b[i + 1], b[i + 2], b[i + 3]]);
        Self {
            version: u16_at(0),
            // 0 cannot be set, but written into the storage of a chain that is edited.
            ink_price: u32::from_be_bytes([0, b[2], b[3], b[4]]).max(1),
            max_stack_depth: u32_at(5),
            free_pages: u16_at(9),
            page_gas: u16_at(11),
            page_limit: u16_at(13),
            min_init_gas_units: b[15],
            min_cached_init_gas_units: b[16],
            init_cost_scalar_units: b[17],
            cached_cost_scalar_units: b[18],
            expiry_days: u16_at(19),
            keepalive_days: u16_at(21),
            block_cache_size: u16_at(23),
            max_wasm_size: if arbos_version >= version::WASM_SIZE_PARAMETER {
                u32_at(25)
            } else {
                INITIAL_MAX_WASM_SIZE
            },
            max_fragment_count: if arbos_version >= version::ARBOS_60 { b[29] } else { 0 },
        }
    }

    /// Packs into the stored word.
    #[must_use]
    pub fn to_word(&self, arbos_version: u64) -> B256 {
        let mut word = B256::ZERO;
        let b = &mut word.0;
        b[0..2].copy_from_slice(&self.version.to_be_bytes());
        b[2..5].copy_from_slice(&self.ink_price.to_be_bytes()[1..]);
        b[5..9].copy_from_slice(&self.max_stack_depth.to_be_bytes());
        b[9..11].copy_from_slice(&self.free_pages.to_be_bytes());
        b[11..13].copy_from_slice(&self.page_gas.to_be_bytes());
        b[13..15].copy_from_slice(&self.page_limit.to_be_bytes());
        b[15] = self.min_init_gas_units;
        b[16] = self.min_cached_init_gas_units;
        b[17] = self.init_cost_scalar_units;
        b[18] = self.cached_cost_scalar_units;
        b[19..21].copy_from_slice(&self.expiry_days.to_be_bytes());
        b[21..23].copy_from_slice(&self.keepalive_days.to_be_bytes());
        b[23..25].copy_from_slice(&self.block_cache_size.to_be_bytes());
        if arbos_version >= version::WASM_SIZE_PARAMETER {
            b[25..29].copy_from_slice(&self.max_wasm_size.to_be_bytes());
        }
        if arbos_version >= version::ARBOS_60 {
            b[29] = self.max_fragment_count;
        }
        word
    }

    /// Least start-up gas of a program that is not cached.
    #[must_use]
    pub const fn min_init_gas(&self) -> u64 {
        self.min_init_gas_units as u64 * MIN_INIT_UNIT
    }

    /// Least start-up gas of any program.
    #[must_use]
    pub const fn min_cached_init_gas(&self) -> u64 {
        self.min_cached_init_gas_units as u64 * MIN_CACHED_UNIT
    }

    /// Sets both least start-up charges, rounded up to whole units and capped at 255 of them.
    pub fn set_min_init_gas(&mut self, gas: u64, cached_gas: u64) {
        self.min_init_gas_units = units(gas, MIN_INIT_UNIT);
        self.min_cached_init_gas_units = units(cached_gas, MIN_CACHED_UNIT);
    }

    /// Sets the scale of the records' init cost, rounded up to whole units and capped at 255.
    pub fn set_init_cost_scalar(&mut self, percent: u64) {
        self.init_cost_scalar_units = units(percent, SCALAR_UNIT_PERCENT);
    }

    /// Scale of the records' init cost in percent.
    #[must_use]
    pub const fn init_cost_scalar_percent(&self) -> u64 {
        self.init_cost_scalar_units as u64 * SCALAR_UNIT_PERCENT
    }

    /// Seconds after which a program must be activated again.
    #[must_use]
    pub const fn expiry_seconds(&self) -> u64 {
        self.expiry_days as u64 * 86_400
    }

    /// Seconds before which a program cannot be kept alive.
    #[must_use]
    pub const fn keepalive_seconds(&self) -> u64 {
        self.keepalive_days as u64 * 86_400
    }
}

/// Whole units that cover `value`, at most 255.
fn units(value: u64, unit: u64) -> u8 {
    u8::try_from(value.div_ceil(unit)).unwrap_or(u8::MAX)
}
