//! Tracing (devnode.md section 5.8).

use std::sync::Arc;

use alloy_primitives::B256;
use devnode_chain::{Block, BlockOverrides, Chain, Place, StateOverrides, TraceError, Tracer};
use devnode_trace::{TraceConfig, is_native, make};
use serde::Deserialize;

use super::Method;
use super::block::block_at;
use super::block_ref::BlockRef;
use super::call_request::{BlockOverrideParam, CallParam, StateOverrideParam};
use crate::context::Context;
use crate::rpc::{
    Args, FromParam, Hash32, Quantity64, Reply, RpcError, RpcResult, object_by_serde,
};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "debug_traceTransaction" => Method::Heavy(transaction),
        "debug_traceCall" => Method::Heavy(call),
        "debug_traceBlockByNumber" => Method::Heavy(block::<BlockRef>),
        "debug_traceBlockByHash" => Method::Heavy(block::<Hash32>),
        "debug_traceBlock" => Method::Heavy(raw_block),
        _ => return None,
    })
}

impl FromParam for TraceConfig {
    fn from_param(json: &str) -> Result<Self, String> {
        object_by_serde(json, "tracers.TraceConfig")
    }
}

/// The members that only `debug_traceCall` takes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CallMembers {
    state_overrides: Option<Box<serde_json::value::RawValue>>,
    block_overrides: Option<Box<serde_json::value::RawValue>>,
    tx_index: Option<Quantity64>,
}

/// What `debug_traceCall` takes as its configuration.
#[derive(Debug, Default)]
struct CallConfig {
    trace: TraceConfig,
    state: StateOverrideParam,
    environment: BlockOverrides,
    index: Option<usize>,
}

impl FromParam for CallConfig {
    fn from_param(json: &str) -> Result<Self, String> {
        let kind = "tracers.TraceCallConfig";
        let members: CallMembers = object_by_serde(json, kind)?;
        let state = members.state_overrides.as_ref().map(|raw| raw.get());
        let environment = members.block_overrides.as_ref().map(|raw| raw.get());
        let index = members.tx_index.map(|index| usize::try_from(index.0).unwrap_or(usize::MAX));
        Ok(Self {
            trace: object_by_serde(json, kind)?,
            state: state.map_or(Ok(StateOverrideParam::default()), FromParam::from_param)?,
            environment: environment
                .map_or(Ok(BlockOverrideParam::default()), FromParam::from_param)?
                .into(),
            index,
        })
    }
}

fn refusal(error: TraceError) -> RpcError {
    RpcError::server(error.to_string())
}

fn transaction(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    let config: TraceConfig = args.optional()?.unwrap_or_default();
    args.end()?;
    let trace = context.chain.trace_transaction(hash.0, &mut |place| make(&config, place));
    trace.map(Reply::from_json).map_err(refusal)
}

fn call(context: &Context, mut args: Args<'_>) -> RpcResult {
    let call: CallParam = args.required()?;
    let block: BlockRef = args.required()?;
    let config: CallConfig = args.optional()?.unwrap_or_default();
    args.end()?;
    if block == BlockRef::Pending {
        return Err(RpcError::server("tracing on top of pending is not supported"));
    }
    let number = existing(context, block)?.header.number;
    let request = call.into_request(context.chain.chain_id())?;
    let state: StateOverrides = config.state.into_overrides(&context.chain)?;
    let place = Place { block_number: number, ..Place::default() };
    let tracer: Box<dyn Tracer> = make(&config.trace, place).map_err(RpcError::server)?;
    let chain: &Chain = &context.chain;
    chain
        .trace_call(&request, number, config.index, &state, &config.environment, tracer)
        .map(Reply::from_json)
        .map_err(refusal)
}

fn block<T: FromParam + Into<BlockRef>>(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block: T = args.required()?;
    let config: TraceConfig = args.optional()?.unwrap_or_default();
    args.end()?;
    let block = existing(context, block.into())?;
    trace_block(context, &block, &config)
}

/// A block of this chain as RLP: its header's hash tells which.
fn raw_block(context: &Context, mut args: Args<'_>) -> RpcResult {
    let raw: crate::rpc::Data = args.required()?;
    let config: TraceConfig = args.optional()?.unwrap_or_default();
    args.end()?;
    let hash = header_hash(&raw.0)
        .ok_or_else(|| RpcError::server("could not decode block: rlp: expected a list"))?;
    let block = existing(context, BlockRef::Hash(hash))?;
    trace_block(context, &block, &config)
}

/// Hash of the first item of a list of lists.
fn header_hash(block: &[u8]) -> Option<B256> {
    let mut rest = block;
    let list = alloy_rlp::Header::decode(&mut rest).ok().filter(|list| list.list)?;
    let mut items = rest.get(..list.payload_length)?;
    let whole = items;
    let header = alloy_rlp::Header::decode(&mut items).ok().filter(|header| header.list)?;
    let len = whole.len() - items.len() + header.payload_length;
    whole.get(..len).map(alloy_primitives::keccak256)
}

fn trace_block(context: &Context, block: &Block, config: &TraceConfig) -> RpcResult {
    /// One transaction of the answer.
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Traced {
        tx_hash: B256,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<Box<serde_json::value::RawValue>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    }
    let traces = context
        .chain
        .trace_block(block.header.number, &mut |place| make(config, place))
        .map_err(refusal)?;
    // One transaction without a trace spoils the answer, except where scripts trace.
    let is_script = config.tracer.as_deref().is_some_and(|name| !is_native(name));
    let mut all = Vec::with_capacity(traces.len());
    for traced in traces {
        let tx_hash = traced.hash;
        all.push(match traced.result {
            Ok(text) => {
                let raw = serde_json::value::RawValue::from_string(text);
                let result = Some(raw.map_err(|error| RpcError::internal(&error))?);
                Traced { tx_hash, result, error: None }
            }
            Err(error) if is_script => {
                Traced { tx_hash, result: None, error: Some(error.to_string()) }
            }
            Err(error) => return Err(refusal(error)),
        });
    }
    Reply::of(&all)
}

/// The block that a request names, or the error of the tracing methods.
pub(super) fn existing(context: &Context, block: BlockRef) -> Result<Arc<Block>, RpcError> {
    block_at(context, block).ok_or_else(|| {
        RpcError::server(match block {
            BlockRef::Hash(hash) => format!("block {hash} not found"),
            BlockRef::Number(number) => format!("block #{number} not found"),
            _ => "header not found".to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{hex, keccak256};

    use super::*;

    #[test]
    fn a_raw_block_is_known_by_the_hash_of_its_first_item() {
        // [[1, 2], [], []]
        let block = hex!("c5c20102c0c0");

        assert_eq!(header_hash(&block), Some(keccak256(hex!("c20102"))));
        for broken in [&hex!("82c201")[..], &hex!("c5"), &hex!("c401"), &[]] {
            assert_eq!(header_hash(broken), None);
        }
    }
}
