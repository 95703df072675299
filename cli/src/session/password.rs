//! Where passwords come from (guides/cli.md section 4).

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::SignalKind;
use zeroize::Zeroizing;

use super::Session;
use crate::error::Error;
use crate::files;

/// Longest that the main thread takes to answer a signal: several of its ticks.
const SIGNAL_PATIENCE: Duration = Duration::from_millis(500);
const SOURCES: &str = "give --password-file, --password-fd or --password-command";

pub(super) fn no_key(message: impl Into<String>, hint: &str) -> Error {
    Error::NoKey { message: message.into(), hint: hint.to_owned() }
}

impl Session {
    /// The password, from wherever the flags say, else asked on the terminal.
    ///
    /// # Errors
    ///
    /// A source that cannot be read; nobody to ask.
    pub fn password(&self) -> Result<&str, Error> {
        self.password_by(|| self.ask("Password: "))
    }

    /// The same for a keystore that is about to be written: typed twice.
    ///
    /// # Errors
    ///
    /// As [`Self::password`]; [`Error::NoKey`] if the two differ.
    pub fn new_password(&self) -> Result<&str, Error> {
        self.password_by(|| {
            let first = self.ask("New password: ")?;
            if *self.ask("The same again: ")? != *first {
                return Err(no_key("the two passwords differ", "run the command again"));
            }
            Ok(first)
        })
    }

    fn password_by(
        &self,
        ask: impl FnOnce() -> Result<Zeroizing<String>, Error>,
    ) -> Result<&str, Error> {
        if let Some(password) = self.password.get() {
            return Ok(password);
        }
        let password = match self.given_password()? {
            Some(password) => password,
            None => ask()?,
        };
        Ok(self.password.get_or_init(|| password))
    }

    fn given_password(&self) -> Result<Option<Zeroizing<String>>, Error> {
        if let Some(number) = self.global.password_fd {
            return of_descriptor(number).map(Some);
        }
        if let Some(command) = &self.global.password_command {
            return of_command(command).map(Some);
        }
        self.settings.password_file.as_ref().map(|file| of_file(&file.value)).transpose()
    }

    pub(super) fn ask(&self, question: &str) -> Result<Zeroizing<String>, Error> {
        if !self.screen.can_ask() {
            return Err(no_key(
                "a password is needed, and there is no terminal to ask on",
                SOURCES,
            ));
        }
        let answer = self.screen.held(|| rpassword::prompt_password(question));
        answer.map(Zeroizing::new).map_err(|error| {
            if error.kind() != std::io::ErrorKind::Interrupted {
                return no_key("no password was entered", SOURCES);
            }
            // A signal that was sent is answered by the main thread, which knows which one it was.
            std::thread::sleep(SIGNAL_PATIENCE);
            Error::interrupted(SignalKind::interrupt(), &self.screen)
        })
    }
}

pub(super) fn of_file(path: &Path) -> Result<Zeroizing<String>, Error> {
    let bytes = files::read_input(path).map_err(|error| {
        no_key(format!("the password file cannot be read: {error}"), "check --password-file")
    })?;
    without_newline(bytes)
}

pub(super) fn of_descriptor(number: u32) -> Result<Zeroizing<String>, Error> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(format!("/dev/fd/{number}"))
        .and_then(|file| file.take(files::MAX_INPUT).read_to_end(&mut bytes));
    read.map_err(|_| {
        let message = format!("cannot read the password from file descriptor {number}");
        no_key(message, "open it in the shell, e.g. --password-fd 3 3< FILE")
    })?;
    without_newline(bytes)
}

/// Runs without a shell; quotes group words as they would in one.
pub(super) fn of_command(command: &str) -> Result<Zeroizing<String>, Error> {
    let hint = "the command must print the password and end with 0";
    let words = shlex::split(command)
        .ok_or_else(|| no_key("--password-command has an open quote", hint))?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err(no_key("--password-command is empty", hint));
    };
    let output = std::process::Command::new(program)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| no_key(format!("{program} cannot be run: {error}"), hint))?;
    if !output.status.success() {
        drop(Zeroizing::new(output.stdout));
        return Err(no_key(format!("{program} ended with {}", output.status), hint));
    }
    without_newline(output.stdout)
}

/// One trailing newline is removed, nothing else.
fn without_newline(bytes: Vec<u8>) -> Result<Zeroizing<String>, Error> {
    let mut text = text_of(bytes)?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

pub(super) fn text_of(bytes: Vec<u8>) -> Result<Zeroizing<String>, Error> {
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        no_key("the secret is not UTF-8 text", "check the file or command that it comes from")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trailing_newline_is_removed_and_nothing_else() {
        for (bytes, password) in
            [("a\n", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("a\r\n", "a\r"), ("", "")]
        {
            assert_eq!(*without_newline(bytes.into()).expect("text"), password);
        }
    }

    #[test]
    fn a_command_is_run_without_a_shell() {
        let printed = |command| of_command(command).map(|text| text.to_string());

        assert_eq!(printed("printf '%s' 'a b'").expect("runs"), "a b");
        assert_eq!(printed("echo $HOME; true").expect("runs"), "$HOME; true");
        for broken in ["false", "/nonexistent/program", "", "echo 'open"] {
            assert!(matches!(printed(broken), Err(Error::NoKey { .. })), "{broken:?}");
        }
    }
}
