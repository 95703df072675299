//! Host functions about the program itself: input, result, meter, memory, hashing.

use alloy_primitives::keccak256;
use wasmtime::Result;

use super::{price, session::Session};
use crate::{page_gas, run::Stop};

pub(super) fn read_args(host: &mut Session<'_>, dest: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO)?;
    let calldata = host.state().calldata.clone();
    host.buy_ink(price::write(calldata.len()))?;
    host.write(dest, &calldata)?;
    host.finish(&[], &[&calldata]);
    Ok(())
}

pub(super) fn write_result(host: &mut Session<'_>, src: u32, len: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO)?;
    host.buy_ink(price::read(len))?;
    host.buy_ink(price::read(len))?;
    let output = host.slice(src, len)?.to_vec();
    host.finish(&[&output], &[]);
    host.state().output = output;
    Ok(())
}

pub(super) fn exit_early(host: &mut Session<'_>, status: u32) -> Result<()> {
    host.finish(&[&status.to_be_bytes()], &[]);
    Err(Stop::Exit(status).into())
}

pub(super) fn evm_gas_left(host: &mut Session<'_>) -> Result<u64> {
    host.buy_ink(price::HOSTIO)?;
    let gas = host.gas_left();
    host.finish(&[], &[&gas.to_be_bytes()]);
    Ok(gas)
}

pub(super) fn evm_ink_left(host: &mut Session<'_>) -> Result<u64> {
    host.buy_ink(price::HOSTIO)?;
    let ink = host.ink_left();
    host.finish(&[], &[&ink.to_be_bytes()]);
    Ok(ink)
}

pub(super) fn native_keccak256(
    host: &mut Session<'_>,
    src: u32,
    len: u32,
    dest: u32,
) -> Result<()> {
    host.buy_ink(price::keccak(len))?;
    let preimage = host.slice(src, len)?;
    let hash = keccak256(preimage);
    // The hash may overwrite the preimage, which only the tracer still needs.
    let traced = if host.context().trace { preimage.to_vec() } else { Vec::new() };
    host.write(dest, hash.as_slice())?;
    host.finish(&[&traced], &[hash.as_slice()]);
    Ok(())
}

/// Pays for pages, of which only the low 16 bits count (host 1.4, 6.3).
pub(super) async fn pay_for_memory_grow(host: &mut Session<'_>, pages: u32) -> Result<()> {
    let new = pages as u16;
    if new == 0 {
        host.buy_ink(price::HOSTIO)?;
    } else {
        let before = host
            .ask(move |api| {
                let before = api.pages();
                // The pages stay counted even if they turn out not to be payable.
                api.set_pages(before.opened(new));
                Ok(before)
            })
            .await?;
        let gas = page_gas(new, before, host.context().pages);
        host.buy_gas(gas)?;
    }
    host.finish(&[&new.to_be_bytes()], &[]);
    Ok(())
}
