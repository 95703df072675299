//! Nodes of a Merkle-Patricia trie whose keys all have the same length.

use std::sync::{Arc, OnceLock};

use alloy_trie::{
    Nibbles, TrieMask,
    nodes::{BranchNodeRef, ExtensionNodeRef, LeafNodeRef, RlpNode},
};

/// A node, and what its parent holds of it once that has been computed.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) content: Content,
    /// The encoding, or its hash when it has 32 bytes and more; forgotten when the node changes.
    reference: OnceLock<RlpNode>,
}

/// The three kinds of nodes.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// The end of a key, and its value.
    Leaf { rest: Nibbles, value: Box<[u8]> },
    /// A piece of path that all keys below share.
    Extension { prefix: Nibbles, child: Arc<Node> },
    /// One child for each next nibble.
    Branch(Box<[Option<Arc<Node>>; 16]>),
}

impl Node {
    pub(super) fn new(content: Content) -> Arc<Self> {
        Arc::new(Self { content, reference: OnceLock::new() })
    }

    pub(super) fn leaf(rest: Nibbles, value: &[u8]) -> Arc<Self> {
        Self::new(Content::Leaf { rest, value: value.into() })
    }

    /// The node under `prefix`: nothing is put around it when that is empty.
    pub(super) fn under(prefix: Nibbles, child: Arc<Self>) -> Arc<Self> {
        if prefix.is_empty() {
            return child;
        }
        Self::new(match &child.content {
            Content::Leaf { rest, value } => {
                Content::Leaf { rest: prefix.join(rest), value: value.clone() }
            }
            Content::Extension { prefix: own, child } => {
                Content::Extension { prefix: prefix.join(own), child: Arc::clone(child) }
            }
            Content::Branch(_) => Content::Extension { prefix, child },
        })
    }

    /// The content to change; a copy of the node if others hold it too.
    pub(super) fn change(node: &mut Arc<Self>) -> &mut Content {
        let node = Arc::make_mut(node);
        node.reference.take();
        &mut node.content
    }

    /// What a parent holds of this node.
    pub(super) fn reference(&self) -> &RlpNode {
        self.reference.get_or_init(|| RlpNode::from_rlp(&self.encoded()))
    }

    /// The node in RLP.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut rlp = Vec::new();
        match &self.content {
            Content::Leaf { rest, value } => LeafNodeRef::new(rest, value).rlp(&mut rlp),
            Content::Extension { prefix, child } => {
                ExtensionNodeRef::new(prefix, child.reference()).rlp(&mut rlp)
            }
            Content::Branch(children) => {
                let mut mask = TrieMask::default();
                let mut references = Vec::with_capacity(16);
                for (nibble, child) in (0..).zip(children.iter()) {
                    if let Some(child) = child {
                        mask.set_bit(nibble);
                        references.push(child.reference().clone());
                    }
                }
                BranchNodeRef::new(&references, mask).rlp(&mut rlp)
            }
        };
        rlp
    }
}
