//! What a running program asks of its chain.

use alloy_primitives::{Address, B256, Bytes, U256};

/// A failure of the chain itself (its database, its executor), not of the program.
///
/// It ends the run with [`RunError::Chain`](crate::RunError::Chain): there is no outcome then.
pub type ApiError = Box<dyn std::error::Error + Send + Sync>;

/// The chain as one program call sees it.
///
/// One value serves one frame: "the acting address" below is the `contract_address` of the
/// [`RunContext`](crate::RunContext) that the run was started with. All effects belong to the
/// frame's snapshot, except for [`set_pages`](Self::set_pages): the chain undoes them when the frame
/// does not succeed.
///
/// The functions charge nothing. They are called only where the rules of host 3 and 4 say so, with
/// the ink of the base price already bought and the static context already checked.
pub trait EvmApi {
    /// Reads a slot of the acting address and makes it warm.
    ///
    /// # Errors
    ///
    /// When the chain cannot answer; so for every function of this trait.
    fn storage_load(&mut self, slot: B256) -> Result<SlotRead, ApiError>;

    /// Writes a slot of the acting address and makes it warm. Reports what the slot held before,
    /// from which this crate computes the gas and the refund (host 3.4).
    fn storage_store(&mut self, slot: B256, value: B256) -> Result<SlotState, ApiError>;

    /// Reads a transient slot of the acting address (EIP-1153).
    fn transient_load(&mut self, slot: B256) -> Result<B256, ApiError>;

    /// Writes a transient slot of the acting address (EIP-1153).
    fn transient_store(&mut self, slot: B256, value: B256) -> Result<(), ApiError>;

    /// Makes an account warm. Returns whether it was cold before.
    fn warm_account(&mut self, address: Address) -> Result<bool, ApiError>;

    /// Tells whether an account is empty as EIP-161 defines it; non-existent ones are.
    fn account_is_empty(&mut self, address: Address) -> Result<bool, ApiError>;

    /// The balance of an account in wei. Does not change its warmth.
    fn account_balance(&mut self, address: Address) -> Result<U256, ApiError>;

    /// The stored code hash: zero for a non-existent account, the hash of nothing for an existing
    /// account without code (host 4.7). Does not change its warmth.
    fn account_code_hash(&mut self, address: Address) -> Result<B256, ApiError>;

    /// The raw deployed code: of a Stylus contract with its prefix, of an EIP-7702 account the
    /// designator. Does not change the warmth of the account.
    fn account_code(&mut self, address: Address) -> Result<Bytes, ApiError>;

    /// Performs a call with exactly `request.gas` gas, the stipend included, under the EVM's rules:
    /// depth limit, balance check, value transfer, precompiles, snapshot (host 4.2 step 5).
    ///
    /// The chain derives caller, callee and inherited value from the kind of the call and from the
    /// frame. It must not deduct gas from the calling frame.
    fn call(&mut self, request: CallRequest) -> Result<CallResult, ApiError>;

    /// Performs a creation from the acting address with exactly `request.gas` gas (host 4.4 step
    /// 8). The chain must not deduct gas from the calling frame and must not apply the EIP-3860
    /// limit or word charge.
    fn create(&mut self, request: CreateRequest) -> Result<CreateResult, ApiError>;

    /// Records a log of the acting address; at most four topics.
    fn emit_log(&mut self, topics: Vec<B256>, data: Bytes) -> Result<(), ApiError>;

    /// Changes the transaction's refund counter (EIP-3529) by `gas`, journaled with this frame.
    fn add_refund(&mut self, gas: i64);

    /// The transaction-wide page counters (host 6.3).
    fn pages(&self) -> Pages;

    /// Replaces the page counters. Not undone when the frame fails: they are not journaled.
    ///
    /// At the end of the frame the chain restores [`Pages::open`] by itself (host 6.1 step 7).
    fn set_pages(&mut self, pages: Pages);

    /// Receives a line of the `console` imports of debug chains (host 1.6). Ignored by default.
    fn console(&mut self, line: &str) {
        let _ = line;
    }

    /// Says that records were lost from here on: the run made more host calls than can wait for the
    /// tracer. Ignored by default.
    fn trace_overflowed(&mut self) {}

    /// Receives each finished host call, in the order in which they finish, when
    /// [`RunContext::trace`](crate::RunContext::trace) is set. Ignored by default.
    fn trace(&mut self, call: HostCall) {
        let _ = call;
    }
}

/// What reading a storage slot reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotRead {
    /// The value that the slot holds now.
    pub value: B256,
    /// Whether the slot was cold before this read.
    pub was_cold: bool,
}

/// What a storage slot was before a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotState {
    /// The value at the start of the transaction.
    pub original: B256,
    /// The value just before the write.
    pub current: B256,
    /// Whether the slot was cold before the write.
    pub was_cold: bool,
}

/// The three ways in which a program calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// The acting address calls, with value.
    Call,
    /// Caller, value and acting address of this frame stay, only the code is the target's.
    Delegate,
    /// The acting address calls without value; the callee runs in a static context.
    Static,
}

/// A call that a program makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRequest {
    /// The way of calling.
    pub kind: CallKind,
    /// The address whose code runs.
    pub target: Address,
    /// The calldata.
    pub input: Bytes,
    /// Wei sent along; zero unless `kind` is [`CallKind::Call`].
    pub value: U256,
    /// Gas the callee starts with, the 2300 of a value transfer included.
    pub gas: u64,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallResult {
    /// Whether the callee succeeded.
    pub success: bool,
    /// Gas the callee gives back: 0 after an error that is not a revert, all of it when the call
    /// was refused for depth or balance.
    pub gas_left: u64,
    /// Return data of success or revert, else empty.
    pub return_data: Bytes,
}

/// A creation that a program makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRequest {
    /// The init code.
    pub init_code: Bytes,
    /// Wei the new contract starts with.
    pub endowment: U256,
    /// The salt of `create2`; `None` selects the nonce-based address of `create1`.
    pub salt: Option<B256>,
    /// Gas of the init code and the code deposit.
    pub gas: u64,
}

/// How a creation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateResult {
    /// The new contract, `None` on every kind of failure.
    pub address: Option<Address>,
    /// Gas that was not used.
    pub gas_left: u64,
    /// The revert data of init code that reverted, else empty.
    pub return_data: Bytes,
}

/// The transaction-wide counters of memory pages, 64 KiB each (host 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pages {
    /// Pages open in the running program calls.
    pub open: u16,
    /// Most pages that were ever open in this transaction.
    pub ever: u16,
}

impl Pages {
    /// The counters after `new` more pages were opened; both saturate.
    #[must_use]
    pub const fn opened(self, new: u16) -> Self {
        let open = self.open.saturating_add(new);
        Self { open, ever: if open > self.ever { open } else { self.ever } }
    }
}

/// A finished host call, for tracers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCall {
    /// Name of the function without its module, such as `storage_load_bytes32`.
    pub name: &'static str,
    /// The arguments, big-endian and concatenated as Nitro's tracer prints them.
    pub args: Bytes,
    /// The results, encoded likewise.
    pub outs: Bytes,
    /// Ink before the call's own price.
    pub start_ink: u64,
    /// Ink after the call.
    pub end_ink: u64,
    /// The callee of the three `…_contract` functions.
    pub target: Option<Address>,
}
