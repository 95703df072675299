//! Numbers that come out the same each time.

/// xorshift64*: small, and good enough to pick steps.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        // Zero is the one state that the generator never leaves.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `bound`, which is above zero.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 16) % bound
    }

    /// True `of` times in `total`.
    pub(crate) const fn chance(&mut self, of: u64, total: u64) -> bool {
        self.below(total) < of
    }

    pub(crate) const fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}
