//! Sending signed transactions (devnode.md sections 2.7 and 2.8).

use std::pin::Pin;
use std::time::Duration;

use alloy_primitives::{B256, Bytes};
use devnode_chain::SendError;
use tokio::time::{Instant, timeout_at};

use super::{Method, transaction};
use crate::context::Context;
use crate::rpc::{Args, Data, LenientNumber, Reply, RpcError, RpcResult};
use crate::rpc_server::heavily;

/// A transaction waits this long for the one before it (devnode.md 2.7, row 13).
const NONCE_HOLD: Duration = Duration::from_secs(1);

/// `eth_sendRawTransactionSync` without a time of its own (devnode.md 5.1).
pub(super) const SYNC_WAIT: Duration = Duration::from_secs(20);

/// The longest wait of `eth_sendRawTransactionSync` (devnode.md 5.1).
const SYNC_WAIT_MOST: Duration = Duration::from_secs(60);

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_sendRawTransaction" => Method::Waiting(send_raw),
        "eth_sendRawTransactionSync" => Method::Waiting(send_raw_sync),
        _ => return None,
    })
}

type Answer<'a> = Pin<Box<dyn Future<Output = RpcResult> + Send + 'a>>;

fn send_raw<'a>(context: &'a Context, mut args: Args<'a>) -> Answer<'a> {
    Box::pin(async move {
        let raw: Data = args.required()?;
        args.end()?;
        let hash = include(context, &raw.0).await?;
        Reply::of(&hash)
    })
}

fn send_raw_sync<'a>(context: &'a Context, mut args: Args<'a>) -> Answer<'a> {
    Box::pin(async move {
        let raw: Data = args.required()?;
        let wait: Option<LenientNumber> = args.optional()?;
        args.end()?;
        let wait = wait.map_or(SYNC_WAIT, |milliseconds| {
            Duration::from_millis(milliseconds.0.saturating_to()).min(SYNC_WAIT_MOST)
        });
        let included = tokio::time::timeout(wait, include_and_await(context, &raw.0)).await;
        let hash = included.map_err(|_| {
            let hash = alloy_primitives::keccak256(&raw.0);
            let text = format!(
                "the transaction was added to the transaction pool but wasn't processed in {}ms",
                wait.as_millis()
            );
            RpcError::sync_timeout(text, hash.as_slice())
        })??;
        transaction::receipt_reply(context, hash)
    })
}

/// The same, waiting for the block as well where blocks are made later.
async fn include_and_await(context: &Context, raw: &Bytes) -> Result<B256, RpcError> {
    let mut heads = context.heads.clone();
    let hash = include(context, raw).await?;
    while context.chain.locate(hash).is_none() {
        // An error means that the node goes down.
        if heads.changed().await.is_err() {
            break;
        }
    }
    Ok(hash)
}

/// Includes a transaction in a block; one that comes too early is held until its predecessor is
/// there. That is what lets a client send several at once (devnode.md 2.8).
async fn include(context: &Context, raw: &Bytes) -> Result<B256, RpcError> {
    keep_pace(context).await;
    let mut heads = context.heads.clone();
    let deadline = Instant::now() + NONCE_HOLD;
    loop {
        heads.mark_unchanged();
        let refused = match heavily(|| context.chain.send_raw(raw)) {
            Ok(hash) => return Ok(hash),
            Err(why) => why,
        };
        let is_early = matches!(refused, SendError::NonceTooHigh { .. });
        if !is_early || timeout_at(deadline, heads.changed()).await.is_err() {
            return Err(RpcError::server(refused.to_string()));
        }
    }
}

/// Waits until the next block may start (devnode.md 2.1, rule 3).
async fn keep_pace(context: &Context) {
    let spacing = context.manner.block_spacing;
    if spacing.is_zero() {
        return;
    }
    let start = {
        let mut next = context.pace.lock().await;
        let start = (*next).max(Instant::now());
        *next = start + spacing;
        start
    };
    tokio::time::sleep_until(start).await;
}
