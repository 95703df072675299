//! `eth_createAccessList` (devnode.md section 5.1).

use serde_json::json;

use super::Method;
use super::block::state_number;
use super::block_ref::BlockRef;
use super::call::{Asked, refusal};
use crate::context::Context;
use crate::json::{Hex, render};
use crate::rpc::{Args, Reply, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    Some(match name {
        "eth_createAccessList" => Method::Heavy(create),
        _ => return None,
    })
}

fn create(context: &Context, mut args: Args<'_>) -> RpcResult {
    let asked = Asked::read(context, &mut args, BlockRef::Pending)?;
    let number = state_number(context, asked.block)?;
    let found = context
        .chain
        .access_list(&asked.request, number, asked.is_pending(), &asked.state, &asked.environment)
        .map_err(refusal)?;
    let mut answer = json!({
        "accessList": render::access_entries(&found.list),
        "gasUsed": Hex::from(found.gas_used),
    });
    if let Some(error) = found.error {
        answer["error"] = error.into();
    }
    Reply::of(&answer)
}
