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
        self.password_by(|| self.ask_twice("New password: ", "the two passwords differ"))
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
        let file = self.settings.password_file.as_ref().map(|file| file.value.as_path());
        let global = &self.global;
        given(file, global.password_fd, global.password_command.as_deref(), "password")
    }

    /// The passphrase of the identity from the flags; an empty one is none.
    ///
    /// # Errors
    ///
    /// A source that cannot be read.
    pub(crate) fn given_passphrase(&self) -> Result<Option<&Zeroizing<String>>, Error> {
        self.passphrase_by(|| Ok(None))
    }

    /// The same, else asked on the terminal if there is one.
    ///
    /// # Errors
    ///
    /// A source that cannot be read.
    pub(super) fn passphrase(&self) -> Result<Option<&Zeroizing<String>>, Error> {
        self.passphrase_by(|| {
            if !self.screen.can_ask() {
                return Ok(None);
            }
            self.ask("Passphrase of the identity, empty if it has none: ").map(Some)
        })
    }

    /// The passphrase that an identity is going to have: typed twice.
    ///
    /// # Errors
    ///
    /// [`Error::NoKey`] if it is empty, if the two differ, or if there is nobody to ask.
    pub(crate) fn new_passphrase(&self) -> Result<&str, Error> {
        let given = self.passphrase_by(|| {
            if !self.screen.can_ask() {
                let message = "a passphrase is needed, and there is no terminal to ask on";
                let hint = "give --passphrase-file, --passphrase-fd or --passphrase-command";
                return Err(no_key(message, hint));
            }
            self.ask_twice("New passphrase: ", "the two passphrases differ").map(Some)
        })?;
        given.map(|passphrase| passphrase.as_str()).ok_or_else(|| {
            no_key("the passphrase is empty", "leave --passphrase out, or give one that is not")
        })
    }

    fn passphrase_by(
        &self,
        ask: impl FnOnce() -> Result<Option<Zeroizing<String>>, Error>,
    ) -> Result<Option<&Zeroizing<String>>, Error> {
        if let Some(passphrase) = self.passphrase.get() {
            return Ok(passphrase.as_ref());
        }
        let ways = &self.global.ways;
        let command = ways.passphrase_command.as_deref();
        let source =
            given(ways.passphrase_file.as_deref(), ways.passphrase_fd, command, "passphrase")?;
        let answer = match source {
            Some(passphrase) => Some(passphrase),
            None => ask()?,
        };
        // Not asked yet is not the same as none.
        let Some(passphrase) = answer else { return Ok(None) };
        let found = (!passphrase.is_empty()).then_some(passphrase);
        Ok(self.passphrase.get_or_init(|| found).as_ref())
    }

    fn ask_twice(&self, question: &str, differ: &str) -> Result<Zeroizing<String>, Error> {
        let first = self.ask(question)?;
        if *self.ask("The same again: ")? != *first {
            return Err(no_key(differ, "run the command again"));
        }
        Ok(first)
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

/// A secret from the one source that the flags name; `what` is its name in flags and messages.
fn given(
    file: Option<&Path>,
    descriptor: Option<u32>,
    command: Option<&str>,
    what: &str,
) -> Result<Option<Zeroizing<String>>, Error> {
    if let Some(number) = descriptor {
        return of_descriptor(number, what).map(Some);
    }
    if let Some(command) = command {
        return of_command(command, what).map(Some);
    }
    file.map(|file| of_file(file, what)).transpose()
}

fn of_file(path: &Path, what: &str) -> Result<Zeroizing<String>, Error> {
    let bytes = files::read_input(path).map_err(|error| {
        no_key(format!("the {what} file cannot be read: {error}"), &format!("check --{what}-file"))
    })?;
    without_newline(bytes)
}

fn of_descriptor(number: u32, what: &str) -> Result<Zeroizing<String>, Error> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(format!("/dev/fd/{number}"))
        .and_then(|file| file.take(files::MAX_INPUT).read_to_end(&mut bytes));
    read.map_err(|_| {
        let message = format!("cannot read the {what} from file descriptor {number}");
        no_key(message, &format!("open it in the shell, e.g. --{what}-fd 3 3< FILE"))
    })?;
    without_newline(bytes)
}

/// Runs without a shell; quotes group words as they would in one.
fn of_command(command: &str, what: &str) -> Result<Zeroizing<String>, Error> {
    let hint = &format!("the command must print the {what} and end with 0");
    let words = shlex::split(command)
        .ok_or_else(|| no_key(format!("--{what}-command has an open quote"), hint))?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err(no_key(format!("--{what}-command is empty"), hint));
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
        let printed = |command| of_command(command, "password").map(|text| text.to_string());

        assert_eq!(printed("printf '%s' 'a b'").expect("runs"), "a b");
        assert_eq!(printed("echo $HOME; true").expect("runs"), "$HOME; true");
        for broken in ["false", "/nonexistent/program", "", "echo 'open"] {
            assert!(matches!(printed(broken), Err(Error::NoKey { .. })), "{broken:?}");
        }
    }
}
