//! What a command leaves: the result on standard output, everything else on standard error.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::B256;
use serde_json::{Value, json};

use crate::args::{Color, Global};
use crate::error::Error;
use crate::progress::Progress;
use crate::text::{drives_a_terminal, printable, printable_lines, shortened};

/// The result of a command.
#[derive(Debug, Default)]
pub struct Report {
    /// For `--json`.
    pub data: Value,
    /// For people; printed as it is, so every foreign text in it is already escaped.
    pub text: String,
    /// Worth knowing, in both forms.
    pub warnings: Vec<String>,
    /// The result was printed piece by piece; nothing more is.
    pub is_streamed: bool,
}

impl Report {
    /// A result without warnings.
    #[must_use]
    pub const fn new(data: Value, text: String) -> Self {
        Self { data, text, warnings: Vec::new(), is_streamed: false }
    }
}

/// Where progress, questions and results go; clones share the one standard error.
#[derive(Debug, Clone)]
pub struct Screen {
    json: bool,
    quiet: bool,
    verbose: u8,
    yes: bool,
    colour_errors: bool,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    progress: Progress,
    /// What was sent and is not known to be mined.
    outstanding: Option<B256>,
    /// "all" was answered: the rest of this run is confirmed.
    is_all_confirmed: bool,
}

impl Screen {
    /// The screen that these flags ask for.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        Self {
            quiet: global.quiet,
            verbose: global.verbose,
            yes: global.yes,
            colour_errors: coloured(global.color, io::stderr().is_terminal()),
            ..Self::bare(global.json)
        }
    }

    /// The screen of a command line that could not be read.
    #[must_use]
    pub fn bare(json: bool) -> Self {
        let progress = Progress::new();
        let shared = Shared { progress, outstanding: None, is_all_confirmed: false };
        Self {
            json,
            quiet: false,
            verbose: 0,
            yes: false,
            colour_errors: coloured(Color::Auto, io::stderr().is_terminal()),
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // A panic elsewhere leaves a progress line at worst.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// What is being done from now on, for the spinner.
    pub fn doing(&self, activity: &'static str) {
        self.shared().progress.doing(activity);
    }

    /// Moves the spinner; called many times a second.
    pub fn tick(&self) {
        if !self.quiet {
            self.shared().progress.tick(io::stderr().is_terminal());
        }
    }

    /// Runs `ask` with the terminal to itself.
    pub fn held<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.shared().progress.hold(true);
        let answer = ask();
        self.shared().progress.hold(false);
        answer
    }

    /// Remembers what was sent, so that an interrupted run can name it; `None` once it is mined.
    pub fn set_outstanding(&self, hash: Option<B256>) {
        self.shared().outstanding = hash;
    }

    /// What was sent and is not known to be mined.
    #[must_use]
    pub fn outstanding(&self) -> Option<B256> {
        self.shared().outstanding
    }

    /// One line of progress.
    pub fn progress(&self, line: &str) {
        if !self.quiet {
            self.note(line);
        }
    }

    /// One line of detail, with `-v`.
    pub fn detail(&self, line: &str) {
        if self.verbose > 0 {
            self.note(line);
        }
    }

    /// One line of more detail, with `-vv`.
    pub fn trace(&self, line: &str) {
        if self.verbose > 1 {
            self.note(line);
        }
    }

    /// One line that is shown whatever the flags, such as the hash of what was just sent.
    pub fn note(&self, line: &str) {
        let mut shared = self.shared();
        shared.progress.erase();
        // Nothing can be done about a closed standard error.
        let _ = writeln!(io::stderr().lock(), "{}", printable_lines(line));
    }

    /// A warning beside the result.
    pub fn warn(&self, text: &str) {
        self.labelled("warning:", "33", &one_line(text));
    }

    fn labelled(&self, label: &str, colour: &str, text: &str) {
        let mut shared = self.shared();
        shared.progress.erase();
        let label = if self.colour_errors {
            format!("\u{1b}[{colour}m{label}\u{1b}[0m")
        } else {
            label.to_owned()
        };
        let _ = writeln!(io::stderr().lock(), "{label} {text}");
    }

    /// Shows `plan` and asks; `--yes` answers.
    ///
    /// # Errors
    ///
    /// [`Error::Declined`], or [`Error::ConfirmationNeeded`] if nobody is there.
    pub fn confirm(&self, plan: &str) -> Result<(), Error> {
        if !self.yes || !self.quiet {
            self.note(plan);
        }
        if self.yes || self.shared().is_all_confirmed {
            return Ok(());
        }
        if !self.can_ask() {
            return Err(Error::ConfirmationNeeded);
        }
        match self.ask_line("Send it? [y]es, [a]ll of this run, [N]o: ").as_str() {
            "y" | "yes" => Ok(()),
            "a" | "all" => {
                self.shared().is_all_confirmed = true;
                Ok(())
            }
            _ => Err(Error::Declined),
        }
    }

    /// Shows whose key is about to be sealed to for the first time, and asks; `--yes` answers, with a
    /// warning that nobody compared it (crypto.md section 7.3).
    ///
    /// # Errors
    ///
    /// [`Error::Declined`], or [`Error::ConfirmationNeeded`] if nobody is there.
    pub fn confirm_contact(&self, shown: &str) -> Result<(), Error> {
        self.note(shown);
        if self.yes {
            self.warn("--yes took the key at first contact; nobody compared its fingerprint");
            return Ok(());
        }
        if !self.can_ask() {
            return Err(Error::ConfirmationNeeded);
        }
        match self.ask_line("Is this the right key? [y]es, [N]o: ").as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::Declined),
        }
    }

    /// Asks for one of these, by its number; `None` if nobody is there or none was named.
    #[must_use]
    pub fn choose(&self, question: &str, names: &[String]) -> Option<usize> {
        if !self.can_ask() {
            return None;
        }
        for (number, name) in (1..).zip(names) {
            self.note(&format!("{number:>4}  {name}"));
        }
        let number: usize = self.ask_line(question).parse().ok()?;
        number.checked_sub(1).filter(|index| *index < names.len())
    }

    /// An answer in lower case, with the terminal to itself.
    fn ask_line(&self, question: &str) -> String {
        let answer = self.held(|| {
            let _ = write!(io::stderr().lock(), "{question}");
            let mut answer = String::new();
            io::stdin().lock().read_line(&mut answer).map(|_| answer)
        });
        answer.unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Prints a result or an error; returns the exit code.
    #[must_use]
    pub fn finish(&self, outcome: Result<Report, Error>) -> u8 {
        match outcome {
            Ok(report) => self.written(self.succeed(&report), 0),
            Err(error) => self.written(self.fail(&error), error.exit_code()),
        }
    }

    /// The exit code after printing: a reader that has seen enough (`| head -1`) is no error, but does
    /// not make a failure a success either.
    pub(crate) fn written(&self, written: io::Result<()>, code: u8) -> u8 {
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe && code == 0 => {
                let text = format!("standard output cannot be written: {error}");
                self.labelled("error:", "1;31", &one_line(&text));
                1
            }
            _ => code,
        }
    }

    fn succeed(&self, report: &Report) -> io::Result<()> {
        self.shared().progress.erase();
        for warning in &report.warnings {
            self.warn(warning);
        }
        if report.is_streamed {
            return Ok(());
        }
        if self.json {
            return print_json(&envelope(&report.data, &report.warnings));
        }
        if report.text.is_empty() { Ok(()) } else { print(report.text.trim_end_matches('\n')) }
    }

    /// Prints one piece of a stream: a line of JSON, or text. `false`: the reader has gone.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written for another reason.
    pub fn piece(&self, data: &Value, text: &str) -> Result<bool, Error> {
        self.shared().progress.erase();
        let printed = if self.json { print_json(&envelope(data, &[])) } else { print(text) };
        match printed {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => {
                Err(Error::Internal(format!("standard output cannot be written: {error}")))
            }
        }
    }

    fn fail(&self, error: &Error) -> io::Result<()> {
        self.shared().progress.erase();
        let message = one_line(&error.to_string());
        let hint = error.hint().filter(|hint| !hint.is_empty()).map(|hint| one_line(&hint));
        if self.json {
            let body = json!({"code": error.code(), "message": message, "hint": hint, "data": error.data()});
            return print_json(&json!({"schema": 1, "ok": false, "error": body}));
        }
        self.labelled("error:", "1;31", &message);
        if let Some(hint) = hint {
            self.labelled("hint:", "36", &hint);
        }
        Ok(())
    }
}

