//! What a call touches, as an access list (EIP-2930, `eth_createAccessList`).
//!
//! What is warm at the end is not enough: a frame that reverts leaves what it touched as cold as it
//! was, and has paid for it all the same. So the instructions are watched as well.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256};
use devnode_arbos::{address::ARBOS_STATE, pricing::l1::Measure};
use parking_lot::Mutex;
use revm::bytecode::opcode;

use crate::{
    BlockOverrides, CallError, CallRequest, Chain, StateOverrides, StateView, Step, Tracer,
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
            let seen = Arc::new(Mutex::new(Touched::new()));
            let Started { mut ctx, message } = stage
                .start(&request, environment, gas, Measure::Call)
                .map_err(|refusal| refusal.of_call())?;
            ctx.chain.watch.tracer = Some(Box::new(Onlooker(Arc::clone(&seen))));
            let (ctx, executed) = execute(ctx, message);
            let executed = executed.map_err(|error| CallError::Failed(error.to_string()))?;
            let seen = std::mem::take(&mut *seen.lock());
            let touched = touched(&ctx, &request, executed.created, seen);
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

/// Slots by account.
type Touched = BTreeMap<Address, BTreeSet<B256>>;

/// Notes what instructions touch, whatever becomes of their frame.
#[derive(Debug)]
struct Onlooker(Arc<Mutex<Touched>>);

impl Tracer for Onlooker {
    fn wants_steps(&self) -> bool {
        true
    }

    fn step(&mut self, step: &Step<'_>, _: &mut dyn StateView) {
        // What precompiles read of ArbOS's state costs nobody a warm slot.
        if step.address == ARBOS_STATE {
            return;
        }
        let account = |depth| step.peek(depth).map(|word| Address::from_word(word.into()));
        let (address, slot) = match step.op {
            opcode::SLOAD | opcode::SSTORE => (Some(step.address), step.peek(0)),
            opcode::EXTCODECOPY
            | opcode::EXTCODEHASH
            | opcode::EXTCODESIZE
            | opcode::BALANCE
            | opcode::SELFDESTRUCT => (account(0), None),
            opcode::CALL | opcode::CALLCODE | opcode::DELEGATECALL | opcode::STATICCALL => {
                (account(1), None)
            }
            _ => return,
        };
        let Some(address) = address else { return };
        let mut touched = self.0.lock();
        let slots = touched.entry(address).or_default();
        slots.extend(slot.map(B256::from));
    }

    fn result(&mut self) -> Result<String, String> {
        Ok(String::new())
    }
}

/// What is warm after a call, and what was while it ran. ArbOS leaves what it looks at as cold as it
/// was.
fn touched(
    ctx: &Context,
    request: &CallRequest,
    created: Option<Address>,
    mut seen: Touched,
) -> AccessList {
    let journal = &ctx.journaled_state.inner;
    let warm = &ctx.chain.rules.warm;
    let mut made = BTreeSet::new();
    for (&address, account) in &journal.state {
        let slots = account
            .storage
            .iter()
            .filter(|(_, word)| !word.is_cold_transaction_id(journal.transaction_id))
            .map(|(slot, _)| B256::from(*slot));
        let slots: Vec<_> = slots.collect();
        if !account.is_cold_transaction_id(journal.transaction_id) || !slots.is_empty() {
            seen.entry(address).or_default().extend(slots);
        }
        if account.is_created() {
            made.insert(address);
        }
    }
    let is_left_out = |address: Address| {
        address == request.from
            || request.to.or(created) == Some(address)
            || warm.contains(&address)
            || made.contains(&address)
    };
    seen.retain(|&address, slots| !slots.is_empty() || !is_left_out(address));
    let item = |(address, slots): (Address, BTreeSet<B256>)| AccessListItem {
        address,
        storage_keys: slots.into_iter().collect(),
    };
    AccessList(seen.into_iter().map(item).collect())
}
