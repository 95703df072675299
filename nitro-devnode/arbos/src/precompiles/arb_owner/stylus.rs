//! Parameters of Stylus programs and their cache managers.

use super::{Context, Fault, Method, demand, methods, write};
use crate::{precompiles::arb_wasm::stylus_params, programs::StylusParams, state::slots};

mod abi {
    alloy_sol_types::sol! {
        function setInkPrice(uint32 price);
        function setWasmMaxStackDepth(uint32 depth);
        function setWasmFreePages(uint16 pages);
        function setWasmPageGas(uint16 gas);
        function setWasmPageLimit(uint16 limit);
        function setWasmMaxSize(uint32 size);
        function setWasmMinInitGas(uint8 gas, uint16 cached);
        function setWasmInitCostScalar(uint64 percent);
        function setWasmExpiryDays(uint16 days_);
        function setWasmKeepaliveDays(uint16 days_);
        function setWasmBlockCacheSize(uint16 count);
        function addWasmCacheManager(address manager);
        function removeWasmCacheManager(address manager);
        function setMaxStylusContractFragments(uint8 count);
        function setWasmActivationGas(uint64 gas);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    Write 30 abi::setInkPriceCall => set_ink_price;
    Write 30 abi::setWasmMaxStackDepthCall => set_max_stack_depth;
    Write 30 abi::setWasmFreePagesCall => set_free_pages;
    Write 30 abi::setWasmPageGasCall => set_page_gas;
    Write 30 abi::setWasmPageLimitCall => set_page_limit;
    Write 40 abi::setWasmMaxSizeCall => set_max_size;
    Write 30 abi::setWasmMinInitGasCall => set_min_init_gas;
    Write 30 abi::setWasmInitCostScalarCall => set_init_cost_scalar;
    Write 30 abi::setWasmExpiryDaysCall => set_expiry_days;
    Write 30 abi::setWasmKeepaliveDaysCall => set_keepalive_days;
    Write 30 abi::setWasmBlockCacheSizeCall => set_block_cache_size;
    Write 30 abi::addWasmCacheManagerCall => add_cache_manager;
    Write 30 abi::removeWasmCacheManagerCall => remove_cache_manager;
    Write 60 abi::setMaxStylusContractFragmentsCall => set_max_fragments;
    Write 60 abi::setWasmActivationGasCall => set_activation_gas;
};

/// Largest ink price: the stored field has 24 bits.
const MAX_INK_PRICE: u32 = (1 << 24) - 1;

fn change(context: &mut Context<'_>, edit: impl FnOnce(&mut StylusParams)) -> Result<(), Fault> {
    let mut params = stylus_params(context)?;
    edit(&mut params);
    let word = params.to_word(context.version);
    write(context, slots::programs::params(), word)
}

fn set_ink_price(context: &mut Context<'_>, call: abi::setInkPriceCall) -> Result<(), Fault> {
    demand((1..=MAX_INK_PRICE).contains(&call.price))?;
    change(context, |params| params.ink_price = call.price)
}

fn set_max_stack_depth(
    context: &mut Context<'_>,
    call: abi::setWasmMaxStackDepthCall,
) -> Result<(), Fault> {
    change(context, |params| params.max_stack_depth = call.depth)
}

fn set_free_pages(context: &mut Context<'_>, call: abi::setWasmFreePagesCall) -> Result<(), Fault> {
    change(context, |params| params.free_pages = call.pages)
}

fn set_page_gas(context: &mut Context<'_>, call: abi::setWasmPageGasCall) -> Result<(), Fault> {
    change(context, |params| params.page_gas = call.gas)
}

fn set_page_limit(context: &mut Context<'_>, call: abi::setWasmPageLimitCall) -> Result<(), Fault> {
    change(context, |params| params.page_limit = call.limit)
}

fn set_max_size(context: &mut Context<'_>, call: abi::setWasmMaxSizeCall) -> Result<(), Fault> {
    change(context, |params| params.max_wasm_size = call.size)
}

fn set_min_init_gas(
    context: &mut Context<'_>,
    call: abi::setWasmMinInitGasCall,
) -> Result<(), Fault> {
    change(context, |params| params.set_min_init_gas(call.gas.into(), call.cached.into()))
}

fn set_init_cost_scalar(
    context: &mut Context<'_>,
    call: abi::setWasmInitCostScalarCall,
) -> Result<(), Fault> {
    change(context, |params| params.set_init_cost_scalar(call.percent))
}

fn set_expiry_days(
    context: &mut Context<'_>,
    call: abi::setWasmExpiryDaysCall,
) -> Result<(), Fault> {
    change(context, |params| params.expiry_days = call.days_)
}

fn set_keepalive_days(
    context: &mut Context<'_>,
    call: abi::setWasmKeepaliveDaysCall,
) -> Result<(), Fault> {
    change(context, |params| params.keepalive_days = call.days_)
}

fn set_block_cache_size(
    context: &mut Context<'_>,
    call: abi::setWasmBlockCacheSizeCall,
) -> Result<(), Fault> {
    change(context, |params| params.block_cache_size = call.count)
}

fn add_cache_manager(
    context: &mut Context<'_>,
    call: abi::addWasmCacheManagerCall,
) -> Result<(), Fault> {
    slots::programs::cache_managers().add(&mut context.state, call.manager)?;
    Ok(())
}

fn remove_cache_manager(
    context: &mut Context<'_>,
    call: abi::removeWasmCacheManagerCall,
) -> Result<(), Fault> {
    demand(slots::programs::cache_managers().remove(&mut context.state, call.manager)?)
}

fn set_max_fragments(
    context: &mut Context<'_>,
    call: abi::setMaxStylusContractFragmentsCall,
) -> Result<(), Fault> {
    change(context, |params| params.max_fragment_count = call.count)
}

fn set_activation_gas(
    context: &mut Context<'_>,
    call: abi::setWasmActivationGasCall,
) -> Result<(), Fault> {
    write(context, slots::programs::activation_gas(), call.gas)
}
