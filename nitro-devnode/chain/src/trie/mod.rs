//! Merkle-Patricia tries in memory (Ethereum's yellow paper, appendix D), changed in place.
//!
//! Changing a key costs the nodes on its way, whatever the size of the trie; hashes of untouched
//! nodes are kept. The encodings are those of `alloy-trie`, which itself only builds whole tries.

mod node;
mod state;

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};

use node::{Content, Node};
pub use state::{AccountProof, StorageProof};
pub(crate) use state::{StateTrie, hashed, storage_root};

/// A trie of byte strings under 32-byte keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trie {
    root: Option<Arc<Node>>,
}

impl Trie {
    /// Sets the value of a key; an empty value removes the key.
    pub(crate) fn set(&mut self, key: B256, value: &[u8]) {
        let path = Nibbles::unpack(key);
        if value.is_empty() {
            remove(&mut self.root, &path);
            return;
        }
        match &mut self.root {
            Some(root) => insert(root, path, value),
            None => self.root = Some(Node::leaf(path, value)),
        }
    }

    /// The root hash.
    pub(crate) fn root(&self) -> B256 {
        self.root.as_ref().map_or(EMPTY_ROOT_HASH, |root| {
            root.reference().as_hash().unwrap_or_else(|| keccak256(root.encoded()))
        })
    }

    /// The nodes from the root to a key, or to where the way to it ends (EIP-1186). Nodes that are
    /// written inside their parents are not listed.
    pub(crate) fn proof(&self, key: B256) -> Vec<Bytes> {
        let mut proof = Vec::new();
        let mut path = Nibbles::unpack(key);
        let mut next = self.root.as_ref();
        while let Some(node) = next {
            if proof.is_empty() || node.reference().is_hash() {
                proof.push(node.encoded().into());
            }
            next = match &node.content {
                Content::Leaf { .. } => None,
                Content::Extension { prefix, child } => {
                    let is_on_the_way = path.starts_with(prefix);
                    if is_on_the_way {
                        path = path.slice(prefix.len()..);
                    }
                    is_on_the_way.then_some(child)
                }
                Content::Branch(children) => {
                    let child = children[first(&path)].as_ref();
                    path = path.slice(1..);
                    child
                }
            };
        }
        proof
    }
}

/// The first nibble of a path that leads on.
fn first(path: &Nibbles) -> usize {
    usize::from(path.first().expect("all keys are equally long: a branch is never at their end"))
}

fn insert(node: &mut Arc<Node>, path: Nibbles, new: &[u8]) {
    let (shared, own) = match Node::change(node) {
        Content::Branch(children) => {
            let rest = path.slice(1..);
            return match &mut children[first(&path)] {
                Some(child) => insert(child, rest, new),
                slot @ None => *slot = Some(Node::leaf(rest, new)),
            };
        }
        Content::Extension { prefix, child } => {
            let shared = prefix.common_prefix_length(&path);
            if shared == prefix.len() {
                return insert(child, path.slice(shared..), new);
            }
            (shared, *prefix)
        }
        Content::Leaf { rest, value } => {
            let shared = rest.common_prefix_length(&path);
            if shared == rest.len() {
                *value = new.into();
                return;
            }
            (shared, *rest)
        }
    };
    fork(node, own, path, shared, new);
}

/// Puts a branch where the path of a leaf or extension and a new path part.
fn fork(node: &mut Arc<Node>, own: Nibbles, path: Nibbles, shared: usize, new: &[u8]) {
    let below = own.slice(shared + 1..);
    let old = match &node.content {
        Content::Leaf { value, .. } => Node::leaf(below, value),
        Content::Extension { child, .. } => Node::under(below, Arc::clone(child)),
        Content::Branch(_) => unreachable!("a branch has no path of its own"),
    };
    let mut children = Box::<[Option<Arc<Node>>; 16]>::default();
    children[first(&own.slice(shared..))] = Some(old);
    children[first(&path.slice(shared..))] = Some(Node::leaf(path.slice(shared + 1..), new));
    *node = Node::under(path.slice(..shared), Node::new(Content::Branch(children)));
}

/// Removes a key below a slot; whether it was there.
fn remove(slot: &mut Option<Arc<Node>>, path: &Nibbles) -> bool {
    let Some(node) = slot else { return false };
    if !contains(node, path) {
        // Nothing is copied or hashed again for a key that is not there.
        return false;
    }
    *slot = without(Arc::clone(node), path);
    true
}

fn contains(node: &Node, path: &Nibbles) -> bool {
    match &node.content {
        Content::Leaf { rest, .. } => rest == path,
        Content::Extension { prefix, child } => {
            path.starts_with(prefix) && contains(child, &path.slice(prefix.len()..))
        }
        Content::Branch(children) => {
            children[first(path)].as_ref().is_some_and(|child| contains(child, &path.slice(1..)))
        }
    }
}

/// The node without a key that is below it; `None` when nothing is left.
fn without(node: Arc<Node>, path: &Nibbles) -> Option<Arc<Node>> {
    match &node.content {
        Content::Leaf { .. } => None,
        Content::Extension { prefix, child } => {
            let child = without(Arc::clone(child), &path.slice(prefix.len()..))?;
            Some(Node::under(*prefix, child))
        }
        Content::Branch(children) => {
            let mut children = children.clone();
            let nibble = first(path);
            let child = children[nibble].take().expect("the key is below this child");
            children[nibble] = without(child, &path.slice(1..));
            Some(closed(children))
        }
    }
}

/// A branch, or what stands for one that has a single child left.
fn closed(children: Box<[Option<Arc<Node>>; 16]>) -> Arc<Node> {
    let mut left =
        (0_u8..).zip(children.iter()).filter_map(|(at, child)| Some((at, child.as_ref()?)));
    let (at, only) = left.next().expect("a branch had two children before one was removed");
    if left.next().is_none() {
        return Node::under(Nibbles::from_nibbles([at]), Arc::clone(only));
    }
    Node::new(Content::Branch(children))
}

#[cfg(test)]
mod tests;
