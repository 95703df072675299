//! `erc7562Tracer`: the call tree with what ERC-7562's rules for account abstraction look at.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, Log, U64, U256};
use devnode_chain::{Enter, Exit, StateView, Step, Tracer, TxEnd, TxStart};
use revm::bytecode::opcode;
use serde::{Serialize, Serializer};

use crate::{
    call_frame::{AddressSet, CallFrame, CallLog},
    go_json::text_of,
};

/// What a frame touched.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessedSlots {
    /// Values at the first read, unless the slot was written before.
    reads: BTreeMap<B256, Vec<B256>>,
    writes: BTreeMap<B256, u64>,
    transient_reads: BTreeMap<B256, u64>,
    transient_writes: BTreeMap<B256, u64>,
}

/// A contract's size and the opcode that looked at it first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContractSize {
    contract_size: usize,
    opcode: u8,
}

/// A frame with its calls.
#[derive(Debug)]
struct Frame {
    call: CallFrame,
    notes: Notes,
    calls: Vec<Self>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Notes {
    accessed_slots: AccessedSlots,
    ext_code_access_info: Vec<Address>,
    #[serde(serialize_with = "by_opcode")]
    used_opcodes: BTreeMap<u8, u64>,
    contract_size: BTreeMap<Address, ContractSize>,
    out_of_gas: bool,
    /// Preimages of the whole transaction, only in its own frame.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    keccak: BTreeSet<Bytes>,
}

fn by_opcode<S: Serializer>(counts: &BTreeMap<u8, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(op, count)| (format!("{op:#x}"), count)))
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            #[serde(flatten)]
            call: &'a CallFrame,
            #[serde(flatten)]
            notes: &'a Notes,
            #[serde(skip_serializing_if = "<[Frame]>::is_empty")]
            calls: &'a [Frame],
        }
        Json { call: &self.call, notes: &self.notes, calls: &self.calls }.serialize(serializer)
    }
}

/// The instruction before, as far as rules look at pairs.
#[derive(Debug, Clone, Copy)]
struct Last {
    op: u8,
    top: Option<Address>,
}

#[derive(Debug, Default)]
pub(crate) struct Erc7562Tracer {
    with_log: bool,
    gas_limit: u64,
    precompiles: AddressSet,
    open: Vec<Frame>,
    root: Option<Frame>,
    last: Option<Last>,
    keccak: BTreeSet<Bytes>,
}

impl Erc7562Tracer {
    pub(crate) fn new(with_log: bool) -> Self {
        Self { with_log, ..Self::default() }
    }

    /// Rules about the pair of this instruction and the one before.
    fn look_back(&mut self, op: u8) {
        let Some(last) = self.last.take() else { return };
        let Some(frame) = self.open.last_mut() else { return };
        // OP-051: EXTCODESIZE is harmless where only zero matters.
        let is_size_check = last.op == opcode::EXTCODESIZE && op == opcode::ISZERO;
        if let Some(account) = last.top
            && is_ext(last.op)
            && !is_size_check
        {
            frame.notes.ext_code_access_info.push(account);
        }
        // OP-012: GAS may only stand right before a call.
        if last.op == opcode::GAS && !is_call(op) {
            *frame.notes.used_opcodes.entry(opcode::GAS).or_default() += 1;
        }
    }

    /// OP-041: the size of every contract that is called or looked at.
    fn note_size(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        let position = match step.op {
            op if is_ext(op) => 0,
            op if is_call(op) => 1,
            _ => return,
        };
        let Some(word) = step.peek(position) else { return };
        let account = Address::from_word(word.into());
        if self.precompiles.contains(&account) {
            return;
        }
        if let Some(frame) = self.open.last_mut() {
            frame.notes.contract_size.entry(account).or_insert_with(|| ContractSize {
                contract_size: state.code(account).len(),
                opcode: step.op,
            });
        }
    }

    fn note_slot(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        let (Some(frame), Some(slot)) = (self.open.last_mut(), step.peek(0)) else { return };
        let slots = &mut frame.notes.accessed_slots;
        let key = B256::from(slot);
        match step.op {
            opcode::SLOAD
                if !slots.reads.contains_key(&key) && !slots.writes.contains_key(&key) =>
            {
                let value = B256::from(state.storage(step.address, slot));
                slots.reads.insert(key, vec![value]);
            }
            opcode::SSTORE => *slots.writes.entry(key).or_default() += 1,
            opcode::TLOAD => *slots.transient_reads.entry(key).or_default() += 1,
            opcode::TSTORE => *slots.transient_writes.entry(key).or_default() += 1,
            _ => {}
        }
    }

