//! ArbWasm: stylus-host.md 6 and 7, and numbers 24, 25, 28 to 30, 37 to 40 and 42 of section 9.

use alloy_primitives::{Address, B256, U256, address, b256, hex};
use devnode_arbos::{
    Ending, PrecompileCall, PrecompileOutcome,
    address::{ARB_OWNER, ARB_WASM},
    programs::{InitGas, ProgramError, ProgramRecord, program_gate},
};

use crate::chain::{Chain, OWNER, STRANGER, call_of, calldata, gas_used, word, words};

/// The echo program of stylus-host.md section 9 as it is deployed.
pub(crate) const ECHO: &[u8] = &hex!(
    "eff000001b840060c5a26dcd2c2a5943227452ba23e12f56f79d72e01016501c50f2ddf96477c031b0284ef609f3fb"
    "2200168ea5c28a2a2c952aa384bfcbacf7fbf18ea2a6995fcb1b504cf7cb786dd0118ae712091af15fb1a0a847b316"
    "910724ae5962fa87ec01252724"
);
pub(crate) const ECHO_HASH: B256 =
    b256!("d1f8b1ec04ff6141848f68b43a3fcfe87a4b0b2f3b31a32450215d6af9808a4a");
pub(crate) const PROGRAM: Address = address!("00000000000000000000000000000000000ec400");
/// Data fee of the echo program on a chain without demand, in wei.
const ECHO_FEE: u64 = 43_643_882_122_550;
const ETHER: u64 = 1_000_000_000_000_000_000;

pub(crate) fn activate(chain: &mut Chain) -> PrecompileOutcome {
    let input = calldata("activateProgram(address)", &[word(PROGRAM)]);
    chain.pay(ARB_WASM, STRANGER, U256::from(ETHER), &input)
}

pub(crate) fn active_echo(arbos_version: u64) -> Chain {
    let mut chain = Chain::new(arbos_version);
    chain.deploy(PROGRAM, ECHO);
    assert!(activate(&mut chain).is_success());
    chain
}

fn get(chain: &mut Chain, signature: &str, argument: Option<U256>) -> PrecompileOutcome {
    chain.call(ARB_WASM, STRANGER, &calldata(signature, argument.as_slice()))
}

#[test]
fn first_activation_costs_the_documented_gas_and_fee() {
    for (version, gas) in [(32, 1_811_974), (40, 1_811_974), (51, 1_811_974), (60, 1_812_774)] {
        let mut chain = Chain::new(version);
        assert_eq!(chain.deploy(PROGRAM, ECHO), ECHO_HASH);

        let outcome = activate(&mut chain);

        assert!(outcome.is_success(), "{version}: {outcome:?}");
        assert_eq!(gas_used(&outcome), gas, "{version}");
        assert_eq!(words(&outcome.output), [U256::from(2), U256::from(ECHO_FEE)]);
        assert_eq!(chain.balances[&Address::ZERO], U256::from(ECHO_FEE), "network account");
        assert_eq!(chain.balances[&STRANGER], U256::from(ETHER - ECHO_FEE), "the rest");
        assert_eq!(chain.balances[&ARB_WASM], U256::ZERO);
    }
}

#[test]
fn activation_stores_the_documented_record() {
    let mut chain = active_echo(51);

    let record = chain.state().program(ECHO_HASH);

    let packed = b256!("0002001b000b0001019ad20001f6000000000000000000000000000000000000");
    assert_eq!(record.to_word(), packed);
    assert_eq!(ProgramRecord::from_word(packed), record);
    let model = |chain: &mut Chain| {
        use devnode_arbos::state::slots::programs as slot;
        let mut state = chain.state();
        (state.read(slot::data_demand()), state.read(slot::data_last_update()))
    };
    assert_eq!(model(&mut chain), (513_850, 1_800_000_000));
}

#[test]
fn activation_is_logged() {
    let chain = active_echo(51);
    let log = chain.logs.last().expect("a log");
    let topic = b256!("c0e812780707128d9a180db8ee4d1c1f1300b6dd0626d577b5d9ac759b76253c");
    assert_eq!(log.topics, [topic, ECHO_HASH]);
    let data = words(&log.data);
    assert_ne!(data[0], U256::ZERO, "module hash");
    assert_eq!(data[1..], [word(PROGRAM), U256::from(ECHO_FEE), U256::from(2)]);
}

