//! Recovery of an account's keys by guardians (crypto.md section 12).

use alloc::vec::Vec;

use crate::derive::hkdf;
use crate::seal::SealKey;
use crate::secret::random_secret;
use crate::shamir::{fits, shared};
use crate::{Error, Fresh, Identity, Label, Root, Share, combine, open, seal};

random_secret! {
    /// The random secret that guardians hold in shares.
    RecoverySecret
}
shared!(RecoverySecret);

/// A guardian's share.
pub type RecoveryShare = Share<RecoverySecret>;

/// Combinations of shares that are tried at most.
const TRIES: usize = 20_000;

/// What guardians' shares gave.
pub struct Recovered {
    /// The root of the account's keys.
    pub root: Root,
    /// Positions, in the list of shares given, of those that fit together.
    pub good: Vec<usize>,
    /// Positions of the others: report who gave them.
    pub wrong: Vec<usize>,
}

/// Seals the root for recovery: 104 bytes, to be published with the guardians' shares.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let identity = Identity { chain_id: 412_346, contract: [1; 20], account: [2; 20], version: 1 };
/// # let root = Root::from_bytes([3; 32]);
/// let secret = RecoverySecret::from(Fresh::draw(getrandom::fill)?);
/// let blob = seal_recovery(&identity, &secret, &root, Fresh::draw(getrandom::fill)?);
/// // 3 of 5: two random coefficients. Each share goes to one guardian by `Item::RecoveryShare`.
/// let coefficients = vec![Fresh::draw(getrandom::fill)?, Fresh::draw(getrandom::fill)?];
/// let shares = split(&secret, coefficients, 5)?;
///
/// let given = [&shares[4], &shares[0], &shares[2]];
/// let recovered = recover(&identity, &blob, &given)?;
/// assert!(recovered.root == root && recovered.wrong.is_empty());
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub fn seal_recovery(
    identity: &Identity,
    secret: &RecoverySecret,
    root: &Root,
    rnd: Fresh,
) -> Vec<u8> {
    seal(&key(identity, secret), Label::Recovery, &identity.context(), root.expose(), rnd)
}

/// Opens the recovery blob with the shares that guardians gave, k or more of them. Shares are not
/// authenticated one by one: combinations are tried until one opens the blob.
///
/// # Errors
///
/// [`Error::BadShares`] for fewer than k; [`Error::CommitmentMismatch`] if no combination opens.
pub fn recover(
    identity: &Identity,
    blob: &[u8],
    shares: &[&RecoveryShare],
) -> Result<Recovered, Error> {
    let mut thresholds: Vec<u8> = shares.iter().map(|share| share.threshold()).collect();
    thresholds.sort_unstable();
    thresholds.dedup();
    let mut is_enough = false;
    let mut tries = TRIES;
    for threshold in thresholds {
        // A share that claims another threshold must not keep the others from fitting.
        let same: Vec<usize> =
            (0..shares.len()).filter(|index| shares[*index].threshold() == threshold).collect();
        let mut chosen: Vec<usize> = (0..usize::from(threshold)).collect();
        let mut is_left = chosen.len() <= same.len();
        is_enough |= is_left;
        while is_left && tries > 0 {
            let picked: Vec<&RecoveryShare> =
                chosen.iter().map(|position| shares[same[*position]]).collect();
            if let Some(root) = try_open(identity, blob, &picked) {
                let (good, wrong) =
                    (0..shares.len()).partition(|index| fits(&picked, shares[*index]));
                return Ok(Recovered { root, good, wrong });
            }
            is_left = advance(&mut chosen, same.len());
            tries -= 1;
        }
    }
    Err(if is_enough {
        Error::CommitmentMismatch
    } else {
        Error::BadShares("fewer than the threshold")
    })
}

fn try_open(identity: &Identity, blob: &[u8], shares: &[&RecoveryShare]) -> Option<Root> {
    let secret = combine(shares).ok()?;
    let root = open(&key(identity, &secret), Label::Recovery, &identity.context(), blob).ok()?;
    Some(Root::from_bytes(root.as_slice().try_into().ok()?))
}

fn key(identity: &Identity, secret: &RecoverySecret) -> SealKey {
    SealKey::from_bytes(hkdf(b"ehr1/recovery", secret.expose(), &[&identity.context()]))
}

/// The next combination of `count` things; false after the last.
fn advance(chosen: &mut [usize], count: usize) -> bool {
    let size = chosen.len();
    let movable = (0..size).rev().find(|position| chosen[*position] < count - size + position);
    let Some(position) = movable else { return false };
    chosen[position] += 1;
    for next in position + 1..size {
        chosen[next] = chosen[next - 1] + 1;
    }
    true
}
