//! `eth_sendRawTransactionConditional` (devnode.md section 5.1).

use std::collections::HashMap;

use alloy_primitives::U256;
use devnode_chain::{Conditions, SendError};
use serde::Deserialize;
use serde_json::Value;

use super::Method;
use crate::context::Context;
use crate::rpc::{
    Address20, Args, Data, FromParam, Hash32, LenientNumber, Reply, RpcError, RpcResult,
    StorageKey, object_by_serde,
};

/// Accounts and slots that one transaction may name.
const MOST_LOOKUPS: usize = 1_000;

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_sendRawTransactionConditional" => Method::Heavy(send),
        _ => return None,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    known_accounts: HashMap<Address20, Value>,
    block_number_min: Option<LenientNumber>,
    block_number_max: Option<LenientNumber>,
    timestamp_min: Option<LenientNumber>,
    timestamp_max: Option<LenientNumber>,
}

impl FromParam for Options {
    fn from_param(json: &str) -> Result<Self, String> {
        object_by_serde(json, "arbitrum_types.ConditionalOptions")
    }
}

fn send(context: &Context, mut args: Args<'_>) -> RpcResult {
    let raw: Data = args.required()?;
    let options: Option<Options> = args.optional()?;
    args.end()?;
    let wanted = options.unwrap_or_default().conditions()?;
    let sent = context.chain.send_conditional(&raw.0, &wanted);
    let hash = sent.map_err(|why| match why {
        SendError::Condition(text) => RpcError::rejected(text),
        other => RpcError::server(other.to_string()),
    })?;
    Reply::of(&hash)
}

impl Options {
    fn conditions(self) -> Result<Conditions, RpcError> {
        let least = |number: Option<LenientNumber>| number.map_or(0, small);
        let most = |number: Option<LenientNumber>| number.map_or(u64::MAX, small);
        let wrong = |error: serde_json::Error| RpcError::invalid_params(error.to_string());
        let (mut known_words, mut known_roots) = (Vec::new(), Vec::new());
        for (account, wanted) in self.known_accounts {
            if !wanted.is_object() {
                let root: Hash32 = serde_json::from_value(wanted).map_err(wrong)?;
                known_roots.push((account.0, root.0));
                continue;
            }
            let slots: HashMap<StorageKey, Hash32> =
                serde_json::from_value(wanted).map_err(wrong)?;
            known_words.extend(slots.into_iter().map(|(slot, word)| (account.0, slot.0, word.0)));
        }
        if known_words.len() + known_roots.len() > MOST_LOOKUPS {
            let text = format!("more than {MOST_LOOKUPS} slots and roots are named");
            return Err(RpcError::limited(text));
        }
        Ok(Conditions {
            known_words,
            known_roots,
            l1_block_number: least(self.block_number_min)..=most(self.block_number_max),
            timestamp: least(self.timestamp_min)..=most(self.timestamp_max),
        })
    }
}

fn small(number: LenientNumber) -> u64 {
    number.0.min(U256::from(u64::MAX)).to()
}
