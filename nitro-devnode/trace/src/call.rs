//! `callTracer`: the tree of calls.

use alloy_primitives::{Log, U64};
use devnode_chain::{Enter, Exit, StateView, Tracer, Transfer, TxEnd, TxStart};
use serde::Serialize;

use crate::{
    call_frame::{CallFrame, CallTree, EvmTransfers},
    go_json::text_of,
};

#[derive(Debug)]
pub(crate) struct CallTracer {
    only_top_call: bool,
    with_log: bool,
    gas_limit: u64,
    /// Frames that are open.
    depth: usize,
    tree: CallTree,
    transfers: EvmTransfers,
}

impl CallTracer {
    pub(crate) fn new(only_top_call: bool, with_log: bool) -> Self {
        Self {
            only_top_call,
            with_log,
            gas_limit: 0,
            depth: 0,
            tree: CallTree::default(),
            transfers: EvmTransfers::default(),
        }
    }
}

#[derive(Serialize)]
struct Top {
    #[serde(flatten)]
    frame: CallFrame,
    #[serde(flatten)]
    transfers: EvmTransfers,
}

impl Tracer for CallTracer {
    fn tx_start(&mut self, tx: &TxStart<'_>, _: &mut dyn StateView) {
        self.gas_limit = tx.gas_limit;
    }

    fn enter(&mut self, frame: &Enter<'_>, _: &mut dyn StateView) {
        self.depth += 1;
        if frame.depth > 0 && self.only_top_call {
            return;
        }
        let mut call = CallFrame::entered(frame);
        if frame.depth == 0 {
            call.gas = U64::from(self.gas_limit);
        }
        self.tree.enter(call);
    }

    fn exit(&mut self, exit: &Exit<'_>, _: &mut dyn StateView) {
        self.depth = self.depth.saturating_sub(1);
        if exit.depth == 0 || !self.only_top_call {
            self.tree.exit(exit);
        }
    }

    fn log(&mut self, log: &Log) {
        if self.with_log && !(self.only_top_call && self.depth > 1) {
            self.tree.log(log);
        }
    }

    fn transfer(&mut self, transfer: &Transfer) {
        self.transfers.add(transfer);
    }

    fn tx_end(&mut self, end: &TxEnd<'_>, _: &mut dyn StateView) {
        if let Some(top) = self.tree.root() {
            top.gas_used = U64::from(end.gas_used);
            if self.with_log {
                top.drop_undone_logs(false);
            }
        }
    }

    fn result(&mut self) -> Result<String, String> {
        let transfers = std::mem::take(&mut self.transfers);
        text_of(&Top { frame: self.tree.take()?, transfers })
    }
}
