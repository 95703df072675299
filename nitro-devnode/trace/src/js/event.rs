//! Events as JSON for the script's thread.

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use devnode_chain::{Enter, Exit, Place, Step, TxEnd, TxStart};
use devnode_stylus::HostCall;
use serde_json::{Value, json};

use crate::struct_log::op_name;

pub(super) fn entered(frame: &Enter<'_>) -> String {
    json!({
        "type": frame.kind.name(),
        "from": frame.from,
        "to": frame.to,
        "input": frame.input,
        "gas": frame.gas,
        "value": frame.value.map(|value| value.to_string()),
    })
    .to_string()
}

pub(super) fn left(exit: &Exit<'_>) -> String {
    json!({ "gasUsed": exit.gas_used, "output": exit.output, "error": exit.error }).to_string()
}

pub(super) fn step(step: &Step<'_>) -> String {
    json!({
        "op": step.op,
        "name": op_name(step.op),
        "pc": step.pc,
        "gas": step.gas,
        "cost": step.cost,
        "depth": step.depth,
        "refund": step.refund,
        "error": step.error,
        "stackLength": step.stack.len(),
        "caller": step.caller,
        "address": step.address,
        "value": step.value.to_string(),
    })
    .to_string()
}

pub(super) fn host_call(call: &HostCall) -> String {
    json!({
        "name": call.name,
        "args": call.args,
        "outs": call.outs,
        "startInk": call.start_ink,
        "endInk": call.end_ink,
    })
    .to_string()
}

/// What `result` is told about the transaction.
#[derive(Debug, Default)]
pub(super) struct ResultContext {
    place: Place,
    kind: &'static str,
    from: Address,
    to: Address,
    input: Bytes,
    gas: u64,
    gas_price: U256,
    value: U256,
    intrinsic_gas: u64,
    coinbase: Address,
    visible_number: U256,
    time: u64,
    output: Bytes,
    gas_used: u64,
    error: Option<String>,
}

impl ResultContext {
    pub(super) fn at(place: Place) -> Self {
        Self { place, ..Self::default() }
    }

    pub(super) const fn start(&mut self, tx: &TxStart<'_>) {
        self.gas = tx.gas_limit;
        self.gas_price = tx.gas_price;
        self.intrinsic_gas = tx.intrinsic_gas;
        self.coinbase = tx.coinbase;
        self.visible_number = tx.visible_number;
        self.time = tx.timestamp;
    }

    pub(super) fn enter(&mut self, frame: &Enter<'_>) {
        self.kind = frame.kind.name();
        self.from = frame.from;
        self.to = frame.to;
        self.input = frame.input.clone();
        self.value = frame.value.unwrap_or_default();
    }

    pub(super) fn exit(&mut self, exit: &Exit<'_>) {
        self.output = exit.output.clone();
    }

    pub(super) fn end(&mut self, end: &TxEnd<'_>) {
        self.gas_used = end.gas_used;
        self.error = end.error.map(str::to_owned);
    }

    pub(super) fn json(&self) -> String {
        let transaction: Option<B256> = self.place.transaction;
        let mined = |value: Value| transaction.map_or(Value::Null, |_| value);
        json!({
            "type": self.kind,
            "from": self.from,
            "to": self.to,
            "input": self.input,
            "gas": self.gas,
            "gasPrice": self.gas_price.to_string(),
            "value": self.value.to_string(),
            "intrinsicGas": self.intrinsic_gas,
            "coinbase": self.coinbase,
            "block": self.visible_number.saturating_to::<u64>(),
            "time": self.time,
            "output": hex::encode_prefixed(&self.output),
            "gasUsed": self.gas_used,
            "error": self.error,
            "blockHash": mined(json!(self.place.block_hash)),
            "txIndex": self.place.index,
            "txHash": transaction,
        })
        .to_string()
    }
}
