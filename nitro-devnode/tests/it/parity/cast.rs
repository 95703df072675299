//! The contracts and programs that a scenario plays with, deployed on both nodes.

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use serde::Deserialize;

use super::generated::random_program;
use super::pair::{Pair, Probe};
use super::random::Random;
use super::wish::Wish;
use crate::rig::{init_code, store_contract};
use crate::trace_rig::{ARB_WASM, CALLER, CREATOR, REVERTER, STORER, evm_caller};

/// Single host calls: `env` and `expected` are for the tests of `devnode-stylus`.
const HOST_RUNS: &str = include_str!("../../../stylus/tests/vectors/host-runs.json");

/// Modules with random code.
const RANDOM_MODULES: &str = include_str!("../../../stylus/tests/vectors/wasm-ink-random.json");

#[derive(Deserialize)]
struct HostRuns {
    runs: Vec<HostRun>,
}

#[derive(Deserialize)]
struct HostRun {
    name: String,
    wat: String,
    env: HostRunEnv,
}

#[derive(Deserialize)]
struct HostRunEnv {
    calldata_hex: String,
}

#[derive(Deserialize)]
struct RandomModule {
    name: String,
    wat: String,
    calldata_hex: String,
}

/// A program and calldata that it understands.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) program: Address,
    pub(crate) input: Bytes,
}

/// Who takes part.
pub(crate) struct Cast {
    /// Stores a word, logs and returns it; reverts without calldata.
    pub(crate) evm_store: Address,
    /// Calls the address in the first word of calldata with the rest.
    pub(crate) evm_caller: Address,
    /// Creates what the calldata says with CREATE2, and returns the address.
    pub(crate) evm_creator: Address,
    /// Loops until the gas is gone.
    pub(crate) evm_endless: Address,
    /// Stops, whatever it gets.
    pub(crate) evm_payee: Address,
    /// Stores and loads a word.
    pub(crate) storer: Address,
    /// Calls the address in the first 20 bytes of calldata with the rest.
    pub(crate) caller: Address,
    /// Creates what the calldata says.
    pub(crate) creator: Address,
    /// Reverts with its calldata.
    pub(crate) reverter: Address,
    /// Is deployed, but not activated.
    pub(crate) dormant: Address,
    /// Makes accounts that neither node has seen.
    salt: B256,
    /// Programs of the vectors and random ones.
    pub(crate) vectors: Vec<Vector>,
}

impl Cast {
    /// An account that neither node has seen.
    pub(crate) fn stranger(&self, random: &mut Random) -> Address {
        let number = random.next().to_be_bytes();
        Address::from_slice(&keccak256([self.salt.as_slice(), &number].concat())[12..])
    }

    /// Calls every program of the vectors and every random one.
    pub(crate) async fn call_vectors(&self, pair: &mut Pair, probes: &[Probe]) {
        for Vector { name, program, input } in &self.vectors {
            let wish = Wish::call(format!("the program {name}"), *program, input.clone());
            pair.run(&wish, probes).await;
        }
    }
}

