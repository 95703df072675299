//! Acceptance item 89: random calls of precompiles have the same gas and the same answer.

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256, hex};
use nitro_devnode::DEV_ACCOUNT;

use super::calldata::random_call;
use super::cast::{deploy, program};
use super::pair::{Pair, Probe};
use super::random::Random;
use super::wish::Wish;
use crate::trace_rig::{CALLER, evm_caller, evm_relay, relay};

/// Every method of the specification: address, selector, signature, kind, first version.
const METHODS: &str = include_str!("../../../arbos/tests/it/methods.txt");

/// Calls that are compared.
const CALLS: usize = 100;

/// Ends the production of blocks (devnode.md 4.11), or would change a chain for everybody who uses it.
const NEVER: [&str; 2] = ["panic()", "becomeChainOwner()"];

/// Answers and gas of these follow from what others did before, which two chains may not share.
const OF_THE_PAST: [&str; 19] = [
    "arbBlockNumber()",
    "arbBlockHash(uint256)",
    "withdrawEth(address)",
    "sendTxToL1(address,bytes)",
    "sendMerkleTreeState()",
    "getBalance(address)",
    "getStats()",
    "getAllChainOwners()",
    "allCacheManagers()",
    "register(address)",
    "lookup(address)",
    "lookupIndex(uint256)",
    "addressExists(address)",
    "compress(address)",
    "decompress(bytes,uint256)",
    "size()",
    "getL1FeesAvailable()",
    "getL1PricingSurplus()",
    "getL1PricingUnitsSinceUpdate()",
];

struct Method {
    precompile: Address,
    signature: &'static str,
}

/// The methods by precompile.
fn by_precompile(is_linked: bool) -> Vec<Vec<Method>> {
    let mut precompiles: Vec<Vec<Method>> = Vec::new();
    for line in METHODS.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let (address, signature) = (words.next().unwrap(), words.nth(1).unwrap());
        if NEVER.contains(&signature) || (!is_linked && OF_THE_PAST.contains(&signature)) {
            continue;
        }
        let precompile =
            Address::left_padding_from(&hex::decode(format!("{address:0>6}")).unwrap());
        let method = Method { precompile, signature };
        match precompiles.last_mut() {
            Some(last) if last[0].precompile == precompile => last.push(method),
            _ => precompiles.push(vec![method]),
        }
    }
    precompiles
}

/// Who calls a precompile.
struct Callers {
    evm: Address,
    evm_static: Address,
    evm_delegate: Address,
    program: Address,
}

async fn callers(pair: &mut Pair) -> Callers {
    // The relay of `evm_caller` with STATICCALL and DELEGATECALL, which take no value.
    let relay = |call: u8| {
        let mut code = hex!(
            "6020360380602060003760006000916000600035" "5a" "00" "3d6000803e" "6022573d6000fd5b3d6000f3"
        );
        code[21] = call;
        code
    };
    Callers {
        evm: deploy(pair, "a caller", &evm_caller(), &[]).await,
        evm_static: deploy(pair, "a static caller", &relay(0xfa), &[]).await,
        evm_delegate: deploy(pair, "a delegating caller", &relay(0xf4), &[]).await,
        program: program(pair, "a calling program", CALLER, &[]).await,
    }
}

/// A call of a method: mostly as it is meant, sometimes not.
fn wish(method: &Method, callers: &Callers, addresses: &[Address], random: &mut Random) -> Wish {
    let mut input = random_call(method.signature, addresses, random);
    let mut manner = String::new();
    match random.below(10) {
        0 => {
            input.truncate(random.index(input.len()));
            manner.push_str(", cut off");
        }
        1 => {
            input[1] ^= 0x55;
            manner.push_str(", unknown selector");
        }
        2 => {
            input.extend_from_slice(&random.bytes(7));
            manner.push_str(", with more bytes");
        }
        _ => {}
    }
    let to = method.precompile;
    let (by, to, input) = match random.below(8) {
        0 => ("EVM", callers.evm, evm_relay(to, &input)),
        1 => ("static EVM", callers.evm_static, evm_relay(to, &input)),
        2 => ("delegating EVM", callers.evm_delegate, evm_relay(to, &input)),
        3 => ("program", callers.program, relay(to, &input)),
        _ => ("transaction", to, input),
    };
    let value = U256::from(if random.one_in(6) { 1 + random.below(9) } else { 0 });
    if !value.is_zero() {
        manner.push_str(", with value");
    }
    // Enough for everything, or too little for most that writes.
    let gas = if random.one_in(5) { 24_000 + random.below(6_000) } else { 400_000 };
    let step = format!("{}.{} by {by}{manner}, {gas} gas", method.precompile, method.signature);
    Wish { value, gas, ..Wish::call(step, to, input) }
}

#[tokio::test]
async fn item_89_random_calls_of_precompiles_have_the_same_gas_and_the_same_answer() {
    let mut pair = Pair::meet("precompiles").await;
    let mut random = Random::seeded(89);
    let callers = callers(&mut pair).await;
    let precompiles = by_precompile(pair.is_linked);
    let addresses = [
        pair.signer.address,
        DEV_ACCOUNT.address,
        callers.evm,
        callers.program,
        Address::repeat_byte(0x77),
    ];

    let (mut called, mut reasons) = (0, BTreeSet::new());
    while called < CALLS {
        let methods = random.pick::<Vec<Method>>(&precompiles);
        let method = random.pick(methods);
        let wish = wish(method, &callers, &addresses, &mut random);
        let receipt = pair.run(&wish, &[Probe::Trace(r#"{"tracer":"callTracer"}"#)]).await;
        // Refused by both: the gas does not cover the calldata.
        if !receipt.is_null() {
            called += 1;
            reasons.insert(receipt["gasUsed"].to_string());
        }
    }

    let [succeeded, failed, _] = pair.tally;
    assert!(succeeded >= 25 && failed >= 25, "{succeeded} succeeded, {failed} failed");
    assert!(reasons.len() >= 40, "{} different amounts of gas", reasons.len());
    pair.agrees();
}
