//! Host functions that leave the chain: logs, and the console of debug chains (host 1.6).

use alloy_primitives::B256;
use wasmtime::Result;

use super::{
    price,
    session::{Session, fail},
};

const MAX_TOPICS: u32 = 4;

pub(super) async fn emit_log(
    host: &mut Session<'_>,
    data: u32,
    len: u32,
    topics: u32,
) -> Result<()> {
    host.buy_ink(price::HOSTIO + price::EVM_API)?;
    if topics > MAX_TOPICS || len < 32 * topics {
        return fail("log with more than four topics, or shorter than its topics");
    }
    host.buy_ink(price::read(len))?;
    let payload_len = u64::from(len - 32 * topics);
    host.buy_gas(price::LOG_GAS * (1 + u64::from(topics)) + price::LOG_BYTE_GAS * payload_len)?;
    let bytes = host.read(data, len)?;
    if host.context().is_static {
        return fail("log in a static context");
    }
    let payload = bytes.slice(32 * topics as usize..);
    let words = bytes[..32 * topics as usize].chunks_exact(32).map(B256::from_slice).collect();
    host.ask(move |api| api.emit_log(words, payload)).await?;
    host.finish(&[&topics.to_be_bytes(), &bytes], &[]);
    Ok(())
}

pub(super) async fn log_text(host: &mut Session<'_>, ptr: u32, len: u32) -> Result<()> {
    host.slice(ptr, len)?;
    if host.is_unheard() {
        return Ok(());
    }
    let bytes = host.read(ptr, len)?;
    host.finish(&[&bytes], &[]);
    log_line(host, String::from_utf8_lossy(&bytes).into_owned()).await
}

/// Prints a value and hands it back, for the `log` and `tee` functions.
pub(super) async fn log_value<T>(host: &mut Session<'_>, value: T) -> Result<T>
where
    T: std::fmt::Display + Copy + Send,
{
    if host.is_unheard() {
        return Ok(value);
    }
    let line = value.to_string();
    host.finish(&[line.as_bytes()], &[]);
    log_line(host, line).await?;
    Ok(value)
}

async fn log_line(host: &mut Session<'_>, line: String) -> Result<()> {
    let Some(line) = host.state().console.admit(line) else { return Ok(()) };
    host.ask(move |api| {
        api.console(&line);
        Ok(())
    })
    .await
}
