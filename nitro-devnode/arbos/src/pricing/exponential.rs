//! The exponential in basis points that all price models use.

/// `e^(x / 10000) × 10000` by `accuracy` terms of the series, in integer divisions
/// (devnode.md 2.4). Saturates.
#[must_use]
pub const fn approximate_exponential(exponent_bips: u64, accuracy: u64) -> u64 {
    const ONE: u64 = 10_000;

    let mut result = ONE.saturating_add(exponent_bips / accuracy);
    let mut term = accuracy - 1;
    while term > 0 {
        result = ONE.saturating_add(result.saturating_mul(exponent_bips) / (term * ONE));
        term -= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gives_one() {
        assert_eq!(approximate_exponential(0, 4), 10_000);
        assert_eq!(approximate_exponential(0, 12), 10_000);
    }

    #[test]
    fn data_fee_examples_hold() {
        // stylus-host.md 9 number 37.
        assert_eq!(approximate_exponential(240, 12), 10_242);
        assert_eq!(approximate_exponential(317, 12), 10_322);
        assert_eq!(approximate_exponential(9831, 12), 26_726);
    }
}
