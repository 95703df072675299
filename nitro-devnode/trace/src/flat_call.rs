//! `flatCallTracer`: the calls as a list, in the shape that Parity's traces have.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use devnode_chain::{Enter, Exit, FrameKind, Place, StateView, Tracer, Transfer, TxEnd, TxStart};
use serde::Serialize;

use crate::{
    call_frame::{AddressSet, CallFrame, CallTree, EvmTransfers},
    go_json::text_of,
};

const REVERTED: &str = "execution reverted";

#[derive(Debug)]
pub(crate) struct FlatCallTracer {
    place: Place,
    convert_errors: bool,
    include_precompiles: bool,
    gas_limit: u64,
    precompiles: AddressSet,
    tree: CallTree,
    transfers: EvmTransfers,
}

/// One call of the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FlatCall {
    action: Action,
    /// Calls have neither block nor transaction: null.
    block_hash: Option<B256>,
    block_number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
    subtraces: usize,
    trace_address: Vec<usize>,
    transaction_hash: Option<B256>,
    transaction_position: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Only the first has them.
    #[serde(flatten)]
    transfers: Option<EvmTransfers>,
}

#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Action {
    Call { call_type: String, from: Address, gas: U64, input: Bytes, to: Address, value: U256 },
    Create { creation_method: String, from: Address, gas: U64, init: Bytes, value: U256 },
    SelfDestruct { address: Address, balance: U256, refund_address: Address },
}

#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Outcome {
    Call {
        gas_used: U64,
        output: Bytes,
    },
    Create {
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<Address>,
        code: Bytes,
        gas_used: U64,
    },
}

impl FlatCallTracer {
    pub(crate) fn new(place: Place, convert_errors: bool, include_precompiles: bool) -> Self {
        Self {
            place,
            convert_errors,
            include_precompiles,
            gas_limit: 0,
            precompiles: AddressSet::default(),
            tree: CallTree::default(),
            transfers: EvmTransfers::default(),
        }
    }

    /// Appends a call and those inside it.
    fn flatten(&self, call: CallFrame, address: &[usize], list: &mut Vec<FlatCall>) {
        let value = call.value.unwrap_or_default();
        let method = call.kind.name().to_lowercase();
        let (from, gas, gas_used) = (call.from, call.gas, call.gas_used);
        let target = call.to.unwrap_or_default();
        let (kind, action, result) = match call.kind {
            FrameKind::Create | FrameKind::Create2 => (
                "create",
                Action::Create { creation_method: method, from, gas, init: call.input, value },
                Some(Outcome::Create { address: call.to, code: call.output, gas_used }),
            ),
            FrameKind::SelfDestruct => (
                "suicide",
                Action::SelfDestruct { address: from, balance: value, refund_address: target },
                None,
            ),
            _ => (
                "call",
                Action::Call { call_type: method, from, gas, input: call.input, to: target, value },
                Some(Outcome::Call { gas_used, output: call.output }),
            ),
        };
        let is_reverted = call.error.as_deref() == Some(REVERTED);
        list.push(FlatCall {
            action,
            block_hash: Some(self.place.block_hash).filter(|hash| !hash.is_zero()),
            block_number: self.place.block_number,
            result: result.filter(|_| call.error.is_none() || is_reverted),
            error: call.error.map(|error| self.error_text(error)),
            subtraces: call.calls.len(),
            trace_address: address.to_vec(),
            transaction_hash: self.place.transaction,
            transaction_position: self.place.index,
            kind,
            transfers: None,
        });
        for (index, inner) in call.calls.into_iter().enumerate() {
            self.flatten(inner, &[address, &[index]].concat(), list);
        }
    }

    fn error_text(&self, error: String) -> String {
        if !self.convert_errors {
            return error;
        }
        parity_error(&error).map_or(error, str::to_owned)
    }
}

/// Parity's words for go-ethereum's errors.
fn parity_error(error: &str) -> Option<&'static str> {
    Some(match error {
        "contract creation code storage out of gas"
        | "out of gas"
        | "gas uint64 overflow"
        | "max code size exceeded" => "Out of gas",
        "invalid jump destination" => "Bad jump destination",
        REVERTED => "Reverted",
        "return data out of bounds" => "Out of bounds",
        "stack limit reached 1024 (1023)" => "Out of stack",
        "precompiled failed" | "invalid input length" => "Built-in failed",
        _ if error.starts_with("invalid opcode:") => "Bad instruction",
        _ if error.starts_with("stack underflow") => "Stack underflow",
        _ => return None,
    })
}

impl Tracer for FlatCallTracer {
    fn tx_start(&mut self, tx: &TxStart<'_>, _: &mut dyn StateView) {
        self.gas_limit = tx.gas_limit;
        self.precompiles = tx.precompiles.iter().copied().collect();
    }

    fn enter(&mut self, frame: &Enter<'_>, _: &mut dyn StateView) {
        let mut call = CallFrame::entered(frame);
        if frame.depth == 0 {
            call.gas = U64::from(self.gas_limit);
        }
        self.tree.enter(call);
    }

    fn exit(&mut self, exit: &Exit<'_>, _: &mut dyn StateView) {
        self.tree.exit(exit);
        if exit.depth > 0 && !self.include_precompiles {
            let precompiles = &self.precompiles;
            self.tree.forget_last(|call| {
                matches!(call.kind, FrameKind::Call | FrameKind::StaticCall)
                    && call.to.is_some_and(|to| precompiles.contains(&to))
            });
        }
    }

    fn transfer(&mut self, transfer: &Transfer) {
        self.transfers.add(transfer);
    }

    fn tx_end(&mut self, end: &TxEnd<'_>, _: &mut dyn StateView) {
        if let Some(top) = self.tree.root() {
            top.gas_used = U64::from(end.gas_used);
        }
    }

    fn result(&mut self) -> Result<String, String> {
        let root = self.tree.take()?;
        let mut list = Vec::new();
        self.flatten(root, &[], &mut list);
        if let Some(first) = list.first_mut() {
            first.transfers = Some(std::mem::take(&mut self.transfers));
        }
        text_of(&list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_errors_have_paritys_words() {
        assert_eq!(parity_error("execution reverted"), Some("Reverted"));
        assert_eq!(parity_error("stack underflow (0 <=> 2)"), Some("Stack underflow"));
        assert_eq!(parity_error("invalid opcode: INVALID"), Some("Bad instruction"));
        assert_eq!(parity_error("write protection"), None);
    }
}
