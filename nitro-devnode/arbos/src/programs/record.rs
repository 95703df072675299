//! What ArbOS remembers about an activated program, packed in one word per code hash.

use alloy_primitives::B256;

use super::{ARBITRUM_EPOCH, StylusParams};

/// Largest value of the 24-bit fields.
const U24_MAX: u32 = (1 << 24) - 1;

/// Record of a program (stylus-host.md 6.5). All zero when it was never activated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgramRecord {
    /// Stylus version at activation; 0 for none.
    pub version: u16,
    /// Start-up gas beyond the minimum when the program is not cached.
    pub init_cost: u16,
    /// Start-up gas beyond the minimum of every call.
    pub cached_cost: u16,
    /// Memory pages at start.
    pub footprint: u16,
    /// Hours since [`ARBITRUM_EPOCH`] at activation (24 bits).
    pub activated_at_hours: u32,
    /// Size estimate of the compiled code in KiB (24 bits).
    pub asm_kib: u32,
    /// Whether a cache manager has marked the program as cached.
    pub is_cached: bool,
}

/// Whole hours from [`ARBITRUM_EPOCH`] to a time, 0 before it; saturates at 24 bits.
#[must_use]
pub fn hours_since_epoch(timestamp: u64) -> u32 {
    let hours = timestamp.saturating_sub(ARBITRUM_EPOCH) / 3600;
    u32::try_from(hours).unwrap_or(U24_MAX).min(U24_MAX)
}

impl ProgramRecord {
    /// Unpacks the stored word.
    #[must_use]
    pub const fn from_word(word: B256) -> Self {
        let b = word.0;
        Self {
            version: u16::from_be_bytes([b[0], b[1]]),
            init_cost: u16::from_be_bytes([b[2], b[3]]),
            cached_cost: u16::from_be_bytes([b[4], b[5]]),
            footprint: u16::from_be_bytes([b[6], b[7]]),
            activated_at_hours: u32::from_be_bytes([0, b[8], b[9], b[10]]),
            asm_kib: u32::from_be_bytes([0, b[11], b[12], b[13]]),
            is_cached: b[14] != 0,
        }
    }

    /// Packs into the stored word.
    #[must_use]
    pub fn to_word(&self) -> B256 {
        let mut word = B256::ZERO;
        let b = &mut word.0;
        b[0..2].copy_from_slice(&self.version.to_be_bytes());
        b[2..4].copy_from_slice(&self.init_cost.to_be_bytes());
        b[4..6].copy_from_slice(&self.cached_cost.to_be_bytes());
        b[6..8].copy_from_slice(&self.footprint.to_be_bytes());
        b[8..11].copy_from_slice(&self.activated_at_hours.min(U24_MAX).to_be_bytes()[1..]);
        b[11..14].copy_from_slice(&self.asm_kib.min(U24_MAX).to_be_bytes()[1..]);
        b[14] = u8::from(self.is_cached);
        word
    }

    /// Seconds from the hour of activation to `now`, 0 when that lies ahead.
    #[must_use]
    pub const fn age_seconds(&self, now: u64) -> u64 {
        now.saturating_sub(ARBITRUM_EPOCH + 3600 * self.activated_at_hours as u64)
    }

    /// Whether the program may not be called any more.
    #[must_use]
    pub const fn is_expired(&self, params: &StylusParams, now: u64) -> bool {
        self.age_seconds(now) > params.expiry_seconds()
    }

    /// Size estimate of the compiled code in bytes.
    #[must_use]
    pub const fn asm_bytes(&self) -> u32 {
        self.asm_kib.saturating_mul(1024)
    }
}
