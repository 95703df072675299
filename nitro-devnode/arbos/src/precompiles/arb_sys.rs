//! ArbSys (0x64): block numbers, aliases, messages to L1 (devnode.md 4.4).

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{
    call::{Context, custom},
    error_text::PrecompileErrors as errors,
    method::{Method, methods},
    outcome::Fault,
};
use crate::{TxKind, metering::words, send_tree, state::slots, version};

mod abi {
    alloy_sol_types::sol! {
        function arbBlockNumber() returns (uint256);
        function arbBlockHash(uint256 number) returns (bytes32);
        function arbChainID() returns (uint256);
        function arbOSVersion() returns (uint256);
        function getStorageGasAvailable() returns (uint256);
        function isTopLevelCall() returns (bool);
        function mapL1SenderContractAddressToL2Alias(address sender, address unused) returns (address);
        function wasMyCallersAddressAliased() returns (bool);
        function myCallersAddressWithoutAliasing() returns (address);
        function withdrawEth(address destination) returns (uint256);
        function sendTxToL1(address destination, bytes data) returns (uint256);
        function sendMerkleTreeState() returns (uint256 size, bytes32 root, bytes32[] partials);

        event L2ToL1Tx(address caller, address indexed destination, uint256 indexed hash, uint256 indexed position, uint256 arbBlockNum, uint256 ethBlockNum, uint256 timestamp, uint256 callvalue, bytes data);
        event SendMerkleUpdate(uint256 indexed reserved, bytes32 indexed hash, uint256 indexed position);
    }
}

pub(super) const METHODS: &[Method] = methods! {
    View 0 abi::arbBlockNumberCall => block_number;
    View 0 abi::arbBlockHashCall => block_hash;
    View 0 abi::arbChainIDCall => chain_id;
    View 0 abi::arbOSVersionCall => arbos_version;
    View 0 abi::getStorageGasAvailableCall => storage_gas_available;
    View 0 abi::isTopLevelCallCall => is_top_level_call;
    Pure 0 abi::mapL1SenderContractAddressToL2AliasCall => alias_of;
    View 0 abi::wasMyCallersAddressAliasedCall => was_callers_address_aliased;
    View 0 abi::myCallersAddressWithoutAliasingCall => callers_address_without_aliasing;
    Payable 0 abi::withdrawEthCall => withdraw_eth;
    Payable 0 abi::sendTxToL1Call => send_tx_to_l1;
    View 0 abi::sendMerkleTreeStateCall => send_merkle_tree_state;
};

/// Blocks whose hashes are known to contracts.
const HASH_WINDOW: u64 = 256;

/// Added to the address of an L1 contract to get its alias on L2.
const ALIAS_OFFSET: Address =
    alloy_primitives::address!("1111000000000000000000000000000000001111");

fn block_number(context: &mut Context<'_>, _: abi::arbBlockNumberCall) -> Result<U256, Fault> {
    Ok(U256::from(context.block().number))
}

fn block_hash(context: &mut Context<'_>, call: abi::arbBlockHashCall) -> Result<B256, Fault> {
    let current = context.block().number;
    let oldest = current.saturating_sub(HASH_WINDOW);
    match u64::try_from(call.number) {
        Ok(number) if (oldest..current).contains(&number) => {
            Ok(context.backend().l2_block_hash(number))
        }
        _ => {
            let current = U256::from(current);
            Err(custom(&errors::InvalidBlockNumber { requested: call.number, current }))
        }
    }
}

fn chain_id(context: &mut Context<'_>, _: abi::arbChainIDCall) -> Result<U256, Fault> {
    // A value of the EVM, not a read of the ArbOS state.
    let mut free = crate::Free(context.state.backend);
    let Ok(id) = slots::root::chain_id().get(&mut free);
    Ok(id)
}

fn arbos_version(context: &mut Context<'_>, _: abi::arbOSVersionCall) -> Result<U256, Fault> {
    Ok(U256::from(version::REPORTED_OFFSET + context.version))
}

const fn storage_gas_available(
    _: &mut Context<'_>,
    _: abi::getStorageGasAvailableCall,
) -> Result<U256, Fault> {
    Ok(U256::ZERO)
}

const fn is_top_level_call(
    context: &mut Context<'_>,
    _: abi::isTopLevelCallCall,
) -> Result<bool, Fault> {
    Ok(context.call.depth <= 2)
}

