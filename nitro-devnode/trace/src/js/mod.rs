//! Tracers written in JavaScript (devnode.md 5.8).
//!
//! A script runs in QuickJS on a thread of its own, which has a stack of known size and can be left
//! behind when its time is up. The driver hands it one event after another and answers what it asks
//! about state, stack and memory meanwhile, so that nothing is copied that no script looks at.

mod answer;
mod engine;
mod event;
mod message;

use std::{
    collections::BTreeSet,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

use alloy_primitives::Address;
use devnode_chain::{Enter, Exit, Place, StateView, Step, Tracer, TxEnd, TxStart};
use devnode_stylus::HostCall;

use self::{
    answer::Moment,
    engine::{Line, Script, THREAD_STACK_BYTES, TIMEOUT},
    event::ResultContext,
    message::{Reply, ToScript},
};

/// How long a script is waited for after its time: its engine looks at the clock now and then.
const GRACE: Duration = Duration::from_millis(500);

/// A script as a tracer.
#[derive(Debug)]
pub(crate) struct ScriptTracer {
    events: Sender<ToScript>,
    replies: Receiver<Reply>,
    deadline: Instant,
    /// Handlers that the script has, of those that are optional.
    handlers: BTreeSet<String>,
    precompiles: BTreeSet<Address>,
    context: ResultContext,
    failure: Option<String>,
    finished: Option<String>,
}

impl ScriptTracer {
    /// Loads a script.
    ///
    /// # Errors
    ///
    /// A script that does not compile or lacks `result` or `fault`.
    pub(crate) fn new(
        source: &str,
        config: &str,
        place: Place,
        limit: Duration,
    ) -> Result<Self, String> {
        let deadline = Instant::now() + limit;
        let (events, incoming) = channel();
        let (outgoing, replies) = channel();
        let script = Script { source: source.to_owned(), config: config.to_owned(), deadline };
        let line = Line { events: incoming, replies: outgoing };
        std::thread::Builder::new()
            .name("trace-script".to_owned())
            .stack_size(THREAD_STACK_BYTES)
            .spawn(move || engine::serve(script, line))
            .map_err(|error| format!("no thread for the script: {error}"))?;
        let mut tracer = Self {
            events,
            replies,
            deadline,
            handlers: BTreeSet::new(),
            precompiles: BTreeSet::new(),
            context: ResultContext::at(place),
            failure: None,
            finished: None,
        };
        let found = tracer.wait(&mut Moment::default())?;
        tracer.handlers = found.split_whitespace().map(str::to_owned).collect();
        Ok(tracer)
    }

    fn handles(&self, name: &str) -> bool {
        self.failure.is_none() && self.handlers.contains(name)
    }

    /// Hands an event over and serves the script until it is done.
    fn tell(&mut self, kind: &'static str, data: String, moment: &mut Moment<'_, '_>) -> String {
        if self.failure.is_some() {
            return String::new();
        }
        let sent = self.events.send(ToScript::Event(kind, data));
        let result = match sent {
            Ok(()) => self.wait(moment),
            Err(_) => Err("the script has ended".to_owned()),
        };
        result.unwrap_or_else(|error| {
            self.failure = Some(error);
            String::new()
        })
    }

    fn wait(&self, moment: &mut Moment<'_, '_>) -> Result<String, String> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.replies.recv_timeout(left + GRACE) {
                Ok(Reply::Done(result)) => return result,
                Ok(Reply::Ask(question)) => {
                    let answer = moment.answer(&question, &self.precompiles);
                    let text = answer.unwrap_or_else(|error| format!("!{error}"));
                    if self.events.send(ToScript::Answer(text)).is_err() {
                        return Err("the script has ended".to_owned());
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(TIMEOUT.to_owned()),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err("the script has ended".to_owned());
                }
            }
        }
    }
}

impl Tracer for ScriptTracer {
    fn wants_steps(&self) -> bool {
        self.handlers.contains("step")
    }

    fn tx_start(&mut self, tx: &TxStart<'_>, _: &mut dyn StateView) {
        self.precompiles = tx.precompiles.iter().copied().collect();
        self.context.start(tx);
    }

    fn enter(&mut self, frame: &Enter<'_>, state: &mut dyn StateView) {
        if frame.depth == 0 {
            self.context.enter(frame);
        } else if self.handles("enter") {
            self.tell("enter", event::entered(frame), &mut Moment::of(state));
        }
    }

    fn exit(&mut self, exit: &Exit<'_>, state: &mut dyn StateView) {
        if exit.depth == 0 {
            self.context.exit(exit);
        } else if self.handles("enter") {
            self.tell("exit", event::left(exit), &mut Moment::of(state));
        }
    }

    fn step(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        if self.handles("step") {
            self.tell("step", event::step(step), &mut Moment::at(step, state));
        }
    }

    fn fault(&mut self, step: &Step<'_>, state: &mut dyn StateView) {
        if self.handles("step") {
            self.tell("fault", event::step(step), &mut Moment::at(step, state));
        }
    }

    fn host_call(&mut self, call: &HostCall, state: &mut dyn StateView) {
        if self.handles("hostio") {
            self.tell("hostio", event::host_call(call), &mut Moment::of(state));
        }
    }

    fn tx_end(&mut self, end: &TxEnd<'_>, state: &mut dyn StateView) {
        self.context.end(end);
        let data = self.context.json();
        self.finished = Some(self.tell("result", data, &mut Moment::of(state)));
    }

    fn is_stopped(&mut self) -> bool {
        self.failure.is_some()
    }

    fn result(&mut self) -> Result<String, String> {
        match (self.failure.take(), self.finished.take()) {
            (Some(failure), _) => Err(failure),
            (None, Some(result)) => Ok(result),
            (None, None) => Err("the transaction did not end".to_owned()),
        }
    }
}
