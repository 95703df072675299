//! NodeInterface: devnode.md 4.13.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use devnode_arbos::{
    ArbosState, Free,
    address::{ARB_SYS, NODE_INTERFACE, NODE_INTERFACE_DEBUG},
    node_interface::{DescribedTx, NodeError, NodeHost, answer, is_node_interface},
    pricing::compressed_size,
    send_tree,
};

use crate::chain::{Chain, OWNER, STRANGER, calldata, word, words};

/// A node at block 9: L1 block 0 up to block 4, then 1.
struct Node(Chain);

const SYNTHETIC: [u8; 100] = [3; 100];

impl NodeHost for Node {
    fn estimate_gas(&mut self, tx: &DescribedTx) -> Result<u64, NodeError> {
        if tx.data.is_empty() { Ok(21_000) } else { Err(NodeError::Message("no".to_owned())) }
    }
    fn encode_synthetic(&mut self, _: &DescribedTx) -> Vec<u8> {
        SYNTHETIC.to_vec()
    }
    fn state(&mut self) -> ArbosState<'_> {
        self.0.state()
    }
    fn base_fee(&self) -> U256 {
        self.0.block.base_fee
    }
    fn latest_block(&self) -> u64 {
        9
    }
    fn l1_block_of(&self, number: u64) -> Option<u64> {
        (number <= 9).then_some(u64::from(number > 4))
    }
    fn has_block(&self, hash: B256) -> bool {
        hash == B256::repeat_byte(1)
    }
    fn sent_messages(&self) -> Vec<B256> {
        let topic = keccak256(
            "L2ToL1Tx(address,address,uint256,uint256,uint256,uint256,uint256,uint256,bytes)",
        );
        let sent = self.0.logs.iter().filter(|log| log.topics[0] == topic);
        sent.map(|log| log.topics[2]).collect()
    }
}

fn ask(node: &mut Node, signature: &str, arguments: &[U256]) -> Result<Bytes, NodeError> {
    answer(NODE_INTERFACE, &calldata(signature, arguments), U256::ZERO, node)
}

const NOTHING: [U256; 4] = [U256::ZERO, U256::ZERO, U256::from_limbs([96, 0, 0, 0]), U256::ZERO];

#[test]
fn components_are_total_l1_part_and_prices() {
    let mut node = Node(Chain::new(51));
    let signature = "gasEstimateComponents(address,bool,bytes)";
    let units = (16 * compressed_size(&SYNTHETIC, 1) + 256) * 10_100 / 10_000;

    let output = ask(&mut node, signature, &NOTHING).expect("an answer");
    let expected = [21_000, units * 550, 100_000_000, 50_000_000_000].map(U256::from);
    assert_eq!(words(&output), expected);
    let l1 = ask(&mut node, "gasEstimateL1Component(address,bool,bytes)", &NOTHING);
    assert_eq!(words(&l1.expect("an answer")), expected[1..]);

    node.0.state().set_l1_price_per_unit(U256::ZERO);
    let output = ask(&mut node, signature, &NOTHING).expect("an answer");
    assert_eq!(words(&output), [21_000, 0, 100_000_000, 0].map(U256::from));
}

#[test]
fn virtual_contracts_cannot_be_estimated() {
    let mut node = Node(Chain::new(51));
    let mut arguments = NOTHING;
    arguments[0] = word(NODE_INTERFACE);
    let result = ask(&mut node, "gasEstimateComponents(address,bool,bytes)", &arguments);
    let text = "cannot estimate virtual contract".to_owned();
    assert_eq!(result, Err(NodeError::Message(text)));
    assert!(is_node_interface(NODE_INTERFACE_DEBUG) && !is_node_interface(ARB_SYS));
}

