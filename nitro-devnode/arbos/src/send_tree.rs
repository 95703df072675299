//! The Merkle tree of messages to L1 (devnode.md 4.4).

use alloy_primitives::{B256, U256, keccak256};

use crate::{
    StateAccess,
    state::{Slot, slots::others},
};

/// A node that an append has completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedNode {
    /// Height above the leaves.
    pub level: u64,
    /// Index of the leaf that was appended.
    pub leaf: u64,
    /// Hash of the node.
    pub hash: B256,
}

impl CompletedNode {
    /// The position that `SendMerkleUpdate` reports: level × 2^192 + leaf.
    #[must_use]
    pub fn position(&self) -> U256 {
        (U256::from(self.level) << 192) + U256::from(self.leaf)
    }
}

/// Number of leaves.
///
/// # Errors
/// As the access.
pub fn size<S: StateAccess>(state: &mut S) -> Result<u64, S::Error> {
    size_slot().get(state)
}

/// The partial hashes from the lowest level up; zero where the size has no bit.
///
/// # Errors
/// As the access.
pub fn partials<S: StateAccess>(state: &mut S) -> Result<Vec<B256>, S::Error> {
    let levels = levels_of(size(state)?);
    (0..levels).map(|level| partial_slot(level).get(state)).collect()
}

/// Appends the leaf of a message; returns its index and the nodes that it completes. `burn_keccak` is
/// told the length of every input that is hashed.
///
/// # Errors
/// As the access, or `burn_keccak`.
pub fn append<S: StateAccess>(
    state: &mut S,
    content: B256,
    mut burn_keccak: impl FnMut(&mut S, usize) -> Result<(), S::Error>,
) -> Result<(u64, Vec<CompletedNode>), S::Error> {
    let leaf = size(state)?;
    let levels = levels_of(leaf);
    size_slot().set(state, leaf + 1)?;
    burn_keccak(state, 32)?;
    let mut node = keccak256(content);
    let mut completed = Vec::new();
    let mut level = 0;
    while level < levels {
        let partial = partial_slot(level).get(state)?;
        if partial.is_zero() {
            break;
        }
        burn_keccak(state, 64)?;
        node = keccak_pair(partial, node);
        partial_slot(level).set(state, B256::ZERO)?;
        level += 1;
        completed.push(CompletedNode { level, leaf, hash: node });
    }
    partial_slot(level).set(state, node)?;
    Ok((leaf, completed))
}

/// Root of the tree with these partial hashes (what a block's `sendRoot` shows): zero when empty.
#[must_use]
pub fn root(partials: &[B256]) -> B256 {
    let mut hash: Option<(B256, usize)> = None;
    for (level, &partial) in partials.iter().enumerate().filter(|(_, partial)| !partial.is_zero()) {
        hash = Some(match hash {
            None => (partial, level),
            Some((mut running, mut height)) => {
                // Widen the running hash to the capacity of this partial.
                while height < level {
                    running = keccak_pair(running, B256::ZERO);
                    height += 1;
                }
                (keccak_pair(partial, running), level + 1)
            }
        });
    }
    hash.map_or(B256::ZERO, |(hash, _)| hash)
}

fn keccak_pair(left: B256, right: B256) -> B256 {
    keccak256([left.0, right.0].concat())
}

/// Levels that a tree of this size has partial hashes for.
const fn levels_of(size: u64) -> u64 {
    (u64::BITS - size.leading_zeros()) as u64
}

// The specification does not name the positions: the size at 0, the partial of level n at 2 + n.
fn size_slot() -> Slot<u64> {
    others::send_tree().slot(0)
}

fn partial_slot(level: u64) -> Slot<B256> {
    others::send_tree().slot(2 + level)
}

/// Root of the tree over these messages, and the siblings on the way from message `index` to it.
pub(crate) fn prove(messages: &[B256], mut index: usize) -> (B256, Vec<B256>) {
    let mut layer: Vec<B256> = messages.iter().map(keccak256).collect();
    let mut siblings = Vec::new();
    while layer.len() > 1 {
        // A missing node is zero at every level, as in `root`.
        if layer.len() % 2 == 1 {
            layer.push(B256::ZERO);
        }
        siblings.push(layer[index ^ 1]);
        layer = layer.chunks(2).map(|pair| keccak_pair(pair[0], pair[1])).collect();
        index /= 2;
    }
    (layer.first().copied().unwrap_or_default(), siblings)
}
