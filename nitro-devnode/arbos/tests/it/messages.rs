//! ArbSys: devnode.md 4.4.

use alloy_primitives::{Address, B256, U256, address, keccak256};
use devnode_arbos::{
    Free, PrecompileCall, TxKind,
    address::{ARB_OWNER, ARB_SYS},
    send_tree,
};

use crate::chain::{Chain, OWNER, STRANGER, call_of, calldata, gas_used, word, words};

fn ask(chain: &mut Chain, signature: &str) -> (U256, u64) {
    let outcome = chain.call(ARB_SYS, STRANGER, &calldata(signature, &[]));
    assert!(outcome.is_success(), "{signature}");
    (words(&outcome.output)[0], gas_used(&outcome))
}

#[test]
fn identity_of_the_chain_costs_803_gas() {
    let mut chain = Chain::new(51);
    chain.block.number = 77;
    assert_eq!(ask(&mut chain, "arbBlockNumber()"), (U256::from(77), 803));
    assert_eq!(ask(&mut chain, "arbChainID()"), (U256::from(412_346), 803));
    assert_eq!(ask(&mut chain, "arbOSVersion()"), (U256::from(106), 803));
    assert_eq!(ask(&mut chain, "getStorageGasAvailable()"), (U256::ZERO, 803));
    assert_eq!(ask(&mut Chain::new(60), "arbOSVersion()").0, U256::from(115));
}

#[test]
fn hashes_of_the_last_256_blocks_are_known() {
    let mut chain = Chain::new(51);
    chain.block.number = 1000;
    for (number, is_known) in [(743, false), (744, true), (999, true), (1000, false), (1001, false)]
    {
        let input = calldata("arbBlockHash(uint256)", &[U256::from(number)]);
        let outcome = chain.call(ARB_SYS, STRANGER, &input);
        assert_eq!(outcome.is_success(), is_known, "{number}");
        if is_known {
            assert_eq!(outcome.output[..], keccak256((number as u64).to_be_bytes())[..]);
            assert_eq!(gas_used(&outcome), 806);
        }
    }
}

#[test]
fn first_blocks_know_the_genesis_hash() {
    let mut chain = Chain::new(51);
    let zero = calldata("arbBlockHash(uint256)", &[U256::ZERO]);
    assert!(chain.call(ARB_SYS, STRANGER, &zero).is_success());
    let beyond = calldata("arbBlockHash(uint256)", &[U256::MAX]);
    assert!(!chain.call(ARB_SYS, STRANGER, &beyond).is_success());
}

#[test]
fn top_level_reaches_to_the_first_contract() {
    let mut chain = Chain::new(51);
    let input = calldata("isTopLevelCall()", &[]);
    for (depth, is_top) in [(1, true), (2, true), (3, false)] {
        let call = PrecompileCall { depth, ..call_of(ARB_SYS, STRANGER, &input) };
        assert_eq!(words(&chain.run(&call).output), [U256::from(is_top)]);
    }
}

#[test]
fn alias_is_added_and_removed() {
    let alias = address!("2222000000000000000000000000000000002222");
    let plain = address!("1111000000000000000000000000000000001111");
    let mut chain = Chain::new(51);
    let callers = calldata("myCallersAddressWithoutAliasing()", &[]);
    let was = calldata("wasMyCallersAddressAliased()", &[]);
    let call = PrecompileCall {
        callers_caller: Some(alias),
        depth: 2,
        ..call_of(ARB_SYS, STRANGER, &callers)
    };
    assert_eq!(words(&chain.run(&call).output), [word(alias)]);

    chain.tx.kind = TxKind::of_type(0x66);
    assert_eq!(words(&chain.run(&call).output), [word(plain)]);
    assert_eq!(words(&chain.call(ARB_SYS, STRANGER, &was).output), [U256::from(1)]);
    let deep = PrecompileCall { depth: 3, ..call };
    assert_eq!(words(&chain.run(&deep).output), [word(alias)]);

    chain.tx.kind = TxKind::of_type(2);
    assert_eq!(words(&chain.call(ARB_SYS, STRANGER, &callers).output), [U256::ZERO]);
}

#[test]
fn aliasing_wraps_around() {
    let mut chain = Chain::new(51);
    let input = calldata(
        "mapL1SenderContractAddressToL2Alias(address,address)",
        &[word(Address::repeat_byte(0xff)), U256::ZERO],
    );
    let expected = address!("1111000000000000000000000000000000001110");
    assert_eq!(words(&chain.call(ARB_SYS, STRANGER, &input).output), [word(expected)]);
}