#[test]
fn questions_about_blocks_are_answered() {
    let mut node = Node(Chain::new(51));
    let one = |result: Result<Bytes, NodeError>| words(&result.expect("an answer"));
    assert_eq!(one(ask(&mut node, "nitroGenesisBlock()", &[])), [U256::ZERO]);
    assert_eq!(one(ask(&mut node, "blockL1Num(uint64)", &[U256::from(5)])), [U256::from(1)]);
    assert!(ask(&mut node, "blockL1Num(uint64)", &[U256::from(10)]).is_err());
    for (l1, range) in [(0, [0, 4]), (1, [5, 9])] {
        let output = ask(&mut node, "l2BlockRangeForL1(uint64)", &[U256::from(l1)]);
        assert_eq!(one(output), range.map(U256::from));
    }
    assert!(ask(&mut node, "l2BlockRangeForL1(uint64)", &[U256::from(2)]).is_err());
    let known = word(B256::repeat_byte(1));
    assert_eq!(one(ask(&mut node, "getL1Confirmations(bytes32)", &[known])), [U256::ZERO]);
    let unknown = ask(&mut node, "getL1Confirmations(bytes32)", &[U256::ZERO]);
    assert_eq!(unknown, Err(NodeError::Message("unknown block hash".to_owned())));
}

#[test]
fn only_estimates_take_value() {
    let mut node = Node(Chain::new(51));
    let mut pay = |signature: &str, arguments: &[U256]| {
        answer(NODE_INTERFACE, &calldata(signature, arguments), U256::ONE, &mut node)
    };

    assert_eq!(pay("nitroGenesisBlock()", &[]), Err(NodeError::Reverted));
    assert!(pay("gasEstimateComponents(address,bool,bytes)", &NOTHING).is_ok());
    assert!(pay("gasEstimateL1Component(address,bool,bytes)", &NOTHING).is_ok());
}

#[test]
fn wrong_calls_revert() {
    let mut node = Node(Chain::new(51));
    for input in [&[][..], &[1, 2, 3], &[1, 2, 3, 4], &calldata("blockL1Num(uint64)", &[])] {
        assert_eq!(answer(NODE_INTERFACE, input, U256::ZERO, &mut node), Err(NodeError::Reverted));
        assert_eq!(
            answer(NODE_INTERFACE_DEBUG, input, U256::ZERO, &mut node),
            Err(NodeError::Reverted)
        );
    }
    assert_eq!(ask(&mut node, "blockL1Num(uint64)", &[U256::MAX]), Err(NodeError::Reverted));
}

#[test]
fn outbox_proofs_lead_to_the_root_of_the_tree() {
    let mut node = Node(Chain::new(51));
    let withdraw = calldata("withdrawEth(address)", &[word(OWNER)]);
    for size in 1..=6_u64 {
        node.0.block.number = size;
        assert!(node.0.call(ARB_SYS, STRANGER, &withdraw).is_success());
        let Ok(partials) = send_tree::partials(&mut Free(&mut node.0));
        let root = send_tree::root(&partials);
        for leaf in 0..size {
            let arguments = [U256::from(size), U256::from(leaf)];
            let output = ask(&mut node, "constructOutboxProof(uint64,uint64)", &arguments);
            let answer = words(&output.expect("an answer"));
            assert_eq!(answer[1], word(root), "{size}");
            assert_eq!(walk(answer[0], leaf, &answer[4..]), root, "leaf {leaf} of {size}");
        }
    }
    for (size, leaf) in [(6, 6), (7, 0), (0, 0), (u64::MAX, 1)] {
        let arguments = [U256::from(size), U256::from(leaf)];
        let result = ask(&mut node, "constructOutboxProof(uint64,uint64)", &arguments);
        assert_eq!(result, Err(NodeError::Message("leaf does not exist".to_owned())));
    }
}

/// The root that a proof leads to.
fn walk(sent: U256, mut index: u64, siblings: &[U256]) -> B256 {
    let mut node = keccak256(sent.to_be_bytes::<32>());
    for sibling in siblings {
        let sibling = B256::from(*sibling);
        let (left, right) = if index.is_multiple_of(2) { (node, sibling) } else { (sibling, node) };
        node = keccak256([left.0, right.0].concat());
        index /= 2;
    }
    node
}
