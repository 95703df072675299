//! ArbWasmCache: stylus-host.md 7.7 and number 41 of section 9.

use alloy_primitives::{Address, B256, U256, b256, hex};
use devnode_arbos::{
    Ending,
    address::{ARB_OWNER, ARB_WASM_CACHE},
};

use crate::{
    activation::{ECHO, ECHO_HASH, PROGRAM, active_echo},
    chain::{Chain, OWNER, STRANGER, calldata, gas_used, word, words},
};

const MANAGER: Address = Address::repeat_byte(0xca);

fn with_manager(mut chain: Chain) -> Chain {
    let add = calldata("addWasmCacheManager(address)", &[word(MANAGER)]);
    assert!(chain.call(ARB_OWNER, OWNER, &add).is_success());
    chain.logs.clear();
    chain
}

fn cache(chain: &mut Chain, caller: Address) -> devnode_arbos::PrecompileOutcome {
    chain.call(ARB_WASM_CACHE, caller, &calldata("cacheProgram(address)", &[word(PROGRAM)]))
}

fn evict(chain: &mut Chain, code_hash: B256) -> devnode_arbos::PrecompileOutcome {
    chain.call(ARB_WASM_CACHE, MANAGER, &calldata("evictCodehash(bytes32)", &[word(code_hash)]))
}

fn is_cached(chain: &mut Chain) -> bool {
    let input = calldata("codehashIsCached(bytes32)", &[word(ECHO_HASH)]);
    let outcome = chain.call(ARB_WASM_CACHE, STRANGER, &input);
    assert_eq!(gas_used(&outcome), 1606);
    !words(&outcome.output)[0].is_zero()
}

#[test]
fn caching_and_evicting_cost_the_documented_gas() {
    let mut chain = with_manager(active_echo(51));
    assert!(!is_cached(&mut chain));

    assert_eq!(gas_used(&cache(&mut chain, MANAGER)), 27_686);
    assert!(is_cached(&mut chain));
    let log = chain.logs.pop().expect("a log");
    let topic = b256!("1bfaa29b4618e78f5b398027d530826dbb266dc976a5067f67fdad15434ecfab");
    assert_eq!(log.topics, [topic, B256::from(word(MANAGER)), ECHO_HASH]);
    assert_eq!(words(&log.data), [U256::from(1)]);

    assert_eq!(gas_used(&cache(&mut chain, MANAGER)), 5103, "already cached");
    assert!(chain.logs.is_empty(), "and not logged");
    assert_eq!(gas_used(&evict(&mut chain, ECHO_HASH)), 25_086);
    assert!(!is_cached(&mut chain));
}

#[test]
fn chain_owner_who_is_no_manager_pays_one_more_read() {
    let mut chain = with_manager(active_echo(51));
    assert_eq!(gas_used(&cache(&mut chain, OWNER)), 28_486);
}

#[test]
fn strangers_lose_all_gas() {
    let mut chain = with_manager(active_echo(51));
    let outcome = cache(&mut chain, STRANGER);
    assert_eq!((outcome.ending, outcome.gas_left), (Ending::Revert, 0));
    assert!(outcome.output.is_empty());
}

#[test]
fn unknown_program_needs_an_upgrade_from_version_0() {
    let mut chain = with_manager(Chain::new(51));
    chain.deploy(PROGRAM, ECHO);
    let outcome = cache(&mut chain, MANAGER);
    assert_eq!(outcome.output[..4], hex!("637d968f"));
    assert_eq!(outcome.error_text.as_deref(), Some("error ProgramNeedsUpgrade(0, 2)"));
}

#[test]
fn expired_program_cannot_be_cached_but_evicted() {
    let mut chain = with_manager(active_echo(51));
    assert!(cache(&mut chain, MANAGER).is_success());
    chain.block.timestamp += 366 * 86_400;
    assert!(is_cached(&mut chain), "the flag survives expiry");
    assert!(evict(&mut chain, ECHO_HASH).is_success());
    let outcome = cache(&mut chain, MANAGER);
    assert_eq!(outcome.error_text.as_deref(), Some("error ProgramExpired(31622400)"));
    assert!(evict(&mut chain, B256::ZERO).is_success(), "unknown programs can be evicted");
}

#[test]
fn managers_are_listed_in_order() {
    let mut chain = Chain::new(51);
    let list = calldata("allCacheManagers()", &[]);
    let none = chain.call(ARB_WASM_CACHE, STRANGER, &list);
    assert_eq!(words(&none.output), [32, 0].map(U256::from));
    assert_eq!(gas_used(&none), 1606);

    for manager in [MANAGER, STRANGER, OWNER] {
        let add = calldata("addWasmCacheManager(address)", &[word(manager)]);
        assert!(chain.call(ARB_OWNER, OWNER, &add).is_success());
    }
    let all = chain.call(ARB_WASM_CACHE, STRANGER, &list);
    assert_eq!(words(&all.output)[2..], [word(MANAGER), word(STRANGER), word(OWNER)]);
    assert_eq!(gas_used(&all), 1600 + 800 * 3 + 3 * 5);

    let is_manager = calldata("isCacheManager(address)", &[word(STRANGER)]);
    let outcome = chain.call(ARB_WASM_CACHE, STRANGER, &is_manager);
    assert_eq!((words(&outcome.output)[0], gas_used(&outcome)), (U256::from(1), 1606));

    let remove = calldata("removeWasmCacheManager(address)", &[word(MANAGER)]);
    assert!(chain.call(ARB_OWNER, OWNER, &remove).is_success());
    let again = chain.call(ARB_OWNER, OWNER, &remove);
    assert_eq!(again.ending, Ending::Revert);
    let all = chain.call(ARB_WASM_CACHE, STRANGER, &list);
    assert_eq!(words(&all.output)[2..], [word(OWNER), word(STRANGER)], "the last takes the place");
}
