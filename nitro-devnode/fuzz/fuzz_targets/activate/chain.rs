//! The chain that fuzzed programs run on.

use alloy_primitives::{Address, B256, Bytes, U256};
use devnode_stylus::{
    ApiError, CallRequest, CallResult, CreateRequest, CreateResult, EvmApi, Pages, SlotRead,
    SlotState,
};

/// A chain that holds nothing and where every call succeeds.
pub struct EmptyChain {
    pages: Pages,
}

impl EmptyChain {
    pub fn new(pages: Pages) -> Self {
        Self { pages }
    }
}

impl EvmApi for EmptyChain {
    fn storage_load(&mut self, _slot: B256) -> Result<SlotRead, ApiError> {
        Ok(SlotRead { value: B256::ZERO, was_cold: true })
    }

    fn storage_store(&mut self, _slot: B256, _value: B256) -> Result<SlotState, ApiError> {
        Ok(SlotState { original: B256::ZERO, current: B256::ZERO, was_cold: true })
    }

    fn transient_load(&mut self, _slot: B256) -> Result<B256, ApiError> {
        Ok(B256::ZERO)
    }

    fn transient_store(&mut self, _slot: B256, _value: B256) -> Result<(), ApiError> {
        Ok(())
    }

    fn warm_account(&mut self, _address: Address) -> Result<bool, ApiError> {
        Ok(true)
    }

    fn account_is_empty(&mut self, _address: Address) -> Result<bool, ApiError> {
        Ok(true)
    }

    fn account_balance(&mut self, _address: Address) -> Result<U256, ApiError> {
        Ok(U256::ZERO)
    }

    fn account_code_hash(&mut self, _address: Address) -> Result<B256, ApiError> {
        Ok(B256::ZERO)
    }

    fn account_code(&mut self, _address: Address) -> Result<Bytes, ApiError> {
        Ok(Bytes::from_static(b"some code"))
    }

    fn call(&mut self, request: CallRequest) -> Result<CallResult, ApiError> {
        Ok(CallResult { success: true, gas_left: request.gas / 2, return_data: request.input })
    }

    fn create(&mut self, request: CreateRequest) -> Result<CreateResult, ApiError> {
        Ok(CreateResult { address: None, gas_left: request.gas / 2, return_data: Bytes::new() })
    }

    fn emit_log(&mut self, topics: Vec<B256>, _data: Bytes) -> Result<(), ApiError> {
        assert!(topics.len() <= 4);
        Ok(())
    }

    fn add_refund(&mut self, _gas: i64) {}

    fn pages(&self) -> Pages {
        self.pages
    }

    fn set_pages(&mut self, pages: Pages) {
        self.pages = pages;
    }
}
