//! Shamir's k-of-n sharing over GF(2^8) (crypto.md sections 11 and 12).
//!
//! Own code, since the kept crates have another polynomial, other share forms, table look-ups that
//! leak the secret's bytes by their timing, or a generator inside.

use alloc::vec::Vec;
use core::marker::PhantomData;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Error, Fresh};

/// A secret that is split into shares.
pub trait Shared: sealed::Bytes {}

pub(crate) mod sealed {
    /// Access to the 32 bytes.
    pub trait Bytes {
        fn bytes(&self) -> &[u8; 32];
        fn of(bytes: [u8; 32]) -> Self;
    }
}

/// Declares that a secret type can be split.
macro_rules! shared {
    ($name:ident) => {
        impl $crate::shamir::Shared for $name {}
        impl $crate::shamir::sealed::Bytes for $name {
            fn bytes(&self) -> &[u8; 32] {
                self.expose()
            }
            fn of(bytes: [u8; 32]) -> Self {
                Self::from_bytes(bytes)
            }
        }
    };
}
pub(crate) use shared;

/// One of n shares of a secret of type `S`; k of them give it back.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Share<S> {
    threshold: u8,
    x: u8,
    y: [u8; 32],
    of: PhantomData<S>,
}

impl<S: Shared> Share<S> {
    /// Reads a share: `k·256 + x`, and its 32 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BadShares`] for k below 2 or x = 0.
    pub const fn from_parts(number: u16, bytes: &[u8; 32]) -> Result<Self, Error> {
        let [threshold, x] = number.to_be_bytes();
        if threshold < 2 {
            return Err(Error::BadShares("a threshold below 2"));
        }
        if x == 0 {
            return Err(Error::BadShares("shares count from 1"));
        }
        Ok(Self { threshold, x, y: *bytes, of: PhantomData })
    }

    /// `k·256 + x`.
    #[must_use]
    pub const fn number(&self) -> u16 {
        u16::from_be_bytes([self.threshold, self.x])
    }

    /// How many shares give the secret back.
    #[must_use]
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The 32 bytes, to be delivered or shown.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.y
    }
}

/// Splits a secret into `count` shares, of which as many as `coefficients` and one more give it back.
///
/// # Errors
///
/// [`Error::BadShares`] unless 2 <= k <= count <= 255.
pub fn split<S: Shared>(
    secret: &S,
    coefficients: Vec<Fresh>,
    count: u8,
) -> Result<Vec<Share<S>>, Error> {
    let threshold = u8::try_from(coefficients.len())
        .ok()
        .and_then(|degree| degree.checked_add(1))
        .filter(|threshold| (2..=count).contains(threshold))
        .ok_or(Error::BadShares("a threshold that is not from 2 to the number of shares"))?;
    let share = |x: u8| {
        let mut y = [0; 32];
        for (index, value) in y.iter_mut().enumerate() {
            // Horner's rule, from the highest coefficient down to the secret.
            let higher = coefficients.iter().rev();
            let sum = higher.fold(0, |sum, one| multiplied(sum, x) ^ one.expose()[index]);
            *value = multiplied(sum, x) ^ secret.bytes()[index];
        }
        Share { threshold, x, y, of: PhantomData }
    };
    Ok((1..=count).map(share).collect())
}

/// The secret of exactly k shares. A wrong share gives another secret: what it opens tells.
///
/// # Errors
///
/// [`Error::BadShares`] unless there are k shares, all different and of one threshold.
pub fn combine<S: Shared>(shares: &[&Share<S>]) -> Result<S, Error> {
    check(shares)?;
    Ok(S::of(*at(shares, 0)))
}

/// Whether `other` lies on the polynomial of k `shares`.
pub(crate) fn fits<S: Shared>(shares: &[&Share<S>], other: &Share<S>) -> bool {
    let is_of_kind = shares.iter().all(|share| share.threshold == other.threshold);
    is_of_kind && at(shares, other.x).ct_eq(&other.y).into()
}

fn check<S>(shares: &[&Share<S>]) -> Result<(), Error> {
    let first = shares.first().ok_or(Error::BadShares("none"))?;
    if shares.len() != usize::from(first.threshold) {
        return Err(Error::BadShares("fewer or more than the threshold"));
    }
    for (index, share) in shares.iter().enumerate() {
        if share.threshold != first.threshold {
            return Err(Error::BadShares("of different thresholds"));
        }
        if shares[..index].iter().any(|other| other.x == share.x) {
            return Err(Error::BadShares("one appears twice"));
        }
    }
    Ok(())
}

/// Lagrange's polynomial through the shares, at `x`. The positions are public, the values are not.
fn at<S>(shares: &[&Share<S>], x: u8) -> Zeroizing<[u8; 32]> {
    let mut value = Zeroizing::new([0; 32]);
    for share in shares {
        let others = shares.iter().filter(|other| other.x != share.x);
        let weight = others.fold(1, |weight, other| {
            let ratio = multiplied(x ^ other.x, inverse(share.x ^ other.x));
            multiplied(weight, ratio)
        });
        for (byte, y) in value.iter_mut().zip(&share.y) {
            *byte ^= multiplied(weight, *y);
        }
    }
    value
}

/// Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (0x11b), without tables or branches.
fn multiplied(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    for _ in 0..8 {
        product ^= a & 0_u8.wrapping_sub(b & 1);
        let carry = 0_u8.wrapping_sub(a >> 7);
        a = (a << 1) ^ (carry & 0x1b);
        b >>= 1;
    }
    product
}

/// `a^254`, the inverse of all but zero.
fn inverse(a: u8) -> u8 {
    let mut power = a;
    let mut product = 1;
    for _ in 0..7 {
        power = multiplied(power, power);
        product = multiplied(product, power);
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_but_zero_has_an_inverse() {
        for a in 1..=255 {
            assert_eq!(multiplied(a, inverse(a)), 1, "{a}");
        }
        // FIPS 197, section 4.2: the field of AES.
        assert_eq!(multiplied(0x57, 0x83), 0xc1);
    }
}
