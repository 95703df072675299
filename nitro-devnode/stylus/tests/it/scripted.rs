//! A small chain whose answers are scripted, as the vectors of host functions presume it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use devnode_stylus::{
    Activation, ActivationConfig, ApiError, CallRequest, CallResult, CompiledProgram,
    CreateRequest, CreateResult, Engine, EngineConfig, EvmApi, HostCall, Pages, RunContext,
    SlotRead, SlotState, activate,
};

/// The chain; its fields are the script and the record.
#[derive(Debug, Default)]
pub(crate) struct ScriptedChain {
    /// Gas that every callee and init code uses, at most what it gets.
    pub(crate) callee_gas: u64,
    pub(crate) callee_return: Bytes,
    pub(crate) codes: HashMap<Address, Bytes>,
    pub(crate) balances: HashMap<Address, U256>,
    pub(crate) warm_accounts: BTreeSet<Address>,
    pub(crate) warm_slots: BTreeSet<B256>,
    pub(crate) original: BTreeMap<B256, B256>,
    pub(crate) storage: BTreeMap<B256, B256>,
    pub(crate) transient: BTreeMap<B256, B256>,
    pub(crate) pages: Pages,
    pub(crate) refund: i64,
    pub(crate) calls: Vec<CallRequest>,
    pub(crate) creates: Vec<CreateRequest>,
    pub(crate) logs: Vec<(Vec<B256>, Bytes)>,
    pub(crate) console: Vec<String>,
    pub(crate) trace: Vec<HostCall>,
    /// Makes storage loads fail, as a broken database would.
    pub(crate) is_broken: bool,
}

impl ScriptedChain {
    pub(crate) fn with_pages(footprint: u16) -> Self {
        Self { pages: Pages { open: footprint, ever: footprint }, ..Self::default() }
    }

    /// The finished host calls by name, with the ink each took.
    pub(crate) fn host_calls(&self) -> Vec<(&'static str, u64)> {
        self.trace
            .iter()
            .filter(|call| !call.name.starts_with("user_"))
            .map(|call| (call.name, call.start_ink - call.end_ink))
            .collect()
    }
}

impl EvmApi for ScriptedChain {
    fn storage_load(&mut self, slot: B256) -> Result<SlotRead, ApiError> {
        if self.is_broken {
            return Err("the database is gone".into());
        }
        let value = self.storage.get(&slot).copied().unwrap_or_default();
        Ok(SlotRead { value, was_cold: self.warm_slots.insert(slot) })
    }

    fn storage_store(&mut self, slot: B256, value: B256) -> Result<SlotState, ApiError> {
        let original = self.original.get(&slot).copied().unwrap_or_default();
        let current = self.storage.insert(slot, value).unwrap_or_default();
        Ok(SlotState { original, current, was_cold: self.warm_slots.insert(slot) })
    }

    fn transient_load(&mut self, slot: B256) -> Result<B256, ApiError> {
        Ok(self.transient.get(&slot).copied().unwrap_or_default())
    }

    fn transient_store(&mut self, slot: B256, value: B256) -> Result<(), ApiError> {
        self.transient.insert(slot, value);
        Ok(())
    }

    fn warm_account(&mut self, address: Address) -> Result<bool, ApiError> {
        Ok(self.warm_accounts.insert(address))
    }

    fn account_is_empty(&mut self, address: Address) -> Result<bool, ApiError> {
        Ok(!self.codes.contains_key(&address) && !self.balances.contains_key(&address))
    }

    fn account_balance(&mut self, address: Address) -> Result<U256, ApiError> {
        Ok(self.balances.get(&address).copied().unwrap_or_default())
    }

    fn account_code_hash(&mut self, address: Address) -> Result<B256, ApiError> {
        Ok(self.codes.get(&address).map(keccak256).unwrap_or_default())
    }

    fn account_code(&mut self, address: Address) -> Result<Bytes, ApiError> {
        Ok(self.codes.get(&address).cloned().unwrap_or_default())
    }

    fn call(&mut self, request: CallRequest) -> Result<CallResult, ApiError> {
        let gas_left = request.gas - self.callee_gas.min(request.gas);
        let success = self.callee_gas <= request.gas;
        self.calls.push(request);
        Ok(CallResult { success, gas_left, return_data: self.callee_return.clone() })
    }

    fn create(&mut self, request: CreateRequest) -> Result<CreateResult, ApiError> {
        let gas_left = request.gas - self.callee_gas.min(request.gas);
        self.creates.push(request);
        let address = Some(Address::repeat_byte(0x11));
        Ok(CreateResult { address, gas_left, return_data: Bytes::new() })
    }

    fn emit_log(&mut self, topics: Vec<B256>, data: Bytes) -> Result<(), ApiError> {
        self.logs.push((topics, data));
        Ok(())
    }

    fn add_refund(&mut self, gas: i64) {
        self.refund += gas;
    }

    fn pages(&self) -> Pages {
        self.pages
    }

    fn set_pages(&mut self, pages: Pages) {
        self.pages = pages;
    }

    fn console(&mut self, line: &str) {
        self.console.push(line.to_owned());
    }

    fn trace(&mut self, call: HostCall) {
        self.trace.push(call);
    }
}

/// The rules of dev mode.
pub(crate) const fn dev_config() -> ActivationConfig {
    ActivationConfig {
        arbos_version: 51,
        stylus_version: 2,
        debug_chain: false,
        page_limit: 128,
        code_hash: B256::ZERO,
    }
}

/// Activates and compiles a program given as text, on a debug chain.
pub(crate) fn program(engine: &Engine, text: &str) -> (Activation, CompiledProgram) {
    let module = wat::parse_str(text).expect("the text is a module");
    let config = ActivationConfig { debug_chain: true, ..dev_config() };
    let activation = activate(&module, &config, &mut u64::MAX.clone()).expect("it activates");
    let program = engine.compile(&activation.program).expect("it compiles");
    (activation, program)
}

pub(crate) fn engine() -> Engine {
    Engine::new(EngineConfig::default()).expect("the machine runs compiled wasm")
}

/// The defaults of dev mode, traced.
pub(crate) const fn traced() -> RunContext {
    RunContext { trace: true, ..RunContext::dev() }
}
