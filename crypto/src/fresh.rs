//! Randomness as an argument (crypto.md section 1, rule 6).

use zeroize::Zeroizing;

use crate::Error;

/// Fresh bytes from the operating system, for one use: what takes them consumes them.
///
/// ```
/// use chartkey_crypto::Fresh;
///
/// let fresh = Fresh::<32>::draw(getrandom::fill)?;
/// # drop(fresh);
/// # Ok::<(), chartkey_crypto::Error>(())
/// ```
///
/// The same bytes cannot be used twice:
///
/// ```compile_fail,E0382
/// use chartkey_crypto::*;
///
/// let key = SealKey::from_bytes([1; 32]);
/// let fresh = Fresh::<32>::draw(getrandom::fill)?;
/// let one = seal(&key, Label::Cache, b"", b"one", fresh);
/// let two = seal(&key, Label::Cache, b"", b"two", fresh);
/// # Ok::<(), Error>(())
/// ```
///
/// And nothing is sealed with bytes that did not come from a source:
///
/// ```compile_fail,E0308
/// use chartkey_crypto::*;
///
/// let key = SealKey::from_bytes([1; 32]);
/// let sealed = seal(&key, Label::Cache, b"", b"text", [0; 32]);
/// ```
pub struct Fresh<const N: usize = 32>(Zeroizing<[u8; N]>);

impl<const N: usize> Fresh<N> {
    /// Asks `fill`, the operating system's source, for `N` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::RandomnessUnavailable`] if the source fails, or leaves the bytes untouched.
    pub fn draw<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; N]);
        fill(&mut *bytes).map_err(|_| Error::RandomnessUnavailable)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(Error::RandomnessUnavailable);
        }
        Ok(Self(bytes))
    }

    pub(crate) fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_fails_or_does_nothing_stops_everything() {
        assert!(Fresh::<32>::draw(|_| Err(())).err() == Some(Error::RandomnessUnavailable));
        assert!(
            Fresh::<32>::draw(|_| Ok::<(), ()>(())).err() == Some(Error::RandomnessUnavailable)
        );
    }
}
