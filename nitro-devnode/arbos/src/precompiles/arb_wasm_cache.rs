//! ArbWasmCache (0x72): which programs start at the cached price (stylus-host.md 7.7).

use alloy_primitives::{Address, B256};

use super::{
    arb_wasm::{read_record, stylus_params},
    call::Context,
    method::{Method, methods},
    outcome::Fault,
};
use crate::{programs::ProgramError, state::slots};

mod abi {
    alloy_sol_types::sol! {
        function isCacheManager(address manager) returns (bool);
        function allCacheManagers() returns (address[] managers);
        function cacheCodehash(bytes32 codehash);
        function cacheProgram(address program);
        function evictCodehash(bytes32 codehash);
        function codehashIsCached(bytes32 codehash) returns (bool);

        event UpdateProgramCache(address indexed manager, bytes32 indexed codehash, bool cached);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    View 30 abi::isCacheManagerCall => is_cache_manager;
    View 30 abi::allCacheManagersCall => all_cache_managers;
    Write 30 ..=30 abi::cacheCodehashCall => cache_codehash;
    Write 31 abi::cacheProgramCall => cache_program;
    Write 30 abi::evictCodehashCall => evict_codehash;
    View 30 abi::codehashIsCachedCall => codehash_is_cached;
};

fn is_cache_manager(
    context: &mut Context<'_>,
    call: abi::isCacheManagerCall,
) -> Result<bool, Fault> {
    Ok(slots::programs::cache_managers().contains(&mut context.state, call.manager)?)
}

fn all_cache_managers(
    context: &mut Context<'_>,
    _: abi::allCacheManagersCall,
) -> Result<Vec<Address>, Fault> {
    Ok(slots::programs::cache_managers().members(&mut context.state)?)
}

fn cache_codehash(context: &mut Context<'_>, call: abi::cacheCodehashCall) -> Result<(), Fault> {
    set_cached(context, call.codehash, true)
}

fn cache_program(context: &mut Context<'_>, call: abi::cacheProgramCall) -> Result<(), Fault> {
    let code_hash = context.code_hash(call.program)?;
    set_cached(context, code_hash, true)
}

fn evict_codehash(context: &mut Context<'_>, call: abi::evictCodehashCall) -> Result<(), Fault> {
    set_cached(context, call.codehash, false)
}

fn codehash_is_cached(
    context: &mut Context<'_>,
    call: abi::codehashIsCachedCall,
) -> Result<bool, Fault> {
    Ok(read_record(context, call.codehash)?.is_cached)
}

fn set_cached(context: &mut Context<'_>, code_hash: B256, is_cached: bool) -> Result<(), Fault> {
    demand_access(context)?;
    let params = stylus_params(context)?;
    let mut record = read_record(context, code_hash)?;
    if is_cached {
        if record.version != params.version {
            // Also for programs that were never activated: version 0.
            let (version, current) = (record.version, params.version);
            return Err(ProgramError::NeedsUpgrade { version, current }.into());
        }
        record.check(&params, context.block().timestamp)?;
    }
    if record.is_cached == is_cached {
        return Ok(());
    }
    context.emit(&abi::UpdateProgramCache {
        manager: context.call.caller,
        codehash: code_hash,
        cached: is_cached,
    })?;
    context.burn(u64::from(record.init_cost))?;
    // The reference looks up the compiled code by it; here only its price matters.
    slots::programs::module_hash(code_hash).get(&mut context.state)?;
    record.is_cached = is_cached;
    Ok(slots::programs::record(code_hash).set(&mut context.state, record.to_word())?)
}

/// Cache managers and chain owners may go on; others lose all gas.
fn demand_access(context: &mut Context<'_>) -> Result<(), Fault> {
    let caller = context.call.caller;
    let state = &mut context.state;
    let may = slots::programs::cache_managers().contains(state, caller)?
        || slots::root::chain_owners().contains(state, caller)?;
    if may { Ok(()) } else { Err(Fault::BurnAll) }
}
