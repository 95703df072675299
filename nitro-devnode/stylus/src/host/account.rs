//! Host functions that read accounts (host 4.7 and 4.8).

use alloy_primitives::{Address, Bytes};
use wasmtime::Result;

use super::{price, session::Session};
use crate::{ApiError, EvmApi};

/// EIP-2929: the gas of touching an account, which is warm from then on.
fn access_gas(api: &mut dyn EvmApi, address: Address) -> Result<u64, ApiError> {
    let was_cold = api.warm_account(address)?;
    Ok(if was_cold { price::COLD_ACCOUNT_GAS } else { price::WARM_ACCESS_GAS })
}

pub(super) async fn balance(host: &mut Session<'_>, address: u32, dest: u32) -> Result<()> {
    read_word(host, address, dest, |api, address| {
        api.account_balance(address).map(|balance| balance.to_be_bytes())
    })
    .await
}

pub(super) async fn code_hash(host: &mut Session<'_>, address: u32, dest: u32) -> Result<()> {
    read_word(host, address, dest, |api, address| api.account_code_hash(address).map(Into::into))
        .await
}

async fn read_word(
    host: &mut Session<'_>,
    address: u32,
    dest: u32,
    value: impl FnOnce(&mut dyn EvmApi, Address) -> Result<[u8; 32], ApiError> + Send + 'static,
) -> Result<()> {
    host.buy_ink(price::HOSTIO + 2 * price::PTR + price::EVM_API)?;
    host.require_gas(price::COLD_ACCOUNT_GAS)?;
    let address = host.read_address(address)?;
    let (gas, word) =
        host.ask(move |api| Ok((access_gas(api, address)?, value(api, address)?))).await?;
    host.buy_gas(gas)?;
    host.write(dest, &word)?;
    host.finish(&[address.as_slice()], &[&word]);
    Ok(())
}

pub(super) async fn code(
    host: &mut Session<'_>,
    address: u32,
    offset: u32,
    size: u32,
    dest: u32,
) -> Result<u32> {
    let (address, code) = fetch_code(host, address).await?;
    // The whole code is paid, whatever part of it is wanted.
    host.buy_ink(price::write(code.len()))?;
    let rest = code.get(offset as usize..).unwrap_or_default();
    let part = &rest[..rest.len().min(size as usize)];
    host.write(dest, part)?;
    host.finish(&[address.as_slice(), &offset.to_be_bytes(), &size.to_be_bytes()], &[part]);
    Ok(part.len() as u32)
}

pub(super) async fn code_size(host: &mut Session<'_>, address: u32) -> Result<u32> {
    let (address, code) = fetch_code(host, address).await?;
    let len = u32::try_from(code.len()).unwrap_or(u32::MAX);
    host.finish(&[address.as_slice()], &[&len.to_be_bytes()]);
    Ok(len)
}

/// Reads and pays code, which is free for the account that was read last.
async fn fetch_code(host: &mut Session<'_>, address: u32) -> Result<(Address, Bytes)> {
    host.buy_ink(price::HOSTIO + price::EVM_API)?;
    host.require_gas(price::COLD_ACCOUNT_GAS)?;
    let address = host.read_address(address)?;
    if let Some((remembered, code)) = &host.state().code
        && *remembered == address
    {
        return Ok((address, code.clone()));
    }
    let unit_gas = host.context().max_code_size / price::CODE_UNIT_LEN * price::CODE_UNIT_GAS;
    let limit = host.gas_left();
    let (gas, code) = host
        .ask(move |api| {
            let gas = unit_gas.saturating_add(access_gas(api, address)?);
            // What cannot be paid is not read; the charge below ends the run.
            let code = if gas > limit { Bytes::new() } else { api.account_code(address)? };
            Ok((gas, code))
        })
        .await?;
    // From ArbOS 40 on empty code does not displace what is remembered.
    if !code.is_empty() || host.context().arbos_version < 40 {
        host.state().code = Some((address, code.clone()));
    }
    host.buy_gas(gas)?;
    Ok((address, code))
}