/// Foreign text in a message is one line and drives no terminal (guide sections 1 and 5).
fn one_line(text: &str) -> String {
    const MOST_CHARS: usize = 1_000;
    let line = text.split(['\n', '\r', '\t']).map(str::trim).filter(|part| !part.is_empty());
    shortened(&printable(&line.collect::<Vec<_>>().join(" ")), MOST_CHARS)
}

fn envelope(data: &Value, warnings: &[String]) -> Value {
    json!({"schema": 1, "ok": true, "data": data, "warnings": warnings})
}

/// One JSON document. Characters that would drive a terminal only stand inside of strings, where
/// `\\u` says the same.
fn print_json(document: &Value) -> io::Result<()> {
    let text = document.to_string();
    if !text.chars().any(drives_a_terminal) {
        return print(&text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if drives_a_terminal(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    print(&safe)
}

/// `NO_COLOR` off > `CLICOLOR_FORCE` on > `TERM=dumb` off > terminal on (guide section 1).
fn coloured(color: Color, is_terminal: bool) -> bool {
    let set = |name| std::env::var(name).is_ok_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if std::env::var("CLICOLOR_FORCE").is_ok_and(|v| !v.is_empty() && v != "0") => {
            true
        }
        Color::Auto if std::env::var("TERM").is_ok_and(|term| term == "dumb") => false,
        Color::Auto => is_terminal,
    }
}

/// `println!` panics when the reader has gone; this does not.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Waits until the reader of standard output has gone; for ever where that cannot be told (a file, a
/// terminal).
#[expect(
    deprecated,
    reason = "its successor is unsafe; standard output is open as long as the process is"
)]
pub(crate) async fn reader_gone() {
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    if let Ok(out) = AsyncFd::with_interest(io::stdout(), Interest::ERROR)
        && out.ready(Interest::ERROR).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
