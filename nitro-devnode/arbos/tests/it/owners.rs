//! ArbOwner, ArbOwnerPublic, ArbDebug: devnode.md 4.7, 4.8, 4.11.

use alloy_primitives::{Address, B256, U256, b256, keccak256};
use devnode_arbos::{
    Ending, PrecompileCall, PrecompileOutcome,
    address::{ARB_DEBUG, ARB_OWNER, ARB_OWNER_PUBLIC, L1_PRICER_FUNDS},
    state::slots,
};

use crate::chain::{Chain, OWNER, PLENTY, STRANGER, call_of, calldata, gas_used, word, words};

fn own(chain: &mut Chain, signature: &str, arguments: &[U256]) -> PrecompileOutcome {
    chain.call(ARB_OWNER, OWNER, &calldata(signature, arguments))
}

fn public(chain: &mut Chain, signature: &str, arguments: &[U256]) -> (Vec<U256>, u64) {
    let outcome = chain.call(ARB_OWNER_PUBLIC, STRANGER, &calldata(signature, arguments));
    assert!(outcome.is_success(), "{signature}: {outcome:?}");
    (words(&outcome.output), gas_used(&outcome))
}

#[test]
fn dev_account_that_becomes_owner_again_changes_nothing() {
    let mut chain = Chain::new(51);
    let before = chain.storage.clone();
    let outcome = chain.call(ARB_DEBUG, OWNER, &calldata("becomeChainOwner()", &[]));
    assert!(outcome.is_success());
    assert_eq!(chain.storage, before);
    assert_eq!(gas_used(&outcome), 1600);
}

#[test]
fn stranger_becomes_owner_and_stops_being_one() {
    let mut chain = Chain::new(51);
    assert!(chain.call(ARB_DEBUG, STRANGER, &calldata("becomeChainOwner()", &[])).is_success());
    assert_eq!(chain.state().chain_owners(), [Address::ZERO, OWNER, STRANGER]);
    let (is_owner, gas) = public(&mut chain, "isChainOwner(address)", &[word(STRANGER)]);
    assert_eq!((is_owner[0], gas), (U256::from(1), 1606));

    assert!(own(&mut chain, "removeChainOwner(address)", &[word(STRANGER)]).is_success());
    let again = own(&mut chain, "removeChainOwner(address)", &[word(STRANGER)]);
    assert_eq!((again.ending, again.gas_left), (Ending::Revert, PLENTY));
    assert!(!chain.state().is_chain_owner(STRANGER));
    let (all, gas) = public(&mut chain, "getAllChainOwners()", &[]);
    assert_eq!(all[2..], [U256::ZERO, word(OWNER)]);
    assert_eq!(gas, 1600 + 2 * 800 + 3 * 4);
}

#[test]
fn owner_changes_are_events_from_version_60_on() {
    for (version, logs) in [(51, 1), (60, 2)] {
        let mut chain = Chain::new(version);
        assert!(own(&mut chain, "addChainOwner(address)", &[word(STRANGER)]).is_success());
        assert_eq!(chain.logs.len(), logs);
    }
    let mut chain = Chain::new(60);
    own(&mut chain, "addChainOwner(address)", &[word(STRANGER)]);
    assert_eq!(chain.logs[0].topics[0], keccak256("ChainOwnerAdded(address)"));
    assert_eq!(chain.logs[0].topics[1], B256::from(word(STRANGER)));
}

#[test]
fn lost_position_of_an_owner_can_be_repaired_by_anyone() {
    let mut chain = Chain::new(51);
    let input = calldata("rectifyChainOwner(address)", &[word(OWNER)]);
    let healthy = chain.call(ARB_OWNER_PUBLIC, STRANGER, &input);
    assert_eq!((healthy.ending, healthy.output.len()), (Ending::Revert, 0));

    let positions = devnode_arbos::state::Space::ROOT.child(&[4]).child(&[0]);
    chain.state().write(positions.slot_of::<u64>(B256::from(word(OWNER))), 0);
    assert!(!chain.state().is_chain_owner(OWNER));
    assert!(chain.call(ARB_OWNER_PUBLIC, STRANGER, &input).is_success());
    assert!(chain.state().is_chain_owner(OWNER));
    let log = chain.logs.last().expect("a log");
    let topic = b256!("14c7c9cb05f84448a0f2fc5775a4048a7210cb040a35fd84cd45b2b863d04d82");
    assert_eq!(log.topics, [topic]);
    assert_eq!(words(&log.data), [word(OWNER)]);
}

