//! Finished host calls on their way to the tracer.

use crate::{EvmApi, HostCall};

/// Bytes that wait at most. A program can make millions of host calls that ask the chain nothing,
/// and records reach the tracer only when it asks.
const MOST_BYTES: usize = 64 << 20;
/// What a record takes besides its payload.
const RECORD_BYTES: usize = size_of::<HostCall>();

/// Records in the order in which the calls finished.
#[derive(Debug, Default)]
pub(crate) struct TraceBuffer {
    calls: Vec<HostCall>,
    bytes: usize,
    /// Nothing is taken any more, in this run.
    is_full: bool,
}

impl TraceBuffer {
    /// Whether a record with so many bytes of payload still fits; if not, the rest of the run goes
    /// untold.
    pub(crate) const fn admits(&mut self, payload: usize) -> bool {
        self.bytes = self.bytes.saturating_add(payload + RECORD_BYTES);
        self.is_full |= self.bytes > MOST_BYTES;
        !self.is_full
    }

    /// Whether nothing fits any more.
    pub(crate) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Keeps a record that was admitted.
    pub(crate) fn push(&mut self, call: HostCall) {
        self.calls.push(call);
    }

    /// Takes what waits.
    pub(crate) fn take(&mut self) -> Self {
        let is_full = self.is_full;
        std::mem::replace(self, Self { is_full, ..Self::default() })
    }

    /// Hands everything to the tracer.
    pub(crate) fn deliver(self, api: &mut dyn EvmApi) {
        self.calls.into_iter().for_each(|call| api.trace(call));
        if self.is_full {
            api.trace_overflowed();
        }
    }
}
