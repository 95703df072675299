//! L2 base fee, L1 poster fee, fee distribution, ArbGasInfo: devnode.md 2.4, 2.5, 3, 4.6.

use alloy_primitives::{Address, U256, keccak256};
use devnode_arbos::{
    address::{ARB_GAS_INFO, ARB_OWNER, L1_PRICER_FUNDS},
    pricing::{
        compressed_size,
        fees::{FeePayment, GasBill, distribute},
        l1::{Filler, Measure, estimate_component_gas, poster_charge, record_units},
        l2,
    },
};
use serde::Deserialize;

use crate::chain::{Chain, OWNER, STRANGER, calldata, gas_used, word, words};

fn base_fee_with_backlog(backlog: u64) -> U256 {
    let mut chain = Chain::new(51);
    chain.state().set_backlog(backlog);
    l2::update(&mut chain.state(), 0);
    chain.state().base_fee()
}

#[test]
fn base_fee_follows_the_backlog() {
    for (backlog_millions, fee) in [
        (0, 100_000_000_u64),
        (70, 100_000_000),
        (80, 101_400_000),
        (200, 119_950_000),
        (1000, 363_880_000),
    ] {
        assert_eq!(base_fee_with_backlog(backlog_millions * 1_000_000), U256::from(fee));
    }
}

#[test]
fn passing_time_pays_the_backlog_off() {
    let mut chain = Chain::new(51);
    l2::add_compute_gas(&mut chain.state(), 100_000_000);

    l2::update(&mut chain.state(), 3);
    assert_eq!(chain.state().backlog(), 79_000_000);
    assert!(chain.state().base_fee() > U256::from(100_000_000));

    l2::update(&mut chain.state(), u64::MAX);
    assert_eq!(chain.state().backlog(), 0);
    assert_eq!(chain.state().base_fee(), U256::from(100_000_000));
}

#[test]
fn backlog_saturates() {
    let mut chain = Chain::new(51);
    chain.state().set_backlog(u64::MAX - 5);
    l2::add_compute_gas(&mut chain.state(), 10);
    assert_eq!(chain.state().backlog(), u64::MAX);
    l2::update(&mut chain.state(), 0);
}

#[test]
fn constraints_replace_the_single_backlog() {
    let mut chain = Chain::new(51);
    let set = [
        &calldata("setGasPricingConstraints(uint64[3][])", &[word(32_u64), word(2_u64)])[..],
        &words_of(&[7_000_000, 100, 0, 1_000_000, 10, 0]),
    ]
    .concat();
    assert!(chain.call(ARB_OWNER, OWNER, &set).is_success());

    l2::add_compute_gas(&mut chain.state(), 17_000_000);
    l2::update(&mut chain.state(), 1);

    // Backlogs 10 M of 700 M and 16 M of 10 M: 142 + 16,000 basis points.
    let shown = chain.call(ARB_GAS_INFO, STRANGER, &calldata("getGasPricingConstraints()", &[]));
    assert_eq!(
        words(&shown.output)[1..],
        [2, 7_000_000, 100, 10_000_000, 1_000_000, 10, 16_000_000].map(U256::from)
    );
    assert_eq!(chain.state().backlog(), 0);
    let multiplier = devnode_arbos::pricing::approximate_exponential(16_142, 4);
    assert_eq!(chain.state().base_fee(), U256::from(10_000 * multiplier));
}

fn words_of(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|&value| U256::from(value).to_be_bytes::<32>()).collect()
}

#[derive(Deserialize)]
struct Compressed {
    hex: String,
    level_0: u64,
    level_1: u64,
}

#[test]
fn sizes_equal_those_of_the_c_encoder_at_levels_0_and_1() {
    let cases: Vec<Compressed> =
        serde_json::from_str(include_str!("brotli-sizes.json")).expect("valid JSON");
    for (index, case) in cases.iter().enumerate() {
        let data = hex::decode(&case.hex).expect("hex");
        assert_eq!(compressed_size(&data, 1), case.level_1, "case {index} at level 1");
        assert_eq!(compressed_size(&data, 0), case.level_0, "case {index} at level 0");
    }
}

