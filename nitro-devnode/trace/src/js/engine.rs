//! The thread on which a script lives. QuickJS bounds its heap, its stack and its time.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::mpsc::{Receiver, Sender},
    time::Instant,
};

use rquickjs::{Context, Ctx, Function, Runtime, Value, context::EvalOptions};

use super::message::{Reply, ToScript};

/// Heap of a script in bytes.
const HEAP_BYTES: usize = 64 << 20;
/// Stack of a script in bytes.
const SCRIPT_STACK_BYTES: usize = 1 << 20;
/// Stack of its thread: the engine itself needs some.
pub(super) const THREAD_STACK_BYTES: usize = 4 << 20;
/// What a script is told whose time is up.
pub(super) const TIMEOUT: &str = "execution timeout";

const PRELUDE: &str = include_str!("prelude.js");
const BIG_INT: &str = include_str!("bigint.js");

/// A script as the driver hands it over.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) source: String,
    /// The tracer's configuration as JSON text.
    pub(super) config: String,
    pub(super) deadline: Instant,
}

/// The thread's ends of the two channels.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) events: Receiver<ToScript>,
    pub(super) replies: Sender<Reply>,
}

impl Line {
    /// Asks the driver; `!…` is an error.
    fn ask(&self, question: String) -> String {
        let gone = || "!the trace has ended".to_owned();
        if self.replies.send(Reply::Ask(question)).is_err() {
            return gone();
        }
        match self.events.recv() {
            Ok(ToScript::Answer(answer)) => answer,
            _ => gone(),
        }
    }
}

/// Loads the script, reports which handlers it has, and serves events until the driver is gone.
pub(super) fn serve(script: Script, line: Line) {
    let line = Rc::new(RefCell::new(line));
    let outcome = run(&script, &line);
    if let Err(error) = outcome {
        let text = if Instant::now() >= script.deadline { TIMEOUT.to_owned() } else { error };
        // Nobody listens once the driver is gone.
        let _ = line.borrow().replies.send(Reply::Done(Err(text)));
    }
}

fn run(script: &Script, line: &Rc<RefCell<Line>>) -> Result<(), String> {
    let engine = |error: rquickjs::Error| format!("the script engine failed: {error}");
    let runtime = Runtime::new().map_err(engine)?;
    runtime.set_memory_limit(HEAP_BYTES);
    runtime.set_max_stack_size(SCRIPT_STACK_BYTES);
    let deadline = script.deadline;
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() >= deadline)));
    let context = Context::full(&runtime).map_err(engine)?;
    context.with(|ctx| {
        let loaded = load(&ctx, script, line).map_err(|error| fault(&ctx, &error))?;
        reply(line, decoded(loaded));
        loop {
            let event = line.borrow().events.recv();
            let Ok(ToScript::Event(kind, data)) = event else { return Ok(()) };
            let dispatch: Result<Function<'_>, _> = ctx.globals().get("__dispatch");
            let handled = dispatch.and_then(|dispatch| dispatch.call::<_, String>((kind, data)));
            let context = |text| format!("{text}    in server-side tracer function '{kind}'");
            let result = handled.map_err(|error| {
                let late = Instant::now() >= deadline;
                context(if late { TIMEOUT.to_owned() } else { fault(&ctx, &error) })
            });
            reply(line, result.and_then(decoded));
        }
    })
}

fn load<'js>(
    ctx: &Ctx<'js>,
    script: &Script,
    line: &Rc<RefCell<Line>>,
) -> Result<String, rquickjs::Error> {
    ctx.eval::<(), _>(BIG_INT)?;
    let prelude: Function<'_> = ctx.eval(PRELUDE)?;
    let asked = Rc::clone(line);
    let ask = Function::new(ctx.clone(), move |question: String| asked.borrow().ask(question))?;
    let loader: Function<'_> = prelude.call((ask,))?;
    if is_unknown_name(ctx, &script.source) {
        // The position is where go-ethereum's engine sees the name.
        let name = &script.source;
        return Ok(format!("-ReferenceError: {name} is not defined at <eval>:1:2(0)"));
    }
    let text = format!("({})", script.source);
    let compile = Function::new(ctx.clone(), move |ctx: Ctx<'js>| compile(&ctx, text.as_str()))?;
    loader.call((compile, script.config.as_str()))
}

/// Evaluates the script's text as go-ethereum does: not strict, and named `<eval>` in errors.
fn compile<'js>(ctx: &Ctx<'js>, text: &str) -> Result<Value<'js>, rquickjs::Error> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some("<eval>".to_owned());
    ctx.eval_with_options(text, options)
}

/// Whether the script is nothing but a name that stands for nothing: most often the name of a
/// tracer that does not exist.
fn is_unknown_name(ctx: &Ctx<'_>, source: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$');
    let starts_with_digit = source.starts_with(|letter: char| letter.is_ascii_digit());
    let is_name = !source.is_empty() && !starts_with_digit && source.chars().all(is_letter);
    is_name && ctx.globals().contains_key(source).is_ok_and(|is_known| !is_known)
}

fn reply(line: &Rc<RefCell<Line>>, result: Result<String, String>) {
    // Nobody listens once the driver is gone; the next event is missing then, too.
    let _ = line.borrow().replies.send(Reply::Done(result));
}

/// `+result` or `-error`, as the prelude answers.
fn decoded(text: String) -> Result<String, String> {
    match text.split_at_checked(1) {
        Some(("+", result)) => Ok(result.to_owned()),
        Some((_, error)) => Err(error.to_owned()),
        None => Err("the script engine gave no answer".to_owned()),
    }
}

/// The text of an error that the prelude could not catch.
fn fault(ctx: &Ctx<'_>, error: &rquickjs::Error) -> String {
    if !error.is_exception() {
        return error.to_string();
    }
    let thrown = ctx.catch();
    let text = thrown.as_exception().map(ToString::to_string);
    text.map_or_else(|| error.to_string(), |text| text.trim().to_owned())
}