    fn drop_undone_logs(frame: &mut Frame, is_undone: bool) {
        let is_undone = is_undone || frame.call.error.is_some();
        if is_undone {
            frame.call.logs.clear();
        }
        frame.calls.iter_mut().for_each(|call| Self::drop_undone_logs(call, is_undone));
    }
}

const fn is_ext(op: u8) -> bool {
    matches!(op, opcode::EXTCODESIZE | opcode::EXTCODECOPY | opcode::EXTCODEHASH)
}

const fn is_call(op: u8) -> bool {
    matches!(op, opcode::CALL | opcode::CALLCODE | opcode::DELEGATECALL | opcode::STATICCALL)
}

/// Opcodes that no rule looks at.
const fn is_ignored(op: u8) -> bool {
    // The upper bound is exclusive in the reference: SWAP16 is counted.
    (op >= opcode::PUSH0 && op < opcode::SWAP16)
        || matches!(
            op,
            opcode::POP
                | opcode::ADD
                | opcode::SUB
                | opcode::MUL
                | opcode::DIV
                | opcode::EQ
                | opcode::LT
                | opcode::GT
                | opcode::SLT
                | opcode::SGT
                | opcode::SHL
                | opcode::SHR
                | opcode::AND
                | opcode::OR
                | opcode::NOT
                | opcode::ISZERO
        )
}

impl Tracer for Erc7562Tracer {
    fn wants_steps(&self) -> bool {
        true
    }

    fn tx_start(&mut self, tx: &TxStart<'_>, _: &mut dyn StateView) {
        self.gas_limit = tx.gas_limit;
        self.precompiles = tx.precompiles.iter().copied().collect();
    }

    fn enter(&mut self, frame: &Enter<'_>, _: &mut dyn StateView) {
        let mut call = CallFrame::entered(frame);
        if frame.depth == 0 {
            call.gas = U64::from(self.gas_limit);
        }
        self.last = None;
        self.open.push(Frame { call, notes: Notes::default(), calls: Vec::new() });
    }

    fn exit(&mut self, exit: &Exit<'_>, _: &mut dyn StateView) {
        self.last = None;
        let Some(mut frame) = self.open.pop() else { return };
        frame.call.leave(exit);
        frame.notes.out_of_gas |= exit.error.is_some_and(|text| text.starts_with("out of gas"));
        match self.open.last_mut() {
            Some(caller) => caller.calls.push(frame),
            None => self.root = Some(frame),
        }
    }

    fn step(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        self.look_back(step.op);
        self.note_size(step, state);
        self.note_slot(step, state);
        if step.op == opcode::KECCAK256
            && let (Some(offset), Some(len)) = (step.peek(0), step.peek(1))
            && step.error.is_none()
        {
            self.keccak.insert(step.memory_at(offset, len).into());
        }
        if step.op != opcode::GAS
            && !is_ignored(step.op)
            && let Some(frame) = self.open.last_mut()
        {
            *frame.notes.used_opcodes.entry(step.op).or_default() += 1;
        }
        let top = step.peek(0).map(|word: U256| Address::from_word(word.into()));
        self.last = Some(Last { op: step.op, top });
    }

    fn log(&mut self, log: &Log) {
        if self.with_log
            && let Some(frame) = self.open.last_mut()
        {
            frame.call.logs.push(CallLog {
                address: log.address,
                topics: log.topics().to_vec(),
                data: log.data.data.clone(),
                position: U64::from(frame.calls.len()),
            });
        }
    }

    fn tx_end(&mut self, end: &TxEnd<'_>, _: &mut dyn StateView) {
        if let Some(root) = &mut self.root {
            root.call.gas_used = U64::from(end.gas_used);
            root.notes.keccak = std::mem::take(&mut self.keccak);
            Self::drop_undone_logs(root, false);
        }
    }

    fn result(&mut self) -> Result<String, String> {
        text_of(&self.root.take().ok_or("incorrect number of top-level calls")?)
    }
}
