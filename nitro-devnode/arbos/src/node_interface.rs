//! NodeInterface (0xc8) and NodeInterfaceDebug (0xc9): answered by the RPC server when they are the
//! target of a top-level call or estimate (devnode.md 4.13). Not contracts: to code on chain they
//! are accounts without code.
//!
//! [`answer`] decodes the call, computes what can be computed, and encodes the result. What only a
//! node knows comes from its [`NodeHost`].

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use thiserror::Error;

use crate::{
    ArbosState,
    address::{NODE_INTERFACE, NODE_INTERFACE_DEBUG},
    precompiles::l2_alias,
    pricing::l1::{Measure, estimate_component_gas, poster_charge},
    send_tree,
};

mod abi {
    alloy_sol_types::sol! {
        function gasEstimateComponents(address to, bool contractCreation, bytes data);
        function gasEstimateL1Component(address to, bool contractCreation, bytes data);
        function estimateRetryableTicket(address sender, uint256 deposit, address to, uint256 l2CallValue, address excessFeeRefundAddress, address callValueRefundAddress, bytes data);
        function constructOutboxProof(uint64 size, uint64 leaf);
        function findBatchContainingBlock(uint64 blockNumber);
        function getL1Confirmations(bytes32 blockHash);
        function legacyLookupMessageBatchProof(uint256 batchNumber, uint64 index);
        function nitroGenesisBlock();
        function blockL1Num(uint64 blockNumber);
        function l2BlockRangeForL1(uint64 blockNumber);
        function getRetryable(bytes32 ticket);
    }
}

/// A transaction described by the arguments of an estimate. Sender, value and prices are those of
/// the call that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedTx {
    /// Target; `None` for a creation.
    pub to: Option<Address>,
    /// Calldata or init code.
    pub data: Bytes,
}

/// A retryable ticket described by the arguments of an estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedTicket {
    /// Who redeems: the alias of the L1 sender.
    pub sender: Address,
    /// What the message from L1 brings, in wei.
    pub deposit: U256,
    /// Target; `None` for a creation.
    pub to: Option<Address>,
    /// Value in wei.
    pub value: U256,
    /// Calldata or init code.
    pub data: Bytes,
}

/// The ticket that a call of NodeInterface wants estimated, if it does. The estimate of the call is
/// then that of the ticket's redeem (devnode.md 4.13).
#[must_use]
pub fn described_ticket(address: Address, input: &[u8]) -> Option<DescribedTicket> {
    if address != NODE_INTERFACE {
        return None;
    }
    let call = abi::estimateRetryableTicketCall::abi_decode_validate(input).ok()?;
    Some(DescribedTicket {
        sender: l2_alias(call.sender),
        deposit: call.deposit,
        to: Some(call.to).filter(|to| !to.is_zero()),
        value: call.l2CallValue,
        data: call.data,
    })
}

/// What NodeInterface needs from the node, at the block the call runs on.
pub trait NodeHost {
    /// Gas estimate of a transaction.
    ///
    /// # Errors
    /// The RPC error of the estimate.
    fn estimate_gas(&mut self, tx: &DescribedTx) -> Result<u64, NodeError>;

    /// Encoding of the synthetic transaction that stands for it
    /// ([`Filler`](crate::pricing::l1::Filler)); the gas field is always the filler's.
    fn encode_synthetic(&mut self, tx: &DescribedTx) -> Vec<u8>;

    /// The ArbOS state.
    fn state(&mut self) -> ArbosState<'_>;

    /// True base fee of the block in wei.
    fn base_fee(&self) -> U256;

    /// Number of the newest block.
    fn latest_block(&self) -> u64;

    /// L1 block number of a block; `None` when there is no such block.
    fn l1_block_of(&self, number: u64) -> Option<u64>;

    /// Whether a block with this hash exists.
    fn has_block(&self, hash: B256) -> bool;

    /// Hashes of all messages to L1 in order: topic `hash` of the `L2ToL1Tx` logs.
    fn sent_messages(&self) -> Vec<B256>;
}

/// Why there is no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NodeError {
    /// As a precompile with a wrong selector or wrong arguments: revert without data.
    #[error("execution reverted")]
    Reverted,
    /// Revert with data, from an inner estimate.
    #[error("{text}")]
    RevertedWith {
        /// The revert data.
        data: Bytes,
        /// What RPC answers say.
        text: String,
    },
    /// An RPC error (code −32000).
    #[error("{0}")]
    Message(String),
}

fn message<T>(text: &str) -> Result<T, NodeError> {
    Err(NodeError::Message(text.to_owned()))
}

/// Whether a call of this address is for [`answer`].
#[must_use]
pub fn is_node_interface(address: Address) -> bool {
    address == NODE_INTERFACE || address == NODE_INTERFACE_DEBUG
}

/// The methods that take value; to others it is an error, as in precompiles.
const PAYABLE: [[u8; 4]; 2] =
    [abi::gasEstimateComponentsCall::SELECTOR, abi::gasEstimateL1ComponentCall::SELECTOR];

