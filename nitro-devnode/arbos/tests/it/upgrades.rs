//! Start-block transactions and version upgrades: devnode.md 2.3.

use alloy_primitives::{B256, U256, hex};
use devnode_arbos::{
    address::{ARB_OWNER, ARB_OWNER_PUBLIC, PARENT_HASH_HISTORY},
    genesis,
    start_block::{self, StartBlock},
    version,
};

use crate::chain::{Chain, OWNER, STRANGER, calldata, word, words};

const fn start(block_number: u64) -> StartBlock {
    StartBlock {
        block_number,
        l1_block_number: 0,
        seconds_passed: 1,
        parent_hash: B256::repeat_byte(block_number as u8),
    }
}

#[test]
fn calldata_is_that_of_the_test_value() {
    let start = StartBlock { seconds_passed: 1_700_000_000, ..start(1) };
    let expected = hex!(
        "6bf6a42d"
        "0000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000001"
        "000000000000000000000000000000000000000000000000000000006553f100"
    );
    assert_eq!(start.calldata()[..], expected);
}

#[test]
fn parent_hash_goes_to_the_ring_from_version_40_on() {
    let mut chain = Chain::new(51);
    start_block::apply(&mut chain.state(), &start(7));
    start_block::apply(&mut chain.state(), &start(393_169));

    let at = |slot: u64| chain.storage[&(PARENT_HASH_HISTORY, U256::from(slot))];
    assert_eq!(at(6), U256::from_be_bytes([7; 32]));
    assert_eq!(at(0), U256::from_be_bytes([0xd1; 32]));

    let mut older = Chain::new(32);
    start_block::apply(&mut older.state(), &start(7));
    assert!(!older.storage.contains_key(&(PARENT_HASH_HISTORY, U256::from(6))));
}

#[test]
fn upgrade_scheduled_with_time_0_happens_at_the_next_block() {
    let mut chain = Chain::new(51);
    let schedule = calldata("scheduleArbOSUpgrade(uint64,uint64)", &[word(60_u64), U256::ZERO]);
    assert!(chain.call(ARB_OWNER, OWNER, &schedule).is_success());
    let pending = calldata("getScheduledUpgrade()", &[]);
    let shown = chain.call(ARB_OWNER_PUBLIC, STRANGER, &pending);
    assert_eq!(words(&shown.output), [U256::from(60), U256::ZERO]);
    assert_eq!(chain.state().version(), 51);

    start_block::apply(&mut chain.state(), &start(2));

    assert_eq!(chain.state().version(), 60);
    assert_eq!(chain.state().stylus_params().max_fragment_count, 2);
    let shown = chain.call(ARB_OWNER_PUBLIC, STRANGER, &pending);
    assert_eq!(words(&shown.output), [U256::ZERO, U256::ZERO]);
}

#[test]
fn upgrade_waits_for_its_time_and_for_a_version_this_node_knows() {
    let mut chain = Chain::new(51);
    chain.state().set_upgrade_version(60);
    chain.state().set_upgrade_timestamp(1_800_000_001);
    start_block::apply(&mut chain.state(), &start(2));
    assert_eq!(chain.state().version(), 51);

    chain.block.timestamp += 1;
    start_block::apply(&mut chain.state(), &start(3));
    assert_eq!(chain.state().version(), 60);

    chain.state().set_upgrade_version(99);
    start_block::apply(&mut chain.state(), &start(4));
    assert_eq!(chain.state().version(), 60);
}

#[test]
fn upgraded_chain_equals_a_chain_that_starts_at_the_version() {
    for target in version::SELECTABLE {
        let mut upgraded = Chain::new(32);
        genesis::upgrade(&mut upgraded.state(), target);
        let fresh = Chain::new(target);
        assert_eq!(upgraded.storage, fresh.storage, "to {target}");
        assert_eq!(upgraded.codes, fresh.codes, "to {target}");
    }
}

#[test]
fn upgrade_keeps_what_owners_have_set() {
    let mut chain = Chain::new(32);
    let mut params = chain.state().stylus_params();
    params.ink_price = 7;
    params.max_stack_depth = 1000;
    chain.state().set_stylus_params(&params);

    genesis::upgrade(&mut chain.state(), 51);

    let params = chain.state().stylus_params();
    assert_eq!((params.ink_price, params.max_stack_depth), (7, 1000));
    assert_eq!(params.max_wasm_size, 131_072);
}