#[test]
fn configured_activation_gas_is_added_in_version_60() {
    let mut chain = Chain::new(60);
    chain.deploy(PROGRAM, ECHO);
    let set = calldata("setWasmActivationGas(uint64)", &[U256::from(1_000_000)]);
    assert!(chain.call(ARB_OWNER, OWNER, &set).is_success());

    assert_eq!(gas_used(&activate(&mut chain)), 2_812_774);
    let shown = get(&mut chain, "activationGas()", None);
    assert_eq!((words(&shown.output)[0], gas_used(&shown)), (U256::from(1_000_000), 1603));
}

#[test]
fn second_activation_of_the_same_code_is_up_to_date() {
    let mut chain = active_echo(51);

    let outcome = activate(&mut chain);

    assert_eq!(outcome.ending, Ending::Revert);
    assert_eq!(outcome.output[..], hex!("cc944bf2"));
    assert_eq!(outcome.error_text.as_deref(), Some("error ProgramUpToDate()"));
    assert_eq!(gas_used(&outcome), 803 + 1_659_168 + 900 + 3);
}

#[test]
fn too_little_value_is_refused_and_changes_nothing() {
    let mut chain = Chain::new(51);
    chain.deploy(PROGRAM, ECHO);
    let before = chain.storage.clone();
    let input = calldata("activateProgram(address)", &[word(PROGRAM)]);

    let outcome = chain.pay(ARB_WASM, STRANGER, U256::from(ECHO_FEE - 1), &input);

    assert_eq!(outcome.output[..4], hex!("09781ab7"));
    assert_eq!(words(&outcome.output[4..]), [ECHO_FEE - 1, ECHO_FEE].map(U256::from));
    let text = "error ProgramInsufficientValue(43643882122549, 43643882122550)";
    assert_eq!(outcome.error_text.as_deref(), Some(text));
    // All but the event and the result; the error has three words.
    assert_eq!(gas_used(&outcome), 1_811_974 - 2149 - 6 + 9);
    assert_eq!(chain.storage, before);

    let exact = chain.pay(ARB_WASM, STRANGER, U256::from(ECHO_FEE), &input);
    assert!(exact.is_success());
}

#[test]
fn account_without_code_is_no_wasm() {
    let mut chain = Chain::new(51);
    let outcome = activate(&mut chain);
    assert_eq!(outcome.output[..], hex!("27f38212"));
    assert_eq!(gas_used(&outcome), 803 + 1_659_168 + 900 + 3);
}

#[test]
fn other_code_reverts_plainly_and_from_version_60_as_no_wasm() {
    for (version, code, data) in [
        (51, &hex!("6000")[..], &[][..]),
        (51, &hex!("eff0010102"), &[]),
        (51, &hex!("eff00200000000ff"), &[]),
        (60, &hex!("6000"), &hex!("27f38212")),
        (60, &hex!("eff0010102"), &[]),
        (60, &hex!("eff00001ff"), &[]),
        (51, &hex!("eff00000ffff"), &[]),
        (60, &hex!("eff00200000000ff"), &[]),
    ] {
        let mut chain = Chain::new(version);
        chain.deploy(PROGRAM, code);
        let outcome = activate(&mut chain);
        assert_eq!(outcome.ending, Ending::Revert);
        assert_eq!(outcome.output[..], *data, "{version} {code:02x?}");
        assert!(outcome.gas_left > 0);
    }
}

#[test]
fn destructed_account_reverts_plainly() {
    let mut chain = Chain::new(51);
    chain.deploy(PROGRAM, ECHO);
    chain.destroyed.insert(PROGRAM);
    let outcome = activate(&mut chain);
    assert_eq!((outcome.ending, outcome.output.len()), (Ending::Revert, 0));
    assert_eq!(gas_used(&outcome), 803 + 1_659_168);
}

