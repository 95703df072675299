//! ArbInfo, ArbStatistics, ArbAddressTable, ArbFunctionTable, ArbosTest, ArbAggregator,
//! ArbRetryableTx: devnode.md 4.5 and 4.12.

use alloy_primitives::{Address, U256, hex};
use devnode_arbos::{
    Ending, PrecompileOutcome,
    address::{
        ARB_ADDRESS_TABLE, ARB_AGGREGATOR, ARB_FUNCTION_TABLE, ARB_INFO, ARB_RETRYABLE_TX,
        ARB_STATISTICS, ARBOS_TEST, SEQUENCER,
    },
};

use crate::chain::{Chain, OWNER, PLENTY, STRANGER, calldata, gas_used, word, words};

fn ask(chain: &mut Chain, to: Address, signature: &str, arguments: &[U256]) -> PrecompileOutcome {
    chain.call(to, STRANGER, &calldata(signature, arguments))
}

#[test]
fn balance_and_code_can_be_asked() {
    let mut chain = Chain::new(51);
    chain.balances.insert(OWNER, U256::from(9));
    chain.deploy(OWNER, &[7; 33]);
    let balance = ask(&mut chain, ARB_INFO, "getBalance(address)", &[word(OWNER)]);
    assert_eq!((words(&balance.output)[0], gas_used(&balance)), (U256::from(9), 1506));
    let code = ask(&mut chain, ARB_INFO, "getCode(address)", &[word(OWNER)]);
    assert_eq!(code.output[64..97], [7; 33]);
    assert_eq!(gas_used(&code), 803 + 2100 + 6 + 3 * 4);
}

#[test]
fn statistics_are_the_block_number() {
    let mut chain = Chain::new(51);
    let stats = ask(&mut chain, ARB_STATISTICS, "getStats()", &[]);
    assert_eq!(words(&stats.output), [1, 0, 0, 0, 0, 0].map(U256::from));
    assert_eq!(gas_used(&stats), 818);
}

#[test]
fn registered_addresses_have_indices() {
    let mut chain = Chain::new(51);
    let table = ARB_ADDRESS_TABLE;
    for (account, index) in [(OWNER, 0_u64), (SEQUENCER, 1), (OWNER, 0)] {
        let outcome = ask(&mut chain, table, "register(address)", &[word(account)]);
        assert_eq!(words(&outcome.output), [U256::from(index)]);
    }
    assert_eq!(words(&ask(&mut chain, table, "size()", &[]).output), [U256::from(2)]);
    let lookup = ask(&mut chain, table, "lookup(address)", &[word(SEQUENCER)]);
    assert_eq!(words(&lookup.output), [U256::from(1)]);
    let back = ask(&mut chain, table, "lookupIndex(uint256)", &[U256::from(1)]);
    assert_eq!(words(&back.output), [word(SEQUENCER)]);
    for index in [U256::from(2), U256::MAX] {
        assert!(!ask(&mut chain, table, "lookupIndex(uint256)", &[index]).is_success());
    }
    assert!(!ask(&mut chain, table, "lookup(address)", &[word(STRANGER)]).is_success());
    let exists = ask(&mut chain, table, "addressExists(address)", &[word(STRANGER)]);
    assert_eq!(words(&exists.output), [U256::ZERO]);
}

#[test]
fn compressed_addresses_come_back() {
    let mut chain = Chain::new(51);
    for account in [OWNER, SEQUENCER] {
        ask(&mut chain, ARB_ADDRESS_TABLE, "register(address)", &[word(account)]);
    }
    for (account, rlp) in [
        (OWNER, hex!("80").to_vec()),
        (SEQUENCER, hex!("01").to_vec()),
        (STRANGER, [&[0x94], STRANGER.as_slice()].concat()),
    ] {
        let compressed = ask(&mut chain, ARB_ADDRESS_TABLE, "compress(address)", &[word(account)]);
        let length = words(&compressed.output)[1].to::<usize>();
        assert_eq!(compressed.output[64..64 + length], rlp);

        let mut input = calldata(
            "decompress(bytes,uint256)",
            &[word(64_u64), U256::from(2), U256::from(rlp.len() + 2)],
        );
        input.extend_from_slice(&[0xff, 0xff]);
        input.extend_from_slice(&rlp);
        input.resize(input.len().next_multiple_of(32) + 4, 0);
        let outcome = chain.call(ARB_ADDRESS_TABLE, STRANGER, &input);
        assert_eq!(words(&outcome.output), [word(account), U256::from(rlp.len())]);
    }
}

