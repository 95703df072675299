//! Transactions in anybody's name (devnode.md section 7.4, rule 7).

use std::pin::Pin;

use alloy_primitives::Address;
use devnode_chain::{CallRequest, SendError};

use super::done;
use crate::context::Context;
use crate::methods::call_request::CallParam;
use crate::methods::send::SYNC_WAIT;
use crate::methods::transaction::receipt_reply;
use crate::methods::{Method, fill};
use crate::rpc::{Address20, Args, Data, FromParam, Hash32, Reply, RpcError, RpcResult, by_serde};
use crate::rpc_server::heavily;

/// Tries to find the next nonce while others send for the same account.
const MOST_TRIES: usize = 16;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "impersonateAccount" => Method::Quick(impersonate),
        "stopImpersonatingAccount" => Method::Quick(stop),
        "impersonateSignature" => Method::Quick(impersonate_signature),
        "autoImpersonateAccount" => Method::Quick(impersonate_everybody),
        _ => return None,
    })
}

fn impersonate(context: &Context, mut args: Args<'_>) -> RpcResult {
    let account: Address = args.required()?;
    args.end()?;
    context.chain.impersonate(account);
    done()
}

fn stop(context: &Context, mut args: Args<'_>) -> RpcResult {
    let account: Address = args.required()?;
    args.end()?;
    context.chain.stop_impersonating(account);
    done()
}

fn impersonate_everybody(context: &Context, mut args: Args<'_>) -> RpcResult {
    let is_on: bool = args.required()?;
    args.end()?;
    context.chain.impersonate_everybody(is_on);
    done()
}

/// `[signature, account]`, or the two in a list, as anvil 1.7 wants them.
struct Pretence([u8; 65], Address);

impl FromParam for Pretence {
    fn from_param(json: &str) -> Result<Self, String> {
        let (signature, account): (Data, Address20) = by_serde(json)?;
        Self::of(&signature, account.into())
    }
}

impl Pretence {
    fn of(signature: &Data, account: Address) -> Result<Self, String> {
        let bytes = <[u8; 65]>::try_from(signature.0.as_ref());
        let bytes = bytes.map_err(|_| "a signature has 65 bytes".to_owned())?;
        Ok(Self(bytes, account))
    }
}

fn impersonate_signature(context: &Context, mut args: Args<'_>) -> RpcResult {
    let Pretence(signature, account) = if args.is_next_a_list() {
        args.required()?
    } else {
        let (signature, account): (Data, Address) = (args.required()?, args.required()?);
        Pretence::of(&signature, account)
            .map_err(|why| RpcError::invalid_params(format!("invalid argument 0: {why}")))?
    };
    args.end()?;
    context.chain.impersonate_signature(signature, account);
    done()
}

type Answer<'a> = Pin<Box<dyn Future<Output = RpcResult> + Send + 'a>>;

/// Who answers for a transaction that came without a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Authority {
    /// Nobody: the sender is impersonated.
    Impersonation,
    /// The sender, whose key the node has.
    Key,
}

/// `eth_sendTransaction`: only for impersonated accounts and those whose keys the node was told to
/// use; there are no others (devnode.md section 5.1).
pub(in crate::methods) fn send_transaction<'a>(
    context: &'a Context,
    mut args: Args<'a>,
) -> Answer<'a> {
    Box::pin(async move {
        let request = read(context, &mut args)?;
        let authority = if context.chain.is_impersonated(request.from) {
            Authority::Impersonation
        } else if context.signs_for(request.from) {
            Authority::Key
        } else {
            return Err(RpcError::server("unknown account"));
        };
        heavily(|| send(context, &request, authority))
    })
}

/// `eth_sendTransactionSync`: the same, answered with the receipt when the block is there.
pub(in crate::methods) fn send_transaction_sync<'a>(
    context: &'a Context,
    args: Args<'a>,
) -> Answer<'a> {
    Box::pin(async move {
        let mut heads = context.heads.clone();
        let sent = send_transaction(context, args).await?;
        let hash = Hash32::from_param(sent.as_str()).map_err(|why| RpcError::internal(&why))?;
        let is_there = heads.wait_for(|_| context.chain.locate(hash.0).is_some());
        if tokio::time::timeout(SYNC_WAIT, is_there).await.is_err() {
            let text = "the transaction waits for a block that is not made".to_owned();
            return Err(RpcError::sync_timeout(text, hash.0.as_slice()));
        }
        receipt_reply(context, hash.0)
    })
}

/// `eth_sendUnsignedTransaction`: impersonates the sender for this transaction only.
pub(in crate::methods) fn send_unsigned<'a>(
    context: &'a Context,
    mut args: Args<'a>,
) -> Answer<'a> {
    Box::pin(async move {
        let request = read(context, &mut args)?;
        heavily(|| send_as(context, &request))
    })
}

/// Sends a transaction in its sender's name, whoever that is.
pub(super) fn send_as(context: &Context, request: &CallRequest) -> RpcResult {
    send(context, request, Authority::Impersonation)
}

fn read(context: &Context, args: &mut Args<'_>) -> Result<CallRequest, RpcError> {
    let call: CallParam = args.required()?;
    args.end()?;
    call.into_request(context.chain.chain_id())
}

fn send(context: &Context, request: &CallRequest, authority: Authority) -> RpcResult {
    for _ in 0..MOST_TRIES {
        let filled = fill::fill(context, request)?;
        let transaction = filled.dynamic(request, context.chain.chain_id());
        let sent = match authority {
            Authority::Impersonation => context.chain.send_as(request.from, transaction),
            Authority::Key => context.chain.send_raw(&context.sign(request.from, transaction)?),
        };
        match sent {
            Ok(hash) => return Reply::of(&hash),
            // Somebody else was faster with the nonce that was free a moment ago.
            Err(SendError::NonceTooLow { .. }) if request.nonce.is_none() => {}
            Err(why) => return Err(RpcError::server(why.to_string())),
        }
    }
    Err(RpcError::server("too many others send for this account; give a nonce"))
}
