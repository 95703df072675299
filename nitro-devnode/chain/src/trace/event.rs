//! What a tracer is told.

use std::{fmt::Debug, time::Instant};

use alloy_primitives::{Address, B256, Bytes, Log, U256};
use devnode_stylus::HostCall;
use revm::primitives::AddressSet;

/// Watches one transaction. Every method does nothing unless it is overridden.
pub trait Tracer: Debug {
    /// Whether [`step`](Self::step) wants to be called; it makes a run many times slower.
    fn wants_steps(&self) -> bool {
        false
    }

    /// When the run ends at the latest; without one it goes on until its gas ends.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// The transaction begins; nothing has been paid yet.
    fn tx_start(&mut self, tx: &TxStart<'_>, state: &mut dyn StateView) {
        let _ = (tx, state);
    }

    /// The transaction is over, fees included.
    fn tx_end(&mut self, end: &TxEnd<'_>, state: &mut dyn StateView) {
        let _ = (end, state);
    }

    /// A frame is entered; its value has not moved yet.
    fn enter(&mut self, frame: &Enter<'_>, state: &mut dyn StateView) {
        let _ = (frame, state);
    }

    /// The frame that was entered last and not left is left.
    fn exit(&mut self, exit: &Exit<'_>, state: &mut dyn StateView) {
        let _ = (exit, state);
    }

    /// An instruction, or what stands for one: a host call of a program, or an access of a
    /// precompile to the ArbOS state. The state is the one before the instruction.
    fn step(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        let _ = (step, state);
    }

    /// An instruction that had been reported failed while it ran.
    fn fault(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        let _ = (step, state);
    }

    /// The current frame emitted a log.
    fn log(&mut self, log: &Log) {
        let _ = log;
    }

    /// A program's host call finished.
    fn host_call(&mut self, call: &HostCall, state: &mut dyn StateView) {
        let _ = (call, state);
    }

    /// Host calls were lost: the program made more than can be kept.
    fn overflowed(&mut self) {}

    /// Money moved before or after the EVM ran.
    fn transfer(&mut self, transfer: &Transfer) {
        let _ = transfer;
    }

    /// Whether the run should come to an end; asked before every instruction.
    fn is_stopped(&mut self) -> bool {
        false
    }

    /// The JSON text of the result.
    ///
    /// # Errors
    ///
    /// Why there is none, in the words of the reference.
    fn result(&mut self) -> Result<String, String>;
}

/// The state at a moment of the run. Reading neither costs gas nor makes anything warm.
pub trait StateView {
    /// Balance in wei.
    fn balance(&mut self, account: Address) -> U256;
    /// The nonce.
    fn nonce(&mut self, account: Address) -> u64;
    /// The deployed code, of a program with its prefix.
    fn code(&mut self, account: Address) -> Bytes;
    /// A storage word.
    fn storage(&mut self, account: Address, slot: U256) -> U256;
    /// Whether the account exists.
    fn exists(&mut self, account: Address) -> bool;
}

/// Where a traced transaction is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Hash of the transaction; `None` for calls.
    pub transaction: Option<B256>,
    /// Its position in the block.
    pub index: usize,
    /// Hash of the block.
    pub block_hash: B256,
    /// Number of the block.
    pub block_number: u64,
}

/// A transaction that is about to run.
#[derive(Debug, Clone, Copy)]
pub struct TxStart<'a> {
    /// The sender.
    pub from: Address,
    /// The target; `None` creates a contract.
    pub to: Option<Address>,
    /// Calldata or init code.
    pub input: &'a Bytes,
    /// Value in wei.
    pub value: U256,
    /// Gas limit, L1 part included.
    pub gas_limit: u64,
    /// Price per gas in wei.
    pub gas_price: U256,
    /// Gas before the first instruction, without the L1 part.
    pub intrinsic_gas: u64,
    /// Coinbase of the block.
    pub coinbase: Address,
    /// Number of the block as contracts see it.
    pub visible_number: U256,
    /// Timestamp of the block in seconds.
    pub timestamp: u64,
    /// Accounts that delegate by this transaction (EIP-7702).
    pub authorities: &'a [Address],
    /// All precompiles, Ethereum's and ArbOS's.
    pub precompiles: &'a AddressSet,
}

