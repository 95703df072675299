//! Looking into the state (`debug_…`, devnode.md section 5.1); shapes and errors are go-ethereum's.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, hex};
use devnode_chain::{AccountPage, ListedAccount, PageOptions, TraceError};
use serde::Serialize;

use super::Method;
use super::block::required;
use super::block_ref::BlockRef;
use super::trace::existing;
use crate::context::Context;
use crate::json::render;
use crate::rpc::{Args, Data, Hash32, Reply, RpcError, RpcResult};

/// Accounts of one answer.
const MOST_ACCOUNTS: usize = 256;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "debug_accountRange" => Method::Heavy(account_range),
        "debug_dumpBlock" => Method::Heavy(dump_block),
        "debug_storageRangeAt" => Method::Heavy(storage_range),
        "debug_intermediateRoots" => Method::Heavy(intermediate_roots),
        "debug_preimage" => Method::Heavy(preimage),
        "debug_printBlock" => Method::Quick(print_block),
        "debug_getModifiedAccountsByNumber" => Method::Heavy(modified_by_number),
        "debug_getModifiedAccountsByHash" => Method::Heavy(modified_by_hash),
        "debug_codeByHash" => Method::Quick(code_by_hash),
        "debug_dbGet" => Method::Quick(db_get),
        _ => return None,
    })
}

/// go-ethereum's `state.Dump`.
#[derive(Serialize)]
struct DumpJson {
    /// Without `0x`.
    root: String,
    accounts: BTreeMap<String, AccountJson>,
    /// Base64 in go-ethereum's answer, which its own next call does not take; hexadecimal here.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<B256>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountJson {
    /// Decimal.
    balance: String,
    nonce: u64,
    root: B256,
    code_hash: B256,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Bytes>,
    /// Values without `0x` and without leading zeros.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<B256, String>,
    address: Address,
    key: B256,
}

impl From<AccountPage> for DumpJson {
    fn from(page: AccountPage) -> Self {
        let accounts = page.accounts.into_iter();
        Self {
            root: hex::encode(page.root),
            accounts: accounts.map(|one| (one.address.to_string(), one.into())).collect(),
            next: page.next,
        }
    }
}

impl From<ListedAccount> for AccountJson {
    fn from(account: ListedAccount) -> Self {
        let words = account.storage.unwrap_or_default().into_iter();
        Self {
            balance: account.balance.to_string(),
            nonce: account.nonce,
            root: account.storage_root,
            code_hash: account.code_hash,
            code: Some(account.code).filter(|code| !code.is_empty()),
            storage: words
                .map(|(slot, word)| (slot.into(), hex::encode(word.to_be_bytes_trimmed_vec())))
                .collect(),
            address: account.address,
            key: account.key,
        }
    }
}

fn refusal(error: TraceError) -> RpcError {
    RpcError::server(match error {
        // The words of this method, where there is nothing to run again.
        TraceError::Genesis => "no transaction in genesis".to_owned(),
        other => other.to_string(),
    })
}

/// A key of a trie, of which the end may be left out.
fn start(key: &Data) -> B256 {
    let mut start = B256::ZERO;
    let given = key.0.len().min(32);
    start[..given].copy_from_slice(&key.0[..given]);
    start
}

/// `[block, start, most, no code, no storage, incompletes]`.
fn account_range(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = required::<BlockRef>(context, &mut args)?;
    let from: Data = args.required()?;
    let most: i64 = args.required()?;
    let (no_code, no_storage): (bool, bool) = (args.required()?, args.required()?);
    // Every address is known here: no entry is incomplete.
    let _incompletes: bool = args.required()?;
    args.end()?;
    let most = usize::try_from(most).ok().filter(|most| (1..=MOST_ACCOUNTS).contains(most));
    let options = PageOptions {
        start: start(&from),
        most: most.unwrap_or(MOST_ACCOUNTS),
        with_code: !no_code,
        with_storage: !no_storage,
    };
    page(context, block, &options)
}

/// The first accounts of a block's state, with everything.
fn dump_block(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block = required::<BlockRef>(context, &mut args)?;
    args.end()?;
    let options =
        PageOptions { start: B256::ZERO, most: MOST_ACCOUNTS, with_code: true, with_storage: true };
    page(context, block, &options)
}

fn page(context: &Context, block: BlockRef, options: &PageOptions) -> RpcResult {
    // Transactions that wait have changed nothing yet.
    let block = if block == BlockRef::Pending { BlockRef::Latest } else { block };
    let number = existing(context, block)?.header.number;
    let page = context.chain.accounts_page(number, options);
    let page = page.ok_or_else(|| RpcError::server(format!("block #{number} not found")))?;
    Reply::of(&DumpJson::from(page))
}

