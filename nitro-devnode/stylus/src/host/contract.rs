//! Host functions that call and create contracts, and their return data (host 4.1 to 4.4).

use alloy_primitives::{Address, B256, Bytes, U256};
use wasmtime::Result;

use super::{
    price,
    session::{Session, fail},
};
use crate::{ApiError, CallKind, CallRequest, CallResult, CreateRequest, EvmApi};

/// Status of every failed call.
const FAILED: u8 = 2;

/// Arguments of the three call functions as the program gives them.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallArgs {
    pub(super) kind: CallKind,
    pub(super) contract: u32,
    pub(super) data: u32,
    pub(super) data_len: u32,
    /// Only `call_contract` has a value.
    pub(super) value: Option<u32>,
    pub(super) gas: u64,
    pub(super) ret_len: u32,
}

/// How a call went, with the gas that the caller pays for it.
#[derive(Debug)]
struct Called {
    status: u8,
    gas: u64,
    return_data: Bytes,
}

pub(super) async fn call(host: &mut Session<'_>, args: CallArgs) -> Result<u32> {
    host.buy_ink(price::HOSTIO + 3 * price::PTR + price::EVM_API)?;
    host.buy_ink(price::read(args.data_len))?;
    host.buy_ink(price::read(args.data_len))?;
    let limit = host.gas_left();
    let requested = args.gas.min(limit);
    let target = host.read_address(args.contract)?;
    let input = host.read(args.data, args.data_len)?;
    let value = args.value.map_or(Ok(U256::ZERO), |ptr| host.read_number(ptr))?;

    host.calls(target);
    let called = if host.context().is_static && !value.is_zero() {
        Called { status: FAILED, gas: 0, return_data: Bytes::new() }
    } else {
        let request =
            CallRequest { kind: args.kind, target, input: input.clone(), value, gas: requested };
        host.ask(move |api| perform_call(api, request, limit)).await?
    };

    host.buy_gas(called.gas)?;
    let len = set_return_data(host, called.return_data, args.ret_len)?;
    let value = value.to_be_bytes::<32>();
    let value: &[u8] = if args.value.is_some() { &value } else { &[] };
    host.finish(
        &[target.as_slice(), &args.gas.to_be_bytes(), value, &input],
        &[&len.to_be_bytes(), &[called.status]],
    );
    Ok(called.status.into())
}

/// The gas rules around a call (host 4.2); `request.gas` is what the program asks for.
fn perform_call(
    api: &mut dyn EvmApi,
    mut request: CallRequest,
    limit: u64,
) -> Result<Called, ApiError> {
    let Some(base) = call_base(api, &request, limit)? else {
        return Ok(Called { status: FAILED, gas: limit, return_data: Bytes::new() });
    };
    // Unlike the EVM's x - floor(x / 64).
    let available = u128::from(limit - base) * 63 / 64;
    let mut child = u64::try_from(available).map_or(request.gas, |gas| gas.min(request.gas));
    if !request.value.is_zero() {
        child = child.saturating_add(price::CALL_STIPEND);
    }
    request.gas = child;
    let CallResult { success, gas_left, return_data } = api.call(request)?;
    let status = if success { 0 } else { FAILED };
    let gas = base.saturating_add(child.saturating_sub(gas_left));
    Ok(Called { status, gas, return_data })
}

/// The gas before the callee's; `None` as soon as it is over the limit. The target is warm from then
/// on in either case.
fn call_base(
    api: &mut dyn EvmApi,
    request: &CallRequest,
    limit: u64,
) -> Result<Option<u64>, ApiError> {
    let mut base = price::WARM_ACCESS_GAS;
    if base > limit {
        return Ok(None);
    }
    if api.warm_account(request.target)? {
        base = price::COLD_ACCOUNT_GAS;
    }
    if base <= limit && !request.value.is_zero() {
        if api.account_is_empty(request.target)? {
            base += price::CALL_NEW_ACCOUNT_GAS;
        }
        base += price::CALL_VALUE_GAS;
    }
    Ok((base <= limit).then_some(base))
}

/// Arguments of the two create functions as the program gives them.
#[derive(Debug, Clone, Copy)]
pub(super) struct CreateArgs {
    pub(super) code: u32,
    pub(super) code_len: u32,
    pub(super) endowment: u32,
    /// Only `create2` has a salt.
    pub(super) salt: Option<u32>,
    pub(super) contract: u32,
    pub(super) ret_len: u32,
}

pub(super) async fn create(host: &mut Session<'_>, args: CreateArgs) -> Result<()> {
    let pointers = if args.salt.is_some() { 4 } else { 3 };
    host.buy_ink(price::HOSTIO + pointers * price::PTR + price::EVM_API)?;
    host.buy_ink(price::read(args.code_len))?;
    host.buy_ink(price::read(args.code_len))?;
    let init_code = host.read(args.code, args.code_len)?;
    let endowment = host.read_number(args.endowment)?;
    let salt = args.salt.map(|ptr| host.read_word(ptr)).transpose()?;
    let limit = host.gas_left();
    if host.context().is_static {
        return fail("contract created in a static context");
    }
    let base = create_base(salt, args.code_len);
    let Some(available) = limit.checked_sub(base) else {
        return fail("not enough gas to create a contract");
    };
    let gas = available - available / 64;

    let request = CreateRequest { init_code: init_code.clone(), endowment, salt, gas };
    let created = host.ask(move |api| api.create(request)).await?;

    host.buy_gas(base.saturating_add(gas.saturating_sub(created.gas_left)))?;
    let len = set_return_data(host, created.return_data, args.ret_len)?;
    let address = created.address.unwrap_or(Address::ZERO);
    host.write(args.contract, address.as_slice())?;
    let salt = salt.as_ref().map_or(&[][..], B256::as_slice);
    host.finish(
        &[&endowment.to_be_bytes::<32>(), salt, &init_code],
        &[address.as_slice(), &len.to_be_bytes()],
    );
    Ok(())
}

fn create_base(salt: Option<B256>, code_len: u32) -> u64 {
    let words = u64::from(code_len.div_ceil(32));
    price::CREATE_GAS + salt.map_or(0, |_| price::CREATE2_WORD_GAS * words)
}

/// Remembers return data and tells the program its length.
fn set_return_data(host: &mut Session<'_>, data: Bytes, ret_len: u32) -> Result<u32> {
    let len = u32::try_from(data.len()).unwrap_or(u32::MAX);
    host.state().return_data = data;
    host.write(ret_len, &len.to_le_bytes())?;
    Ok(len)
}

pub(super) fn read_return_data(
    host: &mut Session<'_>,
    dest: u32,
    offset: u32,
    size: u32,
) -> Result<u32> {
    host.buy_ink(price::HOSTIO + price::EVM_API)?;
    let data = host.state().return_data.clone();
    let rest = data.get(offset as usize..).unwrap_or_default();
    let part = &rest[..rest.len().min(size as usize)];
    host.buy_ink(price::write(part.len()))?;
    // Where nothing is copied, the pointer does not matter.
    if !part.is_empty() {
        host.write(dest, part)?;
    }
    host.finish(&[&offset.to_be_bytes(), &size.to_be_bytes()], &[part]);
    Ok(part.len() as u32)
}

pub(super) fn return_data_size(host: &mut Session<'_>) -> Result<u32> {
    host.buy_ink(price::HOSTIO)?;
    let len = u32::try_from(host.state().return_data.len()).unwrap_or(u32::MAX);
    host.finish(&[], &[&len.to_be_bytes()]);
    Ok(len)
}