#[test]
fn poster_gas_is_cost_divided_by_price() {
    let mut chain = Chain::new(51);
    let tx: Vec<u8> = (0_u8..4).flat_map(|n| keccak256([n]).0).collect();
    let price = U256::from(100_000_000);
    let size = compressed_size(&tx, 1);

    let charge = poster_charge(&mut chain.state(), &tx, price, Measure::Signed);

    assert_eq!(charge.units, 16 * size);
    assert_eq!(charge.gas, 16 * size * 500);
    assert_eq!(charge.fee_wei, U256::from(charge.gas) * price);
    let call = poster_charge(&mut chain.state(), &tx, price, Measure::Call);
    assert_eq!(call.units, (16 * size + 256) * 10_100 / 10_000);
    let estimate = poster_charge(&mut chain.state(), &tx, price, Measure::Estimate);
    // Seven eighths of the price would be below the minimum base fee.
    assert_eq!(estimate.gas, call.units * 500 * 11 / 10);
    assert_eq!(estimate_component_gas(&mut chain.state(), &tx, price), estimate.gas);
}

#[test]
fn poster_gas_is_zero_without_l1_price_base_fee_or_sequencer() {
    let mut chain = Chain::new(51);
    let tx = [1_u8; 100];
    let price = U256::from(100_000_000);

    assert_eq!(poster_charge(&mut chain.state(), &tx, U256::ZERO, Measure::Signed).gas, 0);
    chain.block.coinbase = STRANGER;
    assert_eq!(poster_charge(&mut chain.state(), &tx, price, Measure::Signed).gas, 0);
    assert_ne!(poster_charge(&mut chain.state(), &tx, price, Measure::Call).gas, 0);
    chain.block.coinbase = devnode_arbos::address::SEQUENCER;
    chain.state().set_l1_price_per_unit(U256::ZERO);
    for measure in [Measure::Signed, Measure::Call, Measure::Estimate] {
        let charge = poster_charge(&mut chain.state(), &tx, price, measure);
        assert_eq!((charge.gas, charge.fee_wei), (0, U256::ZERO));
        assert!(charge.units > 0, "units are counted at price 0 too");
    }
}

#[test]
fn units_add_up() {
    let mut chain = Chain::new(51);
    record_units(&mut chain.state(), 1600);
    record_units(&mut chain.state(), 0);
    record_units(&mut chain.state(), 400);
    assert_eq!(chain.state().l1_units_since_update(), 2000);
}

#[test]
fn filler_is_made_of_hashes() {
    let filler = Filler::new();
    assert_eq!(filler.nonce.to_be_bytes(), keccak256("Nonce")[..8]);
    assert_eq!(filler.gas.to_be_bytes(), keccak256("Gas")[..4]);
    assert_eq!(filler.v, 126_483);
    assert_eq!(filler.s, keccak256("S"));
}

#[test]
fn fees_go_to_network_account_and_pool() {
    let mut chain = Chain::new(51);
    let price = U256::from(100_000_000);
    let bill = GasBill { gas_used: 1_000_000, poster_gas: 900_000, price_wei: price };

    let payments = distribute(&mut chain.state(), &bill);

    let network = U256::from(100_000) * price;
    let poster = U256::from(900_000) * price;
    assert_eq!(
        payments,
        [
            FeePayment { to: Address::ZERO, wei: network },
            FeePayment { to: L1_PRICER_FUNDS, wei: poster }
        ]
    );
    assert_eq!(chain.balances[&Address::ZERO], network);
    assert_eq!(chain.balances[&L1_PRICER_FUNDS], poster);
    assert_eq!(chain.state().l1_fees_available(), poster);
    assert_eq!(chain.state().backlog(), 100_000);
}

#[test]
fn infra_account_gets_the_minimum_price() {
    let mut chain = Chain::new(51);
    chain.state().set_infra_fee_account(STRANGER);
    chain.state().set_network_fee_account(OWNER);
    let bill = GasBill { gas_used: 10, poster_gas: 0, price_wei: U256::from(150_000_000) };

    distribute(&mut chain.state(), &bill);

    assert_eq!(chain.balances[&STRANGER], U256::from(1_000_000_000));
    assert_eq!(chain.balances[&OWNER], U256::from(500_000_000));
    assert!(!chain.balances.contains_key(&L1_PRICER_FUNDS));
}

