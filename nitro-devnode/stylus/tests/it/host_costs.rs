//! `host-costs.json`: page gas and the two reference programs.

use alloy_primitives::{B256, keccak256};
use devnode_stylus::{
    ActivationConfig, OutcomeKind, PAGE_EXPONENTS, PageParams, Pages, activate, page_gas, run,
};
use serde_json::Value;

use crate::scripted::{ScriptedChain, dev_config, engine, traced};

fn costs() -> Value {
    serde_json::from_str(include_str!("../vectors/host-costs.json")).expect("costs are JSON")
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .unwrap_or_else(|| panic!("not a number: {value}"))
}

#[test]
fn page_gas_equals_the_examples() {
    let costs = costs();
    let exponents: Vec<u64> =
        costs["page_exponents"].as_array().expect("a list").iter().map(number).collect();
    assert_eq!(exponents, PAGE_EXPONENTS.map(u64::from));
    for example in costs["page_gas_examples"].as_array().expect("a list") {
        let field = |name: &str| number(&example[name]) as u16;
        let params = PageParams { free_pages: field("free_pages"), page_gas: field("page_gas") };
        let pages = Pages { open: field("open"), ever: field("ever") };

        assert_eq!(page_gas(field("new"), pages, params), number(&example["gas"]), "{example}");
    }
}

#[test]
fn reference_programs_activate_and_run_as_measured() {
    let engine = engine();
    for example in costs()["program_examples"].as_array().expect("a list") {
        let name = &example["name"];
        let module = hex::decode(example["wasm_hex"].as_str().expect("hex")).expect("hex");
        let gas_of = |arbos_version| {
            let mut gas = u64::MAX;
            let config = ActivationConfig { arbos_version, ..dev_config() };
            let activation = activate(&module, &config, &mut gas).expect("it activates");
            (activation, u64::MAX - gas)
        };

        let (activation, gas) = gas_of(51);

        assert_eq!(gas, number(&example["activation_metered_gas"]), "{name}");
        assert_eq!(gas_of(31).1, number(&example["activation_metered_gas_arbos30_31"]), "{name}");
        assert_eq!(u64::from(activation.init_cost), number(&example["init_cost"]), "{name}");
        let cached = u64::from(activation.cached_init_cost);
        assert_eq!(cached, number(&example["cached_init_cost"]), "{name}");
        assert_eq!(u64::from(activation.asm_estimate), number(&example["asm_estimate"]), "{name}");
        let config = ActivationConfig { stylus_version: 1, ..dev_config() };
        let first = activate(&module, &config, &mut u64::MAX.clone()).expect("it activates");
        assert_eq!(u64::from(first.init_cost), number(&example["stylus_v1_init_cost"]), "{name}");

        let program = engine.compile(&activation.program).expect("it compiles");
        let mut chain = ScriptedChain::with_pages(activation.footprint);
        let calldata = vec![1; number(&example["run"]["calldata_len"]) as usize];
        let outcome = run(&program, &calldata, 1_000_000, &traced(), &mut chain).expect("it runs");
        assert_eq!(outcome.kind, OutcomeKind::Success, "{name}");
        let ink_used = 10_000_000_000 - outcome.ink_left;
        assert_eq!(ink_used, number(&example["run"]["ink_used"]), "{name}");
        assert_eq!(1_000_000 - outcome.gas_left, number(&example["run"]["gas_used"]), "{name}");
    }
}

#[test]
fn the_deployed_echo_program_decompresses_to_its_module() {
    // host 9, before example 24.
    let deployed = "eff000001b840060c5a26dcd2c2a5943227452ba23e12f56f79d72e01016501c50f2ddf96477c031\
                    b0284ef609f3fb2200168ea5c28a2a2c952aa384bfcbacf7fbf18ea2a6995fcb1b504cf7cb786dd0\
                    118ae712091af15fb1a0a847b316910724ae5962fa87ec01252724";
    let code = hex::decode(deployed).expect("hex");
    let costs = costs();
    let expected = costs["program_examples"][0]["wasm_hex"].as_str().expect("hex");

    let module = devnode_stylus::code::classic_module(&code, 131_072).expect("it decompresses");

    assert_eq!(hex::encode(&module), expected);
    assert_eq!(code.len(), 107);
    let hash: B256 = keccak256(&code);
    assert_eq!(
        hex::encode(hash),
        "d1f8b1ec04ff6141848f68b43a3fcfe87a4b0b2f3b31a32450215d6af9808a4a"
    );
}