#[test]
fn public_getters_answer_the_dev_values() {
    let mut chain = Chain::new(60);
    for (signature, value, gas) in [
        ("getNetworkFeeAccount()", 0_u64, 1603),
        ("getInfraFeeAccount()", 0, 1603),
        ("getBrotliCompressionLevel()", 1, 1603),
        ("getParentGasFloorPerToken()", 0, 1603),
        ("isCalldataPriceIncreaseEnabled()", 0, 1603),
        ("getNativeTokenManagementFrom()", 0, 1603),
        ("getTransactionFilteringFrom()", 0, 1603),
        ("getFilteredFundsRecipient()", 0, 1603),
        ("getCollectTips()", 0, 1603),
        ("getMaxStylusContractFragments()", 2, 903),
    ] {
        assert_eq!(public(&mut chain, signature, &[]), (vec![U256::from(value)], gas));
    }
    assert_eq!(public(&mut chain, "getAllNativeTokenOwners()", &[]).0, [32, 0].map(U256::from));
    assert_eq!(public(&mut chain, "getScheduledUpgrade()", &[]).0, [U256::ZERO; 2]);
}

#[test]
fn l2_setters_write_what_the_model_reads() {
    let mut chain = Chain::new(51);
    for (signature, value) in [
        ("setSpeedLimit(uint64)", 1_u64),
        ("setMaxTxGasLimit(uint64)", 2),
        ("setMaxBlockGasLimit(uint64)", 3),
        ("setL2GasPricingInertia(uint64)", 4),
        ("setL2GasBacklogTolerance(uint64)", 5),
        ("setGasBacklog(uint64)", 6),
        ("setL2BaseFee(uint256)", 7),
        ("setMinimumL2BaseFee(uint256)", 8),
        ("setBrotliCompressionLevel(uint64)", 9),
    ] {
        assert!(own(&mut chain, signature, &[U256::from(value)]).is_success(), "{signature}");
    }
    let mut state = chain.state();
    assert_eq!((state.speed_limit(), state.per_tx_gas_limit()), (1, 2));
    assert_eq!((state.per_block_gas_limit(), state.pricing_inertia()), (3, 4));
    assert_eq!((state.backlog_tolerance(), state.backlog()), (5, 6));
    assert_eq!((state.base_fee(), state.min_base_fee()), (U256::from(7), U256::from(8)));
    assert_eq!(state.brotli_level(), 9);
}

#[test]
fn max_tx_gas_limit_was_the_block_limit_before_version_50() {
    let mut chain = Chain::new(41);
    assert!(own(&mut chain, "setMaxTxGasLimit(uint64)", &[U256::from(9)]).is_success());
    assert_eq!(chain.state().per_block_gas_limit(), 9);
    assert_eq!(chain.state().per_tx_gas_limit(), 0);
}

#[test]
fn impossible_values_are_refused() {
    let mut chain = Chain::new(51);
    for (signature, value) in [
        ("setSpeedLimit(uint64)", U256::ZERO),
        ("setL2GasPricingInertia(uint64)", U256::ZERO),
        ("setBrotliCompressionLevel(uint64)", U256::from(12)),
        ("setInkPrice(uint32)", U256::ZERO),
        ("setInkPrice(uint32)", U256::from(1 << 24)),
        ("addNativeTokenOwner(address)", U256::from(1)),
    ] {
        let outcome = own(&mut chain, signature, &[value]);
        assert_eq!((outcome.ending, outcome.output.len()), (Ending::Revert, 0), "{signature}");
    }
}

