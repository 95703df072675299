//! What a command leaves: the result on standard output, everything else on standard error.

use std::io::{self, BufRead, IsTerminal, Write};

use serde_json::{Value, json};

use crate::args::{Color, Global};
use crate::error::Error;
use crate::text::printable_lines;

/// The result of a command.
#[derive(Debug, Default)]
pub struct Report {
    /// For `--json`.
    pub data: Value,
    /// For people; printed as it is, so every foreign text in it is already escaped.
    pub text: String,
    /// Worth knowing, in both forms.
    pub warnings: Vec<String>,
}

impl Report {
    /// A result without warnings.
    #[must_use]
    pub const fn new(data: Value, text: String) -> Self {
        Self { data, text, warnings: Vec::new() }
    }
}

/// Where progress, questions and results go.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    json: bool,
    quiet: bool,
    verbose: u8,
    yes: bool,
    colour_errors: bool,
}

impl Screen {
    /// The screen that these flags ask for.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
            yes: global.yes,
            colour_errors: coloured(global.color, io::stderr().is_terminal()),
        }
    }

    /// Whether somebody can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
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

    /// One line that is shown whatever the flags, such as the hash of what was just sent.
    pub fn note(&self, line: &str) {
        // Nothing can be done about a closed standard error.
        let _ = writeln!(io::stderr().lock(), "{line}");
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
        if self.yes {
            return Ok(());
        }
        if !self.can_ask() {
            return Err(Error::ConfirmationNeeded);
        }
        let _ = write!(io::stderr().lock(), "Send it? [y/N] ");
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match (read, answer.trim()) {
            (Ok(_), "y" | "Y" | "yes") => Ok(()),
            _ => Err(Error::Declined),
        }
    }

    /// Prints a result or an error; returns the exit code.
    #[must_use]
    pub fn finish(&self, outcome: Result<Report, Error>) -> u8 {
        let written = match &outcome {
            Ok(report) if self.json => print(
                &json!({"schema": 1, "ok": true, "data": report.data, "warnings": report.warnings})
                    .to_string(),
            ),
            Ok(report) => {
                for warning in &report.warnings {
                    self.note(&format!("{} {warning}", self.painted("warning:", "33")));
                }
                if report.text.is_empty() {
                    Ok(())
                } else {
                    print(report.text.trim_end_matches('\n'))
                }
            }
            Err(error) => self.fail(error),
        };
        match (written, outcome) {
            // The reader has seen enough (`| head -1`).
            (Err(error), _) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            (Err(_), _) => 1,
            (Ok(()), Ok(_)) => 0,
            (Ok(()), Err(error)) => error.exit_code(),
        }
    }

    fn fail(&self, error: &Error) -> io::Result<()> {
        let message = printable_lines(&error.to_string());
        if self.json {
            let body = json!({"code": error.code(), "message": message, "hint": error.hint(), "data": error.data()});
            return print(&json!({"schema": 1, "ok": false, "error": body}).to_string());
        }
        self.note(&format!("{} {message}", self.painted("error:", "1;31")));
        if let Some(hint) = error.hint().filter(|hint| !hint.is_empty()) {
            self.note(&format!("{} {}", self.painted("hint:", "36"), printable_lines(&hint)));
        }
        Ok(())
    }

    fn painted(&self, text: &str, colour: &str) -> String {
        if self.colour_errors {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
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