#[test]
fn odd_compressed_bytes_are_refused() {
    let mut chain = Chain::new(51);
    for bytes in [&[][..], &[0x94, 1], &[0xc0], &[0xb8, 1, 1], &[0x7f], &[0x89; 10]] {
        let mut input = calldata(
            "decompress(bytes,uint256)",
            &[word(64_u64), U256::ZERO, U256::from(bytes.len())],
        );
        input.extend_from_slice(bytes);
        input.resize(4 + 96 + bytes.len().next_multiple_of(32), 0);
        let outcome = chain.call(ARB_ADDRESS_TABLE, STRANGER, &input);
        assert_eq!((outcome.ending, outcome.output.len()), (Ending::Revert, 0), "{bytes:02x?}");
        assert!(outcome.gas_left > 0);
    }
    let far = calldata("decompress(bytes,uint256)", &[word(64_u64), U256::MAX, U256::ZERO]);
    assert!(!chain.call(ARB_ADDRESS_TABLE, STRANGER, &far).is_success());
}

#[test]
fn function_table_is_empty() {
    let mut chain = Chain::new(51);
    let size = ask(&mut chain, ARB_FUNCTION_TABLE, "size(address)", &[word(OWNER)]);
    assert_eq!(words(&size.output), [U256::ZERO]);
    let get = ask(&mut chain, ARB_FUNCTION_TABLE, "get(address,uint256)", &[U256::ZERO; 2]);
    assert_eq!(get.ending, Ending::Revert);
    let upload = [word(32_u64), U256::ZERO];
    assert!(ask(&mut chain, ARB_FUNCTION_TABLE, "upload(bytes)", &upload).is_success());
}

#[test]
fn gas_can_be_burnt_up_to_all_of_it() {
    let mut chain = Chain::new(51);
    let some = ask(&mut chain, ARBOS_TEST, "burnArbGas(uint256)", &[U256::from(1000)]);
    assert_eq!((some.is_success(), gas_used(&some)), (true, 1003));
    let all = ask(&mut chain, ARBOS_TEST, "burnArbGas(uint256)", &[U256::MAX]);
    assert_eq!((all.is_success(), gas_used(&all)), (true, PLENTY));
}

#[test]
fn sequencer_is_the_only_batch_poster() {
    let mut chain = Chain::new(51);
    let preferred =
        ask(&mut chain, ARB_AGGREGATOR, "getPreferredAggregator(address)", &[word(OWNER)]);
    assert_eq!(words(&preferred.output), [word(SEQUENCER), U256::from(1)]);
    let posters = ask(&mut chain, ARB_AGGREGATOR, "getBatchPosters()", &[]);
    assert_eq!(words(&posters.output)[1..], [U256::from(1), word(SEQUENCER)]);
    let collector = ask(&mut chain, ARB_AGGREGATOR, "getFeeCollector(address)", &[word(SEQUENCER)]);
    assert_eq!(words(&collector.output), [word(SEQUENCER)]);
    let fee = ask(&mut chain, ARB_AGGREGATOR, "getTxBaseFee(address)", &[word(SEQUENCER)]);
    assert_eq!(words(&fee.output), [U256::ZERO]);
}

#[test]
fn owners_add_batch_posters_and_posters_choose_collectors() {
    let mut chain = Chain::new(51);
    let add = calldata("addBatchPoster(address)", &[word(STRANGER)]);
    assert!(!chain.call(ARB_AGGREGATOR, STRANGER, &add).is_success());
    assert!(chain.call(ARB_AGGREGATOR, OWNER, &add).is_success());
    let collect = calldata("setFeeCollector(address,address)", &[word(STRANGER), word(SEQUENCER)]);
    assert!(!chain.call(ARB_AGGREGATOR, Address::repeat_byte(1), &collect).is_success());
    assert!(chain.call(ARB_AGGREGATOR, STRANGER, &collect).is_success());
    let shown = ask(&mut chain, ARB_AGGREGATOR, "getFeeCollector(address)", &[word(STRANGER)]);
    assert_eq!(words(&shown.output), [word(SEQUENCER)]);
}

#[test]
fn there_are_no_retryable_tickets() {
    let mut chain = Chain::new(51);
    let lifetime = ask(&mut chain, ARB_RETRYABLE_TX, "getLifetime()", &[]);
    assert_eq!((words(&lifetime.output)[0], gas_used(&lifetime)), (U256::from(604_800), 803));
    for method in ["getTimeout", "getBeneficiary", "keepalive", "cancel", "redeem"] {
        let signature = format!("{method}(bytes32)");
        let outcome = ask(&mut chain, ARB_RETRYABLE_TX, &signature, &[U256::from(1)]);
        assert_eq!(outcome.output[..], hex!("80698456"), "{method}");
        assert_eq!(outcome.error_text.as_deref(), Some("error NoTicketWithID()"));
    }
    let redeemer = ask(&mut chain, ARB_RETRYABLE_TX, "getCurrentRedeemer()", &[]);
    assert_eq!(words(&redeemer.output), [U256::ZERO]);
}
