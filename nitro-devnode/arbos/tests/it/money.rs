//! ArbNativeTokenManager and ArbFilteredTransactionsManager: devnode.md 4.12.

use alloy_primitives::{B256, U256, keccak256};
use devnode_arbos::{
    Ending,
    address::{ARB_FILTERED_TRANSACTIONS_MANAGER, ARB_NATIVE_TOKEN_MANAGER, ARB_OWNER},
    state::slots,
};

use crate::chain::{Chain, OWNER, PLENTY, STRANGER, calldata, gas_used, word, words};

#[test]
fn native_token_owner_mints_and_burns() {
    let mut chain = Chain::new(51);
    chain.state().write(slots::root::native_token_from(), 1);
    let add = calldata("addNativeTokenOwner(address)", &[word(STRANGER)]);
    assert!(chain.call(ARB_OWNER, OWNER, &add).is_success());
    let mint = calldata("mintNativeToken(uint256)", &[U256::from(100)]);
    let burn = calldata("burnNativeToken(uint256)", &[U256::from(60)]);

    assert!(chain.call(ARB_NATIVE_TOKEN_MANAGER, STRANGER, &mint).is_success());
    assert_eq!(chain.balances[&STRANGER], U256::from(100));
    assert!(chain.call(ARB_NATIVE_TOKEN_MANAGER, STRANGER, &burn).is_success());
    assert_eq!(chain.balances[&STRANGER], U256::from(40));
    let too_much = chain.call(ARB_NATIVE_TOKEN_MANAGER, STRANGER, &burn);
    assert_eq!(too_much.ending, Ending::Revert);
    assert_eq!(chain.balances[&STRANGER], U256::from(40));

    let topics: Vec<B256> = chain.logs.iter().rev().take(2).map(|log| log.topics[0]).collect();
    assert_eq!(
        topics,
        [
            keccak256("NativeTokenBurned(address,uint256)"),
            keccak256("NativeTokenMinted(address,uint256)")
        ]
    );
}

#[test]
fn others_lose_all_gas_at_the_native_token_manager() {
    let mut chain = Chain::new(51);
    let mint = calldata("mintNativeToken(uint256)", &[U256::from(100)]);
    let outcome = chain.call(ARB_NATIVE_TOKEN_MANAGER, OWNER, &mint);
    assert_eq!((outcome.ending, outcome.gas_left), (Ending::Revert, 0));
}

#[test]
fn filterers_filter_for_free() {
    let mut chain = Chain::new(60);
    chain.state().write(slots::root::tx_filtering_from(), 1);
    let add = calldata("addTransactionFilterer(address)", &[word(OWNER)]);
    assert!(chain.call(ARB_OWNER, OWNER, &add).is_success());
    let filter = calldata("addFilteredTransaction(bytes32)", &[U256::from(7)]);
    let is_filtered = calldata("isTransactionFiltered(bytes32)", &[U256::from(7)]);
    let to = ARB_FILTERED_TRANSACTIONS_MANAGER;

    let refused = chain.call(to, STRANGER, &filter);
    assert_eq!(refused.ending, Ending::Revert);
    let allowed = chain.call(to, OWNER, &filter);
    assert_eq!((allowed.is_success(), allowed.gas_left), (true, PLENTY));
    let shown = chain.call(to, STRANGER, &is_filtered);
    assert_eq!(words(&shown.output), [U256::from(1)]);
    assert_eq!(gas_used(&shown), 800 + 3 + 800 + 800 + 3);
    let delete = calldata("deleteFilteredTransaction(bytes32)", &[U256::from(7)]);
    assert!(chain.call(to, OWNER, &delete).is_success());
    assert_eq!(words(&chain.call(to, OWNER, &is_filtered).output), [U256::ZERO]);
}
