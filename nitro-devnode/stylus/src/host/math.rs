//! Host functions on 256-bit numbers, with the EVM's results (host 1.4).

use alloy_primitives::U256;
use wasmtime::Result;

use super::{price, session::Session};

pub(super) fn div(host: &mut Session<'_>, value: u32, divisor: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 3 * price::PTR + price::DIV)?;
    two(host, value, divisor, |a, b| a.checked_div(b).unwrap_or_default())
}

pub(super) fn modulo(host: &mut Session<'_>, value: u32, modulus: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 3 * price::PTR + price::DIV)?;
    two(host, value, modulus, |a, b| a.checked_rem(b).unwrap_or_default())
}

/// The price depends on the exponent, so it is read before all is paid.
pub(super) fn pow(host: &mut Session<'_>, value: u32, exponent: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 3 * price::PTR)?;
    host.read_number(value)?;
    let power = host.read_word(exponent)?;
    host.buy_ink(price::pow(&power))?;
    two(host, value, exponent, |a, b| a.wrapping_pow(b))
}

pub(super) fn add_mod(host: &mut Session<'_>, value: u32, addend: u32, modulus: u32) -> Result<()> {
    host.buy_ink(price::HOSTIO + 4 * price::PTR + price::ADD_MOD)?;
    three(host, value, addend, modulus, |a, b, m| a.add_mod(b, m))
}

pub(super) fn mul_mod(
    host: &mut Session<'_>,
    value: u32,
    multiplier: u32,
    modulus: u32,
) -> Result<()> {
    host.buy_ink(price::HOSTIO + 4 * price::PTR + price::MUL_MOD)?;
    three(host, value, multiplier, modulus, |a, b, m| a.mul_mod(b, m))
}

fn two(
    host: &mut Session<'_>,
    a: u32,
    b: u32,
    operation: impl Fn(U256, U256) -> U256,
) -> Result<()> {
    let (left, right) = (host.read_number(a)?, host.read_number(b)?);
    let result = operation(left, right).to_be_bytes::<32>();
    host.write(a, &result)?;
    host.finish(&[&left.to_be_bytes::<32>(), &right.to_be_bytes::<32>()], &[&result]);
    Ok(())
}

fn three(
    host: &mut Session<'_>,
    a: u32,
    b: u32,
    c: u32,
    operation: impl Fn(U256, U256, U256) -> U256,
) -> Result<()> {
    let (first, second, third) = (host.read_number(a)?, host.read_number(b)?, host.read_number(c)?);
    let result = operation(first, second, third).to_be_bytes::<32>();
    host.write(a, &result)?;
    let args = [first, second, third].map(|number| number.to_be_bytes::<32>());
    host.finish(&[&args[0], &args[1], &args[2]], &[&result]);
    Ok(())
}
