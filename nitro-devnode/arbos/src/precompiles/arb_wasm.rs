//! ArbWasm (0x71): activation of programs, and what ArbOS knows about them.

use alloy_primitives::{Address, B256, U256};
use devnode_stylus::Activation;

use super::{
    call::{Context, custom},
    error_text::PrecompileErrors as errors,
    method::{Method, methods},
    outcome::Fault,
};
use crate::{
    programs::{
        InitGas, PAGE_RAMP, ProgramError, ProgramRecord, StylusParams,
        activate::{ActivateError, activate_module, module_of},
        data_fee::data_fee,
        hours_since_epoch,
    },
    state::slots,
    version,
};

mod abi {
    alloy_sol_types::sol! {
        function activateProgram(address program) returns (uint16 version, uint256 dataFee);
        function stylusVersion() returns (uint16 version);
        function inkPrice() returns (uint32 price);
        function maxStackDepth() returns (uint32 depth);
        function freePages() returns (uint16 pages);
        function pageGas() returns (uint16 gas);
        function pageRamp() returns (uint64 ramp);
        function pageLimit() returns (uint16 limit);
        function minInitGas() returns (uint64 gas, uint64 cached);
        function initCostScalar() returns (uint64 percent);
        function expiryDays() returns (uint16 days_);
        function keepaliveDays() returns (uint16 days_);
        function blockCacheSize() returns (uint16 count);
        function activationGas() returns (uint64 gas);
        function codehashVersion(bytes32 codehash) returns (uint16 version);
        function codehashKeepalive(bytes32 codehash);
        function codehashAsmSize(bytes32 codehash) returns (uint32 size);
        function programVersion(address program) returns (uint16 version);
        function programInitGas(address program) returns (uint64 gas, uint64 gasWhenCached);
        function programMemoryFootprint(address program) returns (uint16 footprint);
        function programTimeLeft(address program) returns (uint64 seconds_);

        event ProgramActivated(bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version);
        event ProgramLifetimeExtended(bytes32 indexed codehash, uint256 dataFee);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    Payable 30 abi::activateProgramCall => activate_program;
    View 30 abi::stylusVersionCall => stylus_version;
    View 30 abi::inkPriceCall => ink_price;
    View 30 abi::maxStackDepthCall => max_stack_depth;
    View 30 abi::freePagesCall => free_pages;
    View 30 abi::pageGasCall => page_gas;
    View 30 abi::pageRampCall => page_ramp;
    View 30 abi::pageLimitCall => page_limit;
    View 30 abi::minInitGasCall => min_init_gas;
    View 30 abi::initCostScalarCall => init_cost_scalar;
    View 30 abi::expiryDaysCall => expiry_days;
    View 30 abi::keepaliveDaysCall => keepalive_days;
    View 30 abi::blockCacheSizeCall => block_cache_size;
    View 60 abi::activationGasCall => activation_gas;
    View 30 abi::codehashVersionCall => codehash_version;
    Payable 30 abi::codehashKeepaliveCall => codehash_keepalive;
    View 30 abi::codehashAsmSizeCall => codehash_asm_size;
    View 30 abi::programVersionCall => program_version;
    View 30 abi::programInitGasCall => program_init_gas;
    View 30 abi::programMemoryFootprintCall => program_memory_footprint;
    View 30 abi::programTimeLeftCall => program_time_left;
};

/// Fixed gas of an activation.
const ACTIVATION_GAS: u64 = 1_659_168;

// ----- activation ---------------------------------------------------------------------------------

fn activate_program(
    context: &mut Context<'_>,
    call: abi::activateProgramCall,
) -> Result<(u16, U256), Fault> {
    burn_fixed_gas(context)?;
    if context.backend().is_self_destructed(call.program) {
        return Err(Fault::Plain);
    }
    let code_hash = context.backend().code_hash(call.program);
    let params = stylus_params(context)?;
    let old = read_record(context, code_hash)?;
    let now = context.block().timestamp;
    let is_expired = old.activated_at_hours == 0 || old.is_expired(&params, now);
    if old.version == params.version && !is_expired {
        return Err(custom(&errors::ProgramUpToDate {}));
    }

    let version = context.version;
    let state = &mut context.state;
    let module = module_of(state, call.program, &params, version)?;
    let activation = activate_module(state, &module, code_hash, &params, version)?;
    if old.is_cached {
        // The old module hash, to refresh the native cache.
        slots::programs::module_hash(code_hash).get(state)?;
    }
    let fee = store_activation(context, code_hash, &activation, &params, old.is_cached)?;
    pay_data_fee(context, fee)?;
    context.emit(&abi::ProgramActivated {
        codehash: code_hash,
        moduleHash: activation.module_hash,
        program: call.program,
        dataFee: fee,
        version: params.version,
    })?;
    Ok((params.version, fee))
}

fn burn_fixed_gas(context: &mut Context<'_>) -> Result<(), Fault> {
    if context.version >= version::ARBOS_60 {
        let configured = slots::programs::activation_gas().get(&mut context.state)?;
        context.burn(configured)?;
    }
    context.burn(ACTIVATION_GAS)
}

/// Writes module hash, data-fee model and record; returns the data fee.
fn store_activation(
    context: &mut Context<'_>,
    code_hash: B256,
    activation: &Activation,
    params: &StylusParams,
    is_cached: bool,
) -> Result<U256, Fault> {
    let now = context.block().timestamp;
    let state = &mut context.state;
    slots::programs::module_hash(code_hash).set(state, activation.module_hash)?;
    let fee = data_fee(state, activation.asm_estimate, now)?;
    let record = ProgramRecord {
        version: params.version,
        init_cost: activation.init_cost,
        cached_cost: activation.cached_init_cost,
        footprint: activation.footprint,
        activated_at_hours: hours_since_epoch(now),
        asm_kib: activation.asm_estimate.div_ceil(1024),
        is_cached,
    };
    slots::programs::record(code_hash).set(state, record.to_word())?;
    Ok(fee)
}

/// Fee to the network account, the rest back to the caller, without calls.
fn pay_data_fee(context: &mut Context<'_>, fee: U256) -> Result<(), Fault> {
    let value = context.call.value;
    let network = slots::root::network_fee_account().get(&mut context.state)?;
    let Some(rest) = value.checked_sub(fee) else {
        return Err(custom(&errors::ProgramInsufficientValue { have: value, want: fee }));
    };
    let (own, caller) = (context.call.acting, context.call.caller);
    let backend = context.backend();
    let is_paid = backend.transfer(own, network, fee) && backend.transfer(own, caller, rest);
    // The value was moved here before the call; missing balance means a broken chain.
    if is_paid { Ok(()) } else { Err(Fault::Plain) }
}

fn codehash_keepalive(
    context: &mut Context<'_>,
    call: abi::codehashKeepaliveCall,
) -> Result<(), Fault> {
    let (params, mut record) = active_record(context, call.codehash)?;
    let now = context.block().timestamp;
    let age = record.age_seconds(now);
    if age < params.keepalive_seconds() {
        return Err(custom(&errors::ProgramKeepaliveTooSoon { ageInSeconds: age }));
    }
    let fee = data_fee(&mut context.state, record.asm_bytes(), now)?;
    record.activated_at_hours = hours_since_epoch(now);
    slots::programs::record(call.codehash).set(&mut context.state, record.to_word())?;
    pay_data_fee(context, fee)?;
    context.emit(&abi::ProgramLifetimeExtended { codehash: call.codehash, dataFee: fee })
}

impl From<ActivateError> for Fault {
    fn from(error: ActivateError) -> Self {
        match error {
            ActivateError::OutOfGas => Self::BurnAll,
            ActivateError::NotWasm => custom(&errors::ProgramNotWasm {}),
            ActivateError::BadCode => Self::Plain,
            ActivateError::Refused(_) => Self::Failure(error.to_string()),
        }
    }
}

// ----- programs -----------------------------------------------------------------------------------

/// The parameters: 100 gas.
pub(super) fn stylus_params(context: &mut Context<'_>) -> Result<StylusParams, Fault> {
    context.burn(100)?;
    let slot = slots::programs::params().key();
    let word = context.backend().storage(crate::address::ARBOS_STATE, slot);
    Ok(StylusParams::from_word(word.into(), context.version))
}

pub(super) fn read_record(
    context: &mut Context<'_>,
    code_hash: B256,
) -> Result<ProgramRecord, Fault> {
    let word = slots::programs::record(code_hash).get(&mut context.state)?;
    Ok(ProgramRecord::from_word(word))
}

/// Parameters and record of a program that may run.
fn active_record(
    context: &mut Context<'_>,
    code_hash: B256,
) -> Result<(StylusParams, ProgramRecord), Fault> {
    let params = stylus_params(context)?;
    let record = read_record(context, code_hash)?;
    record.check(&params, context.block().timestamp)?;
    Ok((params, record))
}

impl From<ProgramError> for Fault {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::NotActivated => custom(&errors::ProgramNotActivated {}),
            ProgramError::NeedsUpgrade { version, current } => {
                custom(&errors::ProgramNeedsUpgrade { version, stylusVersion: current })
            }
            ProgramError::Expired { age_seconds } => {
                custom(&errors::ProgramExpired { ageInSeconds: age_seconds })
            }
        }
    }
}

