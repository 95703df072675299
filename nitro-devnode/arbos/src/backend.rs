//! What ArbOS needs from the chain that runs it.

use alloy_primitives::{Address, B256, Bytes, U256};
use devnode_stylus::{Activation, ActivationConfig, ActivationError};

/// The chain as ArbOS sees it. Every access here is free of gas and changes no warm/cold set, except
/// [`load_code_warming`](Self::load_code_warming); ArbOS does its own flat-rate metering
/// ([`Metered`](crate::Metered)). All changes belong to the frame that is running: the chain undoes
/// them when that frame, or one around it, fails.
///
/// A chain whose database can fail remembers the failure, answers zero, and reports it when the call
/// returns; ArbOS never acts on a half-read state beyond that frame.
pub trait Backend {
    /// The block being built or, in a call, the block the call runs on.
    fn block(&self) -> BlockContext;

    /// The transaction being executed.
    fn tx(&self) -> TxContext;

    /// Whether the chain configuration allows `ArbDebug` (dev mode: yes).
    fn debug_precompiles_allowed(&self) -> bool {
        true
    }

    /// Maximum length of deployed code in bytes (24,576 unless started otherwise).
    fn max_code_size(&self) -> u64;

    /// Hash of an L2 block below the current one; zero when unknown.
    fn l2_block_hash(&mut self, number: u64) -> B256;

    /// One storage word, zero when never written.
    fn storage(&mut self, account: Address, slot: U256) -> U256;

    /// Writes one storage word. Must keep an account that has nothing but storage alive (the ArbOS
    /// state account has nonce 1).
    fn set_storage(&mut self, account: Address, slot: U256, value: U256);

    /// Code of an account, empty when it has none. An EIP-7702 account has its 23-byte designator.
    fn code(&mut self, account: Address) -> Bytes;

    /// Code hash as stored: zero for an account that does not exist, keccak of nothing for one
    /// without code.
    fn code_hash(&mut self, account: Address) -> B256;

    /// Replaces the code of an account.
    fn set_code(&mut self, account: Address, code: Bytes);

    /// Sets the nonce of an account.
    fn set_nonce(&mut self, account: Address, nonce: u64);

    /// Code of an account whose address becomes warm by this, and whether it was cold before.
    fn load_code_warming(&mut self, account: Address) -> CodeRead;

    /// Balance in wei.
    fn balance(&mut self, account: Address) -> U256;

    /// Creates `amount` wei.
    fn mint(&mut self, account: Address, amount: U256);

    /// Destroys `amount` wei; false, and nothing done, when the balance is smaller.
    #[must_use]
    fn burn(&mut self, account: Address, amount: U256) -> bool;

    /// Moves `amount` wei without running code; false, and nothing done, when the balance of `from`
    /// is smaller. During execution tracers show it as a synthetic call frame (devnode.md 5.8).
    #[must_use]
    fn transfer(&mut self, from: Address, to: Address, amount: U256) -> bool;

    /// Whether the account executed SELFDESTRUCT in this transaction.
    fn is_self_destructed(&mut self, account: Address) -> bool;

    /// Appends a log to the running frame.
    fn emit_log(&mut self, address: Address, topics: Vec<B256>, data: Bytes);

    /// WASM pages open in this transaction (stylus-host.md 6.3).
    fn open_pages(&self) -> u16;

    /// Validates, instruments and prices a WASM module (stylus-host.md 7.2 step 7), charging `gas`.
    /// A chain may override this to remember results by module hash, because estimating an activation
    /// runs it several times; the charge must be the same either way.
    ///
    /// # Errors
    /// Why the module is refused, or that the gas did not suffice.
    fn activate_module(
        &mut self,
        module: &[u8],
        config: &ActivationConfig,
        gas: &mut u64,
    ) -> Result<Activation, ActivationError> {
        devnode_stylus::activate(module, config, gas)
    }
}

/// Code of an account together with its warmth before the read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRead {
    /// The code, empty when there is none.
    pub code: Bytes,
    /// Whether the address was cold.
    pub was_cold: bool,
}

/// The block that is being built, or that a call runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockContext {
    /// L2 block number (what `ArbSys.arbBlockNumber` answers).
    pub number: u64,
    /// L1 block number (what the NUMBER opcode answers); 0 in dev mode.
    pub l1_number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// True base fee of the block in wei, also in calls where the EVM sees 0.
    pub base_fee: U256,
    /// Miner of the block.
    pub coinbase: Address,
}

/// The transaction that is being executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TxContext {
    /// Sender of the transaction.
    pub origin: Address,
    /// Price paid per gas in wei.
    pub gas_price: U256,
    /// Poster fee of this transaction in wei (`ArbGasInfo.getCurrentTxL1GasFees`).
    pub poster_fee: U256,
    /// Where the transaction came from.
    pub kind: TxKind,
    /// False in `eth_call` and estimates, which cannot change the chain.
    pub is_mutating: bool,
}

/// Where a transaction came from, as far as ArbOS treats it differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TxKind {
    /// Signed by a user (types 0, 1, 2, 4), or a call.
    #[default]
    Signed,
    /// From L1 with an aliased sender (types 0x65, 0x66, 0x68).
    Aliased,
    /// Made by the node itself (types 0x64, 0x69, 0x6a).
    System,
}

impl TxKind {
    /// Classifies an EIP-2718 type byte (0 for legacy).
    #[must_use]
    pub const fn of_type(type_byte: u8) -> Self {
        match type_byte {
            0x65 | 0x66 | 0x68 => Self::Aliased,
            0x64 | 0x69 | 0x6a => Self::System,
            _ => Self::Signed,
        }
    }
}
