//! A chain in memory: maps, no EVM.

use std::collections::{HashMap, HashSet};

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use devnode_arbos::{
    ArbosState, Backend, BlockContext, CodeRead, PrecompileCall, PrecompileOutcome, TxContext,
    address::SEQUENCER,
    genesis::{Genesis, initialise},
    run_precompile,
};

/// An account that owns nothing and may do nothing.
pub(crate) const STRANGER: Address = address!("00000000000000000000000000000000000057a6");
/// A chain owner.
pub(crate) const OWNER: Address = devnode_arbos::address::DEV_ACCOUNT;
/// Gas that suffices for everything.
pub(crate) const PLENTY: u64 = 100_000_000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) storage: HashMap<(Address, U256), U256>,
    pub(crate) codes: HashMap<Address, Bytes>,
    pub(crate) nonces: HashMap<Address, u64>,
    pub(crate) balances: HashMap<Address, U256>,
    pub(crate) warm: HashSet<Address>,
    pub(crate) destroyed: HashSet<Address>,
    pub(crate) logs: Vec<Log>,
    pub(crate) block: BlockContext,
    pub(crate) tx: TxContext,
    pub(crate) open_pages: u16,
    pub(crate) forbids_debug: bool,
}

impl Chain {
    /// A dev chain at block 1.
    pub(crate) fn new(arbos_version: u64) -> Self {
        let mut chain = Self {
            block: BlockContext {
                number: 1,
                l1_number: 0,
                timestamp: 1_800_000_000,
                base_fee: U256::from(100_000_000),
                coinbase: SEQUENCER,
            },
            tx: TxContext { is_mutating: true, ..TxContext::default() },
            ..Self::default()
        };
        let genesis = Genesis {
            arbos_version,
            chain_config: br#"{"chainId":412346,"arbitrum":{"EnableArbOS":true}}"#.to_vec(),
            ..Genesis::default()
        };
        initialise(&mut chain.state(), &genesis);
        chain
    }

    pub(crate) fn state(&mut self) -> ArbosState<'_> {
        ArbosState::open(self)
    }

    /// Runs a call and keeps its changes only on success.
    pub(crate) fn run(&mut self, call: &PrecompileCall<'_>) -> PrecompileOutcome {
        let before = self.clone();
        if !call.value.is_zero() {
            *self.balances.entry(call.acting).or_default() += call.value;
        }
        let outcome = run_precompile(call, self);
        if !outcome.is_success() {
            *self = before;
        }
        outcome
    }

    /// A call of a top-level transaction.
    pub(crate) fn call(&mut self, to: Address, caller: Address, input: &[u8]) -> PrecompileOutcome {
        self.run(&call_of(to, caller, input))
    }

    /// A call with value.
    pub(crate) fn pay(
        &mut self,
        to: Address,
        caller: Address,
        value: U256,
        input: &[u8],
    ) -> PrecompileOutcome {
        self.run(&PrecompileCall { value, ..call_of(to, caller, input) })
    }

    pub(crate) fn deploy(&mut self, account: Address, code: &[u8]) -> B256 {
        self.codes.insert(account, Bytes::copy_from_slice(code));
        keccak256(code)
    }
}

/// A call of a top-level transaction with plenty of gas and no value.
pub(crate) const fn call_of(to: Address, caller: Address, input: &[u8]) -> PrecompileCall<'_> {
    PrecompileCall {
        address: to,
        acting: to,
        caller,
        callers_caller: None,
        value: U256::ZERO,
        input,
        gas: PLENTY,
        is_static: false,
        depth: 1,
    }
}

/// Calldata: the selector of a signature and words.
pub(crate) fn calldata(signature: &str, words: &[U256]) -> Vec<u8> {
    let mut data = keccak256(signature)[..4].to_vec();
    for word in words {
        data.extend_from_slice(&word.to_be_bytes::<32>());
    }
    data
}

pub(crate) fn word(value: impl IntoWord) -> U256 {
    value.into_word()
}

pub(crate) trait IntoWord {
    fn into_word(self) -> U256;
}

impl IntoWord for u64 {
    fn into_word(self) -> U256 {
        U256::from(self)
    }
}

impl IntoWord for Address {
    fn into_word(self) -> U256 {
        U256::from_be_slice(self.as_slice())
    }
}

impl IntoWord for B256 {
    fn into_word(self) -> U256 {
        self.into()
    }
}

/// The 32-byte words of an output.
pub(crate) fn words(output: &[u8]) -> Vec<U256> {
    output.chunks(32).map(U256::from_be_slice).collect()
}

/// Gas that a call with plenty has used.
pub(crate) const fn gas_used(outcome: &PrecompileOutcome) -> u64 {
    PLENTY - outcome.gas_left
}

impl Backend for Chain {
    fn block(&self) -> BlockContext {
        self.block
    }
    fn tx(&self) -> TxContext {
        self.tx
    }
    fn debug_precompiles_allowed(&self) -> bool {
        !self.forbids_debug
    }
    fn max_code_size(&self) -> u64 {
        24_576
    }
    fn l2_block_hash(&mut self, number: u64) -> B256 {
        keccak256(number.to_be_bytes())
    }
    fn storage(&mut self, account: Address, slot: U256) -> U256 {
        self.storage.get(&(account, slot)).copied().unwrap_or_default()
    }
    fn set_storage(&mut self, account: Address, slot: U256, value: U256) {
        self.storage.insert((account, slot), value);
    }
    fn code(&mut self, account: Address) -> Bytes {
        self.codes.get(&account).cloned().unwrap_or_default()
    }
    fn code_hash(&mut self, account: Address) -> B256 {
        self.codes.get(&account).map(keccak256).unwrap_or_default()
    }
    fn set_code(&mut self, account: Address, code: Bytes) {
        self.codes.insert(account, code);
    }
    fn set_nonce(&mut self, account: Address, nonce: u64) {
        self.nonces.insert(account, nonce);
    }
    fn load_code_warming(&mut self, account: Address) -> CodeRead {
        let was_cold = self.warm.insert(account);
        CodeRead { code: self.code(account), was_cold }
    }
    fn balance(&mut self, account: Address) -> U256 {
        self.balances.get(&account).copied().unwrap_or_default()
    }
    fn mint(&mut self, account: Address, amount: U256) {
        *self.balances.entry(account).or_default() += amount;
    }
    fn burn(&mut self, account: Address, amount: U256) -> bool {
        let balance = self.balances.entry(account).or_default();
        let Some(rest) = balance.checked_sub(amount) else { return false };
        *balance = rest;
        true
    }
    fn transfer(&mut self, from: Address, to: Address, amount: U256) -> bool {
        let is_paid = self.burn(from, amount);
        if is_paid {
            self.mint(to, amount);
        }
        is_paid
    }
    fn is_self_destructed(&mut self, account: Address) -> bool {
        self.destroyed.contains(&account)
    }
    fn emit_log(&mut self, address: Address, topics: Vec<B256>, data: Bytes) {
        self.logs.push(Log { address, topics, data });
    }
    fn open_pages(&self) -> u16 {
        self.open_pages
    }
}
