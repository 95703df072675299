//! `eth_subscribe` and `eth_unsubscribe` (devnode.md section 5.7).

use std::sync::Arc;

use devnode_chain::{Block, Chain};
use tokio::sync::watch;

use super::{Method, block, log};
use crate::context::{Context, fresh_id};
use crate::filter::LogFilter;
use crate::json::render;
use crate::position::Position;
use crate::rpc::{Args, Reply, RpcError, RpcResult};
use crate::subscription::{Scope, Voice};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_subscribe" => Method::Session(subscribe),
        "eth_unsubscribe" => Method::Session(unsubscribe),
        _ => return None,
    })
}

/// What a subscription tells.
#[derive(Debug)]
enum Topic {
    Heads,
    Logs(Box<LogFilter>),
    /// Hashes, or whole transactions.
    Transactions {
        are_full: bool,
    },
    Receipts,
    /// The node is never behind: this one stays silent.
    Syncing,
}

impl Topic {
    fn read(args: &mut Args<'_>) -> Result<Self, RpcError> {
        let kind: String = args.required()?;
        let topic = match kind.as_str() {
            "newHeads" => Self::Heads,
            "logs" => {
                let filter: LogFilter = args.optional()?.unwrap_or_default();
                filter.check_lasting()?;
                Self::Logs(Box::new(filter))
            }
            "newPendingTransactions" => {
                Self::Transactions { are_full: args.optional()?.unwrap_or_default() }
            }
            "transactionReceipts" => {
                let _filter: Option<serde_json::Value> = args.optional()?;
                Self::Receipts
            }
            "syncing" => Self::Syncing,
            _ => {
                let text = format!("no \"{kind}\" subscription in eth namespace");
                return Err(RpcError::invalid_request_because(text));
            }
        };
        args.end()?;
        Ok(topic)
    }

    /// The notifications that the loss of one block causes.
    fn notes_of_gone(&self, block: &Block) -> Result<Vec<Reply>, RpcError> {
        let Self::Logs(filter) = self else { return Ok(Vec::new()) };
        log::removed(block, &filter.pattern).iter().map(Reply::of).collect()
    }

    /// The notifications that one new block causes.
    fn notes(&self, block: &Block, chain_id: u64) -> Result<Vec<Reply>, RpcError> {
        let all = 0..block.transactions.len();
        match self {
            Self::Heads => Ok(vec![block::head_reply(block)?]),
            Self::Logs(filter) => {
                log::matching(block, &filter.pattern).iter().map(Reply::of).collect()
            }
            Self::Transactions { are_full: true } => {
                all.map(|index| Reply::of(&render::transaction(block, index, chain_id))).collect()
            }
            Self::Transactions { are_full: false } => {
                block.transactions.iter().map(|one| Reply::of(&one.hash)).collect()
            }
            Self::Receipts => {
                let receipts: Vec<_> = all.map(|index| render::receipt(block, index)).collect();
                Ok(vec![Reply::of(&receipts)?])
            }
            Self::Syncing => Ok(Vec::new()),
        }
    }
}

fn subscribe(context: &Context, mut args: Args<'_>, scope: &Scope) -> RpcResult {
    let topic = Topic::read(&mut args)?;
    let id = fresh_id();
    let reply = Reply::of(&id)?;
    let (chain, heads) = (Arc::clone(&context.chain), context.heads.clone());
    let position = Position::at(&chain.progress(usize::MAX));
    scope.open(id, |voice| report(chain, heads, position, topic, voice));
    Ok(reply)
}

fn unsubscribe(_: &Context, mut args: Args<'_>, scope: &Scope) -> RpcResult {
    let id: String = args.required()?;
    args.end()?;
    if scope.session().close(&id) {
        Reply::of(&true)
    } else {
        Err(RpcError::server("subscription not found"))
    }
}

/// Tells of every block after that position, in order, as long as somebody listens.
async fn report(
    chain: Arc<Chain>,
    mut heads: watch::Receiver<u64>,
    mut position: Position,
    topic: Topic,
    voice: Voice,
) {
    loop {
        // What comes from here on wakes this up again.
        heads.mark_unchanged();
        let progress = chain.progress(position.turns);
        let head = progress.head;
        // After a return to an older state the chain goes on from there.
        for block in position.turn(progress) {
            if !say_all(&voice, topic.notes_of_gone(&block)).await {
                return;
            }
        }
        while position.seen < head {
            let Some(block) = chain.block(position.seen + 1) else { break };
            position.seen += 1;
            if !say_all(&voice, topic.notes(&block, chain.chain_id())).await {
                return;
            }
        }
        if heads.changed().await.is_err() {
            return;
        }
    }
}

/// Whether somebody still listens. Only numbers and bytes are serialized: that does not fail.
async fn say_all(voice: &Voice, notes: Result<Vec<Reply>, RpcError>) -> bool {
    for note in notes.unwrap_or_default() {
        if !voice.say(note.as_str()).await {
            return false;
        }
    }
    true
}
