//! A call as a precompile sees it.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolEvent};

use super::outcome::Fault;
use crate::{Backend, BlockContext, Metered, TxContext, metering::words};

/// A call of a precompile, as the chain describes it.
#[derive(Clone, Copy, Debug)]
pub struct PrecompileCall<'a> {
    /// Address of the precompile.
    pub address: Address,
    /// Account in whose context it runs; differs from `address` under DELEGATECALL and CALLCODE.
    pub acting: Address,
    /// Caller as in the EVM (the caller's caller under DELEGATECALL).
    pub caller: Address,
    /// Caller of the frame that makes this call; `None` when the transaction calls directly.
    pub callers_caller: Option<Address>,
    /// Value of the call in wei, already moved to `acting`.
    pub value: U256,
    /// Calldata.
    pub input: &'a [u8],
    /// Gas given to the call.
    pub gas: u64,
    /// Whether state changes are forbidden.
    pub is_static: bool,
    /// Frames on the stack with this one: 1 when the transaction calls the precompile directly.
    pub depth: usize,
}

/// What a method works with.
pub(super) struct Context<'a> {
    /// The call.
    pub(super) call: &'a PrecompileCall<'a>,
    /// State and gas.
    pub(super) state: Metered<'a>,
    /// ArbOS version.
    pub(super) version: u64,
    /// Whether the method may emit logs.
    pub(super) may_log: bool,
}

impl Context<'_> {
    pub(super) fn backend(&mut self) -> &mut dyn Backend {
        self.state.backend
    }

    pub(super) fn block(&self) -> BlockContext {
        self.state.backend.block()
    }

    pub(super) fn tx(&self) -> TxContext {
        self.state.backend.tx()
    }

    pub(super) fn burn(&mut self, gas: u64) -> Result<(), Fault> {
        Ok(self.state.burn(gas)?)
    }

    /// Code hash of an account: 2,600 gas.
    pub(super) fn code_hash(&mut self, account: Address) -> Result<B256, Fault> {
        self.burn(2600)?;
        Ok(self.state.backend.code_hash(account))
    }

    /// Emits a log of this precompile: 375, 375 per topic, 8 per byte of data.
    pub(super) fn emit<E: SolEvent>(&mut self, event: &E) -> Result<(), Fault> {
        if !self.may_log {
            return Err(Fault::Plain);
        }
        let log = event.encode_log_data();
        self.burn(375 + 375 * log.topics().len() as u64 + 8 * log.data.len() as u64)?;
        let (topics, data) = log.split();
        let address = self.call.address;
        self.state.backend.emit_log(address, topics, data);
        Ok(())
    }
}

/// A revert with an ABI-encoded error.
pub(super) fn custom<E: SolError>(error: &E) -> Fault {
    Fault::Custom(error.abi_encode().into())
}

/// Gas of copying bytes in or out: 3 per word.
pub(super) const fn copy_gas(bytes: usize) -> u64 {
    3 * words(bytes)
}
