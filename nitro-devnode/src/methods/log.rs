//! Logs and filters (devnode.md section 5.6).

use std::ops::RangeInclusive;
use std::sync::Arc;

use devnode_chain::Block;

use super::Method;
use crate::context::{Context, fresh_id};
use crate::filter::{LogFilter, LogPattern};
use crate::filter_registry::FilterKind;
use crate::json::{LogJson, render};
use crate::position::Position;
use crate::rpc::{Args, Reply, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_getLogs" => Method::Heavy(logs),
        "eth_newFilter" => Method::Quick(new_filter),
        "eth_newBlockFilter" => Method::Quick(new_block_filter),
        "eth_newPendingTransactionFilter" => Method::Quick(new_transaction_filter),
        "eth_getFilterChanges" => Method::Heavy(changes),
        "eth_getFilterLogs" => Method::Heavy(filter_logs),
        "eth_uninstallFilter" => Method::Quick(uninstall),
        _ => return None,
    })
}

/// The logs that a pattern asks for of a block that is gone.
pub(super) fn removed(block: &Block, pattern: &LogPattern) -> Vec<LogJson> {
    let logs = matching(block, pattern).into_iter();
    logs.map(|log| LogJson { removed: true, ..log }).collect()
}

/// The logs of one block that a pattern asks for.
pub(super) fn matching(block: &Block, pattern: &LogPattern) -> Vec<LogJson> {
    if !pattern.may_match(&block.header.logs_bloom) {
        return Vec::new();
    }
    (0..block.receipts.len())
        .flat_map(|index| render::logs(block, index))
        .filter(|log| pattern.matches(&log.address, &log.topics))
        .collect()
}

fn in_range(context: &Context, range: RangeInclusive<u64>, pattern: &LogPattern) -> Vec<LogJson> {
    range
        .map_while(|number| context.chain.block(number))
        .flat_map(|block| matching(&block, pattern))
        .collect()
}

fn search(context: &Context, filter: &LogFilter) -> RpcResult {
    filter.check()?;
    let found = match filter.block_hash {
        Some(hash) => {
            let block = context.chain.block_by_hash(hash);
            let block = block.ok_or_else(|| RpcError::server("unknown block"))?;
            matching(&block, &filter.pattern)
        }
        None => in_range(context, filter.range(context.chain.head_number())?, &filter.pattern),
    };
    Reply::of(&found)
}

fn logs(context: &Context, mut args: Args<'_>) -> RpcResult {
    let filter: LogFilter = args.required()?;
    args.end()?;
    search(context, &filter)
}

fn new_filter(context: &Context, mut args: Args<'_>) -> RpcResult {
    let filter: LogFilter = args.required()?;
    args.end()?;
    filter.check_lasting()?;
    install(context, FilterKind::Logs(Box::new(filter)))
}

fn new_block_filter(context: &Context, args: Args<'_>) -> RpcResult {
    args.end()?;
    install(context, FilterKind::Blocks)
}

fn new_transaction_filter(context: &Context, mut args: Args<'_>) -> RpcResult {
    let _full: Option<bool> = args.optional()?;
    args.end()?;
    install(context, FilterKind::Transactions)
}

fn install(context: &Context, kind: FilterKind) -> RpcResult {
    let id = fresh_id();
    let position = Position::at(&context.chain.progress(usize::MAX));
    context.filters.install(id.clone(), kind, position);
    Reply::of(&id)
}

fn changes(context: &Context, mut args: Args<'_>) -> RpcResult {
    let id: String = args.required()?;
    args.end()?;
    let news = context.filters.poll(&id, |position| {
        let progress = context.chain.progress(position.turns);
        let head = progress.head;
        let gone = position.turn(progress);
        (gone, std::mem::replace(&mut position.seen, head) + 1..=head)
    });
    let (kind, (gone, fresh)) = news.ok_or_else(no_filter)?;
    match kind {
        FilterKind::Logs(filter) => {
            let wanted = |block: &&Arc<Block>| filter.has(block.header.number);
            let gone = gone.iter().filter(wanted);
            let mut logs: Vec<_> = gone.flat_map(|block| removed(block, &filter.pattern)).collect();
            logs.extend(in_range(context, filter.narrow(fresh), &filter.pattern));
            Reply::of(&logs)
        }
        FilterKind::Blocks => {
            let hashes = fresh.map_while(|number| context.chain.block(number));
            Reply::of(&hashes.map(|block| block.hash).collect::<Vec<_>>())
        }
        FilterKind::Transactions => {
            let blocks = fresh.map_while(|number| context.chain.block(number));
            let hashes = blocks.flat_map(|block| {
                block.transactions.iter().map(|one| one.hash).collect::<Vec<_>>()
            });
            Reply::of(&hashes.collect::<Vec<_>>())
        }
    }
}

fn filter_logs(context: &Context, mut args: Args<'_>) -> RpcResult {
    let id: String = args.required()?;
    args.end()?;
    match context.filters.look(&id) {
        Some(FilterKind::Logs(filter)) => search(context, &filter),
        Some(_) | None => Err(no_filter()),
    }
}

fn uninstall(context: &Context, mut args: Args<'_>) -> RpcResult {
    let id: String = args.required()?;
    args.end()?;
    Reply::of(&context.filters.uninstall(&id))
}

fn no_filter() -> RpcError {
    RpcError::server("filter not found")
}
