//! The process around a command: its arguments, signals, progress and exit code.

use std::ffi::OsString;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::args::{Cli, Command};
use crate::commands;
use crate::error::Error;
use crate::output::{Report, Screen, print};
use crate::session;

/// Stack of the command's thread in bytes: what a main thread has by default.
const STACK_BYTES: usize = 8 << 20;
/// How often the spinner moves.
const TICK: Duration = Duration::from_millis(100);

/// Runs the program with the arguments of this process.
#[must_use]
pub fn run() -> ExitCode {
    keep_memory_private();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    ExitCode::from(match Cli::try_parse_from(&arguments) {
        // Has no result, no terminal, and signals of its own.
        Ok(Cli { command: Command::Agent(agent), .. }) => {
            u8::from(session::serve_agent(&agent.socket).is_err())
        }
        Ok(cli) => attend(cli),
        Err(error) => explain(&arguments, &error),
    })
}

/// Core dumps off, before there is a secret (crypto.md section 18). The limit binds what this process
/// starts as well; on Linux no other process of this user can look into this one either, and a dump
/// that is piped to a collector does not happen.
fn keep_memory_private() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    // Lowering a limit is always allowed.
    let _ = setrlimit(Resource::Core, limit);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Runs the command on a thread of its own, so that a signal is answered even while a key is being
/// derived or a question waits for its answer.
fn attend(cli: Cli) -> u8 {
    let screen = Screen::new(&cli.global);
    let (sender, receiver) = oneshot::channel();
    let worker = {
        let screen = screen.clone();
        move || {
            let outcome =
                runtime().and_then(|runtime| runtime.block_on(commands::run(cli, screen)));
            // Nobody listens any more after a signal.
            let _ = sender.send(outcome);
        }
    };
    let spawned =
        thread::Builder::new().name("command".into()).stack_size(STACK_BYTES).spawn(worker);
    let outcome = match (spawned, runtime()) {
        (Ok(_), Ok(runtime)) => runtime.block_on(watch(receiver, &screen)),
        (Err(error), _) => Err(Error::Internal(format!("no thread can be started: {error}"))),
        (_, Err(error)) => Err(error),
    };
    screen.finish(outcome)
}

fn runtime() -> Result<Runtime, Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::Internal(format!("the runtime cannot be started: {error}")))
}

/// Waits for the command or a signal, and keeps the spinner moving.
async fn watch(
    mut receiver: oneshot::Receiver<Result<Report, Error>>,
    screen: &Screen,
) -> Result<Report, Error> {
    let listen = |kind: SignalKind| -> Result<Signal, Error> {
        signal(kind).map_err(|error| Error::Internal(format!("signals cannot be read: {error}")))
    };
    let mut interrupted = listen(SignalKind::interrupt())?;
    let mut terminated = listen(SignalKind::terminate())?;
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            outcome = &mut receiver => return outcome.unwrap_or_else(|_| {
                Err(Error::Internal("the command ended without a result".into()))
            }),
            _ = interrupted.recv() => return Err(Error::interrupted(SignalKind::interrupt(), screen)),
            _ = terminated.recv() => return Err(Error::interrupted(SignalKind::terminate(), screen)),
            _ = ticks.tick() => screen.tick(),
        }
    }
}

/// Answers a command line that is no command: help, version, or what is wrong with it.
fn explain(arguments: &[OsString], error: &clap::Error) -> u8 {
    // What follows `--` is no flag.
    let flags = arguments.iter().take_while(|argument| *argument != "--");
    let is_json = flags.into_iter().any(|argument| argument == "--json");
    let screen = Screen::bare(is_json);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render().to_string();
            return screen.written(print(text.trim_end()), 0);
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !is_json => {
            screen.note(error.render().to_string().trim_end());
            return 2;
        }
        _ => {}
    }
    screen.finish(Err(usage(arguments, error)))
}

/// What clap says in several paragraphs, as one line and one hint.
fn usage(arguments: &[OsString], error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let (first, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let message = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "a command is missing".to_owned()
        }
        _ => first.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let tip = rest.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let hint = match (tip, error.get(ContextKind::SuggestedArg).is_some()) {
        (Some(tip), _) => tip.to_owned(),
        _ => format!("{} --help", command_path(arguments)),
    };
    Error::Usage { message, hint }
}

/// `chartkey record show` of a longer command line: names of commands only.
fn command_path(arguments: &[OsString]) -> String {
    use clap::CommandFactory;
    let mut command = Cli::command();
    let mut path = command.get_name().to_owned();
    for word in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        if let Some(inner) = command.find_subcommand(word).cloned() {
            path = format!("{path} {word}");
            command = inner;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(words: &[&str]) -> (String, String) {
        let arguments: Vec<OsString> = words.iter().map(Into::into).collect();
        let error = Cli::try_parse_from(&arguments).expect_err("no command");
        let error = usage(&arguments, &error);
        (error.to_string(), error.hint().expect("a hint"))
    }

    #[test]
    fn a_wrong_command_line_is_explained_in_one_line_and_a_hint() {
        for (words, message, hint) in [
            (
                &["chartkey", "record", "showw"][..],
                "unrecognized subcommand 'showw'",
                "a similar subcommand exists: 'show'",
            ),
            (
                &["chartkey", "--timeout", "soon", "record", "show"],
                "invalid value 'soon' for '--timeout <SECS>': invalid digit found in string",
                "chartkey record show --help",
            ),
            (
                &["chartkey", "appointment", "pay"],
                "the following required arguments were not provided: <STAY>",
                "chartkey appointment pay --help",
            ),
        ] {
            let (said, hinted) = explained(words);
            assert_eq!((said.as_str(), hinted.as_str()), (message, hint));
        }
    }
}
