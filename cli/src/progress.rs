//! What takes longer than a second says so on standard error (guides/cli.md section 3).

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Nothing is shown before this.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pause between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);
/// The spinner's frames.
const FRAMES: [char; 4] = ['|', '/', '-', '\\'];

/// State of the one progress line.
#[derive(Debug)]
pub(crate) struct Progress {
    activity: &'static str,
    since: Instant,
    last_line: Instant,
    is_drawn: bool,
    is_held: bool,
    frame: usize,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self {
            activity: "working",
            since: now,
            last_line: now,
            is_drawn: false,
            is_held: false,
            frame: 0,
        }
    }

    /// What is being done from now on.
    pub(crate) fn doing(&mut self, activity: &'static str) {
        if activity != self.activity {
            (self.activity, self.since) = (activity, Instant::now());
        }
    }

    /// Nothing is drawn while somebody is asked.
    pub(crate) fn hold(&mut self, is_held: bool) {
        self.erase();
        self.is_held = is_held;
        self.since = Instant::now();
    }

    /// Makes room for a line of text.
    pub(crate) fn erase(&mut self) {
        if self.is_drawn {
            // Nothing can be done about a closed standard error.
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
            self.is_drawn = false;
        }
        self.last_line = Instant::now();
    }

    /// Called many times a second.
    pub(crate) fn tick(&mut self, is_terminal: bool) {
        if self.is_held || self.since.elapsed() < PATIENCE {
            return;
        }
        let mut out = io::stderr().lock();
        if is_terminal {
            self.frame = (self.frame + 1) % FRAMES.len();
            let seconds = self.since.elapsed().as_secs();
            let _ = write!(out, "\r{} {} ({seconds} s)\u{1b}[K", FRAMES[self.frame], self.activity);
            let _ = out.flush();
            self.is_drawn = true;
        } else if self.last_line.elapsed() >= PAUSE {
            let seconds = self.since.elapsed().as_secs();
            let _ = writeln!(out, "still {} ({seconds} s)", self.activity);
            self.last_line = Instant::now();
        }
    }
}
