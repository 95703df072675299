//! Signing of typed data (EIP-712) with keys that the node was told to use (devnode.md section 7.1).

use std::collections::BTreeMap;

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, Bytes};
use serde::Deserialize;

use super::Method;
use crate::context::Context;
use crate::rpc::{Args, FromParam, Reply, RpcError, RpcResult, by_serde, object_by_serde};

/// Members of a message when each type is written out wherever it is used. Twenty types that each use
/// the next one twice would have a million; real messages have dozens.
const MOST_MEMBERS: u64 = 10_000;
/// Types inside of types.
const MOST_LEVELS: usize = 64;
/// Bytes of a type's name, brackets included.
const LONGEST_NAME: usize = 256;

/// The three names differ in what old wallets understood by them; the newest contains the others.
pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_signTypedData" | "eth_signTypedData_v3" | "eth_signTypedData_v4" => {
            Method::Quick(sign_typed_data)
        }
        _ => return None,
    })
}

/// The types that a request brings along.
#[derive(Deserialize)]
struct Shape {
    types: BTreeMap<String, Vec<Member>>,
    #[serde(rename = "primaryType")]
    primary: String,
}

#[derive(Deserialize)]
struct Member {
    #[serde(rename = "type")]
    kind: String,
}

impl Shape {
    /// Refuses types that take more than a moment to resolve.
    fn check(&self) -> Result<(), String> {
        let mut counted = BTreeMap::new();
        if self.members(&self.primary, MOST_LEVELS, &mut counted)? > MOST_MEMBERS {
            return Err(format!("the message has more than {MOST_MEMBERS} members"));
        }
        Ok(())
    }

    /// Members of a type, its members' members included.
    fn members<'a>(
        &'a self,
        name: &'a str,
        levels: usize,
        counted: &mut BTreeMap<&'a str, u64>,
    ) -> Result<u64, String> {
        if name.len() > LONGEST_NAME || name.contains('(') {
            return Err("a type's name is too long or a tuple".to_owned());
        }
        let name = name.split('[').next().unwrap_or(name);
        let Some(members) = self.types.get(name) else { return Ok(1) };
        if let Some(&count) = counted.get(name) {
            return Ok(count);
        }
        let Some(levels) = levels.checked_sub(1) else {
            return Err(format!(
                "type {name} is more than {MOST_LEVELS} levels deep, or in itself"
            ));
        };
        let mut count: u64 = 1;
        for member in members {
            count = count.saturating_add(self.members(&member.kind, levels, counted)?);
        }
        counted.insert(name, count);
        Ok(count)
    }
}

impl FromParam for TypedData {
    /// Takes an object, or a text that holds one, as ethers sends it.
    fn from_param(json: &str) -> Result<Self, String> {
        let inner: Option<String> = json.starts_with('"').then(|| by_serde(json)).transpose()?;
        let json = inner.as_deref().unwrap_or(json);
        object_by_serde::<Shape>(json, "TypedData")?.check()?;
        by_serde(json)
    }
}

/// `[account, typed data]`; the last byte is 27 or 28.
fn sign_typed_data(context: &Context, mut args: Args<'_>) -> RpcResult {
    let (account, data): (Address, TypedData) = (args.required()?, args.required()?);
    args.end()?;
    if !context.signs_for(account) {
        return Err(RpcError::server("unknown account"));
    }
    let hash = data
        .eip712_signing_hash()
        .map_err(|why| RpcError::invalid_params(format!("invalid argument 1: {why}")))?;
    let signature = context.sign_hash(account, hash)?;
    Reply::of(&Bytes::from(signature.as_bytes().to_vec()))
}