/// Deploys everybody and compares that, too; `vectors` programs of each of three kinds.
pub(crate) async fn assemble(
    pair: &mut Pair,
    random: &mut Random,
    vectors: usize,
    probes: &[Probe],
) -> Cast {
    let evm = [
        ("a store", store_contract()),
        ("a caller", evm_caller()),
        // CALLDATACOPY(0, 0, size), CREATE2(value, 0, size, salt = size), return the word.
        ("a creator", hex!("365f5f3736365f34f55f5260205ff3").to_vec()),
        ("an endless loop", hex!("5b5f56").to_vec()),
        ("a payee", hex!("00").to_vec()),
    ];
    let mut contracts = Vec::new();
    for (name, code) in evm {
        contracts.push(deploy(pair, name, &code, probes).await);
    }
    let mut programs = Vec::new();
    for (name, wat) in
        [("storer", STORER), ("caller", CALLER), ("creator", CREATOR), ("reverter", REVERTER)]
    {
        programs.push(program(pair, name, wat, probes).await);
    }
    let dormant = salted_code(pair, &STORER.replace("(memory", "(func) (memory"));
    let dormant = deploy(pair, "a program that is not activated", &dormant, probes).await;
    let mut all_vectors = deploy_vectors(pair, random, vectors, probes).await;
    let targets = [contracts[0], contracts[4], programs[0]];
    all_vectors.extend(deploy_random(pair, random, vectors, targets, probes).await);
    let [evm_store, evm_caller, evm_creator, evm_endless, evm_payee] = contracts[..] else {
        unreachable!()
    };
    let [storer, caller, creator, reverter] = programs[..] else { unreachable!() };
    Cast {
        evm_store,
        evm_caller,
        evm_creator,
        evm_endless,
        evm_payee,
        storer,
        caller,
        creator,
        reverter,
        dormant,
        salt: pair.key("strangers"),
        vectors: all_vectors,
    }
}

/// A choice of the vectors' programs.
async fn deploy_vectors(
    pair: &mut Pair,
    random: &mut Random,
    count: usize,
    probes: &[Probe],
) -> Vec<Vector> {
    let runs: HostRuns = serde_json::from_str(HOST_RUNS).unwrap();
    let modules: Vec<RandomModule> = serde_json::from_str(RANDOM_MODULES).unwrap();
    let mut chosen = Vec::new();
    for _ in 0..count {
        let run = random.pick(&runs.runs);
        chosen.push((&run.name, &run.wat, &run.env.calldata_hex));
        let module = random.pick(&modules);
        chosen.push((&module.name, &module.wat, &module.calldata_hex));
    }
    let mut vectors = Vec::new();
    for (name, wat, calldata) in chosen {
        // A name may be drawn twice; the second activation is refused, as it should be.
        let program = program(pair, name, wat, probes).await;
        let input = hex::decode(calldata).unwrap().into();
        vectors.push(Vector { name: name.clone(), program, input });
    }
    vectors
}

/// Random programs, with calldata that begins with one of these addresses.
async fn deploy_random(
    pair: &mut Pair,
    random: &mut Random,
    count: usize,
    targets: [Address; 3],
    probes: &[Probe],
) -> Vec<Vector> {
    let mut vectors = Vec::new();
    for number in 1..=count {
        let name = format!("generated {number}");
        let program = program(pair, &name, &random_program(random), probes).await;
        let input = [random.pick(&targets).as_slice(), &random.bytes(300)].concat().into();
        vectors.push(Vector { name, program, input });
    }
    vectors
}

/// Deploys code; its address.
pub(crate) async fn deploy(pair: &mut Pair, name: &str, code: &[u8], probes: &[Probe]) -> Address {
    let address = pair.signer.address.create(pair.nonce);
    pair.run(&Wish::create(format!("deployment of {name}"), init_code(code)), probes).await;
    address
}

/// Deploys and activates a module that neither node has seen; its address.
pub(crate) async fn program(pair: &mut Pair, name: &str, wat: &str, probes: &[Probe]) -> Address {
    let code = salted_code(pair, wat);
    let program = deploy(pair, name, &code, probes).await;
    pair.run(&activation(name, program), probes).await;
    program
}

/// An activation that pays more than the fee.
pub(crate) fn activation(name: &str, program: Address) -> Wish {
    let input = [&hex!("58c780c2")[..], program.into_word().as_slice()].concat();
    Wish {
        value: U256::from(10).pow(U256::from(16)),
        gas: 20_000_000,
        ..Wish::call(format!("activation of {name}"), ARB_WASM, input)
    }
}

/// Deployed code of a program that neither node has seen.
pub(crate) fn salted_code(pair: &Pair, wat: &str) -> Vec<u8> {
    let module = pair.salted(wat::parse_str(wat).unwrap());
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut module.as_slice(), &mut code, &parameters).unwrap();
    code
}
