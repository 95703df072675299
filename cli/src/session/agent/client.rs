//! The side of every other command: asks the agent, starts it, ends it.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Id;
use super::message::{ANSWER_BYTES, Answer, AnswerBytes, Request};
use crate::error::Error;
use crate::files;
use crate::keystore::Secret;
use crate::output::Screen;

/// Longest that the agent, which does nothing else, may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest path of a socket on Linux, in bytes.
const MOST_PATH_BYTES: usize = 107;
/// What it says once it can be asked.
pub(super) const READY: u8 = b'\n';

/// The way to the agent of a home; there may be none.
#[derive(Debug)]
pub(crate) struct Agent {
    socket: PathBuf,
    screen: Screen,
}

impl Agent {
    /// The agent that listens at `socket`.
    pub(crate) const fn at(socket: PathBuf, screen: Screen) -> Self {
        Self { socket, screen }
    }

    /// A secret that is held; `None` if it is not, or if nobody holds any.
    pub(crate) fn take(&self, id: Id) -> Option<Secret> {
        let answer = self.ask(&Request::Take(id)).unwrap_or_else(|error| {
            self.screen.warn(&format!("the unlocked session does not answer: {error}"));
            None
        })?;
        answer.is_done.then_some(answer.secret)
    }

    /// Holds secrets until a Unix second, starting the agent if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if there can be no socket at its place, or the agent does not start.
    pub(crate) fn hold(&self, secrets: Vec<(Id, Secret)>, until: u64) -> Result<(), Error> {
        self.start()?;
        for (id, secret) in secrets {
            let answer = self.ask(&Request::Hold(id, secret, until));
            if !matches!(answer, Ok(Some(Answer { is_done: true, .. }))) {
                return Err(self.failed("it does not take the keys"));
            }
        }
        Ok(())
    }

    /// Ends the agent, which forgets everything; whether there was one.
    ///
    /// # Errors
    ///
    /// An agent that does not answer.
    pub(crate) fn end(&self) -> Result<bool, Error> {
        match self.ask(&Request::End) {
            Ok(answer) => {
                // Left behind by an agent that was killed.
                files::remove(&self.socket)?;
                Ok(answer.is_some())
            }
            Err(error) => Err(self.failed(&error.to_string())),
        }
    }

    /// One request; `None` if nobody listens.
    fn ask(&self, request: &Request) -> io::Result<Option<Answer>> {
        let stream = match UnixStream::connect(&self.socket) {
            Ok(stream) => stream,
            Err(error) => {
                return match error.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
                    // No socket can be there: the path is longer than the system allows.
                    io::ErrorKind::InvalidInput => Ok(None),
                    _ => Err(error),
                };
            }
        };
        let mut stream = of_own_user(stream)?
            .ok_or_else(|| io::Error::other("another user listens at its socket"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(request.encode().as_slice())?;
        let mut answer = AnswerBytes::new([0; ANSWER_BYTES]);
        stream.read_exact(answer.as_mut_slice())?;
        Ok(Some(Answer::decode(&answer)))
    }

    /// Starts an agent unless one listens.
    fn start(&self) -> Result<(), Error> {
        if self.ask(&Request::Take(Id([0; 32]))).is_ok_and(|answer| answer.is_some()) {
            return Ok(());
        }
        files::remove(&self.socket)?;
        let folder = self.socket.parent().unwrap_or(Path::new("/"));
        files::create_folder(folder)?;
        let failed = |error: io::Error| self.failed(&error.to_string());
        require_private(folder).map_err(failed)?;
        let mut child = Command::new(std::env::current_exe().map_err(failed)?)
            .arg("agent")
            .arg(std::path::absolute(&self.socket).map_err(failed)?)
            // Nothing of this run is the agent's: variables, folder, terminal, Ctrl-C.
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut said = [0];
        let read = child.stdout.take().map(|mut stdout| stdout.read(&mut said));
        match read {
            Some(Ok(1)) if said == [READY] => Ok(()),
            _ => Err(self.failed("it did not start")),
        }
    }

    fn failed(&self, why: &str) -> Error {
        let hint = if self.socket.as_os_str().len() > MOST_PATH_BYTES {
            "a socket's path has at most 107 bytes: choose a shorter --home, or set XDG_RUNTIME_DIR"
        } else {
            "see to it that its folder is yours alone (chmod 700), or choose another --home"
        };
        Error::Usage {
            message: format!("no session at {}: {why}", self.socket.display()),
            hint: hint.into(),
        }
    }
}

/// Refuses a folder in which somebody else could put a socket of their own.
pub(super) fn require_private(folder: &Path) -> io::Result<()> {
    let found = fs::metadata(folder)?;
    let is_own = found.uid() == rustix::process::geteuid().as_raw();
    if found.permissions().mode() & 0o077 != 0 || !is_own {
        return Err(io::Error::other("others can enter its folder"));
    }
    Ok(())
}

/// The stream, if the other side is a process of the same user.
pub(super) fn of_own_user(stream: UnixStream) -> io::Result<Option<UnixStream>> {
    stream.set_nonblocking(true)?;
    let stream = tokio::net::UnixStream::from_std(stream)?;
    let is_own = stream.peer_cred()?.uid() == rustix::process::geteuid().as_raw();
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    Ok(is_own.then_some(stream))
}