#[test]
fn running_out_of_gas_anywhere_burns_everything_and_reverts_empty() {
    for gas in [0, 802, 1_659_970, 1_700_000, 1_725_018, 1_800_000, 1_811_973] {
        let mut chain = Chain::new(51);
        chain.deploy(PROGRAM, ECHO);
        let before = chain.storage.clone();
        let input = calldata("activateProgram(address)", &[word(PROGRAM)]);
        let value = U256::from(ETHER);
        let call = PrecompileCall { gas, value, ..call_of(ARB_WASM, STRANGER, &input) };
        let outcome = chain.run(&call);
        assert_eq!((outcome.ending, outcome.gas_left), (Ending::Revert, 0), "{gas}");
        assert!(outcome.output.is_empty());
        assert_eq!(chain.storage, before);
    }
}

#[test]
fn module_that_breaks_a_rule_fails_with_all_gas_and_a_text() {
    let mut chain = Chain::new(51);
    // An empty module: magic number and version.
    chain.deploy(PROGRAM, &program_of(&hex!("0061736d01000000")));

    let outcome = activate(&mut chain);

    assert_eq!((outcome.ending, outcome.gas_left), (Ending::Failure, 0));
    let text = outcome.error_text.expect("a text");
    assert!(text.starts_with("program activation failed: "), "{text}");
}

/// Classic code of a module.
fn program_of(module: &[u8]) -> Vec<u8> {
    use std::io::Write;

    let mut code = hex!("eff00000").to_vec();
    let mut writer = brotli::CompressorWriter::new(&mut code, 4096, 11, 22);
    writer.write_all(module).expect("memory can be written");
    drop(writer);
    code
}

#[test]
fn expired_program_is_activated_again_at_the_same_price_and_keeps_its_flag() {
    let mut chain = active_echo(51);
    let mut record = chain.state().program(ECHO_HASH);
    record.is_cached = true;
    chain.state().set_program(ECHO_HASH, &record);
    chain.block.timestamp += 366 * 86_400;

    let outcome = activate(&mut chain);

    // One more read for the flag.
    assert_eq!(gas_used(&outcome), 1_811_974 + 800);
    let record = chain.state().program(ECHO_HASH);
    assert!(record.is_cached);
    assert_eq!(record.age_seconds(chain.block.timestamp), 0);
}

#[test]
fn root_program_joins_its_fragments_in_version_60() {
    let (first, second) = (address!("00000000000000000000000000000000000000f1"), OWNER);
    let stream = &ECHO[4..];
    let mut chain = Chain::new(60);
    chain.deploy(first, &[&hex!("eff001")[..], &stream[..50]].concat());
    chain.deploy(second, &[&hex!("eff001")[..], &stream[50..]].concat());
    let root = [&hex!("eff0020000000085")[..], first.as_slice(), second.as_slice()].concat();
    chain.deploy(PROGRAM, &root);
    chain.warm.insert(second);

    let outcome = activate(&mut chain);

    // Codes of 53 and 56 bytes are two words each.
    assert!(outcome.is_success(), "{outcome:?}");
    assert_eq!(gas_used(&outcome), 1_812_774 + 2600 + 6 + 100 + 6);
    assert_eq!(chain.state().program(alloy_primitives::keccak256(&root)).version, 2);
}

#[test]
fn root_programs_with_wrong_parts_revert_plainly() {
    let fragment = address!("00000000000000000000000000000000000000f1");
    let head = |length: u32| [&hex!("eff00200")[..], &length.to_be_bytes()].concat();
    let of = |length: u32, count: usize| {
        [head(length), std::iter::repeat_n(fragment.as_slice(), count).flatten().copied().collect()]
            .concat()
    };
    let whole = [&hex!("eff001")[..], &ECHO[4..]].concat();
    for (root, part) in [
        (of(133, 0), &whole[..]),
        (of(133, 3), &whole),
        (of(132, 1), &whole),
        (of(134, 1), &whole),
        (of(200_000, 1), &whole),
        (of(133, 1), ECHO),
        (of(133, 1), &[]),
    ] {
        let mut chain = Chain::new(60);
        chain.deploy(fragment, part);
        chain.deploy(PROGRAM, &root);
        let outcome = activate(&mut chain);
        assert_eq!((outcome.ending, outcome.output.len()), (Ending::Revert, 0), "{root:02x?}");
        assert!(outcome.gas_left > 0);
    }
}

