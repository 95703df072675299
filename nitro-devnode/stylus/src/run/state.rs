//! What belongs to one run.

use alloy_primitives::{Address, Bytes};
use wasmtime::{Global, Memory};

use super::{
    console::Console, mailbox::Mailbox, storage_cache::StorageCache, trace_buffer::TraceBuffer,
};
use crate::RunContext;

/// The state behind the host functions of one program call.
#[derive(Debug)]
pub(crate) struct RunState {
    pub(crate) context: RunContext,
    pub(crate) calldata: Bytes,
    /// What `write_result` recorded last.
    pub(crate) output: Vec<u8>,
    /// Data that the last call or create returned.
    pub(crate) return_data: Bytes,
    pub(crate) storage: StorageCache,
    /// The account whose code was read last (host 4.8).
    pub(crate) code: Option<(Address, Bytes)>,
    /// What the run may still print.
    pub(crate) console: Console,
    /// Finished host calls that the tracer has not got yet.
    pub(crate) trace: TraceBuffer,
    pub(crate) mailbox: Mailbox,
    /// Set between instantiation and the entry.
    pub(crate) handles: Option<Handles>,
}

/// The parts of the instance that host functions touch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handles {
    pub(crate) memory: Memory,
    pub(crate) ink_left: Global,
    pub(crate) ink_status: Global,
    pub(crate) stack_left: Global,
}

impl RunState {
    pub(crate) fn new(context: RunContext, calldata: Bytes, mailbox: Mailbox) -> Self {
        Self {
            context,
            calldata,
            output: Vec::new(),
            return_data: Bytes::new(),
            storage: StorageCache::default(),
            code: None,
            console: Console::default(),
            trace: TraceBuffer::default(),
            mailbox,
            handles: None,
        }
    }

    /// The parts of the instance.
    pub(crate) const fn handles(&self) -> Handles {
        self.handles.expect("handles are set before the program is entered")
    }
}
