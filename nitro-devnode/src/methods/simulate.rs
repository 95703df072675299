//! `eth_simulateV1` (devnode.md section 5.1).

use alloy_primitives::Bytes;
use devnode_chain::{
    CallError, Chain, SeriesBlock, SeriesError, SeriesOptions, SimulatedBlock, SimulatedCall,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Method;
use super::block::state_number;
use super::block_ref::BlockRef;
use super::call_request::{BlockOverrideParam, CallParam, StateOverrideParam};
use crate::context::Context;
use crate::json::{Hex, render};
use crate::rpc::{Args, FromParam, Reply, RpcError, RpcResult, object_by_serde};

/// Code of a call that ended without reverting; go-ethereum's for this method.
const VM_ERROR: i32 = -32015;

/// Blocks that one request may name.
const MOST_BLOCKS: usize = 256;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_simulateV1" => Method::Heavy(simulate),
        _ => return None,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    block_state_calls: Vec<BlockCalls>,
    trace_transfers: bool,
    validation: bool,
    return_full_transactions: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BlockCalls {
    block_overrides: Option<Box<serde_json::value::RawValue>>,
    state_overrides: Option<Box<serde_json::value::RawValue>>,
    calls: Vec<CallParam>,
}

impl FromParam for Options {
    fn from_param(json: &str) -> Result<Self, String> {
        object_by_serde(json, "ethapi.simOpts")
    }
}

fn simulate(context: &Context, mut args: Args<'_>) -> RpcResult {
    let options: Options = args.required()?;
    let base: Option<BlockRef> = args.optional()?;
    args.end()?;
    if options.block_state_calls.is_empty() {
        return Err(RpcError::invalid_params("empty input"));
    }
    if options.block_state_calls.len() > MOST_BLOCKS {
        return Err(RpcError::of_code(-38_026, "too many blocks"));
    }
    let base = state_number(context, base.unwrap_or_default())?;
    let is_full = options.return_full_transactions;
    let wishes = SeriesOptions {
        is_validated: options.validation,
        has_transfer_logs: options.trace_transfers,
    };
    let blocks: Vec<_> = options
        .block_state_calls
        .into_iter()
        .map(|one| one.read(&context.chain))
        .collect::<Result<_, _>>()?;
    let done = context.chain.simulate(base, blocks, wishes).map_err(refusal)?;
    let chain_id = context.chain.chain_id();
    let shown: Vec<Value> =
        done.iter().map(|one| show(one, is_full, chain_id)).collect::<Result<_, _>>()?;
    Reply::of(&shown)
}

impl BlockCalls {
    fn read(self, chain: &Chain) -> Result<SeriesBlock, RpcError> {
        let wrong = |why: String| RpcError::invalid_params(format!("invalid argument 0: {why}"));
        let environment = self.block_overrides.map(|raw| BlockOverrideParam::from_param(raw.get()));
        let mut environment = environment.transpose().map_err(wrong)?.unwrap_or_default();
        let state = self.state_overrides.map(|raw| StateOverrideParam::from_param(raw.get()));
        let state = state.transpose().map_err(wrong)?.unwrap_or_default();
        // The number of a block in the header; NUMBER stays the L1 block number.
        let number = environment.number.take().map(|number| number.0.saturating_to());
        let calls = self.calls.into_iter().map(|call| call.into_request(chain.chain_id()));
        Ok(SeriesBlock {
            number,
            environment: environment.into(),
            state: state.into_overrides(chain)?,
            calls: calls.collect::<Result<_, _>>()?,
        })
    }
}

fn refusal(error: SeriesError) -> RpcError {
    RpcError::of_code(error.code, error.message)
}

fn show(simulated: &SimulatedBlock, is_full: bool, chain_id: u64) -> Result<Value, RpcError> {
    let block = &simulated.block;
    let calls = simulated.calls.iter().enumerate().map(|(index, call)| {
        let mut shown = json!({
            "returnData": call.output,
            "logs": render::logs(block, index).collect::<Vec<_>>(),
            "gasUsed": Hex::from(call.gas_used),
            "maxUsedGas": Hex::from(call.peak_gas),
            "status": Hex::from(u64::from(call.error.is_none())),
        });
        if let Some(error) = failure(call) {
            shown["error"] = error;
        }
        shown
    });
    let calls: Vec<_> = calls.collect();
    let mut shown = serde_json::to_value(render::block(block, is_full, chain_id))
        .map_err(|error| RpcError::internal(&error))?;
    shown["calls"] = calls.into();
    Ok(shown)
}

fn failure(call: &SimulatedCall) -> Option<Value> {
    Some(match call.error.as_ref()? {
        CallError::Reverted { message, data } => {
            json!({ "code": 3, "message": message, "data": data })
        }
        other => json!({ "code": VM_ERROR, "message": other.to_string(), "data": Bytes::new() }),
    })
}
