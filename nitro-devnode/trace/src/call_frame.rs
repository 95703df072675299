//! The tree of calls that `callTracer` and its relatives build.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, Log, U64, U256};
use devnode_chain::{Enter, Exit, FrameKind, Transfer, revert_reason};
use serde::Serialize;

/// Addresses of precompiles.
pub(crate) type AddressSet = BTreeSet<Address>;

/// One call with the calls that it made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallFrame {
    pub(crate) from: Address,
    pub(crate) gas: U64,
    pub(crate) gas_used: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<Address>,
    pub(crate) input: Bytes,
    #[serde(skip_serializing_if = "<[u8]>::is_empty")]
    pub(crate) output: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revert_reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) calls: Vec<Self>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) logs: Vec<CallLog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<U256>,
    #[serde(rename = "type", serialize_with = "by_name")]
    pub(crate) kind: FrameKind,
}

fn by_name<S: serde::Serializer>(kind: &FrameKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// A log in its call.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CallLog {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
    /// Calls that the frame had made before.
    pub(crate) position: U64,
}

impl CallFrame {
    pub(crate) fn entered(frame: &Enter<'_>) -> Self {
        Self {
            from: frame.from,
            gas: U64::from(frame.gas),
            gas_used: U64::ZERO,
            to: Some(frame.to),
            input: frame.input.clone(),
            output: Bytes::new(),
            error: None,
            revert_reason: None,
            calls: Vec::new(),
            logs: Vec::new(),
            value: frame.value,
            kind: frame.kind,
        }
    }

    /// Writes down how the frame ended.
    pub(crate) fn leave(&mut self, exit: &Exit<'_>) {
        self.gas_used = U64::from(exit.gas_used);
        let Some(error) = exit.error else {
            self.output = exit.output.clone();
            return;
        };
        self.error = Some(error.to_owned());
        if self.kind.is_create() {
            self.to = None;
        }
        if exit.is_revert && !exit.output.is_empty() {
            self.output = exit.output.clone();
            self.revert_reason = revert_reason(exit.output);
        }
    }

    /// Logs of frames that were undone do not exist.
    pub(crate) fn drop_undone_logs(&mut self, is_undone: bool) {
        let is_undone = is_undone || self.error.is_some();
        if is_undone {
            self.logs.clear();
        }
        self.calls.iter_mut().for_each(|call| call.drop_undone_logs(is_undone));
    }
}

/// Builds the tree while frames come and go.
#[derive(Debug, Default)]
pub(crate) struct CallTree {
    open: Vec<CallFrame>,
    root: Option<CallFrame>,
}

impl CallTree {
    pub(crate) fn enter(&mut self, frame: CallFrame) {
        self.open.push(frame);
    }

    pub(crate) fn exit(&mut self, exit: &Exit<'_>) {
        let Some(mut frame) = self.open.pop() else { return };
        frame.leave(exit);
        match self.open.last_mut() {
            Some(caller) => caller.calls.push(frame),
            None => self.root = Some(frame),
        }
    }

    /// Removes the call that ended last.
    pub(crate) fn forget_last(&mut self, is_forgotten: impl Fn(&CallFrame) -> bool) {
        if let Some(caller) = self.open.last_mut() {
            caller.calls.pop_if(|call| is_forgotten(call));
        }
    }

    pub(crate) fn log(&mut self, log: &Log) {
        if let Some(frame) = self.open.last_mut() {
            frame.logs.push(CallLog {
                address: log.address,
                topics: log.topics().to_vec(),
                data: log.data.data.clone(),
                position: U64::from(frame.calls.len()),
            });
        }
    }

    /// The transaction's frame, once it has ended.
    pub(crate) const fn root(&mut self) -> Option<&mut CallFrame> {
        self.root.as_mut()
    }

    /// The finished tree.
    ///
    /// # Errors
    ///
    /// When the transaction never entered a frame.
    pub(crate) fn take(&mut self) -> Result<CallFrame, String> {
        self.root.take().ok_or_else(|| "incorrect number of top-level calls".to_owned())
    }
}

/// Balance moves around the EVM, as the top frame shows them.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvmTransfers {
    #[serde(rename = "afterEVMTransfers")]
    after: Vec<EvmTransfer>,
    #[serde(rename = "beforeEVMTransfers")]
    before: Vec<EvmTransfer>,
}

#[derive(Debug, Serialize)]
struct EvmTransfer {
    purpose: &'static str,
    from: Option<Address>,
    to: Option<Address>,
    value: U256,
}

impl EvmTransfers {
    pub(crate) fn add(&mut self, transfer: &Transfer) {
        let list = if transfer.is_before { &mut self.before } else { &mut self.after };
        list.push(EvmTransfer {
            purpose: transfer.purpose,
            from: transfer.from,
            to: transfer.to,
            value: transfer.value,
        });
    }
}