/// `[block, transaction index, account, start, most]`: the storage before that transaction.
fn storage_range(context: &Context, mut args: Args<'_>) -> RpcResult {
    #[derive(Serialize)]
    struct Slot {
        key: B256,
        value: B256,
    }
    #[derive(Default, Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Range {
        storage: Option<BTreeMap<B256, Slot>>,
        next_key: Option<B256>,
    }
    let block = required::<BlockRef>(context, &mut args)?;
    let index: u64 = args.required()?;
    let account: Address = args.required()?;
    let from: Data = args.required()?;
    let most: i64 = args.required()?;
    args.end()?;
    let number = existing(context, block)?.header.number;
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let most = usize::try_from(most).unwrap_or_default();
    let found = context.chain.storage_page(number, index, account, start(&from), most);
    let range = found.map_err(refusal)?.map(|page| {
        let slots = page.slots.into_iter();
        let slots =
            slots.map(|one| (one.key, Slot { key: one.slot.into(), value: one.word.into() }));
        Range { storage: Some(slots.collect()), next_key: page.next }
    });
    Reply::of(&range.unwrap_or_default())
}

/// `[block hash, config]`; the configuration changes nothing here.
fn intermediate_roots(context: &Context, mut args: Args<'_>) -> RpcResult {
    let block: Hash32 = args.required()?;
    let _config: Option<serde_json::Value> = args.optional()?;
    args.end()?;
    let number = existing(context, block.into())?.header.number;
    let roots = context.chain.intermediate_roots(number);
    Reply::of(&roots.map_err(|error| RpcError::server(error.to_string()))?)
}

/// What a key of a trie is the hash of.
fn preimage(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    args.end()?;
    let preimage = context.chain.preimage(hash.0);
    Reply::of(&preimage.ok_or_else(|| RpcError::server("unknown preimage"))?)
}

/// A block as a text for people; go-ethereum prints its own structures, this node the answer of
/// `eth_getBlockByNumber`.
fn print_block(context: &Context, mut args: Args<'_>) -> RpcResult {
    let number: u64 = args.required()?;
    args.end()?;
    let block = existing(context, BlockRef::Number(number))?;
    let json = render::block(&block, true, context.chain.chain_id());
    let text = serde_json::to_string_pretty(&json).map_err(|error| RpcError::internal(&error))?;
    Reply::of(&text)
}

/// `[number]`: what that block changed; `[from, to]`: what the blocks after `from` up to `to` did.
fn modified_by_number(context: &Context, mut args: Args<'_>) -> RpcResult {
    let first: u64 = args.required()?;
    let last: Option<u64> = args.optional()?;
    args.end()?;
    let known = |number: u64, which: &str| match context.chain.block(number) {
        Some(_) => Ok(number),
        None => Err(RpcError::server(format!("{which} block {number:x} not found"))),
    };
    let first = known(first, "start")?;
    let last = last.map(|number| known(number, "end")).transpose()?;
    modified(context, first, last)
}

/// The same by block hashes.
fn modified_by_hash(context: &Context, mut args: Args<'_>) -> RpcResult {
    let first: Hash32 = args.required()?;
    let last: Option<Hash32> = args.optional()?;
    args.end()?;
    let known = |hash: Hash32, which: &str| match context.chain.block_by_hash(hash.0) {
        Some(block) => Ok(block.header.number),
        None => Err(RpcError::server(format!("{which} block {:x} not found", hash.0))),
    };
    let first = known(first, "start")?;
    let last = last.map(|hash| known(hash, "end")).transpose()?;
    modified(context, first, last)
}

fn modified(context: &Context, first: u64, last: Option<u64>) -> RpcResult {
    let (from, to) = match last {
        Some(last) => (first, last),
        None => {
            let before = first.checked_sub(1);
            (before.ok_or_else(|| RpcError::server("block 0x0 has no parent"))?, first)
        }
    };
    if from >= to {
        return Err(RpcError::server(format!(
            "start block height ({from}) must be less than end block height ({to})"
        )));
    }
    Reply::of(&context.chain.modified_accounts(from, to))
}

/// Code by its hash, `0x` where there is none; as anvil answers.
fn code_by_hash(context: &Context, mut args: Args<'_>) -> RpcResult {
    let hash: Hash32 = args.required()?;
    let _block: Option<BlockRef> = args.optional()?;
    args.end()?;
    Reply::of(&context.chain.code_by_hash(hash.0).unwrap_or_default())
}

/// The only entries that this node keeps as go-ethereum's database does are codes, under `c` and
/// their hash.
fn db_get(context: &Context, mut args: Args<'_>) -> RpcResult {
    let key: Data = args.required()?;
    args.end()?;
    let hash = match key.0.as_ref() {
        [b'c', hash @ ..] if hash.len() == 32 => B256::from_slice(hash),
        hash if hash.len() == 32 => B256::from_slice(hash),
        _ => return Err(RpcError::server("not found")),
    };
    let code = context.chain.code_by_hash(hash);
    Reply::of(&code.ok_or_else(|| RpcError::server("not found"))?)
}