#[test]
fn minimum_base_fee_of_zero_is_refused_in_calls_only() {
    let mut chain = Chain::new(51);
    assert!(own(&mut chain, "setMinimumL2BaseFee(uint256)", &[U256::ZERO]).is_success());
    chain.tx.is_mutating = false;
    assert!(!own(&mut chain, "setMinimumL2BaseFee(uint256)", &[U256::ZERO]).is_success());
}

#[test]
fn chain_configuration_is_checked_in_calls_only() {
    let call_of = |text: &str| {
        let mut words = vec![U256::from(32), U256::from(text.len())];
        words.extend(text.as_bytes().chunks(32).map(|chunk| {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            U256::from_be_bytes(word)
        }));
        words
    };
    let (wrong, foreign) = (call_of("hello"), call_of(r#"{"chainId":1}"#));
    let right = call_of(r#"{"chainId":412346,"arbitrum":{}}"#);
    let mut chain = Chain::new(51);
    chain.tx.is_mutating = false;
    for (words, is_taken) in [(&wrong, false), (&foreign, false), (&right, true)] {
        let outcome = own(&mut chain, "setChainConfig(string)", words);
        assert_eq!(outcome.is_success(), is_taken, "{words:?}");
    }
    chain.tx.is_mutating = true;
    assert!(own(&mut chain, "setChainConfig(string)", &wrong).is_success());
}

#[test]
fn l1_setters_write_what_getters_show() {
    let mut chain = Chain::new(51);
    for (signature, value) in [
        ("setL1PricingEquilibrationUnits(uint256)", 1_u64),
        ("setL1PricingInertia(uint64)", 2),
        ("setL1PricingRewardRate(uint64)", 3),
        ("setL1PricePerUnit(uint256)", 4),
        ("setParentGasFloorPerToken(uint64)", 5),
        ("setAmortizedCostCapBips(uint64)", 6),
    ] {
        assert!(own(&mut chain, signature, &[U256::from(value)]).is_success(), "{signature}");
    }
    let negative = U256::MAX - U256::from(6);
    assert!(own(&mut chain, "setPerBatchGasCharge(int64)", &[negative]).is_success());
    assert!(own(&mut chain, "setL1PricingRewardRecipient(address)", &[word(OWNER)]).is_success());
    let mut state = chain.state();
    assert_eq!(state.read(slots::l1::equilibration_units()), U256::from(1));
    assert_eq!(state.read(slots::l1::inertia()), 2);
    assert_eq!(state.read(slots::l1::per_unit_reward()), 3);
    assert_eq!(state.l1_price_per_unit(), U256::from(4));
    assert_eq!(state.read(slots::l1::gas_floor_per_token()), 5);
    assert_eq!(state.read(slots::l1::amortized_cost_cap_bips()), 6);
    assert_eq!(state.read(slots::l1::per_batch_gas()), -7);
    assert_eq!(state.read(slots::l1::rewards_recipient()), OWNER);
    let gas_info = devnode_arbos::address::ARB_GAS_INFO;
    let shown = chain.call(gas_info, STRANGER, &calldata("getPerBatchGasCharge()", &[]));
    assert_eq!(words(&shown.output), [negative]);
}

#[test]
fn surplus_of_the_pool_is_released_up_to_the_limit() {
    let mut chain = Chain::new(51);
    chain.balances.insert(L1_PRICER_FUNDS, U256::from(100));
    chain.state().set_l1_fees_available(U256::from(30));

    let part = own(&mut chain, "releaseL1PricerSurplusFunds(uint256)", &[U256::from(50)]);
    assert_eq!(words(&part.output), [U256::from(50)]);
    let rest = own(&mut chain, "releaseL1PricerSurplusFunds(uint256)", &[U256::from(50)]);
    assert_eq!(words(&rest.output), [U256::from(20)]);
    assert_eq!(chain.state().l1_fees_available(), U256::from(100));
}

#[test]
fn wasm_setters_change_the_parameter_word() {
    let mut chain = Chain::new(60);
    for (signature, value) in [
        ("setInkPrice(uint32)", 1_u64),
        ("setWasmMaxStackDepth(uint32)", 2),
        ("setWasmFreePages(uint16)", 3),
        ("setWasmPageGas(uint16)", 4),
        ("setWasmPageLimit(uint16)", 5),
        ("setWasmMaxSize(uint32)", 6),
        ("setWasmInitCostScalar(uint64)", 7),
        ("setWasmExpiryDays(uint16)", 8),
        ("setWasmKeepaliveDays(uint16)", 9),
        ("setWasmBlockCacheSize(uint16)", 10),
        ("setMaxStylusContractFragments(uint8)", 11),
    ] {
        assert!(own(&mut chain, signature, &[U256::from(value)]).is_success(), "{signature}");
    }
    let init = [U256::from(129), U256::from(65)];
    assert!(own(&mut chain, "setWasmMinInitGas(uint8,uint16)", &init).is_success());

    let params = chain.state().stylus_params();
    assert_eq!((params.ink_price, params.max_stack_depth, params.free_pages), (1, 2, 3));
    assert_eq!((params.page_gas, params.page_limit, params.max_wasm_size), (4, 5, 6));
    assert_eq!((params.init_cost_scalar_units, params.init_cost_scalar_percent()), (4, 8));
    assert_eq!((params.expiry_days, params.keepalive_days), (8, 9));
    assert_eq!((params.block_cache_size, params.max_fragment_count), (10, 11));
    assert_eq!((params.min_init_gas_units, params.min_cached_init_gas_units), (2, 3));
    assert_eq!(params.version, 2);
}

#[test]
fn scalars_are_capped_at_255_units() {
    let mut chain = Chain::new(51);
    let percent = [U256::from(u64::MAX)];
    assert!(own(&mut chain, "setWasmInitCostScalar(uint64)", &percent).is_success());
    let init = [U256::from(255), U256::from(65_535)];
    assert!(own(&mut chain, "setWasmMinInitGas(uint8,uint16)", &init).is_success());
    let params = chain.state().stylus_params();
    assert_eq!((params.init_cost_scalar_units, params.min_cached_init_gas_units), (255, 255));
}

#[test]
fn features_start_a_week_ahead_and_move_only_forwards() {
    let mut chain = Chain::new(51);
    let now = chain.block.timestamp;
    let week = 7 * 86_400;
    let set = |chain: &mut Chain, start: u64| {
        own(chain, "setNativeTokenManagementFrom(uint64)", &[U256::from(start)]).is_success()
    };
    assert!(!set(&mut chain, now + week - 1));
    assert!(set(&mut chain, now + week + 100));
    assert!(set(&mut chain, now + week), "still far: may move back to a week ahead");
    assert!(!set(&mut chain, now + week - 1), "close: only forwards");
    assert!(set(&mut chain, now + week + 5));
    assert!(set(&mut chain, 0));
}

#[test]
fn constraints_need_targets_and_windows_and_are_limited() {
    let mut chain = Chain::new(51);
    let list = |count: usize, target: u64| {
        let mut arguments = vec![U256::from(32), U256::from(count)];
        arguments.extend([target, 1, 0].repeat(count).into_iter().map(U256::from));
        arguments
    };
    let signature = "setGasPricingConstraints(uint64[3][])";
    assert!(!own(&mut chain, signature, &list(1, 0)).is_success());
    assert!(!own(&mut chain, signature, &list(21, 1)).is_success());
    assert!(own(&mut chain, signature, &list(20, 1)).is_success());
    assert!(own(&mut chain, signature, &list(0, 1)).is_success());
    let Ok(left) =
        devnode_arbos::pricing::l2::read_constraints(&mut devnode_arbos::Free(&mut chain));
    assert!(left.is_empty());
}

#[test]
fn multi_gas_constraints_are_kept_and_shown() {
    let mut chain = Chain::new(60);
    // One constraint: two resources, window 12, target 1,000,000, backlog 5.
    let encoded = [32_u64, 1, 32, 128, 12, 1_000_000, 5, 2, 1, 10, 3, 20].map(U256::from);
    let signature = "setMultiGasPricingConstraints(((uint8,uint64)[],uint32,uint64,uint64)[])";
    assert!(own(&mut chain, signature, &encoded).is_success());

    let gas_info = devnode_arbos::address::ARB_GAS_INFO;
    let input = calldata("getMultiGasPricingConstraints()", &[]);
    assert_eq!(words(&chain.call(gas_info, STRANGER, &input).output), encoded);

    let mut steep = encoded;
    steep[6] = U256::from(12_000_000_u64 * 9);
    assert!(!own(&mut chain, signature, &steep).is_success(), "exponent above 85,000");
}

#[test]
fn calldata_price_increase_is_a_bit() {
    let mut chain = Chain::new(51);
    assert!(own(&mut chain, "setCalldataPriceIncrease(bool)", &[U256::from(1)]).is_success());
    assert!(chain.state().is_calldata_price_increased());
    assert!(own(&mut chain, "setCalldataPriceIncrease(bool)", &[U256::ZERO]).is_success());
    assert!(!chain.state().is_calldata_price_increased());
}

#[test]
fn chain_config_can_be_replaced_by_a_shorter_one() {
    let mut chain = Chain::new(51);
    let mut input = calldata("setChainConfig(string)", &[word(32_u64), word(2_u64)]);
    input.extend_from_slice(b"{}");
    input.resize(input.len() + 30, 0);
    assert!(chain.call(ARB_OWNER, OWNER, &input).is_success());
    assert_eq!(chain.state().chain_config(), b"{}");
}

#[test]
fn debug_events_are_as_documented() {
    let mut chain = Chain::new(51);
    let input = calldata("events(bool,bytes32)", &[U256::from(1), U256::from(9)]);
    let outcome = chain.pay(ARB_DEBUG, STRANGER, U256::from(5), &input);
    assert_eq!(words(&outcome.output), [word(STRANGER), U256::from(5)]);
    let nine = B256::from(U256::from(9));
    let basic = b256!("93c1309077578d0b9ed1398956be51f0c6e1fcc0b91d899836148550215acfe2");
    assert_eq!(chain.logs[0].topics, [basic, nine]);
    assert_eq!(words(&chain.logs[0].data), [U256::ZERO]);
    let mixed = b256!("a6059246508753631072a6a59c1127af99d3f4cc0f8d6370d4fae122b1dd4eaf");
    let caller = B256::from(word(STRANGER));
    assert_eq!(chain.logs[1].topics, [mixed, B256::from(U256::from(1)), nine, caller]);
    assert_eq!(words(&chain.logs[1].data), [U256::ZERO, word(ARB_DEBUG)]);

    let view = chain.call(ARB_DEBUG, STRANGER, &calldata("eventsView()", &[]));
    assert_eq!((view.ending, view.output.len()), (Ending::Revert, 0));
}

#[test]
fn debug_errors_are_as_documented() {
    let mut chain = Chain::new(51);
    let custom = calldata("customRevert(uint64)", &[U256::from(1024)]);
    let outcome = chain.call(ARB_DEBUG, STRANGER, &custom);
    assert_eq!(outcome.output[..4], [0x17, 0x53, 0x06, 0x7f]);
    assert_eq!(
        outcome.error_text.as_deref(),
        Some(
            r"error Custom(1024, This spider family wards off bugs: /\oo/\ //\(oo)//\ /\oo/\, true)"
        )
    );
    let panic = chain.call(ARB_DEBUG, STRANGER, &calldata("panic()", &[]));
    assert_eq!((panic.ending, panic.gas_left), (Ending::Crash, 0));
    assert_eq!(panic.error_text.as_deref(), Some("sequencer internal error"));
}

#[test]
fn code_can_be_overwritten() {
    let mut chain = Chain::new(51);
    chain.deploy(STRANGER, &[1, 2, 3]);
    let mut input = calldata(
        "overwriteContractCode(address,bytes)",
        &[word(STRANGER), word(64_u64), word(1_u64)],
    );
    input.push(0xfe);
    input.resize(input.len() + 31, 0);
    let outcome = chain.run(&PrecompileCall { ..call_of(ARB_DEBUG, STRANGER, &input) });
    assert_eq!(outcome.output[64..67], [1, 2, 3]);
    assert_eq!(chain.codes[&STRANGER][..], [0xfe]);
}
