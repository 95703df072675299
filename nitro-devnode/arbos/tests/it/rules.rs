//! The rules common to all precompiles: devnode.md 4.1 and 4.2.

use alloy_primitives::{Address, B256, Bytes, U256, address, b256};
use devnode_arbos::{
    Ending, PrecompileCall, PrecompileOutcome,
    address::{
        ARB_BLS, ARB_DEBUG, ARB_NATIVE_TOKEN_MANAGER, ARB_OWNER, ARB_SYS, ARB_WASM, ARBOS_ACTOR,
    },
};

use crate::chain::{Chain, OWNER, PLENTY, STRANGER, call_of, calldata, gas_used, word, words};

const fn burnt() -> PrecompileOutcome {
    PrecompileOutcome {
        ending: Ending::Revert,
        output: Bytes::new(),
        gas_left: 0,
        error_text: None,
    }
}

#[test]
fn precompile_of_a_later_version_is_an_empty_account() {
    let mut chain = Chain::new(40);
    let outcome = chain.call(ARB_NATIVE_TOKEN_MANAGER, STRANGER, &[1, 2, 3, 4]);
    assert_eq!((outcome.ending, outcome.gas_left), (Ending::Success, PLENTY));
    assert!(outcome.output.is_empty());
}

#[test]
fn unknown_selectors_and_short_input_burn_everything() {
    let mut chain = Chain::new(51);
    for input in [&[][..], &[0xa3, 0xb1, 0xb3], &[1, 2, 3, 4]] {
        assert_eq!(chain.call(ARB_SYS, STRANGER, input), burnt());
        assert_eq!(chain.call(ARB_BLS, STRANGER, input), burnt());
    }
}

#[test]
fn methods_not_yet_or_no_longer_active_burn_everything() {
    let mut chain = Chain::new(51);
    assert_eq!(chain.call(ARB_WASM, STRANGER, &calldata("activationGas()", &[])), burnt());
    let retired = calldata("cacheCodehash(bytes32)", &[U256::ZERO]);
    let cache = devnode_arbos::address::ARB_WASM_CACHE;
    assert_eq!(chain.call(cache, STRANGER, &retired), burnt());
}

#[test]
fn only_pure_methods_can_be_delegate_called() {
    let mut chain = Chain::new(51);
    let view = calldata("arbBlockNumber()", &[]);
    let delegated = PrecompileCall { acting: STRANGER, ..call_of(ARB_SYS, OWNER, &view) };
    assert_eq!(chain.run(&delegated), burnt());

    let alias = calldata(
        "mapL1SenderContractAddressToL2Alias(address,address)",
        &[word(Address::ZERO), U256::ZERO],
    );
    let delegated = PrecompileCall { acting: STRANGER, ..call_of(ARB_SYS, OWNER, &alias) };
    let outcome = chain.run(&delegated);
    assert_eq!(gas_used(&outcome), 9);
    let expected = word(address!("1111000000000000000000000000000000001111"));
    assert_eq!(words(&outcome.output), [expected]);
}

#[test]
fn writes_in_a_static_context_burn_everything() {
    let mut chain = Chain::new(51);
    let write = calldata("becomeChainOwner()", &[]);
    let call = PrecompileCall { is_static: true, ..call_of(ARB_DEBUG, STRANGER, &write) };
    assert_eq!(chain.run(&call), burnt());
}

#[test]
fn value_for_a_method_that_takes_none_burns_everything() {
    let mut chain = Chain::new(51);
    let view = calldata("arbBlockNumber()", &[]);
    assert_eq!(chain.pay(ARB_SYS, STRANGER, U256::from(1), &view), burnt());
    assert!(chain.balances.is_empty());
}

#[test]
fn gas_is_needed_for_opening_arguments_and_result() {
    let mut chain = Chain::new(51);
    let input = calldata("arbBlockNumber()", &[]);
    for (gas, is_enough) in [(0, false), (799, false), (802, false), (803, true), (804, true)] {
        let outcome = chain.run(&PrecompileCall { gas, ..call_of(ARB_SYS, STRANGER, &input) });
        assert_eq!(outcome.is_success(), is_enough, "{gas}");
        assert_eq!(outcome.gas_left, if is_enough { gas - 803 } else { 0 });
    }
}

#[test]
fn arguments_that_do_not_decode_burn_everything() {
    let mut chain = Chain::new(51);
    let missing = calldata("arbBlockHash(uint256)", &[]);
    assert_eq!(chain.call(ARB_SYS, STRANGER, &missing), burnt());
    let wide = calldata("customRevert(uint64)", &[U256::MAX]);
    assert_eq!(chain.call(ARB_DEBUG, STRANGER, &wide), burnt());
    let endless = calldata("sendTxToL1(address,bytes)", &[U256::ZERO, U256::MAX]);
    assert_eq!(chain.call(ARB_SYS, STRANGER, &endless), burnt());
}

#[test]
fn bytes_in_front_of_an_address_are_ignored() {
    let mut chain = Chain::new(51);
    let owners = devnode_arbos::address::ARB_OWNER_PUBLIC;
    let dirty = word(OWNER) | (U256::from(0xffff) << 200);
    let outcome = chain.call(owners, STRANGER, &calldata("isChainOwner(address)", &[dirty]));
    assert_eq!(words(&outcome.output), [U256::from(1)]);
}

