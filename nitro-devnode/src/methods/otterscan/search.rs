//! Transactions of an account.

use std::sync::Arc;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256};
use devnode_chain::{Block, Body};
use serde_json::{Value, json};

use super::blocks::{timed_receipt, value};
use super::traces::calls;
use crate::context::Context;
use crate::json::render;
use crate::methods::Method;
use crate::methods::block::or_null;
use crate::methods::extra::sent;
use crate::rpc::{Args, LenientNumber, Reply, RpcError, RpcResult};

/// Transactions that one search runs again to see whom they called.
const MOST_TRACED: usize = 10_000;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "ots_searchTransactionsBefore" => Method::Heavy(before),
        "ots_searchTransactionsAfter" => Method::Heavy(after),
        "ots_getTransactionBySenderAndNonce" => Method::Quick(by_sender_and_nonce),
        "ots_getContractCreator" => Method::Heavy(creator),
        _ => return None,
    })
}

/// A search on its way.
struct Search<'a> {
    context: &'a Context,
    account: Address,
    size: usize,
    traced: usize,
    found: Vec<(Arc<Block>, usize)>,
}

impl<'a> Search<'a> {
    /// Reads `[account, block, size]`; block 0 means the end of the chain where one begins.
    fn read(context: &'a Context, mut args: Args<'_>) -> Result<(Self, u64), RpcError> {
        let account: Address = args.required()?;
        let (block, size): (LenientNumber, LenientNumber) = (args.required()?, args.required()?);
        args.end()?;
        let size = size.0.saturating_to();
        Ok((Self { context, account, size, traced: 0, found: Vec::new() }, block.0.saturating_to()))
    }

    /// Looks through whole blocks until there is a page; whether it came to the end of them.
    fn through(&mut self, numbers: impl Iterator<Item = u64>) -> Result<bool, RpcError> {
        for number in numbers {
            if self.found.len() >= self.size {
                return Ok(false);
            }
            let Some(block) = self.context.chain.block(number) else { continue };
            for index in 0..block.transactions.len() {
                if self.is_concerned(&block, index)? {
                    self.found.push((Arc::clone(&block), index));
                }
            }
        }
        Ok(true)
    }

    /// Whether the account sent, received, was created, logged, called or was called.
    fn is_concerned(&mut self, block: &Block, index: usize) -> Result<bool, RpcError> {
        let (transaction, receipt) = (&block.transactions[index], &block.receipts[index]);
        let Body::Signed(signed) = &transaction.body else { return Ok(false) };
        let (account, to) = (self.account, signed.to());
        if transaction.from == account
            || to == Some(account)
            || receipt.contract_address == Some(account)
            || receipt.logs.iter().any(|log| log.address == account)
        {
            return Ok(true);
        }
        // Who has no code calls nobody.
        let chain = &self.context.chain;
        if to.is_some_and(|to| chain.code(to, block.header.number).is_empty()) {
            return Ok(false);
        }
        self.traced += 1;
        if self.traced > MOST_TRACED {
            let text = format!(
                "more than {MOST_TRACED} transactions would have to be traced; search from block {}",
                block.header.number
            );
            return Err(RpcError::server(text));
        }
        Ok(calls(self.context, block, index)?.iter().any(|call| mentions(call, account)))
    }

    /// The page, newest transaction first.
    fn page(mut self, is_first: bool, is_last: bool) -> RpcResult {
        self.found.sort_by_key(|(block, index)| (block.header.number, *index));
        let (mut txs, mut receipts) = (Vec::new(), Vec::new());
        for (block, index) in self.found.iter().rev() {
            let chain_id = self.context.chain.chain_id();
            txs.push(value(&render::transaction(block, *index, chain_id))?);
            receipts.push(timed_receipt(block, *index)?);
        }
        Reply::of(&json!({
            "txs": txs, "receipts": receipts, "firstPage": is_first, "lastPage": is_last,
        }))
    }
}

fn mentions(call: &Value, account: Address) -> bool {
    let is_it = |text: &Value| text.as_str().and_then(|text| text.parse().ok()) == Some(account);
    let action = &call["action"];
    let inside = ["from", "to", "address", "refundAddress"].iter().any(|name| is_it(&action[name]));
    inside || is_it(&call["result"]["address"])
}

/// From a block, which is left out, towards the first.
fn before(context: &Context, args: Args<'_>) -> RpcResult {
    let (mut search, block) = Search::read(context, args)?;
    let head = context.chain.head_number();
    let is_first = block == 0 || block > head;
    let newest = if is_first { head } else { block - 1 };
    let is_last = search.through((0..=newest).rev())?;
    search.page(is_first, is_last)
}

/// From a block, which is left out, towards the newest.
fn after(context: &Context, args: Args<'_>) -> RpcResult {
    let (mut search, block) = Search::read(context, args)?;
    let oldest = if block == 0 { 0 } else { block.saturating_add(1) };
    let is_first = search.through(oldest..=context.chain.head_number())?;
    search.page(is_first, block == 0)
}

/// `[sender, nonce]`: a hash, or null.
fn by_sender_and_nonce(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (sender, nonce): (Address, LenientNumber) = (args.required()?, args.required()?);
    args.end()?;
    let found = sent(context, sender, nonce.0.saturating_to());
    let found = found.and_then(|(number, index)| Some((context.chain.block(number)?, index)));
    or_null(found, |(block, index)| Reply::of(&block.transactions[index].hash))
}

/// Who deployed a contract, and in which transaction; null where nobody did.
fn creator(context: &Context, mut args: Args<'_>) -> RpcResult {
    let contract: Address = args.required()?;
    args.end()?;
    let chain = &context.chain;
    let (mut before, mut at) = (0, chain.head_number());
    if chain.code(contract, at).is_empty() || !chain.code(contract, 0).is_empty() {
        return Ok(Reply::null());
    }
    // The block in which its code appeared is found by halving.
    while at - before > 1 {
        let middle = before + (at - before) / 2;
        if chain.code(contract, middle).is_empty() { before = middle } else { at = middle }
    }
    let Some(block) = chain.block(at) else { return Ok(Reply::null()) };
    or_null(creation(context, &block, contract)?, |(hash, creator)| {
        Reply::of(&json!({ "hash": hash, "creator": creator }))
    })
}

/// The transaction of a block that created a contract, and the account whose code or key did.
fn creation(
    context: &Context,
    block: &Block,
    contract: Address,
) -> Result<Option<(B256, Address)>, RpcError> {
    for (index, transaction) in block.transactions.iter().enumerate() {
        if block.receipts[index].contract_address == Some(contract) {
            return Ok(Some((transaction.hash, transaction.from)));
        }
        let address = |text: &Value| text.as_str().and_then(|text| text.parse::<Address>().ok());
        let calls = calls(context, block, index)?;
        let made = calls.iter().find(|call| {
            call["type"] == "create" && address(&call["result"]["address"]) == Some(contract)
        });
        if let Some(creator) = made.and_then(|call| address(&call["action"]["from"])) {
            return Ok(Some((transaction.hash, creator)));
        }
    }
    Ok(None)
}