/// Output words and gas of a getter of ArbGasInfo.
fn gas_info(chain: &mut Chain, signature: &str) -> (Vec<U256>, u64) {
    let outcome = chain.call(ARB_GAS_INFO, STRANGER, &calldata(signature, &[]));
    assert!(outcome.is_success(), "{signature}");
    (words(&outcome.output), gas_used(&outcome))
}

#[test]
fn getters_answer_the_dev_values_at_the_documented_gas() {
    let mut chain = Chain::new(51);
    let expected: &[(&str, &[u64], u64)] = &[
        ("getMinimumGasPrice()", &[100_000_000], 1603),
        (
            "getPricesInWei()",
            &[112_000_000_000_000, 800_000_000_000, 2_000_000_000_000, 100_000_000, 0, 100_000_000],
            2418,
        ),
        ("getPricesInArbGas()", &[1_120_000, 8000, 20_000], 1609),
        ("getGasAccountingParams()", &[7_000_000, 32_000_000, 32_000_000], 2409),
        ("getMaxTxGasLimit()", &[32_000_000], 1603),
        ("getMaxBlockGasLimit()", &[32_000_000], 1603),
        ("getL1BaseFeeEstimate()", &[50_000_000_000], 1603),
        ("getL1GasPriceEstimate()", &[50_000_000_000], 1603),
        ("getL1BaseFeeEstimateInertia()", &[10], 1603),
        ("getL1RewardRate()", &[10], 1603),
        ("getL1RewardRecipient()", &[0], 1603),
        ("getCurrentTxL1GasFees()", &[0], 803),
        ("getGasBacklog()", &[0], 1603),
        ("getPricingInertia()", &[102], 1603),
        ("getGasBacklogTolerance()", &[10], 1603),
        ("getL1PricingSurplus()", &[0], 3203),
        ("getPerBatchGasCharge()", &[210_000], 1603),
        ("getAmortizedCostCapBips()", &[0], 1603),
        ("getL1FeesAvailable()", &[0], 1603),
        ("getL1PricingEquilibrationUnits()", &[160_000_000], 1603),
        ("getLastL1PricingUpdateTime()", &[0], 1603),
        ("getL1PricingFundsDueForRewards()", &[0], 1603),
        ("getL1PricingUnitsSinceUpdate()", &[0], 1603),
        ("getLastL1PricingSurplus()", &[0], 1603),
        ("getGasPricingConstraints()", &[32, 0], 1606),
    ];
    for (signature, values, gas) in expected {
        let values: Vec<U256> = values.iter().copied().map(U256::from).collect();
        assert_eq!(gas_info(&mut chain, signature), (values, *gas), "{signature}");
    }
}

#[test]
fn prices_after_the_bootstrap_are_those_of_the_specification() {
    let mut chain = Chain::new(51);
    let zero_price = calldata("setL1PricePerUnit(uint256)", &[U256::ZERO]);
    assert!(chain.call(ARB_OWNER, OWNER, &zero_price).is_success());

    let wei = [0, 0, 2_000_000_000_000_u64, 100_000_000, 0, 100_000_000].map(U256::from);
    assert_eq!(gas_info(&mut chain, "getPricesInWei()").0, wei);
    assert_eq!(gas_info(&mut chain, "getPricesInArbGas()").0, [0, 0, 20_000].map(U256::from));
    let ignored = calldata("getPricesInWeiWithAggregator(address)", &[U256::ZERO]);
    let outcome = chain.call(ARB_GAS_INFO, STRANGER, &ignored);
    assert_eq!((words(&outcome.output), gas_used(&outcome)), (wei.to_vec(), 2421));
}

#[test]
fn poster_fee_of_the_running_transaction_is_shown() {
    let mut chain = Chain::new(51);
    chain.tx.poster_fee = U256::from(77);
    assert_eq!(gas_info(&mut chain, "getCurrentTxL1GasFees()").0, [U256::from(77)]);
}

#[test]
fn newer_getters_are_unknown_to_older_versions() {
    let mut chain = Chain::new(41);
    for signature in ["getMaxTxGasLimit()", "getGasPricingConstraints()"] {
        let outcome = chain.call(ARB_GAS_INFO, STRANGER, &calldata(signature, &[]));
        assert_eq!((outcome.is_success(), outcome.gas_left), (false, 0), "{signature}");
    }
}