#[test]
fn surplus_argument_bytes_are_paid_and_ignored() {
    let mut chain = Chain::new(51);
    let mut input = calldata("arbBlockNumber()", &[U256::MAX]);
    input.push(1);
    let outcome = chain.call(ARB_SYS, STRANGER, &input);
    assert_eq!((outcome.is_success(), gas_used(&outcome)), (true, 809));
}

#[test]
fn custom_error_costs_its_words_and_keeps_the_rest() {
    let mut chain = Chain::new(51);
    chain.block.number = 12;
    let input = calldata("arbBlockHash(uint256)", &[U256::from(999_999)]);

    let outcome = chain.call(ARB_SYS, STRANGER, &input);

    assert_eq!(outcome.ending, Ending::Revert);
    assert_eq!(outcome.output[..4], [0xd5, 0xdc, 0x64, 0x2d]);
    assert_eq!(words(&outcome.output[4..]), [999_999, 12].map(U256::from));
    assert_eq!(outcome.error_text.as_deref(), Some("error InvalidBlockNumber(999999, 12)"));
    // 68 bytes are three words.
    assert_eq!(gas_used(&outcome), 800 + 3 + 9);
}

#[test]
fn custom_error_without_gas_for_its_data_is_out_of_gas() {
    let mut chain = Chain::new(51);
    let input = calldata("arbBlockHash(uint256)", &[U256::MAX]);
    let call = PrecompileCall { gas: 811, ..call_of(ARB_SYS, STRANGER, &input) };
    assert_eq!(chain.run(&call), burnt());
}

#[test]
fn plain_error_reverts_empty_and_keeps_the_rest() {
    let mut chain = Chain::new(51);
    let outcome = chain.call(ARB_DEBUG, STRANGER, &calldata("legacyError()", &[]));
    assert_eq!(outcome.ending, Ending::Revert);
    assert!(outcome.output.is_empty());
    assert_eq!(outcome.gas_left, PLENTY);
}

#[test]
fn arbos_acts_refuses_users() {
    let mut chain = Chain::new(51);
    let input = calldata("startBlock(uint256,uint64,uint64,uint64)", &[U256::ZERO; 4]);
    let outcome = chain.call(ARBOS_ACTOR, OWNER, &input);
    assert_eq!(outcome.output[..], [0xf8, 0x12, 0xe6, 0x56]);
    assert_eq!(outcome.error_text.as_deref(), Some("error CallerNotArbOS()"));
}

#[test]
fn strangers_lose_all_gas_at_arb_owner_with_a_visible_text() {
    let mut chain = Chain::new(51);
    let input = calldata("setSpeedLimit(uint64)", &[U256::from(1)]);
    let outcome = chain.call(ARB_OWNER, STRANGER, &input);
    assert_eq!((outcome.ending, outcome.gas_left), (Ending::Failure, 0));
    let text = "unauthorized caller to access-controlled method";
    assert_eq!(outcome.error_text.as_deref(), Some(text));
}

#[test]
fn owners_pay_nothing_and_are_logged() {
    let mut chain = Chain::new(51);
    let input = calldata("setL1PricePerUnit(uint256)", &[U256::ZERO]);

    let outcome = chain.call(ARB_OWNER, OWNER, &input);

    assert!(outcome.is_success());
    assert_eq!(outcome.gas_left, PLENTY);
    assert_eq!(chain.state().l1_price_per_unit(), U256::ZERO);
    let log = chain.logs.pop().expect("a log");
    assert_eq!(log.address, ARB_OWNER);
    assert_eq!(
        log.topics,
        [
            b256!("3c9e6a772755407311e3b35b3ee56799df8f87395941b3a658eee9e08a67ebda"),
            b256!("2b352fae00000000000000000000000000000000000000000000000000000000"),
            B256::from(word(OWNER)),
        ]
    );
    assert_eq!(words(&log.data)[..2], [32, 36].map(U256::from));
    assert_eq!(log.data[64..100], input);
}

#[test]
fn owners_pay_nothing_for_failures_and_have_them_not_logged() {
    let mut chain = Chain::new(51);
    for input in [calldata("setSpeedLimit(uint64)", &[U256::ZERO]), vec![1, 2, 3, 4], vec![]] {
        let outcome = chain.call(ARB_OWNER, OWNER, &input);
        assert_eq!((outcome.ending, outcome.gas_left), (Ending::Revert, PLENTY));
    }
    assert!(chain.logs.is_empty());
}

#[test]
fn view_methods_of_owners_are_logged_unless_static() {
    let mut chain = Chain::new(51);
    let input = calldata("getAllChainOwners()", &[]);
    let quiet = PrecompileCall { is_static: true, ..call_of(ARB_OWNER, OWNER, &input) };

    assert!(chain.run(&quiet).is_success());
    assert!(chain.logs.is_empty());
    assert!(chain.call(ARB_OWNER, OWNER, &input).is_success());
    assert_eq!(chain.logs.len(), 1);
}

#[test]
fn debug_contract_can_be_switched_off() {
    let mut chain = Chain::new(51);
    chain.forbids_debug = true;
    let outcome = chain.call(ARB_DEBUG, STRANGER, &calldata("becomeChainOwner()", &[]));
    assert_eq!((outcome.ending, outcome.gas_left), (Ending::Failure, 0));
    assert_eq!(outcome.error_text.as_deref(), Some("debug precompiles are disabled"));
}
