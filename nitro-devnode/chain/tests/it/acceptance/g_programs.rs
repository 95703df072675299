//! G and H: programs as the tools meet them, and prices under load.

use alloy_consensus::TxEip1559;
use alloy_primitives::{TxKind, U256, hex};
use devnode_chain::{BlockOverrides, CallError, CallRequest, Chain};

use crate::{
    programs::{ECHO, activate, activation},
    wallet::{
        ALICE, BASE_FEE, act, ask, call, calldata, chain, deploy, precompile, signed, transaction,
    },
};

/// Message and data of a refused activation.
fn refused_activation(chain: &Chain, input: Vec<u8>, wei: u64) -> (String, Vec<u8>) {
    let request = CallRequest {
        from: ALICE,
        to: Some(precompile(0x71)),
        value: U256::from(wei),
        input: input.into(),
        ..CallRequest::default()
    };
    let none = BlockOverrides::default();
    match chain.call(&request, chain.head_number(), false, &Vec::new(), &none) {
        Err(CallError::Reverted { message, data }) => (message, data.to_vec()),
        other => panic!("expected a revert, found {other:?}"),
    }
}

#[test]
fn item_70_a_code_hash_without_record_is_not_activated() {
    let method = calldata("codehashVersion(bytes32)", &[U256::from_be_bytes([0x11; 32])]);
    let refused = refused_activation(&chain(), method, 0);
    let message = "execution reverted: error ProgramNotActivated()".to_owned();
    assert_eq!(refused, (message, hex!("6f809c4e").to_vec()));
}

#[test]
fn item_75_a_program_runs_from_its_activation_on_which_is_done_once() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);
    let before = call(&chain, echo, b"x");
    assert_eq!(before, Err(CallError::Failed("error ProgramNotActivated()".to_owned())));

    activate(&chain, echo);

    assert_eq!(call(&chain, echo, b"x").unwrap()[..], *b"x");
    let (_, data) = refused_activation(&chain, activation(echo), 1_000_000_000_000_000);
    assert_eq!(data, hex!("cc944bf2"));
}

#[test]
fn item_76_an_activation_without_value_names_the_fee() {
    let chain = chain();
    let echo = deploy(&chain, &ECHO);

    let (message, data) = refused_activation(&chain, activation(echo), 0);

    assert_eq!(data[..4], hex!("09781ab7"));
    let fee = U256::from_be_slice(&data[36..]);
    assert_eq!(U256::from_be_slice(&data[4..36]), U256::ZERO);
    assert!(fee > U256::from(10_u64.pow(13)) && fee < U256::from(10_u64.pow(14)), "{fee}");
    assert_eq!(message, format!("execution reverted: error ProgramInsufficientValue(0, {fee})"));
}

/// devnode.md 2.4 with the parameters of dev mode.
fn base_fee(backlog: u64) -> u64 {
    let (speed, tolerance, inertia) = (7_000_000_u64, 10, 102);
    let excess = backlog.saturating_sub(tolerance * speed);
    let x = excess * 10_000 / (inertia * speed);
    let mut r = 10_000 + x / 4;
    for i in (1..4).rev() {
        r = 10_000 + r * x / (i * 10_000);
    }
    100_000_000 * r / 10_000
}

#[test]
fn item_95_a_burst_raises_the_base_fee_as_the_model_says() {
    let chain = chain();
    let endless = deploy(&chain, &hex!("5b600056"));
    act(&chain, precompile(0x70), "setGasBacklog(uint64)", &[U256::ZERO]);
    let first = chain.head_number() + 1;
    for _ in 0..8 {
        let tx = TxEip1559 {
            to: TxKind::Call(endless),
            gas_limit: 25_000_000,
            max_fee_per_gas: 100 * BASE_FEE,
            ..transaction(&chain, ALICE)
        };
        chain.send_raw(&signed(tx, ALICE)).unwrap();
    }

    // What the transaction of the owner itself used is in the backlog, too.
    let mut backlog = chain.block(first - 1).unwrap().header.gas_used;
    for number in first..=chain.head_number() {
        let [parent, block] = [number - 1, number].map(|n| chain.block(n).unwrap());
        let passed = block.header.timestamp - parent.header.timestamp;
        backlog = backlog.saturating_sub(passed * 7_000_000);
        let expected = base_fee(backlog);
        backlog += block.header.gas_used;
        let next = chain.block(number + 1);
        if let Some(next) = next {
            assert_eq!(next.header.base_fee_per_gas, Some(expected), "block {}", number + 1);
        }
    }
    let stored = ask(&chain, precompile(0x6c), "getGasBacklog()", &[]);
    assert_eq!(stored, [U256::from(backlog)]);
    assert!(base_fee(80_000_000) == 101_400_000 && base_fee(1_000_000_000) == 363_880_000);
}
