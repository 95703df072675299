//! Host functions that read the context of block, transaction and frame (host 1.5).

use alloy_primitives::Address;
use wasmtime::Result;

use super::{price, session::Session};
use crate::RunContext;

/// Writes a 32-byte or 20-byte value that does not change during the run.
fn write_bytes<const N: usize>(
    host: &mut Session<'_>,
    dest: u32,
    value: impl Fn(&RunContext) -> [u8; N],
) -> Result<()> {
    host.buy_ink(price::HOSTIO + price::PTR)?;
    let bytes = value(host.context());
    host.write(dest, &bytes)?;
    host.finish(&[], &[&bytes]);
    Ok(())
}

fn return_u64(host: &mut Session<'_>, value: impl Fn(&RunContext) -> u64) -> Result<u64> {
    host.buy_ink(price::HOSTIO)?;
    let value = value(host.context());
    host.finish(&[], &[&value.to_be_bytes()]);
    Ok(value)
}

fn return_u32(host: &mut Session<'_>, value: impl Fn(&RunContext) -> u32) -> Result<u32> {
    host.buy_ink(price::HOSTIO)?;
    let value = value(host.context());
    host.finish(&[], &[&value.to_be_bytes()]);
    Ok(value)
}

const fn bytes_of(address: Address) -> [u8; 20] {
    address.0.0
}

pub(super) fn block_basefee(host: &mut Session<'_>, dest: u32) -> Result<()> {
    write_bytes(host, dest, |context| context.block_basefee.to_be_bytes::<32>())
}

pub(super) fn block_coinbase(host: &mut Session<'_>, dest: u32) -> Result<()> {
    write_bytes(host, dest, |context| bytes_of(context.block_coinbase))
}

pub(super) fn contract_address(host: &mut Session<'_>, dest: u32) -> Result<()> {
    write_bytes(host, dest, |context| bytes_of(context.contract_address))
}

pub(super) fn msg_sender(host: &mut Session<'_>, dest: u32) -> Result<()> {
    write_bytes(host, dest, |context| bytes_of(context.msg_sender))
}

pub(super) fn msg_value(host: &mut Session<'_>, dest: u32) -> Result<()> {
    write_bytes(host, dest, |context| context.msg_value.to_be_bytes::<32>())
}

pub(super) fn tx_gas_price(host: &mut Session<'_>, dest: u32) -> Result<()> {
    write_bytes(host, dest, |context| context.tx_gas_price.to_be_bytes::<32>())
}

pub(super) fn tx_origin(host: &mut Session<'_>, dest: u32) -> Result<()> {
    write_bytes(host, dest, |context| bytes_of(context.tx_origin))
}

pub(super) fn chainid(host: &mut Session<'_>) -> Result<u64> {
    return_u64(host, |context| context.chain_id)
}

pub(super) fn block_gas_limit(host: &mut Session<'_>) -> Result<u64> {
    return_u64(host, |context| context.block_gas_limit)
}

pub(super) fn block_number(host: &mut Session<'_>) -> Result<u64> {
    return_u64(host, |context| context.l1_block_number)
}

pub(super) fn block_timestamp(host: &mut Session<'_>) -> Result<u64> {
    return_u64(host, |context| context.block_timestamp)
}

pub(super) fn msg_reentrant(host: &mut Session<'_>) -> Result<u32> {
    return_u32(host, |context| context.is_reentrant.into())
}

pub(super) fn tx_ink_price(host: &mut Session<'_>) -> Result<u32> {
    return_u32(host, |context| context.ink_price)
}
