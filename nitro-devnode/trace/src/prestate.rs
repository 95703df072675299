//! `prestateTracer`: the accounts that a transaction needs, or what it changes.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, Bytes, U256};
use devnode_chain::{Enter, FrameKind, StateView, Step, Tracer, TxEnd, TxStart};
use revm::bytecode::opcode;
use serde::Serialize;

use crate::{
    go_json::{Options, text_of},
    prestate_account::{AccountJson, Known},
};

#[derive(Debug)]
pub(crate) struct PrestateTracer {
    is_diff: bool,
    disable_code: bool,
    disable_storage: bool,
    include_empty: bool,
    before: BTreeMap<Address, Known>,
    after: BTreeMap<Address, AccountJson>,
    created: BTreeSet<Address>,
    destroyed: BTreeSet<Address>,
}

#[derive(Serialize)]
struct Difference<'a> {
    post: &'a BTreeMap<Address, AccountJson>,
    pre: BTreeMap<Address, &'a AccountJson>,
}

impl PrestateTracer {
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        let tracer = Self {
            is_diff: options.flag("diffMode")?,
            disable_code: options.flag("disableCode")?,
            disable_storage: options.flag("disableStorage")?,
            include_empty: options.flag("includeEmpty")?,
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            created: BTreeSet::new(),
            destroyed: BTreeSet::new(),
        };
        if tracer.is_diff && tracer.include_empty {
            return Err("cannot use diffMode with includeEmpty".to_owned());
        }
        Ok(tracer)
    }

    fn account(&mut self, account: Address, state: &mut dyn StateView) -> &mut Known {
        let (no_code, entry) = (self.disable_code, self.before.entry(account));
        entry.or_insert_with(|| {
            let mut known = Known::read(account, state);
            if no_code {
                known.json.code = Bytes::new();
            }
            known
        })
    }

    fn slot(&mut self, account: Address, slot: U256, state: &mut dyn StateView) {
        if self.disable_storage {
            return;
        }
        let storage = &mut self.account(account, state).json.storage;
        storage.entry(slot.into()).or_insert_with(|| state.storage(account, slot).into());
    }

    /// A callee, and the account that it delegates to (EIP-7702).
    fn callee(&mut self, account: Address, state: &mut dyn StateView) {
        self.account(account, state);
        let code = state.code(account);
        if let Some(target) = code.strip_prefix(&[0xef, 0x01, 0x00])
            && target.len() == 20
        {
            self.account(Address::from_slice(target), state);
        }
    }

    fn compare(&mut self, state: &mut dyn StateView) {
        let (destroyed, disable_code) = (&self.destroyed, self.disable_code);
        let mut after = BTreeMap::new();
        self.before.retain(|account, known| {
            if destroyed.contains(account) {
                return true;
            }
            let Some(mut changed) = known.difference(*account, state) else { return false };
            if disable_code {
                changed.code = Bytes::new();
            }
            after.insert(*account, changed);
            true
        });
        self.after = after;
    }
}

impl Tracer for PrestateTracer {
    fn wants_steps(&self) -> bool {
        true
    }

    fn tx_start(&mut self, tx: &TxStart<'_>, state: &mut dyn StateView) {
        self.account(tx.from, state);
        if let Some(to) = tx.to {
            self.callee(to, state);
        }
        self.account(tx.coinbase, state);
        for authority in tx.authorities {
            self.callee(*authority, state);
        }
    }

    fn enter(&mut self, frame: &Enter<'_>, state: &mut dyn StateView) {
        self.callee(frame.to, state);
        if frame.kind.is_create() {
            self.created.insert(frame.to);
        }
        if frame.kind == FrameKind::SelfDestruct && self.created.contains(&frame.from) {
            // EIP-6780: only what the transaction itself created is destroyed.
            self.destroyed.insert(frame.from);
        }
    }

    fn step(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        let Some(top) = step.peek(0) else { return };
        let named = |word: U256| Address::from_word(word.into());
        match step.op {
            opcode::SLOAD | opcode::SSTORE => self.slot(step.address, top, state),
            opcode::EXTCODECOPY
            | opcode::EXTCODEHASH
            | opcode::EXTCODESIZE
            | opcode::BALANCE
            | opcode::SELFDESTRUCT => {
                self.account(named(top), state);
            }
            opcode::CALL | opcode::CALLCODE | opcode::DELEGATECALL | opcode::STATICCALL => {
                if let Some(target) = step.peek(1) {
                    self.callee(named(target), state);
                }
            }
            _ => {}
        }
    }

    fn tx_end(&mut self, _: &TxEnd<'_>, state: &mut dyn StateView) {
        if self.is_diff {
            self.compare(state);
        }
        if !self.include_empty {
            self.before.retain(|_, known| !known.is_empty);
        }
    }

    fn result(&mut self) -> Result<String, String> {
        let pre: BTreeMap<Address, &AccountJson> =
            self.before.iter().map(|(account, known)| (*account, &known.json)).collect();
        if self.is_diff { text_of(&Difference { post: &self.after, pre }) } else { text_of(&pre) }
    }
}
