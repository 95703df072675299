//! What can go wrong, in the words that clients match on.

use alloy_primitives::{Address, B256, Bytes, U256, aliases::U320};
use thiserror::Error;

/// Why a chain cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NewError {
    /// No rules for this version.
    #[error("arbos version {0} is not known; choose one of 32, 40, 41, 50, 51 and 60")]
    ArbosVersion(u64),
    /// The WASM engine does not start.
    #[error(transparent)]
    Engine(#[from] devnode_stylus::EngineError),
    /// A transaction of the bootstrap was refused.
    #[error("the bootstrap transaction \"{step}\" was refused: {source}")]
    Bootstrap {
        /// What it was to do.
        step: &'static str,
        /// Why it was refused.
        source: SendError,
    },
}

/// Why a transaction is not included; the texts are those of devnode.md 2.7.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SendError {
    /// The bytes are no transaction.
    #[error("{0}")]
    Undecodable(String),
    /// A type that users cannot send.
    #[error("transaction type not supported")]
    Type,
    /// Price times gas is above what a node lets through.
    #[error("tx fee ({fee_ether:.2} ether) exceeds the configured cap (1.00 ether)")]
    FeeCap {
        /// Price times gas in ether.
        fee_ether: f64,
    },
    /// The gas limit does not cover the intrinsic gas, or that and the L1 part.
    #[error("intrinsic gas too low")]
    IntrinsicGas,
    /// The gas limit does not cover the intrinsic gas, with the numbers.
    #[error("intrinsic gas too low: have {have}, want {want}")]
    IntrinsicGasOf {
        /// The gas limit.
        have: u64,
        /// The intrinsic gas.
        want: u64,
    },
    /// No key gives this signature.
    #[error("invalid sender")]
    Sender,
    /// Signed for another chain.
    #[error("invalid chain id for signer: have {have} want {want}")]
    ChainId {
        /// The transaction's.
        have: U256,
        /// This chain's.
        want: u64,
    },
    /// The fee cap is below the base fee.
    #[error(
        "max fee per gas less than block base fee: address {address}, maxFeePerGas: {fee_cap} \
         baseFee: {base_fee}"
    )]
    FeeTooLow {
        /// The sender.
        address: Address,
        /// The cap in wei.
        fee_cap: u128,
        /// The base fee in wei.
        base_fee: U256,
    },
    /// The same where a message starts to run: other words than at the door.
    #[error(
        "max fee per gas less than block base fee: address {address}, maxFeePerGas: {fee_cap}, \
         baseFee: {base_fee}"
    )]
    FeeBelowBase {
        /// The sender.
        address: Address,
        /// The cap in wei.
        fee_cap: u128,
        /// The base fee in wei.
        base_fee: U256,
    },
    /// The tip is above the cap.
    #[error(
        "max priority fee per gas higher than max fee per gas: address {address}, \
         maxPriorityFeePerGas: {tip}, maxFeePerGas: {fee_cap}"
    )]
    TipAboveFeeCap {
        /// The sender.
        address: Address,
        /// The tip in wei.
        tip: u128,
        /// The cap in wei.
        fee_cap: u128,
    },
    /// The nonce was used.
    #[error("nonce too low: address {address}, tx: {tx} state: {state}")]
    NonceTooLow {
        /// The sender.
        address: Address,
        /// The transaction's nonce.
        tx: u64,
        /// The next nonce.
        state: u64,
    },
    /// The nonce of this account cannot grow any more (EIP-2681).
    #[error("nonce has max value: address {address}, nonce: {nonce}")]
    NonceMax {
        /// The sender.
        address: Address,
        /// The transaction's nonce.
        nonce: u64,
    },
    /// A predecessor is missing; the server holds such a transaction for a second.
    #[error("nonce too high: address {address}, tx: {tx} state: {state}")]
    NonceTooHigh {
        /// The sender.
        address: Address,
        /// The transaction's nonce.
        tx: u64,
        /// The next nonce.
        state: u64,
    },
    /// The balance does not cover gas and value.
    #[error(
        "insufficient funds for gas * price + value: address {address} have {have} want {want}"
    )]
    Funds {
        /// The sender.
        address: Address,
        /// The balance in wei.
        have: U256,
        /// Gas limit times fee cap, and the value, in wei.
        want: U320,
    },
    /// Longer than the sequencer takes.
    #[error("oversized data")]
    Oversized,
    /// The gas limit is above that of a block.
    #[error("gas limit reached")]
    GasLimit,
    /// The init code is too long.
    #[error("max initcode size exceeded: code size {size} limit {limit}")]
    InitCode {
        /// Bytes of init code.
        size: usize,
        /// Most bytes.
        limit: usize,
    },
    /// The sender is a contract (EIP-3607).
    #[error("sender not an eoa: address {address}, len(code): {len}")]
    SenderHasCode {
        /// The sender.
        address: Address,
        /// Bytes of its code.
        len: usize,
    },
    /// One with the same nonce waits already and pays no less (only while automine is off).
    #[error("replacement transaction underpriced")]
    Underpriced,
    /// A condition of the sender does not hold (devnode.md 5.1).
    #[error("{0}")]
    Condition(String),
    /// A set-code transaction that sets nothing.
    #[error("EIP-7702 transaction with empty auth list (sender {0})")]
    EmptyAuthorizations(Address),
    /// The gas limit does not cover the floor that the calldata costs (EIP-7623).
    #[error("insufficient gas for floor data cost: have {have}, want {want}")]
    FloorDataGas {
        /// The gas limit.
        have: u64,
        /// The floor.
        want: u64,
    },
    /// The program with this module hash has yet to be compiled. The chain compiles it and tries
    /// again: nobody outside sees this.
    #[doc(hidden)]
    #[error("the program with module hash {0} has yet to be compiled")]
    NotCompiled(B256),
    /// A call took longer than it may (devnode.md 2.11); transactions have no such limit.
    #[error("execution aborted (timeout = 5s)")]
    Timeout,
    /// The machine could not run the transaction to an end.
    #[error("sequencer internal error: {0}")]
    Internal(String),
    /// A set-code transaction cannot create.
    #[error("EIP-7702 transaction cannot be used to create contract (sender {0})")]
    SetCodeCreates(Address),
}

/// Why a call or an estimate has no result.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// The code reverted.
    #[error("{message}")]
    Reverted {
        /// `execution reverted`, with the reason if the data tell one.
        message: String,
        /// The revert data.
        data: Bytes,
    },
    /// Anything else, in the words of the reference.
    #[error("{0}")]
    Failed(String),
}
