//! Filling in what a transaction leaves open (`eth_fillTransaction`, devnode.md section 5.1).

use alloy_consensus::{SignableTransaction, Transaction as _, TxEip1559, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Bytes, Signature, TxKind, U256};
use devnode_chain::{BlockOverrides, CallRequest};
use serde_json::{Value, json};

use super::Method;
use super::call::refusal;
use super::call_request::CallParam;
use crate::context::Context;
use crate::json::{Hex, render};
use crate::rpc::{Args, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_fillTransaction" => Method::Heavy(fill_transaction),
        _ => return None,
    })
}

/// What every transaction must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    pub(super) nonce: u64,
    pub(super) gas: u64,
    /// Wei.
    pub(super) max_fee_per_gas: u128,
    /// Wei.
    pub(super) max_priority_fee_per_gas: u128,
}

impl Filled {
    /// The transaction of type 2 that the request becomes.
    pub(super) fn dynamic(&self, request: &CallRequest, chain_id: u64) -> TxEip1559 {
        TxEip1559 {
            chain_id,
            nonce: self.nonce,
            gas_limit: self.gas,
            max_fee_per_gas: self.max_fee_per_gas,
            max_priority_fee_per_gas: self.max_priority_fee_per_gas,
            to: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value,
            access_list: request.access_list.clone(),
            input: request.input.clone(),
        }
    }
}

/// Takes what the request says, and finds the rest: the next nonce, an estimate of the gas, a
/// price that survives a doubling of the base fee, no tip.
pub(super) fn fill(context: &Context, request: &CallRequest) -> Result<Filled, RpcError> {
    let chain = &context.chain;
    let head = chain.head_number();
    let base_fee = chain.block(head).and_then(|block| block.header.base_fee_per_gas);
    let tip = request.gas_price.or(request.max_priority_fee_per_gas).unwrap_or(0);
    let cap = request
        .gas_price
        .or(request.max_fee_per_gas)
        .unwrap_or_else(|| tip.saturating_add(2 * u128::from(base_fee.unwrap_or_default())));
    let gas = match request.gas {
        Some(gas) => gas,
        None => chain
            .estimate_gas(request, head, true, &Vec::new(), &BlockOverrides::default())
            .map_err(refusal)?,
    };
    Ok(Filled {
        nonce: request.nonce.unwrap_or_else(|| chain.pending_nonce(request.from)),
        gas,
        max_fee_per_gas: cap,
        max_priority_fee_per_gas: tip,
    })
}

/// Answers the filled transaction, not signed: its signature is zero.
fn fill_transaction(context: &Context, mut args: Args<'_>) -> RpcResult {
    let call: CallParam = args.required()?;
    args.end()?;
    let request = call.into_request(context.chain.chain_id())?;
    let filled = fill(context, &request)?;
    let unsigned = Signature::new(U256::ZERO, U256::ZERO, false);
    let chain_id = context.chain.chain_id();
    let is_legacy = request.gas_price.is_some() && request.access_list.is_empty();
    let envelope: TxEnvelope = if is_legacy {
        let transaction = TxLegacy {
            chain_id: Some(chain_id),
            nonce: filled.nonce,
            gas_price: filled.max_fee_per_gas,
            gas_limit: filled.gas,
            to: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value,
            input: request.input,
        };
        transaction.into_signed(unsigned).into()
    } else {
        filled.dynamic(&request, chain_id).into_signed(unsigned).into()
    };
    Reply::of(&json!({
        "raw": Bytes::from(envelope.encoded_2718()),
        "tx": shown(&envelope),
    }))
}

/// A transaction that is in no block, as go-ethereum shows it.
pub(super) fn shown(envelope: &TxEnvelope) -> Value {
    let (signature, is_legacy) = (envelope.signature(), envelope.is_legacy());
    let parity = u64::from(signature.v());
    let mut shown = json!({
        "type": Hex::from(u64::from(u8::from(envelope.tx_type()))),
        "chainId": envelope.chain_id().map(Hex::from),
        "nonce": Hex::from(envelope.nonce()),
        "to": envelope.to(),
        "gas": Hex::from(envelope.gas_limit()),
        "gasPrice": envelope.gas_price().map(Hex),
        "value": envelope.value(),
        "input": envelope.input(),
        "v": Hex::from(parity),
        "r": signature.r(),
        "s": signature.s(),
        "hash": envelope.tx_hash(),
    });
    if !is_legacy {
        shown["maxFeePerGas"] = json!(Hex(envelope.max_fee_per_gas()));
        shown["maxPriorityFeePerGas"] = json!(envelope.max_priority_fee_per_gas().map(Hex));
        shown["accessList"] = json!(envelope.access_list().map(render::access_entries));
        shown["yParity"] = json!(Hex::from(parity));
    }
    shown
}