fn program_at(
    context: &mut Context<'_>,
    program: Address,
) -> Result<(StylusParams, ProgramRecord), Fault> {
    let code_hash = context.code_hash(program)?;
    active_record(context, code_hash)
}

fn codehash_version(
    context: &mut Context<'_>,
    call: abi::codehashVersionCall,
) -> Result<u16, Fault> {
    Ok(active_record(context, call.codehash)?.1.version)
}

fn codehash_asm_size(
    context: &mut Context<'_>,
    call: abi::codehashAsmSizeCall,
) -> Result<u32, Fault> {
    Ok(active_record(context, call.codehash)?.1.asm_bytes())
}

fn program_version(context: &mut Context<'_>, call: abi::programVersionCall) -> Result<u16, Fault> {
    Ok(program_at(context, call.program)?.1.version)
}

fn program_init_gas(
    context: &mut Context<'_>,
    call: abi::programInitGasCall,
) -> Result<(u64, u64), Fault> {
    let (params, record) = program_at(context, call.program)?;
    let gas = InitGas::of(&params, &record);
    Ok((gas.charge(false), gas.cached))
}

fn program_memory_footprint(
    context: &mut Context<'_>,
    call: abi::programMemoryFootprintCall,
) -> Result<u16, Fault> {
    Ok(program_at(context, call.program)?.1.footprint)
}

