//! The agent itself.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Id;
use super::client::{READY, of_own_user, require_private};
use super::message::{Answer, REQUEST_BYTES, Request, RequestBytes};
use crate::dates;
use crate::keystore::Secret;

/// How often the agent looks at the clocks and at its socket. The clock that sleeps with the machine
/// is not enough: keys are forgotten this long after it wakes at the latest.
const TICK: Duration = Duration::from_secs(2);
/// How long an agent that was given nothing waits for its first key.
const FIRST: Duration = Duration::from_secs(30);
/// Longest that one client may keep the others waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// Serves at `socket` until everything has run out.
///
/// # Errors
///
/// A socket that cannot be had, or a folder that others can enter.
pub(crate) fn serve(socket: &Path) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(socket))
}

async fn listen(socket: &Path) -> io::Result<()> {
    require_private(socket.parent().unwrap_or(Path::new("/")))?;
    let listener = UnixListener::bind(socket)?;
    let place = Place::taken(socket)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    // A terminal that closes does not lock.
    let _hangup = signal(SignalKind::hangup())?;
    io::stdout().write_all(&[READY])?;
    io::stdout().flush()?;
    let mut held = Held::default();
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // A client that breaks off has only itself to blame.
                let served = stream.into_std().and_then(|stream| held.serve(stream));
                if matches!(served, Ok(true)) {
                    return Ok(());
                }
            }
            _ = ticks.tick() => {
                if held.is_over(dates::now()) || !place.is_ours() {
                    return Ok(());
                }
            }
            _ = terminated.recv() => return Ok(()),
            _ = interrupted.recv() => return Ok(()),
        }
    }
}

/// The socket's file, removed when dropped.
struct Place {
    path: PathBuf,
    file: (u64, u64),
}

impl Place {
    fn taken(path: &Path) -> io::Result<Self> {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        let found = fs::symlink_metadata(path)?;
        Ok(Self { path: path.to_owned(), file: (found.dev(), found.ino()) })
    }

    /// Whether clients that look for the agent still find this one.
    fn is_ours(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == self.file)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_ours() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What the agent holds.
struct Held {
    /// Boxed, so that a table that grows leaves no copies behind.
    secrets: HashMap<Id, One>,
    started: Instant,
    was_given: bool,
}

struct One {
    secret: Box<Secret>,
    /// Unix second.
    until: u64,
    /// The same by the clock that nobody can set back.
    deadline: Instant,
}

impl Default for Held {
    fn default() -> Self {
        Self { secrets: HashMap::new(), started: Instant::now(), was_given: false }
    }
}

impl Held {
    /// Answers one client; whether it was the last.
    fn serve(&mut self, stream: UnixStream) -> io::Result<bool> {
        let Some(mut stream) = of_own_user(stream)? else { return Ok(false) };
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut request = RequestBytes::new([0; REQUEST_BYTES]);
        stream.read_exact(request.as_mut_slice())?;
        let Some(request) = Request::decode(&request) else { return Ok(false) };
        let is_last = matches!(request, Request::End);
        let answer = self.answer(request, dates::now());
        let written = stream.write_all(answer.encode().as_slice());
        if is_last { Ok(true) } else { written.map(|()| false) }
    }

    fn answer(&mut self, request: Request, now: u64) -> Answer {
        self.forget_old(now);
        let done = |secret: Option<Secret>| Answer {
            is_done: secret.is_some(),
            secret: secret.unwrap_or_default(),
        };
        match request {
            Request::Take(id) => done(self.secrets.get(&id).map(|one| (*one.secret).clone())),
            Request::Hold(id, secret, until) => {
                let left = Duration::from_secs(until.saturating_sub(now));
                let start = Instant::now();
                let deadline = start.checked_add(left).unwrap_or(start);
                self.was_given = true;
                self.secrets.insert(id, One { secret: Box::new(secret), until, deadline });
                done(Some(Secret::default()))
            }
            Request::End => {
                self.secrets.clear();
                done(Some(Secret::default()))
            }
        }
    }

    fn forget_old(&mut self, now: u64) {
        let instant = Instant::now();
        self.secrets.retain(|_, one| now < one.until && instant < one.deadline);
    }

    /// Whether nothing is held any more.
    fn is_over(&mut self, now: u64) -> bool {
        self.forget_old(now);
        self.secrets.is_empty() && (self.was_given || self.started.elapsed() > FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn hold(held: &mut Held, id: u8, until: u64) {
        let secret = Secret::new([id; 32]);
        assert!(held.answer(Request::Hold(Id([id; 32]), secret, until), NOW).is_done);
    }

    fn taken(held: &mut Held, id: u8, now: u64) -> Option<[u8; 32]> {
        let answer = held.answer(Request::Take(Id([id; 32])), now);
        answer.is_done.then(|| *answer.secret)
    }

    #[test]
    fn a_secret_is_handed_out_until_its_time_and_not_after() {
        let mut held = Held::default();
        hold(&mut held, 1, NOW + 60);
        hold(&mut held, 2, NOW + 120);

        assert_eq!(taken(&mut held, 1, NOW + 59), Some([1; 32]));
        assert_eq!(taken(&mut held, 3, NOW + 59), None);
        assert_eq!(taken(&mut held, 1, NOW + 60), None, "the wall clock has passed it");
        assert_eq!(taken(&mut held, 2, NOW + 60), Some([2; 32]));
        assert!(!held.is_over(NOW + 119));
        assert!(held.is_over(NOW + 120), "nothing is left to serve");
    }

    #[test]
    fn setting_the_clock_back_gains_nothing() {
        let mut held = Held::default();
        hold(&mut held, 1, NOW);

        assert_eq!(taken(&mut held, 1, NOW - 3_600), None);
    }

    #[test]
    fn an_agent_that_was_given_nothing_yet_waits_and_one_that_lost_all_ends() {
        let mut held = Held::default();
        assert!(!held.is_over(NOW));
        hold(&mut held, 1, NOW + 60);

        assert_eq!(taken(&mut held, 1, NOW + 60), None, "forgotten by a request");

        assert!(held.is_over(NOW + 60));
    }

    #[test]
    fn the_end_forgets_everything() {
        let mut held = Held::default();
        hold(&mut held, 1, NOW + 60);

        assert!(held.answer(Request::End, NOW).is_done);

        assert_eq!(taken(&mut held, 1, NOW), None);
    }
}