#[test]
fn fragment_read_needs_gas_for_the_largest_code() {
    let fragment = address!("00000000000000000000000000000000000000f1");
    let mut chain = Chain::new(60);
    // No fragment: what is read reverts plainly, what is not read burns everything.
    chain.deploy(fragment, &hex!("fe"));
    let root = [&hex!("eff0020000000085")[..], fragment.as_slice()].concat();
    chain.deploy(PROGRAM, &root);
    let input = calldata("activateProgram(address)", &[word(PROGRAM)]);
    let before_read = 803 + 800 + 1_659_168 + 900;
    let needed = 2600 + 3 * 768;
    for (gas, gas_left) in
        [(before_read + needed - 1, 0), (before_read + needed, needed - 2600 - 3)]
    {
        let call = PrecompileCall { gas, ..call_of(ARB_WASM, STRANGER, &input) };
        let outcome = chain.run(&call);
        assert_eq!((outcome.ending, outcome.gas_left), (Ending::Revert, gas_left));
    }
}

#[test]
fn parameter_getters_answer_at_903_gas() {
    let mut chain = Chain::new(51);
    for (signature, value) in [
        ("stylusVersion()", 2),
        ("inkPrice()", 10_000),
        ("maxStackDepth()", 22_000),
        ("freePages()", 2),
        ("pageGas()", 1000),
        ("pageRamp()", 620_674_314),
        ("pageLimit()", 128),
        ("initCostScalar()", 100),
        ("expiryDays()", 365),
        ("keepaliveDays()", 31),
        ("blockCacheSize()", 32_u64),
    ] {
        let outcome = get(&mut chain, signature, None);
        assert_eq!(words(&outcome.output), [U256::from(value)], "{signature}");
        assert_eq!(gas_used(&outcome), 903, "{signature}");
    }
    let outcome = get(&mut chain, "minInitGas()", None);
    assert_eq!(words(&outcome.output), [8832, 352].map(U256::from));
    assert_eq!(gas_used(&outcome), 906);
}

#[test]
fn program_getters_answer_at_the_documented_gas() {
    let mut chain = active_echo(51);
    chain.block.timestamp += 7200;
    let hash = Some(word(ECHO_HASH));
    let program = Some(word(PROGRAM));
    for (signature, argument, values, gas) in [
        ("codehashVersion(bytes32)", hash, &[2_u64][..], 1706),
        ("codehashAsmSize(bytes32)", hash, &[514_048], 1706),
        ("programVersion(address)", program, &[2], 4306),
        ("programMemoryFootprint(address)", program, &[1], 4306),
        ("programTimeLeft(address)", program, &[31_536_000 - 7200], 4306),
        ("programInitGas(address)", program, &[9222, 363], 4309),
    ] {
        let outcome = get(&mut chain, signature, argument);
        let values: Vec<U256> = values.iter().copied().map(U256::from).collect();
        assert_eq!(words(&outcome.output), values, "{signature}");
        assert_eq!(gas_used(&outcome), gas, "{signature}");
    }
}

#[test]
fn program_getters_name_what_is_wrong() {
    let mut chain = active_echo(51);
    let unknown = get(&mut chain, "codehashVersion(bytes32)", Some(U256::from(0x11)));
    assert_eq!(unknown.output[..], hex!("6f809c4e"));
    assert_eq!(unknown.error_text.as_deref(), Some("error ProgramNotActivated()"));
    assert_eq!(gas_used(&unknown), 803 + 900 + 3);

    let record = chain.state().program(ECHO_HASH);
    chain.state().set_program(ECHO_HASH, &ProgramRecord { version: 1, ..record });
    let old = get(&mut chain, "codehashVersion(bytes32)", Some(word(ECHO_HASH)));
    assert_eq!(old.output[..4], hex!("637d968f"));
    assert_eq!(old.error_text.as_deref(), Some("error ProgramNeedsUpgrade(1, 2)"));

    chain.state().set_program(ECHO_HASH, &record);
    chain.block.timestamp = 1_831_536_001;
    let expired = get(&mut chain, "programTimeLeft(address)", Some(word(PROGRAM)));
    assert_eq!(expired.output[..4], hex!("c9b12e52"));
    assert_eq!(expired.error_text.as_deref(), Some("error ProgramExpired(31536001)"));
}

