//! A tracer that ends in time and does not fill the memory.

use std::time::{Duration, Instant};

use alloy_primitives::Log;
use devnode_chain::{Enter, Exit, StateView, Step, Tracer, Transfer, TxEnd, TxStart};
use devnode_stylus::HostCall;

/// Bytes of payload that one trace may gather; nested calls can repeat theirs without end.
pub(crate) const MOST_BYTES: usize = 256 << 20;
/// The error of a trace that gathers more.
pub(crate) const TOO_LARGE: &str = "trace exceeds 256 MiB";
/// What an event takes besides its payload.
const EVENT_BYTES: usize = 256;

/// Another tracer with limits.
#[derive(Debug)]
pub(crate) struct Bounded {
    inner: Box<dyn Tracer>,
    deadline: Instant,
    bytes: usize,
    failure: Option<String>,
}

impl Bounded {
    pub(crate) fn new(inner: Box<dyn Tracer>, limit: Duration) -> Self {
        Self { inner, deadline: Instant::now() + limit, bytes: 0, failure: None }
    }

    /// Counts an event; false when no more are taken.
    fn admit(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes + EVENT_BYTES);
        if self.bytes > MOST_BYTES {
            self.fail(TOO_LARGE);
        }
        self.failure.is_none()
    }

    fn fail(&mut self, reason: &str) {
        self.failure.get_or_insert_with(|| reason.to_owned());
    }
}

impl Tracer for Bounded {
    fn wants_steps(&self) -> bool {
        self.inner.wants_steps()
    }

    fn tx_start(&mut self, tx: &TxStart<'_>, state: &mut dyn StateView) {
        self.inner.tx_start(tx, state);
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.deadline)
    }

    fn tx_end(&mut self, end: &TxEnd<'_>, state: &mut dyn StateView) {
        self.inner.tx_end(end, state);
    }

    fn enter(&mut self, frame: &Enter<'_>, state: &mut dyn StateView) {
        if self.admit(frame.input.len()) {
            self.inner.enter(frame, state);
        }
    }

    fn exit(&mut self, exit: &Exit<'_>, state: &mut dyn StateView) {
        if self.admit(exit.output.len()) {
            self.inner.exit(exit, state);
        }
    }

    fn step(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        if self.failure.is_none() {
            self.inner.step(step, state);
        }
    }

    fn fault(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        if self.failure.is_none() {
            self.inner.fault(step, state);
        }
    }

    fn log(&mut self, log: &Log) {
        if self.admit(log.data.data.len()) {
            self.inner.log(log);
        }
    }

    fn host_call(&mut self, call: &HostCall, state: &mut dyn StateView) {
        if self.admit(call.args.len() + call.outs.len()) {
            self.inner.host_call(call, state);
        }
    }

    fn overflowed(&mut self) {
        self.fail(TOO_LARGE);
    }

    fn transfer(&mut self, transfer: &Transfer) {
        self.inner.transfer(transfer);
    }

    fn is_stopped(&mut self) -> bool {
        if self.failure.is_none() && Instant::now() >= self.deadline {
            self.fail("execution timeout");
        }
        self.failure.is_some() || self.inner.is_stopped()
    }

    fn result(&mut self) -> Result<String, String> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.inner.result(),
        }
    }
}
