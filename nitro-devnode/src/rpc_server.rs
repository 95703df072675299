//! From a text with requests to a text with responses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use serde_json::value::RawValue;
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::context::Context;
use crate::methods::{Method, find};
use crate::rpc::{
    Args, BatchBudget, Incoming, MAX_BATCH_CALLS, Message, Response, RpcError, RpcResult,
};
use crate::subscription::Scope;

/// Calls of a batch that have not begun after this time are refused, as go-ethereum's write
/// time-out does (devnode.md sections 1.2 and 5.3).
const BATCH_WITHIN: Duration = Duration::from_secs(30);

/// Answers JSON-RPC texts for one chain.
#[derive(Debug)]
pub(crate) struct RpcServer {
    context: Arc<Context>,
}

impl RpcServer {
    /// A server of that chain.
    pub(crate) const fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Answers one text; `None` where nothing is to be said (only notifications, or nothing).
    ///
    /// The calls of a batch run one after another. `scope` is there on connections that can carry
    /// notifications.
    pub(crate) async fn answer(&self, text: &[u8], scope: Option<&Scope>) -> Option<Vec<u8>> {
        match Incoming::parse(text) {
            Err(error) => Some(Response::error(None, error)),
            Ok(None) => None,
            Ok(Some(Incoming::Single(message))) => {
                let mut out = Vec::with_capacity(256);
                self.respond(&mut out, &message, scope, None).await;
                (!out.is_empty()).then_some(out)
            }
            Ok(Some(Incoming::Batch(batch))) => self.answer_batch(&batch, scope).await,
        }
    }

    async fn answer_batch(&self, batch: &[Message<'_>], scope: Option<&Scope>) -> Option<Vec<u8>> {
        if batch.is_empty() {
            return Some(Response::error(None, RpcError::empty_batch()));
        }
        if batch.len() > MAX_BATCH_CALLS {
            return Some(Response::batch_too_large(batch));
        }
        let mut budget = BatchBudget::default();
        let deadline = Instant::now() + BATCH_WITHIN;
        let mut out = vec![b'['];
        for message in batch {
            let start = out.len();
            if start > 1 {
                out.push(b',');
            }
            let before = out.len();
            if Instant::now() < deadline {
                self.respond(&mut out, message, scope, Some(&mut budget)).await;
            } else if let Some(id) = message.call_id() {
                Response::write(&mut out, Some(id), &Err(RpcError::timed_out()));
            }
            if out.len() == before {
                out.truncate(start);
            }
        }
        out.push(b']');
        (out.len() > 2).then_some(out)
    }

    async fn respond(
        &self,
        out: &mut Vec<u8>,
        message: &Message<'_>,
        scope: Option<&Scope>,
        budget: Option<&mut BatchBudget>,
    ) {
        match message {
            Message::Invalid { id } => {
                Response::write(out, *id, &Err(RpcError::invalid_request()));
            }
            Message::Notification { method, params } => {
                drop(self.call(method, *params, scope).await);
            }
            Message::Call { id, method, params } => {
                let is_spent = budget.as_ref().is_some_and(|budget| budget.is_spent());
                let result = if is_spent {
                    Err(RpcError::response_too_large())
                } else {
                    let result = self.call(method, *params, scope).await;
                    match budget {
                        Some(budget) => budget.admit(result),
                        None => result,
                    }
                };
                Response::write(out, Some(*id), &result);
            }
        }
    }

    async fn call(
        &self,
        name: &str,
        params: Option<&RawValue>,
        scope: Option<&Scope>,
    ) -> RpcResult {
        let context = &self.context;
        let method = find(context, name).ok_or_else(|| RpcError::unknown_method(name))?;
        let args = Args::new(params)?;
        match method {
            Method::Quick(run) => guarded(|| run(context, args)),
            Method::Heavy(run) => heavily(|| guarded(|| run(context, args))),
            Method::Waiting(run) => {
                let running = AssertUnwindSafe(run(context, args)).catch_unwind();
                running.await.unwrap_or_else(|_| Err(RpcError::crashed()))
            }
            Method::Session(run) => {
                let scope = scope.ok_or_else(RpcError::no_notifications)?;
                guarded(|| run(context, args, scope))
            }
        }
    }
}

/// A panic in a method is an answer, not the end of the node.
fn guarded(run: impl FnOnce() -> RpcResult) -> RpcResult {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(RpcError::crashed()))
}

/// Runs code that may take long without keeping other connections waiting, and without a hop to
/// another thread for the code itself.
pub(crate) fn heavily<T>(run: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(run),
        // One thread only: there is nobody to hand the other connections to.
        _ => run(),
    }
}
