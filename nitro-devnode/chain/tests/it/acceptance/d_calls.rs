//! D: calls and estimates.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, hex};
use devnode_chain::{
    AccountOverride, BlockOverrides, CallError, CallRequest, Chain, ChainConfig, StateOverrides,
};

use crate::wallet::{ALICE, act, call, calldata, chain, deploy, precompile, send, word};

const BOB: Address = Address::repeat_byte(0xb0);

fn reverted(result: Result<Bytes, CallError>) -> (String, Bytes) {
    match result {
        Err(CallError::Reverted { message, data }) => (message, data),
        other => panic!("expected a revert, found {other:?}"),
    }
}

fn failed(result: Result<Bytes, CallError>) -> String {
    match result {
        Err(CallError::Failed(text)) => text,
        other => panic!("expected a failure, found {other:?}"),
    }
}

/// Code that reverts with these bytes.
fn reverting(data: &[u8]) -> Vec<u8> {
    let len = u8::try_from(data.len()).unwrap();
    [&[0x60, len, 0x60, 12, 0x60, 0, 0x39, 0x60, len, 0x60, 0, 0xfd][..], data].concat()
}

#[test]
fn item_49_an_unknown_method_of_a_precompile_reverts_without_data() {
    let refused = reverted(call(&chain(), precompile(0x64), &hex!("12345678")));
    assert_eq!(refused, ("execution reverted".to_owned(), Bytes::new()));
}

#[test]
fn item_50_typed_errors_of_precompiles_have_names() {
    let chain = chain();
    let method = calldata("arbBlockHash(uint256)", &[U256::from(999_999)]);
    let (message, data) = reverted(call(&chain, precompile(0x64), &method));
    let head = chain.head_number();
    assert_eq!(message, format!("execution reverted: error InvalidBlockNumber(999999, {head})"));
    assert_eq!(data[..4], hex!("d5dc642d"));
}

#[test]
fn item_51_only_owners_may_call_arb_owner() {
    let method = calldata("setSpeedLimit(uint64)", &[U256::ONE]);
    let refused = failed(call(&chain(), precompile(0x70), &method));
    assert_eq!(refused, "unauthorized caller to access-controlled method");
}

#[test]
fn item_52_reasons_of_reverts_are_told() {
    let chain = chain();
    let reason = hex!(
        "08c379a0"
        "0000000000000000000000000000000000000000000000000000000000000020"
        "0000000000000000000000000000000000000000000000000000000000000001"
        "7800000000000000000000000000000000000000000000000000000000000000"
    );
    let mut assertion = hex!("4e487b71").to_vec();
    assertion.extend_from_slice(&U256::ONE.to_be_bytes::<32>());
    let words = [1_u64, 2].map(|word| U256::from(word).to_be_bytes::<32>()).concat();
    let upgrade = [&hex!("637d968f")[..], &words].concat();
    let cases: [(&[u8], &str); 6] = [
        (&reason, "execution reverted: x"),
        (&assertion, "execution reverted: assert(false)"),
        (&hex!("deadbeef"), "execution reverted"),
        // A contract passes on what a precompile has said.
        (&hex!("cc944bf2"), "execution reverted: error ProgramUpToDate()"),
        (&upgrade, "execution reverted: error ProgramNeedsUpgrade(1, 2)"),
        (&[], "execution reverted"),
    ];
    for (data, expected) in cases {
        let contract = deploy(&chain, &reverting(data));
        let (message, found) = reverted(call(&chain, contract, b""));
        assert_eq!((message.as_str(), &found[..]), (expected, data));
    }
}

#[test]
fn item_53_an_endless_call_runs_out_of_gas() {
    let chain = chain();
    let endless = deploy(&chain, &hex!("5b600056"));
    assert_eq!(failed(call(&chain, endless, b"")), "out of gas");
}

#[test]
fn item_54_overrides_of_all_kinds_hold_for_one_call() {
    let chain = chain();
    let head = chain.head_number();
    let with = |to: Address, change: AccountOverride| {
        let overrides: StateOverrides = vec![(to, change)];
        let request = CallRequest { from: ALICE, to: Some(to), ..CallRequest::default() };
        let output = chain.call(&request, head, false, &overrides, &BlockOverrides::default());
        U256::from_be_slice(&output.unwrap())
    };
    let code = |hex: &[u8]| Some(Bytes::copy_from_slice(hex));
    let none = AccountOverride::default;
    let seven = B256::with_last_byte(7);

    // SELFBALANCE
    let balance = Some(U256::from(77));
    let seen =
        with(BOB, AccountOverride { balance, code: code(&hex!("475f5260205ff3")), ..none() });
    assert_eq!(seen, U256::from(77));
    // The address that CREATE gives tells the nonce.
    let creating = code(&hex!("5f5f5ff05f5260205ff3"));
    let seen = with(BOB, AccountOverride { nonce: Some(9), code: creating, ..none() });
    assert_eq!(seen, word(BOB.create(9)));
    // SLOAD(0) and SLOAD(1): `state` replaces everything, `state_diff` single slots.
    let reader = deploy(&chain, &hex!("60015f5560025f545f5260015460205260405ff3"));
    let _ = reader;
    let loading = code(&hex!("5f545f5260205ff3"));
    let state = Some(vec![(U256::ZERO, seven)]);
    let seen = with(BOB, AccountOverride { state: state.clone(), code: loading.clone(), ..none() });
    assert_eq!(seen, U256::from(7));
    let seen = with(BOB, AccountOverride { state_diff: state, code: loading, ..none() });
    assert_eq!(seen, U256::from(7));
    assert_eq!(call(&chain, BOB, b""), Ok(Bytes::new()), "nothing stays");
}

