//! The struct logger, which traces where no tracer is named: every instruction.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use devnode_chain::{Exit, StateView, Step, Tracer, TxEnd};
use revm::bytecode::opcode::{OpCode, SLOAD, SSTORE};
use serde::Serialize;

use crate::{
    StructLogConfig,
    bounded::{MOST_BYTES, TOO_LARGE},
    go_json::text_of,
};

#[derive(Debug)]
pub(crate) struct StructLogger {
    config: StructLogConfig,
    /// The list of steps as JSON without its brackets: a step takes less room as text.
    text: String,
    storage: HashMap<Address, BTreeMap<B256, B256>>,
    output: Bytes,
    is_revert: bool,
    gas_used: u64,
    is_failed: bool,
    is_full: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepJson<'a> {
    pc: u64,
    op: &'a str,
    gas: u64,
    gas_cost: u64,
    depth: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a [U256]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Vec<String>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    return_data: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "is_zero")]
    refund: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl StructLogger {
    pub(crate) fn new(config: StructLogConfig) -> Self {
        Self {
            config,
            text: String::new(),
            storage: HashMap::new(),
            output: Bytes::new(),
            is_revert: false,
            gas_used: 0,
            is_failed: false,
            is_full: false,
        }
    }

    /// What the contract's storage is known to hold, with the slot that the instruction names.
    fn touched_storage(
        &mut self,
        step: &Step<'_>,
        state: &mut dyn StateView,
    ) -> Option<BTreeMap<String, String>> {
        if self.config.disable_storage {
            return None;
        }
        let (slot, value) = match step.op {
            SLOAD => {
                let slot = step.peek(0)?;
                (slot, state.storage(step.address, slot))
            }
            SSTORE => (step.peek(0)?, step.peek(1)?),
            _ => return None,
        };
        let words = self.storage.entry(step.address).or_default();
        words.insert(slot.into(), value.into());
        Some(words.iter().map(|(slot, word)| (hex::encode(slot), hex::encode(word))).collect())
    }
}

/// Go-ethereum's name of an opcode.
pub(crate) fn op_name(op: u8) -> String {
    OpCode::new(op)
        .map_or_else(|| format!("opcode {op:#x} not defined"), |known| known.as_str().to_owned())
}

impl Tracer for StructLogger {
    fn wants_steps(&self) -> bool {
        true
    }

    fn step(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        if self.is_full || (self.config.limit != 0 && self.text.len() > self.config.limit) {
            return;
        }
        let storage = self.touched_storage(step, state);
        let config = self.config;
        let name = op_name(step.op);
        let memory = || step.memory.chunks_exact(32).map(hex::encode).collect();
        let return_data = if config.enable_return_data && !step.return_data.is_empty() {
            hex::encode_prefixed(step.return_data)
        } else {
            String::new()
        };
        let json = StepJson {
            pc: step.pc,
            op: &name,
            gas: step.gas,
            gas_cost: step.cost,
            depth: step.depth,
            error: step.error,
            stack: (!config.disable_stack).then_some(step.stack),
            memory: (config.enable_memory && !step.memory.is_empty()).then(memory),
            return_data,
            storage,
            refund: step.refund,
        };
        let Ok(text) = text_of(&json) else { return };
        if !self.text.is_empty() {
            self.text.push(',');
        }
        self.text.push_str(&text);
        self.is_full = self.text.len() > MOST_BYTES;
    }

    fn exit(&mut self, exit: &Exit<'_>, _: &mut dyn StateView) {
        if exit.depth == 0 {
            self.output = exit.output.clone();
            self.is_revert = exit.is_revert;
        }
    }

    fn tx_end(&mut self, end: &TxEnd<'_>, _: &mut dyn StateView) {
        self.gas_used = end.gas_used;
        self.is_failed = end.error.is_some();
    }

    fn is_stopped(&mut self) -> bool {
        self.is_full
    }

    fn result(&mut self) -> Result<String, String> {
        if self.is_full {
            return Err(TOO_LARGE.to_owned());
        }
        let shows_output = !self.is_failed || self.is_revert;
        let output =
            if shows_output { hex::encode_prefixed(&self.output) } else { "0x".to_owned() };
        let mut text = String::with_capacity(self.text.len() + 128);
        write!(
            text,
            "{{\"gas\":{},\"failed\":{},\"returnValue\":\"{output}\",\"structLogs\":[",
            self.gas_used, self.is_failed
        )
        .map_err(|error| error.to_string())?;
        text.push_str(&std::mem::take(&mut self.text));
        text.push_str("]}");
        Ok(text)
    }
}
