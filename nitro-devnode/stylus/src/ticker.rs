//! The clock of runs that have a deadline.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use wasmtime::Engine;

/// How often the engine's epoch rises while somebody watches it.
const TICK: Duration = Duration::from_millis(20);
/// Ticks without a watcher after which the thread goes to sleep; waking it costs more than these.
const IDLE_TICKS: usize = 250;

/// Raises the epoch of an engine while runs with a deadline are under way. Its thread starts with
/// the first of them and ends with this value.
pub(crate) struct Ticker(Arc<Shared>);

struct Shared {
    engine: Engine,
    watchers: AtomicUsize,
    is_asleep: AtomicBool,
    is_over: AtomicBool,
    thread: OnceLock<Option<Thread>>,
}

/// A run with a deadline; the epoch rises until it is dropped.
pub(crate) struct Watch<'a>(&'a Shared);

impl Ticker {
    pub(crate) fn new(engine: Engine) -> Self {
        Self(Arc::new(Shared {
            engine,
            watchers: AtomicUsize::new(0),
            is_asleep: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            thread: OnceLock::new(),
        }))
    }

    /// Lets the epoch rise.
    pub(crate) fn watch(&self) -> Watch<'_> {
        let shared = &*self.0;
        shared.watchers.fetch_add(1, Ordering::SeqCst);
        let thread = shared.thread.get_or_init(|| {
            let shared = Arc::clone(&self.0);
            let started =
                thread::Builder::new().name("ticker".to_owned()).spawn(move || tick(&shared));
            // Without threads there are no deadlines; every run still ends with its ink.
            started.ok().map(|handle| handle.thread().clone())
        });
        if shared.is_asleep.load(Ordering::SeqCst)
            && let Some(thread) = thread
        {
            thread.unpark();
        }
        Watch(shared)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
        if let Some(Some(thread)) = self.0.thread.get() {
            thread.unpark();
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.watchers.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(shared: &Shared) {
    let mut idle_ticks = 0;
    while !shared.is_over.load(Ordering::SeqCst) {
        thread::park_timeout(TICK);
        shared.engine.increment_epoch();
        idle_ticks = if shared.watchers.load(Ordering::SeqCst) == 0 { idle_ticks + 1 } else { 0 };
        if idle_ticks >= IDLE_TICKS {
            idle_ticks = 0;
            shared.is_asleep.store(true, Ordering::SeqCst);
            // A watcher that came in between has seen the flag, or is seen here.
            while shared.watchers.load(Ordering::SeqCst) == 0
                && !shared.is_over.load(Ordering::SeqCst)
            {
                thread::park();
            }
            shared.is_asleep.store(false, Ordering::SeqCst);
        }
    }
}

/// Ticks from now on that reach a deadline for certain.
pub(crate) fn ticks_until(deadline: Instant) -> u64 {
    let left = deadline.saturating_duration_since(Instant::now());
    u64::try_from(left.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX / 4) + 1
}

impl std::fmt::Debug for Ticker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ticker").field("watchers", &self.0.watchers).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_starts_with_the_first_watch_and_ends_with_the_ticker() {
        let ticker = Ticker::new(Engine::default());
        assert!(ticker.0.thread.get().is_none());
        let shared = Arc::downgrade(&ticker.0);

        drop(ticker.watch());
        assert!(ticker.0.thread.get().is_some());
        drop(ticker);

        while shared.upgrade().is_some() {
            thread::yield_now();
        }
    }
}