#[test]
fn item_54_a_whole_storage_hides_what_is_stored_and_a_diff_does_not() {
    let chain = chain();
    // Without calldata: SSTORE(1, 5). With calldata: SLOAD(1).
    let contract = deploy(&chain, &hex!("36600a576005600155005b6001545f5260205ff3"));
    send(&chain, ALICE, TxKind::Call(contract), 0, Vec::new()).unwrap();
    let slot_1_with = |change: AccountOverride| {
        let input = Bytes::from_static(b"?");
        let request =
            CallRequest { from: ALICE, to: Some(contract), input, ..CallRequest::default() };
        let state = vec![(contract, change)];
        let block = BlockOverrides::default();
        let output = chain.call(&request, chain.head_number(), false, &state, &block);
        U256::from_be_slice(&output.unwrap())
    };
    let other = || Some(vec![(U256::from(9), B256::ZERO)]);

    let diff = AccountOverride { state_diff: other(), ..AccountOverride::default() };
    let whole = AccountOverride { state: other(), ..AccountOverride::default() };
    assert_eq!((slot_1_with(diff), slot_1_with(whole)), (U256::from(5), U256::ZERO));
}

#[test]
fn item_56_a_call_sees_the_state_of_the_block_it_names() {
    let chain = chain();
    // Without calldata: SSTORE(0, SLOAD(0) + 1). With calldata: SLOAD(0).
    let contract = deploy(&chain, &hex!("36600c5760015f54015f55005b5f545f5260205ff3"));
    let first = chain.head_number();
    for _ in 0..3 {
        send(&chain, ALICE, TxKind::Call(contract), 0, Vec::new()).unwrap();
    }
    let counted_at = |chain: &Chain, block| {
        let input = Bytes::from_static(b"?");
        let request =
            CallRequest { from: ALICE, to: Some(contract), input, ..CallRequest::default() };
        let none = BlockOverrides::default();
        chain.call(&request, block, false, &Vec::new(), &none)
    };

    for n in 0..=3 {
        let seen = counted_at(&chain, first + n).unwrap();
        assert_eq!(U256::from_be_slice(&seen), U256::from(n));
        assert_eq!(chain.storage(contract, U256::ZERO, first + n), U256::from(n));
    }
    assert_eq!(counted_at(&chain, first - 1), Ok(Bytes::new()), "it had no code yet");
    assert_eq!(failed(counted_at(&chain, first + 4)), "header not found");
    // Prices are those of the block, too.
    act(&chain, precompile(0x70), "setL1PricePerUnit(uint256)", &[U256::from(5)]);
    let method = calldata("getL1BaseFeeEstimate()", &[]);
    let request =
        CallRequest { to: Some(precompile(0x6c)), input: method.into(), ..CallRequest::default() };
    let at = |block| {
        let none = BlockOverrides::default();
        U256::from_be_slice(&chain.call(&request, block, false, &Vec::new(), &none).unwrap())
    };
    let head = chain.head_number();
    assert_eq!([at(0), at(head - 1), at(head)], [50_000_000_000_u64, 0, 5].map(U256::from));
}

#[test]
fn halts_have_the_words_of_go_ethereum() {
    let chain = chain();
    let cases: [(&[u8], &str); 5] = [
        (&hex!("fe"), "invalid opcode: INVALID"),
        (&hex!("0c"), "invalid opcode: opcode 0xc not defined"),
        (&hex!("4a"), "BLOBBASEFEE is not supported on Arbitrum"),
        (&hex!("01"), "stack underflow (0 <=> 2)"),
        (&hex!("5f56"), "invalid jump destination"),
    ];
    for (code, expected) in cases {
        let contract = deploy(&chain, code);
        assert_eq!(failed(call(&chain, contract, b"")), expected, "{code:02x?}");
    }
}

/// Estimates `estimateRetryableTicket` of a ticket from `BOB` on L1 to `to`.
fn ticket_estimate(to: Address, deposit: u64, value: u64) -> Result<u64, CallError> {
    let chain = Chain::new(ChainConfig::bare()).expect("a chain with its L1 price");
    let signature =
        "estimateRetryableTicket(address,uint256,address,uint256,address,address,bytes)";
    let arguments = [
        word(BOB),
        U256::from(deposit),
        word(to),
        U256::from(value),
        word(BOB),
        word(BOB),
        U256::from(7 * 32),
        U256::ZERO,
    ];
    let request = CallRequest {
        to: Some(precompile(0xc8)),
        input: calldata(signature, &arguments).into(),
        ..CallRequest::default()
    };
    chain.estimate_gas(&request, 0, true, &StateOverrides::new(), &BlockOverrides::default())
}

#[test]
fn a_ticket_is_estimated_as_its_redeem_by_the_alias_with_the_deposit() {
    // Without the L1 part, which nobody pays for a redeem.
    assert_eq!(ticket_estimate(Address::repeat_byte(7), 5, 5), Ok(21_000));

    let refused = ticket_estimate(Address::repeat_byte(7), 4, 5);

    let Err(CallError::Failed(text)) = refused else { panic!("{refused:?}") };
    let alias = address!("C1C1B0B0b0B0B0b0b0b0B0b0B0B0B0B0b0B0C1c1");
    assert!(text.contains(&format!("address {alias} have 4 want 5")), "{text}");
}