fn leaf(chain: &Chain, value: u64) -> B256 {
    let number = |n: u64| U256::from(n).to_be_bytes::<32>();
    keccak256(
        [
            STRANGER.as_slice(),
            OWNER.as_slice(),
            &number(chain.block.number),
            &number(0),
            &number(chain.block.timestamp),
            &number(value),
        ]
        .concat(),
    )
}

#[test]
fn withdrawals_destroy_value_and_grow_the_tree() {
    let mut chain = Chain::new(51);
    let input = calldata("withdrawEth(address)", &[word(OWNER)]);
    let mut leaves = Vec::new();
    for (index, value) in (0..5).zip([10_u64, 0, 7, 1, 3]) {
        chain.logs.clear();
        leaves.push(keccak256(leaf(&chain, value)));
        let outcome = chain.pay(ARB_SYS, STRANGER, U256::from(value), &input);
        assert_eq!(words(&outcome.output), [U256::from(index)]);
        assert!(chain.balances.values().all(|balance| balance.is_zero()));
        let message = chain.logs.last().expect("a log");
        assert_eq!(message.topics[1], B256::from(word(OWNER)));
        assert_eq!(message.topics[2], leaf(&chain, value));
        assert_eq!(message.topics[3], B256::from(U256::from(index)));
        // Leaves 1 and 3 complete one and two nodes.
        assert_eq!(chain.logs.len(), 1 + [0, 1, 0, 2, 0][index as usize]);

        let Ok(partials) = send_tree::partials(&mut Free(&mut chain));
        assert_eq!(send_tree::root(&partials), naive_root(&leaves), "{index}");
    }
}

#[test]
fn completed_nodes_are_logged_with_level_and_leaf() {
    let mut chain = Chain::new(51);
    let input = calldata("withdrawEth(address)", &[word(OWNER)]);
    for _ in 0..2 {
        chain.call(ARB_SYS, STRANGER, &input);
    }
    let update = &chain.logs[1];
    let node = keccak256(leaf(&chain, 0));
    assert_eq!(
        update.topics,
        [
            keccak256("SendMerkleUpdate(uint256,bytes32,uint256)"),
            B256::ZERO,
            keccak256([node.0, node.0].concat()),
            B256::from((U256::from(1) << 192) + U256::from(1)),
        ]
    );
}

/// The root of the smallest full tree over the leaves; a missing node is zero at every level.
fn naive_root(leaves: &[B256]) -> B256 {
    let mut layer = leaves.to_vec();
    while layer.len() > 1 {
        if layer.len() % 2 == 1 {
            layer.push(B256::ZERO);
        }
        layer = layer.chunks(2).map(|pair| keccak256([pair[0].0, pair[1].0].concat())).collect();
    }
    layer[0]
}

#[test]
fn tree_state_is_for_calls_without_sender() {
    let mut chain = Chain::new(51);
    chain.call(ARB_SYS, STRANGER, &calldata("withdrawEth(address)", &[word(OWNER)]));
    let input = calldata("sendMerkleTreeState()", &[]);
    assert!(!chain.call(ARB_SYS, STRANGER, &input).is_success());

    let outcome = chain.call(ARB_SYS, Address::ZERO, &input);
    let root = U256::from_be_bytes(keccak256(leaf(&chain, 0)).0);
    let one = U256::from(1);
    assert_eq!(words(&outcome.output), [one, root, U256::from(96), one, root]);
}

#[test]
fn chains_with_native_token_owners_do_not_withdraw_value() {
    let mut chain = Chain::new(51);
    chain.state().write(devnode_arbos::state::slots::root::native_token_from(), 1);
    let add = calldata("addNativeTokenOwner(address)", &[word(OWNER)]);
    assert!(chain.call(ARB_OWNER, OWNER, &add).is_success());

    let input = calldata("withdrawEth(address)", &[word(OWNER)]);
    assert!(!chain.pay(ARB_SYS, STRANGER, U256::from(1), &input).is_success());
    assert!(chain.call(ARB_SYS, STRANGER, &input).is_success());
}

#[test]
fn message_carries_its_data() {
    let mut chain = Chain::new(51);
    let mut input =
        calldata("sendTxToL1(address,bytes)", &[word(OWNER), word(64_u64), word(3_u64)]);
    input.extend_from_slice(&[1, 2, 3]);
    input.resize(input.len() + 29, 0);
    assert!(chain.call(ARB_SYS, STRANGER, &input).is_success());
    let log = chain.logs.last().expect("a log");
    let data = words(&log.data);
    assert_eq!(data[0], word(STRANGER));
    assert_eq!(data[1..5], [1, 0, 1_800_000_000, 0].map(U256::from));
    assert_eq!(log.data[224..227], [1, 2, 3]);
}
