//! ArbAddressTable (0x66): short indices for addresses (devnode.md 4.12).

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{
    arb_owner::demand,
    call::Context,
    method::{Method, methods},
    outcome::Fault,
};
use crate::state::{Slot, slots::others};

mod abi {
    alloy_sol_types::sol! {
        function register(address account) returns (uint256);
        function lookup(address account) returns (uint256);
        function lookupIndex(uint256 index) returns (address);
        function addressExists(address account) returns (bool);
        function size() returns (uint256);
        function compress(address account) returns (bytes);
        function decompress(bytes buf, uint256 offset) returns (address, uint256);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    Write 0 abi::registerCall => register;
    View 0 abi::lookupCall => lookup;
    View 0 abi::lookupIndexCall => lookup_index;
    View 0 abi::addressExistsCall => address_exists;
    View 0 abi::sizeCall => size;
    Write 0 abi::compressCall => compress;
    View 0 abi::decompressCall => decompress;
};

// Positions are this node's choice: the size at 0, addresses from 1, and in the sub-space `[0]` the
// 1-based position of an address.
fn size_slot() -> Slot<u64> {
    others::address_table().slot(0)
}

fn address_slot(position: u64) -> Slot<Address> {
    others::address_table().slot(position)
}

fn position_slot(account: Address) -> Slot<u64> {
    others::address_table().child(&[0]).slot_of(B256::left_padding_from(account.as_slice()))
}

/// Index of a known address.
fn index_of(context: &mut Context<'_>, account: Address) -> Result<Option<u64>, Fault> {
    let position = position_slot(account).get(&mut context.state)?;
    Ok(position.checked_sub(1))
}

fn address_at(context: &mut Context<'_>, index: U256) -> Result<Address, Fault> {
    let size = size_slot().get(&mut context.state)?;
    demand(index < U256::from(size))?;
    let position = index.saturating_to::<u64>() + 1;
    Ok(address_slot(position).get(&mut context.state)?)
}

fn register(context: &mut Context<'_>, call: abi::registerCall) -> Result<U256, Fault> {
    if let Some(index) = index_of(context, call.account)? {
        return Ok(U256::from(index));
    }
    let state = &mut context.state;
    let index = size_slot().get(state)?;
    let position = index + 1;
    size_slot().set(state, position)?;
    address_slot(position).set(state, call.account)?;
    position_slot(call.account).set(state, position)?;
    Ok(U256::from(index))
}

fn lookup(context: &mut Context<'_>, call: abi::lookupCall) -> Result<U256, Fault> {
    index_of(context, call.account)?.map(U256::from).ok_or(Fault::Plain)
}

fn lookup_index(context: &mut Context<'_>, call: abi::lookupIndexCall) -> Result<Address, Fault> {
    address_at(context, call.index)
}

fn address_exists(context: &mut Context<'_>, call: abi::addressExistsCall) -> Result<bool, Fault> {
    Ok(index_of(context, call.account)?.is_some())
}

fn size(context: &mut Context<'_>, _: abi::sizeCall) -> Result<U256, Fault> {
    Ok(U256::from(size_slot().get(&mut context.state)?))
}

/// RLP of the index if there is one, else of the address.
fn compress(context: &mut Context<'_>, call: abi::compressCall) -> Result<Bytes, Fault> {
    Ok(match index_of(context, call.account)? {
        Some(index) => rlp_string(&trimmed(index)),
        None => rlp_string(call.account.as_slice()),
    }
    .into())
}

/// The address that [`compress`] wrote at an offset, and the bytes it takes.
fn decompress(
    context: &mut Context<'_>,
    call: abi::decompressCall,
) -> Result<(Address, U256), Fault> {
    let offset = usize::try_from(call.offset).map_err(|_| Fault::Plain)?;
    let input = call.buf.get(offset..).ok_or(Fault::Plain)?;
    let (content, length) = read_rlp_string(input).ok_or(Fault::Plain)?;
    let account = if content.len() == 20 {
        Address::from_slice(content)
    } else {
        demand(content.len() <= 8)?;
        address_at(context, U256::from_be_slice(content))?
    };
    Ok((account, U256::from(length)))
}

/// RLP of a string shorter than 56 bytes.
fn rlp_string(content: &[u8]) -> Vec<u8> {
    match content {
        [byte @ ..=0x7f] => vec![*byte],
        _ => {
            let length = u8::try_from(content.len()).expect("an index or an address");
            [&[0x80 + length], content].concat()
        }
    }
}

/// Content of the RLP string at the start of `input`, and the bytes that it takes.
fn read_rlp_string(input: &[u8]) -> Option<(&[u8], usize)> {
    match *input.first()? {
        ..=0x7f => Some((&input[..1], 1)),
        head @ 0x80..=0xb7 => {
            let end = 1 + usize::from(head - 0x80);
            Some((input.get(1..end)?, end))
        }
        _ => None,
    }
}

/// Big-endian bytes without leading zeros, as RLP writes numbers.
fn trimmed(number: u64) -> Vec<u8> {
    number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}
