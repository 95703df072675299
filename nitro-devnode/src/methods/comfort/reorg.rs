//! Replacing the newest blocks by others (`anvil_reorg`, devnode.md section 7.1).

use serde_json::Value;

use super::{done, number};
use crate::context::Context;
use crate::methods::Method;
use crate::methods::call_request::CallParam;
use crate::methods::comfort::impersonation::send_as;
use crate::rpc::{Args, Data, FromParam, RpcError, RpcResult};

pub(super) fn find(name: &str) -> Option<Method> {
    (name == "reorg").then_some(Method::Heavy(reorg))
}

/// A transaction of a new block: signed bytes, or a request that is sent in its sender's name.
#[derive(Debug)]
enum Replacement {
    Raw(Data),
    Call(Box<CallParam>),
}

impl Replacement {
    fn read(value: &Value) -> Result<Self, RpcError> {
        let text = value.to_string();
        let read = if value.is_string() {
            Data::from_param(&text).map(Self::Raw)
        } else {
            CallParam::from_param(&text).map(|call| Self::Call(Box::new(call)))
        };
        read.map_err(|why| RpcError::invalid_params(format!("invalid argument 1: {why}")))
    }

    fn send(self, context: &Context) -> Result<(), RpcError> {
        match self {
            Self::Raw(raw) => {
                let sent = context.chain.send_raw(&raw.0);
                sent.map(drop).map_err(|why| RpcError::server(why.to_string()))
            }
            Self::Call(call) => {
                send_as(context, &call.into_request(context.chain.chain_id())?).map(drop)
            }
        }
    }
}

/// `[depth, [[transaction, block], …]]`: the newest `depth` blocks go, and as many come, the ones
/// named with their transactions, counted from 0.
fn reorg(context: &Context, mut args: Args<'_>) -> RpcResult {
    let depth = number(&mut args)?;
    let wanted: Option<Vec<(Value, u64)>> = args.optional()?;
    args.end()?;
    let mut replacements = Vec::new();
    for (value, block) in wanted.unwrap_or_default() {
        if block >= depth {
            let text = format!("block {block} of the new ones does not exist: there are {depth}");
            return Err(RpcError::invalid_params(text));
        }
        replacements.push((block, Replacement::read(&value)?));
    }
    let chain = &context.chain;
    let head = chain.head_number();
    let target = head.checked_sub(depth).filter(|target| chain.rewind(*target));
    if target.is_none() {
        return Err(RpcError::invalid_params(format!(
            "cannot replace {depth} blocks: there are only {head}"
        )));
    }
    let mining = chain.mining();
    chain.set_mining(devnode_chain::Mining { is_automatic: false, ..mining });
    let made = remake(context, depth, replacements);
    chain.set_mining(mining);
    made?;
    done()
}

fn remake(
    context: &Context,
    depth: u64,
    mut replacements: Vec<(u64, Replacement)>,
) -> Result<(), RpcError> {
    // Those of one block keep their order.
    replacements.sort_by_key(|(block, _)| *block);
    let mut replacements = replacements.into_iter().peekable();
    for block in 0..depth {
        while let Some((_, one)) = replacements.next_if(|(wanted, _)| *wanted == block) {
            one.send(context)?;
        }
        context.chain.mine();
    }
    Ok(())
}
