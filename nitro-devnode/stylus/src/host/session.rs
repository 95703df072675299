//! One call of a host function: meter, memory, chain, tracer.

use alloy_primitives::{Address, B256, Bytes, U256};
use wasmtime::{Caller, Result, Val};

use crate::{
    ApiError, EvmApi, HostCall, RunContext,
    run::{RunState, Stop},
};

/// A host function's view of the run.
pub(crate) struct Session<'a> {
    caller: Caller<'a, RunState>,
    name: &'static str,
    start_ink: u64,
    target: Option<Address>,
}

impl<'a> Session<'a> {
    /// Enters the host function `name`.
    pub(super) fn enter(caller: Caller<'a, RunState>, name: &'static str) -> Self {
        let mut session = Self { caller, name, start_ink: 0, target: None };
        session.start_ink = session.ink_left();
        session
    }

    pub(super) fn context(&self) -> &RunContext {
        &self.caller.data().context
    }

    pub(super) fn state(&mut self) -> &mut RunState {
        self.caller.data_mut()
    }

    // --- The meter (host 1.1 rule 5).

    pub(super) fn ink_left(&mut self) -> u64 {
        let ink = self.caller.data().handles().ink_left;
        ink.get(&mut self.caller).i64().expect("the meter is an i64") as u64
    }

    pub(super) fn gas_left(&mut self) -> u64 {
        self.ink_left() / u64::from(self.context().ink_price)
    }

    /// Pays ink or exhausts the meter.
    pub(super) fn buy_ink(&mut self, price: u64) -> Result<()> {
        let left = self.ink_left();
        match left.checked_sub(price) {
            Some(left) => self.set_ink(left),
            None => self.exhaust(),
        }
    }

    /// Pays gas or exhausts the meter.
    pub(super) fn buy_gas(&mut self, gas: u64) -> Result<()> {
        self.buy_ink(self.ink_of(gas))
    }

    /// Exhausts the meter unless it holds so much gas.
    pub(super) fn require_gas(&mut self, gas: u64) -> Result<()> {
        if self.ink_left() < self.ink_of(gas) { self.exhaust() } else { Ok(()) }
    }

    /// Ends the run as out of ink.
    pub(super) fn exhaust(&mut self) -> Result<()> {
        let status = self.caller.data().handles().ink_status;
        self.set_ink(0)?;
        status.set(&mut self.caller, Val::I32(1))?;
        Err(Stop::OutOfInk.into())
    }

    fn set_ink(&mut self, ink: u64) -> Result<()> {
        let global = self.caller.data().handles().ink_left;
        global.set(&mut self.caller, Val::I64(ink as i64))
    }

    fn ink_of(&self, gas: u64) -> u64 {
        gas.saturating_mul(u64::from(self.context().ink_price))
    }

    // --- Memory (host 1.1 rules 2 and 3).

    /// The bytes at `ptr`, still in the program's memory.
    pub(super) fn slice(&self, ptr: u32, len: u32) -> Result<&[u8]> {
        let memory = self.caller.data().handles().memory.data(&self.caller);
        bounds(ptr, u64::from(len), memory.len()).map(|range| &memory[range])
    }

    /// A copy of the bytes at `ptr`.
    pub(super) fn read(&self, ptr: u32, len: u32) -> Result<Bytes> {
        self.slice(ptr, len).map(Bytes::copy_from_slice)
    }

    pub(super) fn read_word(&self, ptr: u32) -> Result<B256> {
        self.slice(ptr, 32).map(B256::from_slice)
    }

    pub(super) fn read_number(&self, ptr: u32) -> Result<U256> {
        self.read_word(ptr).map(Into::into)
    }

    pub(super) fn read_address(&self, ptr: u32) -> Result<Address> {
        self.slice(ptr, 20).map(Address::from_slice)
    }

    pub(super) fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<()> {
        let memory = self.caller.data().handles().memory.data_mut(&mut self.caller);
        let range = bounds(ptr, bytes.len() as u64, memory.len())?;
        memory[range].copy_from_slice(bytes);
        Ok(())
    }

    // --- The chain and the tracer.

    /// Asks the chain; the program is suspended meanwhile.
    pub(super) async fn ask<R: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut dyn EvmApi) -> Result<R, ApiError> + Send + 'static,
    ) -> Result<R> {
        let state = self.caller.data_mut();
        // What finished before must reach the tracer before what the question causes.
        let finished = state.trace.take();
        let mailbox = state.mailbox.clone();
        let answer = mailbox
            .ask(move |api| {
                finished.deliver(api);
                question(api)
            })
            .await;
        answer.map_err(|error| Stop::Chain(error).into())
    }

    /// Whether neither console nor tracer takes anything more in this run.
    pub(super) fn is_unheard(&mut self) -> bool {
        let is_traced = self.context().trace;
        let state = self.state();
        state.console.is_closed() && (!is_traced || state.trace.is_full())
    }

    /// Names the callee for the tracer.
    pub(super) const fn calls(&mut self, target: Address) {
        self.target = Some(target);
    }

    /// Reports the finished call to the tracer, if there is one.
    pub(super) fn finish(&mut self, args: &[&[u8]], outs: &[&[u8]]) {
        if !self.context().trace {
            return;
        }
        let payload = args.iter().chain(outs).map(|part| part.len()).sum();
        if self.state().trace.admits(payload) {
            let end_ink = self.ink_left();
            let call = HostCall {
                name: self.name,
                args: args.concat().into(),
                outs: outs.concat().into(),
                start_ink: self.start_ink,
                end_ink,
                target: self.target,
            };
            self.state().trace.push(call);
        }
    }
}

/// Ends the run as a failure.
pub(super) fn fail<T>(reason: &'static str) -> Result<T> {
    Err(Stop::Failure(reason).into())
}

/// The range of an access if it is within memory; checked without wrap-around, also for no bytes.
fn bounds(ptr: u32, len: u64, memory_len: usize) -> Result<std::ops::Range<usize>> {
    let end = u64::from(ptr) + len;
    if end > memory_len as u64 {
        return fail("access outside of the program's memory");
    }
    Ok(ptr as usize..end as usize)
}
