//! The modelled height of the operand stack (wasm 4.2).

/// Follows the height through a function, without regard to reachability.
#[derive(Debug)]
pub(super) struct Height {
    now: u32,
    peak: u32,
    scopes: Vec<u32>,
}

impl Height {
    /// The empty stack at the start of a function.
    pub(super) fn new() -> Self {
        Self { now: 0, peak: 0, scopes: vec![0] }
    }

    /// The largest height so far.
    pub(super) const fn peak(&self) -> u32 {
        self.peak
    }

    pub(super) fn push(&mut self, values: u32) {
        self.now = self.now.saturating_add(values);
        self.peak = self.peak.max(self.now);
    }

    pub(super) const fn pop(&mut self, values: u32) {
        self.now = self.now.saturating_sub(values);
    }

    /// The header of a basic block needs two values and leaves none.
    pub(super) fn block_header(&mut self) {
        self.peak = self.peak.max(self.now.saturating_add(2));
    }

    /// The charge before `memory.fill` and `memory.copy` takes the size, needs four values on what
    /// is below it, and puts the size back.
    pub(super) fn bulk_charge(&mut self) {
        let below = self.now.saturating_sub(1);
        self.peak = self.peak.max(below.saturating_add(4));
        self.now = below + 1;
    }

    /// Enters a block, whose results and parameters are accounted for already.
    pub(super) fn enter(&mut self) {
        self.scopes.push(self.now);
    }

    /// Continues with the other arm of an `if`.
    pub(super) fn switch(&mut self) {
        self.now = self.scopes.last().copied().unwrap_or(0);
    }

    /// Leaves a block or the function.
    pub(super) fn leave(&mut self) {
        self.now = self.scopes.pop().unwrap_or(0);
    }
}
