//! Host functions on storage and transient storage (host 3).

use alloy_primitives::B256;
use wasmtime::Result;

use super::{
    price,
    session::{Session, fail},
    sstore,
};
use crate::{RunContext, SlotRead};

/// The surcharge of a load that misses the cache, in gas: before ArbOS 32 the ink price of an EVM
/// request was taken for gas (host 3.2).
const fn api_gas(context: &RunContext) -> u64 {
    if context.arbos_version >= 32 {
        price::EVM_API / context.ink_price as u64
    } else {
        price::EVM_API
    }
}

pub(super) async fn load(host: &mut Session<'_>, key: u32, dest: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 2 * price::PTR)?;
    let api_gas = api_gas(host.context());
    host.require_gas(price::COLD_SLOAD_GAS + price::STORAGE_COUNTER_GAS + api_gas)?;
    let slot = host.read_word(key)?;
    let counter_gas = host.state().storage.count_load();
    let (value, gas) = match host.state().storage.get(slot) {
        Some(value) => (value, counter_gas),
        None => {
            let SlotRead { value, was_cold } = host.ask(move |api| api.storage_load(slot)).await?;
            host.state().storage.insert_known(slot, value);
            let access = if was_cold { price::COLD_SLOAD_GAS } else { price::WARM_ACCESS_GAS };
            (value, counter_gas + api_gas + access)
        }
    };
    host.buy_gas(gas)?;
    host.write(dest, value.as_slice())?;
    host.finish(&[slot.as_slice()], &[value.as_slice()]);
    Ok(())
}

/// Changes only the cache of this call.
pub(super) fn cache(host: &mut Session<'_>, key: u32, value: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 2 * price::PTR)?;
    host.require_gas(price::SSTORE_SENTRY_GAS + price::STORAGE_COUNTER_GAS)?;
    let slot = host.read_word(key)?;
    let value = host.read_word(value)?;
    let counter_gas = host.state().storage.count_write();
    host.state().storage.write(slot, value);
    host.buy_gas(counter_gas)?;
    host.finish(&[slot.as_slice(), value.as_slice()], &[]);
    Ok(())
}

pub(super) async fn flush(host: &mut Session<'_>, clear: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + price::EVM_API)?;
    host.require_gas(price::SSTORE_SENTRY_GAS)?;
    let limit = host.gas_left();
    let dirty = host.state().storage.take_dirty();
    if clear != 0 {
        host.state().storage.clear();
    }
    if !dirty.is_empty() {
        if host.context().is_static {
            return fail("storage written in a static context");
        }
        store_all(host, dirty, limit).await?;
    }
    host.finish(&[&[u8::from(clear != 0)]], &[]);
    Ok(())
}

async fn store_all(host: &mut Session<'_>, dirty: Vec<(B256, B256)>, limit: u64) -> Result<()> {
    let gas = host.ask(move |api| sstore::store_all(api, &dirty, limit)).await?;
    let arbos_version = host.context().arbos_version;
    if gas <= limit {
        // ArbOS 30 and 31 forgot to charge.
        return if arbos_version >= 32 { host.buy_gas(gas) } else { Ok(()) };
    }
    if arbos_version >= 50 { host.exhaust() } else { fail("not enough gas for a storage flush") }
}

pub(super) async fn transient_load(host: &mut Session<'_>, key: u32, dest: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 2 * price::PTR + price::EVM_API)?;
    host.buy_gas(price::TRANSIENT_GAS)?;
    let slot = host.read_word(key)?;
    let value = host.ask(move |api| api.transient_load(slot)).await?;
    host.write(dest, value.as_slice())?;
    host.finish(&[slot.as_slice()], &[value.as_slice()]);
    Ok(())
}

pub(super) async fn transient_store(host: &mut Session<'_>, key: u32, value: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 2 * price::PTR + price::EVM_API)?;
    host.buy_gas(price::TRANSIENT_GAS)?;
    let slot = host.read_word(key)?;
    let value = host.read_word(value)?;
    if host.context().is_static {
        return fail("transient storage written in a static context");
    }
    host.ask(move |api| api.transient_store(slot, value)).await?;
    host.finish(&[slot.as_slice(), value.as_slice()], &[]);
    Ok(())
}