/// Answers a call of one of the two contracts with a value in wei.
///
/// # Errors
/// As [`NodeError`] says.
pub fn answer(
    address: Address,
    input: &[u8],
    value: U256,
    host: &mut dyn NodeHost,
) -> Result<Bytes, NodeError> {
    let selector: [u8; 4] =
        input.get(..4).and_then(|s| s.try_into().ok()).ok_or(NodeError::Reverted)?;
    if !value.is_zero() && !PAYABLE.contains(&selector) {
        return Err(NodeError::Reverted);
    }
    let output = if address == NODE_INTERFACE_DEBUG {
        match selector {
            abi::getRetryableCall::SELECTOR => return message("no retryable ticket with that id"),
            _ => return Err(NodeError::Reverted),
        }
    } else {
        answer_interface(selector, input, host)?
    };
    Ok(output.into())
}

fn decode<C: SolCall>(input: &[u8]) -> Result<C, NodeError> {
    C::abi_decode_validate(input).map_err(|_| NodeError::Reverted)
}

fn answer_interface(
    selector: [u8; 4],
    input: &[u8],
    host: &mut dyn NodeHost,
) -> Result<Vec<u8>, NodeError> {
    match selector {
        abi::gasEstimateComponentsCall::SELECTOR => {
            let call: abi::gasEstimateComponentsCall = decode(input)?;
            gas_estimate_components(&described(call.to, call.contractCreation, call.data), host)
        }
        abi::gasEstimateL1ComponentCall::SELECTOR => {
            let call: abi::gasEstimateL1ComponentCall = decode(input)?;
            Ok(gas_estimate_l1(&described(call.to, call.contractCreation, call.data), host))
        }
        abi::constructOutboxProofCall::SELECTOR => {
            let call: abi::constructOutboxProofCall = decode(input)?;
            outbox_proof(&host.sent_messages(), call.size, call.leaf)
        }
        abi::getL1ConfirmationsCall::SELECTOR => {
            let call: abi::getL1ConfirmationsCall = decode(input)?;
            if host.has_block(call.blockHash) {
                Ok(0_u64.abi_encode())
            } else {
                message("unknown block hash")
            }
        }
        abi::nitroGenesisBlockCall::SELECTOR => Ok(U256::ZERO.abi_encode()),
        abi::blockL1NumCall::SELECTOR => {
            let call: abi::blockL1NumCall = decode(input)?;
            let number = host.l1_block_of(call.blockNumber);
            number.map_or_else(|| message("header not found"), |number| Ok(number.abi_encode()))
        }
        abi::l2BlockRangeForL1Call::SELECTOR => {
            let call: abi::l2BlockRangeForL1Call = decode(input)?;
            block_range(call.blockNumber, host)
        }
        abi::findBatchContainingBlockCall::SELECTOR => {
            message("no batch contains the block: this chain has no parent chain")
        }
        abi::legacyLookupMessageBatchProofCall::SELECTOR => {
            message("this node doesnt support classicLookupMessageBatchProof")
        }
        abi::estimateRetryableTicketCall::SELECTOR => {
            let _: abi::estimateRetryableTicketCall = decode(input)?;
            message("estimateRetryableTicket is for eth_estimateGas")
        }
        _ => Err(NodeError::Reverted),
    }
}

fn described(to: Address, is_creation: bool, data: Bytes) -> DescribedTx {
    DescribedTx { to: (!is_creation).then_some(to), data }
}

fn gas_estimate_components(
    tx: &DescribedTx,
    host: &mut dyn NodeHost,
) -> Result<Vec<u8>, NodeError> {
    if tx.to.is_some_and(is_node_interface) {
        return message("cannot estimate virtual contract");
    }
    let total = host.estimate_gas(tx)?;
    let encoded = host.encode_synthetic(tx);
    let base_fee = host.base_fee();
    let charge = poster_charge(&mut host.state(), &encoded, base_fee, Measure::Estimate);
    let per_unit = host.state().l1_price_per_unit();
    Ok((total, charge.gas, base_fee, per_unit).abi_encode_params())
}

fn gas_estimate_l1(tx: &DescribedTx, host: &mut dyn NodeHost) -> Vec<u8> {
    let encoded = host.encode_synthetic(tx);
    let base_fee = host.base_fee();
    let gas = estimate_component_gas(&mut host.state(), &encoded, base_fee);
    let per_unit = host.state().l1_price_per_unit();
    (gas, base_fee, per_unit).abi_encode_params()
}

/// First and last block with an L1 block number.
fn block_range(l1_block: u64, host: &dyn NodeHost) -> Result<Vec<u8>, NodeError> {
    let latest = host.latest_block();
    let l1_of = |number: u64| host.l1_block_of(number).unwrap_or_default();
    // L1 numbers never fall from block to block.
    let first = partition(latest, |number| l1_of(number) < l1_block);
    let end = partition(latest, |number| l1_of(number) <= l1_block);
    if first == end {
        return message("requested L1 block number not found in this chain");
    }
    Ok((first, end - 1).abi_encode_params())
}

/// The first number up to `latest` + 1 for which `is_before` no longer holds.
fn partition(latest: u64, is_before: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, latest + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Proof that a message is in the tree of the first `size` messages.
fn outbox_proof(messages: &[B256], size: u64, leaf: u64) -> Result<Vec<u8>, NodeError> {
    let tree = usize::try_from(size).ok().and_then(|size| messages.get(..size));
    let index = usize::try_from(leaf).ok();
    let (Some(tree), Some(index)) = (tree, index) else {
        return message("leaf does not exist");
    };
    let Some(&sent) = tree.get(index) else {
        return message("leaf does not exist");
    };
    let (root, proof) = send_tree::prove(tree, index);
    Ok((sent, root, proof).abi_encode_params())
}
