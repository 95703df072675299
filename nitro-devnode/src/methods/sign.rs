//! Signing with keys that the node was told to use; by default it has none (devnode.md sections 5.1
//! and 7.1).

use alloy_consensus::{SignableTransaction, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, eip191_hash_message};
use serde_json::json;

use super::call_request::CallParam;
use super::{Method, comfort, fill};
use crate::context::Context;
use crate::rpc::{Args, Data, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_sendTransaction" => Method::Waiting(comfort::send_transaction),
        "eth_sendUnsignedTransaction" => Method::Waiting(comfort::send_unsigned),
        "eth_sendTransactionSync" => Method::Waiting(comfort::send_transaction_sync),
        "eth_sign" => Method::Quick(sign),
        "personal_sign" => Method::Quick(personal_sign),
        "eth_signTransaction" => Method::Heavy(sign_transaction),
        _ => return None,
    })
}

/// `eth_sign [account, data]`.
fn sign(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (account, data): (Address, Data) = (args.required()?, args.required()?);
    args.end()?;
    signature(context, account, &data.0)
}

/// `personal_sign [data, account, password?]`.
fn personal_sign(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (data, account): (Data, Address) = (args.required()?, args.required()?);
    let _password: Option<String> = args.optional()?;
    args.end()?;
    signature(context, account, &data.0)
}

/// EIP-191; the last byte is 27 or 28.
fn signature(context: &Context, account: Address, data: &[u8]) -> RpcResult {
    let signature = context.sign_hash(account, eip191_hash_message(data))?;
    Reply::of(&Bytes::from(signature.as_bytes().to_vec()))
}

fn sign_transaction(context: &Context, mut args: Args<'_>) -> RpcResult {
    let call: CallParam = args.required()?;
    args.end()?;
    let request = call.into_request(context.chain.chain_id())?;
    if !context.signs_for(request.from) {
        return Err(RpcError::server("unknown account"));
    }
    let filled = fill::fill(context, &request)?;
    let transaction = filled.dynamic(&request, context.chain.chain_id());
    let signature = context.sign_hash(request.from, transaction.signature_hash())?;
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    Reply::of(&json!({
        "raw": Bytes::from(envelope.encoded_2718()),
        "tx": fill::shown(&envelope),
    }))
}