/// A transaction that has run.
#[derive(Debug, Clone, Copy)]
pub struct TxEnd<'a> {
    /// Gas used after refunds, the L1 part included.
    pub gas_used: u64,
    /// Why it failed.
    pub error: Option<&'a str>,
}

/// The kinds of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// CALL.
    Call,
    /// CALLCODE.
    CallCode,
    /// DELEGATECALL.
    DelegateCall,
    /// STATICCALL.
    StaticCall,
    /// CREATE, and transactions that create.
    Create,
    /// CREATE2.
    Create2,
    /// SELFDESTRUCT, which go-ethereum reports as a frame.
    SelfDestruct,
}

impl FrameKind {
    /// The name of the opcode.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::CallCode => "CALLCODE",
            Self::DelegateCall => "DELEGATECALL",
            Self::StaticCall => "STATICCALL",
            Self::Create => "CREATE",
            Self::Create2 => "CREATE2",
            Self::SelfDestruct => "SELFDESTRUCT",
        }
    }

    /// Whether a contract is created.
    #[must_use]
    pub const fn is_create(self) -> bool {
        matches!(self, Self::Create | Self::Create2)
    }
}

/// A frame that begins.
#[derive(Debug, Clone, Copy)]
pub struct Enter<'a> {
    /// Its kind.
    pub kind: FrameKind,
    /// 0 for the transaction's own frame.
    pub depth: usize,
    /// The acting address of the caller.
    pub from: Address,
    /// Whose code runs: the callee, the created contract, the beneficiary.
    pub to: Address,
    /// Calldata or init code.
    pub input: &'a Bytes,
    /// Gas that the frame gets.
    pub gas: u64,
    /// Value in wei; `None` for STATICCALL.
    pub value: Option<U256>,
}

/// A frame that ends.
#[derive(Debug, Clone, Copy)]
pub struct Exit<'a> {
    /// 0 for the transaction's own frame.
    pub depth: usize,
    /// Return data, revert data or deployed code.
    pub output: &'a Bytes,
    /// Gas that the frame used, before refunds.
    pub gas_used: u64,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// Whether it failed by REVERT, so that the output counts.
    pub is_revert: bool,
}

/// One instruction.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Position in the code; 0 where there is no EVM code.
    pub pc: u64,
    /// The opcode.
    pub op: u8,
    /// Gas before it.
    pub gas: u64,
    /// Gas that it takes, with what a call forwards.
    pub cost: u64,
    /// 1 for the transaction's own frame.
    pub depth: usize,
    /// The refund counter before it.
    pub refund: u64,
    /// The acting address.
    pub address: Address,
    /// The caller of the frame.
    pub caller: Address,
    /// The value of the frame in wei.
    pub value: U256,
    /// Calldata of the frame.
    pub input: &'a [u8],
    /// The stack before it, top last.
    pub stack: &'a [U256],
    /// The memory before it.
    pub memory: &'a [u8],
    /// Data that the last call returned.
    pub return_data: &'a [u8],
    /// Why it was not carried out.
    pub error: Option<&'a str>,
}

impl Step<'_> {
    /// The n-th word from the top of the stack.
    #[must_use]
    pub fn peek(&self, depth: usize) -> Option<U256> {
        self.stack.len().checked_sub(depth + 1).map(|index| self.stack[index])
    }

    /// Bytes of memory as the instruction would read them: zero beyond the end.
    #[must_use]
    pub fn memory_at(&self, offset: U256, len: U256) -> Vec<u8> {
        /// No gas reaches more.
        const MOST: usize = 64 << 20;
        let len = usize::try_from(len).unwrap_or(MOST).min(MOST);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.memory.get(offset..).unwrap_or_default();
        let mut bytes = rest[..rest.len().min(len)].to_vec();
        bytes.resize(len, 0);
        bytes
    }
}

/// Money that moved outside of the EVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Whether it moved before the EVM ran.
    pub is_before: bool,
    /// Why, in the words of devnode.md 5.8.
    pub purpose: &'static str,
    /// Who paid; `None` when it was created.
    pub from: Option<Address>,
    /// Who got it; `None` when it was destroyed.
    pub to: Option<Address>,
    /// The amount in wei.
    pub value: U256,
}