fn alias_of(
    _: &mut Context<'_>,
    call: abi::mapL1SenderContractAddressToL2AliasCall,
) -> Result<Address, Fault> {
    Ok(l2_alias(call.sender))
}

/// The address under which an L1 account's messages act here.
pub(crate) fn l2_alias(account: Address) -> Address {
    to_address(number_of(account).wrapping_add(number_of(ALIAS_OFFSET)))
}

fn was_callers_address_aliased(
    context: &mut Context<'_>,
    _: abi::wasMyCallersAddressAliasedCall,
) -> Result<bool, Fault> {
    Ok(is_callers_address_aliased(context))
}

fn callers_address_without_aliasing(
    context: &mut Context<'_>,
    _: abi::myCallersAddressWithoutAliasingCall,
) -> Result<Address, Fault> {
    let caller = context.call.callers_caller.unwrap_or_default();
    Ok(if is_callers_address_aliased(context) {
        to_address(number_of(caller).wrapping_sub(number_of(ALIAS_OFFSET)))
    } else {
        caller
    })
}

fn is_callers_address_aliased(context: &Context<'_>) -> bool {
    context.tx().kind == TxKind::Aliased && context.call.depth <= 2
}

fn number_of(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

/// The low 160 bits.
fn to_address(number: U256) -> Address {
    Address::from_word(number.into())
}

fn withdraw_eth(context: &mut Context<'_>, call: abi::withdrawEthCall) -> Result<U256, Fault> {
    send_to_l1(context, call.destination, Bytes::new())
}

fn send_tx_to_l1(context: &mut Context<'_>, call: abi::sendTxToL1Call) -> Result<U256, Fault> {
    send_to_l1(context, call.destination, call.data)
}

/// Appends a message to the send tree, destroys the value, and returns the leaf's index.
fn send_to_l1(context: &mut Context<'_>, destination: Address, data: Bytes) -> Result<U256, Fault> {
    let (caller, value) = (context.call.caller, context.call.value);
    demand_withdrawable(context)?;
    let block = context.block();
    let hash = context.state.keccak(&message_bytes(context, destination, &data))?;
    let (leaf, nodes) = send_tree::append(&mut context.state, hash, |state, length| {
        state.burn(30 + 6 * words(length))
    })?;
    let position = U256::from(leaf);
    if !context.state.backend.burn(context.call.acting, value) {
        return Err(Fault::Plain);
    }
    for node in nodes {
        context.emit(&abi::SendMerkleUpdate {
            reserved: U256::ZERO,
            hash: node.hash,
            position: node.position(),
        })?;
    }
    context.emit(&abi::L2ToL1Tx {
        caller,
        destination,
        hash: hash.into(),
        position,
        arbBlockNum: U256::from(block.number),
        ethBlockNum: U256::from(block.l1_number),
        timestamp: U256::from(block.timestamp),
        callvalue: value,
        data,
    })?;
    Ok(position)
}

/// Chains whose native token is minted on L2 cannot withdraw it.
fn demand_withdrawable(context: &mut Context<'_>) -> Result<(), Fault> {
    if context.version < version::NATIVE_TOKEN || context.call.value.is_zero() {
        return Ok(());
    }
    let owners = slots::root::native_token_owners().len(&mut context.state)?;
    if owners == 0 { Ok(()) } else { Err(Fault::Plain) }
}

/// What the hash of a message covers.
fn message_bytes(context: &Context<'_>, destination: Address, data: &[u8]) -> Vec<u8> {
    let block = context.block();
    let word = |number: u64| U256::from(number).to_be_bytes::<32>();
    [
        context.call.caller.as_slice(),
        destination.as_slice(),
        &word(block.number),
        &word(block.l1_number),
        &word(block.timestamp),
        &context.call.value.to_be_bytes::<32>(),
        data,
    ]
    .concat()
}

fn send_merkle_tree_state(
    context: &mut Context<'_>,
    _: abi::sendMerkleTreeStateCall,
) -> Result<(U256, B256, Vec<B256>), Fault> {
    if !context.call.caller.is_zero() {
        return Err(Fault::Plain);
    }
    let size = send_tree::size(&mut context.state)?;
    let partials = send_tree::partials(&mut context.state)?;
    Ok((U256::from(size), send_tree::root(&partials), partials))
}
