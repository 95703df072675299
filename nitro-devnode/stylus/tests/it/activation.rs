//! `wasm-activation.json`: which modules are accepted, and what activation yields; and the modules
//! of wasm 9.7 that are too large for the file.

use devnode_stylus::{Activation, ActivationConfig, activate};
use serde::Deserialize;

use crate::scripted::{dev_config, engine};

#[derive(Debug, Deserialize)]
struct Vector {
    name: String,
    wasm_hex: String,
    stylus_version: u16,
    arbos_version: u64,
    debug: bool,
    page_limit: u16,
    accepted: bool,
    gas_supplied: Option<u64>,
    init_cost: Option<u16>,
    cached_init_cost: Option<u16>,
    asm_estimate: Option<u32>,
    footprint: Option<u16>,
    activation_gas: Option<u64>,
    instrumented_op_counts: Option<Vec<u32>>,
}

#[test]
fn modules_are_accepted_and_priced_as_measured() {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../vectors/wasm-activation.json"))
            .expect("vectors are JSON");
    assert_eq!(vectors.len(), 204);
    let engine = engine();
    for vector in &vectors {
        let name = &vector.name;
        let module = hex::decode(&vector.wasm_hex).expect(name);
        let config = ActivationConfig {
            arbos_version: vector.arbos_version,
            stylus_version: vector.stylus_version,
            debug_chain: vector.debug,
            page_limit: vector.page_limit,
            ..dev_config()
        };
        let supplied = vector.gas_supplied.unwrap_or(u64::MAX);
        let mut gas = supplied;

        let result = activate(&module, &config, &mut gas);

        assert_eq!(result.is_ok(), vector.accepted, "{name}: {:?}", result.err());
        if let Ok(activation) = result {
            compare(vector, &activation, supplied - gas);
            engine.compile(&activation.program).expect(name);
        }
    }
}

fn compare(vector: &Vector, activation: &Activation, gas: u64) {
    let name = &vector.name;
    assert_eq!(Some(activation.init_cost), vector.init_cost, "{name}: init cost");
    assert_eq!(Some(activation.cached_init_cost), vector.cached_init_cost, "{name}: cached");
    assert_eq!(Some(activation.asm_estimate), vector.asm_estimate, "{name}: estimate");
    assert_eq!(Some(activation.footprint), vector.footprint, "{name}: footprint");
    assert_eq!(
        Some(&activation.operator_counts),
        vector.instrumented_op_counts.as_ref(),
        "{name}: operators"
    );
    assert_eq!(Some(gas), vector.activation_gas, "{name}: gas");
}
