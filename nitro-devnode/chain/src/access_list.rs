//! What a call touches, as an access list (EIP-2930, `eth_createAccessList`).

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256};
use devnode_arbos::pricing::l1::Measure;

use crate::{
    BlockOverrides, CallError, CallRequest, Chain, StateOverrides,
    evm::Context,
    message::{Ending, Executed, execute},
    simulation::{GasChoice, Started},
};

/// A list can change what a call does, by its gas; the search ends after this many runs.
const MOST_RUNS: usize = 8;

/// An access list, and how the call ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessListOutcome {
    /// Sorted by address and slot; without the sender, the callee and precompiles.
    pub list: AccessList,
    /// Gas used with the list.
    pub gas_used: u64,
    /// Why the call failed, if it did.
    pub error: Option<String>,
}

impl Chain {
    /// The accounts and slots that a call touches on the state after a block.
    ///
    /// # Errors
    ///
    /// What keeps the call from starting; a call that fails has its list.
    pub fn access_list(
        &self,
        request: &CallRequest,
        block: u64,
        is_pending: bool,
        state: &StateOverrides,
        environment: &BlockOverrides,
    ) -> Result<AccessListOutcome, CallError> {
        let stage = self.stage_at(block, is_pending)?.pretending(state, environment);
        let gas = GasChoice::of_call(request);
        let mut request = request.clone();
        for run in 1.. {
            let Started { ctx, message } = stage
                .start(&request, environment, gas, Measure::Call)
                .map_err(|refusal| refusal.of_call())?;
            let (ctx, executed) = execute(ctx, message);
            let executed = executed.map_err(|error| CallError::Failed(error.to_string()))?;
            let touched = touched(&ctx, &request, executed.created);
            if touched == request.access_list || run == MOST_RUNS {
                return Ok(outcome(touched, executed));
            }
            request.access_list = touched;
        }
        unreachable!("the loop ends at its last run")
    }
}

fn outcome(list: AccessList, executed: Executed) -> AccessListOutcome {
    let error = match executed.ending {
        Ending::Success => None,
        Ending::Revert => Some("execution reverted".to_owned()),
        Ending::Halt(text) => Some(text),
    };
    AccessListOutcome { list, gas_used: executed.gas_used, error }
}

/// What is warm after a call. ArbOS leaves what it looks at as cold as it was.
fn touched(ctx: &Context, request: &CallRequest, created: Option<Address>) -> AccessList {
    let journal = &ctx.journaled_state.inner;
    let warm = &ctx.chain.rules.warm;
    let is_left_out = |address: Address| {
        address == request.from
            || request.to.or(created) == Some(address)
            || warm.contains(&address)
    };
    let mut items = Vec::new();
    for (&address, account) in &journal.state {
        let mut storage_keys: Vec<B256> = account
            .storage
            .iter()
            .filter(|(_, word)| !word.is_cold_transaction_id(journal.transaction_id))
            .map(|(slot, _)| B256::from(*slot))
            .collect();
        storage_keys.sort_unstable();
        let is_cold = account.is_cold_transaction_id(journal.transaction_id);
        let is_listed = !is_cold && !account.is_created() && !is_left_out(address);
        if is_listed || !storage_keys.is_empty() {
            items.push(AccessListItem { address, storage_keys });
        }
    }
    items.sort_unstable_by_key(|item| item.address);
    AccessList(items)
}