fn program_time_left(
    context: &mut Context<'_>,
    call: abi::programTimeLeftCall,
) -> Result<u64, Fault> {
    let now = context.block().timestamp;
    let (params, record) = program_at(context, call.program)?;
    Ok(params.expiry_seconds().saturating_sub(record.age_seconds(now)))
}

// ----- parameters ---------------------------------------------------------------------------------

fn stylus_version(context: &mut Context<'_>, _: abi::stylusVersionCall) -> Result<u16, Fault> {
    Ok(stylus_params(context)?.version)
}

fn ink_price(context: &mut Context<'_>, _: abi::inkPriceCall) -> Result<u32, Fault> {
    Ok(stylus_params(context)?.ink_price)
}

fn max_stack_depth(context: &mut Context<'_>, _: abi::maxStackDepthCall) -> Result<u32, Fault> {
    Ok(stylus_params(context)?.max_stack_depth)
}

fn free_pages(context: &mut Context<'_>, _: abi::freePagesCall) -> Result<u16, Fault> {
    Ok(stylus_params(context)?.free_pages)
}

fn page_gas(context: &mut Context<'_>, _: abi::pageGasCall) -> Result<u16, Fault> {
    Ok(stylus_params(context)?.page_gas)
}

fn page_ramp(context: &mut Context<'_>, _: abi::pageRampCall) -> Result<u64, Fault> {
    stylus_params(context)?;
    Ok(PAGE_RAMP)
}

fn page_limit(context: &mut Context<'_>, _: abi::pageLimitCall) -> Result<u16, Fault> {
    Ok(stylus_params(context)?.page_limit)
}

fn min_init_gas(context: &mut Context<'_>, _: abi::minInitGasCall) -> Result<(u64, u64), Fault> {
    let params = stylus_params(context)?;
    if context.version < 32 {
        return Err(Fault::Plain);
    }
    Ok((params.min_init_gas(), params.min_cached_init_gas()))
}

fn init_cost_scalar(context: &mut Context<'_>, _: abi::initCostScalarCall) -> Result<u64, Fault> {
    Ok(stylus_params(context)?.init_cost_scalar_percent())
}

fn expiry_days(context: &mut Context<'_>, _: abi::expiryDaysCall) -> Result<u16, Fault> {
    Ok(stylus_params(context)?.expiry_days)
}

fn keepalive_days(context: &mut Context<'_>, _: abi::keepaliveDaysCall) -> Result<u16, Fault> {
    Ok(stylus_params(context)?.keepalive_days)
}

fn block_cache_size(context: &mut Context<'_>, _: abi::blockCacheSizeCall) -> Result<u16, Fault> {
    Ok(stylus_params(context)?.block_cache_size)
}

fn activation_gas(context: &mut Context<'_>, _: abi::activationGasCall) -> Result<u64, Fault> {
    Ok(slots::programs::activation_gas().get(&mut context.state)?)
}