#[test]
fn gate_lets_a_program_run_until_its_year_is_over() {
    let mut chain = active_echo(51);
    let mut state = chain.state();
    assert!(program_gate(&mut state, ECHO_HASH, 1_831_536_000).is_ok());
    assert_eq!(
        program_gate(&mut state, ECHO_HASH, 1_831_536_001),
        Err(ProgramError::Expired { age_seconds: 31_536_001 })
    );
    assert_eq!(program_gate(&mut state, B256::ZERO, 0), Err(ProgramError::NotActivated));
}

#[test]
fn start_up_gas_is_that_of_the_examples() {
    let mut chain = active_echo(51);
    let (params, record) =
        program_gate(&mut chain.state(), ECHO_HASH, 1_800_000_000).expect("active");
    let gas = InitGas::of(&params, &record);
    assert_eq!((gas.charge(false), gas.charge(true)), (9222, 363));

    let record = ProgramRecord { init_cost: 1000, cached_cost: 200, ..record };
    let gas = InitGas::of(&params, &record);
    assert_eq!((gas.init, gas.cached), (9832, 552));
    let scaled = InitGas::of(
        &devnode_arbos::programs::StylusParams { init_cost_scalar_units: 1, ..params },
        &ProgramRecord { init_cost: 1, ..record },
    );
    assert_eq!(scaled.init, 8833, "parts of a gas are rounded up");

    let first = devnode_arbos::programs::StylusParams { version: 1, ..params };
    let gas = InitGas::of(&first, &record);
    assert_eq!((gas.charge(false), gas.charge(true)), (9832, 552));
}

#[test]
fn keeping_a_program_alive_restarts_its_clock_for_67884_gas() {
    let mut chain = active_echo(51);
    chain.block.timestamp += 31 * 86_400;
    let input = calldata("codehashKeepalive(bytes32)", &[word(ECHO_HASH)]);

    let outcome = chain.pay(ARB_WASM, STRANGER, U256::from(ETHER), &input);

    assert!(outcome.is_success(), "{outcome:?}");
    assert_eq!(gas_used(&outcome), 67_884);
    let record = chain.state().program(ECHO_HASH);
    assert_eq!(record.age_seconds(chain.block.timestamp), 0);
    let log = chain.logs.last().expect("a log");
    let topic = b256!("03802ba32e3bd489d2ab04abb93d10687e0b6883bcb091206ca75172d248f2ec");
    assert_eq!(log.topics, [topic, ECHO_HASH]);
    // 514,048 bytes at a demand that has fallen to nothing in between.
    let mut model = devnode_arbos::programs::DataFeeModel::INITIAL;
    let fee = model.add(514_048, chain.block.timestamp);
    assert_eq!(words(&log.data), [fee]);
}

#[test]
fn keeping_alive_too_soon_or_without_a_program_is_refused() {
    let mut chain = active_echo(51);
    chain.block.timestamp += 31 * 86_400 - 1;
    let input = calldata("codehashKeepalive(bytes32)", &[word(ECHO_HASH)]);
    let outcome = chain.pay(ARB_WASM, STRANGER, U256::from(ETHER), &input);
    assert_eq!(outcome.output[..4], hex!("16bd0cf8"));
    assert_eq!(outcome.error_text.as_deref(), Some("error ProgramKeepaliveTooSoon(2678399)"));

    let input = calldata("codehashKeepalive(bytes32)", &[U256::from(1)]);
    let outcome = chain.pay(ARB_WASM, STRANGER, U256::from(ETHER), &input);
    assert_eq!(outcome.output[..], hex!("6f809c4e"));
}

#[test]
fn estimates_with_all_gas_do_not_overflow() {
    let mut chain = Chain::new(51);
    chain.deploy(PROGRAM, ECHO);
    let input = calldata("activateProgram(address)", &[word(PROGRAM)]);
    let call = PrecompileCall {
        gas: u64::MAX,
        value: U256::from(ETHER),
        ..call_of(ARB_WASM, STRANGER, &input)
    };
    assert_eq!(u64::MAX - chain.run(&call).gas_left, 1_811_974);
}
